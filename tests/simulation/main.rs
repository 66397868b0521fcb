//! The simulation: the whole thread under seeded faults and crashes, watched by an auditor.
//!
//! `ATELIER_SEEDS=N` runs more seeds, `ATELIER_SEED=S` one of them with its trace; the same seed is the same history every time.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

mod auditor;
mod database;
mod run;
mod sim;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

#[test]
fn simulation() {
    if let Some(seed) = number("ATELIER_SEED") {
        match run::history(seed) {
            Ok(turns) => println!("seed {seed}: {turns} turns, nothing found"),
            Err(failure) => panic!("seed {seed}: {}\n{}", failure.why, failure.trace.join("\n")),
        }
        return;
    }
    let seeds = number("ATELIER_SEEDS").unwrap_or(200);
    let mut turns = 0;
    for seed in 0..seeds {
        match run::history(seed) {
            Ok(of_seed) => turns += of_seed,
            Err(failure) => panic!("seed {seed}: {}\nATELIER_SEED={seed} shows the whole trace; its end:\n{}", failure.why, tail(&failure.trace)),
        }
    }
    println!("{seeds} seeds, {turns} audited turns, nothing found");
}

fn tail(trace: &[String]) -> String {
    trace[trace.len().saturating_sub(40)..].join("\n")
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    let trace = |seed| {
        let sim = run::history(seed);
        sim.map_err(|failure| failure.why)
    };
    assert_eq!(trace(7), trace(7));
}

/// Every planted bug is found, each by itself. Says after how many seeds.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_planted_bug_is_found() {
    use atelier::bugs;
    let most = number("ATELIER_BUG_SEEDS").unwrap_or(400);
    let mut missed = Vec::new();
    for bug in bugs::ALL {
        bugs::plant(Some(bug));
        match (0..most).find_map(|seed| run::history(seed).err().map(|failure| (seed, failure.why))) {
            Some((seed, why)) => println!("{bug:?}: found after {} seeds: {why}", seed + 1),
            None => missed.push(bug),
        }
        bugs::plant(None);
    }
    assert!(missed.is_empty(), "not found within {most} seeds: {missed:?}");
}
