//! One HTTP request to the database: statements with conditions.
//!
//! A Hrana batch is not atomic by itself. The chain makes it so: `BEGIN IMMEDIATE`, then every step on condition that the one
//! before it succeeded, `COMMIT` on success, `ROLLBACK` otherwise, then reads that always run.

use super::{Scope, Sql, Value, sql::statements};
use crate::bugs::{Bug, planted};

statements! {
    /// Opens the transaction: immediate, since a deferred one can fail with BUSY after its reads.
    BEGIN (Scope::Plain): "BEGIN IMMEDIATE";
    /// Closes it.
    COMMIT (Scope::Plain): "COMMIT";
    /// Undoes it.
    ROLLBACK (Scope::Plain): "ROLLBACK";
}

/// When a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In any case.
    Always,
    /// If that step succeeded.
    Ok(usize),
    /// If the transaction was begun and not committed.
    Began {
        /// The step that begins it.
        begin: usize,
        /// The step that commits it.
        commit: usize,
    },
}

/// A statement with its arguments and its condition.
#[derive(Debug, Clone)]
pub struct Step {
    /// The statement.
    pub sql: &'static Sql,
    /// Its arguments by name.
    pub args: Vec<(&'static str, Value)>,
    /// Its condition.
    pub when: When,
}

/// A batch: what one request to the database does.
#[derive(Debug, Clone)]
pub struct Batch {
    steps: Vec<Step>,
    commit: Option<usize>,
    reads: usize,
}

impl Batch {
    /// Reads only; needs no transaction.
    #[must_use]
    pub fn read(reads: Vec<Step>) -> Self {
        Self { steps: reads, commit: None, reads: 0 }
    }

    /// All of `steps` or none of them; then `reads`, which see the result.
    #[must_use]
    pub fn write(steps: Vec<Step>, reads: Vec<Step>) -> Self {
        let commit = steps.len() + 1;
        if planted(Bug::NoChain) {
            return Self::unchained(steps, reads);
        }
        let mut all = vec![BEGIN.step(&[])];
        all.extend(steps.into_iter().enumerate().map(|(i, step)| Step { when: When::Ok(i), ..step }));
        all.push(Step { when: When::Ok(commit - 1), ..COMMIT.step(&[]) });
        all.push(Step { when: When::Began { begin: 0, commit }, ..ROLLBACK.step(&[]) });
        let first_read = all.len();
        all.extend(reads);
        Self { steps: all, commit: Some(commit), reads: first_read }
    }

    /// What [`Bug::NoChain`] makes of a write.
    fn unchained(steps: Vec<Step>, reads: Vec<Step>) -> Self {
        let (commit, first_read) = (steps.len() + 1, steps.len() + 3);
        let mut all = vec![BEGIN.step(&[])];
        all.extend(steps);
        all.extend([COMMIT.step(&[]), Step { when: When::Began { begin: 0, commit }, ..ROLLBACK.step(&[]) }]);
        all.extend(reads);
        Self { steps: all, commit: Some(commit), reads: first_read }
    }

    /// `guard` fails where there is nothing to do (the usual case), and then takes no write lock; `steps` run if it succeeds.
    #[must_use]
    pub fn guarded(guard: Step, steps: Vec<Step>, reads: Vec<Step>) -> Self {
        let mut all = vec![guard];
        all.extend(steps.into_iter().map(|step| Step { when: When::Ok(0), ..step }));
        let first_read = all.len();
        all.extend(reads);
        Self { steps: all, commit: None, reads: first_read }
    }

    /// `guard` as in [`Batch::guarded`]; `steps` run if it succeeds, all or none of them.
    #[must_use]
    pub fn guarded_write(guard: Step, steps: Vec<Step>, reads: Vec<Step>) -> Self {
        let (begin, commit) = (1, steps.len() + 2);
        let mut all = vec![guard, Step { when: When::Ok(0), ..BEGIN.step(&[]) }];
        all.extend(steps.into_iter().enumerate().map(|(i, step)| Step { when: When::Ok(begin + i), ..step }));
        all.push(Step { when: When::Ok(commit - 1), ..COMMIT.step(&[]) });
        all.push(Step { when: When::Began { begin, commit }, ..ROLLBACK.step(&[]) });
        let first_read = all.len();
        all.extend(reads);
        Self { steps: all, commit: None, reads: first_read }
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
    /// Index of the `i`-th step of a write.
    #[must_use]
    pub const fn nth_write(i: usize) -> usize {
        i + 1
    }
    /// Index of the `i`-th read.
    #[must_use]
    pub fn nth_read(&self, i: usize) -> usize {
        self.reads + i
    }
    /// Index of the `COMMIT`, if it is a write.
    #[must_use]
    pub fn commit(&self) -> Option<usize> {
        self.commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::upkeep::PROBE;

    #[test]
    fn the_chain_of_a_write() {
        let step = || PROBE.step(&[("probe", 1_i64.into())]);
        let batch = Batch::write(vec![step(), step()], vec![step()]);
        let whens: Vec<_> = batch.steps().iter().map(|step| step.when).collect();
        assert_eq!(whens, [When::Always, When::Ok(0), When::Ok(1), When::Ok(2), When::Began { begin: 0, commit: 3 }, When::Always]);
        assert_eq!((batch.commit(), batch.nth_read(0), Batch::nth_write(1)), (Some(3), 5, 2));
    }
}
