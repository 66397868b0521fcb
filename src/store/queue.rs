//! Work that waits in the queue: claimed, and read, by whoever runs it.

use super::{Batch, Rows, Scope, Value, life, sources, sql::statements};
use crate::{
    domain::{generation::GenerationId, time::Timestamp},
    lanes::Prompt,
    platform::DbError,
    vendors::hosts::RunId,
};

statements! {
    /// What was ordered, for who runs it.
    GENERATION_WORK (Scope::System("the queue speaks of one generation, which has one owner")): r#"SELECT "model", "host", "prompt", "inputs" FROM generation WHERE "id" = :generation AND "finishedAt" IS NULL"#;
}

/// Claims a generation that is queued, for a run under a name of ours, and reads what was ordered. A second claim fails with `OtherRun`. Read 1: the work; none
/// if it has ended. Read 2: its sources.
#[must_use]
pub fn claim(id: &GenerationId, run: &RunId, now: Timestamp) -> Batch {
    let work = GENERATION_WORK.step(&[("generation", Value::from(id.as_str()))]);
    Batch::read(vec![life::progress_step(id, run, true, now), work, sources::of_work(id)])
}

/// What was ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// The catalogue's id of the model.
    pub model: String,
    /// The host that is to run it.
    pub host: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs by our names.
    pub inputs: serde_json::Map<String, serde_json::Value>,
}

/// Reads [`GENERATION_WORK`].
pub fn read_work(rows: &Rows) -> Result<Option<Work>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Work {
        model: row.text("model")?.to_owned(),
        host: row.text("host")?.to_owned(),
        prompt: Prompt::new(row.text("prompt")?),
        inputs: serde_json::from_str(row.text("inputs")?).map_err(|_| DbError::Shape("not the JSON that we wrote"))?,
    }))
}
