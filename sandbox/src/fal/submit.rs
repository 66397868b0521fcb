//! The ways in, by the queue and directly: their headers, and the words that refuse.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Fal, Fault,
    faults::detail,
    job::{Job, Status, merged},
    models::{self, Model},
};
use crate::{
    exchange::{Hold, Request, Response, Transfer},
    time::{DAY_MS, HOUR_MS, SECOND_MS},
    words::{self, Word},
};

/// "At least 7 days by default": how long files are kept.
pub(super) const FILE_LIFE_MS: i64 = 7 * DAY_MS;
/// `x-fal-request-timeout` must be more than this many seconds.
const START_MIN_S: f64 = 1.0;
/// How late the answer to a submit comes on the wall when its webhook is to come first.
const REORDER_MS: u64 = 1_500;
/// A direct call is answered by then, whatever happens.
const DIRECT_MAX_MS: i64 = HOUR_MS;

/// What the headers ask for.
struct Asked {
    low: bool,
    no_retry: bool,
    stored: bool,
    file_life_ms: i64,
    start_ms: Option<i64>,
}

impl Fal {
    /// `POST queue.fal.run/{owner}/{app}[/{path}]`.
    pub(super) fn submit(&mut self, now_ms: i64, request: &Request, path: &str, webhook: Option<&str>) -> Response {
        let accepted = self.accept(now_ms, request, path, webhook.map(str::to_owned), false);
        let id = match accepted {
            Ok(id) => id,
            Err(refusal) => return refusal,
        };
        let Some(job) = self.jobs.get(&id) else {
            return Response::broken(500);
        };
        let queue = json!({"status": "IN_QUEUE", "queue_position": self.ahead(job)});
        let gateway = webhook.map_or(Value::Null, |_| json!({"gateway_request_id": job.gateway_id}));
        let body = merged([queue, job.urls(&self.host("queue")), gateway]);
        let response = Response::json(200, &body).with("x-fal-request-id", &id);
        if job.words.contains(&Word::LostAnswer) {
            return Response { status: 500, transfer: Transfer::Dropped, ..response };
        }
        let delay_ms = if job.words.contains(&Word::Reorder) { REORDER_MS } else { 0 };
        Response { delay_ms, ..response }
    }

    /// `POST fal.run/{owner}/{app}[/{path}]`: the answer is held until the request has ended.
    pub(super) fn run(&mut self, now_ms: i64, request: &Request, path: &str) -> Response {
        let id = match self.accept(now_ms, request, path, None, true) {
            Ok(id) => id,
            Err(refusal) => return refusal,
        };
        let unanswered = Fault::platform(504, "request_timeout", "Request timed out").response().with("x-fal-request-id", &id);
        if self.jobs.get(&id).is_some_and(|job| job.words.contains(&Word::LostAnswer)) {
            return Response { transfer: Transfer::Dropped, ..unanswered };
        }
        Response { hold: Some(Hold { prediction: id, until_ms: now_ms + DIRECT_MAX_MS }), ..unanswered }
    }

    fn accept(&mut self, now_ms: i64, request: &Request, path: &str, webhook: Option<String>, direct: bool) -> Result<String, Response> {
        let Some(model) = models::find(path) else {
            return Err(Response::detail(404, &format!("Application '{path}' not found")));
        };
        let asked = asked(request).map_err(|fault| fault.response())?;
        let Ok(Value::Object(input)) = serde_json::from_slice(&request.body) else {
            return Err(Fault::bad_request("The body is not a JSON object").response());
        };
        if webhook.as_deref().is_some_and(|url| !is_webhook_url(url)) {
            return Err(Fault::bad_request("fal_webhook is not a valid HTTPS URL").response());
        }
        let words = words::read(input.get("prompt").and_then(Value::as_str).unwrap_or_default());
        if let Some(refusal) = words.iter().find_map(|word| refusal(*word, &input)) {
            return Err(refusal);
        }
        let start_ms = asked.start_ms;
        let job = self.job(now_ms, model, input, words, &asked);
        let id = job.id.clone();
        self.order.insert(job.order, id.clone());
        self.queued.insert(job.place(), id.clone());
        self.jobs.insert(id.clone(), Job { direct, webhook, ..job });
        self.plan_life(&id, start_ms);
        Ok(id)
    }

    fn job(&mut self, now_ms: i64, model: &'static Model, input: Map<String, Value>, words: BTreeSet<Word>, asked: &Asked) -> Job {
        let seed = input.get("seed").and_then(Value::as_u64).unwrap_or_else(|| self.dice.roll() >> 32);
        let id = self.uuid();
        self.counter += 1;
        Job {
            gateway_id: id.clone(),
            id,
            order: self.counter,
            model,
            input,
            seed,
            words,
            low: asked.low,
            no_retry: asked.no_retry,
            stored: asked.stored,
            file_life_ms: asked.file_life_ms,
            direct: false,
            webhook: None,
            status: Status::InQueue,
            ready: false,
            odd: false,
            sources: Vec::new(),
            refusal: None,
            logs: Vec::new(),
            outcome: None,
            files: 0,
            created_ms: now_ms,
            started_ms: None,
            finish_ms: None,
            ended_ms: None,
            forgotten: false,
            planned: Vec::new(),
        }
    }

    /// The address of one of its hosts.
    pub(super) fn host(&self, name: &str) -> String {
        format!("{}/{name}", self.config.base_url)
    }
}

fn asked(request: &Request) -> Result<Asked, Fault> {
    let header = |name: &str| request.header(name).map(str::trim);
    let low = match header("x-fal-queue-priority") {
        None | Some("normal") => false,
        Some("low") => true,
        Some(_) => return Err(Fault::bad_request("x-fal-queue-priority is normal or low")),
    };
    let start_ms = match header("x-fal-request-timeout") {
        None => None,
        Some(text) => Some(start_ms(text).ok_or_else(|| Fault::bad_request("x-fal-request-timeout is a number of seconds greater than 1"))?),
    };
    let file_life_ms = lifecycle_ms(header("x-fal-object-lifecycle-preference"))?;
    let no_retry = header("x-fal-no-retry").is_some_and(|value| ["1", "true", "yes"].iter().any(|yes| value.eq_ignore_ascii_case(yes)));
    Ok(Asked { low, no_retry, stored: header("x-fal-store-io") != Some("0"), file_life_ms, start_ms })
}

fn start_ms(text: &str) -> Option<i64> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds > START_MIN_S)?;
    format!("{:.0}", seconds * 1_000.0).parse().ok()
}

/// How long a file is kept: `{"expiration_duration_seconds": n, "initial_acl"?}`, or the default.
pub(super) fn lifecycle_ms(header: Option<&str>) -> Result<i64, Fault> {
    let Some(text) = header else {
        return Ok(FILE_LIFE_MS);
    };
    let Ok(Value::Object(wish)) = serde_json::from_str(text) else {
        return Err(Fault::bad_request("The object lifecycle is not a JSON object"));
    };
    match wish.get("expiration_duration_seconds") {
        None | Some(Value::Null) => Ok(FILE_LIFE_MS),
        Some(seconds) => {
            let seconds = seconds.as_u64().and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
            seconds.map(|seconds| i64::from(seconds) * SECOND_MS).ok_or_else(|| Fault::bad_request("expiration_duration_seconds is a whole number"))
        }
    }
}

/// HTTPS; plain HTTP only towards this machine, or development would need certificates.
fn is_webhook_url(url: &str) -> bool {
    let local = ["http://127.", "http://localhost:", "http://localhost/", "http://[::1]"];
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || local.iter().any(|start| url.starts_with(start))
}

/// What is answered to a word that forbids it; nothing starts.
fn refusal(word: Word, input: &Map<String, Value>) -> Option<Response> {
    match word {
        Word::Refused => {
            let prompt = input.get("prompt").cloned().unwrap_or_default();
            let refused = detail(&["prompt"], "value_error", "Value error, this prompt was refused", &prompt);
            Some(Fault::model(&[refused]).response())
        }
        Word::Payment => {
            let response = Response::detail(403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.");
            Some(response.with("x-fal-retryable", "false"))
        }
        Word::Throttled => Some(Response::detail(429, "Too many requests. Please try again later.").with("retry-after", "2")),
        Word::BrokenHost => Some(Response::broken(500)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_for_the_start() {
        for (text, ms) in [("2", 2_000), ("1.5", 1_500), ("3600", 3_600_000)] {
            assert_eq!(start_ms(text), Some(ms), "{text}");
        }
        for text in ["1", "0", "-3", "", "5s", "inf", "NaN"] {
            assert_eq!(start_ms(text), None, "{text}");
        }
    }

    #[test]
    fn lifecycles() {
        assert_eq!(lifecycle_ms(None), Ok(FILE_LIFE_MS));
        assert_eq!(lifecycle_ms(Some(r#"{"expiration_duration_seconds":60}"#)), Ok(60_000));
        assert_eq!(lifecycle_ms(Some(r#"{"initial_acl":{"default":"allow"}}"#)), Ok(FILE_LIFE_MS));
        for wrong in ["60", "{", r#"{"expiration_duration_seconds":"1h"}"#, r#"{"expiration_duration_seconds":0}"#] {
            assert_eq!(lifecycle_ms(Some(wrong)).expect_err(wrong).status, 400);
        }
    }
}
