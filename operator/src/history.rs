//! What a database remembers of its migrations, and what is left to do for a folder.

use serde_json::Value;

use crate::error::Error;
use crate::folder::Migration;
use crate::hrana::Database;

/// The table that a database remembers them in; created with the first one.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS atelier_migration (\
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, appliedAt INTEGER NOT NULL) STRICT";

/// A migration that a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The file's name.
    pub name: String,
    /// The file's fingerprint when it was applied.
    pub sha256: String,
    /// When, as the database's clock had it: UTC, `YYYY-MM-DD HH:MM:SS`.
    pub at: String,
}

/// Asks a database for its history, oldest first. A new database has none.
///
/// # Errors
/// Why it could not be asked.
pub fn read(database: &Database) -> Result<Vec<Applied>, Error> {
    let sql = "SELECT name, sha256, datetime(appliedAt / 1000, 'unixepoch') FROM atelier_migration ORDER BY name";
    match database.rows(sql) {
        Ok(rows) => Ok(rows.iter().map(applied).collect()),
        Err(Error::Database(reason)) if reason.contains("no such table") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn applied(row: &Value) -> Applied {
    let text = |column: usize| {
        let value = row.get(column).and_then(|cell| cell.get("value")).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    Applied { name: text(0), sha256: text(1), at: text(2) }
}

/// The migrations that a database with this history still lacks, in order.
///
/// # Errors
/// [`Error::History`] if the folder does not continue the history: an applied file was changed, removed, or a new one
/// was put before it.
pub fn pending<'a>(folder: &'a [Migration], history: &[Applied]) -> Result<Vec<&'a Migration>, Error> {
    for known in history {
        match folder.iter().find(|migration| migration.name == known.name) {
            None => {
                return Err(Error::History(format!(
                    "the database has {}, which this folder has not: this checkout is older than the database, update it",
                    known.name
                )));
            }
            Some(migration) if migration.sha256 != known.sha256 => {
                return Err(Error::History(format!(
                    "{} was changed after it was applied ({}): put it back as it was and write the change as a new migration",
                    known.name, known.at
                )));
            }
            Some(_) => {}
        }
    }
    let newest = history.iter().map(|known| known.name.as_str()).max().unwrap_or_default();
    let missing: Vec<&Migration> = folder.iter().filter(|migration| !history.iter().any(|known| known.name == migration.name)).collect();
    match missing.iter().find(|migration| migration.name.as_str() < newest) {
        Some(early) => Err(Error::History(format!("{} comes before {newest}, which is applied already: give it the next free number", early.name))),
        None => Ok(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> Vec<Migration> {
        names.iter().map(|name| Migration::new(name, name)).collect()
    }

    fn history(names: &[&str]) -> Vec<Applied> {
        let applied = |migration: Migration| Applied { name: migration.name, sha256: migration.sha256, at: String::new() };
        folder(names).into_iter().map(applied).collect()
    }

    #[test]
    fn what_is_missing_is_what_follows() {
        let folder = folder(&["0001_a.sql", "0002_b.sql", "0003_c.sql"]);
        let left = pending(&folder, &history(&["0001_a.sql"])).expect("it continues");
        assert_eq!(left.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["0002_b.sql", "0003_c.sql"]);
        assert_eq!(pending(&folder, &[]).map(|all| all.len()), Ok(3));
    }

    #[test]
    fn an_applied_file_may_not_change() {
        let mut past = history(&["0001_a.sql"]);
        for known in &mut past {
            known.sha256 = "0".repeat(64);
        }
        let folder = folder(&["0001_a.sql"]);
        let refused = pending(&folder, &past);
        assert!(matches!(refused, Err(Error::History(what)) if what.contains("was changed")));
    }

    #[test]
    fn an_applied_file_may_not_go() {
        let folder = folder(&["0001_a.sql"]);
        let refused = pending(&folder, &history(&["0001_a.sql", "0002_b.sql"]));
        assert!(matches!(refused, Err(Error::History(what)) if what.contains("older than the database")));
    }

    #[test]
    fn a_new_file_may_not_come_before_an_applied_one() {
        let folder = folder(&["0001_a.sql", "0002_b.sql"]);
        let refused = pending(&folder, &history(&["0002_b.sql"]));
        assert!(matches!(refused, Err(Error::History(what)) if what.contains("next free number")));
    }
}
