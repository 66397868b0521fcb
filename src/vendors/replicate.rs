//! Replicate's HTTP API (contract: Replicate). Requests go out on lane [`Models`]; predictions come in.

use crate::{
    domain::{
        catalogue::{Model, Parameters},
        generation::{Failure, FailureCode},
        time::Timestamp,
    },
    lanes::{CallbackUrl, FieldOf, In, Models, Outbound, Prompt},
    outbound_body,
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

/// The name of this host in callback addresses and in the catalogue.
pub const HOST: &str = "replicate";

/// The messages that we want: `start` carries the host's id, `completed` the result (section 5).
const EVENTS: &[&str] = &["start", "completed"];

outbound_body! { Models =>
    /// A create request's body (section 2).
    pub struct Create {
        input: ModelInput,
        webhook: In<Models, CallbackUrl>,
        webhook_events_filter: &'static [&'static str],
    }
}

/// The model's input: the prompt, and parameters that the catalogue has accepted.
#[derive(Debug)]
struct ModelInput {
    prompt: In<Models, Prompt>,
    parameters: Parameters,
}

// May stand in a body for model hosts: one granted datum, and words and numbers of the catalogue's own.
impl FieldOf<Models> for ModelInput {}

impl Serialize for ModelInput {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("prompt", &self.prompt)?;
        for (name, value) in self.parameters.at_host() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// Orders a prediction of an official model. There is no idempotency key (section 1): this is sent once and never again.
#[must_use]
pub fn create(model: &Model, prompt: Prompt, parameters: Parameters, callback: CallbackUrl) -> Outbound<Models> {
    let input = ModelInput { prompt: In::new(prompt), parameters };
    let body = Create { input, webhook: In::new(callback), webhook_events_filter: EVENTS };
    // Our own deadline instead of the account's: what runs longer is not paid for.
    Outbound::post(format!("/models/{}/predictions", model.host_model), &body).header("cancel-after", "30m")
}

/// Asks about one prediction.
#[must_use]
pub fn get(id: &HostId) -> Outbound<Models> {
    Outbound::get(format!("/predictions/{}", id.0))
}

/// Stops a prediction.
#[must_use]
pub fn cancel(id: &HostId) -> Outbound<Models> {
    Outbound::command(format!("/predictions/{}/cancel", id.0))
}

/// The first page of the predictions made since a moment, newest first.
#[must_use]
pub fn list(since: Timestamp) -> Outbound<Models> {
    Outbound::get(format!("/predictions?created_after={}", since.iso()))
}

/// The page that another names as its next one: followed verbatim, but only within the API.
#[must_use]
pub fn next_page(api_url: &str, next: &str) -> Option<Outbound<Models>> {
    let path = next.strip_prefix(api_url)?;
    path.starts_with("/predictions?").then(|| Outbound::get(path.to_owned()))
}

/// The host's id of a prediction. Checked before it becomes part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostId(String);

impl HostId {
    /// Reads an id: lower-case letters and digits (section 3 says 26 of them; other lengths are let through).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        plain.then(|| Self(text.to_owned()))
    }
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a prediction stands, in our terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Waiting for a machine, or in a state that we do not know (section 3: treat as not ended).
    Starting,
    /// Being worked on.
    Running,
    /// Done: addresses of the files.
    Succeeded(Vec<String>),
    /// Ended without outputs.
    Ended(Failure),
}

/// A prediction, as far as it concerns us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// The host's id.
    pub id: HostId,
    /// The model's version that ran.
    pub version: Option<String>,
    /// Where it stands.
    pub progress: Progress,
    /// Compute time in milliseconds.
    pub compute_ms: Option<i64>,
    /// The callback address it was ordered with.
    pub webhook: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(default)]
    version: Option<String>,
    status: String,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    data_removed: bool,
    #[serde(default)]
    metrics: Option<Metrics>,
    #[serde(default)]
    webhook: Option<String>,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(default)]
    predict_time: Option<f64>,
}

#[derive(Deserialize)]
struct WirePage {
    results: Vec<Value>,
    #[serde(default)]
    next: Option<String>,
}

/// Reads a prediction: the body of a webhook, and of every answer about one prediction.
#[must_use]
pub fn read(body: &[u8]) -> Option<Prediction> {
    serde_json::from_slice::<Wire>(body).ok()?.into_prediction()
}

/// A page of predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Those that could be read.
    pub predictions: Vec<Prediction>,
    /// True if none was left out.
    pub all_read: bool,
    /// The address of the next page.
    pub next: Option<String>,
}

/// Reads a page of predictions. Entries of another shape are left out.
#[must_use]
pub fn read_page(body: &[u8]) -> Option<Page> {
    let page: WirePage = serde_json::from_slice(body).ok()?;
    let entries = page.results.len();
    let read = |entry| serde_json::from_value::<Wire>(entry).ok().and_then(Wire::into_prediction);
    let predictions: Vec<_> = page.results.into_iter().filter_map(read).collect();
    Some(Page { all_read: predictions.len() == entries, predictions, next: page.next })
}

impl Wire {
    fn into_prediction(self) -> Option<Prediction> {
        let error = self.error.as_str().unwrap_or_default();
        let progress = match self.status.as_str() {
            "processing" => Progress::Running,
            "succeeded" if self.data_removed => {
                Progress::Ended(Failure::new(FailureCode::OutputLost, "the host deleted the output before it could be copied"))
            }
            "succeeded" => match outputs(&self.output) {
                Some(urls) if !urls.is_empty() => Progress::Succeeded(urls),
                Some(_) | None => Progress::Ended(Failure::new(FailureCode::OutputUnusable, "the host reported success without any file")),
            },
            "failed" if is_refusal(error) => Progress::Ended(Failure::new(FailureCode::ContentRefused, error)),
            "failed" => Progress::Ended(Failure::new(FailureCode::HostFailed, error)),
            "canceled" => Progress::Ended(Failure::new(FailureCode::Canceled, "stopped at the host")),
            "aborted" => Progress::Ended(Failure::new(FailureCode::TimedOut, "the host did not start it in time")),
            _ => Progress::Starting,
        };
        let compute_ms = self.metrics.and_then(|metrics| metrics.predict_time).filter(|s| (0.0..1e7).contains(s));
        #[expect(clippy::cast_possible_truncation, reason = "in range by the filter before")]
        let compute_ms = compute_ms.map(|seconds| (seconds * 1000.0) as i64);
        Some(Prediction { id: HostId::parse(&self.id)?, version: self.version, progress, compute_ms, webhook: self.webhook })
    }
}

/// A list of addresses, or one (section 4): a list in any case.
fn outputs(output: &Value) -> Option<Vec<String>> {
    match output {
        Value::String(url) => Some(vec![url.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Words that models use when a filter has refused. There is no code for it in the contract.
fn is_refusal(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    ["nsfw", "flagged as sensitive", "safety", "content policy", "moderation", "(e005)"].iter().any(|word| error.contains(word))
}

/// What the answer to a create request means for the held credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It runs, or is over already.
    Accepted,
    /// It surely did not start: release.
    Refused(String),
    /// It may have started: keep holding; the reconciler decides.
    Unknown,
}

/// Judges the answer to a create request. 4xx is a refusal with the host's reason; 5xx may come from a proxy after the start.
#[must_use]
pub fn judge_create(status: u16, body: &[u8]) -> Created {
    match status {
        200..=299 => Created::Accepted,
        // A proxy's own time limit: the request may have gone through.
        408 => Created::Unknown,
        400..=499 => {
            let detail = serde_json::from_slice::<Value>(body).ok().and_then(|problem| problem.get("detail")?.as_str().map(str::to_owned));
            Created::Refused(detail.unwrap_or_else(|| format!("the host answered {status}")))
        }
        _ => Created::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::MODELS;
    use serde_json::json;

    #[test]
    fn snapshot_of_a_create_request() {
        let model = &MODELS[0];
        let parameters = model.accept(json!({"aspectRatio": "16:9", "seed": 7}).as_object().unwrap(), || 0).unwrap();
        let request = create(model, Prompt::new("a \"red\" fox"), parameters, CallbackUrl::new("https://studio.test/webhooks/replicate/x.y"));
        assert_eq!(request.path, "/models/black-forest-labs/flux-schnell/predictions");
        assert_eq!(
            String::from_utf8(request.body.unwrap()).unwrap(),
            r#"{"input":{"prompt":"a \"red\" fox","aspect_ratio":"16:9","num_outputs":1,"seed":7,"output_format":"webp"},"webhook":"https://studio.test/webhooks/replicate/x.y","webhook_events_filter":["start","completed"]}"#
        );
    }

    #[test]
    fn every_status() {
        let read_status = |status: &str, more: Value| {
            let mut body = json!({"id": "gm3qorzdhgbfurvjtvhg6dckhu", "status": status, "output": null, "error": null});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(body.to_string().as_bytes()).unwrap()
        };
        let ended = |prediction: Prediction| match prediction.progress {
            Progress::Ended(failure) => failure.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(read_status("starting", json!({})).progress, Progress::Starting);
        assert_eq!(read_status("something new", json!({})).progress, Progress::Starting);
        assert_eq!(read_status("processing", json!({})).progress, Progress::Running);
        let done = read_status("succeeded", json!({"output": "https://x/1", "metrics": {"predict_time": 1.25}}));
        assert_eq!((done.progress, done.compute_ms), (Progress::Succeeded(vec!["https://x/1".into()]), Some(1250)));
        assert_eq!(read_status("succeeded", json!({"output": ["a", "b"]})).progress, Progress::Succeeded(vec!["a".into(), "b".into()]));
        assert_eq!(ended(read_status("succeeded", json!({"data_removed": true}))), FailureCode::OutputLost);
        for nothing in [json!(null), json!([]), json!([1]), json!({"a": 1})] {
            assert_eq!(ended(read_status("succeeded", json!({"output": nothing}))), FailureCode::OutputUnusable);
        }
        assert_eq!(ended(read_status("failed", json!({"error": "NSFW content detected"}))), FailureCode::ContentRefused);
        assert_eq!(ended(read_status("failed", json!({"error": {"odd": 1}}))), FailureCode::HostFailed);
        assert_eq!(ended(read_status("canceled", json!({}))), FailureCode::Canceled);
        assert_eq!(ended(read_status("aborted", json!({}))), FailureCode::TimedOut);
        assert_eq!(read(br#"{"id":"../../evil","status":"starting"}"#), None);
        assert_eq!(read(b"<html>"), None);
    }

    #[test]
    fn pages_are_followed_within_the_api_only() {
        assert!(next_page("https://api.test/v1", "https://api.test/v1/predictions?cursor=abc").is_some());
        assert!(next_page("https://api.test/v1", "https://evil.test/v1/predictions?cursor=abc").is_none());
        assert!(next_page("https://api.test/v1", "https://api.test/v1/account?x").is_none());
    }

    #[test]
    fn an_odd_entry_does_not_hide_the_others() {
        let page = read_page(br#"{"results":[{"id":"gm3qorzdhgbfurvjtvhg6dckhu","status":"starting"},{"id":7},{"status":[]}],"next":null}"#).unwrap();
        assert_eq!((page.predictions.len(), page.all_read, page.next), (1, false, None));
    }

    #[test]
    fn only_a_clear_refusal_releases() {
        assert_eq!(judge_create(201, b""), Created::Accepted);
        assert_eq!(judge_create(422, br#"{"detail":"bad"}"#), Created::Refused("bad".into()));
        assert_eq!(judge_create(404, b"<html>"), Created::Refused("the host answered 404".into()));
        for status in [302, 408, 500, 502, 503] {
            assert_eq!(judge_create(status, b""), Created::Unknown);
        }
    }
}
