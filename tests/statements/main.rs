//! Statements by themselves, on SQLite with the production migrations: what the library finds and keeps, and who has a turn.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

#[expect(dead_code, reason = "the simulation uses more of it")]
#[path = "../simulation/database.rs"]
mod database;
mod finding;
mod keeping;
mod turns;
mod upkeep;
mod uploads;

use atelier::{
    domain::{generation::GenerationId, ids, time::Timestamp},
    lanes::SessionKey,
};
use database::Database;

/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

/// A generation as a test wants it.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) owner: &'static str,
    pub(crate) model: &'static str,
    pub(crate) prompt: String,
    pub(crate) inputs: &'static str,
    pub(crate) status: &'static str,
    pub(crate) at_ms: i64,
    /// Width and height of what came out.
    pub(crate) sides: Option<(i64, i64)>,
    pub(crate) favourite: bool,
    pub(crate) folder: Option<&'static str>,
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

pub(crate) fn key(user: &str) -> SessionKey {
    SessionKey::new(format!("token of {user}"))
}

/// The id of the `n`-th work.
pub(crate) fn id(n: usize, at_ms: i64) -> GenerationId {
    let made = ids::sortable(NOW.plus_ms(at_ms), |bytes| {
        bytes.fill(0);
        bytes[9] = u8::try_from(n).unwrap();
    });
    GenerationId::parse(&made).unwrap()
}

/// A folder's id.
pub(crate) fn folder_id(name: &str) -> String {
    format!("{name:0>26}")
}

/// Two people, each with a session and the folders `a` and `b`.
pub(crate) fn studio() -> Database {
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
pub(crate) fn file(database: &Database, works: &[Work]) -> Vec<GenerationId> {
    let mut ids = Vec::new();
    for (n, work) in works.iter().enumerate() {
        let id = id(n, work.at_ms);
        let (status, saving) = if work.status == "saving" { ("running", Some(1)) } else { (work.status, None) };
        let ended = !matches!(status, "queued" | "starting" | "running");
        let failure = (ended && work.status != "succeeded").then_some("host_failed");
        let folder = work.folder.map(|name| folder_id(&format!("{name}{}", &work.owner[..1])));
        database
            .connection
            .execute(
                r#"INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "charged", "failureCode", "createdAt", "finishedAt",
                "checkAt", "favouriteAt", "folderId", "savingAt") VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13)"#,
                rusqlite::params![
                    id.as_str(),
                    work.owner,
                    work.model,
                    work.prompt,
                    work.inputs,
                    status,
                    ended.then_some(0),
                    failure,
                    NOW.ms() + work.at_ms,
                    ended.then_some(1),
                    work.favourite.then_some(1),
                    folder,
                    saving,
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
