//! Accounts at a sign-in provider, in better-auth's `account` table (contract: better-auth, section 6.12).
//!
//! Who somebody is follows from the rows in one batch: whoever has the account signs in; else whoever has the address, if both sides have
//! proved it (GHSA-g38m-r43w-p2q7: an unproved local account could have been planted by somebody else); else a new user is made.

use super::{
    Batch, Rows, Scope, Step, Value,
    accounts::{email_arg, image_value, now_arg},
    people,
    sessions::{self, NewSession},
    sql::statements,
};
use crate::{
    bugs::{Bug, planted},
    domain::time::{SECOND_MS, Timestamp},
    lanes::{Database, Email, In, OAuthToken, SessionKey},
    platform::DbError,
    vendors::google::{PROVIDER, Profile, Tokens},
};

const BY_PROVIDER: &str = "the provider says who it is; whose rows these are follows from that in the same batch";

/// The columns and values of a new account row, after those that say whose it is.
macro_rules! account_columns {
    () => {
        r#"INSERT INTO account ("id", "accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt",
        "refreshTokenExpiresAt", "scope", "createdAt", "updatedAt") SELECT :account, :subject, :provider, u."id", :access, :refresh, :idToken, :accessExpires,
        :refreshExpires, :scope, :nowText, :nowText FROM "user" u"#
    };
}
macro_rules! no_account {
    () => {
        r#"NOT EXISTS (SELECT 1 FROM account a WHERE a."providerId" = :provider AND a."accountId" = :subject)"#
    };
}

statements! {
    /// Makes a user, if neither the account nor the address is known.
    SOCIAL_USER (Scope::System(BY_PROVIDER)): r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
        SELECT :userId, :name, :email, :verified, :image, :nowText, :nowText WHERE :mayMake = 1 AND "#, no_account!(), r#"
        AND NOT EXISTS (SELECT 1 FROM "user" u WHERE u."email" = :email)"#;
    /// Links the account to the user who was just made, unless somebody proved the address since (a batch that is sent again may come late), or
    /// to the one of the address if both sides have proved it.
    SOCIAL_ACCOUNT (Scope::System(BY_PROVIDER)): account_columns!(), r#" WHERE u."email" = :email AND (u."id" = :userId AND u."emailVerified" = :verified
        OR :verified = 1 AND u."emailVerified" = 1) AND "#, no_account!();
    /// Keeps the newest tokens of a known account; what was not given again stays.
    SOCIAL_TOKENS (Scope::System(BY_PROVIDER)): r#"UPDATE account SET "accessToken" = coalesce(:access, "accessToken"),
        "refreshToken" = coalesce(:refresh, "refreshToken"), "idToken" = coalesce(:idToken, "idToken"),
        "accessTokenExpiresAt" = coalesce(:accessExpires, "accessTokenExpiresAt"), "refreshTokenExpiresAt" = coalesce(:refreshExpires, "refreshTokenExpiresAt"),
        "updatedAt" = :nowText WHERE "providerId" = :provider AND "accountId" = :subject AND "id" <> :account"#;
    /// Whoever signs in by an account whose address both sides have is proved by it.
    SOCIAL_VERIFIED (Scope::System(BY_PROVIDER)): r#"UPDATE "user" SET "emailVerified" = 1, "updatedAt" = :nowText WHERE "emailVerified" = 0 AND :verified = 1
        AND "email" = :email AND "id" = (SELECT a."userId" FROM account a WHERE a."providerId" = :provider AND a."accountId" = :subject)"#;
    /// Opens a session for whoever has the account; for nobody if two rows claim it.
    SOCIAL_SESSION (Scope::System(BY_PROVIDER)): r#"INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
        SELECT :id, :expires, :session, :nowText, :nowText, :ipAddress, :userAgent, u."id" FROM account a JOIN "user" u ON u."id" = a."userId"
        WHERE a."providerId" = :provider AND a."accountId" = :subject
        AND 1 = (SELECT count(*) FROM account b WHERE b."providerId" = :provider AND b."accountId" = :subject)"#;
    /// Links the account to the user who asked for it, whose session still has to live if the state names it.
    LINK_ACCOUNT (Scope::System(BY_PROVIDER)): account_columns!(), r#" WHERE u."id" = :userId AND (:bound = 0 OR EXISTS (SELECT 1 FROM session s
        WHERE s."token" = :session AND s."userId" = u."id" AND s."expiresAt" > :nowText)) AND "#, no_account!();
    /// Keeps the newest tokens of an account that the user has linked before.
    LINK_TOKENS (Scope::System(BY_PROVIDER)): r#"UPDATE account SET "accessToken" = coalesce(:access, "accessToken"),
        "refreshToken" = coalesce(:refresh, "refreshToken"), "idToken" = coalesce(:idToken, "idToken"),
        "accessTokenExpiresAt" = coalesce(:accessExpires, "accessTokenExpiresAt"), "refreshTokenExpiresAt" = coalesce(:refreshExpires, "refreshTokenExpiresAt"),
        "scope" = coalesce(:scope, "scope"), "updatedAt" = :nowText WHERE "providerId" = :provider AND "accountId" = :subject AND "userId" = :userId
        AND "id" <> :account AND (:bound = 0 OR EXISTS (SELECT 1 FROM session s WHERE s."token" = :session AND s."userId" = :userId AND s."expiresAt" > :nowText))"#;
    /// Whose the account is.
    SOCIAL_OWNER (Scope::System(BY_PROVIDER)): r#"SELECT a."userId" FROM account a WHERE a."providerId" = :provider AND a."accountId" = :subject"#;
    /// Whose the account is, and whether the session that asked for the link lives.
    LINK_READ (Scope::System(BY_PROVIDER)): r#"SELECT (SELECT a."userId" FROM account a WHERE a."providerId" = :provider AND a."accountId" = :subject) AS "owner",
        (:bound = 0 OR EXISTS (SELECT 1 FROM session s WHERE s."token" = :session AND s."userId" = :userId AND s."expiresAt" > :nowText)) AS "lives""#;
}

/// Somebody who comes from the provider.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Who it is there.
    pub profile: Profile,
    /// The address, lower-cased.
    pub email: Email,
    /// What the provider gave.
    pub tokens: Tokens,
    /// The id of a new user, if one is made.
    pub user_id: String,
    /// The id of a new account row, if one is made.
    pub account_id: String,
    /// False if no user is to be made.
    pub may_make: bool,
    /// The age that was confirmed, if a user is made.
    pub age: Option<i64>,
    /// Where our copy of the picture will lie, if a user is made.
    pub avatar_key: Option<String>,
}

fn token(token: Option<&OAuthToken>) -> Value {
    token.map_or(Value::Null, |token| Value::from(In::<Database, _>::new(token.clone()).text()))
}

/// The arguments of an account row.
fn account(profile: &Profile, tokens: &Tokens, account_id: &str, now: Timestamp) -> Vec<(&'static str, Value)> {
    let until = |seconds: Option<i64>| seconds.map_or(Value::Null, |seconds| Value::from(now.plus_ms(seconds * SECOND_MS).iso()));
    vec![
        ("account", Value::from(account_id)),
        ("provider", Value::from(PROVIDER)),
        ("subject", Value::from(In::<Database, _>::new(profile.subject.clone()).text())),
        ("access", token(tokens.access.as_ref())),
        ("refresh", token(tokens.refresh.as_ref())),
        ("idToken", token(tokens.id.as_ref())),
        ("accessExpires", until(tokens.access_expires_in_s)),
        ("refreshExpires", until(tokens.refresh_expires_in_s)),
        now_arg(now),
    ]
}

fn scope(tokens: &Tokens) -> (&'static str, Value) {
    ("scope", if tokens.scope.is_empty() { Value::Null } else { Value::from(&tokens.scope) })
}

/// Only the arguments that a statement takes.
fn only(args: &[(&'static str, Value)], names: &[&str]) -> Vec<(&'static str, Value)> {
    args.iter().filter(|(name, _)| names.contains(name)).cloned().collect()
}

const KEY: [&str; 2] = ["provider", "subject"];
const TOKENS: [&str; 9] = ["provider", "subject", "account", "access", "refresh", "idToken", "accessExpires", "refreshExpires", "nowText"];

/// Signs somebody in who comes from the provider. The session was opened if [`sessions::just_opened`], the first read, finds it; the second read
/// is the user of the address.
#[must_use]
pub fn arrive(arrival: &Arrival, session: &NewSession, starting_credits: i64, now: Timestamp) -> Batch {
    let account = account(&arrival.profile, &arrival.tokens, &arrival.account_id, now);
    let key = only(&account, &KEY);
    let (user, email, at) = (("userId", Value::from(&arrival.user_id)), email_arg(&arrival.email), now_arg(now));
    let verified = ("verified", Value::from(i64::from(arrival.profile.email_verified)));
    let name = ("name", Value::from(In::<Database, _>::new(arrival.profile.name.clone()).text()));
    let image = ("image", image_value(arrival.profile.picture.as_ref()));
    let may_make = ("mayMake", Value::from(i64::from(arrival.may_make)));
    let mut steps = vec![
        SOCIAL_USER.step(&[&key[..], &[user.clone(), name, email.clone(), verified.clone(), image, at.clone(), may_make]].concat()),
        SOCIAL_ACCOUNT.step(&[&account[..], &[scope(&arrival.tokens), user, email.clone(), verified.clone()]].concat()),
        SOCIAL_TOKENS.step(&only(&account, &TOKENS)),
        SOCIAL_VERIFIED.step(&[&key[..], &[email.clone(), verified, at]].concat()),
        SOCIAL_SESSION.step(&[sessions::opening(session, now), key].concat()),
    ];
    steps.extend(arrival.age.map(|age| people::confirm_age_of_new(&arrival.user_id, age, now)));
    steps.extend(arrival.avatar_key.as_deref().map(|key| people::set_avatar(&arrival.user_id, key)));
    if planted(Bug::GoogleLinksUnproved) && arrival.profile.email_verified {
        steps.insert(0, super::accounts::verify_by_email(&arrival.email, None, now));
    }
    if !planted(Bug::NoWelcomeFromGoogle) {
        steps.extend(sessions::opened(session, starting_credits, now));
    }
    Batch::write(steps, vec![sessions::just_opened(&session.key, now), super::accounts::by_email(&arrival.email)])
}

/// Whose an account is. Read with [`read_owner`].
#[must_use]
pub fn owner(profile: &Profile) -> Step {
    let subject = Value::from(In::<Database, _>::new(profile.subject.clone()).text());
    SOCIAL_OWNER.step(&[("provider", Value::from(PROVIDER)), ("subject", subject)])
}

/// Reads [`SOCIAL_OWNER`].
pub fn read_owner(rows: &Rows) -> Result<Option<String>, DbError> {
    rows.first().map(|row| row.text("userId").map(str::to_owned)).transpose()
}

/// A link that a user asked for.
#[derive(Debug, Clone)]
pub struct Link {
    /// Who asked.
    pub user_id: String,
    /// The session that asked, if it is named: then it has to live.
    pub session: Option<SessionKey>,
    /// The id of a new account row, if one is made.
    pub account_id: String,
}

/// What came of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// It is the user's.
    Done,
    /// It is somebody else's.
    Foreign,
    /// The session that asked for it has ended, or the user is gone.
    Gone,
}

/// Links an account to a user. Read with [`read_link`].
#[must_use]
pub fn link(profile: &Profile, tokens: &Tokens, link: &Link, now: Timestamp) -> Batch {
    let account = account(profile, tokens, &link.account_id, now);
    let bound = [
        ("userId", Value::from(&link.user_id)),
        ("bound", Value::from(i64::from(link.session.is_some()))),
        ("session", link.session.clone().map_or(Value::Null, |key| Value::from(In::<Database, _>::new(key).text()))),
    ];
    let all = [&account[..], &bound, &[scope(tokens)]].concat();
    let read = [only(&account, &["provider", "subject", "nowText"]), bound.to_vec()].concat();
    Batch::write(vec![LINK_ACCOUNT.step(&all), LINK_TOKENS.step(&all)], vec![LINK_READ.step(&read)])
}

/// Reads what came of [`link`].
pub fn read_link(rows: &Rows, user_id: &str) -> Result<Linked, DbError> {
    let row = rows.first().ok_or(DbError::Shape("no link"))?;
    Ok(match row.text_or_null("owner")? {
        _ if row.integer("lives")? == 0 => Linked::Gone,
        None => Linked::Gone,
        Some(owner) if owner == user_id => Linked::Done,
        Some(_) => Linked::Foreign,
    })
}
