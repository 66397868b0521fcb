//! The auditor: small, obviously right, and independent of the program's own words. Numbers are those of the reliability notes.

use crate::{malice::NONSENSE, sim::World};
use atelier::domain::{catalogue, credits, generation::Status, live::Change};
use std::collections::BTreeMap;

/// Each must bring back no row, at every moment that a reader can see.
const ALWAYS: &[(&str, &str)] = &[
    (
        "balance equals its entries",
        r#"SELECT a."id" FROM ledger_account a WHERE a."balance" <> (SELECT coalesce(sum("amount"), 0) FROM ledger_entry WHERE "dst" = a."id")
        - (SELECT coalesce(sum("amount"), 0) FROM ledger_entry WHERE "src" = a."id")"#,
    ),
    ("a user's balances sum to zero", r#"SELECT "userId" FROM ledger_account GROUP BY "userId" HAVING sum("balance") <> 0"#),
    (
        "no balance has the wrong sign",
        r#"SELECT "id" FROM ledger_account WHERE ("kind" IN ('issued','debt') AND "balance" > 0) OR ("kind" NOT IN ('issued','debt') AND "balance" < 0)"#,
    ),
    (
        "held equals the open holds",
        r#"SELECT a."userId" FROM ledger_account a WHERE a."kind" = 'held' AND a."balance" <>
        (SELECT coalesce(sum("amount"), 0) FROM credit_hold h WHERE h."userId" = a."userId" AND h."state" = 'open')"#,
    ),
    (
        "the parts of a hold are the hold",
        r#"SELECT h."id" FROM credit_hold h WHERE h."amount" <> (SELECT coalesce(sum(p."amount"), 0) FROM credit_hold_part p WHERE p."holdId" = h."id")
        OR h."captured" <> (SELECT coalesce(sum(p."captured"), 0) FROM credit_hold_part p WHERE p."holdId" = h."id")"#,
    ),
    (
        "spent equals what was captured",
        r#"SELECT a."userId" FROM ledger_account a WHERE a."kind" = 'spent' AND a."balance" <>
        (SELECT coalesce(sum("captured" - "refunded"), 0) FROM credit_hold h WHERE h."userId" = a."userId")"#,
    ),
    (
        "issued equals what was granted",
        r#"SELECT a."userId" FROM ledger_account a WHERE a."kind" = 'issued' AND -a."balance" <>
        (SELECT coalesce(sum("amount"), 0) FROM credit_grant g WHERE g."userId" = a."userId")"#,
    ),
    (
        "an open generation has an open hold of its price, and a closed one has none",
        r#"SELECT g."id" FROM generation g LEFT JOIN credit_hold h ON h."id" = g."id" AND h."userId" = g."userId"
        WHERE h."id" IS NULL OR h."amount" <> g."price" OR (h."state" = 'open') <> (g."finishedAt" IS NULL)"#,
    ),
    (
        "what is charged was captured, and nothing for a failure",
        r#"SELECT g."id" FROM generation g JOIN credit_hold h ON h."id" = g."id" WHERE g."finishedAt" IS NOT NULL
        AND (g."charged" <> h."captured" OR (g."status" = 'succeeded') <> (h."state" = 'settled'))"#,
    ),
    (
        "a hold has a generation, or had one that was deleted after its end",
        r#"SELECT h."id" FROM credit_hold h WHERE h."state" = 'open' AND NOT EXISTS (SELECT 1 FROM generation g WHERE g."id" = h."id")"#,
    ),
    (
        "outputs belong to a success, and a success has outputs",
        r#"SELECT g."id" FROM generation g WHERE (g."status" = 'succeeded') <> EXISTS (SELECT 1 FROM generation_output o WHERE o."generationId" = g."id")"#,
    ),
    (
        "no more of a user's are at hosts than the plan lets be",
        r#"SELECT "userId" FROM generation WHERE "finishedAt" IS NULL AND "sentAt" IS NOT NULL GROUP BY "userId" HAVING count(*) > max("turns")"#,
    ),
    ("what waits is at no host", r#"SELECT "id" FROM generation WHERE "finishedAt" IS NULL AND "sentAt" IS NULL AND "hostId" IS NOT NULL"#),
    (
        "works, their folders, parents and links have one owner",
        r#"SELECT g."id" FROM generation g JOIN folder f ON f."id" = g."folderId" WHERE f."userId" <> g."userId"
        UNION ALL SELECT g."id" FROM generation g JOIN generation p ON p."id" = g."parentId" WHERE p."userId" <> g."userId"
        UNION ALL SELECT s."id" FROM share s LEFT JOIN generation g ON g."id" = s."generationId" WHERE g."userId" IS NOT s."userId""#,
    ),
    (
        "what can be searched for is what there is",
        r#"SELECT g."id" FROM generation g LEFT JOIN generation_word w ON w."generationId" = g."id" AND w."userId" = g."userId"
        LEFT JOIN generation_search f ON f."rowid" = w."n" WHERE f."userId" IS NOT g."userId" OR f."prompt" IS NOT g."prompt"
        UNION ALL SELECT 'words of nobody' WHERE (SELECT count(*) FROM generation_search) <> (SELECT count(*) FROM generation)"#,
    ),
    ("a key stands for one generation", r#"SELECT i."generationId" FROM idempotency i GROUP BY i."generationId" HAVING count(*) > 1"#),
];

/// What the clients did, as far as the auditor has to know it.
#[derive(Default)]
pub struct Book {
    /// Idempotency key → ids of generations that were shown for it.
    pub shown: BTreeMap<String, Vec<String>>,
    /// Generations that were deleted, as the client was told.
    pub deleted: Vec<String>,
}

/// A run at a model host.
pub struct Run {
    id: String,
    /// What its callback address names.
    generation: String,
    /// Its state in the host's words.
    status: String,
    /// It ended well.
    succeeded: bool,
    /// The host keeps a list of its runs, in which this one can be found.
    listed: bool,
}

/// Every run at every host.
pub fn runs(world: &World) -> impl Iterator<Item = Run> {
    let replicate = world.replicate.predictions().map(|run| Run {
        id: run.id.to_owned(),
        generation: generation_of(run.webhook.unwrap_or_default()),
        status: run.status.name().to_owned(),
        succeeded: run.status.name() == "succeeded",
        listed: true,
    });
    let fal = world.fal.requests().map(|run| Run {
        id: run.id.to_owned(),
        generation: generation_of(run.webhook.unwrap_or_default()),
        status: format!("{} {:?}", run.status.name(), run.result),
        succeeded: run.result == Some(200),
        listed: false,
    });
    replicate.chain(fal)
}

/// Checks what users' pages were told: each only of its own user's, and of an end only the one that there is.
fn told(world: &World) -> Result<(), String> {
    for (user, event) in &world.told {
        let found = world
            .database
            .ask(&format!(r#"SELECT "userId", "status", "finishedAt" IS NOT NULL FROM generation WHERE "id" = '{}'"#, event.generation));
        let Some(row) = found.first() else { continue };
        let is_end =
            matches!(event.change, Change::Deleted | Change::Status(Status::Succeeded | Status::Failed | Status::Canceled | Status::Expired));
        if row[0] != *user || event.change == Change::Deleted || is_end && event.change.name() != row[1] {
            return Err(format!("{user} was told {event:?} of {row:?}"));
        }
    }
    let ended = world.database.ask(r#"SELECT 1 FROM generation WHERE "finishedAt" IS NOT NULL"#).len();
    if ended > 2 && world.told.is_empty() { Err(format!("nobody was told of {ended} ends")) } else { Ok(()) }
}

/// Checks what must hold at every moment.
pub fn always(world: &World) -> Result<(), String> {
    if let Some(complaint) = &world.complaint {
        return Err(complaint.clone());
    }
    for (name, query) in ALWAYS {
        let rows = world.database.ask(query);
        if !rows.is_empty() {
            return Err(format!("{name}: {rows:?}"));
        }
    }
    // A row never points to nothing: the media are there before the row is.
    for row in world.database.ask(r#"SELECT "mediaKey", "bytes", "etag" FROM generation_output"#) {
        match world.media.get(&row[0]) {
            Some((bytes, stored)) if bytes.len().to_string() == row[1] && stored.etag == row[2] => {}
            Some(_) => return Err(format!("the row of {} describes another file", row[0])),
            None => return Err(format!("the row of {} points to nothing", row[0])),
        }
    }
    for row in world.database.ask(r#"SELECT "id", "bytes" FROM upload WHERE "storedAt" IS NOT NULL"#) {
        let key = format!("upload/{}", row[0]);
        if world.media.get(&key).is_none_or(|(bytes, _)| bytes.len().to_string() != row[1]) {
            return Err(format!("the row of {key} points to nothing, or to another file"));
        }
    }
    // No run without a durable row that names it, and never two runs for one row.
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for run in self::runs(world) {
        let id = run.generation;
        *runs.entry(id.clone()).or_default() += 1;
        if world.database.ask_about(r#"SELECT 1 FROM credit_hold WHERE "id" = ?1"#, &[&id]).is_empty() && !went_with_account(world, &id) {
            return Err(format!("the run {} has no row that names it", run.id));
        }
    }
    match runs.iter().find(|(_, runs)| **runs > 1) {
        Some((id, runs)) => Err(format!("{id} was run {runs} times")),
        None => Ok(()),
    }
}

/// True if it was of somebody who has left.
fn went_with_account(world: &World, id: &str) -> bool {
    !world.database.ask_about(&format!(r#"{GONE} AND m."id" = ?1"#), &[&id]).is_empty()
}

/// Generations of those who have left.
const GONE: &str = r#"SELECT m."id" FROM made m WHERE NOT EXISTS (SELECT 1 FROM "user" u WHERE u."id" = m."userId")"#;

fn generation_of(webhook: &str) -> String {
    webhook.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default().to_owned()
}

/// Checks what must hold once the faults have stopped and cron has run for long enough.
pub fn at_last(world: &World, book: &Book, starting_credits: i64) -> Result<(), String> {
    always(world)?;
    let open = world.database.ask(r#"SELECT "id", "status" FROM generation WHERE "finishedAt" IS NULL"#);
    if !open.is_empty() {
        return Err(format!("still open: {open:?}"));
    }
    for (key, ids) in &book.shown {
        let mut ids = ids.clone();
        ids.dedup();
        if ids.len() > 1 {
            return Err(format!("the key {key} ordered {ids:?}"));
        }
    }
    nothing_lost(world, book)?;
    told(world)?;
    // A host that answers with the result names nothing: but nobody asks it twice for one order.
    let claimed = world.database.ask(r#"SELECT 1 FROM generation WHERE "host" = 'openai' AND "hostId" IS NOT NULL"#).len()
        + book.deleted.len()
        + world.database.ask(GONE).len();
    let asked = world.openai.requests().count();
    if asked > claimed {
        return Err(format!("{asked} orders at a host for {claimed} generations"));
    }
    let nonsense = world.database.ask(&format!(r#"SELECT "key" FROM idempotency WHERE "key" LIKE '{NONSENSE}%'"#));
    if !nonsense.is_empty() {
        return Err(format!("ordered for nonsense: {nonsense:?}"));
    }
    let kept = r#"SELECT "mediaKey" FROM generation_output UNION ALL SELECT 'upload/' || "id" FROM upload WHERE "storedAt" IS NOT NULL"#;
    let rows: Vec<String> = world.database.ask(kept).into_iter().map(|row| row[0].clone()).collect();
    if let Some(orphan) = world.media.keys().find(|key| !rows.contains(key)) {
        return Err(format!("{orphan} is stored and belongs to nobody"));
    }
    model_of_money(world, starting_credits)
}

/// Nothing of a deleted generation is kept, without the sweep's help.
pub fn deletions(world: &World, book: &Book) -> Result<(), String> {
    // Whoever wished it may have been refused: what counts is the row.
    let left = world.database.ask(GONE).into_iter().map(|mut row| row.remove(0));
    let deleted: Vec<_> = book.deleted.iter().cloned().chain(left).collect();
    let is_there = |id: &str| !world.database.ask_about(r#"SELECT 1 FROM generation WHERE "id" = ?1"#, &[&id]).is_empty();
    let of = |key: &&String| deleted.iter().any(|id| key.split('/').any(|part| part == id) && !is_there(id));
    match world.media.keys().find(of) {
        Some(key) => Err(format!("{key} outlives its generation")),
        None => Ok(()),
    }
}

/// A run that succeeded at the host, with files that can be used, is a success here too (unless its owner has deleted it).
fn nothing_lost(world: &World, book: &Book) -> Result<(), String> {
    const NO_USE: [&str; 10] = [
        "html output",
        "svg output",
        "truncated output",
        "huge output",
        "empty output",
        "redirect output",
        "gone output",
        "foreign output",
        "no output",
        "data output",
    ];
    for run in runs(world) {
        let id = run.generation;
        let rows =
            world.database.ask_about(r#"SELECT "status", "failureCode", "prompt", coalesce("hostId", '') FROM generation WHERE "id" = ?1"#, &[&id]);
        let Some(row) = rows.first() else {
            if book.deleted.contains(&id) || went_with_account(world, &id) {
                continue;
            }
            return Err(format!("{id} has vanished"));
        };
        let usable = !NO_USE.iter().any(|word| row[2].contains(word));
        // Its answer and its message were lost, and there is no list to find it in: whoever does not know its name cannot ask.
        let knowable = run.listed || !row[3].is_empty() || world.jots.contains_key(&format!("run/{id}"));
        if run.succeeded && usable && knowable && row[0] != "succeeded" {
            return Err(format!("{id} succeeded at the host and is {} here ({})", row[0], row[1]));
        }
        if !run.succeeded && row[0] == "succeeded" {
            return Err(format!("{id} is {} at the host and succeeded here", run.status));
        }
    }
    Ok(())
}

/// The reference: what each user may spend is what was granted less the price of what came out.
pub fn model_of_money(world: &World, starting_credits: i64) -> Result<(), String> {
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    let finished = r#"SELECT g."userId", g."model", g."price", g."charged", g."units", (SELECT count(*) FROM generation_output o WHERE o."generationId" = g."id")
        FROM generation g"#;
    for row in world.database.ask(finished) {
        let model = catalogue::model(&row[1]).ok_or("a model that is not in the catalogue")?;
        let each = model.credits * row[4].parse::<i64>().unwrap();
        let expected = credits::charge(each, row[5].parse().unwrap(), row[2].parse().unwrap());
        if expected.to_string() != row[3] {
            return Err(format!("charged {} for {} outputs of {}", row[3], row[5], row[1]));
        }
        *spent.entry(row[0].clone()).or_default() += expected;
    }
    for row in world
        .database
        .ask(r#"SELECT h."userId", h."captured" FROM credit_hold h WHERE NOT EXISTS (SELECT 1 FROM generation g WHERE g."id" = h."id")"#)
    {
        *spent.entry(row[0].clone()).or_default() += row[1].parse::<i64>().unwrap();
    }
    for row in world.database.ask(r#"SELECT "userId", sum("balance") FROM ledger_account WHERE "kind" = 'grant' GROUP BY "userId""#) {
        let expected = starting_credits - spent.get(&row[0]).copied().unwrap_or_default();
        if expected.to_string() != row[1] {
            return Err(format!("{} has {} credits and should have {expected}", row[0], row[1]));
        }
    }
    Ok(())
}
