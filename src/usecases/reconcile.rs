//! Cron: finds every open generation whose message never came, and finishes deletions.
//!
//! One run at a time, by a lease that ends by itself. Work is bounded; what does not fit waits for the next run.

use super::apply_prediction;
use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::{Failure, FailureCode, GenerationId, LIFE_MS_MAX, RUN_MS_MAX, UNSEEN_MS},
        ids,
        time::{MINUTE_MS, Timestamp},
    },
    error::Error,
    platform::Platform,
    store::{
        Batch,
        generations::HostFacts,
        submit,
        upkeep::{self, Due},
    },
    vendors::{
        callback,
        replicate::{self, HostId, Prediction, Progress},
    },
};
use std::collections::BTreeMap;

/// Pages of the host's list per run, 100 predictions each.
const PAGES_MAX: usize = 5;
/// After this time a run begins nothing more: the lease is about to end, and what is left is looked at in the next one.
const BUDGET_MS: i64 = upkeep::LEASE_MS - MINUTE_MS;
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
    finish(p, &due, began).await;
    let batch = upkeep::end(&token, &removed, p.now());
    submit(p, &batch).await?;
    Ok(())
}

/// Asks about each; what cannot be settled now is looked at again in the next run.
async fn finish(p: &impl Platform, due: &[Due], began: Timestamp) {
    let unseen: Vec<_> = due.iter().filter(|due| due.host_id.is_none()).collect();
    let listed = search(p, &unseen).await;
    for due in due {
        if p.now().ms() - began.ms() > BUDGET_MS {
            return;
        }
        let asked = match &due.host_id {
            Some(host_id) => ask(p, host_id).await,
            None if planted(Bug::ReconcilerIsBlind) => continue,
            None => match listed.found.get(&due.id) {
                Some(prediction) => Asked::Heard(prediction.clone()),
                None if listed.complete => Asked::Unheard,
                None => Asked::NoAnswer,
            },
        };
        look(p, due, asked).await;
    }
}

/// What the host says of a generation.
enum Asked {
    /// It has it.
    Heard(Prediction),
    /// It has never heard of it, or has forgotten it.
    Unheard,
    /// It says nothing.
    NoAnswer,
}

async fn ask(p: &impl Platform, host_id: &HostId) -> Asked {
    match p.send(replicate::get(host_id)).await {
        Ok(answer) if answer.status == 200 => replicate::read(&answer.body).map_or(Asked::NoAnswer, Asked::Heard),
        Ok(answer) if answer.status == 404 => Asked::Unheard,
        Ok(_) | Err(_) => Asked::NoAnswer,
    }
}

/// What a look through the host's list brought.
#[derive(Default)]
struct Search {
    found: BTreeMap<GenerationId, Prediction>,
    /// True if every prediction since the oldest was seen, each with its callback address: only then is one that was not found unheard of.
    complete: bool,
}

/// Looks for runs whose id we were never told, by the callback address they were ordered with. What was found before the host stopped
/// answering, or before our last page, counts all the same.
async fn search(p: &impl Platform, unseen: &[&Due]) -> Search {
    let settings = p.settings();
    let mut search = Search::default();
    let Some(since) = unseen.iter().map(|due| due.created_at).min() else { return search };
    let mut request = replicate::list(since.plus_ms(-SKEW_MS));
    let mut all_named = true;
    for _ in 0..PAGES_MAX {
        let Some(answer) = p.send(request).await.ok().filter(|answer| answer.status == 200) else { return search };
        let Some(page) = replicate::read_page(&answer.body) else { return search };
        all_named &= page.all_read;
        for prediction in page.predictions {
            let url = prediction.webhook.as_deref();
            all_named &= url.is_some();
            if let Some(id) = url.and_then(|url| callback::read_url(&settings.callback_keys, &settings.public_origin, replicate::HOST, url)) {
                search.found.insert(id, prediction);
            }
        }
        match page.next.map(|next| replicate::next_page(&settings.replicate_api_url, &next)) {
            None => {
                search.complete = all_named;
                return search;
            }
            Some(Some(next)) => request = next,
            Some(None) => return search,
        }
    }
    search
}

/// Decides about one generation.
async fn look(p: &impl Platform, due: &Due, asked: Asked) {
    let age = p.now().ms() - due.created_at.ms();
    let give_up = |words| Failure::new(FailureCode::TimedOut, words);
    let result = match asked {
        Asked::Heard(prediction) => {
            let open = matches!(prediction.progress, Progress::Starting | Progress::Running);
            if open && age > RUN_MS_MAX {
                // Its answer does not matter: the next run sees what became of it.
                let _ = p.send(replicate::cancel(&prediction.id)).await;
            }
            if open && age > LIFE_MS_MAX {
                apply_prediction::fail(p, &due.id, &HostFacts::default(), &give_up("no end within the time limit")).await
            } else {
                match apply_prediction::run(p, &due.id, prediction).await {
                    // The host keeps outputs for an hour: what could not be copied until now never will be.
                    Err(_) if age > LIFE_MS_MAX => {
                        let lost = Failure::new(FailureCode::OutputLost, "the output could not be copied in time");
                        apply_prediction::fail(p, &due.id, &HostFacts::default(), &lost).await
                    }
                    applied => applied,
                }
            }
        }
        Asked::Unheard if age > UNSEEN_MS => {
            apply_prediction::fail(p, &due.id, &HostFacts::default(), &give_up("the request never reached the host")).await
        }
        Asked::NoAnswer if age > LIFE_MS_MAX => apply_prediction::fail(p, &due.id, &HostFacts::default(), &give_up("the host did not answer")).await,
        Asked::Unheard | Asked::NoAnswer => Ok(()),
    };
    if let Err(error) = result {
        p.log("reconcile.later", &[("generation", due.id.as_str()), ("error", &error.to_string())]);
    }
}
