//! The simulation: the whole thread under seeded faults and crashes, watched by an auditor.
//!
//! `ATELIER_SEEDS=N` runs more seeds, `ATELIER_SEED=S` one of them with its trace; the same seed is the same history every time.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

mod accounts;
mod auditor;
mod book;
mod browser;
mod database;
mod judge;
mod people;
mod replies;
mod run;
mod sim;
mod state;
mod vendors;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// A kind of history: what a seed does.
type History = fn(u64) -> Result<usize, run::Failure>;

fn simulate(name: &str, history: History, usual: u64) {
    if let Some(seed) = number("ATELIER_SEED") {
        match history(seed) {
            Ok(turns) => println!("{name}, seed {seed}: {turns} turns, nothing found"),
            Err(failure) => panic!("{name}, seed {seed}: {}\n{}", failure.why, failure.trace.join("\n")),
        }
        return;
    }
    let seeds = number("ATELIER_SEEDS").unwrap_or(usual);
    let mut turns = 0;
    for seed in 0..seeds {
        match history(seed) {
            Ok(of_seed) => turns += of_seed,
            Err(failure) => {
                panic!("{name}, seed {seed}: {}\nATELIER_SEED={seed} shows the whole trace; its end:\n{}", failure.why, tail(&failure.trace))
            }
        }
    }
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

fn tail(trace: &[String]) -> String {
    trace[trace.len().saturating_sub(40)..].join("\n")
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    for history in [run::history as History, accounts::history] {
        let end = |seed| history(seed).map_err(|failure| failure.why);
        assert_eq!(end(7), end(7));
    }
}

/// Every planted bug is found, each by itself. Says after how many seeds.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_planted_bug_is_found() {
    use atelier::bugs;
    let most = number("ATELIER_BUG_SEEDS").unwrap_or(400);
    let mut missed = Vec::new();
    let of_generations = bugs::OF_GENERATIONS.into_iter().map(|bug| (bug, run::history as History));
    let of_accounts = bugs::OF_ACCOUNTS.into_iter().map(|bug| (bug, accounts::history as History));
    for (bug, history) in of_generations.chain(of_accounts) {
        bugs::plant(Some(bug));
        match (0..most).find_map(|seed| history(seed).err().map(|failure| (seed, failure.why))) {
            Some((seed, why)) => println!("{bug:?}: found after {} seeds: {why}", seed + 1),
            None => missed.push(bug),
        }
        bugs::plant(None);
    }
    assert!(missed.is_empty(), "not found within {most} seeds: {missed:?}");
}
