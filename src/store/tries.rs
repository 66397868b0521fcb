//! Tries at one account's password, counted where every edge location sees them.
//!
//! A try is counted before the password is looked at, so that many at once cannot all be first. An address without an account is
//! counted like any other, so that the answer does not tell which it is.

use super::{
    Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::domain::secret::Key;
use crate::{
    bugs::{Bug, planted},
    domain::time::{DAY_MS, MINUTE_MS, SECOND_MS, Timestamp},
    lanes::{Email, SessionKey},
    platform::DbError,
};

/// Wrong passwords in a row before the first lock.
const WRONG_MAX: i64 = 10;
/// Tries begun since the last right one, judged or not, that are looked at: so many may come at once. NIST SP 800-63B, section 5.2.2,
/// allows 100 in a row.
const TRIES_MAX: i64 = 50;
/// The first lock, and how long a run of tries is remembered. Each further lock within a day is twice as long as the one before, up to 16 hours.
const LOCK_MS: i64 = 15 * MINUTE_MS;

/// Counts a try, unless the key is locked: then no row changes.
macro_rules! begin {
    ($key:expr) => {
        concat!(
            r#"INSERT INTO password_tries ("key", "tries", "wrong", "locks", "until", "at") SELECT "#,
            $key,
            r#", 1, 0, 0, 0, :now WHERE "#,
            $key,
            r#" IS NOT NULL ON CONFLICT ("key") DO UPDATE SET
            "tries" = CASE WHEN "at" < :lapsed OR "until" > 0 THEN 1 ELSE "tries" + 1 END,
            "wrong" = CASE WHEN "at" < :lapsed OR "until" > 0 THEN 0 ELSE "wrong" END,
            "locks" = CASE WHEN "at" < :dayAgo THEN 0 ELSE "locks" END,
            "until" = 0, "at" = :now
            WHERE "until" <= :now AND ("tries" < :triesMax OR "at" < :lapsed OR "until" > 0)"#
        )
    };
}
/// Counts a wrong password, and locks the key when there were too many: once, however many are on their way.
macro_rules! wrong {
    ($key:expr) => {
        concat!(
            r#"UPDATE password_tries SET "wrong" = "wrong" + 1,
            "until" = CASE WHEN "wrong" + 1 = :wrongMax THEN :now + :lock * json_extract('[1,2,4,8,16,32,64]', '$[' || min("locks", 6) || ']') ELSE "until" END,
            "locks" = CASE WHEN "wrong" + 1 = :wrongMax THEN "locks" + 1 ELSE "locks" END WHERE "key" = "#,
            $key
        )
    };
}
/// The key of the asking user: tries with a session are counted apart from those without.
macro_rules! own_key {
    () => {
        concat!("'u:' || ", owner!())
    };
}

statements! {
    /// Counts a try at the password of an address.
    TRIES_BEGIN (Scope::Plain): begin!(":key");
    /// Counts a try at the asking user's own password.
    TRIES_BEGIN_OWN (Scope::Owner): begin!(own_key!());
    /// Until when the key is locked; no row if nobody tried.
    TRIES_READ (Scope::Plain): r#"SELECT "tries", "until", "at" FROM password_tries WHERE "key" = :key"#;
    /// Until when the asking user is.
    TRIES_READ_OWN (Scope::Owner): r#"SELECT "tries", "until", "at" FROM password_tries WHERE "key" = "#, own_key!();
    /// The password was wrong.
    TRIES_WRONG (Scope::Plain): wrong!(":key");
    /// The password was right: what was counted is forgotten.
    TRIES_END (Scope::Plain): r#"DELETE FROM password_tries WHERE "key" = :key"#;
    /// Forgets what was counted more than a day ago.
    TRIES_FORGET (Scope::Plain): r#"DELETE FROM password_tries WHERE "at" < :dayAgo AND "until" <= :now"#;
}

/// Whose password is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Whoever has the address.
    #[must_use]
    pub fn address(key: &Key, email: &Email) -> Self {
        Self(format!("e:{}", email.counter(key)))
    }
    /// A user who is signed in.
    #[must_use]
    pub fn user(user_id: &str) -> Self {
        Self(format!("u:{user_id}"))
    }
    fn arg(&self) -> (&'static str, Value) {
        ("key", Value::from(&self.0))
    }
}

fn limits(now: Timestamp) -> [(&'static str, Value); 4] {
    [
        ("now", Value::from(now.ms())),
        ("lapsed", Value::from(now.plus_ms(-LOCK_MS).ms())),
        ("dayAgo", Value::from(now.plus_ms(-DAY_MS).ms())),
        ("triesMax", Value::from(if planted(Bug::TriesCountedAfter) { i64::MAX } else { TRIES_MAX })),
    ]
}

/// Counts a try, and reads how things stand: two steps. Read with [`read_lock`].
#[must_use]
pub fn begin(subject: &Subject, now: Timestamp) -> Vec<Step> {
    vec![TRIES_BEGIN.step(&[&[subject.arg()], &limits(now)[..]].concat()), TRIES_READ.step(&[subject.arg()])]
}

/// Counts a try of the asking user's, and reads how things stand: two steps. Read with [`read_lock`].
#[must_use]
pub fn begin_own(key: &SessionKey, now: Timestamp) -> Vec<Step> {
    let who = sessions::asking(key, now);
    vec![TRIES_BEGIN_OWN.step(&[&who[..], &limits(now)[..]].concat()), TRIES_READ_OWN.step(&who)]
}

/// Seconds until another try counts, rounded up; none if this one does. `begun` and `state` are the two steps of [`begin`].
pub fn read_lock(begun: &Rows, state: &Rows, now: Timestamp) -> Result<Option<i64>, DbError> {
    if begun.changed() > 0 {
        return Ok(None);
    }
    let Some(row) = state.first() else { return Ok(None) };
    let until = row.integer("until")?.max(row.integer("at")? + if row.integer("tries")? >= TRIES_MAX { LOCK_MS } else { 0 });
    Ok(Some(((until - now.ms()) + SECOND_MS - 1).div_euclid(SECOND_MS).max(1)))
}

/// The password was wrong.
#[must_use]
pub fn wrong(subject: &Subject, now: Timestamp) -> Step {
    TRIES_WRONG.step(&[subject.arg(), ("now", Value::from(now.ms())), ("wrongMax", Value::from(WRONG_MAX)), ("lock", Value::from(LOCK_MS))])
}

/// The password was right, or was set anew.
#[must_use]
pub fn end(subject: &Subject) -> Step {
    TRIES_END.step(&[subject.arg()])
}

/// Forgets what was counted long ago.
#[must_use]
pub fn forget(now: Timestamp) -> Step {
    TRIES_FORGET.step(&[("now", Value::from(now.ms())), ("dayAgo", Value::from(now.plus_ms(-DAY_MS).ms()))])
}
