//! The images API of `OpenAI`, and of services that speak like it, as a state machine: pure, synchronous, deterministic.
//! Time is an argument (milliseconds since the Unix epoch), chance comes from a seed. Sources: the types of npm's `openai`
//! 7.57.0, and error bodies that people have captured.
//!
//! An answer is everything: there is no queue, no webhook and no id to ask for. How long the vendor works is
//! [`Response::delay_ms`]; who goes away meanwhile has paid all the same.
//!
//! Words in a prompt ask for trouble, see [`crate::words`].

mod faults;
mod fields;
mod images;
mod media;
mod models;
mod orders;
mod painting;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    dice::Dice,
    exchange::{self, Request, Response},
};
use faults::Fault;
use media::File;

pub use crate::replicate::Pictures;

/// What the machine is told at its construction.
#[derive(Debug, Clone)]
pub struct Config {
    /// The only key that it accepts.
    pub key: String,
    /// What `/v1` and the files are below, without a slash at the end: `http://127.0.0.1:9000/openai`.
    pub base_url: String,
    /// Every id and every picture comes from it.
    pub seed: u64,
    /// How large pictures are.
    pub pictures: Pictures,
    /// Answers come this many times as fast; 1 is about the vendor's pace, 0 counts as 1.
    pub speed: u32,
}

/// How the vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It answers.
    Up,
    /// 503, and nothing is made; files are not to be had either.
    Down,
    /// What is made is answered so many milliseconds later, on the wall.
    Slow(u64),
    /// What is made is paid for, and the connection ends without an answer.
    LostAnswer,
    /// 429 with `Retry-After`, and nothing is made.
    Throttled,
}

impl Outage {
    /// By the name of its mode in a control's body.
    #[must_use]
    pub fn named(name: &str, delay_ms: u64) -> Option<Self> {
        match name {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            "slow" => Some(Self::Slow(delay_ms)),
            "lost-answer" => Some(Self::LostAnswer),
            "throttled" => Some(Self::Throttled),
            _ => None,
        }
    }
}

/// What an auditor may know about a request for pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Its `x-request-id`.
    pub id: String,
    /// `generations` or `edits`.
    pub deed: &'static str,
    /// As it was asked for, if it was.
    pub model: Option<String>,
    /// The HTTP status of its answer, whether or not that arrived.
    pub status: u16,
    /// The code of its error, if it has one.
    pub code: Option<&'static str>,
    /// How many pictures it made.
    pub files: usize,
    /// When it came, in milliseconds since the epoch.
    pub created_ms: i64,
    /// When it is answered.
    pub completed_ms: i64,
    /// Whether it costs money.
    pub billed: bool,
}

/// The vendor.
#[derive(Debug)]
pub struct OpenAi {
    config: Config,
    base_path: String,
    dice: Dice,
    now_ms: i64,
    outage: Outage,
    audits: Vec<Audit>,
    files: BTreeMap<String, File>,
}

impl OpenAi {
    /// A vendor that was asked for nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            base_path: exchange::path_of(&config.base_url),
            dice: Dice::new(config.seed),
            now_ms: i64::MIN,
            outage: Outage::Up,
            audits: Vec::new(),
            files: BTreeMap::new(),
            config,
        }
    }

    /// Answers a request to the API or to the file host.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        self.begin(now_ms, request).finish()
    }

    /// The same, but pictures are still to be painted with [`Response::finish`].
    pub(crate) fn begin(&mut self, now_ms: i64, request: &Request) -> Response {
        // A clock that runs backwards is not the vendor's.
        self.now_ms = self.now_ms.max(now_ms);
        let now_ms = self.now_ms;
        if self.outage == Outage::Down {
            return Fault::server(503, "The server is currently overloaded. Please try again later.").response();
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let Some(path) = path.strip_prefix(&self.base_path) else {
            return invalid_url(request, path);
        };
        if let Some(path) = path.strip_prefix("/media/") {
            return self.file(now_ms, request, path);
        }
        let id = format!("req_{}", self.dice.id(32));
        let response = match self.authorize(request) {
            Ok(()) => self.api(now_ms, request, path, &id),
            Err(fault) => fault.response(),
        };
        response.with("x-request-id", &id).with("openai-version", "2020-10-01")
    }

    fn api(&mut self, now_ms: i64, request: &Request, path: &str, id: &str) -> Response {
        match (request.method.as_str(), path.trim_end_matches('/')) {
            ("GET", "/v1/models") => {
                Response::json(200, &json!({"object": "list", "data": models::MODELS.iter().map(models::Model::json).collect::<Vec<_>>()}))
            }
            ("GET", path) if path.starts_with("/v1/models/") => {
                let name = path.trim_start_matches("/v1/models/");
                models::find(name).map_or_else(|| Fault::no_such_model(name).response(), |model| Response::json(200, &model.json()))
            }
            ("POST", "/v1/images/generations") => self.images(now_ms, request, id, "generations"),
            ("POST", "/v1/images/edits") => self.images(now_ms, request, id, "edits"),
            (_, "/v1/models" | "/v1/images/generations" | "/v1/images/edits") => {
                let message = format!("Not allowed to {} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)", request.method);
                Fault::invalid(None, None, message).with_status(405).response()
            }
            _ => invalid_url(request, path),
        }
    }

    fn authorize(&self, request: &Request) -> Result<(), Fault> {
        let key = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim).filter(|key| !key.is_empty());
        match key {
            Some(key) if key == self.config.key => Ok(()),
            Some(key) => {
                // Enough of it to be recognised, and no more.
                let shown: String = key.chars().take(3).collect();
                let message =
                    format!("Incorrect API key provided: {shown}***. You can find your API key at https://platform.openai.com/account/api-keys.");
                Err(Fault::invalid(None, Some("invalid_api_key"), message).with_status(401))
            }
            None => Err(Fault::invalid(None, None, "You didn't provide an API key.".to_owned()).with_status(401)),
        }
    }

    /// Breaks or mends the whole vendor.
    pub const fn outage(&mut self, outage: Outage) {
        self.outage = outage;
    }

    /// Every request for pictures that came with the right key, oldest first, for an auditor.
    pub fn requests(&self) -> impl Iterator<Item = &Audit> {
        self.audits.iter()
    }
}

fn invalid_url(request: &Request, path: &str) -> Response {
    Fault::invalid(None, None, format!("Invalid URL ({} {path})", request.method)).with_status(404).response()
}

/// The list of what an auditor may know, as JSON has it.
impl From<&Audit> for Value {
    fn from(audit: &Audit) -> Self {
        json!({
            "id": audit.id,
            "deed": audit.deed,
            "model": audit.model,
            "status": audit.status,
            "code": audit.code,
            "files": audit.files,
            "createdAt": crate::time::rfc3339(audit.created_ms),
            "completedAt": crate::time::rfc3339(audit.completed_ms),
            "billed": audit.billed,
        })
    }
}
