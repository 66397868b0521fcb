//! Deletes a generation that has ended: row and media. The media's names are written down with the deletion, so that cron finishes
//! what a crash leaves.

use crate::{
    domain::{
        generation::GenerationId,
        live::{Change, Event},
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{Batch, generations, submit, upkeep},
};

/// Deletes it: one round trip, and one request to storage.
pub async fn run(p: &impl Platform, token: &SessionKey, id: &GenerationId) -> Result<(), Error> {
    let batch = generations::delete(token, id, p.now());
    let outcome = submit(p, &batch).await?;
    let user = outcome.rows(batch.nth_read(0))?.first().ok_or(Error::Unauthenticated)?;
    if outcome.rows(batch.nth_read(1))?.first().is_some() {
        return Err(Error::GenerationOpen);
    }
    if outcome.committed(&batch) && outcome.rows(Batch::nth_write(3))?.changed() == 0 && !outcome.may_have_been_applied() {
        return Err(Error::NotFound);
    }
    if outcome.committed(&batch) {
        p.tell(user.text("id")?, Event { generation: id.clone(), change: Change::Deleted });
    }
    let keys = upkeep::read_removals(outcome.rows(Batch::nth_write(0))?)?;
    if let Err(error) = p.remove(&keys).await {
        p.log("delete.media.later", &[("generation", id.as_str()), ("error", &error.to_string())]);
    }
    Ok(())
}
