//! Applies what Stripe says of a purchase, a subscription, an invoice or a payment. A message is only a hint at what to read: what counts is what
//! Stripe answers when it is asked, so neither the order of messages nor their number matters, and a forged one has nothing to say.
//!
//! Everything that follows from one reading is one batch, with the message's row in the inbox: both are there or neither.

use crate::{
    bugs::{Bug, planted},
    domain::{
        plans::Interval,
        time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    },
    error::Error,
    lanes::{MailLink, Outbound, Stripe, StripeCustomer},
    platform::{Platform, SendError},
    store::{
        Batch, Step,
        billing::{self, Inbox, Source, State},
        ledger::{self, Cause, Granted, NewGrant},
        submit,
    },
    vendors::stripe::{self, Event, Id, Invoice, Line, Named, Price, Session, Subscription, Trouble},
};
use std::collections::BTreeMap;

/// After this time what was read is read again: clocks differ, and answers overtake each other.
const AGAIN_MS: i64 = 10 * MINUTE_MS;
/// A subscription is read again this long after the end of its period: a renewal takes about an hour (contract: Stripe, section 5).
const RENEWAL_MS: i64 = 3 * HOUR_MS;
/// Pages of a subscription's invoices, 100 each: eight years of monthly ones.
const PAGES_MAX: usize = 3;

/// What was read from Stripe.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Nothing that concerns us.
    Nothing,
    /// A checkout session.
    Session(Session),
    /// A subscription.
    Subscription(Subscription),
    /// An invoice, whose it is, and what it entitles to: credits, and until when.
    Invoice(Box<Invoice>, StripeCustomer, Option<(i64, Timestamp)>),
    /// A payment: whose, its id, its charge, what was charged and what of it went back.
    Payment(StripeCustomer, Id, Id, (i64, i64)),
    /// A customer is gone.
    CustomerGone(StripeCustomer),
}

impl Reading {
    fn customer(&self) -> Option<&StripeCustomer> {
        match self {
            Self::Nothing => None,
            Self::Session(session) => session.customer.as_ref(),
            Self::Subscription(subscription) => subscription.customer.as_ref(),
            Self::Invoice(_, customer, _) | Self::Payment(customer, ..) | Self::CustomerGone(customer) => Some(customer),
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its consequences are in the database.
    Applied,
    /// It has none.
    Ignored,
    /// Its customer is not known yet.
    Parked,
    /// It was taken in before.
    Duplicate,
}

impl Taken {
    /// The name in replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Asks Stripe for something; nothing if there is no such thing.
pub(super) async fn ask<T>(p: &impl Platform, request: Outbound<Stripe>, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Error> {
    let Some(body) = answer(p, request).await? else { return Ok(None) };
    read(&body).map(Some).ok_or(Error::Unavailable("Stripe answered something else"))
}

/// What Stripe answers; nothing if there is no such thing. Apart from [`ask`], so that it is compiled once.
async fn answer(p: &impl Platform, request: Outbound<Stripe>) -> Result<Option<Vec<u8>>, Error> {
    let answer = p.send(request).await.map_err(|error| match error {
        SendError::NotSent => Error::BillingOff,
        SendError::Unknown => Error::Unavailable("Stripe's answer was lost"),
    })?;
    match stripe::judge(answer.status, &answer.body).map(|_| ()) {
        Ok(()) => Ok(Some(answer.body)),
        Err(Trouble::NotFound) => Ok(None),
        Err(Trouble::Invalid { code, param, .. }) if code == "resource_missing" && param.as_deref() == Some("customer") => Err(Error::NoCustomer),
        Err(trouble) => {
            p.log("stripe.trouble", &[("status", &answer.status.to_string()), ("trouble", &trouble.to_string())]);
            Err(Error::Unavailable("Stripe did not answer"))
        }
    }
}

/// Reads what a message names.
pub async fn read(p: &impl Platform, named: &Named) -> Result<Reading, Error> {
    let charge = match named {
        Named::Nothing => return Ok(Reading::Nothing),
        Named::Session(id) => {
            let session = ask(p, stripe::session(id), stripe::read_session).await?;
            return Ok(session.map_or(Reading::Nothing, Reading::Session));
        }
        Named::Subscription(id) => {
            let subscription = ask(p, stripe::subscription(id), stripe::read_subscription).await?;
            return Ok(subscription.map_or(Reading::Nothing, Reading::Subscription));
        }
        Named::Invoice(id) => return read_invoice(p, id).await,
        Named::Customer(id) => {
            let customer = ask(p, stripe::customer(id), stripe::read_customer).await?;
            let gone = customer.is_none_or(|customer| customer.deleted);
            return Ok(if gone { Reading::CustomerGone(id.clone()) } else { Reading::Nothing });
        }
        Named::Charge(id) => Some(id.clone()),
        Named::Refund(id) => ask(p, stripe::refund(id), stripe::read_refund).await?.and_then(|refund| refund.charge),
        Named::Dispute(id) => ask(p, stripe::dispute(id), stripe::read_dispute).await?.and_then(|dispute| dispute.charge),
    };
    match charge {
        Some(charge) => read_payment(p, &charge).await,
        None => Ok(Reading::Nothing),
    }
}

async fn read_payment(p: &impl Platform, id: &Id) -> Result<Reading, Error> {
    let Some(charge) = ask(p, stripe::charge(id), stripe::read_charge).await? else { return Ok(Reading::Nothing) };
    let (Some(customer), Some(payment)) = (charge.customer, charge.payment_intent) else { return Ok(Reading::Nothing) };
    let disputed = if charge.disputed {
        ask(p, stripe::disputes_of(id), stripe::read_disputes).await?.map_or(0, |list| stripe::disputed_amount(&list.items))
    } else {
        0
    };
    // A try that failed says nothing of the one that worked.
    if charge.amount <= 0 || !charge.succeeded {
        return Ok(Reading::Nothing);
    }
    let reversed = charge.amount_refunded.saturating_add(disputed).clamp(0, charge.amount);
    Ok(Reading::Payment(customer, payment, id.clone(), (charge.amount, reversed)))
}

async fn read_invoice(p: &impl Platform, id: &Id) -> Result<Reading, Error> {
    let Some(invoice) = ask(p, stripe::invoice(id), stripe::read_invoice).await? else { return Ok(Reading::Nothing) };
    let Some(customer) = invoice.customer.clone() else { return Ok(Reading::Nothing) };
    let Some(subscription) = invoice.subscription.clone().filter(|_| invoice.status == "paid") else {
        return Ok(Reading::Invoice(Box::new(invoice), customer, None));
    };
    // Which part of an allowance a change of plan brings depends on the changes before it.
    let mut all: Vec<Invoice> = Vec::new();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let page = ask(p, stripe::invoices_of(&subscription, after.as_ref()), stripe::read_invoices).await?;
        let Some(page) = page else { break };
        after = page.last.filter(|_| page.has_more);
        all.extend(page.items);
        if after.is_none() {
            break;
        }
    }
    if !all.iter().any(|known| known.id == invoice.id) {
        all.insert(0, invoice.clone());
    }
    for invoice in all.iter_mut().filter(|invoice| invoice.has_more_lines) {
        invoice.lines = read_lines(p, &invoice.id).await?;
    }
    let mut prices: BTreeMap<Id, Price> = BTreeMap::new();
    for price in all.iter().flat_map(|invoice| &invoice.lines).filter_map(|line| line.price.as_ref()) {
        if !prices.contains_key(price)
            && let Some(found) = ask(p, stripe::price(price), stripe::read_price).await?
        {
            prices.insert(price.clone(), found);
        }
    }
    let entitled =
        if planted(Bug::LoopRefills) { whole(&invoice, &prices) } else { stripe::entitlement(&all, |id| prices.get(id).cloned(), &invoice.id) };
    let entitled = entitled.map(|entitled| {
        let ends = Timestamp::from_ms(entitled.period_end_s.saturating_mul(1000));
        let price = invoice.lines.iter().rev().filter_map(|line| prices.get(line.price.as_ref()?)).find(|price| price.item.is_some());
        (entitled.credits, ends.plus_ms(stays_ms(p, price)))
    });
    Ok(Reading::Invoice(Box::new(invoice), customer, entitled))
}

/// All lines of an invoice that has more than it shows.
async fn read_lines(p: &impl Platform, id: &Id) -> Result<Vec<Line>, Error> {
    let (mut lines, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let Some(page) = ask(p, stripe::invoice_lines(id, after.as_ref()), stripe::read_lines).await? else { break };
        lines.extend(page.items);
        after = page.last.filter(|_| page.has_more);
        if after.is_none() {
            break;
        }
    }
    Ok(lines)
}

/// What [`Bug::LoopRefills`] makes of an invoice: all of the allowance for whatever was paid.
fn whole(invoice: &Invoice, prices: &BTreeMap<Id, Price>) -> Option<stripe::Entitled> {
    let credits = invoice.lines.iter().filter(|line| line.amount > 0).filter_map(|line| prices.get(line.price.as_ref()?)?.credits).max();
    Some(stripe::Entitled { credits: credits.unwrap_or(0), period_end_s: invoice.lines.iter().map(|line| line.period_end_s).max()? })
}

/// How long what a plan brought stays after its period: the grace, and the periods that it rolls over.
fn stays_ms(p: &impl Platform, price: Option<&Price>) -> i64 {
    let plans = &p.settings().plans;
    let plan = price.and_then(|price| price.item.as_deref()).and_then(|item| plans.plan(item));
    let yearly = price.and_then(|price| price.lookup_key.as_deref()).is_some_and(|key| key.ends_with(Interval::Year.name()));
    let period = if yearly { 366 * DAY_MS } else { 31 * DAY_MS };
    plans.grace_hours * HOUR_MS + plan.map_or(0, |plan| plan.rollover) * period
}

/// What a reading that began at `seen` changes, and what it grants. `event` is the message that it was read for.
fn steps(p: &impl Platform, reading: &Reading, seen: Timestamp, again: bool, event: Option<&Id>) -> (Vec<Step>, Option<(NewGrant, StripeCustomer)>) {
    let now = p.now();
    let check = (!again).then(|| now.plus_ms(AGAIN_MS));
    let source = |id: &Id| event.filter(|_| planted(Bug::GrantByEvent)).unwrap_or(id).as_str().to_owned();
    match reading {
        Reading::Nothing => (vec![], None),
        Reading::Session(session) => {
            let Some(customer) = &session.customer else { return (vec![], None) };
            let state = state_of(session);
            let mut steps = Vec::new();
            if let Some(reference) = &session.reference {
                let invoice = session.invoice.as_ref().map(Id::as_str);
                steps.push(billing::result_of_session(customer, reference, state, session.id.as_str(), invoice));
            }
            let paid = state == State::Paid || planted(Bug::UnpaidIsPaid) && session.status == "complete";
            let Some(credits) = session.credits.filter(|_| paid && session.mode == stripe::Mode::Payment) else { return (steps, None) };
            let months = session.item.as_deref().and_then(|item| p.settings().plans.pack(item)).map_or(12, |pack| pack.months);
            let grant = NewGrant {
                cause: Cause::TopUp,
                source: source(&session.id),
                payment: session.payment_intent.as_ref().map(|id| id.as_str().to_owned()),
                amount: credits,
                expires_at: now.plus_ms(months * 365 * DAY_MS / 12),
            };
            steps.extend(ledger::grant_of_customer(customer, &grant, now));
            (steps, Some((grant, customer.clone())))
        }
        Reading::Subscription(subscription) => {
            let renewal = subscription.period_end_s.map(|end| Timestamp::from_ms(end.saturating_mul(1000)).plus_ms(RENEWAL_MS));
            let lives = !matches!(subscription.status.as_str(), "canceled" | "incomplete_expired");
            let check = check.or(renewal.filter(|renewal| lives && renewal.ms() > now.ms()));
            let customer = subscription.customer.as_ref();
            (customer.map(|customer| billing::note_subscription(customer, subscription, seen, check)).unwrap_or_default(), None)
        }
        Reading::Invoice(invoice, customer, entitled) => {
            let mut steps = billing::note_invoice(invoice, customer, seen, check);
            if invoice.status == "open" && invoice.next_attempt_s.is_some() && invoice.attempted {
                let link = MailLink::new(format!("{}/billing", p.settings().public_origin));
                steps.push(billing::payment_failed(invoice, customer, &link, now));
            }
            let Some((credits, ends)) = entitled.filter(|(credits, _)| *credits > 0) else { return (steps, None) };
            let payment = invoice.payment_intent.as_ref().map(|id| id.as_str().to_owned());
            let grant = NewGrant { cause: Cause::Plan, source: source(&invoice.id), payment, amount: credits, expires_at: ends };
            steps.extend(ledger::grant_of_customer(customer, &grant, now));
            (steps, Some((grant, customer.clone())))
        }
        Reading::Payment(_, _, _, (_, 0)) if planted(Bug::DisputeIsFinal) => (vec![], None),
        Reading::Payment(customer, payment, charge, amounts) => {
            (billing::note_payment(customer, payment.as_str(), charge.as_str(), *amounts, seen, check, now), None)
        }
        Reading::CustomerGone(customer) => (billing::customer_gone(customer, now), None),
    }
}

/// Where a purchase stands by what Stripe says of its session. `complete` is not money yet (contract: Stripe, section 4).
fn state_of(session: &Session) -> State {
    match session.status.as_str() {
        "complete" if session.is_paid() => State::Paid,
        "complete" if session.has_failed() => State::Failed,
        "complete" => State::Pending,
        "expired" => State::Expired,
        _ => State::Open,
    }
}

/// Takes a message in: reads what it names, and applies that once.
pub async fn take(p: &impl Platform, event: &Event, source: Source) -> Result<Taken, Error> {
    let live = p.settings().stripe.as_ref().ok_or(Error::BillingOff)?.live;
    let seen = p.now();
    let ours = event.livemode == live || planted(Bug::OtherModeCounts);
    let named = if ours { stripe::what(event) } else { Named::Nothing };
    let reading = read(p, &named).await?;
    let customer = reading.customer().cloned();
    let (steps, grant) = steps(p, &reading, seen, false, Some(&event.id));
    finish(p, event, source, customer.as_ref(), steps, grant).await
}

/// The one batch of a message.
async fn finish(
    p: &impl Platform,
    event: &Event,
    source: Source,
    customer: Option<&StripeCustomer>,
    steps: Vec<Step>,
    grant: Option<(NewGrant, StripeCustomer)>,
) -> Result<Taken, Error> {
    let object = event.object.as_ref().map_or("", |object| object.id.as_str());
    let inbox = billing::inbox(&Inbox { event, object, source, matters: !steps.is_empty(), customer }, p.now());
    let mut all = vec![inbox];
    if planted(Bug::NotedBeforeApplied) {
        let noted = Batch::write(std::mem::take(&mut all), vec![]);
        if !submit(p, &noted).await?.committed(&noted) {
            return Ok(Taken::Duplicate);
        }
    }
    all.extend(steps);
    let mut reads = vec![billing::outcome_of(event.id.as_str())];
    reads.extend(grant.as_ref().map(|(grant, _)| ledger::granted(grant)));
    let batch = Batch::write(all, reads);
    let outcome = submit(p, &batch).await?;
    let became = billing::read_outcome(outcome.rows(batch.nth_read(0))?)?;
    if !outcome.committed(&batch) && became.is_none() {
        p.log("stripe.refused", &[("event", event.id.as_str()), ("error", &format!("{:?}", outcome.error()))]);
        return Err(Error::Unavailable("the message was not applied"));
    }
    if let Some((grant, customer)) = &grant {
        check_grant(p, &outcome, batch.nth_read(1), grant, customer)?;
    }
    Ok(match became.as_deref() {
        _ if !outcome.committed(&batch) => Taken::Duplicate,
        Some("applied") => Taken::Applied,
        Some("parked") => Taken::Parked,
        Some(_) | None => Taken::Ignored,
    })
}

/// One cause, two sums, or nobody to give the credits to: nothing is granted twice, but somebody should know.
fn check_grant(p: &impl Platform, outcome: &crate::store::Outcome, read: usize, grant: &NewGrant, customer: &StripeCustomer) -> Result<(), Error> {
    let who = crate::lanes::In::<crate::lanes::Database, _>::new(customer.clone());
    match ledger::read_granted(outcome.rows(read)?, grant, who.text())? {
        Granted::AsAsked => {}
        Granted::Otherwise => p.log("ledger.misuse", &[("source", &grant.source)]),
        // Paid by somebody whose account is gone: the operator may want to send the money back.
        Granted::Not => p.log("stripe.unclaimed", &[("source", &grant.source)]),
    }
    Ok(())
}

/// Reads a checkout session, and what came of it, and applies all of that: for whoever comes back from Stripe before its messages do.
pub async fn follow(p: &impl Platform, session: &Id) -> Result<(), Error> {
    let Some(read) = ask(p, stripe::session(session), stripe::read_session).await? else { return Ok(()) };
    // The plan first: its end would otherwise be unknown while its credits are there.
    for named in [read.subscription.map(Named::Subscription), read.invoice.map(Named::Invoice)].into_iter().flatten() {
        again(p, &named, None).await?;
    }
    again(p, &Named::Session(session.clone()), None).await
}

/// Reads something again and applies it; `parked` is the event that waited for it.
pub async fn again(p: &impl Platform, named: &Named, parked: Option<&str>) -> Result<(), Error> {
    let seen = p.now();
    let reading = read(p, named).await?;
    let (mut all, _) = steps(p, &reading, seen, parked.is_none(), None);
    all.extend(parked.map(billing::drained));
    if all.is_empty() {
        return Ok(());
    }
    let batch = Batch::write(all, vec![]);
    let outcome = submit(p, &batch).await?;
    if outcome.committed(&batch) { Ok(()) } else { Err(Error::Unavailable("what was read was not applied")) }
}
