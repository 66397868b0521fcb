//! The library's statements on SQLite with the production migrations: what is found, whose it is, and what is left when something goes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

#[expect(dead_code, reason = "the simulation uses more of it")]
#[path = "../simulation/database.rs"]
mod database;
mod finding;
mod keeping;

use atelier::{
    domain::{generation::GenerationId, ids, time::Timestamp},
    lanes::SessionKey,
};
use database::Database;

/// When everything happens.
const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

/// A generation as a test wants it.
#[derive(Debug, Clone)]
struct Work {
    owner: &'static str,
    model: &'static str,
    prompt: String,
    inputs: &'static str,
    status: &'static str,
    at_ms: i64,
    /// Width and height of what came out.
    sides: Option<(i64, i64)>,
    favourite: bool,
    folder: Option<&'static str>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            owner: "ada",
            model: "flux-schnell",
            prompt: "a red fox".to_owned(),
            inputs: "{}",
            status: "succeeded",
            at_ms: 0,
            sides: Some((64, 64)),
            favourite: false,
            folder: None,
        }
    }
}

fn key(user: &str) -> SessionKey {
    SessionKey::new(format!("token of {user}"))
}

/// The id of the `n`-th work.
fn id(n: usize, at_ms: i64) -> GenerationId {
    let made = ids::sortable(NOW.plus_ms(at_ms), |bytes| {
        bytes.fill(0);
        bytes[9] = u8::try_from(n).unwrap();
    });
    GenerationId::parse(&made).unwrap()
}

/// A folder's id.
fn folder_id(name: &str) -> String {
    format!("{name:0>26}")
}

/// Two people, each with a session and the folders `a` and `b`.
fn studio() -> Database {
    let database = Database::new();
    for user in ["ada", "bob"] {
        let token = format!("token of {user}");
        let sql = format!(
            r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES ('{user}', 'x', '{user}', 0, '', '');
            INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId") VALUES ('{user}', '9999-12-31T00:00:00.000Z', '{token}', '', '', '{user}');
            INSERT INTO folder ("id", "userId", "name", "nameKey", "createdAt")
              SELECT substr('00000000000000000000000000' || f.value || '{}', -26), '{user}', f.value, f.value, 0 FROM json_each('["a","b"]') f;"#,
            &user[..1],
        );
        database.connection.execute_batch(&sql).unwrap();
    }
    database
}

/// Files works; the `n`-th has the id `id(n, its time)`.
fn file(database: &Database, works: &[Work]) -> Vec<GenerationId> {
    let mut ids = Vec::new();
    for (n, work) in works.iter().enumerate() {
        let id = id(n, work.at_ms);
        let ended = !matches!(work.status, "queued" | "starting" | "running");
        let failure = (ended && work.status != "succeeded").then_some("host_failed");
        let folder = work.folder.map(|name| folder_id(&format!("{name}{}", &work.owner[..1])));
        database
            .connection
            .execute(
                r#"INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "charged", "failureCode", "createdAt", "finishedAt",
                "checkAt", "favouriteAt", "folderId") VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10, 0, ?11, ?12)"#,
                rusqlite::params![
                    id.as_str(),
                    work.owner,
                    work.model,
                    work.prompt,
                    work.inputs,
                    work.status,
                    ended.then_some(0),
                    failure,
                    NOW.ms() + work.at_ms,
                    ended.then_some(1),
                    work.favourite.then_some(1),
                    folder,
                ],
            )
            .unwrap();
        if let Some((width, height)) = work.sides.filter(|_| work.status == "succeeded") {
            let sql = r#"INSERT INTO generation_output ("generationId", "n", "userId", "mediaKey", "mediaType", "bytes", "width", "height", "etag", "createdAt")
                VALUES (?1, 0, ?2, ?1 || '/0', 'image/png', 7, ?3, ?4, 'x', 0)"#;
            database.connection.execute(sql, rusqlite::params![id.as_str(), work.owner, width, height]).unwrap();
        }
        ids.push(id);
    }
    ids
}
