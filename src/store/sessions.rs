//! Sessions, in better-auth's table.

use super::{
    Batch, Outcome, Row, Rows, Scope, Step, Value, ledger,
    sql::{owner, statements},
};
use crate::{
    domain::{account, time::Timestamp},
    lanes::{Avatar, Database, Email, In, IpAddress, PersonName, Place, SessionKey, SessionToken, UserAgent},
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
    SESSION_WITH_USER (Scope::Owner): r#"SELECT s."id" AS "sessionId", s."token", s."expiresAt", s."createdAt" AS "sessionCreatedAt", s."updatedAt" AS "sessionUpdatedAt",
        s."ipAddress", s."userAgent", u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt"
        FROM session s JOIN "user" u ON u."id" = s."userId" WHERE s."token" = :session AND s."expiresAt" > :nowText"#;
    /// Who asks: no row without a valid session.
    SESSION_USER (Scope::Owner): r#"SELECT u."id" FROM "user" u WHERE u."id" = "#, owner!();
    /// Opens a session for the user who was authenticated in this request.
    SESSION_INSERT (Scope::Owner): r#"INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
        VALUES (:id, :expires, :session, :nowText, :nowText, :ipAddress, :userAgent, :userId)"#;
    /// Notes where a session was opened.
    SESSION_PLACE (Scope::Owner): r#"INSERT INTO session_place ("sessionId", "userId", "country", "city")
        SELECT o."id", o."userId", :country, :city FROM session o WHERE o."token" = :session"#;
    /// Ends a session, and says whose it was.
    SESSION_DELETE (Scope::Owner): r#"DELETE FROM session WHERE "token" = :session RETURNING "userId""#;
    /// The user's sessions that have not ended, with the places they were opened at, oldest first as better-auth has them.
    SESSION_LIST (Scope::Owner): r#"SELECT t."id", t."expiresAt", t."token", t."createdAt", t."updatedAt", t."ipAddress", t."userAgent", t."userId",
        p."country", p."city" FROM session t LEFT JOIN session_place p ON p."sessionId" = t."id" AND p."userId" = t."userId"
        WHERE t."expiresAt" > :nowText AND t."userId" = "#, owner!(), r#" ORDER BY t."rowid""#;
    /// Ends one of the user's sessions, by its token or by the hash of it.
    SESSION_REVOKE (Scope::Owner): r#"DELETE FROM session WHERE "token" IN (:target, :targetHash) AND "userId" = "#, owner!();
    /// Ends one of the user's sessions, by its id.
    SESSION_REVOKE_ID (Scope::Owner): r#"DELETE FROM session WHERE "id" = :id AND "userId" = "#, owner!();
    /// Ends all of the user's sessions.
    SESSION_REVOKE_ALL (Scope::Owner): r#"DELETE FROM session WHERE "userId" = "#, owner!();
    /// Ends all of the user's sessions but the asking one.
    SESSION_REVOKE_OTHERS (Scope::Owner): r#"DELETE FROM session WHERE "token" <> :session AND "expiresAt" > :nowText AND "userId" = "#, owner!();
    /// Ends every session of a user who was authenticated in this request by something else than a session.
    SESSION_END_ALL (Scope::Owner): r#"DELETE FROM session WHERE "userId" = :userId"#;
    /// The same, unless the address was proved meanwhile.
    SESSION_END_UNPROVED (Scope::Owner): r#"DELETE FROM session WHERE "userId" = :userId
        AND EXISTS (SELECT 1 FROM "user" u WHERE u."id" = :userId AND u."emailVerified" = 0)"#;
}

/// The two arguments that name the asking user in an owner predicate.
#[must_use]
pub fn asking(key: &SessionKey, now: Timestamp) -> [(&'static str, Value); 2] {
    [("session", text(In::<Database, _>::new(key.clone()).text())), ("nowText", text(&now.iso()))]
}

/// The same before a statement's own arguments.
pub(super) fn with(key: &SessionKey, now: Timestamp, more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    [&asking(key, now)[..], more].concat()
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// Who asks.
#[must_use]
pub fn user(key: &SessionKey, now: Timestamp) -> Step {
    SESSION_USER.step(&asking(key, now))
}

/// The session of the request, extended or removed if it is time, and then `more`, which runs in any case: what it changes has the
/// owner predicate. Read the session with [`read_asked`], and the rest from [`Batch::nth_read`] 1 on.
#[must_use]
pub fn asked(key: &SessionKey, now: Timestamp, extend: bool, more: Vec<Step>) -> Batch {
    let who = asking(key, now).to_vec();
    let with = |more: &[(&'static str, Value)]| [&who, more].concat();
    let due = [("refreshBefore", text(&account::refresh_before(now).iso())), ("extend", i64::from(extend).into())];
    let expires = [("expires", text(&now.plus_ms(account::SESSION_MS).iso()))];
    let mut reads = vec![SESSION_WITH_USER.step(&who)];
    reads.extend(more);
    Batch::guarded(
        SESSION_IS_DUE.step(&with(&due)),
        vec![SESSION_REFRESH.step(&with(&[&due[..], &expires].concat())), SESSION_DROP_EXPIRED.step(&who)],
        reads,
    )
}

/// The session of the request and whether it was extended; none if there is none (any more).
pub fn read_asked(batch: &Batch, outcome: &Outcome) -> Result<Option<(SessionRow, bool)>, DbError> {
    let session = read_session(outcome.rows(batch.nth_read(0))?)?;
    let extended = outcome.rows(REFRESH_STEP).is_ok_and(|rows| rows.changed() > 0);
    Ok(session.map(|session| (session, extended)))
}

/// Index of [`SESSION_REFRESH`] in [`asked`].
const REFRESH_STEP: usize = 1;

/// A session and its user as they are shown. Dates are the database's own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The session's id.
    pub id: String,
    /// What the database holds of its token.
    pub key: SessionKey,
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
        key: SessionKey::new(row.text("token")?),
        expires_at: row.text("expiresAt")?.to_owned(),
        created_at: row.text("sessionCreatedAt")?.to_owned(),
        updated_at: row.text("sessionUpdatedAt")?.to_owned(),
        ip_address: IpAddress::new(row.text_or_null("ipAddress")?.unwrap_or_default()),
        user_agent: UserAgent::new(row.text_or_null("userAgent")?.unwrap_or_default()),
        user: super::accounts::read_user(row)?,
    }))
}

/// A session in the list of a user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// The session's id.
    pub id: String,
    /// What the database holds of its token.
    pub key: SessionKey,
    /// Whose it is.
    pub user_id: String,
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
    /// The country it was opened in, two letters.
    pub country: Option<Place>,
    /// The city.
    pub city: Option<Place>,
}

/// The user's sessions. Read with [`read_list`].
#[must_use]
pub fn list(key: &SessionKey, now: Timestamp) -> Step {
    SESSION_LIST.step(&asking(key, now))
}

/// Reads [`SESSION_LIST`].
pub fn read_list(rows: &Rows) -> Result<Vec<ListedSession>, DbError> {
    let one = |row: Row<'_>| {
        Ok(ListedSession {
            id: row.text("id")?.to_owned(),
            key: SessionKey::new(row.text("token")?),
            user_id: row.text("userId")?.to_owned(),
            expires_at: row.text("expiresAt")?.to_owned(),
            created_at: row.text("createdAt")?.to_owned(),
            updated_at: row.text("updatedAt")?.to_owned(),
            ip_address: IpAddress::new(row.text_or_null("ipAddress")?.unwrap_or_default()),
            user_agent: UserAgent::new(row.text_or_null("userAgent")?.unwrap_or_default()),
            country: row.text_or_null("country")?.map(Place::new),
            city: row.text_or_null("city")?.map(Place::new),
        })
    };
    rows.iter().map(one).collect()
}

/// Which of the user's sessions are to end.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The one with this token, or with what the database holds of it.
    Token(SessionToken),
    /// The one with this id.
    Id(String),
    /// All.
    All,
    /// All but the asking one.
    Others,
}

/// Ends sessions of the user's.
#[must_use]
pub fn revoke(key: &SessionKey, now: Timestamp, ending: &Ending) -> Step {
    let who = asking(key, now);
    let [session, now_text] = who.clone();
    match ending {
        Ending::Token(token) => {
            let held = |hashed| Value::from(In::<Database, _>::new(token.key(hashed)).text());
            SESSION_REVOKE.step(&[session, now_text, ("target", held(false)), ("targetHash", held(true))])
        }
        Ending::Id(id) => SESSION_REVOKE_ID.step(&[session, now_text, ("id", text(id))]),
        Ending::All => SESSION_REVOKE_ALL.step(&who),
        Ending::Others => SESSION_REVOKE_OTHERS.step(&who),
    }
}

/// Ends every session of a user who was authenticated in this request by something else than a session.
#[must_use]
pub fn end_all(user_id: &str) -> Step {
    SESSION_END_ALL.step(&[("userId", text(user_id))])
}

/// Ends every session of a user whose address nobody has proved.
#[must_use]
pub fn end_unproved(user_id: &str) -> Step {
    SESSION_END_UNPROVED.step(&[("userId", text(user_id))])
}

/// A session about to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: String,
    /// Its token, for the cookie.
    pub token: SessionToken,
    /// What the database holds of the token.
    pub key: SessionKey,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Where it is opened.
    pub ip_address: IpAddress,
    /// With what.
    pub user_agent: UserAgent,
    /// The country, two letters, if the edge knows it.
    pub country: Option<Place>,
    /// The city, if the edge knows it.
    pub city: Option<Place>,
}

/// The arguments that every way of opening a session takes.
pub(super) fn opening(session: &NewSession, now: Timestamp) -> Vec<(&'static str, Value)> {
    let [key, now] = asking(&session.key, now);
    vec![
        key,
        now,
        ("id", text(&session.id)),
        ("expires", text(&session.expires_at.iso())),
        ("ipAddress", text(In::<Database, _>::new(session.ip_address.clone()).text())),
        ("userAgent", text(In::<Database, _>::new(session.user_agent.clone()).text())),
    ]
}

/// Opens a session for a user who was authenticated in this request.
#[must_use]
pub fn open(session: &NewSession, user_id: &str, starting_credits: i64, now: Timestamp) -> Vec<Step> {
    let mut steps = vec![SESSION_INSERT.step(&[opening(session, now), vec![("userId", text(user_id))]].concat())];
    steps.extend(opened(session, starting_credits, now));
    steps
}

/// What follows an opened session in its transaction: its place, and for a user who is new to us the accounts of credits.
pub(super) fn opened(session: &NewSession, starting_credits: i64, now: Timestamp) -> Vec<Step> {
    let mut steps = Vec::new();
    let place = |place: &Option<Place>| place.clone().map_or(Value::Null, |place| text(In::<Database, _>::new(place).text()));
    if session.country.is_some() || session.city.is_some() {
        let [key, _] = asking(&session.key, now);
        steps.push(SESSION_PLACE.step(&[key, ("country", place(&session.country)), ("city", place(&session.city))]));
    }
    steps.extend(ledger::welcome(&session.key, starting_credits, now));
    steps
}

/// The session that was just opened, with its user. Read with [`read_session`].
#[must_use]
pub fn just_opened(key: &SessionKey, now: Timestamp) -> Step {
    SESSION_WITH_USER.step(&asking(key, now))
}

/// Ends a session. Read 0: whose it was, if it was there.
#[must_use]
pub fn delete(key: &SessionKey, now: Timestamp) -> Batch {
    let [key, _] = asking(key, now);
    Batch::read(vec![SESSION_DELETE.step(&[key])])
}
