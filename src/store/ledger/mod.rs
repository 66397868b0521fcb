//! The credit ledger: grant, hold, settle, release, refund, claw back, expire. Each is a run of statements inside the batch of the deed that
//! causes it, so that the money and its cause are committed together. Credits that come back, by whatever way, first repay what is owed.

pub(super) mod balance;
pub(super) mod grants;
pub(super) mod history;
#[cfg(not(target_arch = "wasm32"))]
pub mod invariants;
pub(super) mod reversals;
pub(super) mod sweep;
pub(super) mod work;

pub use balance::{balance, read_balance};
pub(super) use grants::welcome;
pub use grants::{Cause, Granted, NewGrant, grant_by_operator, grant_of_customer, granted, read_granted, welcome_first};
pub use history::{Entry, history, read_history};
pub use reversals::{claw, refund_by_operator};
pub use sweep::{forgotten_holds, read_forgotten, sweep};
pub use work::{Blocked, Limits, Order, Spending, gate, read_gate, read_spending, spending};
pub(super) use work::{cost, hold, release, settle};

use super::Value;
use crate::domain::secret::digest;

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

/// What can be spent repays what is owed, in the order in which it would be spent. Nobody has both afterwards.
macro_rules! repay {
    ($op:expr, $owner:expr) => {
        concat!(
            r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT "#,
            $op,
            r#", r."userId", r."account", 'u:' || r."userId" || ':debt', min(r."balance", r."debt" - r."before"), :now FROM (
          SELECT g."userId", a."id" AS "account", a."balance", -d."balance" AS "debt", coalesce(sum(a."balance") OVER (ORDER BY g."priority", g."expiresAt", g."id"
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS "before"
          FROM ledger_account d JOIN credit_grant g ON g."userId" = d."userId" AND g."expiresAt" > :now
          JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id" AND a."balance" > 0
          WHERE d."kind" = 'debt' AND d."balance" < 0 AND d."userId" = "#,
            $owner,
            r#") r WHERE r."before" < r."debt""#
        )
    };
}

use {op, repay};

/// Id and digest of a command.
fn command(kind: &str, subject: &str, amount: i64) -> [(&'static str, Value); 2] {
    [("op", Value::from(format!("{kind}:{subject}"))), ("digest", Value::from(digest(&[kind.as_bytes(), subject.as_bytes(), &amount.to_be_bytes()])))]
}
