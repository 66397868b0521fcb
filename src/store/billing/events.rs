//! The inbox of Stripe's events, and what cron looks through.

use crate::{
    bugs::{Bug, planted},
    domain::time::{DAY_MS, Timestamp},
    lanes::{Database, In, StripeCustomer},
    platform::DbError,
    store::{Rows, Scope, Step, Value, sql::statements},
    vendors::stripe::Event,
};

statements! {
    /// Takes an event in. A second copy fails here, and nothing of it happens.
    EVENT_TAKE (Scope::System(super::OF_CUSTOMER)): r#"INSERT INTO stripe_event ("id", "type", "objectId", "customerId", "created", "livemode", "source", "outcome", "receivedAt")
        VALUES (:event, :type, :object, :customer, :created, :livemode, :source, CASE WHEN :matters = 0 THEN 'ignored'
          WHEN EXISTS (SELECT 1 FROM stripe_customer c WHERE c."customerId" = :customer) THEN 'applied' ELSE 'parked' END, :now)"#;
    /// What became of an event.
    EVENT_OUTCOME (Scope::Plain): r#"SELECT "outcome" FROM stripe_event WHERE "id" = :event"#;
    /// Events that wait for a customer who is known by now.
    EVENT_PARKED (Scope::System("cron applies what waited for its customer")): r#"SELECT e."id", e."type", e."objectId", e."created", e."livemode" FROM stripe_event e
        JOIN stripe_customer c ON c."customerId" = e."customerId" WHERE e."outcome" = 'parked' ORDER BY e."created", e."id" LIMIT :limit"#;
    /// An event that waited is applied.
    EVENT_DRAINED (Scope::Plain): r#"UPDATE stripe_event SET "outcome" = 'applied' WHERE "id" = :event AND "outcome" = 'parked'"#;
    /// Which of these events were never taken in.
    EVENT_UNKNOWN (Scope::Plain): r#"SELECT j.value AS "id" FROM json_each(:ids) j WHERE NOT EXISTS (SELECT 1 FROM stripe_event e WHERE e."id" = j.value)"#;
    /// Forgets events that Stripe itself has forgotten.
    EVENT_FORGET (Scope::Plain): r#"DELETE FROM stripe_event WHERE "receivedAt" < :before"#;
    /// How far something was looked through.
    MARK_READ (Scope::Plain): r#"SELECT "at" FROM mark WHERE "name" = :name"#;
    /// Notes it; never back.
    MARK_SET (Scope::Plain): r#"INSERT INTO mark ("name", "at") VALUES (:name, :at) ON CONFLICT ("name") DO UPDATE SET "at" = max("at", excluded."at")"#;
    /// What has to be read from Stripe again.
    CHECK_DUE (Scope::System(AGAIN)): r#"SELECT 'subscription' AS "kind", s."id" FROM subscription s WHERE s."checkAt" <= :now
        UNION ALL SELECT 'invoice', i."id" FROM invoice i WHERE i."checkAt" <= :now UNION ALL SELECT 'payment', p."chargeId" FROM payment p WHERE p."checkAt" <= :now
        LIMIT :limit"#;
    /// Puts it off, so that what cannot be read does not keep others from being read.
    CHECK_LATER_SUBSCRIPTION (Scope::System(AGAIN)): r#"UPDATE subscription SET "checkAt" = :next WHERE "id" = :id AND "checkAt" <= :now"#;
    /// The same of an invoice.
    CHECK_LATER_INVOICE (Scope::System(AGAIN)): r#"UPDATE invoice SET "checkAt" = :next WHERE "id" = :id AND "checkAt" <= :now"#;
    /// The same of a payment.
    CHECK_LATER_PAYMENT (Scope::System(AGAIN)): r#"UPDATE payment SET "checkAt" = :next WHERE "chargeId" = :id AND "checkAt" <= :now"#;
}

const AGAIN: &str = "cron reads again from Stripe what was read of every user";
/// Stripe keeps events for 30 days (contract: Stripe, section 5); so do we, and a little longer.
const KEPT_MS: i64 = 35 * DAY_MS;

/// How an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Stripe sent it.
    Webhook,
    /// Cron found it in Stripe's list: its message was lost.
    Comparison,
}

/// An event on its way in.
#[derive(Debug, Clone, Copy)]
pub struct Inbox<'a> {
    /// The event.
    pub event: &'a Event,
    /// The object it is about.
    pub object: &'a str,
    /// How it came.
    pub source: Source,
    /// False if it means nothing to us.
    pub matters: bool,
    /// The customer that what was read belongs to.
    pub customer: Option<&'a StripeCustomer>,
}

/// Takes an event in.
#[must_use]
pub fn inbox(of: &Inbox<'_>, now: Timestamp) -> Step {
    EVENT_TAKE.step(&[
        ("event", Value::from(of.event.id.as_str())),
        ("type", Value::from(&of.event.kind)),
        ("object", Value::from(of.object)),
        ("customer", of.customer.map_or(Value::Null, |id| Value::from(In::<Database, _>::new(id.clone()).text()))),
        ("created", Value::from(of.event.created_s)),
        ("livemode", Value::from(i64::from(of.event.livemode))),
        (
            "source",
            Value::from(match of.source {
                Source::Webhook => "webhook",
                Source::Comparison => "comparison",
            }),
        ),
        ("matters", Value::from(i64::from(of.matters))),
        ("now", Value::from(now.ms())),
    ])
}

/// What became of an event. Read with [`read_outcome`].
#[must_use]
pub fn outcome_of(event: &str) -> Step {
    EVENT_OUTCOME.step(&[("event", Value::from(event))])
}

/// Reads [`EVENT_OUTCOME`].
pub fn read_outcome(rows: &Rows) -> Result<Option<String>, DbError> {
    rows.first().map(|row| Ok(row.text("outcome")?.to_owned())).transpose()
}

/// Events that wait for a customer who is known by now. Read with [`read_parked`].
#[must_use]
pub fn parked(limit: i64) -> Step {
    EVENT_PARKED.step(&[("limit", Value::from(if planted(Bug::ParkedForEver) { 0 } else { limit }))])
}

/// Reads [`EVENT_PARKED`]: id, type, the object's id.
pub fn read_parked(rows: &Rows) -> Result<Vec<(String, String, String)>, DbError> {
    rows.iter().map(|row| Ok((row.text("id")?.to_owned(), row.text("type")?.to_owned(), row.text("objectId")?.to_owned()))).collect()
}

/// An event that waited is applied.
#[must_use]
pub fn drained(event: &str) -> Step {
    EVENT_DRAINED.step(&[("event", Value::from(event))])
}

/// Which of these events were never taken in. Read with [`read_unknown`].
#[must_use]
pub fn unknown(ids: &[String]) -> Step {
    EVENT_UNKNOWN.step(&[("ids", Value::from(serde_json::Value::from(ids).to_string()))])
}

/// Reads [`EVENT_UNKNOWN`].
pub fn read_unknown(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| Ok(row.text("id")?.to_owned())).collect()
}

/// Forgets events that Stripe itself has forgotten.
#[must_use]
pub fn forget(now: Timestamp) -> Step {
    EVENT_FORGET.step(&[("before", Value::from(now.plus_ms(-KEPT_MS).ms()))])
}

/// How far something was looked through. Read with [`read_mark`].
#[must_use]
pub fn marked(name: &str) -> Step {
    MARK_READ.step(&[("name", Value::from(name))])
}

/// Reads [`MARK_READ`].
pub fn read_mark(rows: &Rows) -> Result<Option<Timestamp>, DbError> {
    rows.first().map(|row| Ok(Timestamp::from_ms(row.integer("at")?))).transpose()
}

/// Notes how far something was looked through.
#[must_use]
pub fn mark(name: &str, at: Timestamp) -> Step {
    MARK_SET.step(&[("name", Value::from(name)), ("at", Value::from(at.ms()))])
}

/// What has to be read from Stripe again. Read with [`read_checks`].
#[must_use]
pub fn checks_due(limit: i64, now: Timestamp) -> Step {
    CHECK_DUE.step(&[("now", Value::from(now.ms())), ("limit", Value::from(limit))])
}

/// Reads [`CHECK_DUE`]: `subscription`, `invoice` or `payment`, and the id of the subscription, the invoice or the charge.
pub fn read_checks(rows: &Rows) -> Result<Vec<(String, String)>, DbError> {
    rows.iter().map(|row| Ok((row.text("kind")?.to_owned(), row.text("id")?.to_owned()))).collect()
}

/// Puts a repeated reading off.
#[must_use]
pub fn put_off(kind: &str, id: &str, next: Timestamp, now: Timestamp) -> Step {
    let statement = match kind {
        "subscription" => &CHECK_LATER_SUBSCRIPTION,
        "invoice" => &CHECK_LATER_INVOICE,
        _ => &CHECK_LATER_PAYMENT,
    };
    statement.step(&[("id", Value::from(id)), ("next", Value::from(next.ms())), ("now", Value::from(now.ms()))])
}
