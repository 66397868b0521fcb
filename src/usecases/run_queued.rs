//! Sends a generation from the queue: one that has waited for its turn, and one whose host answers with the result itself, where there is time to wait for it.
//!
//! The queue delivers at least once. Whoever comes first takes the generation under a name of its own; a second one finds it taken and leaves it, since
//! asking again could be a second, billed run. What the taker dies of, the reconciler ends.

use super::{
    apply_report,
    ask_host::{self, Asked},
    send_order::{self, Sender},
};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue,
        generation::{Failure, FailureCode, GenerationId, Status},
        ids,
        live::Event,
    },
    error::Error,
    platform::Platform,
    store::{StepError, generations::HostFacts, sources, submit, turns},
    vendors::hosts::{self, Created, Report, RunId},
};

/// Sends it, unless somebody else does, or its turn has not come. An error means that it may come again.
pub async fn run(p: &impl Platform, id: &GenerationId) -> Result<(), Error> {
    let name = ids::sortable(p.now(), |bytes| p.random(bytes));
    let run = RunId::parse(&name).ok_or(Error::Unavailable("a run without a name"))?;
    let outcome = submit(p, &turns::take(id, &run, p.now())).await?;
    match outcome.error() {
        None => {}
        Some(StepError::OtherRun) => return Ok(()),
        Some(_) => return Err(Error::Unavailable("it was not claimed")),
    }
    let Some(work) = turns::read_work(outcome.rows(2)?)? else { return Ok(()) };
    let at_once = hosts::host(&work.host).is_some_and(hosts::Host::answers_at_once);
    if !(if at_once { work.claimed } else { work.taken || planted(Bug::TurnIsNotTaken) }) {
        return Ok(());
    }
    if at_once {
        p.tell(&work.user, Event::status(id, Status::Running));
    }
    let sources = sources::read(outcome.rows(3)?)?;
    let facts = HostFacts { id: Some(run.clone()).filter(|_| at_once), ..HostFacts::default() };
    let lost = |words: &str| Failure::new(FailureCode::HostRefused, words);
    let model = catalogue::model(&work.model);
    let target = model.and_then(|model| p.settings().targets(model).find(|target| target.host == work.host));
    // What was accepted once is complete: nothing is drawn.
    let parameters = model.and_then(|model| model.accept(&work.inputs, || 0).ok());
    let (Some(model), Some(target), Some(parameters)) = (model, target, parameters) else {
        return apply_report::fail(p, id, &facts, &lost("the model is not offered any more")).await;
    };
    let asked = Asked { prompt: &work.prompt, parameters: &parameters, sources: &sources };
    if !at_once {
        return match send_order::run(p, Sender::Holder(&run), id, model, asked).await {
            // It says so itself.
            Err(Error::HostRefused { .. }) => Ok(()),
            sent => sent,
        };
    }
    match ask_host::run(p, id, asked, target).await {
        Created::Ended(progress) => {
            let report = Report { run, version: None, progress, compute_ms: None, seed: None, callback: None };
            apply_report::run(p, id, report).await
        }
        // Nothing has begun: it waits for another turn.
        Created::Refused { busy: true, .. } => {
            submit(p, &turns::unclaim(id, &run)).await?;
            p.tell(&work.user, Event::status(id, Status::Queued));
            Ok(())
        }
        Created::Refused { reason, .. } => apply_report::fail(p, id, &facts, &lost(&reason)).await,
        // It may have been billed, and there is nobody to be asked for it.
        Created::Unknown | Created::Accepted(_) => {
            p.log("host.create.unknown", &[("generation", id.as_str()), ("host", target.host)]);
            apply_report::fail(p, id, &facts, &Failure::new(FailureCode::OutputLost, "the host's answer was lost")).await
        }
    }
}
