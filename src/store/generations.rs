//! Generations, their outputs and the idempotency keys they were ordered under.

use super::{
    Batch, Scope, Step, Value, ledger,
    ledger::work::plan,
    library,
    mail::{self, NewMail},
    sessions,
    shown::shown,
    sources,
    sql::{owner, owner_of_generation, statements},
    turns,
};
use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::{self, Failure, FailureCode, GenerationId},
        library::Relation,
        time::{DAY_MS, Timestamp},
    },
    lanes::{Database, In, Prompt, SessionKey},
    platform::Stored,
    vendors::hosts::RunId,
};

/// Every name under which media of a generation may have been stored, for the removals: up to as many as a model makes.
macro_rules! every_media_name {
    () => {
        r#"SELECT g."id" || '/' || n.value, g."userId", :now FROM generation g, json_each('[0,1,2,3]') n WHERE g."id" = :generation"#
    };
}

statements! {
    /// Takes the idempotency key; a key older than a day is free again.
    KEY_FREE (Scope::Owner): r#"DELETE FROM idempotency WHERE "key" = :key AND "createdAt" < :dayAgo AND "userId" = "#, owner!();
    /// Takes the idempotency key.
    KEY_TAKE (Scope::Owner): r#"INSERT INTO idempotency ("userId", "key", "digest", "generationId", "createdAt")
        VALUES ("#, owner!(), ", :key, :digest, :generation, :now)";
    /// What the key was used for.
    KEY_READ (Scope::Owner): r#"SELECT i."digest", i."generationId" FROM idempotency i WHERE i."key" = :key AND i."userId" = "#, owner!();
    /// The generation that the key was used for.
    GENERATION_BY_KEY (Scope::Owner): "SELECT ", shown!(), r#" FROM idempotency i JOIN generation g ON g."id" = i."generationId" AND g."userId" = i."userId"
        WHERE i."key" = :key AND i."userId" = "#, owner!();
    /// Writes down what is about to be ordered. Its turn has come if fewer of the owner's are open than the plan lets be at hosts; else it waits.
    GENERATION_INSERT (Scope::Owner): r#"INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "units", "createdAt", "checkAt", "host",
          "turns", "sentAt")
        SELECT :generation, t."userId", :model, :prompt, :inputs, 'queued', :price, :units, :now, :check, :host, t."turns",
          CASE WHEN (SELECT count(*) FROM generation o WHERE o."finishedAt" IS NULL AND o."userId" = "#, owner!(), r#") < t."turns" THEN :now END
        FROM (SELECT "#, owner!(), r#" AS "userId", json_extract(:plans, '$."' || "#, plan!(), r#" || '".concurrent') AS "turns") t"#;
    /// One generation of the user's.
    GENERATION_GET (Scope::Owner): "SELECT ", shown!(), r#" FROM generation g WHERE g."id" = :generation AND g."userId" = "#, owner!();

    /// It came to a good end. Its trigger refuses one that has ended before.
    GENERATION_SUCCEED (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = :hostId, "hostVersion" = :hostVersion, "hostMs" = :hostMs, "seed" = :seed,
        "status" = 'succeeded', "startedAt" = coalesce("startedAt", :now), "finishedAt" = :now,
        "charged" = min("price", :outputs * ("price" / coalesce(json_extract("inputs", '$.outputs'), 1))) WHERE "id" = :generation"#;
    /// It ended without outputs. Its trigger refuses one that has ended before.
    GENERATION_FAIL (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "hostId" = coalesce(:hostId, "hostId"), "hostVersion" = :hostVersion, "hostMs" = :hostMs,
        "status" = :status, "finishedAt" = :now, "charged" = 0, "failureCode" = :code, "failureDetail" = :detail WHERE "id" = :generation"#;
    /// Files what was kept.
    OUTPUT_INSERT (Scope::System(OF_GENERATION)): r#"INSERT INTO generation_output ("generationId", "n", "userId", "mediaKey", "mediaType", "bytes", "width", "height", "etag", "createdAt")
        VALUES (:generation, :n, "#, owner_of_generation!(), ", :mediaKey, :mediaType, :bytes, :width, :height, :etag, :now)";
    /// Notes that media of it may have been stored although it failed: up to as many as were asked for.
    REMOVAL_OF_FAILED (Scope::System(OF_GENERATION)): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        "#, every_media_name!(), " ON CONFLICT DO NOTHING";
    /// Where a generation stands.
    GENERATION_STATUS (Scope::System(OF_GENERATION)): r#"SELECT "status", "price", "charged", "userId" FROM generation WHERE "id" = :generation"#;

    /// Deletes those that have ended: the media that have to go, under every name that a copy may have been stored by.
    DELETE_MEDIA (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT g."id" || '/' || n.value, g."userId", :now FROM generation g, json_each('[0,1,2,3]') n WHERE g."id" IN (SELECT i.value FROM json_each(:ids) i)
        AND g."finishedAt" IS NOT NULL AND g."userId" = "#, owner!(), " ON CONFLICT DO NOTHING";
    /// Deletes those that have ended: their outputs.
    DELETE_OUTPUTS (Scope::Owner): r#"DELETE FROM generation_output WHERE "generationId" IN (SELECT i.value FROM json_each(:ids) i) AND "userId" = "#, owner!(), r#"
        AND EXISTS (SELECT 1 FROM generation g WHERE g."id" = generation_output."generationId" AND g."finishedAt" IS NOT NULL AND g."userId" = generation_output."userId")"#;
    /// Deletes those that have ended: the rows.
    DELETE_ROW (Scope::Owner): r#"DELETE FROM generation WHERE "id" IN (SELECT i.value FROM json_each(:ids) i) AND "finishedAt" IS NOT NULL AND "userId" = "#, owner!();
    /// The media of those that can be deleted, before they are.
    DELETE_READ (Scope::Owner): r#"SELECT o."mediaKey" FROM generation_output o JOIN generation g ON g."id" = o."generationId" AND g."userId" = o."userId"
        WHERE g."finishedAt" IS NOT NULL AND g."id" IN (SELECT i.value FROM json_each(:ids) i) AND g."userId" = "#, owner!();
}

const OF_GENERATION: &str = "a signed message or the reconciler speaks of one generation, which has one owner";

/// A generation about to be ordered.
#[derive(Debug, Clone)]
pub struct NewGeneration {
    /// Its id.
    pub id: GenerationId,
    /// The catalogue's id of the model.
    pub model: &'static str,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs by our names, JSON.
    pub inputs: String,
    /// The price, to be held.
    pub price: i64,
    /// What one output is worth, in units.
    pub units: i64,
    /// What it is made from, by its words and inputs.
    pub parent: Option<(GenerationId, Relation)>,
    /// The pictures that it starts from.
    pub sources: Vec<sources::Named>,
    /// The model host that is asked first.
    pub host: &'static str,
    /// The idempotency key and the digest of the request.
    pub key: Option<(String, String)>,
    /// The mail that goes out when four fifths of the day's limit are spent.
    pub alert: NewMail,
}

/// Order of the reads of [`create`].
pub mod created {
    /// Who asks.
    pub const USER: usize = 0;
    /// The balance.
    pub const BALANCE: usize = 1;
    /// The generation.
    pub const GENERATION: usize = 2;
    /// What stands in the way.
    pub const GATE: usize = 3;
    /// What was spent today.
    pub const SPENDING: usize = 4;
    /// What it starts from.
    pub const SOURCES: usize = 5;
    /// What the key was used for.
    pub const KEY: usize = 6;
    /// The generation it was used for.
    pub const BY_KEY: usize = 7;
    /// How large the pictures are that it names, if it names any.
    #[must_use]
    pub const fn sizes(has_key: bool) -> usize {
        if has_key { BY_KEY + 1 } else { KEY }
    }
}

/// Key, hold and generation: all or nothing. Read by the indices in [`created`].
#[must_use]
pub fn create(token: &SessionKey, new: &NewGeneration, limits: &ledger::Limits, now: Timestamp) -> Batch {
    let order = ledger::Order { model: new.model, price: new.price, limits };
    let who = sessions::asking(token, now);
    let with = |more: &[(&'static str, Value)]| [&who, more].concat();
    let generation = ("generation", Value::from(new.id.as_str()));
    let at = ("now", Value::from(now.ms()));
    let mut steps = Vec::new();
    let mut reads = vec![
        sessions::user(token, now),
        ledger::balance(token, now),
        GENERATION_GET.step(&with(std::slice::from_ref(&generation))),
        ledger::gate(&who, &order, now),
        ledger::spending(token, now),
        sources::of(&who, &new.id),
    ];
    if let Some((key, digest)) = &new.key {
        let key = ("key", Value::from(key));
        steps.push(KEY_FREE.step(&with(&[key.clone(), ("dayAgo", Value::from(now.plus_ms(-DAY_MS).ms()))])));
        if !planted(Bug::KeyIsForgotten) {
            steps.push(KEY_TAKE.step(&with(&[key.clone(), ("digest", Value::from(digest)), generation.clone(), at.clone()])));
        }
        reads.push(KEY_READ.step(&with(std::slice::from_ref(&key))));
        reads.push(GENERATION_BY_KEY.step(&with(&[key])));
    }
    steps.extend(ledger::hold(&who, &new.id, &order, now));
    steps.push(mail::spending_alert(token, &new.alert, new.price, now));
    steps.push(
        GENERATION_INSERT.step(&with(
            &[
                &[
                    generation,
                    at,
                    ("model", Value::from(new.model)),
                    ("prompt", Value::from(In::<Database, _>::new(new.prompt.clone()).text())),
                    ("inputs", Value::from(&new.inputs)),
                    ("price", Value::from(new.price)),
                    ("units", Value::from(new.units)),
                    ("host", Value::from(new.host)),
                    ("check", Value::from(now.plus_ms(generation::FIRST_CHECK_MS).ms())),
                ][..],
                &limits.args(),
            ]
            .concat(),
        )),
    );
    steps.extend(new.parent.iter().map(|(parent, relation)| library::parent(&who, &new.id, (parent, *relation))));
    steps.extend(new.sources.iter().map(|named| sources::insert(&who, &new.id, named)));
    if !new.sources.is_empty() {
        reads.push(sources::look(&who, &new.sources));
    }
    Batch::write(steps, reads)
}

/// Reads: who asks, one generation, the balance.
#[must_use]
pub fn get(token: &SessionKey, id: &GenerationId, now: Timestamp) -> Batch {
    Batch::read(vec![sessions::user(token, now), one(token, id, now), ledger::balance(token, now)])
}

/// One generation.
pub(crate) fn one(token: &SessionKey, id: &GenerationId, now: Timestamp) -> Step {
    GENERATION_GET.step(&[&sessions::asking(token, now)[..], &[("generation", Value::from(id.as_str()))]].concat())
}

/// Deletes those generations that have ended. Write 0 tells which there are, write 1 reads their media; read: who asks.
#[must_use]
pub fn delete(token: &SessionKey, of: &[GenerationId], now: Timestamp) -> Batch {
    let args = [&sessions::asking(token, now)[..], &[library::ids(of)]].concat();
    let removal = [&args[..], &[("now", Value::from(now.ms()))]].concat();
    let note = if planted(Bug::MediaOutliveRow) { &DELETE_READ } else { &DELETE_MEDIA };
    let note = note.step(if planted(Bug::MediaOutliveRow) { &args } else { &removal });
    let steps = vec![library::look(token, of, now), DELETE_READ.step(&args), note, DELETE_OUTPUTS.step(&args), DELETE_ROW.step(&args)];
    Batch::write(steps, vec![sessions::user(token, now)])
}

/// What the host reports of a run besides its outputs.
#[derive(Debug, Clone, Default)]
pub struct HostFacts {
    /// The host's id.
    pub id: Option<RunId>,
    /// The model's version.
    pub version: Option<String>,
    /// Compute time in milliseconds.
    pub compute_ms: Option<i64>,
    /// The seed that it says it used.
    pub seed: Option<i64>,
}

impl HostFacts {
    fn args(&self) -> [(&'static str, Value); 3] {
        [
            ("hostId", Value::from(self.id.as_ref().map(RunId::as_str))),
            ("hostVersion", Value::from(self.version.as_deref())),
            ("hostMs", Value::from(self.compute_ms)),
        ]
    }
}

/// State, outputs and settlement: all or nothing. Read 0: where it stands; read 1: who may go now ([`turns::read_next`]).
#[must_use]
pub fn succeed(id: &GenerationId, host: &HostFacts, kept: &[(String, Stored)], now: Timestamp) -> Batch {
    let generation = ("generation", Value::from(id.as_str()));
    let at = ("now", Value::from(now.ms()));
    let outputs = ("outputs", Value::from(kept.len()));
    let seed = ("seed", Value::from(host.seed));
    let mut steps = vec![GENERATION_SUCCEED.step(&[&[generation.clone(), at.clone(), outputs, seed][..], &host.args()].concat())];
    steps.extend(ledger::settle(id, kept.len(), now));
    steps.extend(kept.iter().enumerate().map(|(n, (key, stored))| {
        OUTPUT_INSERT.step(&[
            generation.clone(),
            at.clone(),
            ("n", Value::from(n)),
            ("mediaKey", Value::from(key)),
            ("mediaType", Value::from(stored.facts.media_type.name())),
            ("bytes", Value::from(usize::try_from(stored.bytes).unwrap_or(usize::MAX))),
            ("width", Value::from(stored.facts.width)),
            ("height", Value::from(stored.facts.height)),
            ("etag", Value::from(&stored.etag)),
        ])
    }));
    Batch::write(steps, vec![GENERATION_STATUS.step(&[generation]), turns::next(id)])
}

/// State and release: all or nothing. Reads as [`succeed`]'s.
#[must_use]
pub fn fail(id: &GenerationId, host: &HostFacts, failure: &Failure, now: Timestamp) -> Batch {
    let generation = ("generation", Value::from(id.as_str()));
    let at = ("now", Value::from(now.ms()));
    let words =
        [("status", Value::from(failure.code.status().name())), ("code", Value::from(failure.code.name())), ("detail", Value::from(&failure.detail))];
    let mut steps = vec![GENERATION_FAIL.step(&[&[generation.clone(), at.clone()][..], &host.args(), &words].concat())];
    if !planted(Bug::FailureKeepsHold) {
        steps.extend(ledger::release(id, now));
    }
    if matches!(failure.code, FailureCode::OutputUnusable | FailureCode::OutputLost) {
        // The host has worked and takes its money, though nothing is charged here.
        steps.extend(ledger::cost(id, failure.outputs, now));
    }
    steps.push(REMOVAL_OF_FAILED.step(&[generation.clone(), at]));
    Batch::write(steps, vec![GENERATION_STATUS.step(&[generation]), turns::next(id)])
}
