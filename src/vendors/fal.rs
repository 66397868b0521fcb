//! fal.ai's queue (contract: fal). Its messages come once, at the end, and its list of runs is nobody's to ask for: so the name of a run is kept
//! from the answer to the order.

mod signature;
pub use signature::{Signed, keys_request, read_keys, signed_message};

use super::hosts::{Access, Created, Heard, Host, Job, Progress, Report, RunId, Signature, Stopped, milliseconds};
use crate::{
    domain::{
        catalogue::Target,
        generation::{Failure, FailureCode},
    },
    lanes::{Call, CallbackUrl, Fal as Lane, In, Lane as _, ModelInput, Outbound},
    outbound_body,
    platform::Inbound,
};
use serde_json::Value;

/// This host.
pub const HOST: Fal = Fal;

/// See [`HOST`].
#[derive(Debug, Clone, Copy)]
pub struct Fal;

/// The vendor's own addresses (section 1): the queue; storage and keys.
const ACCESS: Access = Access {
    key: "FAL_KEY",
    scheme: "Key",
    bases: &[("FAL_QUEUE_URL", "https://queue.fal.run"), ("FAL_REST_URL", "https://rest.fal.ai")],
    secrets: None,
    deliveries: &["fal.media"],
};
/// The second of the base addresses.
const REST: usize = 1;

/// What does not start in this time is not to start (section 2): seconds.
const START_S: &str = "1800";
/// Files are copied at once; the host's own may go after a day.
const LIFECYCLE: &str = r#"{"expiration_duration_seconds":86400}"#;

outbound_body! { Lane =>
    /// A request's body is the model's input itself (section 2).
    struct Create {
        #[serde(flatten)]
        input: ModelInput<Lane>,
    }
}

/// The path of a run: what follows the application's name is dropped (section 2).
fn path(target: &Target, run: &RunId, rest: &str) -> String {
    let app: Vec<_> = target.model.split('/').take(2).collect();
    format!("/{}/requests/{}{rest}", app.join("/"), run.as_str())
}

impl Host for Fal {
    fn name(&self) -> &'static str {
        Lane::NAME
    }

    fn access(&self) -> &'static Access {
        &ACCESS
    }

    /// There is no idempotency key (section 2).
    fn create(&self, job: Job) -> Option<Call> {
        let body = Create { input: ModelInput::new(job.told()?) };
        let request = Outbound::<Lane>::post(format!("/{}", job.target.model), &body)
            .query::<CallbackUrl>("fal_webhook", &In::new(job.callback))
            .header("x-fal-request-timeout", START_S)
            .header("x-fal-object-lifecycle-preference", LIFECYCLE);
        Some(request.into())
    }

    fn created(&self, answer: &Inbound) -> Created {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            return Created::Accepted(at(&body, "/request_id").as_str().and_then(RunId::parse));
        }
        Created::failed(answer.status, words(&body))
    }

    fn ask(&self, target: &Target, run: &RunId) -> Option<Call> {
        Some(Outbound::<Lane>::get(path(target, run, "/status")).into())
    }

    /// `COMPLETED` does not mean success: then the result is asked for, which replays the model's own error (section 2).
    fn heard(&self, target: &Target, run: &RunId, answer: &Inbound) -> Heard {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return Heard::Nothing };
        let says = |progress, compute_ms| Heard::Says(Box::new(report(run.clone(), progress, compute_ms, at(&body, "/seed").as_i64())));
        match (answer.status, at(&body, "/status").as_str()) {
            (200, Some("COMPLETED")) => match at(&body, "/error").as_str() {
                Some(error) => {
                    says(Progress::Ended(failure(at(&body, "/error_type"), error)), milliseconds(at(&body, "/metrics/inference_time").as_f64()))
                }
                None => Heard::Ask(Outbound::<Lane>::get(path(target, run, "")).into()),
            },
            (200 | 202, Some("IN_PROGRESS")) => says(Progress::Running, None),
            // Section 2: any other value has not ended.
            (200 | 202, Some(_)) => says(Progress::Starting, None),
            (200, None) => says(made(&body), None),
            (404, _) => Heard::Unheard,
            // The model's own error (section 5), replayed. What is wrong with our key, our balance or our question says nothing of the run.
            (400 | 413 | 415 | 422 | 499, _) if at(&body, "/detail").is_array() || at(&body, "/error_type").is_string() || answer.status == 422 => {
                says(Progress::Ended(refused(&body)), None)
            }
            _ => Heard::Nothing,
        }
    }

    fn cancel(&self, target: &Target, run: &RunId) -> Option<Call> {
        Some(Outbound::<Lane>::put(path(target, run, "/cancel")).into())
    }

    /// `OK`: it was still in the queue, and is no more (section 2). Everything else comes with the answer to the next question.
    fn stopped(&self, _run: &RunId, answer: &Inbound) -> Stopped {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let gone = (200..300).contains(&answer.status) && at(&body, "/status") == "OK";
        if gone { Stopped::Gone } else { Stopped::Perhaps }
    }

    fn message(&self, body: &[u8]) -> Option<Report> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let run = RunId::parse(at(&body, "/request_id").as_str()?)?;
        let payload = at(&body, "/payload");
        let progress = match at(&body, "/status").as_str()? {
            // Too odd for a message: it is asked for.
            "OK" if payload.is_null() && at(&body, "/payload_error").is_string() => Progress::Running,
            "OK" => made(payload),
            "ERROR" if at(payload, "/detail").is_null() => {
                Progress::Ended(failure(&Value::Null, at(&body, "/error").as_str().unwrap_or("the model failed")))
            }
            "ERROR" => Progress::Ended(refused(payload)),
            _ => return None,
        };
        Some(report(run, progress, milliseconds(at(payload, "/timings/inference").as_f64()), at(payload, "/seed").as_i64()))
    }

    fn signature(&self) -> Signature {
        Signature::Fal
    }
}

fn report(run: RunId, progress: Progress, compute_ms: Option<i64>, seed: Option<i64>) -> Report {
    Report { run, version: None, progress, compute_ms, seed, callback: None }
}

/// What a model's output holds (section 6): `images`, `image` or `video`. What its filter has blackened is left out.
fn made(output: &Value) -> Progress {
    let files: Vec<_> = match (at(output, "/images"), at(output, "/image"), at(output, "/video")) {
        (Value::Array(images), ..) => images.iter().collect(),
        (_, one @ Value::Object(_), _) | (_, _, one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    let blackened = |n: usize| at(output, "/has_nsfw_concepts").get(n).and_then(Value::as_bool) == Some(true);
    if !files.is_empty() && (0..files.len()).all(blackened) {
        return Progress::Ended(Failure::new(FailureCode::ContentRefused, "the host's filter has blackened it"));
    }
    let shown = files.iter().enumerate().filter(|(n, _)| !blackened(*n));
    Progress::with_files(shown.filter_map(|(_, file)| at(file, "/url").as_str().map(str::to_owned)).collect())
}

/// A model's error (section 5): a list of details, or one text.
fn refused(body: &Value) -> Failure {
    let kinds = at(body, "/detail").as_array().into_iter().flatten().map(|detail| at(detail, "/type"));
    let kind = kinds.into_iter().find(|kind| is_policy(kind)).unwrap_or(at(body, "/error_type"));
    failure(kind, &words(body).unwrap_or_else(|| "the model failed".to_owned()))
}

fn failure(kind: &Value, words: &str) -> Failure {
    let code = match kind.as_str() {
        _ if is_policy(kind) => FailureCode::ContentRefused,
        Some("request_timeout" | "startup_timeout" | "generation_timeout") => FailureCode::TimedOut,
        Some("client_cancelled") => FailureCode::Canceled,
        _ => FailureCode::HostFailed,
    };
    Failure::new(code, words)
}

/// Section 5: the type decides, never the message.
fn is_policy(kind: &Value) -> bool {
    kind == "content_policy_violation"
}

/// What stands there; null if nothing does.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// What a body says to people.
fn words(body: &Value) -> Option<String> {
    match at(body, "/detail") {
        Value::String(text) => Some(text.clone()),
        Value::Array(details) => {
            let each = details.iter().filter_map(|detail| {
                let place: Vec<_> =
                    at(detail, "/loc").as_array().into_iter().flatten().filter_map(Value::as_str).filter(|part| *part != "body").collect();
                Some(format!("{}: {}", place.join("."), at(detail, "/msg").as_str()?))
            });
            Some(each.collect::<Vec<_>>().join("; "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::MODELS;
    use crate::lanes::Prompt;
    use serde_json::json;

    const RUN: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";

    fn target() -> &'static Target {
        MODELS.iter().flat_map(|model| model.targets).find(|target| target.model == "fal-ai/flux/dev").unwrap()
    }

    fn heard(status: u16, body: &Value) -> Heard {
        let answer = Inbound { status, body: body.to_string().into_bytes(), cache_control: None };
        HOST.heard(target(), &RunId::parse(RUN).unwrap(), &answer)
    }

    fn said(heard: Heard) -> Progress {
        match heard {
            Heard::Says(report) => report.progress,
            other => panic!("{other:?}"),
        }
    }

    fn code(progress: &Progress) -> FailureCode {
        match progress {
            Progress::Ended(failure) => failure.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn snapshot_of_a_submission() {
        let model = MODELS.iter().find(|model| model.id == "flux-dev").unwrap();
        let parameters = model.accept(json!({"aspectRatio": "16:9", "seed": 7}).as_object().unwrap(), || 0).unwrap();
        let callback = CallbackUrl::new("https://studio.test/webhooks/fal/x.y");
        let request = HOST.create(Job { target: target(), prompt: Prompt::new("a \"red\" fox"), parameters, sources: vec![], callback }).unwrap();
        assert_eq!(request.path, "/fal-ai/flux/dev?fal_webhook=https%3A%2F%2Fstudio.test%2Fwebhooks%2Ffal%2Fx.y");
        assert_eq!(
            String::from_utf8(request.body.unwrap()).unwrap(),
            r#"{"prompt":"a \"red\" fox","image_size":{"width":1344,"height":768},"num_images":1,"seed":7,"output_format":"jpeg"}"#
        );
    }

    #[test]
    fn the_queue() {
        assert_eq!(HOST.ask(target(), &RunId::parse(RUN).unwrap()).unwrap().path, format!("/fal-ai/flux/requests/{RUN}/status"));
        assert_eq!(said(heard(202, &json!({"status": "IN_QUEUE", "queue_position": 3}))), Progress::Starting);
        assert_eq!(said(heard(202, &json!({"status": "IN_PROGRESS", "logs": null}))), Progress::Running);
        assert_eq!(said(heard(200, &json!({"status": "SOMETHING_NEW"}))), Progress::Starting);
        match heard(200, &json!({"status": "COMPLETED", "metrics": {"inference_time": 1.5}})) {
            Heard::Ask(call) => assert_eq!((call.method, call.path), ("GET", format!("/fal-ai/flux/requests/{RUN}"))),
            other => panic!("{other:?}"),
        }
        assert_eq!(code(&said(heard(200, &json!({"status": "COMPLETED", "error": "x", "error_type": "startup_timeout"})))), FailureCode::TimedOut);
        assert_eq!(code(&said(heard(200, &json!({"status": "COMPLETED", "error": "x"})))), FailureCode::HostFailed);
        assert!(matches!(heard(404, &json!({"detail": "Not found"})), Heard::Unheard));
        for status in [401, 402, 403, 405, 408, 429, 500, 503] {
            assert!(matches!(heard(status, &json!({"detail": "User is locked. Reason: Exhausted balance."})), Heard::Nothing), "{status}");
        }
    }

    #[test]
    fn results() {
        let files = |output: Value| said(heard(200, &output));
        assert_eq!(files(json!({"images": [{"url": "a"}, {"url": "b"}], "seed": 7})), Progress::Succeeded(vec!["a".into(), "b".into()]));
        assert_eq!(files(json!({"video": {"url": "v"}})), Progress::Succeeded(vec!["v".into()]));
        assert_eq!(files(json!({"image": {"url": "i"}})), Progress::Succeeded(vec!["i".into()]));
        let half = json!({"images": [{"url": "a"}, {"url": "b"}], "has_nsfw_concepts": [true, false]});
        assert_eq!(files(half), Progress::Succeeded(vec!["b".into()]));
        assert_eq!(code(&files(json!({"images": [{"url": "a"}], "has_nsfw_concepts": [true]}))), FailureCode::ContentRefused);
        for nothing in [json!({}), json!({"images": []}), json!({"images": [{}]}), json!({"image": "x"})] {
            assert_eq!(code(&files(nothing)), FailureCode::OutputUnusable);
        }
        let refused = json!({"detail": [{"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}]});
        assert_eq!(code(&said(heard(422, &refused))), FailureCode::ContentRefused);
    }

    #[test]
    fn messages() {
        let message = |body: Value| HOST.message(body.to_string().as_bytes());
        let ok = message(json!({"request_id": RUN, "status": "OK", "payload": {"images": [{"url": "a"}], "seed": 42}})).unwrap();
        assert_eq!((ok.progress, ok.seed), (Progress::Succeeded(vec!["a".into()]), Some(42)));
        let error = json!({"request_id": RUN, "status": "ERROR", "error": "Invalid status code: 422", "payload": {"detail": [{"loc": ["body", "prompt"], "msg": "field required", "type": "value_error.missing"}]}});
        match message(error).unwrap().progress {
            Progress::Ended(failure) => assert_eq!((failure.code, failure.detail.as_str()), (FailureCode::HostFailed, "prompt: field required")),
            other => panic!("{other:?}"),
        }
        let odd = json!({"request_id": RUN, "status": "OK", "payload": null, "payload_error": "not serializable"});
        assert_eq!(message(odd).unwrap().progress, Progress::Running);
        for bad in [json!({}), json!({"request_id": "../..", "status": "OK"}), json!({"request_id": RUN, "status": "COMPLETED"})] {
            assert_eq!(message(bad), None);
        }
    }

    #[test]
    fn orders() {
        let created = |status, body: Value| HOST.created(&Inbound { status, body: body.to_string().into_bytes(), cache_control: None });
        assert_eq!(created(200, json!({"request_id": RUN, "status": "IN_QUEUE"})), Created::Accepted(RunId::parse(RUN)));
        assert_eq!(created(200, json!([])), Created::Accepted(None));
        let reason = "User is locked. Reason: Exhausted balance.".to_owned();
        assert_eq!(created(403, json!({"detail": reason})), Created::Refused { reason, elsewhere: true, busy: false });
        let reason = "image_size: bad".to_owned();
        let detail = json!([{"loc": ["body", "image_size"], "msg": "bad", "type": "value_error"}]);
        assert_eq!(created(422, json!({"detail": detail})), Created::Refused { reason, elsewhere: false, busy: false });
        assert_eq!(created(503, json!({})), Created::Unknown);
    }
}
