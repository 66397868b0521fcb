//! SQL, one file per noun: named statements → [`Batch`]; [`Rows`] → what the use case wants to know.
//!
//! An ordinary request sends one batch and reads its outcome; it does not read, decide, write. See `batch`.

mod batch;
mod outcome;
mod sql;

pub mod accounts;
pub mod deletion;
pub mod generations;
pub mod ledger;
pub mod mail;
pub mod people;
pub mod sessions;
pub mod social;
pub mod tries;
pub mod upkeep;
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
    deletion::ALL,
    generations::ALL,
    ledger::ALL,
    mail::ALL,
    people::ALL,
    sessions::ALL,
    social::ALL,
    tries::ALL,
    upkeep::ALL,
    verifications::ALL,
];

/// Sends a batch; once more if the database did not take it or the answer was lost. A second try of a batch that was applied finds
/// its own ids, so it changes nothing.
pub async fn submit(p: &impl Platform, batch: &Batch) -> Result<Outcome, DbError> {
    let lost = match p.db(batch).await {
        Ok(outcome) if outcome.was_busy() => false,
        Err(DbError::Refused) => false,
        Err(DbError::Unknown) => true,
        answered => return answered,
    };
    p.log("database.retry", &[]);
    let outcome = p.db(batch).await?;
    if outcome.was_busy() {
        return Err(DbError::Refused);
    }
    Ok(if lost { outcome.repeat() } else { outcome })
}
