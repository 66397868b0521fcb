//! Brings a database to the folder's schema: each file is one transaction that also remembers the file.

use crate::error::Error;
use crate::folder::Migration;
use crate::history;
use crate::hrana::Database;

/// What became of one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This call applied it.
    Applied,
    /// Another operator applied it at the same moment.
    AppliedElsewhere,
}

/// Applies what the database lacks, in order, and tells each outcome as it happens. Returns how many were there before.
/// Safe to repeat after any failure, and to run twice at once.
///
/// # Errors
/// The first thing that went wrong. Files before it stay applied; of the file itself nothing is kept.
pub fn run(database: &Database, folder: &[Migration], mut tell: impl FnMut(&Migration, Outcome)) -> Result<usize, Error> {
    let missing = history::pending(folder, &history::read(database)?)?;
    for migration in &missing {
        let outcome = apply(database, folder, migration)?;
        tell(migration, outcome);
    }
    Ok(folder.len() - missing.len())
}

fn apply(database: &Database, folder: &[Migration], migration: &Migration) -> Result<Outcome, Error> {
    match database.transaction(&script(migration))? {
        Ok(()) => Ok(Outcome::Applied),
        Err(reason) => {
            // The row of the file is written first, so whoever comes second fails on its key before touching anything.
            let missing = history::pending(folder, &history::read(database)?)?;
            if missing.iter().any(|left| left.name == migration.name) {
                return Err(Error::Failed { name: migration.name.clone(), reason });
            }
            Ok(Outcome::AppliedElsewhere)
        }
    }
}

/// The file inside its transaction. Name and fingerprint are of plain characters only, so they need no escaping; the line
/// break and semicolon close a file that ends in a comment or without its last semicolon.
fn script(migration: &Migration) -> String {
    let Migration { name, sha256, sql } = migration;
    let table = history::TABLE;
    format!(
        "BEGIN IMMEDIATE;\n{table};\nINSERT INTO atelier_migration (name, sha256, appliedAt) \
         VALUES ('{name}', '{sha256}', CAST(unixepoch('subsec') * 1000 AS INTEGER));\n{sql}\n;\nCOMMIT;"
    )
}
