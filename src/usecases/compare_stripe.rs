//! Cron: what Stripe knows and we do not. Messages that were lost, readings that may have overtaken each other, events whose customer was not known
//! yet, customers of accounts that are gone. Work is bounded; what does not fit waits for the next run.

use super::apply_stripe::{self, ask};
use crate::{
    bugs::{Bug, planted},
    domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp},
    error::Error,
    lanes::StripeCustomer,
    platform::Platform,
    store::{
        Batch,
        billing::{self, Source},
        submit,
    },
    vendors::stripe::{self, Event, Id, Named},
};

const MARK: &str = "stripe events";
/// Events that wait and readings that are repeated, per run: each is a few requests, and the free plan allows 50.
const EACH_MAX: i64 = 5;
/// Events that are made good for, per run.
const LOST_MAX: usize = 8;
/// Pages of the list per run, 100 events each.
const PAGES_MAX: usize = 4;
/// What is younger may still be on its way here.
const YOUNG_MS: i64 = 2 * MINUTE_MS;
/// How far an event's time may lie before the moment at which it is listed.
const OVERLAP_MS: i64 = 10 * MINUTE_MS;
/// How much is looked through at once: a long outage is made good for hour by hour.
const SPAN_MS: i64 = 6 * HOUR_MS;
/// How far the first run looks back.
const FIRST_MS: i64 = 3 * DAY_MS;
/// After this time a reading that failed is tried again.
const RETRY_MS: i64 = 10 * MINUTE_MS;

/// One run.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let Some(settings) = &p.settings().stripe else { return Ok(()) };
    let live = settings.live;
    let now = p.now();
    let batch = Batch::read(vec![billing::parked(EACH_MAX), billing::checks_due(EACH_MAX, now), billing::removals(now), billing::marked(MARK)]);
    let outcome = submit(p, &batch).await?;
    let parked = billing::read_parked(outcome.rows(0)?)?;
    let checks = billing::read_checks(outcome.rows(1)?)?;
    let removals = billing::read_removals(outcome.rows(2)?)?;
    let mark = billing::read_mark(outcome.rows(3)?)?;
    for customer in removals {
        if !planted(Bug::CustomerOutlivesAccount) {
            later(p, "removal", remove(p, &customer).await);
        }
    }
    for (id, kind, object) in parked {
        later(p, "parked", drain(p, &id, &kind, &object, live).await);
    }
    for (kind, id) in checks {
        later(p, "check", check(p, &kind, &id).await);
    }
    if planted(Bug::NothingIsCompared) { Ok(()) } else { compare(p, mark).await }
}

fn later(p: &impl Platform, what: &str, result: Result<(), Error>) {
    if let Err(error) = result {
        p.log("stripe.later", &[("what", what), ("error", &error.to_string())]);
    }
}

/// Deletes the customer of an account that is gone: its subscriptions end with it.
async fn remove(p: &impl Platform, customer: &StripeCustomer) -> Result<(), Error> {
    ask(p, stripe::delete_customer(customer), |_| Some(())).await?;
    submit(p, &billing::gone_at_stripe(customer, p.now())).await.map(|_| ()).map_err(Into::into)
}

/// Applies an event whose customer is known by now.
async fn drain(p: &impl Platform, id: &str, kind: &str, object: &str, live: bool) -> Result<(), Error> {
    let (Some(event_id), Some(object_id)) = (Id::parse(id), Id::parse(object)) else { return Ok(()) };
    let customer = kind.starts_with("customer.").then(|| StripeCustomer::new(object));
    let object = stripe::Object { kind: String::new(), id: object_id };
    let event = Event { id: event_id, kind: kind.to_owned(), created_s: 0, livemode: live, object: Some(object), customer };
    apply_stripe::again(p, &stripe::what(&event), Some(id)).await
}

/// Repeats a reading. It is put off first, so that what cannot be read does not keep others from being read.
async fn check(p: &impl Platform, kind: &str, id: &str) -> Result<(), Error> {
    let now = p.now();
    submit(p, &Batch::read(vec![billing::put_off(kind, id, now.plus_ms(RETRY_MS), now)])).await?;
    let Some(id) = Id::parse(id) else { return Ok(()) };
    let named = match kind {
        "subscription" => Named::Subscription(id),
        "invoice" => Named::Invoice(id),
        _ => Named::Charge(id),
    };
    apply_stripe::again(p, &named, None).await
}

/// Looks through Stripe's list for events that never came.
async fn compare(p: &impl Platform, mark: Option<Timestamp>) -> Result<(), Error> {
    let now = p.now();
    let from = mark.unwrap_or_else(|| now.plus_ms(-FIRST_MS)).plus_ms(-OVERLAP_MS);
    let (mut events, mut complete, mut until) = (Vec::new(), false, from);
    // A busy time is looked through in smaller parts, since the list begins with what is newest.
    for part in [1, 8, 64] {
        until = Timestamp::from_ms((now.ms() - YOUNG_MS).min(from.ms() + OVERLAP_MS + SPAN_MS / part));
        if until.ms() <= from.ms() {
            return Ok(());
        }
        (events, complete) = list(p, from, until).await?;
        if complete {
            break;
        }
    }
    let ids: Vec<String> = events.iter().map(|event| event.id.as_str().to_owned()).collect();
    let lost = if ids.is_empty() {
        Vec::new()
    } else {
        let outcome = submit(p, &Batch::read(vec![billing::unknown(&ids)])).await?;
        billing::read_unknown(outcome.rows(0)?)?
    };
    events.retain(|event| lost.iter().any(|id| id == event.id.as_str()));
    events.sort_by(|one, other| (one.created_s, &one.id).cmp(&(other.created_s, &other.id)));
    for event in events.iter().take(LOST_MAX) {
        let taken = apply_stripe::take(p, event, Source::Comparison).await?;
        p.log("stripe.lost", &[("event", event.id.as_str()), ("type", &event.kind), ("outcome", taken.name())]);
    }
    // What was left over is found again by the next run.
    let reached = match events.get(LOST_MAX).filter(|_| !planted(Bug::MarkRunsAhead)) {
        Some(next) => Timestamp::from_ms(next.created_s * SECOND_MS),
        None if complete => until,
        None => return Ok(()),
    };
    submit(p, &Batch::read(vec![billing::mark(MARK, reached)])).await?;
    Ok(())
}

/// The events of a span, and whether these are all.
async fn list(p: &impl Platform, from: Timestamp, until: Timestamp) -> Result<(Vec<Event>, bool), Error> {
    let mut events = Vec::new();
    let mut after: Option<Id> = None;
    for _ in 0..PAGES_MAX {
        let request = stripe::events(from.seconds(), until.seconds(), after.as_ref().map(Id::as_str));
        let Some(page) = ask(p, request, stripe::read_events).await? else { return Ok((events, false)) };
        events.extend(page.items);
        match page.last.filter(|_| page.has_more) {
            Some(last) => after = Some(last),
            None => return Ok((events, true)),
        }
    }
    Ok((events, false))
}
