//! What a user has, has bought and owes. One round trip, but for what has to be asked of Stripe.

use super::{
    apply_stripe::{self, ask},
    signed_in,
};
use crate::{
    domain::credits::Credits,
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        Batch,
        billing::{self, Checkout, Due, InvoiceRow, State, SubscriptionRow},
        ledger::{self, Entry, Spending},
        sessions, submit,
    },
    vendors::stripe::{self, Flow, Id},
};

/// The overview.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The balance.
    pub credits: Credits,
    /// The subscription, if there is or was one.
    pub subscription: Option<SubscriptionRow>,
    /// An invoice that was not paid.
    pub due: Option<Due>,
    /// What was spent today.
    pub spending: Spending,
}

/// The overview.
pub async fn overview(p: &impl Platform, who: &SessionKey) -> Result<Overview, Error> {
    let now = p.now();
    let reads = vec![
        sessions::user(who, now),
        ledger::balance(who, now),
        billing::subscription_of(who, now),
        billing::due(who, now),
        ledger::spending(who, now),
    ];
    let outcome = signed_in(p, &Batch::read(reads)).await?;
    Ok(Overview {
        credits: ledger::read_balance(outcome.rows(1)?)?,
        subscription: billing::read_subscription(outcome.rows(2)?)?,
        due: billing::read_due(outcome.rows(3)?)?,
        spending: ledger::read_spending(outcome.rows(4)?)?,
    })
}

/// A page of the ledger, and the balance.
pub async fn history(
    p: &impl Platform,
    who: &SessionKey,
    before: Option<(crate::domain::time::Timestamp, &str)>,
    limit: usize,
) -> Result<(Vec<Entry>, bool, Credits), Error> {
    let now = p.now();
    let reads = vec![sessions::user(who, now), ledger::history(who, before, limit + 1, now), ledger::balance(who, now)];
    let outcome = signed_in(p, &Batch::read(reads)).await?;
    let mut entries = ledger::read_history(outcome.rows(1)?)?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok((entries, more, ledger::read_balance(outcome.rows(2)?)?))
}

/// The invoices.
pub async fn invoices(p: &impl Platform, who: &SessionKey) -> Result<Vec<InvoiceRow>, Error> {
    let now = p.now();
    let outcome = signed_in(p, &Batch::read(vec![sessions::user(who, now), billing::list(who, now)])).await?;
    Ok(billing::read_invoices(outcome.rows(1)?)?)
}

/// The address of an invoice at Stripe: its page, or the PDF. Read fresh, since these addresses end; if Stripe does not answer, the one that was last read.
pub async fn invoice_url(p: &impl Platform, who: &SessionKey, id: &str, pdf: bool) -> Result<String, Error> {
    let now = p.now();
    let outcome = signed_in(p, &Batch::read(vec![sessions::user(who, now), billing::invoice_of(who, id, now)])).await?;
    let row = billing::read_invoices(outcome.rows(1)?)?.into_iter().next().ok_or(Error::NotFound)?;
    let fresh = match Id::parse(&row.id) {
        Some(id) => ask(p, stripe::invoice(&id), stripe::read_invoice).await.ok().flatten(),
        None => None,
    };
    let (page, document) = fresh.map_or(row.urls, |invoice| (invoice.hosted_url, invoice.pdf_url));
    (if pdf { document } else { page }).ok_or(Error::NotFound)
}

/// A purchase. While its end is not known here, Stripe is asked: the success page is no proof, but a good moment to look.
pub async fn checkout(p: &impl Platform, who: &SessionKey, id: &str) -> Result<(Checkout, Credits), Error> {
    let (checkout, credits) = known(p, who, id).await?;
    let session = checkout.session_id.as_deref().and_then(Id::parse);
    match session.filter(|_| matches!(checkout.state, State::Open | State::Pending)) {
        Some(session) => match apply_stripe::follow(p, &session).await {
            Ok(()) => known(p, who, id).await,
            Err(_) => Ok((checkout, credits)),
        },
        None => Ok((checkout, credits)),
    }
}

async fn known(p: &impl Platform, who: &SessionKey, id: &str) -> Result<(Checkout, Credits), Error> {
    let now = p.now();
    let reads = vec![sessions::user(who, now), billing::checkout_of(who, id, now), ledger::balance(who, now)];
    let outcome = signed_in(p, &Batch::read(reads)).await?;
    let checkout = billing::read_checkout(outcome.rows(1)?)?.ok_or(Error::NotFound)?;
    Ok((checkout, ledger::read_balance(outcome.rows(2)?)?))
}

/// What the portal is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Everything.
    Manage,
    /// Another plan.
    Change,
    /// The end of the plan.
    Cancel,
    /// Another card.
    Payment,
}

/// The address of Stripe's portal, good for a short while.
pub async fn portal(p: &impl Platform, who: &SessionKey, visit: Visit, return_to: &str) -> Result<String, Error> {
    if p.settings().stripe.is_none() {
        return Err(Error::BillingOff);
    }
    let now = p.now();
    let reads = vec![sessions::user(who, now), billing::customer_of(who, now), billing::subscription_of(who, now)];
    let outcome = signed_in(p, &Batch::read(reads)).await?;
    let customer = billing::read_customer(outcome.rows(1)?)?.ok_or(Error::NoCustomer)?;
    let subscription = billing::read_subscription(outcome.rows(2)?)?.filter(SubscriptionRow::lives).and_then(|row| Id::parse(&row.id));
    let flow = match (visit, &subscription) {
        (Visit::Payment, _) => Flow::Payment,
        (Visit::Change, Some(subscription)) => Flow::Change(subscription),
        (Visit::Cancel, Some(subscription)) => Flow::Cancel(subscription),
        (Visit::Manage, _) | (Visit::Change | Visit::Cancel, None) => Flow::Manage,
    };
    let return_url = format!("{}{return_to}", p.settings().public_origin);
    // The oldest of ours, as the set-up takes it too. Without one the account's own default decides.
    let configurations = ask(p, stripe::portal_configurations(), stripe::read_portal_configurations).await.ok().flatten();
    let ours = configurations.and_then(|list| list.items.into_iter().last());
    match ask(p, stripe::portal(customer.clone(), ours.as_ref(), &return_url, flow), stripe::read_portal).await {
        Ok(url) => url.ok_or(Error::NoCustomer),
        Err(Error::NoCustomer) => {
            // Deleted at Stripe without our having heard of it: its subscriptions are gone too.
            submit(p, &billing::gone_at_stripe(&customer, p.now())).await?;
            Err(Error::NoCustomer)
        }
        Err(error) => Err(error),
    }
}
