//! Stops a generation for its owner. Nothing is charged for one that was stopped; one that its host had finished before is kept, and charged.

use super::{apply_report, read_generations, send_order, signed_in};
use crate::{
    bugs::{Bug, planted},
    domain::{
        credits::Credits,
        generation::{Failure, GenerationId, Status},
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{generations::HostFacts, life, shown::GenerationRow},
    vendors::hosts,
};

/// Notes the wish, and has the host stop the run if anybody knows its name; if not, whoever learns it stops it. Gives the generation as it stands then.
pub async fn run(p: &impl Platform, token: &SessionKey, id: &GenerationId) -> Result<(GenerationRow, Credits), Error> {
    let outcome = signed_in(p, &life::cancel(token, id, p.now())).await?;
    let Some(stopping) = life::read_stopping(outcome.rows(1)?)? else {
        let (row, credits) = read_generations::one(p, token, id).await?;
        return match row.status {
            // The same wish again.
            Status::Canceled => Ok((row, credits)),
            Status::Saving | Status::Succeeded | Status::Failed | Status::Expired => Err(Error::TooLate),
            Status::Queued | Status::Starting | Status::Running => Err(Error::CannotStop),
        };
    };
    let unsent = !stopping.sent || hosts::host(&stopping.host).is_some_and(hosts::Host::answers_at_once);
    if unsent || planted(Bug::StopsOnlyHere) {
        apply_report::fail(p, id, &HostFacts::default(), &Failure::stopped()).await?;
    } else if let Ok(Some(run)) = send_order::run_of(p, id, stopping.run.as_ref()).await {
        apply_report::stop(p, id, &stopping.model, &stopping.host, &run).await?;
    }
    read_generations::one(p, token, id).await
}
