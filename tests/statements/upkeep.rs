//! What cron looks at first.

use crate::{Database, NOW, Work, file, studio};
use atelier::{
    domain::generation::{GenerationId, NEXT_CHECK_MS},
    store::{
        Batch,
        upkeep::{self, DUE_MAX},
    },
};

/// What a run of cron, beginning so much later, looks at.
fn due(database: &Database, token: &str, ms: i64) -> Vec<(GenerationId, String)> {
    let outcome = database.run(&upkeep::begin(token, NOW.plus_ms(ms)));
    let due = upkeep::read_due(outcome.rows(Batch::nth_write(1)).unwrap()).unwrap();
    due.into_iter().map(|due| (due.id, due.host)).collect()
}

fn open(database: &Database, count: usize) -> Vec<GenerationId> {
    let ids = file(database, &vec![Work { status: "running", sides: None, ..Work::default() }; count]);
    database.connection.execute(r#"UPDATE generation SET "sentAt" = 1, "host" = 'fal', "hostId" = 'run-of-' || "id""#, []).unwrap();
    ids
}

/// One host's heap, due for long, keeps another host's from nothing.
#[test]
fn every_host_has_its_share() {
    let database = studio();
    let ids = open(&database, 3 * DUE_MAX);
    let others: Vec<_> = ids.iter().rev().take(2).cloned().collect();
    for (n, id) in others.iter().enumerate() {
        database
            .connection
            .execute(
                r#"UPDATE generation SET "host" = 'replicate', "checkAt" = ?2 WHERE "id" = ?1"#,
                rusqlite::params![id.as_str(), NOW.ms() - i64::try_from(n).unwrap()],
            )
            .unwrap();
    }
    let looked = due(&database, "first", 0);
    assert_eq!(looked.len(), DUE_MAX);
    assert_eq!(looked.iter().filter(|(_, host)| host == "replicate").count(), 2);
    // They come again when all have had their turn, the others next.
    database.run(&upkeep::end("first", &[], &[], NOW));
    let next = due(&database, "second", 1);
    assert!(next.iter().all(|one| !looked.contains(one)), "{next:?}");
}

#[test]
fn what_there_was_no_time_for_comes_first() {
    let database = studio();
    open(&database, 2 * DUE_MAX);
    let looked = due(&database, "first", 0);
    let left: Vec<_> = looked[3..].iter().map(|(id, _)| id.clone()).collect();
    database.run(&upkeep::end("first", &[], &left, NOW.plus_ms(10)));
    let next = due(&database, "second", NEXT_CHECK_MS + 20);
    let again = next.iter().filter(|(id, _)| left.contains(id)).count();
    // Those that were never looked at have waited for longer; those that there was no time for are before those that were looked at.
    assert!(next.iter().all(|one| !looked[..3].contains(one)), "{next:?}");
    assert_eq!(again, 0);
    database.run(&upkeep::end("second", &[], &[], NOW.plus_ms(NEXT_CHECK_MS + 30)));
    let third = due(&database, "third", NEXT_CHECK_MS + 40);
    assert_eq!(third.len(), DUE_MAX);
    assert_eq!(third.iter().filter(|(id, _)| left.contains(id)).count(), left.len());
    // Whoever has lost the lease changes nothing.
    let before = database.ask(r#"SELECT "id", "checkAt" FROM generation ORDER BY "id""#);
    database.run(&upkeep::end("first", &[], &left, NOW));
    assert_eq!(database.ask(r#"SELECT "id", "checkAt" FROM generation ORDER BY "id""#), before);
}

/// A heap of removals that are repeated keeps none from being done.
#[test]
fn what_was_never_tried_is_removed_first() {
    let database = studio();
    let put = |from: usize, to: usize, at: i64| {
        for n in from..to {
            let sql = r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt") VALUES (?1, 'ada', ?2)"#;
            database.connection.execute(sql, rusqlite::params![format!("work-{n:0>5}/0"), at]).unwrap();
        }
    };
    let tick = |token: &str, ms: i64| {
        let outcome = database.run(&upkeep::begin(token, NOW.plus_ms(ms)));
        let removals = upkeep::read_removals(outcome.rows(Batch::nth_write(3)).unwrap()).unwrap();
        assert!(database.run(&upkeep::end(token, &removals, &[], NOW.plus_ms(ms))).error().is_none());
        removals
    };
    put(0, 1_200, NOW.ms());
    let first = tick("first", 0);
    assert_eq!(first.len(), 1_000);
    put(5_000, 5_001, NOW.ms() + 1);
    let second = tick("second", 60_000);
    assert!(second.contains(&"work-05000/0".to_owned()));
    assert_eq!(second.iter().filter(|key| !first.contains(key)).count(), 201);
    // Repeated for two hours, then forgotten.
    let third = tick("third", 2 * 60 * 60_000 + 2);
    assert_eq!(third.len(), 1_000);
    assert_eq!(database.ask("SELECT count(*) FROM media_removal"), [["201"]]);
}
