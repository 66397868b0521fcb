//! API keys, and the limits to what may be spent in a day.

use super::{
    Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::{
    domain::time::{DAY_MS, Timestamp},
    lanes::SessionKey,
    platform::DbError,
};

statements! {
    /// Makes a key, unless there are too many.
    API_KEY_INSERT (Scope::Owner): r#"INSERT INTO api_key ("id", "userId", "name", "key", "hint", "dayLimit", "createdAt")
        SELECT :id, "#, owner!(), r#", :name, :key, :hint, :limit, :now WHERE (SELECT count(*) FROM api_key a WHERE a."userId" = "#, owner!(), ") < :most";
    /// The asking user's keys, with what each spent today.
    API_KEY_LIST (Scope::Owner): r#"SELECT a."id", a."name", a."hint", a."dayLimit", a."createdAt",
        (SELECT max(h."createdAt") FROM credit_hold h WHERE h."userId" = a."userId" AND h."keyId" = a."id") AS "lastUsedAt",
        (SELECT coalesce(sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END), 0) FROM credit_hold h
          WHERE h."userId" = a."userId" AND h."keyId" = a."id" AND h."createdAt" >= :today) AS "spent"
        FROM api_key a WHERE a."userId" = "#, owner!(), r#" ORDER BY a."createdAt", a."id""#;
    /// Changes a key's limit.
    API_KEY_LIMIT (Scope::Owner): r#"UPDATE api_key SET "dayLimit" = :limit WHERE "id" = :id AND "userId" = "#, owner!();
    /// Ends a key.
    API_KEY_DELETE (Scope::Owner): r#"DELETE FROM api_key WHERE "id" = :id AND "userId" = "#, owner!();
    /// Changes the account's limit.
    DAY_LIMIT (Scope::Owner): r#"INSERT INTO person ("userId", "dayLimit") SELECT u."id", :limit FROM "user" u WHERE u."id" = "#, owner!(), r#"
        ON CONFLICT ("userId") DO UPDATE SET "dayLimit" = excluded."dayLimit""#;
}

/// Keys of one account: more are lost track of.
pub const KEYS_MAX: i64 = 20;

/// A key about to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// What the database holds of the secret.
    pub key: SessionKey,
    /// The secret's last characters.
    pub hint: String,
    /// Credits that it may spend in a day.
    pub day_limit: Option<i64>,
}

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The secret's last characters.
    pub hint: String,
    /// Credits that it may spend in a day.
    pub day_limit: Option<i64>,
    /// Credits that it has spent today.
    pub spent_today: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last ordered.
    pub last_used_at: Option<Timestamp>,
}

/// Makes a key; changes no row if there are [`KEYS_MAX`].
#[must_use]
pub fn insert(who: &SessionKey, new: &NewKey, now: Timestamp) -> Step {
    let key = crate::lanes::In::<crate::lanes::Database, _>::new(new.key.clone());
    API_KEY_INSERT.step(&sessions::with(
        who,
        now,
        &[
            ("id", Value::from(&new.id)),
            ("name", Value::from(&new.name)),
            ("key", Value::from(key.text())),
            ("hint", Value::from(&new.hint)),
            ("limit", Value::from(new.day_limit)),
            ("now", Value::from(now.ms())),
            ("most", Value::from(KEYS_MAX)),
        ],
    ))
}

/// The asking user's keys. Read with [`read`].
#[must_use]
pub fn list(who: &SessionKey, now: Timestamp) -> Step {
    API_KEY_LIST.step(&sessions::with(who, now, &[("today", Value::from(now.ms() - now.ms().rem_euclid(DAY_MS)))]))
}

/// Reads [`API_KEY_LIST`].
pub fn read(rows: &Rows) -> Result<Vec<KeyRow>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(KeyRow {
                id: row.text("id")?.to_owned(),
                name: row.text("name")?.to_owned(),
                hint: row.text("hint")?.to_owned(),
                day_limit: row.integer_or_null("dayLimit")?,
                spent_today: row.integer("spent")?,
                created_at: Timestamp::from_ms(row.integer("createdAt")?),
                last_used_at: row.integer_or_null("lastUsedAt")?.map(Timestamp::from_ms),
            })
        })
        .collect()
}

/// Changes a key's limit.
#[must_use]
pub fn set_limit(who: &SessionKey, id: &str, limit: Option<i64>, now: Timestamp) -> Step {
    API_KEY_LIMIT.step(&sessions::with(who, now, &[("id", Value::from(id)), ("limit", Value::from(limit))]))
}

/// Ends a key.
#[must_use]
pub fn delete(who: &SessionKey, id: &str, now: Timestamp) -> Step {
    API_KEY_DELETE.step(&sessions::with(who, now, &[("id", Value::from(id))]))
}

/// Changes the account's limit.
#[must_use]
pub fn set_day_limit(who: &SessionKey, limit: Option<i64>, now: Timestamp) -> Step {
    DAY_LIMIT.step(&sessions::with(who, now, &[("limit", Value::from(limit))]))
}
