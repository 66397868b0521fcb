//! What Stripe answers (section 4), as far as it concerns us. Statuses are Stripe's own words: there may be new ones any day.

use super::{Fields, Id, List, read, read_list};
use crate::lanes::{StripeCustomer, StripeReference};

/// What a checkout session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A subscription.
    Subscription,
    /// One payment.
    Payment,
    /// Something that we never ask for.
    Other,
}

/// A checkout session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// What it is for.
    pub mode: Mode,
    /// `open`, `complete`, `expired`.
    pub status: String,
    /// `unpaid`, `paid`, `no_payment_required`.
    pub payment_status: String,
    /// Who pays.
    pub customer: Option<StripeCustomer>,
    /// The payment, unless it is a subscription's.
    pub payment_intent: Option<Id>,
    /// Where the payment stands, if it stands in the session: `processing`, `succeeded`, `requires_payment_method`, `canceled`, …
    pub payment_intent_status: Option<String>,
    /// The invoice.
    pub invoice: Option<Id>,
    /// The subscription.
    pub subscription: Option<Id>,
    /// Our name of the purchase.
    pub reference: Option<StripeReference>,
    /// The credits that were promised.
    pub credits: Option<i64>,
    /// The plan or the pack.
    pub item: Option<String>,
    /// The page to pay at, while it is open.
    pub url: Option<String>,
    /// When it ends unpaid.
    pub expires_at_s: Option<i64>,
}

impl Session {
    /// True if the money is there, or none is wanted. That it is complete says nothing.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self.payment_status.as_str(), "paid" | "no_payment_required")
    }
    /// True if it was completed with a payment that failed later. Until then such a payment is under way.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let ended = matches!(self.payment_intent_status.as_deref(), Some("requires_payment_method" | "canceled"));
        self.status == "complete" && !self.is_paid() && ended
    }
    fn of(session: Fields<'_>) -> Option<Self> {
        let mode = match session.text("/mode") {
            Some("subscription") => Mode::Subscription,
            Some("payment") => Mode::Payment,
            _ => Mode::Other,
        };
        Some(Self {
            id: session.id("/id")?,
            mode,
            status: session.owned("/status").unwrap_or_default(),
            payment_status: session.owned("/payment_status").unwrap_or_default(),
            customer: session.customer("/customer"),
            payment_intent: session.id("/payment_intent"),
            payment_intent_status: session.owned("/payment_intent/status"),
            invoice: session.id("/invoice"),
            subscription: session.id("/subscription"),
            reference: session.text("/client_reference_id").map(StripeReference::new),
            credits: session.number("/metadata/atelier_credits"),
            item: session.owned("/metadata/atelier_item"),
            url: session.address("/url"),
            expires_at_s: session.int("/expires_at"),
        })
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub customer: Option<StripeCustomer>,
    /// `active`, `trialing`, `past_due`, `unpaid`, `canceled`, `incomplete`, `incomplete_expired`, `paused`.
    pub status: String,
    /// What is paid for it.
    pub price: Option<Id>,
    /// The plan, if the price is one of ours.
    pub plan: Option<String>,
    /// When the present period began.
    pub period_start_s: Option<i64>,
    /// When it ends.
    pub period_end_s: Option<i64>,
    /// When the subscription will end or has ended because somebody wanted it.
    pub cancel_at_s: Option<i64>,
    /// When it ended.
    pub ended_at_s: Option<i64>,
}

impl Subscription {
    fn of(subscription: Fields<'_>) -> Option<Self> {
        let plan_of = |item: Fields<'_>| Price::of(item.at("/price")?)?.plan();
        let mut items = subscription.list("/items/data");
        let first = items.next();
        // One of several items may be somebody else's addition.
        let item = first.into_iter().chain(items).find(|item| plan_of(*item).is_some()).or(first);
        let period_end_s = item.and_then(|item| item.int("/current_period_end"));
        let at_period_end = period_end_s.filter(|_| subscription.is("/cancel_at_period_end"));
        Some(Self {
            id: subscription.id("/id")?,
            customer: subscription.customer("/customer"),
            status: subscription.owned("/status").unwrap_or_default(),
            price: item.and_then(|item| item.id("/price")),
            plan: item.and_then(plan_of),
            period_start_s: item.and_then(|item| item.int("/current_period_start")),
            period_end_s,
            cancel_at_s: subscription.int("/cancel_at").or(at_period_end),
            ended_at_s: subscription.int("/ended_at"),
        })
    }
}

/// A price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Its id.
    pub id: Id,
    /// The credits that one payment brings, if it is one of ours.
    pub credits: Option<i64>,
    /// The plan or the pack.
    pub item: Option<String>,
    /// `plan` or `pack`.
    pub kind: Option<String>,
    /// In the currency's smallest unit.
    pub unit_amount: Option<i64>,
    /// Our name for what it sells.
    pub lookup_key: Option<String>,
    /// Whether it is on sale.
    pub active: bool,
}

impl Price {
    fn of(price: Fields<'_>) -> Option<Self> {
        Some(Self {
            id: price.id("/id")?,
            credits: price.number("/metadata/atelier_credits").filter(|credits| *credits >= 0),
            item: price.owned("/metadata/atelier_item"),
            kind: price.owned("/metadata/atelier_kind"),
            unit_amount: price.int("/unit_amount"),
            lookup_key: price.owned("/lookup_key"),
            active: price.is("/active"),
        })
    }
    /// The plan that it sells.
    fn plan(self) -> Option<String> {
        self.item.filter(|_| self.kind.as_deref() == Some("plan"))
    }
}

/// A charge: money that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its id.
    pub id: Id,
    /// Who paid.
    pub customer: Option<StripeCustomer>,
    /// The payment that it belongs to.
    pub payment_intent: Option<Id>,
    /// In the currency's smallest unit.
    pub amount: i64,
    /// How much of it went back by refunds.
    pub amount_refunded: i64,
    /// Whether there was ever a dispute about it.
    pub disputed: bool,
    /// Whether the money was taken. A payment may take several tries, each of which is a charge.
    pub succeeded: bool,
}

impl Charge {
    fn of(charge: Fields<'_>) -> Option<Self> {
        Some(Self {
            id: charge.id("/id")?,
            customer: charge.customer("/customer"),
            payment_intent: charge.id("/payment_intent"),
            amount: charge.int("/amount")?,
            amount_refunded: charge.int("/amount_refunded").unwrap_or(0),
            disputed: charge.is("/disputed"),
            succeeded: charge.text("/status") == Some("succeeded"),
        })
    }
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: Id,
    /// What was refunded.
    pub charge: Option<Id>,
    /// The payment that it belongs to.
    pub payment_intent: Option<Id>,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub charge: Option<Id>,
    /// The payment that it belongs to.
    pub payment_intent: Option<Id>,
    /// In the currency's smallest unit; may differ from the charge.
    pub amount: i64,
    /// Where it stands.
    pub status: String,
}

impl Dispute {
    fn of(dispute: Fields<'_>) -> Option<Self> {
        Some(Self {
            id: dispute.id("/id")?,
            charge: dispute.id("/charge"),
            payment_intent: dispute.id("/payment_intent"),
            amount: dispute.int("/amount")?,
            status: dispute.owned("/status").unwrap_or_default(),
        })
    }
    /// Whether the money is gone. It goes when a dispute is opened, and comes back if it is won or was prevented; an inquiry moves none. A
    /// status that we do not know counts as gone.
    #[must_use]
    pub fn withholds(&self) -> bool {
        !matches!(self.status.as_str(), "won" | "prevented") && !self.status.starts_with("warning_")
    }
}

/// How much the disputes about a charge withhold.
#[must_use]
pub fn disputed_amount(disputes: &[Dispute]) -> i64 {
    disputes.iter().filter(|dispute| dispute.withholds()).map(|dispute| dispute.amount.max(0)).fold(0, i64::saturating_add)
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The id.
    pub id: StripeCustomer,
    /// True if only the id is left.
    pub deleted: bool,
}

/// Reads a checkout session.
#[must_use]
pub fn read_session(body: &[u8]) -> Option<Session> {
    read(body, "checkout.session", Session::of)
}

/// Reads a subscription.
#[must_use]
pub fn read_subscription(body: &[u8]) -> Option<Subscription> {
    read(body, "subscription", Subscription::of)
}

/// Reads a page of subscriptions.
#[must_use]
pub fn read_subscriptions(body: &[u8]) -> Option<List<Subscription>> {
    read_list(body, "subscription", Subscription::of)
}

/// Reads a price.
#[must_use]
pub fn read_price(body: &[u8]) -> Option<Price> {
    read(body, "price", Price::of)
}

/// Reads a page of prices.
#[must_use]
pub fn read_prices(body: &[u8]) -> Option<List<Price>> {
    read_list(body, "price", Price::of)
}

/// Reads a charge.
#[must_use]
pub fn read_charge(body: &[u8]) -> Option<Charge> {
    read(body, "charge", Charge::of)
}

/// Reads a refund.
#[must_use]
pub fn read_refund(body: &[u8]) -> Option<Refund> {
    let of = |refund: Fields<'_>| Some(Refund { id: refund.id("/id")?, charge: refund.id("/charge"), payment_intent: refund.id("/payment_intent") });
    read(body, "refund", of)
}

/// Reads a dispute.
#[must_use]
pub fn read_dispute(body: &[u8]) -> Option<Dispute> {
    read(body, "dispute", Dispute::of)
}

/// Reads a page of disputes.
#[must_use]
pub fn read_disputes(body: &[u8]) -> Option<List<Dispute>> {
    read_list(body, "dispute", Dispute::of)
}

/// Reads a customer, also what is left of one, and the answer to a deletion.
#[must_use]
pub fn read_customer(body: &[u8]) -> Option<Customer> {
    read(body, "customer", |customer| Some(Customer { id: customer.customer("/id")?, deleted: customer.is("/deleted") }))
}

/// Reads the way into the portal.
#[must_use]
pub fn read_portal(body: &[u8]) -> Option<String> {
    read(body, "billing_portal.session", |session| session.address("/url"))
}

/// Reads the portal's configurations: those that `npm run stripe:setup` made.
#[must_use]
pub fn read_portal_configurations(body: &[u8]) -> Option<List<Id>> {
    read_list(body, "billing_portal.configuration", |found| found.id("/id").filter(|_| found.text("/metadata/atelier_kind") == Some("portal")))
}

#[cfg(test)]
mod tests;
