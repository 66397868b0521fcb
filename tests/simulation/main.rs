//! The simulation: the whole thread under seeded faults and crashes, watched by an auditor.
//!
//! `ATELIER_SEEDS=N` runs more seeds, `ATELIER_SEED=S` one of them with its trace; the same seed is the same history every time.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

mod accounts;
mod auditor;
mod book;
mod browser;
mod copies;
mod database;
mod dice;
mod files;
mod judge;
mod library;
mod malice;
mod messages;
mod money;
mod people;
mod pictures;
mod replies;
mod run;
mod sim;
mod state;
mod storage;
mod turn;
mod vendors;
mod wishes;

use std::sync::atomic::{AtomicU64, Ordering};

/// Histories that run at the same time: each is one thread's.
const THREADS: usize = 2;
/// Futures of an everyday build are large, and a history is polled deep inside of them.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Does the same in so many threads, and gives what each brought.
fn in_threads<T: Send>(count: usize, work: &(impl Fn() -> T + Sync)) -> Vec<T> {
    std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).unwrap();
        let threads: Vec<_> = (0..count).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// A kind of history: what a seed does.
type History = fn(u64) -> Result<usize, run::Failure>;

/// Says which seed it was, if what it runs panics.
struct Running<'a>(&'a str, u64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}, seed {}: a panic", self.0, self.1);
        }
    }
}

fn simulate(name: &str, history: History, usual: u64) {
    if let Some(seed) = number("ATELIER_SEED") {
        match in_threads(1, &|| history(seed)).remove(0) {
            Ok(turns) => println!("{name}, seed {seed}: {turns} turns, nothing found"),
            Err(failure) => panic!("{name}, seed {seed}: {}\n{}", failure.why, failure.trace.join("\n")),
        }
        return;
    }
    let (first, seeds) = (number("ATELIER_FIRST").unwrap_or(0), number("ATELIER_SEEDS").unwrap_or(usual));
    // Whoever is free takes the next one; once something is found, the others come to an end.
    let next = AtomicU64::new(first);
    let work = || {
        let mut turns = 0;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return Ok(turns);
            }
            let running = Running(name, seed);
            let result = history(running.1);
            drop(running);
            turns += result.map_err(|failure| {
                next.store(u64::MAX / 2, Ordering::Relaxed);
                (seed, failure)
            })?;
        }
    };
    let results = in_threads(THREADS, &work);
    let found = results.iter().filter_map(|result| result.as_ref().err()).min_by_key(|(seed, _)| *seed);
    if let Some((seed, failure)) = found {
        panic!("{name}, seed {seed}: {}\nATELIER_SEED={seed} shows the whole trace; its end:\n{}", failure.why, tail(&failure.trace));
    }
    let turns: usize = results.into_iter().filter_map(Result::ok).sum();
    println!("{name}: {seeds} seeds, {turns} audited turns, nothing found");
}

#[test]
fn simulation_of_generations() {
    simulate("generations", run::history, 200);
}

#[test]
fn simulation_of_accounts() {
    simulate("accounts", accounts::history, 200);
}

#[test]
fn simulation_of_money() {
    simulate("money", money::history, 150);
}

fn tail(trace: &[String]) -> String {
    trace[trace.len().saturating_sub(40)..].join("\n")
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    for history in [run::history as History, accounts::history, money::history] {
        let ends = in_threads(2, &|| history(7).map_err(|failure| failure.why));
        assert_eq!(ends[0], ends[1]);
    }
}

/// Every planted bug is found, each by itself. Says after how many seeds. `ATELIER_BUG=Name` tries one of them.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_planted_bug_is_found() {
    use atelier::bugs;
    let most = number("ATELIER_BUG_SEEDS").unwrap_or(400);
    let of_generations = bugs::OF_GENERATIONS.into_iter().map(|bug| (bug, run::history as History));
    let of_accounts = bugs::OF_ACCOUNTS.into_iter().map(|bug| (bug, accounts::history as History));
    let of_money = bugs::OF_MONEY.into_iter().map(|bug| (bug, money::history as History));
    let only = std::env::var("ATELIER_BUG").ok();
    let all: Vec<_> =
        of_generations.chain(of_accounts).chain(of_money).filter(|(bug, _)| only.as_ref().is_none_or(|only| *only == format!("{bug:?}"))).collect();
    let next = AtomicU64::new(0);
    // A bug is planted in one thread alone.
    let work = || {
        let mut missed = Vec::new();
        while let Some((bug, history)) = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|index| all.get(index)) {
            bugs::plant(Some(*bug));
            match (0..most).find_map(|seed| history(seed).err().map(|failure| (seed, failure.why))) {
                Some((seed, why)) => println!("{bug:?}: found after {} seeds: {why}", seed + 1),
                None => missed.push(*bug),
            }
        }
        missed
    };
    let missed = in_threads(THREADS, &work).concat();
    assert!(missed.is_empty(), "not found within {most} seeds: {missed:?}");
}
