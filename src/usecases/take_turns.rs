//! Cron: lets the generations go that wait for a turn which has come, and gives up those that wait in vain.

use super::{apply_report, run_queued};
use crate::{
    bugs::{Bug, planted},
    domain::generation::{Failure, FailureCode},
    error::Error,
    platform::{Platform, SendError},
    store::{
        generations::HostFacts,
        submit,
        turns::{self, Waiting},
    },
};

/// One run. What fails now is there again in the next one.
pub async fn run(p: &impl Platform, all: &[Waiting]) {
    for waiting in all.iter().filter(|_| !planted(Bug::WaitsForEver)) {
        let result = if waiting.late {
            give_up(p, waiting, &Failure::new(FailureCode::TimedOut, "its turn did not come in time")).await
        } else if waiting.unwanted {
            give_up(p, waiting, &Failure::stopped()).await
        } else if p.enqueue(&waiting.id).await == Err(SendError::NotSent) {
            // Without a queue there is time here too.
            run_queued::run(p, &waiting.id).await
        } else {
            Ok(())
        };
        if let Err(error) = result {
            p.log("turn.later", &[("generation", waiting.id.as_str()), ("error", &error.to_string())]);
        }
    }
}

/// Ends one that still waits: its turn may have been taken since it was looked at.
async fn give_up(p: &impl Platform, waiting: &Waiting, failure: &Failure) -> Result<(), Error> {
    let ended = submit(p, &turns::end(&waiting.id, p.now())).await?;
    if ended.rows(0)?.first().is_none() {
        return Ok(());
    }
    apply_report::fail(p, &waiting.id, &HostFacts::default(), failure).await
}
