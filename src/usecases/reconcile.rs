//! Cron: finds every open generation whose message never came, and finishes deletions.
//!
//! One run at a time, by a lease that ends by itself. Work is bounded; what does not fit waits for the next run.

use super::apply_prediction;
use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::{Failure, FailureCode, GenerationId, LIFE_MS_MAX, RUN_MS_MAX, UNSEEN_MS},
        ids,
        time::MINUTE_MS,
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
        replicate::{self, Prediction, Progress},
    },
};
use std::collections::BTreeMap;

/// Pages of the host's list per run, 100 predictions each.
const PAGES_MAX: usize = 5;
/// How far the host's clock may lie from ours.
const SKEW_MS: i64 = 5 * MINUTE_MS;

/// One run.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let token = ids::auth_id(|bytes| p.random(bytes));
    let batch = upkeep::begin(&token, p.now());
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
    finish(p, &due).await;
    let removed = if p.remove(&removals).await.is_ok() { removals } else { Vec::new() };
    let batch = upkeep::end(&token, &removed, p.now());
    submit(p, &batch).await?;
    Ok(())
}

/// Asks about each; what cannot be settled now is looked at again in the next run.
async fn finish(p: &impl Platform, due: &[Due]) {
    let (known, unseen): (Vec<_>, Vec<_>) = due.iter().partition(|due| due.host_id.is_some());
    let listed = if unseen.is_empty() { Some(BTreeMap::new()) } else { search(p, &unseen).await };
    for due in known {
        let prediction = ask(p, due).await;
        look(p, due, prediction).await;
    }
    for due in unseen {
        if planted(Bug::ReconcilerIsBlind) {
            continue;
        }
        let asked = match &listed {
            Some(found) => found.get(&due.id).cloned().map_or(Asked::Unheard, Asked::Heard),
            None => Asked::NoAnswer,
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

async fn ask(p: &impl Platform, due: &Due) -> Asked {
    let Some(host_id) = &due.host_id else { return Asked::Unheard };
    match p.send(replicate::get(host_id)).await {
        Ok(answer) if answer.status == 200 => replicate::read(&answer.body).map_or(Asked::NoAnswer, Asked::Heard),
        Ok(answer) if answer.status == 404 => Asked::Unheard,
        Ok(_) | Err(_) => Asked::NoAnswer,
    }
}

/// Looks for runs whose id we were never told, by the callback address they were ordered with. None if the host does not answer, or
/// has more pages than we read: then nobody knows.
async fn search(p: &impl Platform, unseen: &[&Due]) -> Option<BTreeMap<GenerationId, Prediction>> {
    let settings = p.settings();
    let since = unseen.iter().map(|due| due.created_at).min()?.plus_ms(-SKEW_MS);
    let mut found = BTreeMap::new();
    let mut request = replicate::list(since);
    for _ in 0..PAGES_MAX {
        let answer = p.send(request).await.ok().filter(|answer| answer.status == 200)?;
        let (predictions, next) = replicate::read_page(&answer.body)?;
        for prediction in predictions {
            let url = prediction.webhook.as_deref().unwrap_or_default();
            if let Some(id) = callback::read_url(&settings.callback_key, &settings.public_origin, replicate::HOST, url) {
                found.insert(id, prediction);
            }
        }
        match next {
            None => return Some(found),
            Some(next) => request = replicate::next_page(&settings.replicate_api_url, &next)?,
        }
    }
    unseen.iter().all(|due| found.contains_key(&due.id)).then_some(found)
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
                apply_prediction::run(p, &due.id, prediction).await
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
