//! Which of the pictures that people bring may go.

use crate::{Database, NOW, Work, file, key, studio};
use atelier::{
    domain::{
        generation::GenerationId,
        time::{HOUR_MS, Timestamp},
        upload::{UNUSED_MAX, UploadId},
    },
    store::{Batch, uploads},
};

fn brought(database: &Database, n: u8) -> UploadId {
    let id = UploadId::new(NOW, |bytes| bytes.fill(n));
    let sql = r#"INSERT INTO upload ("id", "userId", "createdAt", "storedAt", "mediaType", "width", "height", "bytes") VALUES (?1, 'ada', ?2, ?2, 'image/png', 64, 64, 7)"#;
    database.connection.execute(sql, rusqlite::params![id.as_str(), NOW.ms()]).unwrap();
    id
}

fn used_by(database: &Database, upload: &UploadId, generation: &GenerationId, n: usize) {
    let sql = r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "uploadId", "mediaKey", "width", "height")
        VALUES (?1, 'image', ?3, 'ada', ?2, 'upload/' || ?2, 64, 64)"#;
    database.connection.execute(sql, rusqlite::params![generation.as_str(), upload.as_str(), i64::try_from(n).unwrap()]).unwrap();
}

fn ended_at(database: &Database, generation: &GenerationId, at: Timestamp) {
    database
        .connection
        .execute(r#"UPDATE generation SET "finishedAt" = ?2 WHERE "id" = ?1"#, rusqlite::params![generation.as_str(), at.ms()])
        .unwrap();
}

/// Sweeps, and says which are left and which files have to go.
fn sweep(database: &Database, at: Timestamp) -> (Vec<String>, Vec<String>) {
    database.run(&Batch::write(uploads::sweep(at).to_vec(), vec![]));
    let names = |sql: &str| {
        let mut rows = database.connection.prepare(sql).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    (names(r#"SELECT "id" FROM upload ORDER BY "id""#), names(r#"SELECT "mediaKey" FROM media_removal ORDER BY "mediaKey""#))
}

#[test]
fn what_failed_keeps_its_picture_for_a_day_and_no_longer() {
    let database = studio();
    let ends = ["succeeded", "failed", "canceled", "expired", "running"];
    let works = ends.map(|status| Work { status, ..Work::default() });
    let generations = file(&database, &works);
    let pictures: Vec<_> = generations
        .iter()
        .zip(1_u8..)
        .map(|(generation, n)| {
            let picture = brought(&database, n);
            used_by(&database, &picture, generation, 0);
            picture
        })
        .collect();
    let never = brought(&database, 9);
    let hours = |hours| NOW.plus_ms(hours * HOUR_MS);
    for generation in generations.iter().take(4) {
        ended_at(&database, generation, hours(10));
    }
    let left = |at| sweep(&database, at).0;
    assert_eq!(left(hours(23)).len(), 6);
    let names = |kept: &[&UploadId]| kept.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    let all: Vec<_> = pictures.iter().collect();
    assert_eq!(left(hours(25)), names(&all), "only what nothing has used: {never}");
    assert_eq!(left(hours(33)), names(&all), "what failed may be tried again within the day");
    let (left, files) = sweep(&database, hours(35));
    assert_eq!(left, names(&[&pictures[0], &pictures[4]]));
    assert_eq!(files.len(), 4);
}

#[test]
fn what_failed_counts_as_unused() {
    let database = studio();
    let works = ["failed", "succeeded"].map(|status| Work { status, ..Work::default() });
    let generations = file(&database, &works);
    let pictures: Vec<_> = (0..u8::try_from(UNUSED_MAX).unwrap()).map(|n| brought(&database, n)).collect();
    for (n, picture) in pictures.iter().enumerate() {
        used_by(&database, picture, &generations[0], n);
    }
    let begin = || {
        let outcome = database.run(&uploads::begin(&key("ada"), &UploadId::new(NOW, |bytes| bytes.fill(200)), NOW));
        outcome.rows(1).unwrap().first().is_some()
    };
    assert!(!begin());
    used_by(&database, &pictures[0], &generations[1], 0);
    assert!(begin());
}
