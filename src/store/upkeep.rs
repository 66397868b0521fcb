//! What cron needs: the lease, the generations that are due, media to be removed, rows that have served.

use super::{Batch, Rows, Scope, Value, sql::statements};
use crate::{
    domain::{
        generation::{GenerationId, NEXT_CHECK_MS},
        time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    },
    platform::DbError,
    vendors::hosts::RunId,
};

/// Open generations that are due, as many of each host: one host's cannot keep another's from being looked at.
macro_rules! due {
    () => {
        r#"SELECT d."id" FROM (SELECT g."id", g."checkAt", row_number() OVER (PARTITION BY g."host" ORDER BY g."checkAt", g."id") AS "place" FROM generation g
        WHERE g."finishedAt" IS NULL AND g."sentAt" IS NOT NULL AND g."checkAt" <= :now
        AND EXISTS (SELECT 1 FROM lease WHERE "name" = :name AND "token" = :token)) d ORDER BY d."place", d."checkAt", d."id" LIMIT :limit"#
    };
}

statements! {
    /// Does nothing: for tests of the protocol.
    PROBE (Scope::Plain): "SELECT :probe AS \"probe\"";
    /// Takes the lease if it is free or has ended.
    LEASE_TAKE (Scope::Plain): r#"INSERT INTO lease ("name", "token", "expiresAt") VALUES (:name, :token, :until)
        ON CONFLICT ("name") DO UPDATE SET "token" = excluded."token", "expiresAt" = excluded."expiresAt" WHERE lease."expiresAt" <= :now OR lease."token" = excluded."token""#;
    /// Gives the lease back, if it is still ours.
    LEASE_GIVE (Scope::Plain): r#"UPDATE lease SET "expiresAt" = 0 WHERE "name" = :name AND "token" = :token"#;
    /// Open generations that are due, for the holder of the lease.
    DUE_READ (Scope::System("the reconciler looks after every user's open generations")): r#"SELECT g."id", g."host", g."hostId", g."sentAt", g."model", g."cancelAt"
        FROM generation g WHERE g."id" IN ("#, due!(), r#") ORDER BY g."checkAt", g."id""#;
    /// Puts them off, so that one that cannot be helped does not keep others from being looked at.
    DUE_LATER (Scope::System("the reconciler looks after every user's open generations")): r#"UPDATE generation SET "checkAt" = :next WHERE "id" IN
        ("#, due!(), ")";
    /// Those that there was no time to look at come first in the next run.
    DUE_AGAIN (Scope::System("the reconciler looks after every user's open generations")): r#"UPDATE generation SET "checkAt" = :now WHERE "finishedAt" IS NULL
        AND "id" IN (SELECT value FROM json_each(:ids)) AND EXISTS (SELECT 1 FROM lease WHERE "name" = :name AND "token" = :token)"#;
    /// Media to be removed: what was never tried first, then what was tried longest ago.
    REMOVALS_READ (Scope::System("the sweeper removes the media of every user's deletions")): r#"SELECT "mediaKey" FROM media_removal
        ORDER BY "triedAt", "createdAt", "mediaKey" LIMIT :limit"#;
    /// Notes that storage has removed them.
    REMOVALS_TRIED (Scope::System("the sweeper removes the media of every user's deletions")): r#"UPDATE media_removal SET "triedAt" = :now
        WHERE "mediaKey" IN (SELECT value FROM json_each(:keys))"#;
    /// Forgets removals that are done and that no late message of the host can undo any more.
    REMOVALS_FORGET (Scope::System("the sweeper removes the media of every user's deletions")): r#"DELETE FROM media_removal
        WHERE "createdAt" < :before AND "mediaKey" IN (SELECT value FROM json_each(:keys))"#;
    /// Forgets idempotency keys older than a day.
    KEYS_FORGET (Scope::System("the sweeper forgets every user's old keys")): r#"DELETE FROM idempotency WHERE "createdAt" < :dayAgo"#;
    /// Removes sessions that have ended: they hold addresses of clients.
    SESSIONS_FORGET (Scope::System("the sweeper removes every user's ended sessions")): r#"DELETE FROM session WHERE "expiresAt" <= :nowText"#;
}

const LEASE: &str = "reconcile";
/// How long one run may hold the lease. Cloudflare ends a cron run after 15 minutes; ours stops by itself long before.
pub const LEASE_MS: i64 = 5 * MINUTE_MS;
/// Generations per run: each costs one or two requests, and the free plan allows 50.
pub const DUE_MAX: usize = 20;
/// Removals per run: five requests to storage.
const REMOVALS_MAX: usize = 1000;
/// Removals are repeated for this long: a copy that was under way when the deletion came ends within it, and the host's own copy
/// is gone after an hour.
const REMOVAL_MS: i64 = 2 * HOUR_MS;

fn lease(token: &str) -> [(&'static str, Value); 2] {
    [("name", Value::from(LEASE)), ("token", Value::from(token))]
}

/// Takes the lease and reads what is due. Write 1: the generations; write 3: the removals; read 0: those that wait for their turn.
#[must_use]
pub fn begin(token: &str, now: Timestamp) -> Batch {
    let at = ("now", Value::from(now.ms()));
    let due = [&lease(token)[..], &[at.clone(), ("limit", Value::from(DUE_MAX))]].concat();
    Batch::write(
        vec![
            LEASE_TAKE.step(&[&lease(token)[..], &[at, ("until", Value::from(now.plus_ms(LEASE_MS).ms()))]].concat()),
            DUE_READ.step(&due),
            DUE_LATER.step(&[&due[..], &[("next", Value::from(now.plus_ms(NEXT_CHECK_MS).ms()))]].concat()),
            REMOVALS_READ.step(&[("limit", Value::from(REMOVALS_MAX))]),
            KEYS_FORGET.step(&[("dayAgo", Value::from(now.plus_ms(-DAY_MS).ms()))]),
            SESSIONS_FORGET.step(&[("nowText", Value::from(now.iso()))]),
            super::verifications::forget(now),
            super::tries::forget(now),
            super::shares::forget(now),
        ]
        .into_iter()
        .chain(super::uploads::sweep(now))
        .collect(),
        vec![super::turns::due(now)],
    )
}

/// Gives the lease back, notes and forgets the removals that are done, and has those looked at next that were `left`.
#[must_use]
pub fn end(token: &str, removed: &[String], left: &[GenerationId], now: Timestamp) -> Batch {
    let keys = ("keys", Value::from(serde_json::Value::from(removed).to_string()));
    let ids = Value::from(left.iter().map(GenerationId::as_str).collect::<serde_json::Value>().to_string());
    let at = ("now", Value::from(now.ms()));
    Batch::write(
        vec![
            REMOVALS_FORGET.step(&[("before", Value::from(now.plus_ms(-REMOVAL_MS).ms())), keys.clone()]),
            REMOVALS_TRIED.step(&[at.clone(), keys]),
            DUE_AGAIN.step(&[&lease(token)[..], &[at, ("ids", ids)]].concat()),
            LEASE_GIVE.step(&lease(token)),
        ],
        vec![],
    )
}

/// An open generation that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The id.
    pub id: GenerationId,
    /// The model host that was asked.
    pub host: String,
    /// The model.
    pub model: String,
    /// The host's name of the run, if a message of the host has told it.
    pub run: Option<RunId>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// True if its owner wishes it stopped.
    pub unwanted: bool,
}

/// Reads [`DUE_READ`].
pub fn read_due(rows: &Rows) -> Result<Vec<Due>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(Due {
                id: GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
                host: row.text("host")?.to_owned(),
                model: row.text("model")?.to_owned(),
                run: row.text_or_null("hostId")?.and_then(RunId::parse),
                sent_at: Timestamp::from_ms(row.integer("sentAt")?),
                unwanted: row.integer_or_null("cancelAt")?.is_some(),
            })
        })
        .collect()
}

/// Reads [`REMOVALS_READ`].
pub fn read_removals(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| Ok(row.text("mediaKey")?.to_owned())).collect()
}
