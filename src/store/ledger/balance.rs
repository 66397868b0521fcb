//! What a user has.

use crate::{
    domain::{
        credits::{Credits, EXPIRING_MS, Expiring},
        time::Timestamp,
    },
    lanes::SessionKey,
    platform::DbError,
    store::{
        Rows, Scope, Step, Value,
        sql::{owner, statements},
    },
};

statements! {
    /// The asking user's balance, by where the credits come from.
    BALANCE (Scope::Owner): r#"SELECT coalesce(sum(a."balance"), 0) AS "available",
        coalesce(sum(CASE WHEN g."kind" = 'plan' THEN a."balance" END), 0) AS "plan",
        coalesce(sum(CASE WHEN g."kind" = 'topup' THEN a."balance" END), 0) AS "topUp",
        coalesce(sum(CASE WHEN g."expiresAt" <= :soon THEN a."balance" END), 0) AS "expiring",
        min(CASE WHEN g."expiresAt" <= :soon THEN g."expiresAt" END) AS "expiresAt",
        (SELECT coalesce(sum(h."balance"), 0) FROM ledger_account h WHERE h."kind" = 'held' AND h."userId" = "#, owner!(), r#") AS "held",
        (SELECT -coalesce(sum(d."balance"), 0) FROM ledger_account d WHERE d."kind" = 'debt' AND d."userId" = "#, owner!(), r#") AS "debt"
        FROM credit_grant g JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id" AND a."balance" > 0
        WHERE g."expiresAt" > :now AND g."userId" = "#, owner!();
}

/// The asking user's balance. Read with [`read_balance`].
#[must_use]
pub fn balance(token: &SessionKey, now: Timestamp) -> Step {
    let [session, now_text] = crate::store::sessions::asking(token, now);
    BALANCE.step(&[session, now_text, ("now", Value::from(now.ms())), ("soon", Value::from(now.plus_ms(EXPIRING_MS).ms()))])
}

/// Reads [`BALANCE`].
pub fn read_balance(rows: &Rows) -> Result<Credits, DbError> {
    let row = rows.first().ok_or(DbError::Shape("no balance"))?;
    let (available, plan, top_up) = (row.integer("available")?, row.integer("plan")?, row.integer("topUp")?);
    let expiring =
        row.integer_or_null("expiresAt")?.map(|at| Ok::<_, DbError>(Expiring { amount: row.integer("expiring")?, at: Timestamp::from_ms(at) }));
    Ok(Credits {
        available,
        held: row.integer("held")?,
        debt: row.integer("debt")?,
        plan,
        top_up,
        given: available - plan - top_up,
        expiring: expiring.transpose()?,
    })
}
