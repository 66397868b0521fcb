//! Sessions, in better-auth's table.

use super::{
    Batch, Rows, Scope, Step, Value,
    sql::{owner, statements},
};
use crate::{
    domain::{account, time::Timestamp},
    lanes::{Avatar, Database, Email, In, IpAddress, PersonName, SessionToken, UserAgent},
    platform::DbError,
};

statements! {
    /// Fails unless the session has expired or is due for a refresh: the usual request takes no write lock.
    SESSION_IS_DUE (Scope::Owner): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM session
        WHERE "token" = :session AND ("expiresAt" <= :nowText OR (:extend = 1 AND "expiresAt" <= :refreshBefore)))))"#;
    /// Extends a session that is due.
    SESSION_REFRESH (Scope::Owner): r#"UPDATE session SET "expiresAt" = :expires, "updatedAt" = :nowText
        WHERE "token" = :session AND "expiresAt" > :nowText AND "expiresAt" <= :refreshBefore AND :extend = 1"#;
    /// Removes a session that has expired.
    SESSION_DROP_EXPIRED (Scope::Owner): r#"DELETE FROM session WHERE "token" = :session AND "expiresAt" <= :nowText"#;
    /// A session with its user.
    SESSION_WITH_USER (Scope::Owner): r#"SELECT s."id" AS "sessionId", s."expiresAt", s."createdAt" AS "sessionCreatedAt", s."updatedAt" AS "sessionUpdatedAt",
        s."ipAddress", s."userAgent", u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt"
        FROM session s JOIN "user" u ON u."id" = s."userId" WHERE s."token" = :session AND s."expiresAt" > :nowText"#;
    /// Who asks: no row without a valid session.
    SESSION_USER (Scope::Owner): r#"SELECT u."id" FROM "user" u WHERE u."id" = "#, owner!();
    /// Opens a session for the user who was authenticated in this request.
    SESSION_INSERT (Scope::Owner): r#"INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
        VALUES (:id, :expires, :session, :nowText, :nowText, :ipAddress, :userAgent, :userId)"#;
    /// Ends a session.
    SESSION_DELETE (Scope::Owner): r#"DELETE FROM session WHERE "token" = :session"#;
}

/// The two arguments that name the asking user in an owner predicate.
#[must_use]
pub fn asking(token: &SessionToken, now: Timestamp) -> [(&'static str, Value); 2] {
    [("session", text(In::<Database, _>::new(token.clone()).text())), ("nowText", text(&now.iso()))]
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// Who asks.
#[must_use]
pub fn user(token: &SessionToken, now: Timestamp) -> Step {
    SESSION_USER.step(&asking(token, now))
}

/// Reads a session, after removing or extending it if it is time. Read with [`read_session`].
#[must_use]
pub fn get(token: &SessionToken, now: Timestamp, extend: bool) -> Batch {
    let who = asking(token, now).to_vec();
    let with = |more: &[(&'static str, Value)]| [&who, more].concat();
    let due = [("refreshBefore", text(&account::refresh_before(now).iso())), ("extend", i64::from(extend).into())];
    let expires = [("expires", text(&now.plus_ms(account::SESSION_MS).iso()))];
    Batch::guarded(
        SESSION_IS_DUE.step(&with(&due)),
        vec![SESSION_REFRESH.step(&with(&[&due[..], &expires].concat())), SESSION_DROP_EXPIRED.step(&who)],
        vec![SESSION_WITH_USER.step(&who)],
    )
}

/// Index of [`SESSION_REFRESH`] in [`get`].
pub const REFRESH_STEP: usize = 1;

/// A session and its user as they are shown. Dates are the database's own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The session's id.
    pub id: String,
    /// When it ends.
    pub expires_at: String,
    /// When it was made.
    pub created_at: String,
    /// When it was last extended.
    pub updated_at: String,
    /// Where it was opened.
    pub ip_address: IpAddress,
    /// With what.
    pub user_agent: UserAgent,
    /// Whose it is.
    pub user: UserRow,
}

/// A user as shown to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The id.
    pub id: String,
    /// The name.
    pub name: PersonName,
    /// The address.
    pub email: Email,
    /// True if the address was proved.
    pub email_verified: bool,
    /// The picture's address.
    pub image: Option<Avatar>,
    /// When the account was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// Reads the rows of [`SESSION_WITH_USER`].
pub fn read_session(rows: &Rows) -> Result<Option<SessionRow>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(SessionRow {
        id: row.text("sessionId")?.to_owned(),
        expires_at: row.text("expiresAt")?.to_owned(),
        created_at: row.text("sessionCreatedAt")?.to_owned(),
        updated_at: row.text("sessionUpdatedAt")?.to_owned(),
        ip_address: IpAddress::new(row.text_or_null("ipAddress")?.unwrap_or_default()),
        user_agent: UserAgent::new(row.text_or_null("userAgent")?.unwrap_or_default()),
        user: super::accounts::read_user(row)?,
    }))
}

/// A session about to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: SessionToken,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Where it is opened.
    pub ip_address: IpAddress,
    /// With what.
    pub user_agent: UserAgent,
}

/// Opens a session.
#[must_use]
pub fn insert(session: &NewSession, user_id: &str, now: Timestamp) -> Step {
    let [token, now] = asking(&session.token, now);
    SESSION_INSERT.step(&[
        token,
        now,
        ("id", text(&session.id)),
        ("expires", text(&session.expires_at.iso())),
        ("ipAddress", text(In::<Database, _>::new(session.ip_address.clone()).text())),
        ("userAgent", text(In::<Database, _>::new(session.user_agent.clone()).text())),
        ("userId", text(user_id)),
    ])
}

/// Ends a session.
#[must_use]
pub fn delete(token: &SessionToken, now: Timestamp) -> Batch {
    let [token, _] = asking(token, now);
    Batch::read(vec![SESSION_DELETE.step(&[token])])
}
