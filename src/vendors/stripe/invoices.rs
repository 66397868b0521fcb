//! Invoices (section 4), and what credits one of them brings.

use super::{Fields, Id, List, Price, read, read_list};
use crate::{
    bugs::{Bug, planted},
    lanes::StripeCustomer,
};
use std::collections::BTreeSet;

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub customer: Option<StripeCustomer>,
    /// What it is for, unless it was a single sale.
    pub subscription: Option<Id>,
    /// The number on it, once it has one.
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub status: String,
    /// `subscription_create`, `subscription_cycle`, `subscription_update`, `manual`, …
    pub reason: String,
    /// Three lower-case letters.
    pub currency: String,
    /// In the currency's smallest unit.
    pub total: i64,
    /// What is to be paid of it.
    pub amount_due: i64,
    /// What was paid of it.
    pub amount_paid: i64,
    /// Its page at Stripe. The address does not last.
    pub hosted_url: Option<String>,
    /// Its PDF, likewise.
    pub pdf_url: Option<String>,
    /// When it was made.
    pub created_s: i64,
    /// When it was paid.
    pub paid_at_s: Option<i64>,
    /// When Stripe tries again to collect it.
    pub next_attempt_s: Option<i64>,
    /// True if Stripe has tried.
    pub attempted: bool,
    /// The payment that paid it, if the answer names payments.
    pub payment_intent: Option<Id>,
    /// What it is made of.
    pub lines: Vec<Line>,
    /// True if that is not all.
    pub has_more_lines: bool,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The price that it comes from.
    pub price: Option<Id>,
    /// In the currency's smallest unit, before discounts; below 0 for time that is given back.
    pub amount: i64,
    /// The time that it is for.
    pub period_start_s: i64,
    /// Its end.
    pub period_end_s: i64,
    /// How many.
    pub quantity: i64,
}

impl Line {
    fn of(line: Fields<'_>) -> Option<Self> {
        Some(Self {
            price: line.id("/pricing/price_details/price"),
            amount: line.int("/amount")?,
            period_start_s: line.int("/period/start")?,
            period_end_s: line.int("/period/end")?,
            quantity: line.int("/quantity").unwrap_or(1),
        })
    }

    /// The credits that were paid for with it, or given back; rounded down either way, so that changing back and forth gains nothing.
    fn credits(&self, prices: &impl Fn(&Id) -> Option<Price>) -> i128 {
        let Some(price) = self.price.as_ref().and_then(prices).filter(|price| price.kind.as_deref() == Some("plan")) else { return 0 };
        let (Some(credits), Some(unit_amount)) = (price.credits, price.unit_amount.filter(|amount| *amount > 0)) else { return 0 };
        let (share, unit) = (i128::from(credits) * i128::from(self.amount), i128::from(unit_amount));
        if planted(Bug::RoundingGains) { share / unit } else { share.div_euclid(unit) }
    }
}

impl Invoice {
    fn of(invoice: Fields<'_>) -> Option<Self> {
        let lines: Vec<_> = invoice.list("/lines/data").collect();
        let read: Vec<_> = lines.iter().filter_map(|line| Line::of(*line)).collect();
        let paid = invoice.list("/payments/data").find(|payment| payment.text("/status") == Some("paid"));
        Some(Self {
            id: invoice.id("/id")?,
            customer: invoice.customer("/customer"),
            subscription: invoice.id("/parent/subscription_details/subscription"),
            number: invoice.owned("/number"),
            status: invoice.owned("/status").unwrap_or_default(),
            reason: invoice.owned("/billing_reason").unwrap_or_default(),
            currency: invoice.owned("/currency").unwrap_or_default(),
            total: invoice.int("/total").unwrap_or(0),
            amount_due: invoice.int("/amount_due").unwrap_or(0),
            amount_paid: invoice.int("/amount_paid").unwrap_or(0),
            hosted_url: invoice.address("/hosted_invoice_url"),
            pdf_url: invoice.address("/invoice_pdf"),
            created_s: invoice.int("/created")?,
            paid_at_s: invoice.int("/status_transitions/paid_at"),
            next_attempt_s: invoice.int("/next_payment_attempt"),
            attempted: invoice.is("/attempted"),
            payment_intent: paid.and_then(|payment| payment.id("/payment/payment_intent")),
            has_more_lines: invoice.is("/lines/has_more") || read.len() < lines.len(),
            lines: read,
        })
    }

    /// True if nothing is owed for it any more.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.status == "paid"
    }

    /// The end of the time that it is for.
    #[must_use]
    pub fn period_end_s(&self) -> Option<i64> {
        self.lines.iter().map(|line| line.period_end_s).max()
    }
}

/// Reads an invoice.
#[must_use]
pub fn read_invoice(body: &[u8]) -> Option<Invoice> {
    read(body, "invoice", Invoice::of)
}

/// Reads a page of invoices.
#[must_use]
pub fn read_invoices(body: &[u8]) -> Option<List<Invoice>> {
    read_list(body, "invoice", Invoice::of)
}

/// Reads a page of an invoice's lines.
#[must_use]
pub fn read_lines(body: &[u8]) -> Option<List<Line>> {
    read_list(body, "line_item", Line::of)
}

/// What a paid invoice brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitled {
    /// So many credits.
    pub credits: i64,
    /// For a time that ends then.
    pub period_end_s: i64,
}

/// What invoice `of` brings, given all paid invoices of its subscription, newest first as Stripe lists them (times are whole seconds, so within one
/// second their place tells the order), and the prices in their lines; none if it is not among them, is
/// not paid, or belongs to no subscription.
///
/// Each line is worth the share of its price's credits that was paid, time that is given back counts against it. Over the invoices of one
/// period, in the order of their payment, only what exceeds the highest sum so far is granted: so a change of plan brings the difference,
/// and changing back and forth brings nothing twice.
#[must_use]
pub fn entitlement(invoices: &[Invoice], prices: impl Fn(&Id) -> Option<Price>, of: &Id) -> Option<Entitled> {
    let asked = invoices.iter().find(|invoice| invoice.id == *of && invoice.is_paid())?;
    let (subscription, period_end_s) = (asked.subscription.as_ref()?, asked.period_end_s()?);
    let belongs =
        |invoice: &&Invoice| invoice.is_paid() && invoice.subscription.as_ref() == Some(subscription) && invoice.period_end_s() == Some(period_end_s);
    // Pages that were read one after the other may overlap.
    let mut seen = BTreeSet::new();
    let mut period: Vec<_> = invoices.iter().rev().filter(belongs).filter(|invoice| seen.insert(&invoice.id)).collect();
    period.sort_by_key(|invoice| (invoice.paid_at_s.unwrap_or(invoice.created_s), invoice.created_s));
    let (mut sum, mut highest) = (0_i128, 0_i128);
    for invoice in period {
        sum = invoice.lines.iter().map(|line| line.credits(&prices)).fold(sum, i128::saturating_add);
        if invoice.id == *of {
            let credits = i64::try_from((sum - highest).max(0)).unwrap_or(i64::MAX);
            return Some(Entitled { credits, period_end_s });
        }
        highest = highest.max(sum);
    }
    None
}

#[cfg(test)]
mod tests;
