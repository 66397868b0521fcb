//! The outbox: mail that was asked for and is not known to have been sent. A row is written in the batch of the deed that asks for it,
//! so no reply waits for a mail, and none is lost; its id is the vendor's idempotency key, so sending twice sends once.

use super::{
    Batch, Row, Rows, Scope, Step, Value,
    accounts::email_arg,
    sessions,
    sql::{owner, statements},
};
use crate::{
    domain::time::{DAY_MS, MINUTE_MS, Timestamp},
    lanes::{Database, Email, In, MailLink, PersonName, SessionKey},
    platform::DbError,
    vendors::mail::{Language, Message},
};

statements! {
    /// Asks for a mail to somebody who was authenticated in this request and was not deleted meanwhile, or to an address that has no account yet.
    MAIL_INSERT (Scope::System("the address was given by the person it belongs to, or proved in this request")): r#"INSERT INTO mail_outbox
        ("id", "userId", "address", "name", "message", "language", "link", "createdAt", "nextAt", "expiresAt")
        SELECT :id, :userId, :email, :name, :message, :language, :link, :now, :next, :expires
        WHERE :userId IS NULL OR EXISTS (SELECT 1 FROM "user" u WHERE u."id" = :userId)"#;
    /// Asks for a mail to the user of an address, if there is one; to unproved addresses only if :unproved is 1.
    MAIL_INSERT_FOR (Scope::System("a form names the address; what is answered does not depend on whether there is such a user")): r#"INSERT INTO mail_outbox
        ("id", "userId", "address", "name", "message", "language", "link", "createdAt", "nextAt", "expiresAt")
        SELECT :id, u."id", u."email", u."name", :message, :language, :link, :now, :next, :expires FROM "user" u
        WHERE u."email" = :email AND (:unproved = 0 OR u."emailVerified" = 0)"#;
    /// Asks for the mail that tells that four fifths of the day's limit are spent, by the order that spends them.
    MAIL_ALERT (Scope::Owner): r#"INSERT INTO mail_outbox ("id", "userId", "address", "name", "message", "language", "link", "createdAt", "nextAt", "expiresAt")
        SELECT :id, u."id", u."email", u."name", :message, :language, :link, :now, :now, :expires FROM "user" u JOIN person p ON p."userId" = u."id"
        JOIN (SELECT sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END) AS "spent" FROM credit_hold h
          WHERE h."createdAt" >= :today AND h."userId" = "#, owner!(), r#") d ON d."spent" * 5 >= p."dayLimit" * 4 AND (d."spent" - :amount) * 5 < p."dayLimit" * 4
        WHERE u."id" = "#, owner!();
    /// A mail that was just asked for.
    MAIL_READ (Scope::System("the mail that this request asked for, by its own random id")): r#"SELECT "id", "address", "name", "message", "language", "link"
        FROM mail_outbox WHERE "id" = :id"#;
    /// Claims mail that is due, and puts its next try off.
    MAIL_CLAIM (Scope::System("cron sends every user's mail")): r#"UPDATE mail_outbox SET "tries" = "tries" + 1, "nextAt" = :now + :wait * json_extract('[1,2,4,8,16,32,60]', '$[' || min("tries", 6) || ']')
        WHERE "id" IN (SELECT m."id" FROM mail_outbox m WHERE m."nextAt" <= :now AND m."expiresAt" > :now ORDER BY m."nextAt", m."id" LIMIT :limit)
        RETURNING "id", "address", "name", "message", "language", "link""#;
    /// Forgets mail that was sent, and what is of no use any more.
    MAIL_FORGET (Scope::System("cron sends every user's mail")): r#"DELETE FROM mail_outbox WHERE "expiresAt" <= :now
        OR "id" IN (SELECT value FROM json_each(:ids))"#;
}

/// The wait before the second try, in milliseconds; it doubles from try to try.
const WAIT_MS: i64 = MINUTE_MS;
/// Mails per run of cron: each is one request.
const DUE_MAX: i64 = 20;

/// A mail about to be asked for.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Its id, which is also the vendor's idempotency key.
    pub id: String,
    /// Which one.
    pub message: Message,
    /// In which language.
    pub language: Language,
    /// The link in it.
    pub link: MailLink,
}

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What is to be said.
    pub new: NewMail,
    /// To whom.
    pub to: Email,
    /// The person's name.
    pub name: Option<PersonName>,
}

fn args(new: &NewMail, now: Timestamp) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Value::from(&new.id)),
        ("message", Value::from(new.message.code())),
        ("language", Value::from(new.language.code())),
        ("link", Value::from(In::<Database, _>::new(new.link.clone()).text())),
        ("now", Value::from(now.ms())),
        ("next", Value::from(now.plus_ms(WAIT_MS).ms())),
        ("expires", Value::from(now.plus_ms(new.message.life_ms()).ms())),
    ]
}

/// Asks for a mail.
#[must_use]
pub fn insert(mail: &Mail, user_id: Option<&str>, now: Timestamp) -> Step {
    let name = mail.name.clone().map_or(Value::Null, |name| Value::from(In::<Database, _>::new(name).text()));
    let more = [email_arg(&mail.to), ("userId", user_id.map_or(Value::Null, Value::from)), ("name", name)];
    MAIL_INSERT.step(&[&args(&mail.new, now)[..], &more].concat())
}

/// Asks for a mail to the user of an address, if there is one. With `unproved`, only if the address was not proved before.
#[must_use]
pub fn insert_for(new: &NewMail, email: &Email, unproved: bool, now: Timestamp) -> Step {
    MAIL_INSERT_FOR.step(&[&args(new, now)[..], &[email_arg(email), ("unproved", i64::from(unproved).into())]].concat())
}

/// Asks for the mail that tells that four fifths of the day's limit are spent, if an order of `amount` credits that was just held is the one that spends them.
#[must_use]
pub fn spending_alert(key: &SessionKey, new: &NewMail, amount: i64, now: Timestamp) -> Step {
    MAIL_ALERT.step(
        &[
            &sessions::asking(key, now)[..],
            &[
                ("id", Value::from(&new.id)),
                ("message", Value::from(new.message.code())),
                ("language", Value::from(new.language.code())),
                ("link", Value::from(In::<Database, _>::new(new.link.clone()).text())),
                ("now", Value::from(now.ms())),
                ("expires", Value::from(now.plus_ms(new.message.life_ms()).ms())),
                ("today", Value::from(now.ms() - now.ms().rem_euclid(DAY_MS))),
                ("amount", Value::from(amount)),
            ],
        ]
        .concat(),
    )
}

/// The mail that was just asked for, if it was. Read with [`read`].
#[must_use]
pub fn just_asked(new: &NewMail) -> Step {
    MAIL_READ.step(&[("id", Value::from(&new.id))])
}

/// Claims what is due. Read with [`read`].
#[must_use]
pub fn claim(now: Timestamp) -> Batch {
    Batch::read(vec![MAIL_CLAIM.step(&[("now", Value::from(now.ms())), ("wait", Value::from(WAIT_MS)), ("limit", Value::from(DUE_MAX))])])
}

/// Forgets what was sent.
#[must_use]
pub fn forget(ids: &[String], now: Timestamp) -> Step {
    MAIL_FORGET.step(&[("now", Value::from(now.ms())), ("ids", Value::from(serde_json::Value::from(ids).to_string()))])
}

/// Reads mails. A row of a message that this version does not know is left out: it ends by itself.
pub fn read(rows: &Rows) -> Result<Vec<Mail>, DbError> {
    let one = |row: Row<'_>| {
        let (Some(message), Some(language)) = (Message::from_code(row.text("message")?), Language::from_code(row.text("language")?)) else {
            return Ok(None);
        };
        let new = NewMail { id: row.text("id")?.to_owned(), message, language, link: MailLink::new(row.text("link")?) };
        Ok(Some(Mail { new, to: Email::new(row.text("address")?), name: row.text_or_null("name")?.map(PersonName::new) }))
    };
    rows.iter().filter_map(|row| one(row).transpose()).collect()
}
