//! The third kind of history: people buy, spend, take their money back and leave, messages of Stripe's come late, twice, or not at all, clocks
//! differ, and everything goes wrong.

mod auditor;
mod bank;
mod clients;
mod model;
mod operator;
mod orders;
mod post;
mod shop;

use crate::{run::Failure, sim::Sim, vendors};
use atelier::{
    domain::time::{DAY_MS, HOUR_MS, MINUTE_MS},
    platform::Later,
    usecases::{compare_stripe, expire_credits, reconcile, send_mail},
};
use atelier_sandbox::stripe::Outage;
use auditor::Auditor;
use clients::{Memory, Minds};
use serde_json::json;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

const PEOPLE: usize = 3;
/// Turns with faults; then everything works.
const TURNS: usize = 260;
/// At most so many polls of tasks in a turn.
const POLLS: u64 = 12;
/// How far clocks that serve people and messages may be apart, and those of cron: a message may be 5 minutes old.
const SKEW_MS: (i64, i64) = (140_000, 300_000);
/// Longer is not waited in one history.
const WAITED_MAX_MS: i64 = 48 * DAY_MS;
/// Cron does not stand still for longer: Stripe forgets events after 30 days, and what was not compared by then is lost.
const UNSEEN_MAX_MS: i64 = 20 * DAY_MS;
/// The time between two runs of cron while long times pass: as much as one run compares.
const HOP_MS: i64 = 5 * HOUR_MS + 30 * MINUTE_MS;
/// The last of the isolates is cron's.
const ISOLATES: usize = 3;

struct Task {
    name: String,
    isolate: Sim,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

struct Scheduler {
    isolates: Vec<Sim>,
    minds: Minds,
    auditor: Auditor,
    tasks: Vec<Task>,
    turns: usize,
    /// Messages of Stripe's: their type, and until when they are lost on their way.
    posted: BTreeMap<String, (bool, i64)>,
    waited_ms: i64,
    /// True when nothing goes wrong any more.
    calm: bool,
}

/// A studio that takes money.
fn studio(seed: u64) -> Sim {
    let mut variables = vendors::STRIPE.to_vec();
    variables.extend([("PLANS", shop::PLANS), ("STARTING_CREDITS", "14")]);
    let sim = Sim::new(seed, &variables);
    shop::open(&mut sim.world.borrow_mut());
    sim
}

pub fn history(seed: u64) -> Result<usize, Failure> {
    let sim = studio(seed);
    let mut scheduler = Scheduler::new(&sim);
    let result = scheduler.chaos().and_then(|()| scheduler.calm());
    let mut world = sim.world.borrow_mut();
    // They hold the world that holds them.
    world.later.clear();
    result.map(|()| scheduler.turns).map_err(|why| Failure { why, trace: std::mem::take(&mut world.trace) })
}

impl Scheduler {
    fn new(sim: &Sim) -> Self {
        let people = (0..PEOPLE).map(|number| shop::sign_up(sim, number)).collect();
        let minds = Minds::new(RefCell::new(Memory { people, ..Memory::default() }));
        let mut scheduler = Self {
            isolates: vec![sim.clone()],
            minds,
            auditor: Auditor::default(),
            tasks: Vec::new(),
            turns: 0,
            posted: BTreeMap::new(),
            waited_ms: 0,
            calm: false,
        };
        // In every second history all clocks agree.
        let apart = i64::try_from(scheduler.roll(2)).unwrap();
        let skewed = |most: i64| sim.skewed(apart * (i64::try_from(scheduler.roll(2 * most.unsigned_abs())).unwrap() - most));
        let isolates = [skewed(SKEW_MS.0), skewed(SKEW_MS.0), skewed(SKEW_MS.1)];
        scheduler.isolates = isolates.to_vec();
        scheduler
    }

    fn chaos(&mut self) -> Result<(), String> {
        // The studio has been running before: it knows up to when it has compared.
        self.cron();
        self.settle()?;
        let percent = [0, 3, 8, 20][self.index(4)];
        self.isolates[0].world.borrow_mut().fault_percent = percent;
        for _ in 0..TURNS {
            match self.roll(100) {
                0..14 => self.act(),
                14..28 => self.happen()?,
                28..32 => self.cron(),
                32 => self.crash(),
                33 => bank::outage(&mut self.isolates[0].world.borrow_mut()),
                34..50 => self.pass(),
                50 => self.wait()?,
                51 => self.wait_for_an_end(),
                _ => self.step()?,
            }
            self.audit()?;
        }
        Ok(())
    }

    /// Faults stop: Stripe answers, what it sends arrives, cron runs until everything that is due was done.
    fn calm(&mut self) -> Result<(), String> {
        self.mend();
        for _ in 0..26 {
            self.isolates[0].world.borrow_mut().now_ms += 11 * MINUTE_MS;
            self.cron();
            self.settle()?;
        }
        let mut before = i64::MAX;
        while self.lag_ms() > 30 * MINUTE_MS && self.lag_ms() < before {
            before = self.lag_ms();
            self.start(ISOLATES - 1, "comparison", compare);
            self.settle()?;
        }
        self.isolates[0].world.borrow_mut().now_ms += 20 * MINUTE_MS;
        self.cron();
        self.settle()?;
        let sim = self.isolates[0].clone();
        let world = sim.world.borrow();
        self.auditor.whole(&world, &self.minds.borrow(), true)?;
        model::at_last(&world, &self.minds.borrow())
    }

    fn mend(&mut self) {
        self.calm = true;
        for lost in self.posted.values_mut() {
            lost.1 = 0;
        }
        let world = &mut *self.isolates[0].world.borrow_mut();
        world.note("all is well from now on");
        world.fault_percent = 0;
        world.stripe.outage(Outage::Up, None);
        shop::control(world, "webhooks", &json!({"mode": "deliver"}));
    }

    /// How much Stripe's list is ahead of what was compared.
    fn lag_ms(&self) -> i64 {
        let world = self.isolates[0].world.borrow();
        let mark = world.database.ask(r#"SELECT "at" FROM mark WHERE "name" = 'stripe events'"#);
        world.now_ms - mark.first().map_or(0, |row| row[0].parse().unwrap())
    }

    /// Every task comes to its end, and so does what Stripe sends meanwhile.
    fn settle(&mut self) -> Result<(), String> {
        self.deliver();
        while !self.tasks.is_empty() {
            self.poll(0);
            self.audit()?;
            self.isolates[0].world.borrow_mut().now_ms += 5;
            if self.tasks.is_empty() {
                self.deliver();
            }
        }
        Ok(())
    }

    fn audit(&mut self) -> Result<(), String> {
        self.turns += 1;
        if let Some(wrong) = self.minds.borrow_mut().wrong.take() {
            return Err(wrong);
        }
        self.auditor.look(&self.isolates[0].world.borrow(), &self.minds.borrow())
    }

    fn roll(&self, end: u64) -> u64 {
        self.isolates[0].world.borrow_mut().dice.below(end)
    }
    fn index(&self, len: usize) -> usize {
        self.isolates[0].world.borrow_mut().dice.index(len)
    }

    fn start<F: Future<Output = ()> + 'static>(&mut self, isolate: usize, name: &str, make: impl FnOnce(Sim) -> F) {
        let isolate = self.isolates[isolate].clone();
        isolate.world.borrow_mut().note(&format!("start {name}"));
        self.tasks.push(Task { name: name.to_owned(), future: Box::pin(make(isolate.clone())), isolate });
    }
    /// Starts a task of somebody's, on some isolate that serves people.
    fn serve<F: Future<Output = ()> + 'static>(&mut self, name: &str, make: impl FnOnce(Sim, Minds) -> F) {
        let isolate = self.index(ISOLATES - 1);
        let minds = Rc::clone(&self.minds);
        self.start(isolate, name, |sim| make(sim, minds));
    }
    fn cron(&mut self) {
        self.start(ISOLATES - 1, "cron", cron);
    }

    /// Somebody does something at the studio.
    fn act(&mut self) {
        let person = self.index(PEOPLE);
        match self.roll(100) {
            0..44 => {
                let order = clients::order(&self.isolates[0], &self.minds, person, self.turns);
                // Some send the same at once and twice.
                for copy in 0..=self.roll(2) {
                    let order = order.clone();
                    self.serve(&format!("order {copy} of {}: {}", order.key, order.body), |sim, minds| clients::place(sim, minds, person, order));
                }
            }
            44..58 => {
                let pack = ["pack-small", "pack-small", "pack-large"][self.index(3)];
                let wish = json!({"pack": pack});
                self.serve(&format!("{person} buys {wish}"), |sim, minds| clients::buy(sim, minds, person, wish));
            }
            58..70 => {
                // Perhaps in two tabs at once.
                for _ in 0..=self.roll(3) / 2 {
                    let interval = if self.roll(4) == 0 { "year" } else { "month" };
                    let plan = ["studio", "atelier"][self.index(2)];
                    let wish = json!({"plan": plan, "interval": interval});
                    self.serve(&format!("{person} buys {wish}"), |sim, minds| clients::buy(sim, minds, person, wish));
                }
            }
            70..84 => self.serve("look", |sim, minds| clients::look(sim, minds, person)),
            84..92 => self.serve("portal", |sim, minds| clients::visit_portal(sim, minds, person)),
            92..96 => self.serve("limit", |sim, minds| clients::limit(sim, minds, person)),
            96 => self.serve(&format!("{person} leaves"), |sim, minds| clients::leave(sim, minds, person)),
            _ => {
                let key = format!("good:{}", self.turns);
                if self.roll(2) == 0 {
                    self.serve("the operator gives", |sim, minds| operator::give(sim, minds, person, key));
                } else {
                    self.serve("the operator gives back", |sim, _| operator::make_good(sim, key));
                }
            }
        }
    }

    /// Something happens at Stripe; sometimes a bank changes its mind while the messages of that are on their way.
    fn happen(&mut self) -> Result<(), String> {
        bank::happen(&mut self.isolates[0].world.borrow_mut(), &mut self.minds.borrow_mut());
        self.deliver();
        if self.roll(5) == 0 {
            self.step()?;
            bank::reconsider(&mut self.isolates[0].world.borrow_mut());
            self.deliver();
        }
        Ok(())
    }

    /// Some turns of some tasks, which the seed chooses.
    fn step(&mut self) -> Result<(), String> {
        for _ in 0..=self.roll(POLLS) {
            if self.tasks.is_empty() {
                self.pass();
                return Ok(());
            }
            let index = self.index(self.tasks.len());
            self.poll(index);
            self.audit()?;
        }
        Ok(())
    }

    fn poll(&mut self, index: usize) {
        if self.tasks[index].future.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(()) {
            drop(self.tasks.swap_remove(index));
        }
        let deeds = std::mem::take(&mut self.isolates[0].world.borrow_mut().later);
        for (isolate, deed) in deeds {
            let name = if matches!(deed, Later::Mail(_)) { "mail after the reply" } else { "picture after the reply" };
            let sim = isolate.clone();
            self.tasks.push(Task { name: name.to_owned(), isolate, future: Box::pin(async move { send_mail::after_reply(&sim, deed).await }) });
        }
    }

    /// A task dies wherever it stands, or a whole isolate.
    fn crash(&mut self) {
        let isolate = self.isolates[self.index(ISOLATES)].clone();
        let whole = self.roll(3) == 0;
        let one = if self.tasks.is_empty() { 0 } else { self.index(self.tasks.len()) };
        for index in (0..self.tasks.len()).rev() {
            if if whole { self.tasks[index].isolate.is(&isolate) } else { index == one } {
                let task = self.tasks.swap_remove(index);
                isolate.world.borrow_mut().note(&format!("crash of {}", task.name));
            }
        }
    }

    /// Time passes, mostly a little. Nothing that began before a long while lives on after it.
    fn pass(&mut self) {
        let ms = match self.roll(20) {
            0..12 => self.roll(2_000),
            12..17 => self.roll(60_000),
            17..19 => self.roll(20 * 60_000),
            _ => {
                self.tasks.clear();
                self.roll(30 * 3_600_000)
            }
        };
        self.isolates[0].world.borrow_mut().now_ms += i64::try_from(ms).unwrap();
        self.deliver();
    }

    /// Days or weeks pass, cron runs.
    fn wait(&mut self) -> Result<(), String> {
        let days = [1, 1, 2, 3, 9, 32, 34, 36][self.index(8)];
        if self.waited_ms + days * DAY_MS > WAITED_MAX_MS {
            return Ok(());
        }
        self.waited_ms += days * DAY_MS;
        self.tasks.clear();
        let percent = std::mem::replace(&mut self.isolates[0].world.borrow_mut().fault_percent, 1);
        self.isolates[0].world.borrow_mut().note(&format!("{days} days pass"));
        for hop in 0..days * DAY_MS / HOP_MS {
            if hop == 4 {
                self.isolates[0].world.borrow_mut().stripe.outage(Outage::Up, None);
            }
            self.isolates[0].world.borrow_mut().now_ms += HOP_MS;
            self.deliver();
            if hop % 4 == 0 {
                self.cron();
            } else {
                self.start(ISOLATES - 1, "comparison", compare);
            }
            for _ in 0..400 {
                if self.tasks.is_empty() {
                    break;
                }
                let index = self.index(self.tasks.len());
                self.poll(index);
                self.audit()?;
            }
        }
        self.isolates[0].world.borrow_mut().fault_percent = percent;
        Ok(())
    }

    /// Time passes until some credits have just ended, if that is not too long, and cron has not run yet.
    fn wait_for_an_end(&mut self) {
        let lag = self.lag_ms();
        let world = &mut *self.isolates[0].world.borrow_mut();
        let next = format!(r#"SELECT min("expiresAt") FROM credit_grant WHERE "expiresAt" > {}"#, world.now_ms);
        let next = world.database.ask(&next)[0][0].parse::<i64>().ok();
        if let Some(next) = next.filter(|next| lag + next - world.now_ms < UNSEEN_MAX_MS && self.waited_ms + next - world.now_ms < WAITED_MAX_MS) {
            self.waited_ms += next - world.now_ms;
            self.tasks.clear();
            world.now_ms = next + 1 + i64::try_from(world.dice.below(2_000)).unwrap();
            world.note("credits have just ended");
        }
    }
}

async fn compare(sim: Sim) {
    if let Err(error) = compare_stripe::run(&sim).await {
        sim.world.borrow_mut().note(&format!("  cron failed: {error}"));
    }
}

/// What cron does, in its order.
async fn cron(sim: Sim) {
    let results = [send_mail::run(&sim).await, reconcile::run(&sim).await, expire_credits::run(&sim).await];
    for error in results.into_iter().filter_map(Result::err) {
        sim.world.borrow_mut().note(&format!("  cron failed: {error}"));
    }
    compare(sim).await;
}
