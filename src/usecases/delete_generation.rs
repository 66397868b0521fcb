//! Deletes generations that have ended: rows and media. The media's names are written down with the deletion, so that cron finishes
//! what a crash leaves.

use super::arrange_library::Fate;
use crate::{
    domain::{
        generation::GenerationId,
        live::{Change, Event},
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{Batch, generations, library, submit, upkeep},
};

/// Deletes one.
pub async fn run(p: &impl Platform, token: &SessionKey, id: &GenerationId) -> Result<(), Error> {
    match many(p, token, std::slice::from_ref(id)).await?.first() {
        Some(Fate::Done) => Ok(()),
        Some(Fate::StillOpen) => Err(Error::GenerationOpen),
        Some(Fate::NotFound) | None => Err(Error::NotFound),
    }
}

/// Deletes many: one round trip, and one request to storage. One that is gone counts as done if a first try may have deleted it.
pub async fn many(p: &impl Platform, token: &SessionKey, ids: &[GenerationId]) -> Result<Vec<Fate>, Error> {
    let batch = generations::delete(token, ids, p.now());
    let outcome = submit(p, &batch).await?;
    let user = outcome.rows(batch.nth_read(0))?.first().ok_or(Error::Unauthenticated)?;
    let there = library::read_look(outcome.rows(Batch::nth_write(0))?)?;
    let is_open = |id: &GenerationId| there.iter().find(|(known, _)| known == id.as_str()).map(|(_, open)| *open);
    let fate = |id| match is_open(id) {
        Some(true) => Fate::StillOpen,
        Some(false) => Fate::Done,
        None if outcome.may_have_been_applied() => Fate::Done,
        None => Fate::NotFound,
    };
    if !outcome.committed(&batch) {
        return Err(Error::Unavailable("the deletion was not applied"));
    }
    let keys = upkeep::read_removals(outcome.rows(Batch::nth_write(1))?)?;
    if !keys.is_empty() && p.remove(&keys).await.is_err() {
        p.log("delete.media.later", &[("files", &keys.len().to_string())]);
    }
    for id in ids.iter().filter(|id| is_open(id) == Some(false)) {
        p.tell(user.text("id")?, Event { generation: id.clone(), change: Change::Deleted });
    }
    Ok(ids.iter().map(fate).collect())
}
