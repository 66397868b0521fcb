//! Credits that go back: because a payment was taken back, or because work that was charged for is made good.

use super::repay;
use crate::{
    domain::{credits::RESTORED_MS, generation::GenerationId, secret::digest, time::Timestamp},
    store::{Batch, Scope, Step, Value, sql::statements},
};

/// The grant of a payment, its account and how many of its credits have to be gone: the part of the payment that went back, rounded up.
macro_rules! clawed {
    () => {
        r#"FROM payment p JOIN credit_grant g ON g."chargeRef" = p."id" JOIN ledger_account a ON a."id" = 'g:' || g."id" WHERE p."id" = :payment"#
    };
}
macro_rules! target {
    () => {
        r#"min(g."amount", (g."amount" * p."reversed" + p."charged" - 1) / p."charged")"#
    };
}
/// The command that is applied now: there is one for each reading of the payment that changed something.
macro_rules! this_op {
    () => {
        r#"'claw:' || g."id" || ':' || p."seenAt""#
    };
}
macro_rules! is_new {
    () => {
        concat!(r#" AND p."seenAt" > g."clawSeen" AND EXISTS (SELECT 1 FROM ledger_op o WHERE o."id" = "#, this_op!(), ")")
    };
}

statements! {
    /// Claw: the command, if the payment was read later than the last time and calls for other credits.
    CLAW_OP (Scope::System(OF_PAYMENT)): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        SELECT "#, this_op!(), r#", 'claw', g."userId", g."id", 'to:' || "#, target!(), ", :now ", clawed!(), r#"
        AND p."seenAt" > g."clawSeen" AND g."clawed" <> "#, target!(), " ON CONFLICT DO NOTHING";
    /// Claw: what is not there any more is owed.
    CLAW_OWED (Scope::System(OF_PAYMENT)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT "#, this_op!(), r#", g."userId", 'u:' || g."userId" || ':debt', 'u:' || g."userId" || ':revoked', "#, target!(), r#" - g."clawed" - a."balance", :now
        "#, clawed!(), is_new!(), " AND ", target!(), r#" - g."clawed" > a."balance""#;
    /// Claw: what is there is taken.
    CLAW_TAKEN (Scope::System(OF_PAYMENT)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT "#, this_op!(), r#", g."userId", a."id", 'u:' || g."userId" || ':revoked', min(a."balance", "#, target!(), r#" - g."clawed"), :now
        "#, clawed!(), is_new!(), " AND ", target!(), r#" > g."clawed" AND a."balance" > 0"#;
    /// Claw: what was taken too much is given back.
    CLAW_RESTORED (Scope::System(OF_PAYMENT)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT "#, this_op!(), r#", g."userId", 'u:' || g."userId" || ':revoked', a."id", g."clawed" - "#, target!(), ", :now ", clawed!(), is_new!(), r#"
        AND g."clawed" > "#, target!();
    /// Claw: notes what is gone now and by which reading. Credits that come back can be spent for a while, whatever their end was.
    CLAW_NOTE (Scope::System(OF_PAYMENT)): r#"UPDATE credit_grant AS g SET
        "expiresAt" = CASE WHEN "clawed" > (SELECT "#, target!(), r#" FROM payment p WHERE p."id" = g."chargeRef") THEN max("expiresAt", :restored) ELSE "expiresAt" END,
        "clawed" = (SELECT "#, target!(), r#" FROM payment p WHERE p."id" = g."chargeRef"), "clawSeen" = (SELECT p."seenAt" FROM payment p WHERE p."id" = g."chargeRef")
        WHERE g."chargeRef" = :payment AND g."clawSeen" < (SELECT p."seenAt" FROM payment p WHERE p."id" = g."chargeRef")"#;
    /// Claw: credits that came back repay what is owed.
    CLAW_REPAY (Scope::System(OF_PAYMENT)): repay!(
        r#"(SELECT 'claw:' || g."id" || ':' || g."clawSeen" FROM credit_grant g WHERE g."chargeRef" = :payment)"#,
        r#"(SELECT g."userId" FROM credit_grant g JOIN ledger_op o ON o."id" = 'claw:' || g."id" || ':' || g."clawSeen" WHERE g."chargeRef" = :payment)"#
    );

    /// Refund of work: the command; its trigger refuses a hold that was not settled.
    REFUND_OP (Scope::System(OF_WORK)): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        VALUES (:op, 'refund', (SELECT h."userId" FROM credit_hold h WHERE h."id" = :generation), :generation, :digest, :now)"#;
    /// Refund of work: never more than was captured, by the row's own check.
    REFUND_HOLD (Scope::System(OF_WORK)): r#"UPDATE credit_hold SET "refunded" = "refunded" + :amount WHERE "id" = :generation AND "state" = 'settled'"#;
    /// Refund of work: what was spent last comes back first.
    REFUND_ENTRIES (Scope::System(OF_WORK)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'u:' || p."userId" || ':spent', 'g:' || p."grantId", min(p."left", :amount - p."before"), :now FROM (
          SELECT h."userId", h."grantId", h."captured" - h."refunded" AS "left", coalesce(sum(h."captured" - h."refunded") OVER (ORDER BY h."seq" DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS "before"
          FROM credit_hold_part h WHERE h."holdId" = :generation AND h."captured" > h."refunded") p WHERE p."before" < :amount"#;
    /// Refund of work: notes it by part.
    REFUND_PARTS (Scope::System(OF_WORK)): r#"UPDATE credit_hold_part SET "refunded" = "refunded" + coalesce((SELECT sum(e."amount") FROM ledger_entry e
        WHERE e."opId" = :op AND e."dst" = 'g:' || credit_hold_part."grantId"), 0) WHERE "holdId" = :generation"#;
    /// Refund of work: what came back can be spent for a while, whatever its end was.
    REFUND_GRANTS (Scope::System(OF_WORK)): r#"UPDATE credit_grant SET "expiresAt" = max("expiresAt", :restored)
        WHERE "id" IN (SELECT substr(e."dst", 3) FROM ledger_entry e WHERE e."opId" = :op)"#;
    /// Refund of work: it repays what is owed.
    REFUND_REPAY (Scope::System(OF_WORK)): repay!(":op", r#"(SELECT h."userId" FROM credit_hold h WHERE h."id" = :generation)"#);
    /// With what a command was applied.
    OP_DIGEST (Scope::System(OF_WORK)): r#"SELECT o."digest" FROM ledger_op o WHERE o."id" = :op"#;
}

const OF_PAYMENT: &str = "Stripe was asked about one payment: the grant is the one that it paid for";
const OF_WORK: &str = "the operator names a generation, whose owner it is for";

/// Brings the grant of a payment to what is left of the payment, in both directions; nothing if the payment or its grant is unknown.
#[must_use]
pub fn claw(payment: &str, now: Timestamp) -> Vec<Step> {
    let (payment, at) = (("payment", Value::from(payment)), ("now", Value::from(now.ms())));
    let both = [payment.clone(), at];
    vec![
        CLAW_OP.step(&both),
        CLAW_OWED.step(&both),
        CLAW_TAKEN.step(&both),
        CLAW_RESTORED.step(&both),
        CLAW_NOTE.step(&[payment, ("restored", Value::from(now.plus_ms(RESTORED_MS).ms()))]),
        CLAW_REPAY.step(&both),
    ]
}

/// Gives back credits that were charged for a generation, by the operator's hand, once for each `key`. Fails with `HoldNotSettled` or `NoOwner`, with `AlreadyApplied` if
/// the key was used, and with another error if more would come back than was charged. Read 0: the digest that the key was used with.
#[must_use]
pub fn refund_by_operator(id: &GenerationId, amount: i64, key: &str, now: Timestamp) -> (Batch, String) {
    let digest = digest(&[b"refund", id.as_str().as_bytes(), &amount.to_be_bytes()]);
    let op = ("op", Value::from(format!("refund:{key}")));
    let (generation, at) = (("generation", Value::from(id.as_str())), ("now", Value::from(now.ms())));
    let credits = ("amount", Value::from(amount));
    let steps = vec![
        REFUND_OP.step(&[op.clone(), generation.clone(), at.clone(), ("digest", Value::from(&digest))]),
        REFUND_HOLD.step(&[generation.clone(), credits.clone()]),
        REFUND_ENTRIES.step(&[op.clone(), generation.clone(), at.clone(), credits]),
        REFUND_PARTS.step(&[op.clone(), generation.clone()]),
        REFUND_GRANTS.step(&[op.clone(), ("restored", Value::from(now.plus_ms(RESTORED_MS).ms()))]),
        REFUND_REPAY.step(&[op.clone(), generation, at]),
    ];
    (Batch::write(steps, vec![OP_DIGEST.step(&[op])]), digest)
}
