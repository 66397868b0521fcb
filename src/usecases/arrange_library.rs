//! Arranges the user's works: favourites and folders, one work or many by the same statements. One round trip each.

use super::signed_in;
use crate::{
    domain::{credits::Credits, generation::GenerationId},
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        Batch, Outcome, StepError, generations, ledger,
        library::{self, Change},
        shown::{self, GenerationRow},
    },
};

/// What became of a work in a request about many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was done.
    Done,
    /// There is no such work, or it is somebody else's.
    NotFound,
    /// It still runs.
    StillOpen,
}

/// Changes one work, and gives it as it is then.
pub async fn one(p: &impl Platform, who: &SessionKey, id: &GenerationId, change: &Change) -> Result<(GenerationRow, Credits), Error> {
    let more = vec![generations::one(who, id, p.now()), ledger::balance(who, p.now())];
    let batch = library::change(who, std::slice::from_ref(id), change, more, p.now());
    let outcome = signed_in(p, &batch).await?;
    check(&batch, &outcome)?;
    let row = shown::read_all(outcome.rows(batch.nth_read(2))?)?.into_iter().next().ok_or(Error::NotFound)?;
    Ok((row, ledger::read_balance(outcome.rows(batch.nth_read(3))?)?))
}

/// Changes many works.
pub async fn many(p: &impl Platform, who: &SessionKey, ids: &[GenerationId], change: &Change) -> Result<Vec<Fate>, Error> {
    let batch = library::change(who, ids, change, Vec::new(), p.now());
    let outcome = signed_in(p, &batch).await?;
    check(&batch, &outcome)?;
    let there = library::read_look(outcome.rows(batch.nth_read(1))?)?;
    let is_there = |id: &&GenerationId| there.iter().any(|(known, _)| known == id.as_str());
    Ok(ids.iter().map(|id| if is_there(&id) { Fate::Done } else { Fate::NotFound }).collect())
}

fn check(batch: &Batch, outcome: &Outcome) -> Result<(), Error> {
    match outcome.error() {
        Some(StepError::NotAllowed) => Err(Error::Invalid { field: "folder".to_owned(), limit: "a folder of yours, or null".to_owned() }),
        _ if outcome.committed(batch) => Ok(()),
        _ => Err(Error::Unavailable("the change was not applied")),
    }
}
