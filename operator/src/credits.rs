//! Credits by the operator's hand, each once for its key: to repeat a command that may have arrived does no harm.

use std::thread::sleep;
use std::time::Duration;

use atelier::domain::generation::GenerationId;
use atelier::domain::time::Timestamp;
use atelier::store::ledger::{Granted, NewGrant, grant_by_operator, read_granted, refund_by_operator};
use atelier::store::{Batch, Outcome, StepError};
use serde_json::json;

use crate::error::Error;
use crate::hrana::Database;

const KEY_CHARS_MAX: usize = 100;
/// How often a batch is sent at most while others write.
const TRIES: u32 = 8;
const WAIT: Duration = Duration::from_millis(40);

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was done.
    Now,
    /// It had been done before, and was not done again.
    Before,
}

/// Checks a key: what somebody can write down and say again.
///
/// # Errors
/// [`Error::Usage`] if it is none.
pub fn key(text: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text);
    }
    Err(Error::Usage(format!("--key is 1 to {KEY_CHARS_MAX} letters, digits and - _ . :, not `{text}`")))
}

/// The user of an address.
///
/// # Errors
/// [`Error::Cannot`] if there is none, or why the database could not be asked.
pub fn user_of(database: &Database, email: &str) -> Result<String, Error> {
    let rows = database.ask(r#"SELECT u."id" FROM "user" u WHERE u."email" = :email"#, &[("email", json!(email.trim().to_lowercase()))])?;
    let id = rows.into_iter().next().and_then(|row| row.into_iter().next());
    id.ok_or_else(|| Error::Cannot(format!("nobody has the address {email}")))
}

/// Gives credits.
///
/// # Errors
/// [`Error::Cannot`] if there is no such user or the key was used for another grant, or why the database could not be asked.
pub fn grant(database: &Database, user: &str, new: &NewGrant, now: Timestamp) -> Result<Applied, Error> {
    let batch = grant_by_operator(user, new, now);
    let outcome = send(database, &batch)?;
    if outcome.committed(&batch) {
        return Ok(Applied::Now);
    }
    let odd = |error: atelier::platform::DbError| Error::Database(error.to_string());
    match outcome.error() {
        Some(StepError::AlreadyApplied) => match read_granted(outcome.rows(batch.nth_read(0)).map_err(odd)?, new, user).map_err(odd)? {
            Granted::AsAsked => Ok(Applied::Before),
            Granted::Otherwise | Granted::Not => Err(Error::Cannot("the key was used before, for other credits or for somebody else".to_owned())),
        },
        Some(StepError::NoOwner) => Err(Error::Cannot(format!("there is no user {user}"))),
        other => Err(unexpected(other)),
    }
}

/// Gives back credits that were charged for a generation.
///
/// # Errors
/// [`Error::Cannot`] if nothing was charged for it, or less, or the key was used for another refund; or why the database could not be asked.
pub fn refund(database: &Database, generation: &GenerationId, credits: i64, key: &str, now: Timestamp) -> Result<Applied, Error> {
    let (batch, digest) = refund_by_operator(generation, credits, key, now);
    let outcome = send(database, &batch)?;
    if outcome.committed(&batch) {
        return Ok(Applied::Now);
    }
    let id = generation.as_str();
    match outcome.error() {
        Some(StepError::AlreadyApplied) => {
            let known = outcome.rows(batch.nth_read(0)).ok().and_then(|rows| rows.first()?.text("digest").ok().map(str::to_owned));
            if known.as_deref() == Some(&digest) {
                return Ok(Applied::Before);
            }
            Err(Error::Cannot("the key was used before, for another refund".to_owned()))
        }
        Some(StepError::NoOwner) => Err(Error::Cannot(format!("there was never a generation {id}"))),
        Some(StepError::HoldNotSettled) => Err(Error::Cannot(format!("nothing was charged for {id}"))),
        Some(StepError::Other(reason)) if reason.contains("CHECK constraint failed") => {
            Err(Error::Cannot(format!("less than {credits} credits were charged for {id} and not given back yet")))
        }
        other => Err(unexpected(other)),
    }
}

fn send(database: &Database, batch: &Batch) -> Result<Outcome, Error> {
    let mut outcome = database.batch(batch)?;
    for _ in 1..TRIES {
        if !outcome.was_busy() {
            break;
        }
        sleep(WAIT);
        outcome = database.batch(batch)?;
    }
    Ok(outcome)
}

fn unexpected(error: Option<StepError>) -> Error {
    Error::Database(match error {
        Some(StepError::Other(reason)) => reason,
        Some(StepError::Busy) => "it is busy; start again".to_owned(),
        other => format!("{other:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_can_be_written_down() {
        for good in ["ticket-4711", "2026-11.outage:a_b"] {
            assert_eq!(key(good), Ok(good));
        }
        for bad in ["", "a b", "é", &"k".repeat(101)] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }
}
