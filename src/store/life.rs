//! What happens to a generation between its order and its end.

use super::{
    Batch, Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::{
    domain::{
        generation::{GenerationId, Status},
        time::Timestamp,
    },
    lanes::{Prompt, SessionKey},
    platform::DbError,
    store::generations::HostFacts,
    vendors::{self, hosts::RunId},
};

statements! {
    /// Another host is about to be asked, since the first surely did not begin.
    GENERATION_MOVE (Scope::Owner): r#"UPDATE generation SET "host" = CASE WHEN "cancelAt" IS NULL THEN :host ELSE "host" END WHERE "id" = :generation AND "host" = :from
        AND "hostId" IS NULL AND "finishedAt" IS NULL AND "userId" = "#, owner!(), r#" RETURNING "cancelAt""#;
    /// The same for one that had to wait for its turn.
    GENERATION_MOVE_LATER (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "host" = CASE WHEN "cancelAt" IS NULL THEN :host ELSE "host" END
        WHERE "id" = :generation AND "host" = :from AND "hostId" IS NULL AND "finishedAt" IS NULL RETURNING "cancelAt""#;
    /// The host has it: notes the host's id, and moves forward only.
    GENERATION_PROGRESS (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = :hostId, "startedAt" = coalesce("startedAt", :started),
        "status" = CASE WHEN "status" = 'running' THEN 'running' ELSE :status END WHERE "id" = :generation AND "finishedAt" IS NULL
        RETURNING "userId", "model", "host", "cancelAt""#;
    /// The host is done: what has to be known to copy what came out. Nothing, if it has ended.
    GENERATION_SAVING (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = coalesce(:hostId, "hostId"), "savingAt" = coalesce("savingAt", :now),
        "startedAt" = coalesce("startedAt", :now) WHERE "id" = :generation AND "finishedAt" IS NULL
        RETURNING "userId", "model", "host", "prompt", "inputs", "createdAt",
        (SELECT json_group_array(DISTINCT s."slot") FROM generation_source s WHERE s."generationId" = generation."id") AS "slots",
        (WITH RECURSIVE line("of") AS (SELECT generation."id" UNION SELECT s."parentId" FROM generation_source s JOIN line ON s."generationId" = line."of"
          WHERE s."parentId" IS NOT NULL) SELECT count(*) FROM generation_source s JOIN line ON s."generationId" = line."of" WHERE s."uploadId" IS NOT NULL) AS "brought""#;
    /// Its owner wishes it stopped. One that is being saved has ended at the host; a host that answers at once cannot be stopped.
    GENERATION_CANCEL (Scope::Owner): r#"UPDATE generation SET "cancelAt" = coalesce("cancelAt", :now), "checkAt" = min("checkAt", :now) WHERE "id" = :generation
        AND "finishedAt" IS NULL AND "savingAt" IS NULL AND ("hostId" IS NULL OR "host" NOT IN (SELECT value FROM json_each(:atOnce)))
        AND "userId" = "#, owner!(), r#" RETURNING "host", "hostId", "model", "sentAt""#;
}

const OF_GENERATION: &str = "a signed message or the reconciler speaks of one generation, which has one owner";

fn of(id: &GenerationId) -> (&'static str, Value) {
    ("generation", Value::from(id.as_str()))
}

/// The hosts that answer with the result itself, for statements that have to tell them apart.
pub(super) fn at_once() -> (&'static str, Value) {
    ("atOnce", Value::from(serde_json::Value::from(vendors::hosts::at_once()).to_string()))
}

/// Takes an order from one host to another: for its owner, or, without one, for whoever took its turn. Changes nothing if the first has begun after all.
#[must_use]
pub fn moved(token: Option<&SessionKey>, id: &GenerationId, from: &'static str, to: &'static str, now: Timestamp) -> Batch {
    let more = [of(id), ("from", Value::from(from)), ("host", Value::from(to))];
    Batch::read(vec![match token {
        Some(token) => GENERATION_MOVE.step(&[&sessions::asking(token, now)[..], &more].concat()),
        None => GENERATION_MOVE_LATER.step(&more),
    }])
}

/// What came of [`moved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The next host may be asked.
    Yes,
    /// Its owner has it stopped: nobody is asked any more, and nobody runs it.
    Unwanted,
    /// The first host has begun after all, or it has ended.
    No,
}

/// Reads [`moved`].
pub fn read_moved(rows: &Rows) -> Result<Moved, DbError> {
    let unwanted = rows.first().map(|row| row.integer_or_null("cancelAt")).transpose()?;
    Ok(unwanted.map_or(Moved::No, |at| if at.is_some() { Moved::Unwanted } else { Moved::Yes }))
}

/// Notes what the host says of a run that has not ended. Read 0: [`read_open`].
#[must_use]
pub fn progress(id: &GenerationId, host: &RunId, running: bool, now: Timestamp) -> Batch {
    let (status, started) = if running { (Status::Running, Value::from(now.ms())) } else { (Status::Starting, Value::Null) };
    let run = ("hostId", Value::from(host.as_str()));
    Batch::read(vec![GENERATION_PROGRESS.step(&[of(id), run, ("status", Value::from(status.name())), ("started", started)])])
}

/// An open generation that its host speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Whose it is.
    pub user: String,
    /// The catalogue's id of the model.
    pub model: String,
    /// The host that runs it.
    pub host: String,
    /// True if its owner wishes it stopped.
    pub unwanted: bool,
}

/// Reads [`GENERATION_PROGRESS`]; none if it has ended.
pub fn read_open(rows: &Rows) -> Result<Option<Open>, DbError> {
    let read = |row: super::Row<'_>| {
        Ok(Open {
            user: row.text("userId")?.to_owned(),
            model: row.text("model")?.to_owned(),
            host: row.text("host")?.to_owned(),
            unwanted: row.integer_or_null("cancelAt")?.is_some(),
        })
    };
    rows.first().map(read).transpose()
}

/// Notes that the host is done. Fails with `OtherRun` if it speaks of another run. Read 0: [`read_made`].
#[must_use]
pub fn saving(id: &GenerationId, host: &HostFacts, now: Timestamp) -> Batch {
    let run = ("hostId", Value::from(host.id.as_ref().map(RunId::as_str)));
    Batch::read(vec![GENERATION_SAVING.step(&[of(id), run, ("now", Value::from(now.ms()))])])
}

/// A generation whose host is done, and how it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Whose it is.
    pub user: String,
    /// The catalogue's id of the model.
    pub model: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs by our names.
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// The host that ran it.
    pub host: String,
    /// The inputs that pictures were given for.
    pub slots: Vec<String>,
    /// True if it goes back, over whatever was made in between, to a picture that somebody brought.
    pub brought: bool,
}

/// Reads [`GENERATION_SAVING`]; none if it has ended.
pub fn read_made(rows: &Rows) -> Result<Option<Made>, DbError> {
    let read = |row: super::Row<'_>| {
        Ok(Made {
            user: row.text("userId")?.to_owned(),
            model: row.text("model")?.to_owned(),
            prompt: Prompt::new(row.text("prompt")?),
            inputs: row.json("inputs")?,
            created_at: Timestamp::from_ms(row.integer("createdAt")?),
            host: row.text("host")?.to_owned(),
            slots: row.json("slots")?,
            brought: row.integer("brought")? > 0,
        })
    };
    rows.first().map(read).transpose()
}

/// Notes the wish to stop it. Read 0: who asks; read 1: [`read_stopping`].
#[must_use]
pub fn cancel(token: &SessionKey, id: &GenerationId, now: Timestamp) -> Batch {
    let cancel: Step = GENERATION_CANCEL.step(&[&sessions::asking(token, now)[..], &[of(id), ("now", Value::from(now.ms())), at_once()]].concat());
    Batch::read(vec![sessions::user(token, now), cancel])
}

/// A generation that is to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopping {
    /// The host that was asked, or is to be.
    pub host: String,
    /// The catalogue's id of the model.
    pub model: String,
    /// The host's name of the run, if the row has it.
    pub run: Option<RunId>,
    /// False while it waits for its turn.
    pub sent: bool,
}

/// Reads [`GENERATION_CANCEL`]; none if there is no such generation, or if it cannot be stopped any more.
pub fn read_stopping(rows: &Rows) -> Result<Option<Stopping>, DbError> {
    let read = |row: super::Row<'_>| {
        Ok(Stopping {
            host: row.text("host")?.to_owned(),
            model: row.text("model")?.to_owned(),
            run: row.text_or_null("hostId")?.and_then(RunId::parse),
            sent: row.integer_or_null("sentAt")?.is_some(),
        })
    };
    rows.first().map(read).transpose()
}
