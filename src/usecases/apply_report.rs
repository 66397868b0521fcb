//! Applies what the host says of a run to the generation it was ordered for. Webhook and reconciler do the same, any number of
//! times and in any order: a generation that has ended stays as it is.
//!
//! Files are kept first, then one batch moves the state, files the outputs and settles: so a message is one round trip, and a
//! generation that has succeeded has its media. Whoever comes second finds the media there and the generation closed.

use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::{Failure, FailureCode, GenerationId, Status, media_key},
        picture,
    },
    error::Error,
    platform::{KeepError, Platform, Stored},
    store::{
        Batch, StepError,
        generations::{self, HostFacts},
        submit,
    },
    vendors::{
        hosts::{File, Progress, Report, RunId},
        media_url,
    },
};

/// No model of the catalogue makes more outputs than this in one run.
const OUTPUTS_MAX: usize = 4;

/// Applies a report. An error means that the message should come again.
pub async fn run(p: &impl Platform, id: &GenerationId, report: Report) -> Result<(), Error> {
    let host = HostFacts { id: Some(report.run.clone()), version: report.version, compute_ms: report.compute_ms };
    match report.progress {
        Progress::Starting => progress(p, id, &report.run, false).await,
        Progress::Running => progress(p, id, &report.run, true).await,
        Progress::Ended(failure) => fail(p, id, &host, &failure).await,
        Progress::Succeeded(files) => match keep(p, id, &files).await? {
            Ok(kept) => succeed(p, id, &host, &kept).await,
            Err(failure) => fail(p, id, &host, &failure).await,
        },
    }
}

async fn progress(p: &impl Platform, id: &GenerationId, run: &RunId, running: bool) -> Result<(), Error> {
    let outcome = submit(p, &generations::progress(id, run, running, p.now())).await?;
    match outcome.error() {
        None => Ok(()),
        Some(StepError::OtherRun) => Err(Error::WebhookRefused("about another run")),
        Some(_) => Err(Error::Unavailable("progress was not applied")),
    }
}

/// Copies the files. What cannot be used is left out, and not charged; the reason is given if nothing is left.
async fn keep(p: &impl Platform, id: &GenerationId, files: &[File]) -> Result<Result<Vec<(String, Stored)>, Failure>, Error> {
    let mut kept = Vec::new();
    let mut failure = None;
    for (n, file) in files.iter().take(OUTPUTS_MAX).enumerate() {
        let key = media_key(id, n);
        let stored = match file {
            File::At(url) => p.keep(url, &key, None).await,
            File::Here(bytes) => match picture::tell(bytes) {
                Ok(facts) => p.store(&key, bytes, facts, None).await.map_err(|_| KeepError::Later),
                Err(why) => Err(KeepError::Unusable(why)),
            },
        };
        match stored {
            Ok(stored) => kept.push((key, stored)),
            Err(KeepError::Later) if !planted(Bug::LaterMeansLost) => return Err(Error::Unavailable("the output could not be copied now")),
            Err(KeepError::Gone | KeepError::Later) => {
                failure = Some(Failure::new(FailureCode::OutputLost, "the host deleted the output before it could be copied"));
            }
            Err(KeepError::Unusable(why)) => {
                p.log("output.unusable", &[("generation", id.as_str()), ("reason", why)]);
                failure = Some(Failure::new(FailureCode::OutputUnusable, why));
            }
        }
    }
    Ok(match failure {
        Some(failure) if kept.is_empty() => Err(failure.after(files.len().min(OUTPUTS_MAX))),
        Some(_) | None => Ok(kept),
    })
}

async fn succeed(p: &impl Platform, id: &GenerationId, host: &HostFacts, kept: &[(String, Stored)]) -> Result<(), Error> {
    let batch = generations::succeed(id, host, kept, p.now());
    if close(p, &batch).await? == Some(Status::Succeeded) {
        return Ok(());
    }
    // Deleted, or ended otherwise, while the files were copied: they must not outlive it.
    let keys: Vec<_> = kept.iter().map(|(key, _)| key.clone()).collect();
    Ok(p.remove(&keys).await?)
}

/// Ends a generation without outputs and releases its hold.
pub(super) async fn fail(p: &impl Platform, id: &GenerationId, host: &HostFacts, failure: &Failure) -> Result<(), Error> {
    let failure = Failure { detail: media_url::without_addresses(&failure.detail, &p.settings().public_origin), ..failure.clone() };
    close(p, &generations::fail(id, host, &failure, p.now())).await.map(|_| ())
}

/// Sends a closing batch. Gives where the generation stands now; none if it is gone.
async fn close(p: &impl Platform, batch: &Batch) -> Result<Option<Status>, Error> {
    let outcome = submit(p, batch).await?;
    let status = outcome.rows(batch.nth_read(0))?.first().map(|row| row.text("status")).transpose()?.and_then(Status::from_name);
    match outcome.error() {
        None | Some(StepError::GenerationClosed | StepError::AlreadyApplied | StepError::NoOwner) => Ok(status),
        Some(StepError::OtherRun) => Err(Error::WebhookRefused("about another run")),
        Some(error) => {
            p.log("close.refused", &[("error", &format!("{error:?}"))]);
            Err(Error::Unavailable("the end was not applied"))
        }
    }
}
