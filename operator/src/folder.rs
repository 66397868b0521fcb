//! The folder of migrations: `NNNN_name.sql`, append-only, applied in the order of their numbers.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The file's name, by which the database remembers it.
    pub name: String,
    /// Lower-case hex of the SHA-256 of the file's bytes.
    pub sha256: String,
    /// The file's text: any number of statements.
    pub sql: String,
}

impl Migration {
    /// A migration with its fingerprint.
    #[must_use]
    pub fn new(name: &str, sql: &str) -> Self {
        let sha256 = Sha256::digest(sql.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        Self { name: name.to_owned(), sha256, sql: sql.to_owned() }
    }

    /// The number that orders it.
    fn number(&self) -> &str {
        self.name.split('_').next().unwrap_or_default()
    }
}

/// Reads the folder's migrations in order. Files that do not end in `.sql` are left alone.
///
/// # Errors
/// [`Error::Folder`] if it cannot be read, is empty, or a file is not named or written as a migration must be.
pub fn read(folder: &Path) -> Result<Vec<Migration>, Error> {
    let unreadable = |error: std::io::Error| Error::Folder(format!("the folder of migrations `{}` cannot be read: {error}", folder.display()));
    let mut migrations = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sql = fs::read_to_string(&path).map_err(unreadable)?;
        migrations.push(Migration::new(&name, &sql));
    }
    migrations.sort_by(|a, b| a.name.cmp(&b.name));
    check(&migrations)?;
    if migrations.is_empty() {
        return Err(Error::Folder(format!("there are no migrations in `{}`: check --dir", folder.display())));
    }
    Ok(migrations)
}

fn check(migrations: &[Migration]) -> Result<(), Error> {
    for migration in migrations {
        let Migration { name, sql, .. } = migration;
        if !well_named(name) {
            return Err(Error::Folder(format!("{name} is not named like 0001_accounts.sql: four digits, then words")));
        }
        // Each file is one transaction, which is opened and closed around it.
        if sql.lines().any(closes_transaction) {
            return Err(Error::Folder(format!("{name} ends its own transaction: leave COMMIT and ROLLBACK out")));
        }
    }
    for pair in migrations.windows(2) {
        if let [a, b] = pair
            && a.number() == b.number()
        {
            return Err(Error::Folder(format!("{} and {} have the same number: renumber the newer one", a.name, b.name)));
        }
    }
    Ok(())
}

fn well_named(name: &str) -> bool {
    let Some((number, rest)) = name.split_once('_') else {
        return false;
    };
    let words = rest.trim_end_matches(".sql");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    number.len() == 4 && number.chars().all(|c| c.is_ascii_digit()) && !words.is_empty() && words.chars().all(plain)
}

fn closes_transaction(line: &str) -> bool {
    let words: Vec<String> = line.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_uppercase).collect();
    line.starts_with(|c: char| c.is_ascii_alphabetic()) && matches!(words.first().map(String::as_str), Some("COMMIT" | "ROLLBACK"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_sha256_of_the_bytes() {
        let migration = Migration::new("0001_a.sql", "abc");
        assert_eq!(migration.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn names_are_four_digits_and_words() {
        for good in ["0001_accounts.sql", "0123_a_b2.sql"] {
            assert!(well_named(good), "{good}");
        }
        for bad in ["1_accounts.sql", "0001.sql", "0001_.sql", "0001_Ärger.sql", "accounts.sql", "00011_a.sql"] {
            assert!(!well_named(bad), "{bad}");
        }
    }

    #[test]
    fn a_number_is_given_once() {
        let twice = [Migration::new("0001_a.sql", ""), Migration::new("0001_b.sql", "")];
        assert!(matches!(check(&twice), Err(Error::Folder(what)) if what.contains("same number")));
    }

    #[test]
    fn a_migration_leaves_its_transaction_alone() {
        let trigger = "CREATE TRIGGER t BEFORE DELETE ON a\nBEGIN\n  SELECT RAISE(ROLLBACK, 'no');\nEND;\n-- COMMIT\n";
        assert_eq!(check(&[Migration::new("0001_a.sql", trigger)]), Ok(()));
        for closing in ["CREATE TABLE a(b);\nCOMMIT;\n", "rollback;"] {
            assert!(matches!(check(&[Migration::new("0001_a.sql", closing)]), Err(Error::Folder(_))), "{closing}");
        }
    }
}
