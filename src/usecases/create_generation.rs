//! Orders a generation: one batch holds the credits and writes the row, then the prompt goes to the host.
//!
//! The row is durable before the host hears of it, so that every paid run has a row that names it. The create request is sent once:
//! the host has no idempotency key, and a second one could be a second, billed run. The host's id is not written here: the host's
//! `start` message carries it, and the reconciler finds a run by its callback address. So this route is one round trip.

use super::{apply_prediction, new_mail};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue::{self, Model, Parameters},
        credits::Credits,
        generation::{Failure, FailureCode, GenerationId},
        secret::digest,
        time::{DAY_MS, Timestamp},
    },
    error::Error,
    lanes::{Database, In, MailLink, Prompt, SessionKey},
    platform::{Platform, SendError},
    store::{
        Outcome, StepError,
        generations::{self, GenerationRow, HostFacts, NewGeneration, created},
        ledger::{self, Limits, Spending},
        submit,
    },
    vendors::{
        callback,
        mail::{Language, Message},
        replicate::{self, Created},
    },
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
    let new = NewGeneration {
        id: id.clone(),
        model: order.model.id,
        prompt: order.prompt.clone(),
        inputs: serde_json::Value::from(order.parameters.ours()).to_string(),
        price: price(p, &order),
        key: order.key.clone().map(|key| (key, request.clone())),
        alert: new_mail(p, Message::SpendingAlert, order.language, MailLink::new(format!("{}/billing", p.settings().public_origin))),
    };
    let limits = Limits::of(&p.settings().plans);
    let batch = generations::create(token, &new, &limits, now);
    if planted(Bug::HostBeforeRow) {
        send(p, &id, order.clone()).await?;
    }
    let outcome = submit(p, &batch).await?;
    let read = |index| outcome.rows(batch.nth_read(index));
    if !generations::is_signed_in(read(created::USER)?) {
        return Err(Error::Unauthenticated);
    }
    let credits = ledger::read_balance(read(created::BALANCE)?)?;
    let spending = ledger::read_spending(read(created::SPENDING)?)?;
    // Ours is there: committed now, or by a first try whose answer was lost.
    if let Some(generation) = generations::read_all(read(created::GENERATION)?)?.into_iter().next() {
        if !planted(Bug::HostBeforeRow) {
            send(p, &id, order).await?;
        }
        return Ok(Ordered { generation, credits, spending, replayed: false });
    }
    match outcome.error() {
        Some(StepError::KeyTaken) => replay(&outcome, batch.nth_read(0), &request, (credits, spending)),
        Some(StepError::InsufficientCredits) => {
            let cheaper = cheaper(p, &order, credits.available);
            Err(Error::InsufficientCredits { needed: new.price, available: credits.available, cheaper })
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
    let generation = generations::read_all(outcome.rows(reads + created::BY_KEY)?)?.into_iter().next().ok_or(Error::NotFound)?;
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
    let affordable = catalogue::MODELS.iter().filter(|model| model.kind == order.model.kind && of(model) < mine && of(model) <= available);
    affordable.max_by_key(|model| of(model)).map(|model| (model.id, of(model)))
}

fn limit_reached(of_key: bool, limit: Option<i64>, now: Timestamp) -> Error {
    let resets_at = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(DAY_MS) + DAY_MS);
    Error::SpendingLimit { of_key, limit: limit.unwrap_or(0), resets_at }
}

/// Sends the order to the host. Only a clear refusal releases the hold; where nobody knows, the reconciler decides.
async fn send(p: &impl Platform, id: &GenerationId, order: Order) -> Result<(), Error> {
    let settings = p.settings();
    let request = |order: Order| {
        let callback = callback::url(&settings.callback_keys, &settings.public_origin, replicate::HOST, id);
        replicate::create(order.model, order.prompt, order.parameters, callback)
    };
    let again = planted(Bug::CreateIsRetried).then(|| request(order.clone()));
    let request = request(order);
    let reason = match p.send(request).await {
        Ok(answer) => match replicate::judge_create(answer.status, &answer.body) {
            Created::Accepted => return Ok(()),
            Created::Unknown => {
                p.log("host.create.unknown", &[("generation", id.as_str()), ("status", &answer.status.to_string())]);
                return Ok(());
            }
            Created::Refused(reason) => reason,
        },
        Err(SendError::Unknown) if planted(Bug::UnknownMeansRefused) => "no answer".to_owned(),
        Err(SendError::Unknown) => {
            p.log("host.create.unknown", &[("generation", id.as_str())]);
            if let Some(again) = again {
                p.send(again).await.ok();
            }
            return Ok(());
        }
        Err(SendError::NotSent) => "the host is not configured".to_owned(),
    };
    let failure = Failure::new(FailureCode::HostRefused, &reason);
    apply_prediction::fail(p, id, &HostFacts::default(), &failure).await?;
    Err(Error::HostRefused { generation: id.clone() })
}
