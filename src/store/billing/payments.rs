//! How much of a payment went back.

use super::customer_arg;
use crate::{
    bugs::{Bug, planted},
    domain::time::Timestamp,
    lanes::StripeCustomer,
    store::{Scope, Step, Value, ledger, sql::statements},
};

statements! {
    /// Notes how much of a payment went back, as it was read; a later reading counts.
    PAYMENT_NOTE (Scope::System(super::OF_CUSTOMER)): r#"INSERT INTO payment ("id", "charged", "reversed", "chargeId", "seenAt", "checkAt")
        SELECT :payment, :charged, :reversed, :charge, :seen, :check WHERE EXISTS (SELECT 1 FROM stripe_customer c WHERE c."customerId" = :customer)
        ON CONFLICT ("id") DO UPDATE SET "charged" = excluded."charged", "reversed" = excluded."reversed", "chargeId" = excluded."chargeId",
          "seenAt" = excluded."seenAt", "checkAt" = excluded."checkAt"
        WHERE excluded."seenAt" > payment."seenAt""#;
    /// Another reading of it stands: it is read again.
    PAYMENT_DOUBT (Scope::System(super::OF_CUSTOMER)): r#"UPDATE payment SET "checkAt" = "seenAt" + :doubt WHERE "id" = :payment AND "seenAt" >= :seen"#;
}

/// Notes a payment as it was read at `seen`, and brings its credits to what is left of it; nothing if its customer is unknown. `amounts`: what was charged and
/// what of it went back.
#[must_use]
pub fn note_payment(
    of: &StripeCustomer,
    payment: &str,
    charge: &str,
    amounts: (i64, i64),
    seen: Timestamp,
    check: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Step> {
    let (charged, reversed) = amounts;
    let (payment_arg, seen) = (("payment", Value::from(payment)), ("seen", Value::from(seen.ms())));
    let doubt = PAYMENT_DOUBT.step(&[payment_arg.clone(), seen.clone(), ("doubt", Value::from(super::DOUBT_MS))]);
    let note = PAYMENT_NOTE.step(&[
        customer_arg(of),
        payment_arg,
        ("charged", Value::from(charged)),
        ("reversed", Value::from(reversed)),
        ("charge", Value::from(charge)),
        seen,
        ("check", Value::from(check.map(Timestamp::ms))),
    ]);
    let mut steps = super::doubted(doubt, note);
    if !planted(Bug::RefundKeepsCredits) {
        steps.extend(ledger::claw(payment, now));
    }
    steps
}
