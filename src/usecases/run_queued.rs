//! Runs a generation whose host answers with the result itself: from the queue, where there is time to wait for it.
//!
//! The queue delivers at least once. Whoever comes first claims the generation under a name of its own; a second one finds it claimed and leaves it, since
//! asking again could be a second, billed run. What a claim's holder dies of, the reconciler ends.

use super::{
    apply_report,
    ask_host::{self, Asked},
};
use crate::{
    domain::{
        catalogue,
        generation::{Failure, FailureCode, GenerationId, Status},
        ids,
        live::Event,
    },
    error::Error,
    platform::Platform,
    store::{StepError, generations::HostFacts, life, queue, sources, submit},
    vendors::hosts::{Created, Report, RunId},
};

/// Runs it, unless somebody else does. An error means that it may come again.
pub async fn run(p: &impl Platform, id: &GenerationId) -> Result<(), Error> {
    let name = ids::sortable(p.now(), |bytes| p.random(bytes));
    let run = RunId::parse(&name).ok_or(Error::Unavailable("a run without a name"))?;
    let outcome = submit(p, &queue::claim(id, &run, p.now())).await?;
    match outcome.error() {
        None => {}
        Some(StepError::OtherRun) => return Ok(()),
        Some(_) => return Err(Error::Unavailable("it was not claimed")),
    }
    let Some(work) = queue::read_work(outcome.rows(1)?)? else { return Ok(()) };
    if let Some(open) = life::read_open(outcome.rows(0)?)? {
        p.tell(&open.user, Event::status(id, Status::Running));
    }
    let sources = sources::read(outcome.rows(2)?)?;
    let facts = HostFacts { id: Some(run.clone()), ..HostFacts::default() };
    let lost = |words: &str| Failure::new(FailureCode::HostRefused, words);
    let model = catalogue::model(&work.model);
    let target = model.and_then(|model| p.settings().targets(model).find(|target| target.host == work.host));
    // What was accepted once is complete: nothing is drawn.
    let parameters = model.and_then(|model| model.accept(&work.inputs, || 0).ok());
    let (Some(target), Some(parameters)) = (target, parameters) else {
        return apply_report::fail(p, id, &facts, &lost("the model is not offered any more")).await;
    };
    match ask_host::run(p, id, Asked { prompt: &work.prompt, parameters: &parameters, sources: &sources }, target).await {
        Created::Ended(progress) => {
            let report = Report { run, version: None, progress, compute_ms: None, seed: None, callback: None };
            apply_report::run(p, id, report).await
        }
        Created::Refused { reason, .. } => apply_report::fail(p, id, &facts, &lost(&reason)).await,
        // It may have been billed, and there is nobody to be asked for it.
        Created::Unknown | Created::Accepted(_) => {
            p.log("host.create.unknown", &[("generation", id.as_str()), ("host", target.host)]);
            apply_report::fail(p, id, &facts, &Failure::new(FailureCode::OutputLost, "the host's answer was lost")).await
        }
    }
}
