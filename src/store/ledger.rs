//! The credit ledger: grant, hold, settle, release. Each is a run of statements inside the batch of the deed that causes it, so
//! that the money and its cause are committed together.

use super::{
    Batch, Rows, Scope, Step, Value,
    sql::{owner, owner_of_generation, statements},
};
use crate::{
    domain::{
        credits::{Credits, PROMO_PRIORITY, STARTING_CREDITS_MS},
        generation::{GenerationId, HOLD_MS},
        secret::digest,
        time::Timestamp,
    },
    lanes::SessionKey,
    platform::DbError,
};

/// What the generation's own row says is charged: written in the same batch, one statement before.
macro_rules! charged {
    () => {
        r#"(SELECT g."charged" FROM generation g WHERE g."id" = :generation)"#
    };
}

/// A command of the ledger. Its id goes in first: a duplicate stops the chain before anything else is looked at.
macro_rules! op {
    ($kind:literal, $ref:literal, $owner:expr) => {
        concat!(
            r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES (:op, '"#,
            $kind,
            "', ",
            $owner,
            ", ",
            $ref,
            ", :digest, :now)"
        )
    };
}

/// True for a user without accounts of credits: one who was just made, or came with a database of better-auth's.
macro_rules! is_new {
    () => {
        r#"NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a."userId" = o."userId" AND a."kind" = 'issued')"#
    };
}

statements! {
    /// Welcome: fails unless the user is new to the ledger, so that the usual request takes no write lock.
    WELCOME_IS_DUE (Scope::Owner): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM session o WHERE o."token" = :session
        AND o."expiresAt" > :nowText AND "#, is_new!(), ")))";
    /// Welcome: the command that grants the starting credits, for a user who is new to the ledger.
    WELCOME_OP (Scope::Owner): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        SELECT 'grant:signup:' || o."userId", 'grant', o."userId", NULL, :digest, :now FROM session o
        WHERE o."token" = :session AND :amount > 0 AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: what was given, why, and until when.
    WELCOME_GRANT (Scope::Owner): r#"INSERT INTO credit_grant ("id", "userId", "kind", "source", "amount", "priority", "expiresAt", "createdAt")
        SELECT 'signup:' || o."userId", o."userId", 'promo', 'signup:' || o."userId", :amount, :priority, :expires, :now FROM session o
        WHERE o."token" = :session AND :amount > 0 AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: the accounts.
    WELCOME_ACCOUNTS (Scope::Owner): r#"INSERT INTO ledger_account ("id", "userId", "kind")
        SELECT CASE k.value WHEN 'grant' THEN 'g:signup:' || o."userId" ELSE 'u:' || o."userId" || ':' || k.value END, o."userId", k.value
        FROM session o JOIN json_each('["grant","held","spent","expired","revoked","debt","issued"]') k ON k.value <> 'grant' OR :amount > 0
        WHERE o."token" = :session AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: the entry, once.
    WELCOME_ENTRY (Scope::Owner): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT 'grant:signup:' || o."userId", o."userId", 'u:' || o."userId" || ':issued', 'g:signup:' || o."userId", g."amount", :now
        FROM session o JOIN credit_grant g ON g."id" = 'signup:' || o."userId" AND g."userId" = o."userId" WHERE o."token" = :session
        AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e."userId" = o."userId" AND e."opId" = 'grant:signup:' || o."userId")"#;

    /// Hold: the command.
    HOLD_OP (Scope::Owner): op!("hold", "NULL", owner!());
    /// Hold: takes from the user's live grants in the order in which they are spent, as much as is needed.
    HOLD_PARTS (Scope::Owner): r#"INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount")
        SELECT :generation, p."seq", p."userId", p."grantId", min(p."balance", :amount - p."before") FROM (
          SELECT g."id" AS "grantId", g."userId", a."balance", row_number() OVER w AS "seq",
            coalesce(sum(a."balance") OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS "before"
          FROM credit_grant g JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id" AND a."balance" > 0
          WHERE g."userId" = "#, owner!(), r#" AND g."expiresAt" > :now
          WINDOW w AS (ORDER BY g."priority", g."expiresAt", g."id")) p
        WHERE p."before" < :amount"#;
    /// Hold: the hold itself; its trigger refuses if the parts do not add up to the amount.
    HOLD_INSERT (Scope::Owner): r#"INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt")
        VALUES (:generation, "#, owner!(), ", :amount, :expires, :now)";
    /// Hold: the entries.
    HOLD_ENTRIES (Scope::Owner): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'g:' || p."grantId", 'u:' || p."userId" || ':held', p."amount", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."userId" = "#, owner!();

    /// Settle: the command; its trigger refuses a hold that is not open.
    SETTLE_OP (Scope::System(OF_GENERATION)): op!("settle", ":generation", owner_of_generation!());
    /// Settle: closes the hold.
    SETTLE_HOLD (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold SET "state" = 'settled', "captured" = "#, charged!(), r#", "closedAt" = :now
        WHERE "id" = :generation AND "userId" = "#, owner_of_generation!();
    /// Settle: captures part after part until the amount is reached.
    SETTLE_PARTS (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold_part SET "captured" = max(0, min("amount", "#, charged!(), r#" -
          (SELECT coalesce(sum(p."amount"), 0) FROM credit_hold_part p WHERE p."holdId" = :generation AND p."seq" < credit_hold_part."seq")))
        WHERE "holdId" = :generation AND "userId" = "#, owner_of_generation!();
    /// Settle: what was captured is spent.
    SETTLE_SPENT (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, h."userId", 'u:' || h."userId" || ':held', 'u:' || h."userId" || ':spent', h."captured", :now
        FROM credit_hold h WHERE h."id" = :generation AND h."captured" > 0 AND h."userId" = "#, owner_of_generation!();
    /// Settle: the rest goes back to where it came from.
    SETTLE_REST (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'u:' || p."userId" || ':held', 'g:' || p."grantId", p."amount" - p."captured", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."amount" > p."captured" AND p."userId" = "#, owner_of_generation!();

    /// Release: the command.
    VOID_OP (Scope::System(OF_GENERATION)): op!("void", ":generation", owner_of_generation!());
    /// Release: closes the hold.
    VOID_HOLD (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold SET "state" = 'void', "closedAt" = :now
        WHERE "id" = :generation AND "userId" = "#, owner_of_generation!();
    /// Release: everything goes back to where it came from.
    VOID_ENTRIES (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'u:' || p."userId" || ':held', 'g:' || p."grantId", p."amount", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."userId" = "#, owner_of_generation!();

    /// The user's balance.
    BALANCE (Scope::Owner): r#"SELECT
        (SELECT coalesce(sum(a."balance"), 0) FROM credit_grant g JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id"
          WHERE g."userId" = "#, owner!(), r#" AND g."expiresAt" > :now) AS "available",
        (SELECT coalesce(sum(a."balance"), 0) FROM ledger_account a WHERE a."kind" = 'held' AND a."userId" = "#, owner!(), r#") AS "held""#;
}

const OF_GENERATION: &str = "a signed message or the reconciler speaks of one generation: the rows are its owner's";

fn op(kind: &str, subject: &str, amount: i64) -> [(&'static str, Value); 2] {
    [("op", Value::from(format!("{kind}:{subject}"))), ("digest", Value::from(digest(&[kind.as_bytes(), subject.as_bytes(), &amount.to_be_bytes()])))]
}

/// Opens the accounts of a user who is new to the ledger and grants the starting credits; nothing for anybody else. Every way of opening
/// a session ends with it.
pub(super) fn welcome(key: &SessionKey, amount: i64, now: Timestamp) -> Vec<Step> {
    let [session, _] = super::sessions::asking(key, now);
    let (at, credits) = (("now", Value::from(now.ms())), ("amount", Value::from(amount)));
    let digest = ("digest", Value::from(digest(&[b"welcome", &amount.to_be_bytes()])));
    vec![
        WELCOME_OP.step(&[session.clone(), at.clone(), credits.clone(), digest]),
        WELCOME_GRANT.step(&[
            session.clone(),
            at.clone(),
            credits.clone(),
            ("priority", Value::from(PROMO_PRIORITY)),
            ("expires", Value::from(now.plus_ms(STARTING_CREDITS_MS).ms())),
        ]),
        WELCOME_ACCOUNTS.step(&[session.clone(), credits]),
        WELCOME_ENTRY.step(&[session, at]),
    ]
}

/// Welcomes a user whose session was opened by better-auth itself, if that was not done before; then `reads`.
#[must_use]
pub fn welcome_first(key: &SessionKey, amount: i64, now: Timestamp, reads: Vec<Step>) -> Batch {
    Batch::guarded_write(WELCOME_IS_DUE.step(&super::sessions::asking(key, now)), welcome(key, amount, now), reads)
}

/// Holds the price of a generation, or fails with `InsufficientCredits`.
pub(super) fn hold(who: &[(&'static str, Value)], id: &GenerationId, amount: i64, now: Timestamp) -> Vec<Step> {
    let [op, digest] = op("hold", id.as_str(), amount);
    let (at, amount) = (("now", Value::from(now.ms())), ("amount", Value::from(amount)));
    let generation = ("generation", Value::from(id.as_str()));
    let with = |more: &[(&'static str, Value)]| [who, more].concat();
    vec![
        HOLD_OP.step(&with(&[op.clone(), digest, at.clone()])),
        HOLD_PARTS.step(&with(&[generation.clone(), amount.clone(), at.clone()])),
        HOLD_INSERT.step(&with(&[generation.clone(), amount, ("expires", Value::from(now.plus_ms(HOLD_MS).ms())), at.clone()])),
        HOLD_ENTRIES.step(&with(&[op, generation, at])),
    ]
}

/// Captures what the generation's row says is charged; the rest of the hold returns.
pub(super) fn settle(id: &GenerationId, now: Timestamp) -> Vec<Step> {
    let [op, digest] = op("settle", id.as_str(), 0);
    let at = ("now", Value::from(now.ms()));
    let generation = ("generation", Value::from(id.as_str()));
    let entry = [op.clone(), generation.clone(), at.clone()];
    vec![
        SETTLE_OP.step(&[op, digest, generation.clone(), at.clone()]),
        SETTLE_HOLD.step(&[generation.clone(), at]),
        SETTLE_PARTS.step(&[generation]),
        SETTLE_SPENT.step(&entry),
        SETTLE_REST.step(&entry),
    ]
}

/// Returns all of a generation's hold.
pub(super) fn release(id: &GenerationId, now: Timestamp) -> Vec<Step> {
    let [op, digest] = op("void", id.as_str(), 0);
    let at = ("now", Value::from(now.ms()));
    let generation = ("generation", Value::from(id.as_str()));
    vec![
        VOID_OP.step(&[op.clone(), digest, generation.clone(), at.clone()]),
        VOID_HOLD.step(&[generation.clone(), at.clone()]),
        VOID_ENTRIES.step(&[op, generation, at]),
    ]
}

/// The asking user's balance. Read with [`read_balance`].
#[must_use]
pub fn balance(token: &SessionKey, now: Timestamp) -> Step {
    let [session, now_text] = super::sessions::asking(token, now);
    BALANCE.step(&[session, now_text, ("now", Value::from(now.ms()))])
}

/// Reads [`BALANCE`].
pub fn read_balance(rows: &Rows) -> Result<Credits, DbError> {
    let row = rows.first().ok_or(DbError::Shape("no balance"))?;
    Ok(Credits { available: row.integer("available")?, held: row.integer("held")? })
}
