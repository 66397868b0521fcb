//! A request that was accepted: its record, its states, and the objects that the status and the webhook show.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{faults::Fault, models::Model, sources::Source};
use crate::{time::rfc3339, words::Word};

/// Where a request stands, as far as an auditor cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits for a runner.
    InQueue,
    /// Runs.
    InProgress,
    /// Ended, well or not.
    Completed,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InQueue => "IN_QUEUE",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

/// A line of a run's log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub at_ms: i64,
    pub level: &'static str,
    pub message: String,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Output(Value),
    Fault(Fault),
}

/// The record of one request.
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own, and none excludes another")]
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub id: String,
    /// The id of the last attempt.
    pub gateway_id: String,
    pub order: u64,
    pub model: &'static Model,
    pub input: Map<String, Value>,
    pub seed: u64,
    pub words: BTreeSet<Word>,
    /// `x-fal-queue-priority: low`.
    pub low: bool,
    pub no_retry: bool,
    /// Whether request and response are kept (`x-fal-store-io`).
    pub stored: bool,
    /// How long its files are kept.
    pub file_life_ms: i64,
    /// A direct call: no queue shows it.
    pub direct: bool,
    pub webhook: Option<String>,
    pub status: Status,
    /// Its way through the queue is over, only a free runner is missing.
    pub ready: bool,
    /// It shows an unknown status ("odd status").
    pub odd: bool,
    pub sources: Vec<Source>,
    /// What its model says of its input, as soon as it has seen that.
    pub refusal: Option<Fault>,
    pub logs: Vec<Line>,
    pub outcome: Option<Outcome>,
    pub files: usize,
    pub created_ms: i64,
    pub started_ms: Option<i64>,
    /// When the run will end by itself, if it will.
    pub finish_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    /// Input and output are gone.
    pub forgotten: bool,
    /// Steps that are still planned, to be taken back when it ends.
    pub planned: Vec<(i64, u64)>,
}

impl Job {
    /// Low priorities come after all others.
    pub const fn place(&self) -> (bool, u64) {
        (self.low, self.order)
    }

    /// Success, or an error for which a GPU has worked (section "errors": 5xx are not billed, 422 may be).
    pub const fn billed(&self) -> bool {
        match &self.outcome {
            Some(Outcome::Output(_)) => true,
            Some(Outcome::Fault(fault)) => fault.spent,
            None => false,
        }
    }

    /// The addresses under which a request is asked for: without the path of the submit address.
    pub fn urls(&self, queue_url: &str) -> Value {
        let result = format!("{queue_url}/{}/requests/{}", self.model.app(), self.id);
        json!({"request_id": self.id, "response_url": result, "status_url": format!("{result}/status"), "cancel_url": format!("{result}/cancel")})
    }

    /// The status object, with so many others before it in the queue.
    pub fn status_json(&self, queue_url: &str, ahead: usize, logs: bool) -> Value {
        let logs = || if logs { Value::Array(self.logs.iter().map(Line::json).collect()) } else { Value::Null };
        let own = match self.status {
            Status::InQueue => json!({"status": "IN_QUEUE", "queue_position": ahead}),
            Status::InProgress => json!({"status": if self.odd { "PAUSED" } else { "IN_PROGRESS" }, "logs": logs()}),
            Status::Completed => json!({"status": "COMPLETED", "logs": logs(), "metrics": {"inference_time": self.inference_time()}}),
        };
        let error = match &self.outcome {
            Some(Outcome::Fault(fault)) => fault.error_type.map(|error_type| json!({"error": fault.sentence(), "error_type": error_type})),
            _ => None,
        };
        merged([own, self.urls(queue_url), error.unwrap_or_default()])
    }

    /// Seconds of the run, if it began.
    fn inference_time(&self) -> Option<f64> {
        let ms = self.ended_ms? - self.started_ms?;
        Some(f64::from(i32::try_from(ms).unwrap_or(i32::MAX)) / 1_000.0)
    }

    /// The body of its webhook.
    pub fn webhook_json(&self) -> Value {
        let ids = json!({"request_id": self.id, "gateway_request_id": self.gateway_id});
        let rest = match &self.outcome {
            Some(Outcome::Fault(fault)) => {
                json!({"status": "ERROR", "error": format!("Invalid status code: {}", fault.status), "payload": fault.body})
            }
            Some(Outcome::Output(_)) if self.words.contains(&Word::NoPayload) => json!({
                "status": "OK",
                "payload": null,
                "payload_error": "Response payload is not JSON serializable. Either return a JSON serializable object or use the queue endpoint to retrieve the response.",
            }),
            Some(Outcome::Output(output)) => json!({"status": "OK", "payload": output}),
            None => Value::Null,
        };
        merged([ids, rest])
    }
}

impl Line {
    fn json(&self) -> Value {
        json!({"message": self.message, "level": self.level, "source": "USER", "timestamp": rfc3339(self.at_ms)})
    }
}

/// The fields of several objects in one.
pub(super) fn merged<const COUNT: usize>(objects: [Value; COUNT]) -> Value {
    objects.into_iter().filter_map(|object| if let Value::Object(fields) = object { Some(fields) } else { None }).flatten().collect()
}

/// What an auditor may know about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit<'a> {
    /// Its id.
    pub id: &'a str,
    /// `fal-ai/flux/dev`.
    pub model: &'static str,
    /// Where it stands.
    pub status: Status,
    /// The HTTP status of its result, once it has ended.
    pub result: Option<u16>,
    /// Where its webhook goes.
    pub webhook: Option<&'a str>,
    /// How many files it has made.
    pub files: usize,
    /// When it was accepted, in milliseconds since the epoch.
    pub created_ms: i64,
    /// When it ended.
    pub completed_ms: Option<i64>,
    /// Whether it costs money.
    pub billed: bool,
    /// Whether its input and output are gone.
    pub data_removed: bool,
}

impl Job {
    pub(super) fn audit(&self) -> Audit<'_> {
        Audit {
            id: &self.id,
            model: self.model.id,
            status: self.status,
            result: self.outcome.as_ref().map(|outcome| match outcome {
                Outcome::Output(_) => 200,
                Outcome::Fault(fault) => fault.status,
            }),
            webhook: self.webhook.as_deref(),
            files: self.files,
            created_ms: self.created_ms,
            completed_ms: self.ended_ms,
            billed: self.billed(),
            data_removed: self.forgotten,
        }
    }
}
