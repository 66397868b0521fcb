//! What the studio knows of a user beyond better-auth's tables: the age that was confirmed, and our copy of the picture.

use super::{
    Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::{domain::time::Timestamp, lanes::SessionKey, platform::DbError};

statements! {
    /// Notes that the person said to be old enough; the first time counts.
    AGE_CONFIRM (Scope::Owner): r#"INSERT INTO person ("userId", "ageConfirmedAt", "ageConfirmed") SELECT o."userId", :now, :age FROM session o
        WHERE o."token" = :session AND o."expiresAt" > :nowText ON CONFLICT ("userId") DO UPDATE SET "ageConfirmedAt" = excluded."ageConfirmedAt",
        "ageConfirmed" = excluded."ageConfirmed" WHERE person."ageConfirmedAt" IS NULL OR person."ageConfirmed" < excluded."ageConfirmed""#;
    /// Notes that a person who makes an account in this request said to be old enough.
    AGE_CONFIRM_NEW (Scope::Owner): r#"INSERT INTO person ("userId", "ageConfirmedAt", "ageConfirmed")
        SELECT u."id", :now, :age FROM "user" u WHERE u."id" = :userId ON CONFLICT DO NOTHING"#;
    /// Notes under which name our copy of the picture lies.
    AVATAR_SET (Scope::Owner): r#"INSERT INTO person ("userId", "avatarKey") SELECT u."id", :avatar FROM "user" u WHERE u."id" = :userId
        ON CONFLICT ("userId") DO UPDATE SET "avatarKey" = excluded."avatarKey""#;
    /// Has storage remove our copy of the picture, which is the profile's no more.
    AVATAR_REMOVE (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt") SELECT p."avatarKey", p."userId", :now FROM person p
        WHERE p."avatarKey" IS NOT NULL AND p."userId" = "#, owner!(), " ON CONFLICT DO NOTHING";
    /// Forgets it.
    AVATAR_FORGET (Scope::Owner): r#"UPDATE person SET "avatarKey" = NULL WHERE "avatarKey" IS NOT NULL AND "userId" = "#, owner!();
    /// What is known of the asking user.
    PERSON_READ (Scope::Owner): r#"SELECT p."ageConfirmedAt", p."ageConfirmed", p."avatarKey", EXISTS (SELECT 1 FROM account a WHERE a."userId" = u."id"
          AND a."providerId" = 'credential' AND a."password" IS NOT NULL) AS "hasPassword"
        FROM "user" u LEFT JOIN person p ON p."userId" = u."id" WHERE u."id" = "#, owner!();
}

/// Notes that the asking user said to be old enough.
#[must_use]
pub fn confirm_age(key: &SessionKey, age: i64, now: Timestamp) -> Step {
    let [session, now_text] = sessions::asking(key, now);
    AGE_CONFIRM.step(&[session, now_text, ("now", Value::from(now.ms())), ("age", Value::from(age))])
}

/// Notes that a person who makes an account in this request said to be old enough; nothing if there is no such user.
#[must_use]
pub fn confirm_age_of_new(user_id: &str, age: i64, now: Timestamp) -> Step {
    AGE_CONFIRM_NEW.step(&[("userId", Value::from(user_id)), ("now", Value::from(now.ms())), ("age", Value::from(age))])
}

/// Notes under which name our copy of a user's picture lies; nothing if there is no such user.
#[must_use]
pub fn set_avatar(user_id: &str, avatar_key: &str) -> Step {
    AVATAR_SET.step(&[("userId", Value::from(user_id)), ("avatar", Value::from(avatar_key))])
}

/// Forgets our copy of the asking user's picture, and has storage remove it.
#[must_use]
pub fn drop_avatar(key: &SessionKey, now: Timestamp) -> Vec<Step> {
    let who = sessions::asking(key, now);
    let [session, now_text] = who.clone();
    vec![AVATAR_REMOVE.step(&[session, now_text, ("now", Value::from(now.ms()))]), AVATAR_FORGET.step(&who)]
}

/// Reads [`PERSON_READ`] of the asking user. Read with [`read`].
#[must_use]
pub fn get(key: &SessionKey, now: Timestamp) -> Step {
    PERSON_READ.step(&sessions::asking(key, now))
}

/// What is known of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// When the person said to be old enough, and how old that was.
    pub age_confirmed: Option<(Timestamp, i64)>,
    /// The name of our copy of the picture in media storage.
    pub avatar_key: Option<String>,
    /// True if there is a password.
    pub has_password: bool,
}

/// Reads [`PERSON_READ`].
pub fn read(rows: &Rows) -> Result<Person, DbError> {
    let Some(row) = rows.first() else { return Ok(Person::default()) };
    let age_confirmed = row.integer_or_null("ageConfirmedAt")?.zip(row.integer_or_null("ageConfirmed")?);
    Ok(Person {
        age_confirmed: age_confirmed.map(|(at, age)| (Timestamp::from_ms(at), age)),
        avatar_key: row.text_or_null("avatarKey")?.map(str::to_owned),
        has_password: row.integer("hasPassword")? != 0,
    })
}
