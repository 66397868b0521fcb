//! One history: a seed decides what the clients do, whose turn it is, what goes wrong and when the isolate dies.

use crate::{
    auditor::{self, Book},
    library::{self, Links},
    malice::{self, somebody_is_gone},
    messages::{deliveries, replay, webhook},
    pictures::{self, Shelf},
    sim::{ORIGIN, Sim},
    vendors, wishes,
};
use atelier::{
    domain::{generation::GenerationId, time::MINUTE_MS},
    http::{self, Body, Method, Payload, Request, Response},
    lanes::{Email, In, IpAddress, Owner, PasswordHash, PersonName, SessionToken, UserAgent},
    platform::Platform as _,
    store::{accounts, sessions::NewSession},
    usecases::{reconcile, run_queued, sweep_media},
    vendors::better_auth,
};
use atelier_sandbox::{fal, replicate::Outage};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

pub const STARTING_CREDITS: i64 = 30;
pub const USERS: usize = 3;
/// Turns with faults; then everything works, and cron has to bring all to an end.
const TURNS: usize = 500;
/// What the vendor is asked to do: every word of the sandbox that concerns a run, and plain prompts in between.
const PROMPTS: [&str; 35] = [
    "a red fox",
    "a sea at dusk",
    "a city",
    "a harbour",
    "a mountain",
    "a garden",
    "an orchard",
    "snow",
    "fail",
    "nsfw",
    "slow",
    "long queue",
    "forever",
    "aborted",
    "odd status",
    "lost webhook",
    "lost webhook",
    "twice",
    "late webhook",
    "reorder",
    "html output",
    "svg output",
    "truncated output",
    "huge output",
    "empty output",
    "redirect output",
    "gone output",
    "foreign output",
    "no length",
    "no payload",
    "refused",
    "payment",
    "broken host",
    "lost answer",
    "lost answer lost webhook",
];

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct User {
    id: String,
    cookie: String,
    shelf: Shelf,
}

/// A history that went wrong.
pub struct Failure {
    pub why: String,
    pub trace: Vec<String>,
}

pub fn history(seed: u64) -> Result<usize, Failure> {
    let hosts: &[_] = match seed % 3 {
        0 => &[],
        1 => &vendors::FAL,
        _ => &vendors::FAL_ALONE,
    };
    let more: &[_] = if seed.is_multiple_of(2) { &vendors::OPENAI } else { &[] };
    let plans: &[_] = if seed % 5 < 2 { &wishes::NARROW } else { &[] };
    let sim = Sim::new(seed, &[hosts, more, plans].concat());
    let book = Rc::new(RefCell::new(Book::default()));
    let users: Vec<_> = (0..USERS).map(|number| sign_up(&sim, number)).collect();
    let mut scheduler =
        Scheduler { sim: sim.clone(), book, users, tasks: Vec::new(), turns: 0, seen: (0, 0, 0), links: Links::default(), last: None };
    let result = scheduler.chaos().and_then(|()| scheduler.calm());
    result.map(|()| scheduler.turns).map_err(|why| Failure { why, trace: std::mem::take(&mut sim.world.borrow_mut().trace) })
}

/// An account without the time that a real password takes.
fn sign_up(sim: &Sim, number: usize) -> User {
    let now = sim.now();
    let token = SessionToken::new(format!("{number:0>32}"));
    let account = accounts::NewAccount {
        user_id: format!("user{number:0>28}"),
        account_id: format!("account{number:0>25}"),
        name: PersonName::new("Ada"),
        email: Email::new(format!("ada{number}@example.com")),
        image: None,
        password: PasswordHash::new("salt:key"),
    };
    let (ip_address, user_agent) = (IpAddress::new(""), UserAgent::new("simulation"));
    let session = NewSession {
        id: format!("session{number:0>25}"),
        key: token.key(false),
        token: token.clone(),
        expires_at: now.plus_ms(7 * 24 * 60 * MINUTE_MS),
        ip_address,
        user_agent,
        country: None,
        city: None,
    };
    let batch = accounts::sign_up(&account, &session, STARTING_CREDITS, Vec::new(), now);
    assert!(sim.world.borrow().database.run(&batch).committed(&batch), "the account is made");
    let cookie = better_auth::set_session(sim.settings(), &In::<Owner, _>::new(token), true);
    User { id: account.user_id, cookie: cookie.split(';').next().unwrap().to_owned(), shelf: Shelf::default() }
}

struct Scheduler {
    sim: Sim,
    book: Rc<RefCell<Book>>,
    users: Vec<User>,
    tasks: Vec<(String, Task)>,
    turns: usize,
    /// How much there was to be seen after the last turn: changed rows, media, runs.
    seen: (u64, usize, usize),
    links: Links,
    /// Where the last message went.
    last: Option<String>,
}

impl Scheduler {
    /// Clients order, look and delete while everything goes wrong.
    fn chaos(&mut self) -> Result<(), String> {
        let fault_percent = self.roll(35);
        self.sim.world.borrow_mut().fault_percent = fault_percent;
        for _ in 0..TURNS {
            match self.roll(100) {
                0..8 => self.client(),
                8..10 => self.start("cron", reconcile_task(self.sim.clone())),
                10..12 => self.crash(),
                12 => self.outage(),
                13..25 => self.pass(),
                _ => self.step(),
            }
            self.audit()?;
        }
        Ok(())
    }

    /// Faults stop: the host is up, messages arrive, cron runs every minute. Five and a half hours are enough for every deadline.
    fn calm(&mut self) -> Result<(), String> {
        self.sim.world.borrow_mut().fault_percent = 0;
        self.sim.world.borrow_mut().leave_orphan();
        for outage in [Outage::Up, Outage::DeliverWebhooks] {
            let mut world = self.sim.world.borrow_mut();
            world.replicate.outage(outage);
            world.fal.outage(likewise(outage));
        }
        let until = self.sim.now().ms() + 330 * MINUTE_MS;
        // Before the sweep takes what a deletion has left: so long, the names of its media are kept for storage.
        let removed_by = self.sim.now().ms() + 180 * MINUTE_MS;
        while self.sim.now().ms() < until {
            self.sim.world.borrow_mut().now_ms += MINUTE_MS;
            self.deliver();
            self.start("cron", reconcile_task(self.sim.clone()));
            while !self.tasks.is_empty() {
                self.step();
                // Whoever waits has to come to an end.
                self.sim.world.borrow_mut().now_ms += 1;
            }
            self.audit()?;
            if (removed_by..removed_by + 2 * MINUTE_MS).contains(&self.sim.now().ms()) {
                auditor::deletions(&self.sim.world.borrow(), &self.book.borrow())?;
            }
        }
        self.start("links", library::check(self.sim.clone(), self.links.clone()));
        while !self.tasks.is_empty() {
            self.step();
        }
        auditor::at_last(&self.sim.world.borrow(), &self.book.borrow(), STARTING_CREDITS)
    }

    /// Looks at everything, after each turn that changed anything.
    fn audit(&mut self) -> Result<(), String> {
        self.turns += 1;
        let world = self.sim.world.borrow();
        let seen = (world.database.connection.total_changes(), world.media.len(), auditor::runs(&world).count());
        if std::mem::replace(&mut self.seen, seen) == seen { Ok(()) } else { auditor::always(&world) }
    }

    fn roll(&self, end: u64) -> u64 {
        self.sim.world.borrow_mut().dice.below(end)
    }

    fn start(&mut self, name: &str, task: impl Future<Output = ()> + 'static) {
        self.sim.world.borrow_mut().note(&format!("start {name}"));
        self.tasks.push((name.to_owned(), Box::pin(task)));
    }

    /// One turn of one task, which the seed chooses.
    fn step(&mut self) {
        if self.tasks.is_empty() {
            return self.pass();
        }
        let index = usize::try_from(self.roll(self.tasks.len() as u64)).unwrap();
        if self.tasks[index].1.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(()) {
            drop(self.tasks.swap_remove(index));
        }
    }

    /// The isolate dies: a task is dropped wherever it stands.
    fn crash(&mut self) {
        if !self.tasks.is_empty() {
            let index = usize::try_from(self.roll(self.tasks.len() as u64)).unwrap();
            let (name, _) = self.tasks.swap_remove(index);
            self.sim.world.borrow_mut().note(&format!("crash of {name}"));
        }
    }

    fn outage(&mut self) {
        let outage = [Outage::Down, Outage::Up, Outage::Up, Outage::MuteWebhooks, Outage::DeliverWebhooks, Outage::DeliverWebhooks]
            [usize::try_from(self.roll(6)).unwrap()];
        let fal = self.roll(2) == 0;
        self.sim.world.borrow_mut().note(&format!("outage {outage:?}, of fal: {fal}"));
        let mut world = self.sim.world.borrow_mut();
        if fal { world.fal.outage(likewise(outage)) } else { world.replicate.outage(outage) }
    }

    /// Time passes, mostly a little, and messages that are due set out.
    fn pass(&mut self) {
        let ms = match self.roll(10) {
            0..6 => self.roll(500),
            6..9 => self.roll(5_000),
            _ => self.roll(60_000),
        };
        self.sim.world.borrow_mut().now_ms += i64::try_from(ms).unwrap();
        self.deliver();
    }

    fn deliver(&mut self) {
        for delivery in deliveries(&self.sim) {
            match self.roll(12) {
                0 => self.start("forged message", malice::forge(self.sim.clone(), delivery.clone(), self.last.clone())),
                // As it was sent, by somebody who has it: at once, or when the other one is there.
                1 => self.start("repeated message", replay(self.sim.clone(), delivery.clone())),
                _ => {}
            }
            self.last = Some(delivery.url.clone());
            self.start("webhook", webhook(self.sim.clone(), delivery));
        }
        let queued = std::mem::take(&mut self.sim.world.borrow_mut().queue);
        for id in queued {
            // At least once: some messages come twice, and one whose reader dies comes again.
            for _ in 0..=u64::from(self.roll(5) == 0) {
                self.start("queue", run_one(self.sim.clone(), id.clone()));
            }
        }
        for wanted in pictures::wanted(&self.sim) {
            self.start("source", pictures::fetch(self.sim.clone(), wanted));
        }
    }

    /// A client does something.
    fn client(&mut self) {
        let user = usize::try_from(self.roll(USERS as u64)).unwrap();
        let cookie = self.users[user].cookie.clone();
        let (sim, book) = (self.sim.clone(), self.book.clone());
        let pictures = self.users[user].shelf.clone();
        match self.roll(20) {
            0..3 => return self.start("delete", wishes::delete_one(sim, cookie, book)),
            12 => return self.start("cancel", wishes::cancel_one(sim, cookie)),
            13 => {
                let (user, key) = (self.users[user].id.clone(), format!("{}-{}", malice::NONSENSE, self.turns));
                return self.start("nonsense", malice::order_nonsense(sim, cookie, user, key));
            }
            16 | 17 => return self.start("tidy", library::tidy(sim, cookie)),
            18 | 19 => return self.start("share", library::share(sim, cookie, self.links.clone())),
            14 => return self.start("rubbish", malice::bring_rubbish(sim, cookie)),
            15 if self.roll(5) == 0 => return self.start("goodbye", malice::delete_account(sim, cookie)),
            3 => return self.start("upload", pictures::bring(sim, cookie, pictures)),
            4 if !pictures.borrow().is_empty() && self.roll(3) == 0 => {
                let id = pictures.borrow_mut().pop().unwrap_or_default();
                return self.start("throw away", pictures::throw_away(sim, cookie, id));
            }
            _ => {}
        }
        let prompt = PROMPTS[usize::try_from(self.roll(PROMPTS.len() as u64)).unwrap()];
        let model = ["flux-schnell", "flux-dev", "ideogram-v3-turbo", "gpt-image-1.5"][usize::try_from(self.roll(4)).unwrap()];
        let prompt = format!("{prompt} {}", self.turns);
        let from_picture = if self.roll(3) == 0 { pictures::order(&self.sim, &self.users[user].id, &pictures, &prompt) } else { None };
        let order = match from_picture {
            Some(order) => order,
            None if model == "ideogram-v3-turbo" => json!({"model": model, "prompt": prompt}),
            None => json!({"model": model, "prompt": prompt, "outputs": 1 + self.roll(3)}),
        };
        let key = format!("key-{}", self.turns);
        // A client that gets no answer, or is told to come again, repeats the same request; some do so at once and twice.
        for copy in 0..=self.roll(2) {
            self.start(
                &format!("order {copy} of {key}: {order}"),
                place_order(sim.clone(), cookie.clone(), book.clone(), key.clone(), order.clone()),
            );
        }
    }
}

/// The same trouble at fal.
const fn likewise(outage: Outage) -> fal::Outage {
    match outage {
        Outage::Down => fal::Outage::Down,
        Outage::Up => fal::Outage::Up,
        Outage::MuteWebhooks => fal::Outage::MuteWebhooks,
        Outage::DeliverWebhooks => fal::Outage::DeliverWebhooks,
    }
}

/// Reads a message of the queue. What fails comes again.
async fn run_one(sim: Sim, id: GenerationId) {
    if let Err(error) = run_queued::run(&sim, &id).await {
        let mut world = sim.world.borrow_mut();
        world.note(&format!("  queue: {id} comes again: {error}"));
        world.queue.push(id);
    }
}

async fn reconcile_task(sim: Sim) {
    if let Err(error) = reconcile::run(&sim).await {
        sim.world.borrow_mut().note(&format!("  cron failed: {error}"));
    }
    if let Err(error) = sweep_media::run(&sim).await {
        sim.world.borrow_mut().note(&format!("  sweep failed: {error}"));
    }
}

pub fn request(method: Method, path: &str, cookie: &str, body: Vec<u8>) -> Request {
    let headers = [("cookie", cookie), ("content-type", "application/json"), ("origin", ORIGIN)];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Request { method, path: path.to_owned(), query: String::new(), headers, body: Body::Bytes(body) }
}

pub fn read(response: &Response<Vec<u8>>) -> Value {
    match &response.body {
        Payload::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Empty | Payload::Fixed(_) | Payload::Media(_) | Payload::Feed(_) => Value::Null,
    }
}

async fn place_order(sim: Sim, cookie: String, book: Rc<RefCell<Book>>, key: String, order: Value) {
    for _ in 0..3 {
        let mut request = request(Method::Post, "/api/generations", &cookie, order.to_string().into_bytes());
        request.headers.insert("idempotency-key".to_owned(), key.clone());
        let response = http::handle(&sim, &request).await;
        let answer = read(&response);
        sim.world.borrow_mut().note(&format!("  {key} → {} {}", response.status, answer["code"].as_str().unwrap_or_default()));
        assert!(
            matches!(
                (response.status, answer["code"].as_str()),
                (202 | 402 | 404 | 429 | 502 | 503, _) | (400, Some("unknown_model" | "invalid_input"))
            ) || response.status == 401 && somebody_is_gone(&sim),
            "{answer}"
        );
        if let Some(id) = answer["generation"]["id"].as_str().or(answer["generation"].as_str()) {
            book.borrow_mut().shown.entry(key.clone()).or_default().push(id.to_owned());
        }
        if response.status != 503 {
            return;
        }
    }
}
