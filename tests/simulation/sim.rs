//! `impl Platform` for the simulation: every effect is two points at which the scheduler may turn elsewhere, let the crash come, or let
//! the request or the reply be lost.

use crate::database::Database;
use atelier::{
    domain::{picture, rate_limit::Rule, settings::Settings, time::Timestamp},
    lanes::{Lane, Outbound},
    platform::{DbError, Found, Inbound, KeepError, Later, MediaError, Memory, Platform, Remembered, SendError, Stored, Wanted},
    store::{Batch, Outcome, StepError},
    vendors::google::Jwk,
};
use atelier_sandbox::replicate::{Config, Pictures, Replicate, Request, Transfer};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

pub const ORIGIN: &str = "https://studio.test";
pub const API: &str = "http://127.0.0.1:9/replicate/v1";
const DELIVERY: &str = "http://127.0.0.1:9/replicate/delivery";
const WEBHOOK_SECRET: &str = "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz";

/// A small generator of our own, so that a seed means the same in every version of every library (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The world that crashes leave standing.
pub struct World {
    pub now_ms: i64,
    pub dice: Dice,
    pub database: Database,
    pub replicate: Replicate,
    pub media: BTreeMap<String, (Vec<u8>, Stored)>,
    /// Percent of effects that go wrong.
    pub fault_percent: u64,
    pub trace: Vec<String>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let config = Config {
            token: "r8_simulation".to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            api_url: API.to_owned(),
            delivery_url: DELIVERY.to_owned(),
            seed,
            pictures: Pictures::Small,
            speed: 1,
        };
        Self {
            now_ms: 1_767_225_600_000,
            dice: Dice::new(seed),
            database: Database::new(),
            replicate: Replicate::new(config),
            media: BTreeMap::new(),
            fault_percent: 0,
            trace: Vec::new(),
        }
    }
    pub fn note(&mut self, line: &str) {
        self.trace.push(format!("{:>9} {line}", self.now_ms - 1_767_225_600_000));
    }
    /// Rolls for an effect: which way it goes wrong, if it does.
    fn fault(&mut self, what: &str) -> Fault {
        if !self.dice.chance(self.fault_percent) {
            return Fault::None;
        }
        let fault = [Fault::Before, Fault::After, Fault::Busy][self.dice.index(3)];
        self.note(&format!("  fault {fault:?} at {what}"));
        fault
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It never arrives.
    Before,
    /// It is done, and the answer is lost.
    After,
    /// It is refused.
    Busy,
}

#[derive(Clone)]
pub struct Sim {
    pub world: Rc<RefCell<World>>,
    settings: Rc<Settings>,
}

impl Sim {
    pub fn new(seed: u64) -> Self {
        let settings = Settings::read(|name| {
            let text = match name {
                "BETTER_AUTH_URL" => ORIGIN,
                "BETTER_AUTH_SECRET" => "auth-secret-of-thirty-two-chars!!",
                "MEDIA_SIGNING_SECRET" => "media-secret-of-thirty-two-chars!",
                "REPLICATE_WEBHOOK_SECRET" => WEBHOOK_SECRET,
                "REPLICATE_API_URL" => API,
                _ => return None,
            };
            Some(text.to_owned())
        });
        Self { world: Rc::new(RefCell::new(World::new(seed))), settings: Rc::new(settings.unwrap()) }
    }

    /// The vendor's answer; none if the connection breaks.
    fn vendor(&self, method: &str, path: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>, Transfer)> {
        let mut world = self.world.borrow_mut();
        let now = world.now_ms;
        let response = world.replicate.handle(now, &Request { method: method.to_owned(), path: path.to_owned(), headers, body });
        (response.transfer != Transfer::Dropped).then_some((response.status, response.body, response.transfer))
    }
}

/// Waits once: the scheduler's turn.
struct Turn(bool);

impl Future for Turn {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn turn() -> Turn {
    Turn(false)
}

fn path_of(url: &str) -> &str {
    url.strip_prefix("http://127.0.0.1:9").unwrap_or("/elsewhere")
}

impl Platform for Sim {
    type Media = Vec<u8>;

    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.world.borrow().now_ms)
    }
    fn random(&self, into: &mut [u8]) {
        let mut world = self.world.borrow_mut();
        into.fill_with(|| world.dice.next().to_le_bytes()[0]);
    }
    fn nfkc(&self, text: &str) -> String {
        text.to_owned()
    }
    fn log(&self, event: &str, fields: &[(&str, &str)]) {
        self.world.borrow_mut().note(&format!("  log {event} {fields:?}"));
    }

    async fn db(&self, batch: &Batch) -> Result<Outcome, DbError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("database");
        let outcome = match fault {
            Fault::Before => Err(DbError::Unknown),
            Fault::Busy if self.world.borrow_mut().dice.chance(50) => {
                Ok(Outcome::new(vec![None; batch.steps().len()], batch.steps().iter().map(|_| Some(StepError::Busy)).collect()))
            }
            Fault::Busy => Err(DbError::Refused),
            Fault::None | Fault::After => Ok(self.world.borrow().database.run(batch)),
        };
        turn().await;
        if fault == Fault::After { Err(DbError::Unknown) } else { outcome }
    }

    async fn send<L: Lane>(&self, request: Outbound<L>) -> Result<Inbound, SendError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("host");
        let mut headers = vec![("authorization".to_owned(), "Bearer r8_simulation".to_owned())];
        headers.extend(request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let answer = match fault {
            Fault::Before => None,
            Fault::Busy => Some((429, br#"{"detail":"Request was throttled. Your rate limit resets in ~30s."}"#.to_vec(), Transfer::Whole)),
            Fault::None | Fault::After => {
                self.vendor(request.method, &format!("/replicate/v1{}", request.path), headers, request.body.clone().unwrap_or_default())
            }
        };
        turn().await;
        match answer {
            Some((status, body, _)) if fault != Fault::After => Ok(Inbound { status, body, cache_control: None }),
            Some(_) | None => Err(SendError::Unknown),
        }
    }

    // The flows of the simulation are those of the studio; nobody counts its requests, and nobody signs in elsewhere.
    fn count(&self, _: &str, _: Rule) -> Result<(), i64> {
        Ok(())
    }
    async fn allows(&self, _: &str, _: Rule) -> bool {
        true
    }
    async fn rs256(&self, _: &Jwk, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn recall(&self, _: Memory) -> Option<Remembered> {
        None
    }
    fn remember(&self, _: Memory, _: Remembered) {}
    async fn pause(&self, _: i64) {
        turn().await;
    }
    fn later(&self, deed: Later) {
        self.world.borrow_mut().note(&format!("  later {deed:?}"));
    }

    async fn keep(&self, url: &str, key: &str) -> Result<Stored, KeepError> {
        turn().await;
        if !self.settings.may_fetch_output(url) {
            return Err(KeepError::Unusable("the address is not one of the host's"));
        }
        if let Some((_, stored)) = self.world.borrow().media.get(key) {
            return Ok(stored.clone());
        }
        let fault = self.world.borrow_mut().fault("keep");
        if matches!(fault, Fault::Before | Fault::Busy) {
            return Err(KeepError::Later);
        }
        let Some((status, body, transfer)) = self.vendor("GET", path_of(url), Vec::new(), Vec::new()) else { return Err(KeepError::Later) };
        match status {
            200 => {}
            403 | 404 | 410 => return Err(KeepError::Gone),
            300..=399 => return Err(KeepError::Unusable("a redirect")),
            _ => return Err(KeepError::Later),
        }
        match transfer {
            Transfer::Endless { .. } => return Err(KeepError::Unusable("too large")),
            Transfer::Truncated { .. } | Transfer::Dropped => return Err(KeepError::Later),
            Transfer::Whole | Transfer::Chunked => {}
        }
        let facts = picture::tell(&body).map_err(KeepError::Unusable)?;
        turn().await;
        let mut world = self.world.borrow_mut();
        let etag = format!("{:x}", body.iter().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(*byte))));
        let stored = Stored { facts, bytes: body.len() as u64, etag };
        let (_, stored) = world.media.entry(key.to_owned()).or_insert((body, stored)).clone();
        if fault == Fault::After { Err(KeepError::Later) } else { Ok(stored) }
    }

    async fn media(&self, key: &str, _: &Wanted) -> Result<Found<Vec<u8>>, MediaError> {
        turn().await;
        Ok(match self.world.borrow().media.get(key) {
            None => Found::Missing,
            Some((bytes, stored)) => Found::Object {
                size: stored.bytes,
                part: None,
                etag: format!("\"{}\"", stored.etag),
                media_type: stored.facts.media_type.name().to_owned(),
                body: Some(bytes.clone()),
            },
        })
    }

    async fn remove(&self, keys: &[String]) -> Result<(), MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("remove");
        if matches!(fault, Fault::None | Fault::After) {
            let mut world = self.world.borrow_mut();
            world.media.retain(|key, _| !keys.contains(key));
        }
        turn().await;
        if fault == Fault::None { Ok(()) } else { Err(MediaError) }
    }
}
