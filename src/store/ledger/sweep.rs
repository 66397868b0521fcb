//! What cron does with credits: those whose time has come expire.

use crate::{
    domain::{
        generation::GenerationId,
        time::{DAY_MS, Timestamp},
    },
    platform::DbError,
    store::{Batch, Rows, Scope, Step, Value, sql::statements},
};

/// Grants that ended since the last run, and whatever came back to them since. Holds live for hours, so a day's overlap finds what a
/// release brings back to a grant that has ended.
macro_rules! ended {
    () => {
        r#"FROM credit_grant g JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id" AND a."balance" > 0
        WHERE g."expiresAt" <= :now AND g."expiresAt" > coalesce((SELECT m."at" FROM mark m WHERE m."name" = 'expire'), 0) - :overlap"#
    };
}

statements! {
    /// Expire: the commands.
    EXPIRE_OP (Scope::System(SWEEP)): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        SELECT 'expire:' || g."id" || ':' || :run, 'expire', g."userId", g."id", '', :now "#, ended!(), " LIMIT :limit";
    /// Expire: the entries.
    EXPIRE_ENTRIES (Scope::System(SWEEP)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT o."id", g."userId", a."id", 'u:' || g."userId" || ':expired', a."balance", :now FROM credit_grant g
        JOIN ledger_account a ON a."id" = 'g:' || g."id" AND a."balance" > 0 JOIN ledger_op o ON o."id" = 'expire:' || g."id" || ':' || :run
        WHERE g."expiresAt" <= :now"#;
    /// Expire: notes how far it was looked, if nothing was left over.
    EXPIRE_MARK (Scope::System(SWEEP)): r#"INSERT INTO mark ("name", "at") SELECT 'expire', :now WHERE NOT EXISTS (SELECT 1 "#, ended!(), r#")
        ON CONFLICT ("name") DO UPDATE SET "at" = max("at", excluded."at")"#;
    /// Open holds whose time has come, with the generations they were for.
    FORGOTTEN (Scope::System(SWEEP)): r#"SELECT h."id" FROM credit_hold h WHERE h."state" = 'open' AND h."expiresAt" <= :now ORDER BY h."expiresAt" LIMIT :limit"#;
}

const SWEEP: &str = "cron ends every user's credits when their time has come";
/// Grants per run.
const GRANTS_MAX: i64 = 200;
/// Forgotten holds per run: each is a batch of its own.
const HOLDS_MAX: i64 = 20;

/// Expires credits. `run` names this run and no other.
#[must_use]
pub fn sweep(run: &str, now: Timestamp) -> Batch {
    let (at, run) = (("now", Value::from(now.ms())), ("run", Value::from(run)));
    let overlap = ("overlap", Value::from(DAY_MS));
    Batch::write(
        vec![
            EXPIRE_OP.step(&[at.clone(), run.clone(), overlap.clone(), ("limit", Value::from(GRANTS_MAX))]),
            EXPIRE_ENTRIES.step(&[at.clone(), run]),
            EXPIRE_MARK.step(&[at, overlap]),
        ],
        vec![],
    )
}

/// Open holds whose time has come. Read with [`read_forgotten`].
#[must_use]
pub fn forgotten_holds(now: Timestamp) -> Step {
    FORGOTTEN.step(&[("now", Value::from(now.ms())), ("limit", Value::from(HOLDS_MAX))])
}

/// Reads [`FORGOTTEN`].
pub fn read_forgotten(rows: &Rows) -> Result<Vec<GenerationId>, DbError> {
    rows.iter().map(|row| GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))).collect()
}
