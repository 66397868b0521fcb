//! Cron: finds every open generation whose message never came, and finishes deletions.
//!
//! One run at a time, by a lease that ends by itself. Work is bounded; what does not fit waits for the next run.

use super::{apply_report, send_order, take_turns};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue::{self, Target},
        generation::{AT_ONCE_MS, Failure, FailureCode, GenerationId, LIFE_MS_MAX, UNLISTED_MS, UNSEEN_MS},
        ids,
        time::{MINUTE_MS, Timestamp},
    },
    error::Error,
    platform::{MediaError, Platform},
    store::{
        Batch,
        generations::HostFacts,
        submit, turns,
        upkeep::{self, Due},
    },
    vendors::{
        callback,
        hosts::{self, Heard, Host, Report, RunId},
    },
};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// Pages of the host's list per run, 100 predictions each.
const PAGES_MAX: usize = 5;
/// After this time a run begins nothing more: the lease is about to end, and what is left is looked at in the next one.
const BUDGET_MS: i64 = upkeep::LEASE_MS - MINUTE_MS;
/// So many questions at a time to one host. A Worker has six connections, and each file that is copied takes two: of one host's runs, one is copied at a time.
const SIDE_BY_SIDE: usize = 3;
/// How far the host's clock may lie from ours.
const SKEW_MS: i64 = 5 * MINUTE_MS;

/// One run.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let token = ids::auth_id(|bytes| p.random(bytes));
    let began = p.now();
    let batch = upkeep::begin(&token, began);
    let outcome = submit(p, &batch).await?;
    if !outcome.committed(&batch) {
        return Err(Error::Unavailable("the reconciler could not begin"));
    }
    if outcome.rows(Batch::nth_write(0))?.changed() == 0 {
        return Ok(());
    }
    let mut due = upkeep::read_due(outcome.rows(Batch::nth_write(1))?)?;
    if planted(Bug::AcknowledgedUnwritten) {
        due.clear();
    }
    let removals = upkeep::read_removals(outcome.rows(Batch::nth_write(3))?)?;
    // Deletions first: a slow host must not hold them up.
    let removed = if p.remove(&removals).await.is_ok() { removals } else { Vec::new() };
    take_turns::run(p, &turns::read_due(outcome.rows(batch.nth_read(0))?)?).await;
    let left = finish(p, &due, began).await;
    let batch = upkeep::end(&token, &removed, &left, p.now());
    submit(p, &batch).await?;
    Ok(())
}

/// Looks at each, all hosts side by side. What cannot be settled now is looked at again in the next run; what there was no time for is given back.
async fn finish(p: &impl Platform, all: &[Due], began: Timestamp) -> Vec<GenerationId> {
    let mut hosts: BTreeMap<&str, Vec<&Due>> = BTreeMap::new();
    for due in all {
        hosts.entry(&due.host).or_default().push(due);
    }
    join_all(hosts.values().map(|of_host| at_host(p, of_host, began))).await.concat()
}

/// Looks at what one host runs. A host that does not answer is left alone until the next run: it would keep its own from being looked at in time.
async fn at_host(p: &impl Platform, all: &[&Due], began: Timestamp) -> Vec<GenerationId> {
    let mut named = Vec::new();
    for due in all {
        if due.run.is_none() && planted(Bug::ReconcilerIsBlind) {
            continue;
        }
        named.push((*due, send_order::run_of(p, &due.id, due.run.as_ref()).await));
    }
    let since = named.iter().filter(|(_, run)| !matches!(run, Ok(Some(_)))).map(|(due, _)| due.sent_at).min();
    let place = all.first().and_then(|due| Place::of(due));
    let search = match place.zip(since).filter(|(place, _)| !place.host.answers_at_once()) {
        Some((place, since)) => search(p, place.host, since).await,
        None => None,
    };
    for (n, some) in named.chunks(SIDE_BY_SIDE).enumerate() {
        let is_over = p.now().ms() - began.ms() > BUDGET_MS;
        let asked = if is_over { Vec::new() } else { join_all(some.iter().map(|(due, run)| about(p, due, run.clone(), search.as_ref()))).await };
        let is_silent = asked.iter().all(|asked| matches!(asked, Asked::Silence));
        // Whom it was asked about comes later: the next run begins with the others.
        let left = n * SIDE_BY_SIDE + asked.len();
        for ((due, _), asked) in some.iter().zip(asked) {
            look(p, due, asked).await;
        }
        if is_silent {
            return named.iter().skip(left).map(|(due, _)| due.id.clone()).collect();
        }
    }
    Vec::new()
}

/// What the host of a generation says of it.
async fn about(p: &impl Platform, due: &Due, run: Result<Option<RunId>, MediaError>, search: Option<&Search>) -> Asked {
    match (Place::of(due), run) {
        (Some(place), _) if place.host.answers_at_once() => {
            // Its claim is in the row.
            if due.run.is_none() {
                // Its message was lost, or waits: whoever comes first runs it.
                p.enqueue(&due.id).await.ok();
            }
            if due.run.is_none() && due.unwanted { Asked::Never } else { Asked::AtOnce }
        }
        // The catalogue knows the model or its host no more.
        (None, _) => Asked::NoAnswer,
        (Some(place), Ok(Some(run))) => ask(p, &place, &run).await,
        (Some(_), Ok(None)) => found(search, &due.id),
        // There may be a name that could not be read.
        (Some(_), Err(MediaError)) => match found(search, &due.id) {
            Asked::Heard(report) => Asked::Heard(report),
            _ => Asked::NoAnswer,
        },
    }
}

fn found(search: Option<&Search>, id: &GenerationId) -> Asked {
    let Some(search) = search else { return Asked::Unlisted };
    match search.found.get(id) {
        Some(report) => Asked::Heard(Box::new(report.clone())),
        None if search.complete => Asked::Unheard,
        None => Asked::NoAnswer,
    }
}

/// Who runs a generation.
struct Place {
    host: &'static dyn Host,
    target: &'static Target,
}

impl Place {
    fn of(due: &Due) -> Option<Self> {
        hosts::place(&due.model, &due.host).map(|(host, target)| Self { host, target })
    }
}

/// What the host says of a generation.
enum Asked {
    /// It has it.
    Heard(Box<Report>),
    /// It has never heard of it, or has forgotten it.
    Unheard,
    /// It says nothing of it.
    NoAnswer,
    /// It does not answer at all.
    Silence,
    /// It was stopped before anybody asked the host.
    Never,
    /// It cannot be asked: its answer to the order is all there is.
    AtOnce,
    /// It cannot be asked: nobody knows its name of the run, and it keeps no list.
    Unlisted,
}

/// A question, and a second one if the first answer says so.
async fn ask(p: &impl Platform, place: &Place, run: &RunId) -> Asked {
    let Some(mut request) = place.host.ask(place.target, run) else { return Asked::Unlisted };
    for _ in 0..2 {
        let Ok(answer) = p.call(request).await else { return Asked::Silence };
        match place.host.heard(place.target, run, &answer) {
            Heard::Says(report) => return Asked::Heard(report),
            Heard::Unheard => return Asked::Unheard,
            Heard::Nothing => return Asked::NoAnswer,
            Heard::Ask(next) => request = next,
        }
    }
    Asked::NoAnswer
}

/// What a look through the host's list brought.
#[derive(Default)]
struct Search {
    found: BTreeMap<GenerationId, Report>,
    /// True if every run since the oldest was seen, each with its callback address: only then is one that was not found unheard of.
    complete: bool,
}

/// Looks for runs whose name we were never told, by the callback address they were ordered with. What was found before the host stopped
/// answering, or before our last page, counts all the same. None if the host keeps no list.
async fn search(p: &impl Platform, host: &dyn Host, since: Timestamp) -> Option<Search> {
    let settings = p.settings();
    let mut search = Search::default();
    let mut request = host.list(since.plus_ms(-SKEW_MS))?;
    let base = settings.host(host.name()).and_then(|host| host.bases.first()).cloned().unwrap_or_default();
    let mut all_named = true;
    for _ in 0..PAGES_MAX {
        let Some(answer) = p.call(request).await.ok().filter(|answer| answer.status == 200) else { return Some(search) };
        let Some(page) = host.listed(&base, &answer.body) else { return Some(search) };
        all_named &= page.all_read;
        for report in page.reports {
            let url = report.callback.as_deref();
            all_named &= url.is_some();
            if let Some(id) = url.and_then(|url| callback::read_url(&settings.callback_keys, &settings.public_origin, host.name(), url)) {
                search.found.insert(id, report);
            }
        }
        match page.next {
            None => {
                search.complete = all_named;
                return Some(search);
            }
            Some(Some(next)) => request = next,
            Some(None) => return Some(search),
        }
    }
    Some(search)
}

/// Decides about one generation.
async fn look(p: &impl Platform, due: &Due, asked: Asked) {
    let age = p.now().ms() - due.sent_at.ms();
    let give_up = |words| Failure::new(if due.unwanted { FailureCode::Canceled } else { FailureCode::TimedOut }, words);
    let result = match asked {
        Asked::Heard(report) => {
            let open = report.progress.is_open();
            let late = catalogue::model(&due.model).is_some_and(|model| age > model.kind.run_ms_max());
            if open && (late || due.unwanted) {
                // What it brings that is not known now, the next run sees.
                apply_report::stop(p, &due.id, &due.model, &due.host, &report.run).await.ok();
            }
            if open && age > LIFE_MS_MAX {
                apply_report::fail(p, &due.id, &HostFacts::default(), &give_up("no end within the time limit")).await
            } else {
                // The host keeps outputs for an hour: what could not be copied until now never will be.
                let applied = if age > LIFE_MS_MAX {
                    apply_report::run_at_last(p, &due.id, *report).await
                } else {
                    apply_report::run(p, &due.id, *report).await
                };
                match applied {
                    // It can never be applied: the host speaks of another run than the one that is noted.
                    Err(Error::WebhookRefused(_)) if age > LIFE_MS_MAX => {
                        let lost = Failure::new(FailureCode::OutputLost, "the output could not be copied in time");
                        apply_report::fail(p, &due.id, &HostFacts::default(), &lost).await
                    }
                    applied => applied,
                }
            }
        }
        Asked::Unheard if age > UNSEEN_MS => {
            apply_report::fail(p, &due.id, &HostFacts::default(), &give_up("the request never reached the host")).await
        }
        Asked::Never => apply_report::fail(p, &due.id, &HostFacts::default(), &Failure::stopped()).await,
        Asked::NoAnswer | Asked::Silence if age > LIFE_MS_MAX => {
            apply_report::fail(p, &due.id, &HostFacts::default(), &give_up("the host did not answer")).await
        }
        Asked::Unlisted if age > UNLISTED_MS => {
            apply_report::fail(p, &due.id, &HostFacts::default(), &give_up("the host has never said that it has the request")).await
        }
        Asked::AtOnce if age > AT_ONCE_MS => {
            apply_report::fail(p, &due.id, &HostFacts::default(), &give_up("no answer of the host within the time limit")).await
        }
        Asked::Unheard | Asked::NoAnswer | Asked::Silence | Asked::Unlisted | Asked::AtOnce => Ok(()),
    };
    if let Err(error) = result {
        p.log("reconcile.later", &[("generation", due.id.as_str()), ("error", &error.to_string())]);
    }
}
