//! Subscriptions, as last read from Stripe.

use super::{customer_arg, user_of_customer};
use crate::{
    bugs::{Bug, planted},
    domain::time::Timestamp,
    lanes::{SessionKey, StripeCustomer},
    platform::DbError,
    store::{
        Rows, Scope, Step, Value, sessions,
        sql::{owner, statements},
    },
    vendors::stripe::{Id, Subscription},
};

macro_rules! note {
    ($guard:literal) => {
        concat!(
            r#"INSERT INTO subscription ("id", "userId", "customerId", "status", "plan", "price", "periodStart", "periodEnd", "cancelAt", "endedAt", "seenAt", "checkAt")
        SELECT :id, "#,
            user_of_customer!(),
            r#", :customer, :status, :plan, :price, :start, :end, :cancel, :ended, :seen, :check
        WHERE "#,
            user_of_customer!(),
            r#" IS NOT NULL ON CONFLICT ("id") DO UPDATE SET "status" = excluded."status", "plan" = excluded."plan", "price" = excluded."price",
        "periodStart" = excluded."periodStart", "periodEnd" = excluded."periodEnd", "cancelAt" = excluded."cancelAt", "endedAt" = excluded."endedAt",
        "seenAt" = excluded."seenAt", "checkAt" = excluded."checkAt" WHERE "#,
            $guard
        )
    };
}

statements! {
    /// Notes a subscription as it was read. What has ended stays ended; otherwise a later reading counts.
    SUBSCRIPTION_NOTE (Scope::System(super::OF_CUSTOMER)): note!(r#"subscription."status" NOT IN ('canceled','incomplete_expired')
        AND (excluded."seenAt" > subscription."seenAt" OR excluded."status" IN ('canceled','incomplete_expired'))"#);
    /// Another reading of it stands: it is read again.
    SUBSCRIPTION_DOUBT (Scope::System(super::OF_CUSTOMER)): r#"UPDATE subscription SET "checkAt" = "seenAt" + :doubt WHERE "id" = :id AND "seenAt" >= :seen
        AND "status" NOT IN ('canceled','incomplete_expired')"#;
    /// What [`Bug::LastWordCounts`] makes of it.
    SUBSCRIPTION_OVERWRITE (Scope::System(super::OF_CUSTOMER)): note!("true");
    /// The subscription that gives the asking user a plan, or the one that did last.
    SUBSCRIPTION_READ (Scope::Owner): r#"SELECT b."id", b."status", b."plan", b."periodEnd", b."cancelAt", b."endedAt" FROM subscription b
        WHERE b."status" NOT IN ('incomplete','incomplete_expired') AND b."userId" = "#, owner!(), r#"
        ORDER BY b."status" IN ('active','trialing','past_due') DESC, b."status" <> 'canceled' DESC, b."periodEnd" DESC, b."id" LIMIT 1"#;
}

/// Notes a subscription as it was read at `seen`; nothing if its customer is unknown.
#[must_use]
pub fn note_subscription(of: &StripeCustomer, read: &Subscription, seen: Timestamp, check: Option<Timestamp>) -> Vec<Step> {
    let ms = |seconds: Option<i64>| Value::from(seconds.map(|s| s.saturating_mul(1000)));
    let statement = if planted(Bug::LastWordCounts) { &SUBSCRIPTION_OVERWRITE } else { &SUBSCRIPTION_NOTE };
    let (id, seen) = (("id", Value::from(read.id.as_str())), ("seen", Value::from(seen.ms())));
    let doubt = SUBSCRIPTION_DOUBT.step(&[id.clone(), seen.clone(), ("doubt", Value::from(super::DOUBT_MS))]);
    let note = statement.step(&[
        customer_arg(of),
        id,
        ("status", Value::from(&read.status)),
        ("plan", Value::from(read.plan.as_deref())),
        ("price", Value::from(read.price.as_ref().map(Id::as_str))),
        ("start", ms(read.period_start_s)),
        ("end", ms(read.period_end_s)),
        ("cancel", ms(read.cancel_at_s)),
        ("ended", ms(read.ended_at_s)),
        seen,
        ("check", Value::from(check.map(Timestamp::ms))),
    ]);
    super::doubted(doubt, note)
}

/// A subscription of the asking user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word for where it stands.
    pub status: String,
    /// The plan.
    pub plan: Option<String>,
    /// When the period ends.
    pub period_end: Option<Timestamp>,
    /// When it will end, if it was cancelled.
    pub cancel_at: Option<Timestamp>,
}

impl SubscriptionRow {
    /// True if it gives a plan now.
    #[must_use]
    pub fn gives_plan(&self) -> bool {
        matches!(self.status.as_str(), "active" | "trialing" | "past_due")
    }
    /// True if it has not ended.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.gives_plan() || matches!(self.status.as_str(), "unpaid" | "paused")
    }
}

/// The asking user's subscription. Read with [`read_subscription`].
#[must_use]
pub fn subscription_of(key: &SessionKey, now: Timestamp) -> Step {
    SUBSCRIPTION_READ.step(&sessions::asking(key, now))
}

/// Reads [`SUBSCRIPTION_READ`].
pub fn read_subscription(rows: &Rows) -> Result<Option<SubscriptionRow>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let time = |column| Ok::<_, DbError>(row.integer_or_null(column)?.map(Timestamp::from_ms));
    Ok(Some(SubscriptionRow {
        id: row.text("id")?.to_owned(),
        status: row.text("status")?.to_owned(),
        plan: row.text_or_null("plan")?.map(str::to_owned),
        period_end: time("periodEnd")?,
        cancel_at: time("cancelAt")?,
    }))
}
