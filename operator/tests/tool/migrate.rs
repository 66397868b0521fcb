//! The tool as an operator meets it, against a real database server.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use crate::support::{Server, operator, said};

const FIRST: (&str, &str) = (
    "0001_notes.sql",
    "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, length INTEGER);\n\
     CREATE TRIGGER note_length AFTER INSERT ON note BEGIN\n\
       UPDATE note SET length = length(NEW.body) WHERE id = NEW.id;\n\
       SELECT 'a;b';\n\
     END;\n\
     INSERT INTO note (body) VALUES ('four; -- not a comment'); -- the last line is one",
);
const SECOND: (&str, &str) = ("0002_tags.sql", "CREATE TABLE tag (name TEXT PRIMARY KEY)");

#[test]
fn the_projects_own_migrations_apply() {
    let server = Server::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let output = server.migrate(&folder, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).ends_with(" applied, 0 already there\n"));
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let server = Server::start();
    let folder = server.folder(&[FIRST, SECOND]);
    let output = server.migrate(&folder, &[]);
    assert_eq!(said(&output), "0001_notes.sql applied\n0002_tags.sql applied\n2 applied, 0 already there\n");
    assert!(server.ask("SELECT length FROM note").contains(r#""value":"22""#));
    assert_eq!(said(&server.migrate(&folder, &[])), "0 applied, 2 already there\n");
}

#[test]
fn status_shows_and_changes_nothing() {
    let server = Server::start();
    let folder = server.folder(&[FIRST]);
    server.migrate(&folder, &[]);
    server.folder(&[SECOND]);
    let output = server.migrate(&folder, &["--status"]);
    assert!(output.status.success());
    let text = said(&output);
    assert!(text.starts_with("0001_notes.sql applied 20"), "{text}");
    assert!(text.ends_with("0002_tags.sql pending\n"), "{text}");
    assert!(server.ask("SELECT count(*) FROM tag").contains("no such table"));
}

#[test]
fn a_failing_migration_leaves_nothing_behind() {
    let server = Server::start();
    let broken = ("0002_broken.sql", "CREATE TABLE half (a);\nINSERT INTO nowhere VALUES (1);");
    let folder = server.folder(&[FIRST, broken]);
    let output = server.migrate(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(text.contains("0001_notes.sql applied"), "{text}");
    assert!(text.contains("0002_broken.sql failed and nothing of it was kept: no such table: nowhere"), "{text}");
    assert!(server.ask("SELECT count(*) FROM half").contains("no such table"));
    // Corrected, it applies: the database remembers nothing of the attempt.
    server.folder(&[("0002_broken.sql", "CREATE TABLE half (a);")]);
    assert!(said(&server.migrate(&folder, &[])).ends_with("1 applied, 1 already there\n"));
}

#[test]
fn an_applied_migration_must_not_change() {
    let server = Server::start();
    let folder = server.folder(&[FIRST]);
    server.migrate(&folder, &[]);
    fs::write(folder.join(FIRST.0), "CREATE TABLE other (a);").expect("a temporary file");
    let output = server.migrate(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("0001_notes.sql was changed after it was applied"), "{}", said(&output));
}

#[test]
fn runs_at_the_same_time_apply_each_migration_once() {
    let server = Server::start();
    let folder = server.folder(&[FIRST, SECOND]);
    let url = server.url();
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let mut command = operator();
            command.args(["migrate", "--url", &url, "--dir"]).arg(&folder);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the tool runs")
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        let output = run.wait_with_output().expect("the tool ends");
        assert!(output.status.success(), "{}", said(&output));
        applied += said(&output).matches("sql applied\n").count();
    }
    assert_eq!(applied, 2);
    assert!(server.ask("SELECT count(*) FROM note").contains(r#""value":"1""#));
}

#[test]
fn nobody_at_the_address_is_said_plainly() {
    let url = "http://127.0.0.1:1"; // a reserved port that nothing listens to
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let output = operator().args(["migrate", "--url", url, "--dir"]).arg(folder).output().expect("the tool runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains(&format!("no database answers at {url}")), "{}", said(&output));
}

#[test]
fn a_refused_token_is_said_plainly() {
    let server = Server::with(&["--http-auth", "basic:dXNlcjpwYXNz"]);
    let folder = server.folder(&[FIRST]);
    let output = server.migrate(&folder, &["--token", "wrong"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("refused the token (401)"), "{}", said(&output));
}

#[test]
fn the_token_is_sent_to_the_database_and_nowhere_else() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the tool calls");
        let mut request = [0; 4096];
        let length = stream.read(&mut request).expect("the tool speaks");
        let redirect = "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(redirect.as_bytes()).expect("the tool listens");
        String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned()
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let output = operator()
        .args(["migrate", "--dir"])
        .arg(folder)
        .env("TURSO_DATABASE_URL", &url)
        .env("TURSO_AUTH_TOKEN", "a-token")
        .output()
        .expect("the tool runs");
    assert!(answering.join().expect("it answered").contains("authorization: Bearer a-token"));
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("is no libSQL database (it answered 307)"), "{}", said(&output));
}

#[test]
fn a_wrong_command_line_is_said_plainly() {
    for (arguments, expected) in [
        (&["migrate"][..], "no database: give --url"),
        (&["deploy"], "there is no command `deploy`"),
        (&["migrate", "--nope"], "--nope"),
        (&["migrate", "--url", "file:x"], "`file:x` is no database address"),
    ] {
        let output = operator().args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().expect("the tool runs");
        assert!(!output.status.success());
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
}
