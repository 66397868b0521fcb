//! Conventions as tests.

#![expect(clippy::unwrap_used, reason = "a test may panic: that is how it fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn files_are_short() {
    for folder in ["src", "tests", "laws/src", "laws/tests", "sandbox/src", "operator/src"] {
        for (path, text) in files(folder, "rs") {
            let lines = text.lines().count();
            assert!(lines <= 420, "{} has {lines} lines: split it", path.display());
        }
    }
}

#[test]
fn the_runtime_is_named_at_the_edge_only() {
    for (path, text) in files("src", "rs") {
        let at_the_edge = path.components().any(|part| part.as_os_str() == "edge");
        assert!(at_the_edge || !text.contains("worker::"), "{} names the runtime", path.display());
    }
}

#[test]
fn sql_stands_in_the_store_only() {
    for (path, text) in files("src", "rs") {
        let in_store = path.components().any(|part| part.as_os_str() == "store");
        let sql = ["INSERT INTO ", "DELETE FROM ", "UPDATE generation", " FROM session"].iter().find(|words| text.contains(**words));
        assert!(in_store || sql.is_none(), "{} holds SQL: {sql:?}", path.display());
    }
}

/// What may stand in a body is the law's to say; a model's input is the one exception, and its own fields are checked by hand.
#[test]
fn fields_of_bodies_are_granted_by_the_law_alone() {
    let granting: Vec<_> = files("src", "rs").into_iter().filter(|(_, text)| text.contains(" FieldOf<") && text.contains("impl")).collect();
    let names: Vec<_> = granting.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| name == "lanes.rs" || name == "model_input.rs"), "{names:?}");
}

#[test]
fn use_cases_hold_no_key_of_a_vendor() {
    for (path, text) in files("src/usecases", "rs") {
        let key = ["Bearer", "api_token", "api_key", "_secret"].iter().find(|words| text.contains(**words));
        assert!(key.is_none(), "{} holds a key: {key:?}", path.display());
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = [["TO", "DO"], ["FIX", "ME"]].map(|halves| halves.concat());
    let allow = ["#[al", "low("].concat();
    for folder in ["src", "tests", "laws/src", "laws/tests", "sandbox/src", "operator/src"] {
        for (path, text) in files(folder, "rs") {
            assert!(!marks.iter().any(|mark| text.contains(mark.as_str())), "{} leaves something for later", path.display());
            assert!(!text.contains(&allow), "{}: expect, with a reason", path.display());
        }
    }
}

/// Migrations are append-only: the operator's tool refuses a database whose applied files have changed, so they must not change here.
#[test]
fn migrations_are_numbered_without_gaps() {
    let mut names: Vec<_> =
        files("migrations", "sql").into_iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    for (i, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", i + 1)), "{name} is out of order");
    }
}
