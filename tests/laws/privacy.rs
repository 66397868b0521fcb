//! The privacy catalogue knows every column of every table, and no column that is not there.

use atelier::domain::privacy::{Ownership, TABLES};
use std::collections::BTreeSet;

#[test]
fn every_column_is_listed() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    for (_, text) in crate_migrations() {
        db.execute_batch(&text).unwrap();
    }
    // What stands behind a virtual table is that table.
    let mut tables =
        db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'").unwrap();
    let tables: BTreeSet<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let listed: BTreeSet<String> = TABLES.iter().map(|table| table.name.to_owned()).collect();
    assert_eq!(tables, listed, "tables of the migrations and of the catalogue");
    for table in TABLES {
        let mut columns = db.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns: BTreeSet<String> = columns.query_map([table.name], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let listed: BTreeSet<String> = table.columns.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(columns, listed, "columns of {}", table.name);
        match table.owner {
            Ownership::User(column) => assert!(columns.contains(column), "{} has no {column}", table.name),
            Ownership::Nobody => assert!(!columns.contains("userId"), "{} is somebody's", table.name),
        }
    }
}

/// The migrations in their order.
pub fn crate_migrations() -> Vec<(String, String)> {
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())).collect()
}
