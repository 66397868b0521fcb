//! Applies what the host says of a run to the generation it was ordered for. Webhook and reconciler do the same, any number of
//! times and in any order: a generation that has ended stays as it is.
//!
//! A message is one round trip; one that also settles is two. The first notes that the host is done, and says what has to be known to keep what came out: nothing is
//! copied for a generation that has ended, or for another run than the one that is noted. Then the files are kept, and the second moves the state, files the outputs and
//! settles: so a generation that has succeeded has its media. Whoever comes second finds the media there.

use super::mark;
use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::{Failure, FailureCode, GenerationId, Status, media_key},
        live::Event,
        picture,
    },
    error::Error,
    lanes::Mark,
    platform::{KeepError, Platform, Stored},
    store::{
        Batch, Outcome, Rows, StepError,
        generations::{self, HostFacts},
        life, submit, turns,
    },
    vendors::{
        hosts::{self, File, Progress, Report, RunId, Stopped},
        media_url,
    },
};

/// No model of the catalogue makes more outputs than this in one run.
const OUTPUTS_MAX: usize = 4;

/// Applies a report. An error means that the message should come again.
pub async fn run(p: &impl Platform, id: &GenerationId, report: Report) -> Result<(), Error> {
    apply(p, id, report, false).await
}

/// Applies a report for the last time: what cannot be copied now is lost, and what was copied is kept and charged.
pub async fn run_at_last(p: &impl Platform, id: &GenerationId, report: Report) -> Result<(), Error> {
    apply(p, id, report, true).await
}

async fn apply(p: &impl Platform, id: &GenerationId, report: Report, last: bool) -> Result<(), Error> {
    let host = HostFacts { id: Some(report.run.clone()), version: report.version, compute_ms: report.compute_ms, seed: report.seed };
    match report.progress {
        Progress::Starting => progress(p, id, &report.run, false).await,
        Progress::Running => progress(p, id, &report.run, true).await,
        Progress::Ended(failure) => fail(p, id, &host, &failure).await,
        Progress::Succeeded(files) => save(p, id, &host, &files, last).await,
    }
}

/// Notes that the host has it, under this name; stops it if its owner does not want it any more.
pub(super) async fn progress(p: &impl Platform, id: &GenerationId, run: &RunId, running: bool) -> Result<(), Error> {
    let outcome = submit(p, &life::progress(id, run, running, p.now())).await?;
    let Some(open) = life::read_open(rows(&outcome, "progress was not applied")?)? else { return Ok(()) };
    p.tell(&open.user, Event::status(id, if running { Status::Running } else { Status::Starting }));
    if open.unwanted {
        // Its owner wished it stopped before anybody knew what to stop.
        stop(p, id, &open.model, &open.host, run).await?;
    }
    Ok(())
}

/// The rows of the only statement.
fn rows<'a>(outcome: &'a Outcome, refused: &'static str) -> Result<&'a Rows, Error> {
    match outcome.error() {
        None => Ok(outcome.rows(0)?),
        Some(StepError::OtherRun) => Err(Error::WebhookRefused("about another run")),
        Some(_) => Err(Error::Unavailable(refused)),
    }
}

/// Has the host stop a run. What it does not say now, it says when it is asked, or in its message.
pub(super) async fn stop(p: &impl Platform, id: &GenerationId, model: &str, host: &str, run: &RunId) -> Result<(), Error> {
    let Some((at, target)) = hosts::place(model, host) else { return Ok(()) };
    let Some(request) = at.cancel(target, run) else { return Ok(()) };
    let Ok(answer) = p.call(request).await else { return Ok(()) };
    let facts = HostFacts { id: Some(run.clone()), ..HostFacts::default() };
    match at.stopped(run, &answer) {
        Stopped::Gone => fail(p, id, &facts, &Failure::stopped()).await,
        Stopped::Says(report) => match report.progress {
            Progress::Ended(failure) => fail(p, id, &HostFacts { compute_ms: report.compute_ms, version: report.version, ..facts }, &failure).await,
            Progress::Starting | Progress::Running | Progress::Succeeded(_) => Ok(()),
        },
        Stopped::Perhaps => Ok(()),
    }
}

/// Keeps what came out, and settles.
async fn save(p: &impl Platform, id: &GenerationId, host: &HostFacts, files: &[File], last: bool) -> Result<(), Error> {
    let outcome = submit(p, &life::saving(id, host, p.now())).await?;
    // Ended or deleted: nothing is copied for it any more.
    let Some(made) = life::read_made(rows(&outcome, "the end was not noted")?)? else { return Ok(()) };
    p.tell(&made.user, Event::status(id, Status::Saving));
    match keep(p, id, files, &mark::of(&made, host), last).await? {
        Ok(kept) => succeed(p, id, host, &kept).await,
        Err(failure) => fail(p, id, host, &failure).await,
    }
}

/// Copies the files, each whatever becomes of the others: one that is copied is found the next time. What cannot be used is left out, and not charged; the
/// reason is given if nothing is left.
async fn keep(
    p: &impl Platform,
    id: &GenerationId,
    files: &[File],
    mark: &Mark,
    last: bool,
) -> Result<Result<Vec<(String, Stored)>, Failure>, Error> {
    let mut kept = Vec::new();
    let mut failure = None;
    let mut later = false;
    for (n, file) in files.iter().take(OUTPUTS_MAX).enumerate() {
        let key = media_key(id, n);
        let stored = match file {
            File::At(url) => p.keep(url, &key, Some(mark)).await,
            File::Here(bytes) => match picture::tell(bytes) {
                Ok(facts) => p.store(&key, bytes, facts, Some(mark)).await.map_err(|_| KeepError::Later),
                Err(why) => Err(KeepError::Unusable(why)),
            },
        };
        match stored {
            Ok(stored) => kept.push((key, stored)),
            Err(KeepError::Later) if !last && !planted(Bug::LaterMeansLost) => later = true,
            Err(KeepError::Gone | KeepError::Later) => {
                failure = Some(Failure::new(FailureCode::OutputLost, "the host deleted the output before it could be copied"));
            }
            Err(KeepError::Unusable(why)) => {
                p.log("output.unusable", &[("generation", id.as_str()), ("reason", why)]);
                failure = Some(Failure::new(FailureCode::OutputUnusable, why));
            }
        }
    }
    if later {
        return Err(Error::Unavailable("an output could not be copied now"));
    }
    Ok(match failure {
        Some(failure) if kept.is_empty() => Err(failure.after(files.len().min(OUTPUTS_MAX))),
        Some(_) | None => Ok(kept),
    })
}

async fn succeed(p: &impl Platform, id: &GenerationId, host: &HostFacts, kept: &[(String, Stored)]) -> Result<(), Error> {
    let batch = generations::succeed(id, host, kept, p.now());
    if close(p, id, &batch).await? == Some(Status::Succeeded) {
        return Ok(());
    }
    // Deleted, or ended otherwise, while the files were copied: they must not outlive it.
    let keys: Vec<_> = kept.iter().map(|(key, _)| key.clone()).collect();
    Ok(p.remove(&keys).await?)
}

/// Ends a generation without outputs and releases its hold.
pub(super) async fn fail(p: &impl Platform, id: &GenerationId, host: &HostFacts, failure: &Failure) -> Result<(), Error> {
    let failure = Failure { detail: media_url::without_addresses(&failure.detail, &p.settings().public_origin), ..failure.clone() };
    close(p, id, &generations::fail(id, host, &failure, p.now())).await.map(|_| ())
}

/// Sends a closing batch, and tells its owner. Gives where the generation stands now; none if it is gone.
async fn close(p: &impl Platform, id: &GenerationId, batch: &Batch) -> Result<Option<Status>, Error> {
    let outcome = submit(p, batch).await?;
    let row = outcome.rows(batch.nth_read(0))?.first();
    let status = row.map(|row| row.text("status")).transpose()?.and_then(Status::from_name);
    if let Some(next) = turns::read_next(outcome.rows(batch.nth_read(1))?)? {
        // If this is lost, cron lets it go.
        p.enqueue(&next).await.ok();
    }
    match outcome.error() {
        None | Some(StepError::GenerationClosed | StepError::AlreadyApplied | StepError::NoOwner) => {
            // Also who comes second: whoever was first may have died before it was told.
            if let Some((row, status)) = row.zip(status) {
                p.tell(row.text("userId")?, Event::status(id, status));
            }
            Ok(status)
        }
        Some(StepError::OtherRun) => Err(Error::WebhookRefused("about another run")),
        Some(error) => {
            p.log("close.refused", &[("error", &format!("{error:?}"))]);
            Err(Error::Unavailable("the end was not applied"))
        }
    }
}
