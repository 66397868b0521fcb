//! Users and their credentials, in better-auth's tables.

use super::{
    Batch, Row, Rows, Scope, Step, Value,
    sessions::{self, NewSession, UserRow},
    sql::{owner, statements},
};
use crate::{
    domain::time::Timestamp,
    lanes::{Avatar, Database, Email, In, PasswordHash, PersonName, SessionKey, Subject},
    platform::DbError,
};

/// The columns of a user.
macro_rules! user_columns {
    () => {
        r#"u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt""#
    };
}

statements! {
    /// A user and the password's hash, by the address typed at sign-in.
    CREDENTIAL_BY_EMAIL (Scope::System("sign-in: there is no session yet; the address is what the person typed")): "SELECT ", user_columns!(),
        r#", a."password" FROM "user" u LEFT JOIN account a ON a."userId" = u."id" AND a."providerId" = 'credential' AND a."accountId" = u."id"
        WHERE u."email" = :email"#;
    /// A user by the address that a link or a form names.
    USER_BY_EMAIL (Scope::System("a link or a form names the address; what is answered does not depend on what is found")): "SELECT ", user_columns!(),
        r#" FROM "user" u WHERE u."email" = :email"#;
    /// Makes a user.
    USER_INSERT (Scope::Owner): r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
        VALUES (:userId, :name, :email, 0, :image, :nowText, :nowText)"#;
    /// Makes a user whose address is proved.
    USER_INSERT_PROVED (Scope::Owner): r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        VALUES (:userId, :name, :email, 1, :nowText, :nowText)"#;
    /// Gives the user a password.
    CREDENTIAL_INSERT (Scope::Owner): r#"INSERT INTO account ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
        VALUES (:id, :userId, 'credential', :userId, :password, :nowText, :nowText)"#;
    /// The asking user's password hash.
    CREDENTIAL_OWN (Scope::Owner): r#"SELECT a."password" FROM account a WHERE a."providerId" = 'credential' AND a."password" IS NOT NULL
        AND a."accountId" = a."userId" AND a."userId" = "#, owner!();
    /// Changes the password, unless somebody else did since the old one was looked at.
    CREDENTIAL_CHANGE (Scope::Owner): r#"UPDATE account SET "password" = :password, "updatedAt" = :nowText
        WHERE "providerId" = 'credential' AND "password" = :old AND "userId" = :userId"#;
    /// Ends the transaction unless the user has this password now.
    CREDENTIAL_CHANGED (Scope::Owner): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM account a
        WHERE a."providerId" = 'credential' AND a."password" = :password AND a."userId" = :userId)))"#;
    /// Sets the password of a user who has one.
    CREDENTIAL_SET (Scope::Owner): r#"UPDATE account SET "password" = :password, "updatedAt" = :nowText WHERE "providerId" = 'credential' AND "userId" = :userId"#;
    /// Sets the password of a user who has none.
    CREDENTIAL_ADD (Scope::Owner): r#"INSERT INTO account ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
        SELECT :id, u."id", 'credential', u."id", :password, :nowText, :nowText FROM "user" u WHERE u."id" = :userId
        AND NOT EXISTS (SELECT 1 FROM account a WHERE a."providerId" = 'credential' AND a."userId" = u."id")"#;
    /// A row if that is the user's hash.
    CREDENTIAL_IS (Scope::Owner): r#"SELECT 1 AS "is" FROM account a WHERE a."providerId" = 'credential' AND a."password" = :password AND a."userId" = :userId"#;
    /// A user who was authenticated in this request.
    USER_BY_ID (Scope::Owner): "SELECT ", user_columns!(), r#" FROM "user" u WHERE u."id" = :userId"#;
    /// Ends the transaction unless the user has this address now.
    USER_STILL_AT (Scope::Owner): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM "user" u WHERE u."id" = :userId AND u."email" = :email)))"#;
    /// Changes name and picture.
    USER_UPDATE (Scope::Owner): r#"UPDATE "user" SET "name" = coalesce(:name, "name"), "image" = CASE WHEN :setImage = 1 THEN :image ELSE "image" END,
        "updatedAt" = :nowText WHERE "id" = "#, owner!();
    /// Changes the address.
    USER_SET_EMAIL (Scope::Owner): r#"UPDATE "user" SET "email" = :email, "updatedAt" = :nowText WHERE "id" = :userId AND "email" = :old"#;
    /// Notes that the address was proved.
    USER_SET_VERIFIED (Scope::Owner): r#"UPDATE "user" SET "emailVerified" = 1, "updatedAt" = :nowText WHERE "id" = :userId AND "emailVerified" = 0"#;
    /// Notes that a new address was not proved.
    USER_SET_UNVERIFIED (Scope::Owner): r#"UPDATE "user" SET "emailVerified" = 0, "updatedAt" = :nowText WHERE "id" = :userId"#;
    /// Notes that the address was proved, by a link that names it.
    USER_VERIFY_BY_EMAIL (Scope::System("a signed link that was sent to the address proves it")): r#"UPDATE "user" SET "emailVerified" = 1, "updatedAt" = :nowText
        WHERE "email" = :email AND (:id IS NULL OR "id" = :id) AND "emailVerified" = 0"#;
    /// The ways in which the user can sign in.
    ACCOUNT_LIST (Scope::Owner): r#"SELECT a."id", a."accountId", a."providerId", a."userId", a."createdAt", a."updatedAt", a."scope"
        FROM account a WHERE a."userId" = "#, owner!(), r#" ORDER BY a."createdAt", a."id""#;
    /// Takes one of them away, unless it is the last.
    ACCOUNT_UNLINK (Scope::Owner): r#"DELETE FROM account WHERE "id" = :id AND (SELECT count(*) FROM account a WHERE a."userId" = "#, owner!(), r#") > 1
        AND EXISTS (SELECT 1 FROM session f WHERE f."token" = :session AND f."createdAt" > :createdAfter) AND "userId" = "#, owner!();
    /// Takes every one away, unless the address was proved meanwhile: whoever proves it now was not the one who made them.
    ACCOUNT_DROP_ALL (Scope::Owner): r#"DELETE FROM account WHERE "userId" = :userId
        AND EXISTS (SELECT 1 FROM "user" u WHERE u."id" = :userId AND u."emailVerified" = 0)"#;
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

pub(super) fn email_arg(email: &Email) -> (&'static str, Value) {
    ("email", Value::from(In::<Database, _>::new(email.clone()).text()))
}
pub(super) fn user_arg(user_id: &str) -> (&'static str, Value) {
    ("userId", Value::from(user_id))
}
pub(super) fn now_arg(now: Timestamp) -> (&'static str, Value) {
    ("nowText", Value::from(now.iso()))
}
fn password_arg(hash: &PasswordHash) -> (&'static str, Value) {
    ("password", Value::from(In::<Database, _>::new(hash.clone()).text()))
}
pub(super) fn image_value(image: Option<&Avatar>) -> Value {
    image.map_or(Value::Null, |image| Value::from(In::<Database, _>::new(image.clone()).text()))
}

/// User and credential.
#[must_use]
pub fn insert(account: &NewAccount, now: Timestamp) -> Vec<Step> {
    let (user_id, now) = (user_arg(&account.user_id), now_arg(now));
    vec![
        USER_INSERT.step(&[
            user_id.clone(),
            now.clone(),
            ("name", Value::from(In::<Database, _>::new(account.name.clone()).text())),
            email_arg(&account.email),
            ("image", image_value(account.image.as_ref())),
        ]),
        CREDENTIAL_INSERT.step(&[user_id, now, ("id", Value::from(&account.account_id)), password_arg(&account.password)]),
    ]
}

/// A user whose address is proved, and who has no password.
#[must_use]
pub fn insert_proved(user_id: &str, name: &PersonName, email: &Email, now: Timestamp) -> Step {
    let name = ("name", Value::from(In::<Database, _>::new(name.clone()).text()));
    USER_INSERT_PROVED.step(&[user_arg(user_id), name, email_arg(email), now_arg(now)])
}

/// User, credential, session and starting credits, and `more`: all or nothing.
#[must_use]
pub fn sign_up(account: &NewAccount, session: &NewSession, starting_credits: i64, more: Vec<Step>, now: Timestamp) -> Batch {
    let mut steps = insert(account, now);
    steps.extend(sessions::open(session, &account.user_id, starting_credits, now));
    steps.extend(more);
    Batch::write(steps, vec![sessions::just_opened(&session.key, now)])
}

/// Looks a credential up. Read with [`read_credential`].
#[must_use]
pub fn credential(email: &Email) -> Step {
    CREDENTIAL_BY_EMAIL.step(&[email_arg(email)])
}

/// The user and the stored hash, if there are such.
pub fn read_credential(rows: &Rows) -> Result<Option<(UserRow, Option<PasswordHash>)>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((read_user(row)?, row.text_or_null("password")?.map(PasswordHash::new))))
}

/// The asking user's hash. Read with [`read_hash`].
#[must_use]
pub fn own_credential(key: &SessionKey, now: Timestamp) -> Step {
    CREDENTIAL_OWN.step(&sessions::asking(key, now))
}

/// Reads [`CREDENTIAL_OWN`].
pub fn read_hash(rows: &Rows) -> Result<Option<PasswordHash>, DbError> {
    rows.first().map(|row| Ok(PasswordHash::new(row.text("password")?))).transpose()
}

/// Changes a password from one hash to another; ends the transaction if the old one is not there any more.
#[must_use]
pub fn change_password(user_id: &str, old: &PasswordHash, new: &PasswordHash, now: Timestamp) -> Vec<Step> {
    let old = ("old", Value::from(In::<Database, _>::new(old.clone()).text()));
    let (user, new) = (user_arg(user_id), password_arg(new));
    vec![CREDENTIAL_CHANGE.step(&[user.clone(), old, new.clone(), now_arg(now)]), CREDENTIAL_CHANGED.step(&[user, new])]
}

/// Ends the transaction unless that is the user's hash.
#[must_use]
pub fn still_has(user_id: &str, hash: &PasswordHash) -> Step {
    CREDENTIAL_CHANGED.step(&[user_arg(user_id), password_arg(hash)])
}

/// Sets a password, whether or not there was one.
#[must_use]
pub fn set_password(user_id: &str, account_id: &str, new: &PasswordHash, now: Timestamp) -> Vec<Step> {
    let args = [user_arg(user_id), password_arg(new), now_arg(now)];
    vec![CREDENTIAL_SET.step(&args), CREDENTIAL_ADD.step(&[&args[..], &[("id", Value::from(account_id))]].concat())]
}

/// A row if that is the user's hash.
#[must_use]
pub fn has_hash(user_id: &str, hash: &PasswordHash) -> Step {
    CREDENTIAL_IS.step(&[user_arg(user_id), password_arg(hash)])
}

/// Ends the transaction unless the user has this address.
#[must_use]
pub fn still_at(user_id: &str, email: &Email) -> Step {
    USER_STILL_AT.step(&[user_arg(user_id), email_arg(email)])
}

/// A user by id. Read with [`read_one_user`].
#[must_use]
pub fn by_id(user_id: &str) -> Step {
    USER_BY_ID.step(&[user_arg(user_id)])
}

/// A user by address. Read with [`read_one_user`].
#[must_use]
pub fn by_email(email: &Email) -> Step {
    USER_BY_EMAIL.step(&[email_arg(email)])
}

/// What is to be changed of a profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name, if it is to be changed.
    pub name: Option<PersonName>,
    /// The picture, if it is to be changed.
    pub image: Option<Option<Avatar>>,
}

/// Changes the asking user's profile.
#[must_use]
pub fn update(key: &SessionKey, profile: &Profile, now: Timestamp) -> Step {
    let [session, now] = sessions::asking(key, now);
    let name = profile.name.clone().map_or(Value::Null, |name| Value::from(In::<Database, _>::new(name).text()));
    let image = image_value(profile.image.as_ref().and_then(Option::as_ref));
    USER_UPDATE.step(&[session, now, ("name", name), ("setImage", i64::from(profile.image.is_some()).into()), ("image", image)])
}

/// Changes a user's address, if it still is the old one.
#[must_use]
pub fn set_email(user_id: &str, old: &Email, new: &Email, now: Timestamp) -> Step {
    let old = ("old", Value::from(In::<Database, _>::new(old.clone()).text()));
    USER_SET_EMAIL.step(&[user_arg(user_id), old, email_arg(new), now_arg(now)])
}

/// Notes that a user's address was proved.
#[must_use]
pub fn set_verified(user_id: &str, now: Timestamp) -> Step {
    USER_SET_VERIFIED.step(&[user_arg(user_id), now_arg(now)])
}

/// Notes that a user's new address was not proved.
#[must_use]
pub fn set_unverified(user_id: &str, now: Timestamp) -> Step {
    USER_SET_UNVERIFIED.step(&[user_arg(user_id), now_arg(now)])
}

/// Notes that an address was proved, by a link that names it, and the user if it names one.
#[must_use]
pub fn verify_by_email(email: &Email, user_id: Option<&str>, now: Timestamp) -> Step {
    USER_VERIFY_BY_EMAIL.step(&[email_arg(email), ("id", user_id.map_or(Value::Null, Value::from)), now_arg(now)])
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The row's id.
    pub id: String,
    /// The person's id at the provider.
    pub account_id: Subject,
    /// The provider.
    pub provider_id: String,
    /// Whose it is.
    pub user_id: String,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
    /// What the provider granted, joined by commas.
    pub scope: Option<String>,
}

/// The ways in which the user can sign in. Read with [`read_list`].
#[must_use]
pub fn list(key: &SessionKey, now: Timestamp) -> Step {
    ACCOUNT_LIST.step(&sessions::asking(key, now))
}

/// Reads [`ACCOUNT_LIST`].
pub fn read_list(rows: &Rows) -> Result<Vec<AccountRow>, DbError> {
    let one = |row: Row<'_>| {
        Ok(AccountRow {
            id: row.text("id")?.to_owned(),
            account_id: Subject::new(row.text("accountId")?),
            provider_id: row.text("providerId")?.to_owned(),
            user_id: row.text("userId")?.to_owned(),
            created_at: row.text("createdAt")?.to_owned(),
            updated_at: row.text("updatedAt")?.to_owned(),
            scope: row.text_or_null("scope")?.map(str::to_owned),
        })
    };
    rows.iter().map(one).collect()
}

/// Takes a way to sign in away, unless it is the last, or the session was made before `created_after`.
#[must_use]
pub fn unlink(key: &SessionKey, account_id: &str, created_after: &str, now: Timestamp) -> Step {
    let [session, now] = sessions::asking(key, now);
    ACCOUNT_UNLINK.step(&[session, now, ("id", Value::from(account_id)), ("createdAfter", Value::from(created_after))])
}

/// Takes every way to sign in away from a user whose address nobody has proved.
#[must_use]
pub fn drop_all(user_id: &str) -> Step {
    ACCOUNT_DROP_ALL.step(&[user_arg(user_id)])
}

/// Reads the first row of a statement that reads a user.
pub fn read_one_user(rows: &Rows) -> Result<Option<UserRow>, DbError> {
    rows.first().map(read_user).transpose()
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
