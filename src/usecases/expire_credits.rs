//! Cron: credits whose time has come, and holds that nobody closed.

use super::apply_report;
use crate::{
    domain::{
        generation::{Failure, FailureCode},
        ids,
    },
    error::Error,
    platform::Platform,
    store::{Batch, billing, generations::HostFacts, ledger, submit},
};

/// One run.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let now = p.now();
    let forgotten = submit(p, &Batch::read(vec![ledger::forgotten_holds(now), billing::forget(now)])).await?;
    for id in ledger::read_forgotten(forgotten.rows(0)?)? {
        // The reconciler gives a generation up long before its hold ends: this is for the one that it never got to.
        let failure = Failure::new(FailureCode::TimedOut, "no end within the time limit");
        if let Err(error) = apply_report::fail(p, &id, &HostFacts::default(), &failure).await {
            p.log("hold.later", &[("generation", id.as_str()), ("error", &error.to_string())]);
        }
    }
    let run = ids::auth_id(|bytes| p.random(bytes));
    submit(p, &ledger::sweep(&run, p.now())).await?;
    Ok(())
}
