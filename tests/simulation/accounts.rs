//! The second kind of history: people sign up, sign in, forget, link, move and leave, while others try to get in, and everything goes wrong.

use crate::{
    auditor,
    book::{Desk, Visit, Warrant},
    browser::{Browser, Tab},
    judge::Judge,
    messages,
    people::Person,
    replies::{self, Addresses},
    run::{Failure, STARTING_CREDITS},
    sim::Sim,
    state,
    vendors::{self, Letter, SIGN_IN},
};
use atelier::{
    domain::time::{DAY_MS, HOUR_MS, MINUTE_MS},
    lanes::{Email, IpAddress, PasswordHash, PersonName, SessionToken, UserAgent},
    platform::{Later, Platform as _},
    store::{Batch, accounts, sessions::NewSession},
    usecases::{reconcile, send_mail},
    vendors::better_auth,
};
use atelier_sandbox::{google, mailbox};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Turns with faults; then everything works.
const TURNS: usize = 600;
/// Isolates that serve at the same time.
const ISOLATES: usize = 2;
/// The password of every account that was there before.
pub const PASSWORD: &str = "correct horse battery";
/// Somebody at whose password others guess.
pub const TARGET: &str = "target@mail.example";
/// Nobody.
pub const NOBODY: &str = "nobody@mail.example";

struct Task {
    id: u64,
    name: String,
    isolate: Sim,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

pub struct Scheduler {
    isolates: Vec<Sim>,
    pub desk: Desk,
    judge: Judge,
    addresses: Addresses,
    pub people: Vec<Person>,
    tasks: Vec<Task>,
    /// The task that came to its end in this turn.
    ended: Option<(u64, i64)>,
    started: u64,
    letters: usize,
    /// True if the tasks take turns in order, so that many at once do the same at the same time.
    pub in_step: bool,
    /// Links that somebody opened.
    pub opened: BTreeSet<String>,
}

/// What the operator has switched on, as the seed has it.
fn switches(seed: u64) -> Vec<(&'static str, &'static str)> {
    let switch = |on: bool| if on { "1" } else { "0" };
    let mut variables = SIGN_IN.to_vec();
    variables.extend([
        ("STARTING_CREDITS", "30"),
        ("AUTH_DELETE_VERIFICATION", switch(seed & 1 > 0)),
        ("AUTH_REVOKE_ON_RESET", switch(seed & 2 > 0)),
        ("AUTH_HASH_SESSIONS", switch(seed & 4 > 0)),
        ("AUTH_COOKIE_CACHE", switch(seed & 8 > 0)),
        ("AUTH_REQUIRE_VERIFICATION", switch(seed % 5 == 4)),
    ]);
    variables
}

pub fn history(seed: u64) -> Result<usize, Failure> {
    let sim = Sim::new(seed, &switches(seed));
    let mut scheduler = Scheduler::new(&sim);
    let result = scheduler.chaos().and_then(|()| scheduler.calm());
    let turns = scheduler.desk.borrow().turn;
    let mut world = sim.world.borrow_mut();
    // They hold the world that holds them.
    world.later.clear();
    result.map(|()| turns).map_err(|why| Failure { why, trace: std::mem::take(&mut world.trace) })
}

impl Scheduler {
    fn new(sim: &Sim) -> Self {
        let names = ["ada@gmail.com", "grace@mail.example", "mary@studio.example"];
        let people: Vec<_> = names.iter().enumerate().map(|(number, email)| Person::new(sim, number, email)).collect();
        make_account(sim, 9, TARGET, true, None);
        for (number, person) in people.iter().enumerate() {
            let roll = sim.world.borrow_mut().dice.below(20);
            if roll >= 8 {
                let tab = roll.is_multiple_of(2).then(|| Rc::clone(&person.tab));
                make_account(sim, number, &person.emails[0], roll >= 13, tab.as_ref());
            }
        }
        let judge = Judge::new(&sim.world.borrow(), PASSWORD, sim.settings().auth);
        let mut addresses = Addresses::default();
        addresses.note(&judge.before, 0);
        let roll = sim.world.borrow_mut().dice.below(4);
        let mut isolates = vec![sim.clone()];
        isolates.resize_with(ISOLATES, || sim.elsewhere());
        Self {
            isolates,
            desk: Desk::default(),
            judge,
            addresses,
            people,
            tasks: Vec::new(),
            ended: None,
            started: 0,
            letters: 0,
            in_step: roll == 0,
            opened: BTreeSet::new(),
        }
    }

    fn chaos(&mut self) -> Result<(), String> {
        let fault_percent = [0, 5, 15, 30][self.index(4)];
        self.sim().world.borrow_mut().fault_percent = fault_percent;
        for _ in 0..TURNS {
            match self.roll(100) {
                0..12 => self.act(),
                12..14 => self.start("cron", cron),
                14 => self.crash(),
                15 => self.outage(),
                16..25 => self.pass(),
                _ => self.step(),
            }
            self.audit()?;
        }
        Ok(())
    }

    /// Faults stop. What was promised is sent, what has ended is forgotten.
    fn calm(&mut self) -> Result<(), String> {
        {
            let mut world = self.isolates[0].world.borrow_mut();
            world.fault_percent = 0;
            world.google.outage(google::Outage::Up);
            world.mailbox.outage(mailbox::Outage::Up);
        }
        self.settle()?;
        let now = self.isolates[0].now().ms();
        let due: Vec<_> =
            self.judge.before.mails.iter().filter(|(_, mail)| mail.next.max(now) + 2 * MINUTE_MS < mail.expires).map(|(id, _)| id.clone()).collect();
        while let Some(next) = self.judge.before.mails.values().map(|mail| mail.next.min(mail.expires)).min() {
            self.wait_until(next)?;
        }
        let users = self.judge.before.users.clone();
        for ms in [2 * HOUR_MS + MINUTE_MS, DAY_MS, 8 * DAY_MS] {
            let until = self.isolates[0].now().ms() + ms;
            self.wait_until(until)?;
        }
        let world = self.isolates[0].world.borrow();
        if let Some(lost) = due.iter().find(|id| world.letters.iter().all(|letter| letter.key != **id)) {
            return Err(format!("the mail {lost} was never sent"));
        }
        let left = ["mail_outbox", "verification", "session", "media_removal", r#"generation WHERE "finishedAt" IS NULL"#];
        let left = left.map(|table| world.database.ask(&format!("SELECT * FROM {table}")));
        if let Some(row) = left.iter().flatten().next() {
            return Err(format!("kept beyond its time: {row:?}"));
        }
        let rows =
            world.database.ask(r#"SELECT "avatarKey" FROM person WHERE "avatarKey" IS NOT NULL UNION ALL SELECT "mediaKey" FROM generation_output"#);
        if let Some(orphan) = world.media.keys().find(|key| rows.iter().all(|row| row[0] != **key)) {
            return Err(format!("{orphan} is stored and belongs to nobody"));
        }
        if users != self.judge.before.users {
            return Err("an account changed while nobody was there".to_owned());
        }
        auditor::model_of_money(&world, STARTING_CREDITS)
    }

    /// Time passes until then, at least a minute; cron runs.
    fn wait_until(&mut self, ms: i64) -> Result<(), String> {
        {
            let mut world = self.isolates[0].world.borrow_mut();
            world.now_ms = ms.max(world.now_ms + MINUTE_MS);
        }
        self.deliver();
        self.start("cron", cron);
        self.settle()
    }

    /// Every task comes to its end.
    fn settle(&mut self) -> Result<(), String> {
        while !self.tasks.is_empty() {
            self.step();
            self.audit()?;
            self.isolates[0].world.borrow_mut().now_ms += 20;
        }
        Ok(())
    }

    /// Looks at what the turn has changed, and at what was said in it.
    fn audit(&mut self) -> Result<(), String> {
        let sim = self.isolates[0].clone();
        let mut book = self.desk.borrow_mut();
        let world = sim.world.borrow();
        let turn = book.turn;
        let mut nobody = Visit::of_nobody();
        let changed = self.judge.look(&world, turn, book.visiting().unwrap_or(&mut nobody))?;
        if changed {
            self.addresses.note(&self.judge.before, turn);
        }
        if changed || turn.is_multiple_of(50) {
            state::always(&world, STARTING_CREDITS)?;
            auditor::always(&world)?;
        }
        if world.letters.len() > self.letters {
            self.letters = world.letters.len();
            // Links that prove an address are the same when they are asked for in the same second.
            let same = |one: &Letter, other: &Letter| one.key == other.key || one.link == other.link && !one.link.contains("/verify-email");
            let twice = world.letters.iter().enumerate().find(|(at, letter)| world.letters.iter().take(*at).any(|before| same(before, letter)));
            if let Some((_, letter)) = twice {
                return Err(format!("sent twice: {} to {}", letter.link, letter.to));
            }
        }
        for visit in std::mem::take(&mut book.fresh) {
            replies::check(&sim, &self.judge, &self.addresses, &book, visit)?;
        }
        if let Some((task, ms)) = self.ended.take() {
            book.over(task, ms);
        }
        book.turn += 1;
        book.running = 0;
        Ok(())
    }

    pub fn sim(&self) -> Sim {
        let index = self.index(self.isolates.len());
        self.isolates[index].clone()
    }
    pub fn roll(&self, end: u64) -> u64 {
        self.isolates[0].world.borrow_mut().dice.below(end)
    }
    pub fn index(&self, len: usize) -> usize {
        self.isolates[0].world.borrow_mut().dice.index(len)
    }

    /// Starts a task on some isolate.
    pub fn start<F: Future<Output = ()> + 'static>(&mut self, name: &str, make: impl FnOnce(Sim, Desk) -> F) {
        let sim = self.sim();
        let future = Box::pin(make(sim.clone(), Rc::clone(&self.desk)));
        self.begin(name, sim, future);
    }
    fn begin(&mut self, name: &str, isolate: Sim, future: Pin<Box<dyn Future<Output = ()>>>) {
        self.started += 1;
        isolate.world.borrow_mut().note(&format!("start {} {name}", self.started));
        self.tasks.push(Task { id: self.started, name: name.to_owned(), isolate, future });
    }

    fn step(&mut self) {
        if self.tasks.is_empty() {
            return self.pass();
        }
        let index = if self.in_step { 0 } else { self.index(self.tasks.len()) };
        let task = &mut self.tasks[index];
        self.desk.borrow_mut().running = task.id;
        if task.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(()) {
            let task = self.tasks.remove(index);
            let ms = self.isolates[0].now().ms();
            self.ended = Some((task.id, ms));
        } else if self.in_step {
            self.tasks.rotate_left(1);
        }
        let deeds = std::mem::take(&mut self.isolates[0].world.borrow_mut().later);
        for (sim, deed) in deeds {
            let name = if matches!(deed, Later::Mail(_)) { "mail after the reply" } else { "picture after the reply" };
            let isolate = sim.clone();
            self.begin(name, sim, Box::pin(async move { send_mail::after_reply(&isolate, deed).await }));
        }
    }

    /// A task dies wherever it stands, or its whole isolate, with what that knew.
    fn crash(&mut self) {
        let whole = self.roll(3) == 0;
        let dead: Vec<Task> = if whole {
            let index = self.index(ISOLATES);
            let fresh = self.isolates[index].elsewhere();
            let isolate = std::mem::replace(&mut self.isolates[index], fresh);
            let (dead, alive) = std::mem::take(&mut self.tasks).into_iter().partition(|task| task.isolate.is(&isolate));
            self.tasks = alive;
            dead
        } else if self.tasks.is_empty() {
            Vec::new()
        } else {
            let index = self.index(self.tasks.len());
            vec![self.tasks.swap_remove(index)]
        };
        self.bury(dead);
    }
    fn bury(&mut self, dead: Vec<Task>) {
        let ms = self.isolates[0].now().ms();
        for task in dead {
            self.desk.borrow_mut().over(task.id, ms);
            self.isolates[0].world.borrow_mut().note(&format!("crash of {} {}", task.id, task.name));
        }
    }

    fn outage(&mut self) {
        use {google::Outage as Google, mailbox::Outage as Mail};
        let google =
            [Google::Up, Google::Up, Google::Down, Google::KeysDown, Google::InvalidGrant, Google::NoIdToken, Google::Garbage][self.index(7)];
        let mail = [Mail::Up, Mail::Up, Mail::Up, Mail::Down, Mail::Throttled, Mail::LostAnswer][self.index(6)];
        let rotate = self.roll(4) == 0;
        let mut world = self.isolates[0].world.borrow_mut();
        world.note(&format!("Google {google:?}, mail {mail:?}, keys change: {rotate}"));
        world.google.outage(google);
        world.mailbox.outage(mail);
        if rotate {
            world.google.rotate();
        }
    }

    /// Time passes: mostly a little, sometimes longer than a link holds, rarely longer than a session.
    fn pass(&mut self) {
        let ms = match self.roll(200) {
            0..120 => self.roll(300),
            120..170 => self.roll(3_000),
            170..192 => self.roll(60_000),
            192..197 => self.roll(15 * 60_000),
            long => {
                // Nothing that began before such a while lives on after it.
                let dead = std::mem::take(&mut self.tasks);
                self.bury(dead);
                if long < 199 { self.roll(26 * 3_600_000) } else { self.roll(9 * 86_400_000) }
            }
        };
        self.isolates[0].world.borrow_mut().now_ms += i64::try_from(ms).unwrap();
        self.deliver();
    }

    /// Messages of the model host that are due set out.
    fn deliver(&mut self) {
        for delivery in messages::deliveries(&self.isolates[0]) {
            self.start("webhook", |sim, _| messages::webhook(sim, delivery));
        }
    }
}

/// What cron does, in its order.
async fn cron(sim: Sim, desk: Desk) {
    desk.borrow_mut().begin(&sim, Warrant::Cron, "");
    if let Err(error) = send_mail::run(&sim).await {
        sim.world.borrow_mut().note(&format!("  cron failed: {error}"));
    }
    if let Err(error) = reconcile::run(&sim).await {
        sim.world.borrow_mut().note(&format!("  cron failed: {error}"));
    }
}

/// An account that was there before, without the time that a password takes.
fn make_account(sim: &Sim, number: usize, email: &str, verified: bool, tab: Option<&Tab>) {
    let now = sim.now();
    let salt = format!("{number:0>32}");
    let key = vendors::scrypt(PASSWORD.as_bytes(), salt.as_bytes());
    let key = key.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let token = SessionToken::new(format!("{number:0>32}"));
    let account = accounts::NewAccount {
        user_id: format!("user{number:0>28}"),
        account_id: format!("account{number:0>25}"),
        name: PersonName::new("Ada"),
        email: Email::new(email),
        image: None,
        password: PasswordHash::new(format!("{salt}:{key}")),
    };
    let session = NewSession {
        id: format!("session{number:0>25}"),
        key: token.key(sim.settings().auth.hash_sessions),
        token: token.clone(),
        expires_at: now.plus_ms(7 * DAY_MS),
        ip_address: IpAddress::new(""),
        user_agent: UserAgent::new("simulation"),
        country: None,
        city: None,
    };
    let batch = accounts::sign_up(&account, &session, STARTING_CREDITS, Vec::new(), now);
    let world = sim.world.borrow();
    assert!(world.database.run(&batch).committed(&batch), "the account is made");
    if verified {
        world.database.run(&Batch::read(vec![accounts::set_verified(&account.user_id, now)]));
    }
    if let Some(tab) = tab {
        let cookie = better_auth::set_session(sim.settings(), &atelier::lanes::In::new(token), true);
        let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
        tab.borrow_mut().cookies.insert(name.to_owned(), value.to_owned());
    }
}

/// A browser of somebody's.
pub fn tab(address: String) -> Tab {
    Rc::new(RefCell::new(Browser { address, ..Browser::default() }))
}
