//! Deleting an account: rows go at once, media as soon as storage is asked. What belongs to the user goes with the row by the triggers of
//! the schema; here stands what has to know the time of the deed.

use super::{Row, Rows, Scope, Step, Value, accounts::user_arg, sql::statements};
use crate::{
    domain::{generation::GenerationId, time::Timestamp},
    platform::DbError,
    vendors::hosts::RunId,
};

statements! {
    /// The media that have to go, under every name that they may have been stored by.
    GONE_MEDIA (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT g."id" || '/' || n.value, g."userId", :now FROM generation g, json_each('[0,1,2,3]') n WHERE g."userId" = :userId ON CONFLICT DO NOTHING"#;
    /// The pictures that the user brought.
    GONE_UPLOADS (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT 'upload/' || u."id", u."userId", :now FROM upload u WHERE u."userId" = :userId ON CONFLICT DO NOTHING"#;
    /// Our copy of the picture.
    GONE_AVATAR (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT p."avatarKey", p."userId", :now FROM person p WHERE p."userId" = :userId AND p."avatarKey" IS NOT NULL ON CONFLICT DO NOTHING"#;
    /// Every way to sign in.
    GONE_ACCOUNTS (Scope::Owner): r#"DELETE FROM account WHERE "userId" = :userId"#;
    /// Every session.
    GONE_SESSIONS (Scope::Owner): r#"DELETE FROM session WHERE "userId" = :userId"#;
    /// The user, and by the schema's trigger everything else.
    GONE_USER (Scope::Owner): r#"DELETE FROM "user" WHERE "id" = :userId"#;
    /// What hosts still work on for the user.
    GONE_RUNS (Scope::Owner): r#"SELECT "id", "model", "host", "hostId" FROM generation WHERE "userId" = :userId AND "finishedAt" IS NULL AND "sentAt" IS NOT NULL"#;
    /// What storage has to be asked to remove.
    GONE_READ (Scope::Owner): r#"SELECT "mediaKey" FROM media_removal WHERE "userId" = :userId ORDER BY "mediaKey""#;
}

/// Deletes a user who was authenticated in this request. The first reads what hosts still work on: [`read_runs`].
#[must_use]
pub fn steps(user_id: &str, now: Timestamp) -> Vec<Step> {
    let user = user_arg(user_id);
    let at = [user.clone(), ("now", Value::from(now.ms()))];
    let user = std::slice::from_ref(&user);
    vec![
        GONE_RUNS.step(user),
        GONE_MEDIA.step(&at),
        GONE_UPLOADS.step(&at),
        GONE_AVATAR.step(&at),
        GONE_SESSIONS.step(user),
        GONE_ACCOUNTS.step(user),
        GONE_USER.step(user),
    ]
}

/// A run at a host that nobody waits for any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The generation that it was ordered for.
    pub id: GenerationId,
    /// The model.
    pub model: String,
    /// The host.
    pub host: String,
    /// The host's name of it, if it has told it.
    pub run: Option<RunId>,
}

/// Reads the first of [`steps`].
pub fn read_runs(rows: &Rows) -> Result<Vec<Run>, DbError> {
    let read = |row: Row<'_>| {
        Ok(Run {
            id: GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
            model: row.text("model")?.to_owned(),
            host: row.text("host")?.to_owned(),
            run: row.text_or_null("hostId")?.and_then(RunId::parse),
        })
    };
    rows.iter().map(read).collect()
}

/// What storage has to be asked to remove. Read with [`read_media`].
#[must_use]
pub fn media(user_id: &str) -> Step {
    GONE_READ.step(&[user_arg(user_id)])
}

/// Reads [`GONE_READ`].
pub fn read_media(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| Ok(row.text("mediaKey")?.to_owned())).collect()
}
