//! A prediction: its record, its states, and the object that the API and the webhooks show.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Word,
    models::{Model, Task},
    sources::Source,
    webhooks::{Events, Message},
};
use crate::time::rfc3339;

/// Where a prediction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits for a worker.
    Starting,
    /// Runs.
    Processing,
    /// Runs, but says so in a word that no documentation has ("odd status").
    Paused,
    /// Ended with output.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Cancelled by the user, or its deadline passed while it ran.
    Canceled,
    /// Its deadline passed before it started.
    Aborted,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Processing => "processing",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Aborted => "aborted",
        }
    }

    /// Whether nothing changes any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled | Self::Aborted)
    }
}

/// The record of one prediction.
#[derive(Debug, Clone)]
pub(super) struct Prediction {
    pub id: String,
    pub order: u64,
    pub model: &'static Model,
    /// 64 hex digits, or `hidden` for official models called by name.
    pub version: String,
    pub deployment: Option<String>,
    pub input: Map<String, Value>,
    pub seed: u64,
    pub words: BTreeSet<Word>,
    pub status: Status,
    pub files: Vec<String>,
    pub output: Value,
    pub logs: String,
    pub error: Option<String>,
    pub data_removed: bool,
    pub created_ms: i64,
    pub started_ms: Option<i64>,
    pub completed_ms: Option<i64>,
    pub deadline_ms: Option<i64>,
    pub webhook: Option<String>,
    pub events: Events,
    /// Messages that "reorder" keeps back until the completed event is out.
    pub kept: Vec<Message>,
    /// Steps that are still planned, to be taken back when it ends.
    pub planned: Vec<(i64, u64)>,
    /// The pictures that it starts from.
    pub sources: Vec<Source>,
    /// How many files it is to make.
    pub to_make: u32,
}

impl Prediction {
    /// Succeeded, or cancelled after it had begun (section 3 of the vendor's lifecycle page: billed for what ran).
    pub const fn billed(&self) -> bool {
        matches!(self.status, Status::Succeeded) || (matches!(self.status, Status::Canceled) && self.started_ms.is_some())
    }

    /// The object of `GET /predictions/{id}`, which is also the body of every webhook.
    pub fn json(&self, api_url: &str) -> Value {
        let get = format!("{api_url}/predictions/{}", self.id);
        let object = json!({
            "id": self.id,
            "model": self.model.path(),
            "version": self.version,
            "input": self.input,
            "output": self.output,
            "logs": self.logs,
            "error": self.error,
            "status": self.status.name(),
            "source": "api",
            "data_removed": self.data_removed,
            "created_at": rfc3339(self.created_ms),
            "started_at": self.started_ms.map(rfc3339),
            "completed_at": self.completed_ms.map(rfc3339),
            "urls": {"get": get, "cancel": format!("{get}/cancel"), "web": format!("https://replicate.com/p/{}", self.id)},
            "metrics": self.metrics(),
        });
        let optional = [
            ("deadline", self.deadline_ms.map(|deadline_ms| json!(rfc3339(deadline_ms)))),
            ("deployment", self.deployment.as_ref().map(|deployment| json!(deployment))),
            ("webhook", self.webhook.as_ref().map(|webhook| json!(webhook))),
            ("webhook_events_filter", self.webhook.as_ref().and_then(|_| Some(json!(self.events.asked()?)))),
        ];
        with(&object, optional)
    }

    fn metrics(&self) -> Value {
        let Some(completed_ms) = self.completed_ms else {
            return json!({});
        };
        let seconds = |from_ms: i64| Value::from(f64::from(i32::try_from(completed_ms - from_ms).unwrap_or(i32::MAX)) / 1_000.0);
        let optional = [
            ("predict_time", self.started_ms.map(seconds)),
            ("image_count", (self.status == Status::Succeeded && self.model.task != Task::Film).then(|| json!(self.files.len()))),
        ];
        with(&json!({"total_time": seconds(self.created_ms)}), optional)
    }
}

/// The object with those fields that have a value.
fn with<const COUNT: usize>(object: &Value, optional: [(&str, Option<Value>); COUNT]) -> Value {
    let fields = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    object.as_object().cloned().into_iter().flatten().chain(fields).collect()
}

/// What an auditor may know about a prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit<'a> {
    /// Its id.
    pub id: &'a str,
    /// `owner/name`.
    pub model: String,
    /// Where it stands.
    pub status: Status,
    /// Where its webhooks go.
    pub webhook: Option<&'a str>,
    /// How many files it has made.
    pub files: usize,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
    /// When it ended.
    pub completed_ms: Option<i64>,
    /// Whether it costs money.
    pub billed: bool,
    /// Whether its input, output and files are gone.
    pub data_removed: bool,
}
