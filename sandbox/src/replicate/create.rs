//! Creation of predictions: the three ways in, the two headers, and the words that refuse.

use serde_json::{Map, Value};

use super::{
    Replicate, Transfer, Word,
    models::{self, DEPLOYMENTS, MODELS, Model},
    prediction::{Prediction, Status},
    schema,
    webhooks::{Event, Events},
};
use crate::{
    exchange::{Hold, Request, Response},
    time::{HOUR_MS, MINUTE_MS, SECOND_MS},
    words,
};

/// `Prefer: wait` without a number, and the most that a number may ask for.
const WAIT_MAX_S: i64 = 60;
/// The shortest `Cancel-After`.
const CANCEL_AFTER_MIN_MS: i64 = 5 * SECOND_MS;

/// What is called: the model, the version to show, and the deployment if it was one.
struct Called {
    model: &'static Model,
    version: String,
    deployment: Option<String>,
}

/// What the body and the headers ask for.
struct Asked {
    input: Map<String, Value>,
    webhook: Option<String>,
    events: Events,
    cancel_after_ms: Option<i64>,
}

impl Replicate {
    /// `POST /predictions`: the version is in the body, in one of three forms.
    pub(super) fn create_by_version(&mut self, now_ms: i64, request: &Request) -> Response {
        let body = match object(request) {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let Some(version) = body.get("version").and_then(Value::as_str) else {
            return Response::problem(422, "Input validation failed", "- version is required\n");
        };
        match by_version(version) {
            Some(called) => self.create(now_ms, request, &called, &body),
            None => Response::problem(
                422,
                "Invalid version or not permitted",
                "The specified version does not exist (or perhaps you don't have permission to use it?)",
            ),
        }
    }

    /// `POST /models/{owner}/{name}/predictions`, for official models.
    pub(super) fn create_by_model(&mut self, now_ms: i64, request: &Request, path: &str) -> Response {
        let Some(model) = models::find(path).filter(|model| model.official) else {
            return Response::detail(404, "The requested resource could not be found.");
        };
        let called = Called { model, version: "hidden".into(), deployment: None };
        match object(request) {
            Ok(body) => self.create(now_ms, request, &called, &body),
            Err(refusal) => refusal,
        }
    }

    /// `POST /deployments/{owner}/{name}/predictions`.
    pub(super) fn create_by_deployment(&mut self, now_ms: i64, request: &Request, path: &str) -> Response {
        let runs = DEPLOYMENTS.iter().find(|(owner, name, _)| path == format!("{owner}/{name}")).map(|(.., runs)| runs);
        let Some(model) = runs.and_then(|runs| models::find(runs)) else {
            return Response::detail(404, "The requested resource could not be found.");
        };
        let called = Called { model, version: model.version(), deployment: Some(path.to_owned()) };
        match object(request) {
            Ok(body) => self.create(now_ms, request, &called, &body),
            Err(refusal) => refusal,
        }
    }

    fn create(&mut self, now_ms: i64, request: &Request, called: &Called, body: &Map<String, Value>) -> Response {
        let asked = match asked(request, called.model, body) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let words = words::read(asked.input.get("prompt").and_then(Value::as_str).unwrap_or_default());
        if let Some(refusal) = words.iter().find_map(|word| refusal(*word)) {
            return refusal;
        }
        let lost = words.contains(&Word::LostAnswer);
        let files = files(called.model, &asked.input);
        let sources = self.sources(now_ms, called.model, &asked.input);
        let id = self.dice.id(26);
        let seed = asked.input.get("seed").and_then(Value::as_i64).map_or_else(|| self.dice.roll() >> 32, i64::unsigned_abs);
        self.counter += 1;
        let prediction = Prediction {
            id: id.clone(),
            order: self.counter,
            model: called.model,
            version: called.version.clone(),
            deployment: called.deployment.clone(),
            input: asked.input,
            seed,
            words,
            status: Status::Starting,
            files: Vec::new(),
            output: Value::Null,
            logs: String::new(),
            error: None,
            data_removed: false,
            created_ms: now_ms,
            started_ms: None,
            completed_ms: None,
            deadline_ms: asked.cancel_after_ms.map(|after_ms| now_ms + after_ms),
            webhook: asked.webhook,
            events: asked.events,
            kept: Vec::new(),
            planned: Vec::new(),
            sources,
            to_make: files,
        };
        self.order.insert(prediction.order, id.clone());
        self.predictions.insert(id.clone(), prediction);
        self.plan_deadline(&id);
        self.load_or_live(now_ms, &id);
        let hold = request.header("prefer").and_then(wait_s).map(|wait_s| Hold { prediction: id.clone(), until_ms: now_ms + wait_s * SECOND_MS });
        let response = self.show(201, &id);
        if lost {
            return Response { status: 500, transfer: Transfer::Dropped, ..response };
        }
        Response { hold, ..response }
    }
}

/// How many files a run makes.
fn files(model: &Model, input: &Map<String, Value>) -> u32 {
    let sequence = models::value(model, input, "sequential_image_generation").is_some_and(|mode| mode == "auto");
    let name = if sequence { "max_images" } else { "num_outputs" };
    input.get(name).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
}

fn object(request: &Request) -> Result<Map<String, Value>, Response> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) | Err(_) => Err(Response::problem(400, "Bad request", "The body is not a JSON object.")),
    }
}

fn by_version(version: &str) -> Option<Called> {
    let of = |model: &'static Model, version: &str| Called { model, version: version.to_owned(), deployment: None };
    match version.split_once(':') {
        Some((path, hash)) => models::find(path).filter(|model| model.version() == hash).map(|model| of(model, hash)),
        None if version.contains('/') => models::find(version).filter(|model| model.official).map(|model| of(model, "hidden")),
        None => MODELS.iter().find(|model| model.version() == version).map(|model| of(model, version)),
    }
}

fn asked(request: &Request, model: &Model, body: &Map<String, Value>) -> Result<Asked, Response> {
    let invalid = |detail: &str| Response::problem(422, "Input validation failed", detail);
    let Some(Value::Object(input)) = body.get("input") else {
        return Err(invalid("- input is required\n"));
    };
    if let Some(faults) = schema::faults(model, input) {
        return Err(invalid(&faults));
    }
    let webhook = match body.get("webhook") {
        None | Some(Value::Null) => None,
        Some(Value::String(url)) if is_webhook_url(url) => Some(url.clone()),
        Some(_) => return Err(invalid("- webhook: Must be a valid HTTPS URL\n")),
    };
    let filter = match body.get("webhook_events_filter") {
        None | Some(Value::Null) => None,
        Some(list) => Some(events(list).ok_or_else(|| invalid("- webhook_events_filter: Must be a list of: start, output, logs, completed\n"))?),
    };
    let cancel_after_ms = match request.header("cancel-after") {
        None => None,
        Some(text) => {
            let after_ms = duration_ms(text).filter(|after_ms| *after_ms >= CANCEL_AFTER_MIN_MS);
            Some(after_ms.ok_or_else(|| invalid("- Cancel-After: Must be a duration of at least 5 seconds, such as 30s or 5m\n"))?)
        }
    };
    Ok(Asked { input: input.clone(), webhook, events: Events::new(filter), cancel_after_ms })
}

/// HTTPS; plain HTTP only towards this machine, or development would need certificates.
fn is_webhook_url(url: &str) -> bool {
    let local = ["http://127.", "http://localhost:", "http://localhost/", "http://[::1]"];
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || local.iter().any(|start| url.starts_with(start))
}

fn events(list: &Value) -> Option<Vec<Event>> {
    list.as_array()?.iter().map(|name| Event::named(name.as_str()?)).collect()
}

/// `wait` or `wait=N` in seconds, N clamped to 1..=60; anything else is no wish.
fn wait_s(prefer: &str) -> Option<i64> {
    match prefer.trim() {
        "wait" => Some(WAIT_MAX_S),
        text => text.strip_prefix("wait=")?.parse::<i64>().ok().map(|seconds| seconds.clamp(1, WAIT_MAX_S)),
    }
}

/// `30`, `30s`, `5m`, `1h30m45s`; a number without unit is seconds.
fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * SECOND_MS);
    }
    let mut rest = text;
    let mut total_ms = 0;
    for (unit, unit_ms) in [('h', HOUR_MS), ('m', MINUTE_MS), ('s', SECOND_MS)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total_ms += i64::from(number.parse::<u32>().ok()?) * unit_ms;
            rest = after;
        }
    }
    (rest.is_empty() && total_ms > 0).then_some(total_ms)
}

/// What creation answers to a word that forbids it.
fn refusal(word: Word) -> Option<Response> {
    match word {
        Word::Refused => Some(Response::problem(422, "Input validation failed", "- input.prompt: This prompt was refused\n")),
        Word::Payment => Some(Response::problem(
            402,
            "Insufficient credit",
            "You have insufficient credit to run this model. Go to the billing page to purchase credit.",
        )),
        Word::Throttled => {
            let response = Response::detail(429, "Request was throttled. Your rate limit resets in ~2s.");
            Some(response.with("retry-after", "2"))
        }
        Word::BrokenHost => Some(Response::broken(500)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in [("30", 30_000), ("30s", 30_000), ("5m", 300_000), ("1h30m45s", 5_445_000), ("2h5s", 7_205_000)] {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for text in ["", "s", "5x", "-3", "5s3m", "1.5s"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn waits() {
        assert_eq!(wait_s("wait"), Some(60));
        assert_eq!(wait_s("wait=7"), Some(7));
        assert_eq!(wait_s("wait=99"), Some(60));
        assert_eq!(wait_s("respond-async"), None);
    }
}
