//! The studio's own routes: from a request to typed input, and from what the use case says to an answer.

use super::{
    Body, Request, Response,
    billing::language,
    library::parent,
    money::{QuoteShown, SpendingShown},
    problem::Refusal,
    shapes::{Generation, ModelList, OneGeneration, OrderedGeneration},
};
use crate::{
    domain::{
        catalogue::{self, Model, Parameters},
        generation::GenerationId,
        quote::{self, QUOTE_MS, Quote},
    },
    error::Error,
    lanes::{Prompt, SessionKey},
    platform::Platform,
    usecases::{
        cancel_generation,
        create_generation::{self, Order},
        delete_generation, manage_keys, read_generations, receive_webhook,
    },
    vendors::better_auth,
};
use serde_json::{Map, Value};

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// The longest idempotency key in characters: Stripe's limit, which client libraries know.
const KEY_CHARS_MAX: usize = 255;
/// Generations on a page if nothing is said, and at most.
const PAGE: (usize, usize) = (30, 100);

pub(super) fn models<P: Platform>(p: &P) -> Response<P::Media> {
    let priced = |model: &Model| Model { credits: p.settings().plans.price_of(model), ..*model };
    Response::json(
        200,
        &ModelList { models: catalogue::MODELS.iter().filter(|model| p.settings().targets(model).next().is_some()).map(priced).collect() },
    )
    .with("cache-control", "public, max-age=60")
}

/// What a generation would cost, signed. Nothing is written down.
pub(super) fn quote<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    asker(p, request)?;
    let mut body = json_object(request)?;
    body.remove("prompt");
    let (model, parameters) = order_of(p, &mut body)?;
    let price = parameters.price(p.settings().plans.price_of(model));
    let expires_at = p.now().plus_ms(QUOTE_MS);
    let quote = Quote { model: model.id.to_owned(), inputs: priced_inputs(&parameters), price, expires_at };
    let signed = quote::sign(&p.settings().quote_keys, &quote);
    Ok(Response::json(200, &QuoteShown { quote: signed, model: model.id, price, expires_at }))
}

/// The inputs on which the price depends.
fn priced_inputs(parameters: &Parameters) -> String {
    quote::inputs(parameters.outputs(), parameters.units())
}

/// Takes the model and its inputs out of a body.
fn order_of(p: &impl Platform, body: &mut Map<String, Value>) -> Result<(&'static Model, Parameters), Refusal> {
    let model = body.remove("model").ok_or_else(|| invalid("model", "required"))?;
    let model = model.as_str().and_then(catalogue::model).filter(|model| p.settings().targets(model).next().is_some()).ok_or(Error::UnknownModel)?;
    let draw = || {
        let mut bytes = [0; 4];
        p.random(&mut bytes);
        u32::from_be_bytes(bytes)
    };
    let parameters = model.accept(body, draw).map_err(|refused| invalid(&refused.field, &refused.limit))?;
    Ok((model, parameters))
}

/// The prompt of an order: empty where the model takes none, or where it may be left out.
fn prompt_of(model: &Model, given: Option<Value>) -> Result<Prompt, Refusal> {
    let limit = model.prompt.max_length;
    let given = match given {
        None | Some(Value::Null) if !model.prompt.required => String::new(),
        Some(Value::String(text)) => text,
        None | Some(_) => return Err(invalid("prompt", "required: a text")),
    };
    let prompt = Prompt::new(given);
    match prompt.chars() {
        0 if !model.prompt.required => Ok(prompt),
        _ if limit == 0 => Err(invalid("prompt", &format!("nothing: {} takes no prompt", model.id))),
        chars if prompt.is_blank() || chars > limit => Err(invalid("prompt", &format!("1 to {limit} characters"))),
        _ => Ok(prompt),
    }
}

/// The price that was quoted for an order, if the order has a quote.
fn quoted(p: &impl Platform, quote: Option<Value>, model: &Model, parameters: &Parameters) -> Result<Option<i64>, Refusal> {
    let text = match quote {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(invalid("quote", "what POST /api/quotes answered")),
    };
    let quote = match quote::read(&p.settings().quote_keys, &text, p.now()) {
        Ok(quote) => quote,
        Err(quote::Refused::Expired) => return Err(Error::QuoteExpired.into()),
        Err(quote::Refused::Forged) => return Err(Error::QuoteRefused.into()),
    };
    let same = quote.model == model.id && quote.inputs == priced_inputs(parameters);
    if same { Ok(Some(quote.price)) } else { Err(Error::QuoteRefused.into()) }
}

pub(super) async fn create<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let token = asker(p, request)?;
    let mut body = json_object(request)?;
    let (prompt, quote) = (body.remove("prompt"), body.remove("quote"));
    let parent = parent(body.remove("parent"))?;
    let (model, parameters) = order_of(p, &mut body)?;
    let prompt = prompt_of(model, prompt)?;
    let quoted = quoted(p, quote, model, &parameters)?;
    let key = request.header("idempotency-key").map(idempotency_key).transpose()?;
    let given = match &parent {
        None => Value::from(body).to_string(),
        Some((id, relation)) => format!("{} {} {id}", Value::from(body), relation.name()),
    };
    let order = Order { model, prompt, parameters, parent, key, given, quoted, language: language(request) };
    let ordered = create_generation::run(p, &token, order).await?;
    let location = format!("/api/generations/{}", ordered.generation.id);
    let spending = SpendingShown::of(ordered.spending);
    let shown = OrderedGeneration { generation: show(p, ordered.generation), credits: ordered.credits, spending };
    let response = Response::json(202, &shown).with("location", location);
    Ok(if ordered.replayed { response.with("idempotency-replayed", "true") } else { response })
}

/// How many are to be on a page.
pub(super) fn limit(request: &Request) -> Result<usize, Refusal> {
    let Some(text) = request.parameter("limit") else { return Ok(PAGE.0) };
    let limit = text.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
    limit.ok_or_else(|| invalid("limit", &format!("a whole number from 1 to {}", PAGE.1)))
}

/// Where a page goes on.
pub(super) fn cursor<T>(request: &Request, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
    let text = request.parameter("cursor");
    text.map(|text| read(&text).ok_or_else(|| invalid("cursor", "the nextCursor of another page"))).transpose()
}

pub(super) async fn get<P: Platform>(p: &P, request: &Request, id: &GenerationId) -> Answer<P> {
    let token = asker(p, request)?;
    let (row, credits) = read_generations::one(p, &token, id).await?;
    Ok(Response::json(200, &OneGeneration { generation: show(p, row), credits }))
}

pub(super) async fn delete<P: Platform>(p: &P, request: &Request, id: &GenerationId) -> Answer<P> {
    refuse_foreign(p, request)?;
    let token = asker(p, request)?;
    delete_generation::run(p, &token, id).await?;
    Ok(Response::empty(204))
}

pub(super) async fn cancel<P: Platform>(p: &P, request: &Request, id: &GenerationId) -> Answer<P> {
    refuse_foreign(p, request)?;
    let token = asker(p, request)?;
    let (row, credits) = cancel_generation::run(p, &token, id).await?;
    Ok(Response::json(200, &OneGeneration { generation: show(p, row), credits }))
}

pub(super) async fn webhook<P: Platform>(p: &P, request: &Request, key: &str) -> Answer<P> {
    let Body::Bytes(body) = &request.body else { return Err(Refusal::TooLarge) };
    let (host, last) = key.split_once('/').ok_or(Error::NotFound)?;
    receive_webhook::run(p, host, last, |name| request.header(name).unwrap_or_default(), body).await?;
    Ok(Response::json(200, &serde_json::json!({"received": true})))
}

pub(super) fn show(p: &impl Platform, row: crate::store::shown::GenerationRow) -> Generation {
    Generation::show(row, &p.settings().media_keys, p.now())
}

pub(super) fn invalid(field: &str, limit: &str) -> Refusal {
    Refusal::Deed(Error::Invalid { field: field.to_owned(), limit: limit.to_owned() })
}

/// Who asks, by a validly signed cookie; whether the session lives, the batch finds out.
pub(super) fn session(p: &impl Platform, request: &Request) -> Result<SessionKey, Refusal> {
    let token = better_auth::session_token(p.settings(), request.cookies()).ok_or(Refusal::Deed(Error::Unauthenticated))?;
    Ok(token.key(p.settings().auth.hash_sessions))
}

/// Who asks, by an API key or by a validly signed cookie.
pub(super) fn asker(p: &impl Platform, request: &Request) -> Result<SessionKey, Refusal> {
    match request.header("authorization") {
        None => session(p, request),
        Some(header) => {
            let (scheme, secret) = header.split_once(' ').unwrap_or_default();
            let key = scheme.eq_ignore_ascii_case("bearer").then(|| manage_keys::key_of(secret.trim())).flatten();
            key.ok_or(Refusal::Deed(Error::Unauthenticated))
        }
    }
}

/// Refuses what another site makes a browser send. A client that is no browser sends neither header, and no cookie unasked.
pub(super) fn refuse_foreign(p: &impl Platform, request: &Request) -> Result<(), Refusal> {
    let fetched = request.header("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let origin = request.header("origin");
    let ours = origin.map_or(fetched, |origin| better_auth::check_origin(p.settings(), Some(origin), None).is_ok());
    if ours { Ok(()) } else { Err(Refusal::ForeignOrigin) }
}

pub(super) fn json_object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    let Body::Bytes(body) = &request.body else { return Err(Refusal::TooLarge) };
    if request.content_type() != "application/json" {
        return Err(Refusal::NotJsonType);
    }
    // serde_json gives up at 128 levels, so depth is bounded too.
    serde_json::from_slice(body).map_err(|_| Refusal::NotJson)
}

/// Refuses fields that mean nothing: somebody meant something by them.
pub(super) fn known(body: &Map<String, Value>, fields: &[&str]) -> Result<(), Refusal> {
    let unknown = body.keys().find(|name| !fields.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| Err(invalid(name, &format!("not a field: there are {}", fields.join(", ")))))
}

fn idempotency_key(text: &str) -> Result<String, Refusal> {
    let good = (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err(invalid("Idempotency-Key", &format!("1 to {KEY_CHARS_MAX} visible ASCII characters"))) }
}
