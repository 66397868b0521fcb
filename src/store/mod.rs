//! SQL, one file per noun: named statements → [`Batch`]; [`Rows`] → what the use case wants to know.
//!
//! An ordinary request sends one batch and reads its outcome; it does not read, decide, write. See `batch`.

mod batch;
mod outcome;
mod sql;

pub mod accounts;
pub mod billing;
pub mod deletion;
pub mod folders;
pub mod generations;
pub mod keys;
pub mod ledger;
pub mod library;
pub mod life;
pub mod mail;
pub mod orphans;
pub mod people;
pub mod sessions;
pub mod shares;
pub mod shown;
pub mod social;
pub mod sources;
pub mod tries;
pub mod turns;
pub mod upkeep;
pub mod uploads;
pub mod verifications;

pub use batch::{Batch, Step, When};
pub use libsql_client::Value;
pub use outcome::{Outcome, Row, Rows, StepError};
pub use sql::{Scope, Sql};

use crate::platform::{DbError, Platform};

/// Every statement of the program, by file. The laws are tested over this list.
pub const STATEMENTS: &[&[&Sql]] = &[
    batch::ALL,
    accounts::ALL,
    billing::checkouts::ALL,
    billing::customers::ALL,
    billing::events::ALL,
    billing::invoices::ALL,
    billing::payments::ALL,
    billing::subscriptions::ALL,
    deletion::ALL,
    folders::ALL,
    generations::ALL,
    keys::ALL,
    ledger::balance::ALL,
    ledger::grants::ALL,
    ledger::history::ALL,
    ledger::reversals::ALL,
    ledger::sweep::ALL,
    ledger::work::ALL,
    library::ALL,
    life::ALL,
    mail::ALL,
    orphans::ALL,
    people::ALL,
    sessions::ALL,
    shares::ALL,
    social::ALL,
    sources::ALL,
    tries::ALL,
    turns::ALL,
    upkeep::ALL,
    uploads::ALL,
    verifications::ALL,
];

/// How often a batch is sent at most, if the database does not take it.
const TRIES: i64 = 4;
/// The wait before the next try in milliseconds, times the number of tries; up to as much again is added by chance, so that those who
/// met do not meet again.
const WAIT_MS: i64 = 15;

/// Sends a batch; again if the database was busy, and once more if the answer was lost. A second try of a batch that was applied finds its
/// own ids, so it changes nothing.
pub async fn submit(p: &impl Platform, batch: &Batch) -> Result<Outcome, DbError> {
    let mut lost = false;
    for n in 1..=TRIES {
        match p.db(batch).await {
            Ok(outcome) if outcome.was_busy() => {}
            Err(DbError::Refused) => {}
            Err(DbError::Unknown) if !lost => lost = true,
            Ok(outcome) => return Ok(if lost { outcome.repeat() } else { outcome }),
            Err(error) => return Err(error),
        }
        if n < TRIES {
            p.log("database.retry", &[]);
            let mut chance = [0];
            p.random(&mut chance);
            p.pause(n * (WAIT_MS + i64::from(chance[0]) * WAIT_MS / 255)).await;
        }
    }
    Err(if lost { DbError::Unknown } else { DbError::Refused })
}
