//! The invariants of the ledger, as data: the operator's audit and the simulation ask the same questions.

/// The text of them all: `-- name: words`, then a query that ends with a semicolon.
pub const SQL: &str = include_str!("invariants.sql");

/// What is true of the ledger at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invariant {
    /// Its name: lower-case letters and underscores.
    pub name: &'static str,
    /// What it says.
    pub words: &'static str,
    /// The query that brings the ids of what contradicts it, without the semicolon.
    pub sql: &'static str,
}

/// Every invariant, in the order of the text.
#[must_use]
pub fn all() -> Vec<Invariant> {
    let (mut found, mut from) = (Vec::new(), 0);
    for line in SQL.split_inclusive('\n') {
        from += line.len();
        if let Some((name, words)) = heading(line) {
            let sql = SQL.get(from..).unwrap_or_default().split(';').next().unwrap_or_default().trim();
            found.push(Invariant { name, words, sql });
        }
    }
    found
}

/// The name and the words of a line that opens an invariant.
fn heading(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (name, words) = line.strip_prefix("-- ")?.split_once(": ")?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some((name, words.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_one_is_read_whole() {
        let all = all();
        assert_eq!(all.len(), SQL.lines().filter(|line| line.ends_with(';')).count());
        assert_eq!(all.iter().map(|one| one.name).collect::<BTreeSet<_>>().len(), all.len());
        for one in &all {
            assert!(one.sql.starts_with("SELECT ") && !one.sql.contains("--"), "{}: {}", one.name, one.sql);
            assert!(!one.words.is_empty() && !one.words.ends_with('.'), "{}", one.name);
        }
    }

    #[test]
    fn an_empty_ledger_contradicts_none() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            database.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        for one in all() {
            let mut query = database.prepare(one.sql).unwrap_or_else(|error| panic!("{}: {error}", one.name));
            assert!(!query.exists([]).unwrap(), "{}", one.name);
        }
    }
}
