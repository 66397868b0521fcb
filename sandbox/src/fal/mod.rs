//! fal.ai as a state machine: pure, synchronous, deterministic. Time is an argument (milliseconds since the Unix epoch),
//! chance comes from a seed. Sources: `@fal-ai/client` 1.10.1 with its generated types, and the vendor's pages on the queue,
//! webhooks, model errors, request errors and retries.
//!
//! Four hosts of the vendor are four paths below one address: `queue` (`queue.fal.run`), `run` (`fal.run`), `rest`
//! (`rest.fal.ai`) and `media` (`*.fal.media`).
//!
//! Inputs may point to pictures. `data:` addresses and files of its own are at hand; what is elsewhere the machine asks its
//! caller for, with [`Fal::fetches`], and is told with [`Fal::fetched`].
//!
//! Words in a prompt ask for trouble, see [`crate::words`]. An input is looked at by its model, not by the queue: what is
//! wrong with it is what the result answers.

mod answers;
mod faults;
mod hosted;
mod inputs;
mod job;
mod keys;
mod media;
mod models;
mod outputs;
mod render;
mod sizes;
mod sources;
mod steps;
mod storage;
mod submit;
#[cfg(test)]
mod tests;
mod webhooks;

use std::collections::BTreeMap;

use serde_json::Value;

pub use crate::replicate::Pictures;
pub use job::{Audit, Status};

use crate::{
    dice::Dice,
    exchange::{self, Request, Response},
    fetching::Fetches,
};
use faults::Fault;
use job::Job;
use keys::Keyring;
use media::File;
use steps::Step;
use storage::Upload;
use webhooks::Message;

/// What the machine is told at its construction.
#[derive(Debug, Clone)]
pub struct Config {
    /// The only key that it accepts, `id:secret`.
    pub key: String,
    /// The user that its webhooks are signed for.
    pub user_id: String,
    /// What its four hosts are below, without a slash at the end: `http://127.0.0.1:9000/fal`.
    pub base_url: String,
    /// Every id and delay comes from it.
    pub seed: u64,
    /// How large pictures are.
    pub pictures: Pictures,
    /// Queueing and running are this many times as fast; 1 is about the vendor's pace, 0 counts as 1.
    pub speed: u32,
    /// How many requests run at a time; more wait in the queue. 0 counts as 1.
    pub concurrency: usize,
}

/// A webhook that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The sandbox's own name of the message; the vendor sends none.
    pub id: String,
    /// Where to `POST` it.
    pub url: String,
    /// Content type and signature.
    pub headers: Vec<(String, String)>,
    /// How the request ended.
    pub body: Vec<u8>,
}

/// What can be wrong with the whole vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// All hosts answer 503; what was accepted goes on, and webhooks are sent.
    Down,
    /// They answer again.
    Up,
    /// Webhooks that become due are lost.
    MuteWebhooks,
    /// Webhooks are sent again.
    DeliverWebhooks,
}

impl Outage {
    /// By the name of its mode in a control's body.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "down" => Some(Self::Down),
            "up" => Some(Self::Up),
            "mute-webhooks" => Some(Self::MuteWebhooks),
            "deliver-webhooks" => Some(Self::DeliverWebhooks),
            _ => None,
        }
    }
}

/// The vendor.
#[derive(Debug)]
pub struct Fal {
    config: Config,
    base_path: String,
    keys: Keyring,
    dice: Dice,
    counter: u64,
    now_ms: i64,
    down: bool,
    muted: bool,
    jobs: BTreeMap<String, Job>,
    order: BTreeMap<u64, String>,
    /// Who waits, in the order in which they will run.
    queued: BTreeMap<(bool, u64), String>,
    running: usize,
    steps: BTreeMap<(i64, u64), (String, Step)>,
    outbox: BTreeMap<(i64, u64), Message>,
    in_flight: BTreeMap<String, Message>,
    files: BTreeMap<String, File>,
    uploads: BTreeMap<String, Upload>,
    fetching: Fetches,
}

impl Fal {
    /// A vendor without requests.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            base_path: exchange::path_of(&config.base_url),
            keys: Keyring::default(),
            dice: Dice::new(config.seed),
            counter: 0,
            now_ms: i64::MIN,
            down: false,
            muted: false,
            jobs: BTreeMap::new(),
            order: BTreeMap::new(),
            queued: BTreeMap::new(),
            running: 0,
            steps: BTreeMap::new(),
            outbox: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            fetching: Fetches::default(),
            config,
        }
    }

    /// Answers a request to any of its hosts. An answer with a [`crate::exchange::Hold`] is to be asked for with [`Fal::release`].
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        self.begin(now_ms, request).finish()
    }

    /// The same, but a file is still to be made with [`Response::finish`].
    pub(crate) fn begin(&mut self, now_ms: i64, request: &Request) -> Response {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        if self.down {
            return Response::broken(503);
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let Some((host, path)) = path.strip_prefix(&self.base_path).and_then(|path| path.strip_prefix('/')?.split_once('/')) else {
            return not_found();
        };
        let path = path.trim_end_matches('/').to_owned();
        let query = exchange::query(query);
        let open = host == "media" || (host == "rest" && (path == ".well-known/jwks.json" || path.starts_with(storage::PUT_PATH)));
        if !open && !self.authorized(request) {
            return Response::detail(401, "Cannot access application. Authentication is required to access this application.");
        }
        match host {
            "queue" => self.queue(now_ms, request, &path, &query),
            "run" if request.method == "POST" => self.run(now_ms, request, &path),
            "rest" if path == ".well-known/jwks.json" && request.method == "GET" => Response::json(200, &self.keys.json()),
            "rest" => self.storage(now_ms, request, &path, &query),
            "media" => self.file(now_ms, request, &path),
            _ => not_found(),
        }
    }

    fn queue(&mut self, now_ms: i64, request: &Request, path: &str, query: &[(String, String)]) -> Response {
        let segments: Vec<&str> = path.split('/').collect();
        let value = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let logs = matches!(value("logs"), Some("1" | "true"));
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", [owner, app, "requests", id]) => self.result(&format!("{owner}/{app}"), id),
            ("GET", [owner, app, "requests", id, "status"]) => self.status(&format!("{owner}/{app}"), id, logs),
            ("GET", [owner, app, "requests", id, "status", "stream"]) => self.stream(now_ms, &format!("{owner}/{app}"), id, logs),
            ("PUT", [owner, app, "requests", id, "cancel"]) => self.cancel(now_ms, &format!("{owner}/{app}"), id),
            (_, [_, _, "requests", ..]) => Response::detail(405, "Method Not Allowed"),
            ("POST", _) => self.submit(now_ms, request, path, value("fal_webhook")),
            _ => not_found(),
        }
    }

    fn authorized(&self, request: &Request) -> bool {
        request.header("authorization").and_then(|value| value.strip_prefix("Key ")) == Some(self.config.key.as_str())
    }

    /// When [`Fal::advance`] next has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let step = self.steps.keys().next().map(|(at_ms, _)| *at_ms);
        let message = self.outbox.keys().next().map(|(at_ms, _)| *at_ms);
        [step, message].into_iter().flatten().min()
    }

    /// Takes every step that is due and returns the webhooks to send now, signed for this moment. Report what became of
    /// each with [`Fal::delivered`].
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

    /// The key that was published as the next one signs from now on, and another is published beside it.
    pub fn rotate(&mut self) -> Value {
        self.keys.rotate();
        self.keys.names()
    }

    /// Every request, oldest first, for an auditor.
    pub fn requests(&self) -> impl Iterator<Item = Audit<'_>> {
        self.order.values().filter_map(|id| self.jobs.get(id)).map(Job::audit)
    }

    /// A clock that runs backwards is not the vendor's.
    fn not_before(&mut self, now_ms: i64) -> i64 {
        self.now_ms = self.now_ms.max(now_ms);
        self.now_ms
    }

    /// An id as the vendor writes it: a UUID of version 4.
    fn uuid(&mut self) -> String {
        let (high, low) = (self.dice.roll(), self.dice.roll());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            8 + (low >> 62),
            low >> 48 & 0xFFF,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

fn not_found() -> Response {
    Response::detail(404, "Not Found")
}
