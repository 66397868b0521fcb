//! Turns: so many of a user's generations may be at hosts at once, by the plan; further ones wait. Within a user's the oldest goes first; among users the one who
//! has the fewest at hosts. A generation also waits that every host was too busy for.

use super::{
    Batch, Rows, Scope, Step, Value, life, sources,
    sql::{owner_of_generation, statements},
};
use crate::{
    domain::{
        generation::{FIRST_CHECK_MS, GenerationId, WAIT_MS_MAX},
        time::Timestamp,
    },
    lanes::Prompt,
    platform::DbError,
    vendors::hosts::RunId,
};

/// How many of the owner's are at hosts now.
macro_rules! running {
    ($of:literal) => {
        concat!(
            r#"(SELECT count(*) FROM generation o WHERE o."userId" = "#,
            $of,
            r#"."userId" AND o."finishedAt" IS NULL AND o."sentAt" IS NOT NULL)"#
        )
    };
}

statements! {
    /// Takes the turn of one that waits, if there is room for it.
    TURN_TAKE (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "sentAt" = :now, "sentBy" = :run, "checkAt" = :check WHERE "id" = :generation
        AND "sentAt" IS NULL AND "finishedAt" IS NULL AND "cancelAt" IS NULL AND "#, running!("generation"), r#" < "turns""#;
    /// Claims one whose host answers with the result itself, under a name of ours. Its trigger refuses a second claim.
    TURN_CLAIM (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = :run, "startedAt" = coalesce("startedAt", :now), "status" = 'running'
        WHERE "id" = :generation AND "finishedAt" IS NULL AND "sentAt" IS NOT NULL AND "cancelAt" IS NULL AND "host" IN (SELECT value FROM json_each(:atOnce))"#;
    /// What was ordered, for who sends it.
    TURN_WORK (Scope::System(OF_GENERATION)): r#"SELECT "userId", "model", "host", "prompt", "inputs", coalesce("hostId" = :run, 0) AS "claimed", coalesce("sentBy" = :run, 0) AS "taken"
        FROM generation WHERE "id" = :generation AND "finishedAt" IS NULL"#;
    /// Puts one back that every host was too busy for: whoever holds its turn, nobody else. The same again, after an answer that was lost, finds another holder.
    TURN_GIVE (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "sentAt" = NULL, "sentBy" = NULL, "host" = :host WHERE "id" = :generation AND "hostId" IS NULL
        AND "finishedAt" IS NULL AND "sentAt" IS NOT NULL AND coalesce("sentBy", '') = :holder RETURNING "id""#;
    /// The same for one that was claimed for a host that answers with the result, and that has not begun.
    TURN_UNCLAIM (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = NULL, "startedAt" = NULL, "status" = 'queued', "sentAt" = NULL, "sentBy" = NULL
        WHERE "id" = :generation AND "hostId" = :run AND "finishedAt" IS NULL AND "savingAt" IS NULL RETURNING "id""#;
    /// Sees to it that nobody takes its turn any more.
    TURN_END (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "cancelAt" = coalesce("cancelAt", :now) WHERE "id" = :generation AND "sentAt" IS NULL
        AND "finishedAt" IS NULL RETURNING "id""#;
    /// The next of the same owner's that may go, if there is room for it.
    TURN_NEXT (Scope::System(OF_GENERATION)): r#"SELECT w."id" FROM generation w WHERE w."finishedAt" IS NULL AND w."sentAt" IS NULL AND w."cancelAt" IS NULL
        AND w."userId" = "#, owner_of_generation!(), " AND ", running!("w"), r#" < w."turns" ORDER BY w."id" LIMIT 1"#;
    /// Those that may go, and those that have waited for too long or are not wanted any more.
    TURNS_DUE (Scope::System("cron lets every user's waiting generations go when their turn has come")): r#"SELECT w."id", w."cancelAt" IS NOT NULL AS "unwanted",
        w."createdAt" <= :late AS "late", "#, running!("w"), r#" AS "running" FROM generation w WHERE w."finishedAt" IS NULL AND w."sentAt" IS NULL
        AND (w."cancelAt" IS NOT NULL OR w."createdAt" <= :late OR "#, running!("w"), r#" < w."turns") ORDER BY "running", w."id" LIMIT :limit"#;
}

const OF_GENERATION: &str = "the queue, a signed message or the reconciler speaks of one generation, which has one owner";
/// Turns per run of cron: each costs a message to the queue.
const TURNS_MAX: usize = 20;

/// Takes the turn of a generation that waits, and claims one whose host answers at once, both under a name of ours that nobody else has; then reads what was ordered.
/// A second claim fails with `OtherRun`. Read 2: [`read_work`]; read 3: its sources.
#[must_use]
pub fn take(id: &GenerationId, run: &RunId, now: Timestamp) -> Batch {
    let (of, run, at) = (("generation", Value::from(id.as_str())), ("run", Value::from(run.as_str())), ("now", Value::from(now.ms())));
    let check = ("check", Value::from(now.plus_ms(FIRST_CHECK_MS).ms()));
    Batch::read(vec![
        TURN_TAKE.step(&[of.clone(), run.clone(), at.clone(), check]),
        TURN_CLAIM.step(&[of.clone(), run.clone(), at, life::at_once()]),
        TURN_WORK.step(&[of, run]),
        sources::of_work(id),
    ])
}

/// What was ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// Whose it is.
    pub user: String,
    /// The catalogue's id of the model.
    pub model: String,
    /// The host that is to run it.
    pub host: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs by our names.
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// True if it was claimed under our name.
    pub claimed: bool,
    /// True if its turn was taken under our name.
    pub taken: bool,
}

/// Reads [`TURN_WORK`]; none if it has ended.
pub fn read_work(rows: &Rows) -> Result<Option<Work>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Work {
        user: row.text("userId")?.to_owned(),
        model: row.text("model")?.to_owned(),
        host: row.text("host")?.to_owned(),
        prompt: Prompt::new(row.text("prompt")?),
        inputs: row.json("inputs")?,
        claimed: row.integer("claimed")? == 1,
        taken: row.integer("taken")? == 1,
    }))
}

/// Puts a generation back that every host was too busy for, to be sent to `host` when its turn comes again. `holder` is who took its turn; none if it never waited.
/// Read 0 has a row if it was.
#[must_use]
pub fn give(id: &GenerationId, holder: Option<&RunId>, host: &'static str) -> Batch {
    let holder = ("holder", Value::from(holder.map_or("", RunId::as_str)));
    Batch::read(vec![TURN_GIVE.step(&[("generation", Value::from(id.as_str())), holder, ("host", Value::from(host))])])
}

/// Puts a generation back that was claimed under this name, and whose host was too busy to begin. Read 0 has a row if it was.
#[must_use]
pub fn unclaim(id: &GenerationId, run: &RunId) -> Batch {
    Batch::read(vec![TURN_UNCLAIM.step(&[("generation", Value::from(id.as_str())), ("run", Value::from(run.as_str()))])])
}

/// Ends the waiting of a generation. Read 0 has a row if it waited until now: nobody will take its turn.
#[must_use]
pub fn end(id: &GenerationId, now: Timestamp) -> Batch {
    Batch::read(vec![TURN_END.step(&[("generation", Value::from(id.as_str())), ("now", Value::from(now.ms()))])])
}

/// The next of the owner of this one, if there is room for it. Read with [`read_next`].
pub(super) fn next(id: &GenerationId) -> Step {
    TURN_NEXT.step(&[("generation", Value::from(id.as_str()))])
}

/// Reads [`TURN_NEXT`].
pub fn read_next(rows: &Rows) -> Result<Option<GenerationId>, DbError> {
    rows.first().map(|row| GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))).transpose()
}

/// Those whose turn has come. Read with [`read_due`].
pub(super) fn due(now: Timestamp) -> Step {
    TURNS_DUE.step(&[("late", Value::from(now.plus_ms(-WAIT_MS_MAX).ms())), ("limit", Value::from(TURNS_MAX))])
}

/// A generation that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The id.
    pub id: GenerationId,
    /// True if its owner wishes it stopped.
    pub unwanted: bool,
    /// True if it has waited for too long.
    pub late: bool,
}

/// Reads [`TURNS_DUE`].
pub fn read_due(rows: &Rows) -> Result<Vec<Waiting>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                id: GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
                unwanted: row.integer("unwanted")? == 1,
                late: row.integer("late")? == 1,
            })
        })
        .collect()
}
