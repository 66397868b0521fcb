//! Customers at Stripe: one living one for each user, made when it is first needed.

use super::customer_arg;
use crate::{
    domain::time::Timestamp,
    lanes::{SessionKey, StripeCustomer},
    platform::DbError,
    store::{
        Rows, Scope, Step, Value, sessions,
        sql::{owner, statements},
    },
};

statements! {
    /// The asking user's customer.
    CUSTOMER_READ (Scope::Owner): r#"SELECT c."customerId" FROM stripe_customer c WHERE c."deletedAt" IS NULL AND c."userId" = "#, owner!();
    /// A customer is gone at Stripe.
    CUSTOMER_GONE (Scope::System(super::OF_CUSTOMER)): r#"UPDATE stripe_customer SET "deletedAt" = :now WHERE "customerId" = :customer AND "deletedAt" IS NULL"#;
    /// With a customer its subscriptions are gone.
    CUSTOMER_SUBSCRIPTIONS (Scope::System(super::OF_CUSTOMER)): r#"UPDATE subscription SET "status" = 'canceled', "endedAt" = coalesce("endedAt", :now), "checkAt" = NULL
        WHERE "customerId" = :customer AND "status" NOT IN ('canceled','incomplete_expired')"#;
    /// Customers of deleted accounts that are still at Stripe.
    CUSTOMER_REMOVALS (Scope::System("cron deletes the customers of deleted accounts at Stripe")): r#"SELECT c."customerId" FROM stripe_customer c
        WHERE c."removeAt" <= :now AND c."deletedAt" IS NULL ORDER BY c."removeAt" LIMIT :limit"#;
}

/// Customers that one run of cron deletes at Stripe: each is a request.
const REMOVALS_MAX: i64 = 10;

/// The asking user's customer. Read with [`read_customer`].
#[must_use]
pub fn customer_of(key: &SessionKey, now: Timestamp) -> Step {
    CUSTOMER_READ.step(&sessions::asking(key, now))
}

/// Reads [`CUSTOMER_READ`].
pub fn read_customer(rows: &Rows) -> Result<Option<StripeCustomer>, DbError> {
    rows.first().map(|row| Ok(StripeCustomer::new(row.text("customerId")?))).transpose()
}

/// A customer is gone at Stripe, and its subscriptions with it.
#[must_use]
pub fn customer_gone(id: &StripeCustomer, now: Timestamp) -> Vec<Step> {
    let args = [customer_arg(id), ("now", Value::from(now.ms()))];
    vec![CUSTOMER_GONE.step(&args), CUSTOMER_SUBSCRIPTIONS.step(&args)]
}

/// The same, as a batch of its own.
#[must_use]
pub fn gone_at_stripe(id: &StripeCustomer, now: Timestamp) -> crate::store::Batch {
    crate::store::Batch::write(customer_gone(id, now), vec![])
}

/// Customers of deleted accounts that are still at Stripe. Read with [`read_removals`].
#[must_use]
pub fn removals(now: Timestamp) -> Step {
    CUSTOMER_REMOVALS.step(&[("now", Value::from(now.ms())), ("limit", Value::from(REMOVALS_MAX))])
}

/// Reads [`CUSTOMER_REMOVALS`].
pub fn read_removals(rows: &Rows) -> Result<Vec<StripeCustomer>, DbError> {
    rows.iter().map(|row| Ok(StripeCustomer::new(row.text("customerId")?))).collect()
}
