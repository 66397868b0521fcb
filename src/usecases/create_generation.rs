//! Orders a generation: one batch holds the credits and writes the row, then the prompt goes to the host.
//!
//! The row is durable before the host hears of it, so that every paid run has a row that names it. The create request is sent once:
//! no host has idempotency keys, and a second one could be a second, billed run. The host's name of the run is not written here: its
//! `start` message carries it, or the reconciler finds the run by its callback address, or, where a host has neither, it is jotted down beside the
//! media. So this route is one round trip; one more where a host refused and the next is asked, or where the note cannot be kept.

use super::{
    ask_host::Asked,
    new_mail,
    send_order::{self, Sender},
};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue::{self, Largest, Model, Parameters},
        credits::Credits,
        generation::{GenerationId, Status},
        library::Relation,
        live::Event,
        secret::digest,
        time::{DAY_MS, Timestamp},
    },
    error::Error,
    lanes::{Database, In, MailLink, Prompt, SessionKey},
    platform::Platform,
    store::{
        Batch, Outcome, StepError,
        generations::{self, NewGeneration, created},
        ledger::{self, Limits, Spending},
        shown::{self, GenerationRow},
        sources::{self, Named, SourceSize},
        submit,
    },
    vendors::mail::{Language, Message},
};

/// What is asked for, accepted by the catalogue.
#[derive(Debug, Clone)]
pub struct Order {
    /// The model.
    pub model: &'static Model,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs.
    pub parameters: Parameters,
    /// What it is made from, by its words and inputs.
    pub parent: Option<(GenerationId, Relation)>,
    /// The request's idempotency key.
    pub key: Option<String>,
    /// Digest of the inputs as they were given, before a seed was drawn.
    pub given: String,
    /// What was quoted for it, if anything was: it is never charged above that.
    pub quoted: Option<i64>,
    /// In which language mail about it is written.
    pub language: Language,
}

/// An order that was taken.
#[derive(Debug)]
pub struct Ordered {
    /// The generation.
    pub generation: GenerationRow,
    /// The balance after the hold.
    pub credits: Credits,
    /// What was spent today, and the limits to it.
    pub spending: Spending,
    /// True if this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// Takes an order.
pub async fn run(p: &impl Platform, token: &SessionKey, order: Order) -> Result<Ordered, Error> {
    let now = p.now();
    let id = GenerationId::new(now, |bytes| p.random(bytes));
    let prompt = In::<Database, _>::new(order.prompt.clone());
    let request = digest(&[order.model.id.as_bytes(), prompt.text().as_bytes(), order.given.as_bytes()]);
    let host = p.settings().targets(order.model).next().ok_or(Error::UnknownModel)?.host;
    let new = NewGeneration {
        id: id.clone(),
        host,
        model: order.model.id,
        prompt: order.prompt.clone(),
        inputs: serde_json::Value::from(order.parameters.ours()).to_string(),
        price: price(p, &order),
        units: order.parameters.units(),
        parent: order.parent.clone(),
        sources: order.parameters.largest_sources().map(|(slot, n, source, largest)| Named { slot, n, source: source.clone(), largest }).collect(),
        key: order.key.clone().map(|key| (key, request.clone())),
        alert: new_mail(p, Message::SpendingAlert, order.language, MailLink::new(format!("{}/billing", p.settings().public_origin))),
    };
    let limits = Limits::of(&p.settings().plans);
    let batch = generations::create(token, &new, &limits, now);
    if planted(Bug::HostBeforeRow) {
        let asked = Asked { prompt: &order.prompt, parameters: &order.parameters, sources: &[] };
        send_order::run(p, Sender::Owner(token), &id, order.model, asked).await?;
    }
    let outcome = submit(p, &batch).await?;
    let read = |index| outcome.rows(batch.nth_read(index));
    let user = read(created::USER)?.first().ok_or(Error::Unauthenticated)?;
    let credits = ledger::read_balance(read(created::BALANCE)?)?;
    let spending = ledger::read_spending(read(created::SPENDING)?)?;
    // Ours is there: committed now, or by a first try whose answer was lost.
    if let Some(generation) = shown::read_all(read(created::GENERATION)?)?.into_iter().next() {
        p.tell(user.text("id")?, Event::status(&id, Status::Queued));
        // One that waited is sent by whoever takes its turn, perhaps while we still ask whether it is there.
        let ours = generation.sent_at.is_some() && !generation.waited;
        if ours && !planted(Bug::HostBeforeRow) {
            let sources = sources::read(read(created::SOURCES)?)?;
            let asked = Asked { prompt: &order.prompt, parameters: &order.parameters, sources: &sources };
            send_order::run(p, Sender::Owner(token), &id, order.model, asked).await?;
        }
        return Ok(Ordered { generation, credits, spending, replayed: false });
    }
    match outcome.error() {
        Some(StepError::KeyTaken) => replay(&outcome, batch.nth_read(0), &request, (credits, spending)),
        Some(StepError::InsufficientCredits) => {
            let cheaper = cheaper(p, &order, credits.available);
            Err(Error::InsufficientCredits { needed: new.price, available: credits.available, cheaper })
        }
        Some(StepError::NoParent) => Err(Error::Invalid { field: "parent".to_owned(), limit: "a generation of yours".to_owned() }),
        Some(StepError::NoSource) => {
            let sizes = sources::read_sizes(read(created::sizes(new.key.is_some()))?)?;
            Err(no_source(&new.sources, &sizes, &batch, &outcome))
        }
        Some(StepError::DayLimit) => Err(limit_reached(false, spending.day_limit, now)),
        Some(StepError::KeyLimit) => Err(limit_reached(true, spending.key_limit, now)),
        Some(StepError::NotAllowed) => Err(Error::Blocked(ledger::read_gate(read(created::GATE)?, new.model)?)),
        _ => Err(Error::Unavailable("the order was not applied")),
    }
}

/// The answer that the key's first request got, as the generation stands now.
fn replay(outcome: &Outcome, reads: usize, request: &str, (credits, spending): (Credits, Spending)) -> Result<Ordered, Error> {
    let used = outcome.rows(reads + created::KEY)?;
    if used.first().ok_or(Error::Unavailable("the key vanished"))?.text("digest")? != request {
        return Err(Error::KeyReused);
    }
    let generation = shown::read_all(outcome.rows(reads + created::BY_KEY)?)?.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Ordered { generation, credits, spending, replayed: true })
}

/// Today's price of an order, or what was quoted for it if that is less.
fn price(p: &impl Platform, order: &Order) -> i64 {
    let today = order.parameters.price(p.settings().plans.price_of(order.model));
    order.quoted.filter(|_| !planted(Bug::QuoteIsForgotten)).map_or(today, |quoted| today.min(quoted))
}

/// The dearest model that makes the same for less and can be paid for.
fn cheaper(p: &impl Platform, order: &Order, available: i64) -> Option<(&'static str, i64)> {
    let plans = &p.settings().plans;
    let of = |model| order.parameters.price(plans.price_of(model));
    let mine = of(order.model);
    let here = catalogue::MODELS.iter().filter(|model| p.settings().targets(model).next().is_some());
    let alike = here.filter(|model| model.kind == order.model.kind && model.has_pictures_of(&order.parameters));
    let affordable = alike.filter(|model| of(model) < mine && of(model) <= available);
    affordable.max_by_key(|model| of(model)).map(|model| (model.id, of(model)))
}

/// Names the input whose picture is not there or too large: sources are the last writes of the batch, in the order of the inputs.
fn no_source(sources: &[Named], sizes: &[SourceSize], batch: &Batch, outcome: &Outcome) -> Error {
    let from_the_end = outcome.failed_step().zip(batch.commit()).and_then(|(failed, commit)| commit.checked_sub(failed + 1));
    let which = sources.iter().rev().nth(from_the_end.unwrap_or_default());
    let field = which.map_or("image", |named| named.slot).to_owned();
    let too_large = which.and_then(|named| {
        let name = named.source.to_string();
        let (_, size) = sizes.iter().find(|(known, _)| *known == name)?;
        (!named.largest.allows(*size)).then_some((named.largest, *size))
    });
    let limit = match too_large {
        Some((Largest { pixels, side }, (width, height))) => {
            format!("a picture of at most {pixels} pixels and {side} on a side here; this one has {width} × {height}")
        }
        None => "a picture of yours that is there".to_owned(),
    };
    Error::Invalid { field, limit }
}

fn limit_reached(of_key: bool, limit: Option<i64>, now: Timestamp) -> Error {
    let resets_at = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(DAY_MS) + DAY_MS);
    Error::SpendingLimit { of_key, limit: limit.unwrap_or(0), resets_at }
}
