//! Sends an order to the first host that takes it. Only a clear refusal releases the hold, or has the next one asked; where every host is too busy the order waits
//! for another turn; where nobody knows, the reconciler decides.

use super::{
    apply_report,
    ask_host::{self, Asked},
};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue::{Model, Target},
        generation::{Failure, FailureCode, GenerationId},
    },
    error::Error,
    lanes::SessionKey,
    platform::{MediaError, Platform},
    store::{
        generations::HostFacts,
        life::{self, Moved},
        submit, turns,
    },
    vendors::hosts::{Created, RunId},
};

/// Where it is noted what a host without `start` messages calls a run.
fn jot_key(id: &GenerationId) -> String {
    format!("run/{id}")
}

/// What the host calls a generation's run: as the row has it, or else as it was noted.
///
/// # Errors
/// [`MediaError`] if the note could not be read: then nobody may conclude that there is none.
pub(super) async fn run_of(p: &impl Platform, id: &GenerationId, known: Option<&RunId>) -> Result<Option<RunId>, MediaError> {
    match known {
        Some(run) => Ok(Some(run.clone())),
        None => Ok(p.jotted(&jot_key(id)).await?.as_deref().and_then(RunId::parse)),
    }
}

/// Notes it, in the row where the note cannot be kept beside the media: it may be all that ever names the run.
async fn jot(p: &impl Platform, id: &GenerationId, run: &RunId) -> Result<(), Error> {
    if p.jot(&jot_key(id), run.as_str()).await.is_err() {
        apply_report::progress(p, id, run, false).await?;
    }
    Ok(())
}

/// Who sends an order.
#[derive(Debug, Clone, Copy)]
pub enum Sender<'a> {
    /// Its owner, as it is ordered.
    Owner(&'a SessionKey),
    /// Whoever took its turn, under this name.
    Holder(&'a RunId),
}

/// Sends it.
pub async fn run(p: &impl Platform, sender: Sender<'_>, id: &GenerationId, model: &'static Model, asked: Asked<'_>) -> Result<(), Error> {
    let (token, holder) = match sender {
        Sender::Owner(token) => (Some(token), None),
        Sender::Holder(run) => (None, Some(run)),
    };
    let mut refusal = "no host is configured".to_owned();
    let mut before: Option<&Target> = None;
    let mut all_busy = true;
    for target in p.settings().targets(model) {
        if let Some(before) = before {
            let moved = submit(p, &life::moved(token, id, before.host, target.host, p.now())).await?;
            match life::read_moved(moved.rows(0)?)? {
                Moved::Yes => {}
                Moved::Unwanted => return apply_report::fail(p, id, &HostFacts::default(), &Failure::stopped()).await,
                Moved::No => return Ok(()),
            }
        }
        match ask_host::order(p, id, asked, target).await {
            // Only the queue hears the end.
            Created::Ended(_) => return Ok(()),
            Created::Accepted(run) => {
                if let Some(run) = run {
                    jot(p, id, &run).await.ok();
                }
                return Ok(());
            }
            Created::Unknown => {
                p.log("host.create.unknown", &[("generation", id.as_str()), ("host", target.host)]);
                if planted(Bug::CreateIsRetried) {
                    ask_host::order(p, id, asked, target).await;
                }
                return Ok(());
            }
            Created::Refused { reason, elsewhere, busy } => {
                p.log("host.create.refused", &[("generation", id.as_str()), ("host", target.host)]);
                refusal = reason;
                before = Some(target);
                all_busy &= busy;
                if !elsewhere {
                    break;
                }
            }
        }
    }
    if let Some(first) = p.settings().targets(model).next().filter(|_| all_busy && before.is_some()) {
        submit(p, &turns::give(id, holder, first.host)).await?;
        return Ok(());
    }
    let failure = Failure::new(FailureCode::HostRefused, &refusal);
    apply_report::fail(p, id, &HostFacts::default(), &failure).await?;
    Err(Error::HostRefused { generation: id.clone() })
}
