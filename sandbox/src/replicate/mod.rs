//! Replicate's HTTP API as a state machine: pure, synchronous, deterministic. Time is an argument (milliseconds since the
//! Unix epoch), chance comes from a seed. Sources: the vendor's `OpenAPI` document 1.0.0-a1 and its pages on predictions,
//! files and webhooks.
//!
//! # Words that ask for trouble
//!
//! These phrases in a prompt, in any case, alone or in brackets, but never as part of a longer word:
//!
//! - at creation: `refused` (422), `throttled` (429), `payment` (402), `broken host` (500, nothing starts), `lost answer`
//!   (it starts, but the connection drops);
//! - while it runs: `fail`, `nsfw`, `slow` (15 s), `long queue` (30 s), `forever` (until cancelled or 30 minutes), `aborted`,
//!   `odd status` ("paused" for 2 s);
//! - webhooks: `lost webhook`, `twice` (two messages), `late webhook` (2 minutes), `reorder` (completed comes first);
//! - output: `no output`, `data output`, `html output`, `svg output`, `truncated output`, `huge output`, `empty output`,
//!   `redirect output`, `gone output`, `foreign output`, `no length`.
//!
//! [`WORDS`] lists them with their meaning.
//!
//! # Pictures to start from
//!
//! Inputs may point to pictures. `data:` URLs, files of the files API and outputs are at hand; what is elsewhere the machine asks
//! its caller for, with [`Replicate::fetches`], and is told with [`Replicate::fetched`].

mod catalogue;
mod create;
mod families;
mod hosted;
mod models;
mod outputs;
mod pages;
mod prediction;
mod schema;
mod sources;
mod steps;
#[cfg(test)]
mod tests;
mod uploads;
mod webhooks;

use std::collections::BTreeMap;

use serde_json::Value;

pub use prediction::{Audit, Status};

pub use crate::exchange::{Hold, Request, Response, Transfer};
pub use crate::fetching::{Fetch, Fetched};
pub use crate::words::{WORDS, Word};
use crate::{dice::Dice, exchange, fetching::Fetches, signing};
use outputs::OutputFile;
use prediction::Prediction;
use steps::Step;
use uploads::Upload;
use webhooks::Message;

/// What the machine is told at its construction.
#[derive(Debug, Clone)]
pub struct Config {
    /// The only token that it accepts.
    pub token: String,
    /// `whsec_<base64>`.
    pub webhook_secret: String,
    /// Where the API is, without a slash at the end: `http://127.0.0.1:9000/replicate/v1`.
    pub api_url: String,
    /// Where output files are, without a slash at the end: `http://127.0.0.1:9000/replicate/delivery`.
    pub delivery_url: String,
    /// Every id and delay comes from it.
    pub seed: u64,
    /// How large pictures are.
    pub pictures: Pictures,
    /// Queueing and running are this many times as fast; 1 is about the vendor's pace, 0 counts as 1.
    pub speed: u32,
}

/// How large pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pictures {
    /// As large as the model's: about a megapixel.
    Full,
    /// The longest side has 64 pixels, for a simulation that makes thousands.
    Small,
}

/// A webhook that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The `webhook-id`, unchanged when the message is tried again.
    pub id: String,
    /// Where to `POST` it.
    pub url: String,
    /// Content type and signature.
    pub headers: Vec<(String, String)>,
    /// The prediction as it was at the event.
    pub body: Vec<u8>,
}

/// What can be wrong with the whole vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// The API and the file host answer 503; what was accepted goes on, and webhooks are sent.
    Down,
    /// They answer again.
    Up,
    /// Webhooks that become due are lost.
    MuteWebhooks,
    /// Webhooks are sent again.
    DeliverWebhooks,
}

/// The vendor.
#[derive(Debug)]
pub struct Replicate {
    config: Config,
    api_path: String,
    delivery_path: String,
    webhook_key: Vec<u8>,
    dice: Dice,
    counter: u64,
    now_ms: i64,
    down: bool,
    muted: bool,
    predictions: BTreeMap<String, Prediction>,
    order: BTreeMap<u64, String>,
    steps: BTreeMap<(i64, u64), (String, Step)>,
    outbox: BTreeMap<(i64, u64), Message>,
    in_flight: BTreeMap<String, Message>,
    files: BTreeMap<String, OutputFile>,
    uploads: BTreeMap<String, Upload>,
    fetching: Fetches,
}

impl Replicate {
    /// A vendor without predictions. A webhook secret that is not base64 is used as it is.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            api_path: exchange::path_of(&config.api_url),
            delivery_path: exchange::path_of(&config.delivery_url),
            webhook_key: signing::key_of(&config.webhook_secret).unwrap_or_else(|| config.webhook_secret.clone().into_bytes()),
            dice: Dice::new(config.seed),
            counter: 0,
            now_ms: i64::MIN,
            down: false,
            muted: false,
            predictions: BTreeMap::new(),
            order: BTreeMap::new(),
            steps: BTreeMap::new(),
            outbox: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            fetching: Fetches::default(),
            config,
        }
    }

    /// Answers a request to the API or to the file host.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        self.begin(now_ms, request).finish()
    }

    /// The same, but a picture is still to be drawn with [`Response::finish`].
    pub(crate) fn begin(&mut self, now_ms: i64, request: &Request) -> Response {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        self.expire_uploads(now_ms);
        if self.down {
            return Response::broken(503);
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if let Some(path) = path.strip_prefix(&format!("{}/", self.api_path)) {
            return self.api(now_ms, request, path, query);
        }
        match path.strip_prefix(&format!("{}/", self.delivery_path)) {
            Some(path) => self.file(request, path),
            None => Response::detail(404, "The requested resource could not be found."),
        }
    }

    fn api(&mut self, now_ms: i64, request: &Request, path: &str, query: &str) -> Response {
        let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let method = request.method.as_str();
        if let ("GET", ["files", id, "download"]) = (method, segments.as_slice()) {
            return self.download_upload(now_ms, id, query);
        }
        if !self.authorized(request) {
            return Response::problem(401, "Unauthenticated", "You did not pass a valid authentication token");
        }
        match (method, segments.as_slice()) {
            ("POST", ["predictions"]) => self.create_by_version(now_ms, request),
            ("POST", ["models", owner, name, "predictions"]) => self.create_by_model(now_ms, request, &format!("{owner}/{name}")),
            ("POST", ["deployments", owner, name, "predictions"]) => self.create_by_deployment(now_ms, request, &format!("{owner}/{name}")),
            ("GET", ["predictions"]) => self.list(query),
            ("GET", ["predictions", id]) => self.show(200, id),
            ("POST", ["predictions", id, "cancel"]) => {
                self.cancel(now_ms, id, false);
                self.show(200, id)
            }
            ("POST", ["files"]) => self.upload(now_ms, request),
            ("GET", ["files"]) => self.list_uploads(),
            ("GET", ["files", id]) => self.show_upload(id),
            ("DELETE", ["files", id]) => self.delete_upload(id),
            ("GET", ["webhooks", "default", "secret"]) => self.webhook_secret(),
            ("GET", ["account"]) => catalogue::account(),
            ("GET", ["models"]) => catalogue::list(),
            ("GET", ["models", owner, name]) => catalogue::model(&format!("{owner}/{name}")),
            ("GET", ["models", owner, name, "versions"]) => catalogue::versions(&format!("{owner}/{name}")),
            ("GET", ["models", owner, name, "versions", id]) => catalogue::version(&format!("{owner}/{name}"), id),
            ("GET", ["search"]) => catalogue::search(query),
            _ => Response::detail(404, "The requested resource could not be found."),
        }
    }

    fn authorized(&self, request: &Request) -> bool {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("Token ")));
        token == Some(self.config.token.as_str())
    }

    fn webhook_secret(&self) -> Response {
        Response::json(200, &serde_json::json!({"key": self.config.webhook_secret}))
    }

    fn show(&self, status: u16, id: &str) -> Response {
        match self.predictions.get(id) {
            Some(prediction) => Response::json(status, &prediction.json(&self.config.api_url)),
            None => Response::detail(404, "The requested resource could not be found."),
        }
    }

    /// The answer that a [`Hold`] kept back, or `None` while it is still kept: 201 when the prediction has ended, 202 when
    /// the time is up first.
    pub fn release(&mut self, now_ms: i64, hold: &Hold) -> Option<Response> {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        let ended = self.predictions.get(&hold.prediction).is_none_or(|prediction| prediction.status.is_terminal());
        match (ended, now_ms >= hold.until_ms) {
            (true, _) => Some(self.show(201, &hold.prediction)),
            (false, true) => Some(self.show(202, &hold.prediction)),
            (false, false) => None,
        }
    }

    /// When [`Replicate::advance`] next has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let step = self.steps.keys().next().map(|(at_ms, _)| *at_ms);
        let message = self.outbox.keys().next().map(|(at_ms, _)| *at_ms);
        [step, message].into_iter().flatten().min()
    }

    /// Takes every step that is due and returns the webhooks to send now, signed for this moment. Report what became of
    /// each with [`Replicate::delivered`].
    pub fn advance(&mut self, now_ms: i64) -> Vec<Delivery> {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        self.send_due(now_ms)
    }

    /// Breaks or mends the whole vendor.
    pub const fn outage(&mut self, outage: Outage) {
        match outage {
            Outage::Down => self.down = true,
            Outage::Up => self.down = false,
            Outage::MuteWebhooks => self.muted = true,
            Outage::DeliverWebhooks => self.muted = false,
        }
    }

    /// Every prediction, oldest first, for an auditor.
    pub fn predictions(&self) -> impl Iterator<Item = Audit<'_>> {
        self.order.values().filter_map(|id| self.predictions.get(id)).map(|prediction| Audit {
            id: &prediction.id,
            model: prediction.model.path(),
            status: prediction.status,
            webhook: prediction.webhook.as_deref(),
            files: prediction.files.len(),
            created_ms: prediction.created_ms,
            completed_ms: prediction.completed_ms,
            billed: prediction.billed(),
            data_removed: prediction.data_removed,
        })
    }

    /// The prediction as the API would show it.
    #[must_use]
    pub fn prediction(&self, id: &str) -> Option<Value> {
        self.predictions.get(id).map(|prediction| prediction.json(&self.config.api_url))
    }

    /// A clock that runs backwards is not the vendor's.
    fn not_before(&mut self, now_ms: i64) -> i64 {
        self.now_ms = self.now_ms.max(now_ms);
        self.now_ms
    }
}
