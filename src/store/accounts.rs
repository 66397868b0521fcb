//! Users and their credentials, in better-auth's tables.

use super::{
    Batch, Row, Rows, Scope, Value, ledger,
    sessions::{self, NewSession, UserRow},
    sql::statements,
};
use crate::{
    domain::time::Timestamp,
    lanes::{Avatar, Database, Email, In, PasswordHash, PersonName},
    platform::DbError,
};

statements! {
    /// A user and the password's hash, by the address typed at sign-in.
    CREDENTIAL_BY_EMAIL (Scope::System("sign-in: there is no session yet; the address is what the person typed")):
        r#"SELECT u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt", a."password"
        FROM "user" u LEFT JOIN account a ON a."userId" = u."id" AND a."providerId" = 'credential' AND a."accountId" = u."id" WHERE u."email" = :email"#;
    /// Makes a user.
    USER_INSERT (Scope::Owner): r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
        VALUES (:userId, :name, :email, 0, :image, :nowText, :nowText)"#;
    /// Gives the user a password.
    CREDENTIAL_INSERT (Scope::Owner): r#"INSERT INTO account ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
        VALUES (:id, :userId, 'credential', :userId, :password, :nowText, :nowText)"#;
}

/// An account about to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The user's id.
    pub user_id: String,
    /// The credential's id.
    pub account_id: String,
    /// The name.
    pub name: PersonName,
    /// The address.
    pub email: Email,
    /// The picture's address.
    pub image: Option<Avatar>,
    /// The password's hash.
    pub password: PasswordHash,
}

/// User, credential, session and starting credits: all or nothing.
#[must_use]
pub fn sign_up(account: &NewAccount, session: &NewSession, starting_credits: i64, now: Timestamp) -> Batch {
    let user_id = ("userId", Value::from(&account.user_id));
    let now_text = ("nowText", Value::from(now.iso()));
    let mut steps = vec![
        USER_INSERT.step(&[
            user_id.clone(),
            now_text.clone(),
            ("name", Value::from(In::<Database, _>::new(account.name.clone()).text())),
            ("email", Value::from(In::<Database, _>::new(account.email.clone()).text())),
            ("image", account.image.clone().map_or(Value::Null, |image| Value::from(In::<Database, _>::new(image).text()))),
        ]),
        CREDENTIAL_INSERT.step(&[
            user_id,
            now_text,
            ("id", Value::from(&account.account_id)),
            ("password", Value::from(In::<Database, _>::new(account.password.clone()).text())),
        ]),
        sessions::insert(session, &account.user_id, now),
    ];
    steps.extend(ledger::open_for_new_user(&account.user_id, starting_credits, now));
    Batch::write(steps, vec![sessions::SESSION_WITH_USER.step(&sessions::asking(&session.token, now))])
}

/// Looks a credential up. Read with [`read_credential`].
#[must_use]
pub fn credential(email: &Email) -> Batch {
    let email: [(&'static str, Value); 1] = [("email", Value::from(In::<Database, _>::new(email.clone()).text()))];
    Batch::read(vec![CREDENTIAL_BY_EMAIL.step(&email)])
}

/// The user and the stored hash, if there are such.
pub fn read_credential(rows: &Rows) -> Result<Option<(UserRow, Option<PasswordHash>)>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((read_user(row)?, row.text_or_null("password")?.map(PasswordHash::new))))
}

/// Reads the columns of a user.
pub(super) fn read_user(row: Row<'_>) -> Result<UserRow, DbError> {
    Ok(UserRow {
        id: row.text("id")?.to_owned(),
        name: PersonName::new(row.text("name")?),
        email: Email::new(row.text("email")?),
        email_verified: row.integer("emailVerified")? != 0,
        image: row.text_or_null("image")?.map(Avatar::new),
        created_at: row.text("createdAt")?.to_owned(),
        updated_at: row.text("updatedAt")?.to_owned(),
    })
}
