//! `impl Platform` for the simulation: every effect is two points at which the scheduler may turn elsewhere, let the crash come, or let
//! the request or the reply be lost.

use crate::{
    database::Database,
    dice::{Dice, Fault},
    files::{file, marked, tell},
    pictures,
    turn::turn,
    vendors,
};
use atelier::{
    domain::{
        bundle::Bundle,
        generation::GenerationId,
        live::Event,
        picture::{PictureFacts, size, strip::Strip},
        rate_limit::{Limiter, Rule},
        settings::Settings,
        time::Timestamp,
    },
    lanes::{Call, Mark},
    platform::{DbError, Found, Inbound, KeepError, Later, Leaf, MediaError, Memory, Platform, Remembered, SendError, Stored, Wanted},
    store::{Batch, Outcome, StepError},
    vendors::google::Jwk,
};
use atelier_sandbox::{
    exchange::{Request, Transfer},
    fal::Fal,
    google::Google,
    mailbox::Mailbox,
    openai::OpenAi,
    replicate::Replicate,
    stripe::Stripe,
};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

pub const ORIGIN: &str = "https://studio.test";
/// When every history begins.
pub const BEGIN_MS: i64 = 1_767_225_600_000;
/// Clients that an isolate counts at once.
const COUNTED_MAX: usize = 1_000;

/// Notes whose every generation was, for when nothing else knows it any more.
const MADE: &str = r#"CREATE TEMP TABLE made ("id" TEXT PRIMARY KEY, "userId" TEXT);
    CREATE TEMP TRIGGER note_made AFTER INSERT ON main.generation BEGIN INSERT INTO made VALUES (NEW."id", NEW."userId"); END;"#;

/// The world that crashes leave standing.
pub struct World {
    pub now_ms: i64,
    pub dice: Dice,
    pub database: Database,
    pub replicate: Replicate,
    pub fal: Fal,
    pub openai: OpenAi,
    /// What the queue has to deliver, at least once.
    pub queue: Vec<GenerationId>,
    pub google: Google,
    pub mailbox: Mailbox,
    pub stripe: Stripe,
    /// What the mail vendor accepted, each once.
    pub letters: Vec<vendors::Letter>,
    /// Counts of requests that every isolate of the location sees.
    location: Limiter,
    /// What is to be done after replies, with the isolate that shall do it.
    pub later: Vec<(Sim, Later)>,
    pub media: BTreeMap<String, (Vec<u8>, Stored)>,
    /// Notes in media storage.
    pub jots: BTreeMap<String, String>,
    /// What users' open pages were told.
    pub told: Vec<(String, Event)>,
    /// When each object was stored.
    pub stored_ms: BTreeMap<String, i64>,
    /// What somebody was told who should have been told something else.
    pub complaint: Option<String>,
    /// Percent of effects that go wrong.
    pub fault_percent: u64,
    pub trace: Vec<String>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let database = Database::new();
        database.connection.execute_batch(MADE).unwrap();
        Self {
            now_ms: BEGIN_MS,
            dice: Dice::new(seed),
            database,
            replicate: vendors::replicate(seed),
            fal: vendors::fal(seed),
            openai: vendors::openai(seed),
            queue: Vec::new(),
            google: vendors::google(seed),
            mailbox: Mailbox::new(seed),
            stripe: vendors::stripe(seed),
            letters: Vec::new(),
            location: Limiter::new(COUNTED_MAX),
            later: Vec::new(),
            media: BTreeMap::new(),
            jots: BTreeMap::new(),
            told: Vec::new(),
            stored_ms: BTreeMap::new(),
            complaint: None,
            fault_percent: 0,
            trace: Vec::new(),
        }
    }
    pub fn note(&mut self, line: &str) {
        self.trace.push(format!("{:>9} {line}", self.now_ms - BEGIN_MS));
    }
    /// Ends the history: the auditor finds this.
    pub fn complain(&mut self, what: &str) {
        self.complaint.get_or_insert_with(|| what.to_owned());
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

/// What an isolate knows by itself, until it dies.
struct Isolate {
    limiter: Limiter,
    room: size::Room,
    memory: BTreeMap<Memory, Remembered>,
}

/// The platform as one isolate has it.
#[derive(Clone)]
pub struct Sim {
    pub world: Rc<RefCell<World>>,
    settings: Rc<Settings>,
    isolate: Rc<RefCell<Isolate>>,
    /// How far the isolate's clock is ahead.
    pub skew_ms: i64,
}

impl Sim {
    /// A new world, and the first isolate in it. `more` are variables beside those that every studio has, or in place of them.
    pub fn new(seed: u64, more: &[(&str, &str)]) -> Self {
        let settings = Settings::read(|name| {
            let fixed = more.iter().chain(&vendors::VARIABLES).find(|(known, _)| *known == name);
            fixed.map(|(_, text)| (*text).to_owned())
        });
        Self { world: Rc::new(RefCell::new(World::new(seed))), settings: Rc::new(settings.unwrap()), isolate: Self::fresh(), skew_ms: 0 }
    }
    /// Another isolate in the same world.
    pub fn elsewhere(&self) -> Self {
        self.skewed(0)
    }
    /// Another isolate whose clock is so far ahead, or behind.
    pub fn skewed(&self, skew_ms: i64) -> Self {
        Self { isolate: Self::fresh(), skew_ms, ..self.clone() }
    }
    /// True if both are the same isolate.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.isolate, &other.isolate)
    }
    fn fresh() -> Rc<RefCell<Isolate>> {
        Rc::new(RefCell::new(Isolate { limiter: Limiter::new(COUNTED_MAX), room: size::Room::new(size::WORK_BYTES_MAX), memory: BTreeMap::new() }))
    }
}

impl Platform for Sim {
    type Media = Vec<u8>;

    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.world.borrow().now_ms + self.skew_ms)
    }
    fn random(&self, into: &mut [u8]) {
        let mut world = self.world.borrow_mut();
        into.fill_with(|| world.dice.next().to_le_bytes()[0]);
    }
    fn nfkc(&self, text: &str) -> String {
        text.to_owned()
    }
    fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; 64]> {
        Some(vendors::scrypt(password, salt))
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
            Fault::None | Fault::After => {
                let world = self.world.borrow();
                Ok(world.database.at(world.now_ms).run(batch))
            }
        };
        turn().await;
        if fault == Fault::After { Err(DbError::Unknown) } else { outcome }
    }

    async fn call(&self, request: Call) -> Result<Inbound, SendError> {
        turn().await;
        let fault = self.world.borrow_mut().fault(request.lane());
        let answer = match fault {
            Fault::Before => None,
            Fault::Busy => Some(Inbound { status: 429, body: br#"{"detail":"Request was throttled."}"#.to_vec(), cache_control: None }),
            Fault::None | Fault::After => vendors::send(&mut self.world.borrow_mut(), request),
        };
        turn().await;
        answer.filter(|_| fault != Fault::After).ok_or(SendError::Unknown)
    }

    fn count(&self, key: &str, rule: Rule) -> Result<(), i64> {
        self.isolate.borrow_mut().limiter.ask(key, rule, self.now())
    }
    async fn allows(&self, key: &str, rule: Rule) -> bool {
        turn().await;
        let now = self.now();
        self.world.borrow_mut().location.ask(key, rule, now).is_ok()
    }
    async fn enqueue(&self, id: &GenerationId) -> Result<(), SendError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("queue");
        if matches!(fault, Fault::None | Fault::After) {
            self.world.borrow_mut().queue.push(id.clone());
        }
        turn().await;
        match fault {
            Fault::None => Ok(()),
            Fault::Busy => Err(SendError::NotSent),
            Fault::Before | Fault::After => Err(SendError::Unknown),
        }
    }
    async fn store(&self, key: &str, bytes: &[u8], facts: PictureFacts, mark: Option<&Mark>) -> Result<Stored, MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("store");
        if matches!(fault, Fault::Before | Fault::Busy) {
            return Err(MediaError);
        }
        self.world.borrow_mut().stamp(key);
        let (_, stored) = self.world.borrow_mut().media.entry(key.to_owned()).or_insert_with(|| file(marked(bytes, mark), facts)).clone();
        turn().await;
        if fault == Fault::None { Ok(stored) } else { Err(MediaError) }
    }
    async fn look(&self, key: &str) -> Result<Option<Stored>, MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("look");
        if fault == Fault::None { Ok(self.world.borrow().media.get(key).map(|(_, stored)| stored.clone())) } else { Err(MediaError) }
    }
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("read");
        if fault == Fault::None { Ok(self.world.borrow().media.get(key).map(|(bytes, _)| bytes.clone())) } else { Err(MediaError) }
    }
    async fn plain(&self, key: &str, mut strip: Strip) -> Result<Option<Vec<u8>>, MediaError> {
        let read = self.read(key).await?;
        Ok(read.map(|bytes| {
            let mut out = Vec::new();
            strip.push(&bytes, &mut out);
            out
        }))
    }
    fn take_room(&self, what: Option<&str>, bytes: u64) -> Option<u64> {
        self.isolate.borrow_mut().room.take(what, bytes, self.now())
    }
    fn leave_room(&self, ticket: u64) {
        self.isolate.borrow_mut().room.leave(ticket);
    }
    async fn resized(&self, _: &str, _: u32) -> Result<Found<Vec<u8>>, MediaError> {
        Err(MediaError)
    }
    async fn jot(&self, key: &str, text: &str) -> Result<(), MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("jot");
        if matches!(fault, Fault::None | Fault::After) {
            let mut world = self.world.borrow_mut();
            world.stamp(key);
            world.jots.insert(key.to_owned(), text.to_owned());
        }
        turn().await;
        if fault == Fault::None { Ok(()) } else { Err(MediaError) }
    }
    async fn jotted(&self, key: &str) -> Result<Option<String>, MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("jotted");
        if fault == Fault::None { Ok(self.world.borrow().jots.get(key).cloned()) } else { Err(MediaError) }
    }
    async fn ed25519(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        turn().await;
        vendors::is_signed_by(key, message, signature)
    }
    async fn rs256(&self, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        turn().await;
        vendors::is_signed(key, message, signature)
    }
    fn recall(&self, what: Memory) -> Option<Remembered> {
        self.isolate.borrow().memory.get(&what).cloned()
    }
    fn remember(&self, what: Memory, remembered: Remembered) {
        self.isolate.borrow_mut().memory.insert(what, remembered);
    }
    async fn pause(&self, ms: i64) {
        let until = self.now().ms() + ms;
        while self.now().ms() < until {
            turn().await;
        }
    }
    fn is_live(&self) -> bool {
        true
    }
    fn tell(&self, user: &str, event: Event) {
        self.world.borrow_mut().told.push((user.to_owned(), event));
    }
    fn hang_up(&self, _: &str) {}
    fn later(&self, deed: Later) {
        let deed = (self.clone(), deed);
        self.world.borrow_mut().later.push(deed);
    }

    async fn keep(&self, url: &str, key: &str, mark: Option<&Mark>) -> Result<Stored, KeepError> {
        turn().await;
        if !self.settings.may_fetch_output(url) && !self.settings.may_fetch_picture(url) {
            return Err(KeepError::Unusable("the address is not one of the host's"));
        }
        if let Some((_, stored)) = self.world.borrow().media.get(key) {
            return Ok(stored.clone());
        }
        let fault = self.world.borrow_mut().fault("keep");
        if matches!(fault, Fault::Before | Fault::Busy) {
            return Err(KeepError::Later);
        }
        let path = url.strip_prefix("http://127.0.0.1:9").unwrap_or("/elsewhere").to_owned();
        let request = Request { method: "GET".to_owned(), path, ..Request::default() };
        let Some(answer) = vendors::answer(&mut self.world.borrow_mut(), &request) else { return Err(KeepError::Later) };
        let body = answer.body;
        match answer.status {
            200 => {}
            403 | 404 | 410 => return Err(KeepError::Gone),
            300..=399 => return Err(KeepError::Unusable("a redirect")),
            _ => return Err(KeepError::Later),
        }
        match answer.transfer {
            Transfer::Endless { .. } => return Err(KeepError::Unusable("too large")),
            Transfer::Truncated { .. } | Transfer::Dropped => return Err(KeepError::Later),
            Transfer::Whole | Transfer::Chunked => {}
        }
        let facts = tell(&body).map_err(KeepError::Unusable)?;
        turn().await;
        let mut world = self.world.borrow_mut();
        world.stamp(key);
        let (_, stored) = world.media.entry(key.to_owned()).or_insert_with(|| file(marked(&body, mark), facts)).clone();
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

    async fn leaf(&self, after: Option<&str>, limit: u32) -> Result<Leaf, MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("leaf");
        turn().await;
        if fault != Fault::None {
            return Err(MediaError);
        }
        Ok(self.world.borrow().leaf(after, limit as usize))
    }

    async fn bundle(&self, bundle: Bundle) -> Result<Vec<u8>, MediaError> {
        turn().await;
        Ok(pictures::bundle(&self.world.borrow().media, &bundle, self.now()))
    }

    async fn remove(&self, keys: &[String]) -> Result<(), MediaError> {
        turn().await;
        let fault = self.world.borrow_mut().fault("remove");
        if matches!(fault, Fault::None | Fault::After) {
            let mut world = self.world.borrow_mut();
            let gone: Vec<_> = keys.iter().flat_map(|key| size::keys_of(key)).collect();
            world.media.retain(|key, _| !gone.contains(key));
            world.jots.retain(|key, _| !gone.contains(key));
            world.stored_ms.retain(|key, _| !gone.contains(key));
        }
        turn().await;
        if fault == Fault::None { Ok(()) } else { Err(MediaError) }
    }
}
