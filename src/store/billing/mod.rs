//! What Stripe knows of a user, and what was bought. A row holds what was read back from Stripe at `seenAt`; an older reading changes nothing.

pub(super) mod checkouts;
pub(super) mod customers;
pub(super) mod events;
pub(super) mod invoices;
pub(super) mod payments;
pub(super) mod subscriptions;

pub use checkouts::{Begun, Checkout, Item, State, begin, begun, checkout_of, given_up, is_noted, opened, read_checkout, result_of_session};
pub use customers::{customer_gone, customer_of, gone_at_stripe, read_customer, read_removals, removals};
pub use events::{
    Inbox, Source, checks_due, drained, forget, inbox, mark, marked, outcome_of, parked, put_off, read_checks, read_mark, read_outcome, read_parked,
    read_unknown, unknown,
};
pub use invoices::{Due, InvoiceRow, due, invoice_of, list, note_invoice, payment_failed, read_due, read_invoices};
pub use payments::note_payment;
pub use subscriptions::{SubscriptionRow, note_subscription, read_subscription, subscription_of};

use super::{Step, Value};
use crate::{
    bugs::{Bug, planted},
    domain::time::MINUTE_MS,
    lanes::{Database, In, StripeCustomer},
};

/// The living user behind a customer of Stripe's, whether or not the account still exists.
macro_rules! user_of_customer {
    () => {
        r#"(SELECT c."userId" FROM stripe_customer c WHERE c."customerId" = :customer)"#
    };
}
use user_of_customer;

const OF_CUSTOMER: &str = "what Stripe was asked about belongs to one customer, whose user it is noted for";

/// A reading that changes nothing, because another one stands that began later or where the clock is ahead, may still be the newer one: so long after
/// the one that stands it is read again.
const DOUBT_MS: i64 = 10 * MINUTE_MS;

/// A reading, and before it the doubt that there may be a newer one.
fn doubted(doubt: Step, note: Step) -> Vec<Step> {
    if planted(Bug::DoubtIsForgotten) { vec![note] } else { vec![doubt, note] }
}

fn customer_arg(id: &StripeCustomer) -> (&'static str, Value) {
    ("customer", Value::from(In::<Database, _>::new(id.clone()).text()))
}
