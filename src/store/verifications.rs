//! One-time tokens, in better-auth's `verification` table (contract: better-auth, section 11). The identifier says what a token is for,
//! so that one made for one purpose is unknown to every other.

use super::{Batch, Rows, Scope, Step, Value, sql::statements};
use crate::{
    domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    lanes::{Database, Email, In, VerificationValue},
    platform::DbError,
};

statements! {
    /// Writes a token down.
    VERIFICATION_INSERT (Scope::Plain): r#"INSERT INTO verification ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
        VALUES (:id, :identifier, :value, :expires, :nowText, :nowText)"#;
    /// Writes a token down for the user of an address, if there is one.
    VERIFICATION_INSERT_FOR (Scope::System("a forgotten password: nobody is signed in, and the answer is the same whether or not there is such a user")):
        r#"INSERT INTO verification ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
        SELECT :id, :identifier, u."id", :expires, :nowText, :nowText FROM "user" u WHERE u."email" = :email"#;
    /// The newest token under an identifier.
    VERIFICATION_READ (Scope::Plain): r#"SELECT "value", "expiresAt" FROM verification WHERE "identifier" = :identifier ORDER BY "createdAt" DESC LIMIT 1"#;
    /// The user whom the newest token under an identifier stands for.
    VERIFICATION_USER (Scope::System("the token was sent to its user, who proves to be that by it")): r#"SELECT u."id", u."name", u."email", u."emailVerified", u."image",
        u."createdAt", u."updatedAt" FROM "user" u WHERE u."id" = (SELECT v."value" FROM verification v WHERE v."identifier" = :identifier
        ORDER BY v."createdAt" DESC LIMIT 1)"#;
    /// The user of the address that the newest magic link under an identifier was sent to.
    VERIFICATION_LINK_USER (Scope::System("the link was sent to the address, whose user proves to be that by it")): r#"SELECT u."id", u."name", u."email",
        u."emailVerified", u."image", u."createdAt", u."updatedAt" FROM "user" u WHERE u."email" = (SELECT lower(json_extract(v."value", '$.email'))
        FROM verification v WHERE v."identifier" = :identifier AND json_valid(v."value") ORDER BY v."createdAt" DESC LIMIT 1)"#;
    /// Takes a token: whoever deletes it has it, and nobody else.
    VERIFICATION_TAKE (Scope::Plain): r#"DELETE FROM verification WHERE "identifier" = :identifier RETURNING "value", "expiresAt", "createdAt""#;
    /// Takes a token inside a transaction, which ends if it is not there (any more) or has expired.
    VERIFICATION_SPEND (Scope::Plain): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM verification
        WHERE "identifier" = :identifier AND "expiresAt" > :nowText)))"#;
    /// The same for a token that has to stand for one user.
    VERIFICATION_SPEND_OF (Scope::Plain): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM verification
        WHERE "identifier" = :identifier AND "expiresAt" > :nowText AND "value" = :userId)))"#;
    /// Removes a spent token.
    VERIFICATION_DROP (Scope::Plain): r#"DELETE FROM verification WHERE "identifier" = :identifier"#;
    /// Removes expired tokens.
    VERIFICATIONS_FORGET (Scope::Plain): r#"DELETE FROM verification WHERE "expiresAt" <= :nowText"#;
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Setting a forgotten password.
    ResetPassword,
    /// Coming back from the sign-in provider.
    OAuthState,
    /// Deleting the account.
    DeleteAccount,
    /// Signing in by mail.
    MagicLink,
}

impl Purpose {
    /// How long a token holds, in milliseconds.
    #[must_use]
    pub const fn life_ms(self) -> i64 {
        match self {
            Self::ResetPassword => HOUR_MS,
            Self::OAuthState => 10 * MINUTE_MS,
            Self::DeleteAccount => DAY_MS,
            Self::MagicLink => 5 * MINUTE_MS,
        }
    }
    fn identifier(self, token: &str) -> String {
        match self {
            Self::ResetPassword => format!("reset-password:{token}"),
            Self::OAuthState => format!("auth-state:{token}"),
            Self::DeleteAccount => format!("delete-account-{token}"),
            Self::MagicLink => format!("magic-link:{token}"),
        }
    }
}

/// A token about to be given out.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The row's id.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The token.
    pub token: String,
}

fn args(new: &NewToken, now: Timestamp) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Value::from(&new.id)),
        ("identifier", Value::from(new.purpose.identifier(&new.token))),
        ("expires", Value::from(now.plus_ms(new.purpose.life_ms()).iso())),
        ("nowText", Value::from(now.iso())),
    ]
}

/// Writes a token down with what it stands for.
#[must_use]
pub fn insert(new: &NewToken, value: &VerificationValue, now: Timestamp) -> Step {
    let value = ("value", Value::from(In::<Database, _>::new(value.clone()).text()));
    VERIFICATION_INSERT.step(&[args(new, now), vec![value]].concat())
}

/// Writes a token down that stands for the user of an address, if there is one.
#[must_use]
pub fn insert_for(new: &NewToken, email: &Email, now: Timestamp) -> Step {
    VERIFICATION_INSERT_FOR.step(&[args(new, now), vec![super::accounts::email_arg(email)]].concat())
}

fn identifier(purpose: Purpose, token: &str) -> (&'static str, Value) {
    ("identifier", Value::from(purpose.identifier(token)))
}

/// Looks a token up without taking it. Read with [`read_live`] or [`read`].
#[must_use]
pub fn look(purpose: Purpose, token: &str) -> Step {
    VERIFICATION_READ.step(&[identifier(purpose, token)])
}

/// The user whom a token stands for. Read with [`super::accounts::read_one_user`].
#[must_use]
pub fn user_of(purpose: Purpose, token: &str) -> Step {
    VERIFICATION_USER.step(&[identifier(purpose, token)])
}

/// The user of the address that a magic link was sent to. Read with [`super::accounts::read_one_user`].
#[must_use]
pub fn user_of_magic_link(token: &str) -> Step {
    VERIFICATION_LINK_USER.step(&[identifier(Purpose::MagicLink, token)])
}

/// Takes a token. Read with [`read`].
#[must_use]
pub fn take(purpose: Purpose, token: &str) -> Batch {
    Batch::read(vec![VERIFICATION_TAKE.step(&[identifier(purpose, token)])])
}

/// The first steps of a transaction that spends a token: it ends with `NothingToDo` if the token is spent or has expired.
#[must_use]
pub fn spend(purpose: Purpose, token: &str, now: Timestamp) -> Vec<Step> {
    let identifier = identifier(purpose, token);
    vec![
        VERIFICATION_SPEND.step(&[identifier.clone(), ("nowText", Value::from(now.iso()))]),
        VERIFICATION_DROP.step(std::slice::from_ref(&identifier)),
    ]
}

/// The same for a token that has to stand for one user.
#[must_use]
pub fn spend_of(purpose: Purpose, token: &str, user_id: &str, now: Timestamp) -> Vec<Step> {
    let identifier = identifier(purpose, token);
    let args = [identifier.clone(), ("nowText", Value::from(now.iso())), ("userId", Value::from(user_id))];
    vec![VERIFICATION_SPEND_OF.step(&args), VERIFICATION_DROP.step(std::slice::from_ref(&identifier))]
}

/// Removes expired tokens.
#[must_use]
pub fn forget(now: Timestamp) -> Step {
    VERIFICATIONS_FORGET.step(&[("nowText", Value::from(now.iso()))])
}

/// What the newest token under an identifier stands for, and whether it still holds.
pub fn read(rows: &Rows, now: Timestamp) -> Result<Option<(VerificationValue, bool)>, DbError> {
    let mut newest: Option<(&str, (VerificationValue, bool))> = None;
    for row in rows.iter() {
        let created = row.text_or_null("createdAt").ok().flatten().unwrap_or_default();
        let holds = row.text("expiresAt")? > now.iso().as_str();
        if newest.as_ref().is_none_or(|(than, _)| created > *than) {
            newest = Some((created, (VerificationValue::new(row.text("value")?), holds)));
        }
    }
    Ok(newest.map(|(_, read)| read))
}

/// What a token stands for, if it still holds.
pub fn read_live(rows: &Rows, now: Timestamp) -> Result<Option<VerificationValue>, DbError> {
    Ok(read(rows, now)?.filter(|(_, holds)| *holds).map(|(value, _)| value))
}

/// The text of a value: a user's id, or JSON.
#[must_use]
pub fn text_of(value: &VerificationValue) -> String {
    In::<Database, _>::new(value.clone()).text().to_owned()
}
