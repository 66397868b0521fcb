//! Replicate's HTTP API (contract: Replicate). Predictions come in.

use super::hosts::{Access, Created, Heard, Host, Job, Page, Progress, Report, RunId, Signature, Stopped, is_refusal, milliseconds};
use crate::{
    domain::{
        catalogue::{Address, Target},
        generation::{Failure, FailureCode},
        time::Timestamp,
    },
    lanes::{Call, CallbackUrl, In, Lane as _, ModelInput, Outbound, Replicate as Lane},
    outbound_body,
    platform::Inbound,
};
use serde::Deserialize;
use serde_json::Value;

/// This host.
pub const HOST: Replicate = Replicate;

/// See [`HOST`].
#[derive(Debug, Clone, Copy)]
pub struct Replicate;

/// The vendor's own addresses (section 1; files: section 4).
const ACCESS: Access = Access {
    key: "REPLICATE_API_TOKEN",
    scheme: "Bearer",
    bases: &[("REPLICATE_API_URL", "https://api.replicate.com/v1")],
    secrets: Some("REPLICATE_WEBHOOK_SECRET"),
    deliveries: &["replicate.delivery"],
};

/// The messages that we want: `start` carries the host's id, `completed` the result (section 5).
const EVENTS: &[&str] = &["start", "completed"];

outbound_body! { Lane =>
    /// A create request's body (section 2).
    struct Create {
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<&'static str>,
        input: ModelInput<Lane>,
        webhook: In<Lane, CallbackUrl>,
        webhook_events_filter: &'static [&'static str],
    }
}

impl Host for Replicate {
    fn name(&self) -> &'static str {
        Lane::NAME
    }

    fn access(&self) -> &'static Access {
        &ACCESS
    }

    /// There is no idempotency key (section 1).
    fn create(&self, job: Job) -> Option<Call> {
        let input = ModelInput::new(job.told()?);
        let (path, version) = match job.target.address {
            Address::Name => (format!("/models/{}/predictions", job.target.model), None),
            Address::Version(version) => ("/predictions".to_owned(), Some(version)),
            Address::Deployment => (format!("/deployments/{}/predictions", job.target.model), None),
        };
        let body = Create { version, input, webhook: In::new(job.callback), webhook_events_filter: EVENTS };
        // Our own deadline instead of the account's: what runs longer is not paid for.
        Some(Outbound::<Lane>::post(path, &body).header("cancel-after", "30m").into())
    }

    /// The `start` message will carry the id, so it is not needed from here.
    fn created(&self, answer: &Inbound) -> Created {
        if (200..300).contains(&answer.status) {
            return Created::Accepted(None);
        }
        let detail = serde_json::from_slice::<Value>(&answer.body).ok().and_then(|problem| problem.get("detail")?.as_str().map(str::to_owned));
        Created::failed(answer.status, detail)
    }

    fn ask(&self, _: &Target, run: &RunId) -> Option<Call> {
        Some(Outbound::<Lane>::get(format!("/predictions/{}", run.as_str())).into())
    }

    fn heard(&self, _: &Target, _: &RunId, answer: &Inbound) -> Heard {
        match answer.status {
            200 => read(&answer.body).map_or(Heard::Nothing, |report| Heard::Says(Box::new(report))),
            404 => Heard::Unheard,
            _ => Heard::Nothing,
        }
    }

    fn cancel(&self, _: &Target, run: &RunId) -> Option<Call> {
        Some(Outbound::<Lane>::command(format!("/predictions/{}/cancel", run.as_str())).into())
    }

    /// The run as it is now; whether one that has ended answers so is unconfirmed (section 3).
    fn stopped(&self, _: &RunId, answer: &Inbound) -> Stopped {
        let report = Some(&answer.body).filter(|_| (200..300).contains(&answer.status)).and_then(|body| read(body));
        report.map_or(Stopped::Perhaps, |report| Stopped::Says(Box::new(report)))
    }

    fn message(&self, body: &[u8]) -> Option<Report> {
        read(body)
    }

    fn signature(&self) -> Signature {
        Signature::StandardWebhooks
    }

    /// Newest first.
    fn list(&self, since: Timestamp) -> Option<Call> {
        Some(Outbound::<Lane>::get(format!("/predictions?created_after={}", since.iso())).into())
    }

    /// Entries of another shape are left out. The next page is followed verbatim, but only within the API.
    fn listed(&self, base: &str, body: &[u8]) -> Option<Page> {
        let page: WirePage = serde_json::from_slice(body).ok()?;
        let entries = page.results.len();
        let read = |entry| serde_json::from_value::<Wire>(entry).ok().and_then(Wire::into_report);
        let reports: Vec<_> = page.results.into_iter().filter_map(read).collect();
        let within = |next: String| {
            let path = next.strip_prefix(base).filter(|path| path.starts_with("/predictions?"))?;
            Some(Outbound::<Lane>::get(path.to_owned()).into())
        };
        Some(Page { all_read: reports.len() == entries, reports, next: page.next.map(within) })
    }
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
fn read(body: &[u8]) -> Option<Report> {
    serde_json::from_slice::<Wire>(body).ok()?.into_report()
}

impl Wire {
    fn into_report(self) -> Option<Report> {
        let error = self.error.as_str().unwrap_or_default();
        let progress = match self.status.as_str() {
            "processing" => Progress::Running,
            "succeeded" if self.data_removed => {
                Progress::Ended(Failure::new(FailureCode::OutputLost, "the host deleted the output before it could be copied"))
            }
            "succeeded" => Progress::with_files(outputs(&self.output)),
            "failed" if is_refusal(error) => Progress::Ended(Failure::new(FailureCode::ContentRefused, error)),
            "failed" => Progress::Ended(Failure::new(FailureCode::HostFailed, error)),
            "canceled" => Progress::Ended(Failure::new(FailureCode::Canceled, "stopped at the host")),
            "aborted" => Progress::Ended(Failure::new(FailureCode::TimedOut, "the host did not start it in time")),
            // Section 3: what we do not know has not ended.
            _ => Progress::Starting,
        };
        let compute_ms = milliseconds(self.metrics.and_then(|metrics| metrics.predict_time));
        Some(Report { run: RunId::parse(&self.id)?, version: self.version, progress, compute_ms, seed: None, callback: self.webhook })
    }
}

/// A list of addresses, or one (section 4): a list in any case. What is no address among them is left out.
fn outputs(output: &Value) -> Vec<String> {
    match output {
        Value::String(url) => vec![url.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{MODELS, Model};
    use crate::lanes::Prompt;
    use serde_json::json;

    fn order(model: &'static Model, target: &'static Target) -> (String, String) {
        let parameters = model.accept(json!({"aspectRatio": "16:9", "seed": 7}).as_object().unwrap(), || 0).unwrap();
        let callback = CallbackUrl::new("https://studio.test/webhooks/replicate/x.y");
        let request = HOST.create(Job { target, prompt: Prompt::new("a \"red\" fox"), parameters, sources: vec![], callback }).unwrap();
        (request.path, String::from_utf8(request.body.unwrap()).unwrap())
    }

    #[test]
    fn snapshot_of_a_create_request() {
        let (path, body) = order(&MODELS[0], &MODELS[0].targets[0]);
        assert_eq!(path, "/models/black-forest-labs/flux-schnell/predictions");
        assert_eq!(
            body,
            r#"{"input":{"prompt":"a \"red\" fox","aspect_ratio":"16:9","num_outputs":1,"seed":7,"output_format":"webp"},"webhook":"https://studio.test/webhooks/replicate/x.y","webhook_events_filter":["start","completed"]}"#
        );
    }

    #[test]
    fn versions_and_deployments_have_paths_of_their_own() {
        const VERSION: &str = "5599ed30703defd1d160a25a63321b4dec97101d98b4674bcc56e41f62f35637";
        static VERSIONED: Target = Target { address: Address::Version(VERSION), ..MODELS[0].targets[0] };
        static DEPLOYED: Target = Target { address: Address::Deployment, model: "us/fast-flux", ..MODELS[0].targets[0] };
        let (path, body) = order(&MODELS[0], &VERSIONED);
        assert_eq!(path, "/predictions");
        assert!(body.starts_with(&format!(r#"{{"version":"{VERSION}","input":{{"#)), "{body}");
        assert_eq!(order(&MODELS[0], &DEPLOYED).0, "/deployments/us/fast-flux/predictions");
    }

    #[test]
    fn every_status() {
        let read_status = |status: &str, more: Value| {
            let mut body = json!({"id": "gm3qorzdhgbfurvjtvhg6dckhu", "status": status, "output": null, "error": null});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            HOST.message(body.to_string().as_bytes()).unwrap()
        };
        let ended = |report: Report| match report.progress {
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
        assert_eq!(HOST.message(br#"{"id":"../../evil","status":"starting"}"#), None);
        assert_eq!(HOST.message(b"<html>"), None);
    }

    #[test]
    fn pages_are_followed_within_the_api_only() {
        let next = |next: &str| {
            let page = HOST.listed("https://api.test/v1", json!({"results": [], "next": next}).to_string().as_bytes()).unwrap();
            page.next.unwrap().is_some()
        };
        assert!(next("https://api.test/v1/predictions?cursor=abc"));
        assert!(!next("https://evil.test/v1/predictions?cursor=abc"));
        assert!(!next("https://api.test/v1/account?x"));
    }

    #[test]
    fn an_odd_entry_does_not_hide_the_others() {
        let body = br#"{"results":[{"id":"gm3qorzdhgbfurvjtvhg6dckhu","status":"starting"},{"id":7},{"status":[]}],"next":null}"#;
        let page = HOST.listed("https://api.test/v1", body).unwrap();
        assert_eq!((page.reports.len(), page.all_read, page.next.is_none()), (1, false, true));
    }
}
