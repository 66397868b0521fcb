//! The sandbox's Stripe in this process, and a studio that notes what is posted to it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use atelier_sandbox::replicate::Pictures;
use atelier_sandbox::server::{Options, serve};
use serde_json::{Value, json};

use crate::support::operator;

pub const KEY: &str = "sk_test_operator";
pub const SECRET: &str = "whsec_0123456789abcdef0123456789abcdef";
/// Nothing listens there: whatever is sent there was not delivered.
const NOWHERE: &str = "http://127.0.0.1:1/webhooks/stripe";

/// The vendors on a port of their own, until the test process ends.
pub struct Vendor {
    url: String,
}

impl Vendor {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        listener.set_nonblocking(true).expect("it is a socket");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let options = Options {
            public_url: url.clone(),
            replicate_token: "r8_x".into(),
            replicate_webhook_secret: "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g=".into(),
            fal_key: "fal:x".into(),
            fal_user: "github|x".into(),
            openai_key: "sk-x".into(),
            google_client_id: "atelier".into(),
            google_client_secret: "GOCSPX-x".into(),
            google_redirect_uris: Vec::new(),
            stripe_secret_keys: vec![KEY.into()],
            stripe_webhook_secrets: vec!["whsec_x".into()],
            stripe_webhook_url: Some(NOWHERE.into()),
            seed: 7,
            speed: 1,
            pictures: Pictures::Small,
        };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
            runtime.block_on(async { serve(tokio::net::TcpListener::from_std(listener).expect("it is a socket"), options).await })
        });
        Self { url }
    }

    /// The tool with this vendor's account in its environment.
    pub fn tool(&self, studio: &str) -> Command {
        let mut command = operator();
        command.env("STRIPE_SECRET_KEY", KEY).env("STRIPE_API_URL", format!("{}/stripe/v1", self.url));
        command.env("STRIPE_WEBHOOK_SECRET", format!("{SECRET},whsec_older")).env("BETTER_AUTH_URL", studio);
        command
    }

    /// Compares the catalogue with what the vendor publishes.
    pub fn models(&self, token: &str) -> Output {
        let api = format!("{}/replicate/v1", self.url);
        operator().args(["models", "check", "--api", &api]).env("REPLICATE_API_TOKEN", token).output().expect("the tool runs")
    }

    pub fn run(&self, studio: &str, arguments: &[&str]) -> Output {
        self.tool(studio).args(arguments).output().expect("the tool runs")
    }

    /// Asks the API as somebody else would.
    pub fn api(&self, method: &str, path: &str, form: &str) -> Value {
        let url = format!("{}/stripe/v1{path}", self.url);
        let bearer = format!("Bearer {KEY}");
        let version = atelier::vendors::stripe::VERSION;
        let answer = if method == "GET" {
            ureq::get(url).header("authorization", bearer).header("stripe-version", version).call()
        } else {
            let request = ureq::post(url).header("authorization", bearer).header("stripe-version", version);
            request.content_type("application/x-www-form-urlencoded").send(form)
        };
        read(answer.expect("an answer").body_mut().read_to_string().expect("text"))
    }

    pub fn delete(&self, path: &str) {
        let request = ureq::delete(format!("{}/stripe/v1{path}", self.url)).header("authorization", format!("Bearer {KEY}"));
        request.header("stripe-version", atelier::vendors::stripe::VERSION).call().expect("an answer");
    }

    /// A control of the sandbox's.
    pub fn control(&self, name: &str, body: &Value) -> Value {
        let mut answer = ureq::post(format!("{}/sandbox/stripe/{name}", self.url)).send(body.to_string()).expect("an answer");
        read(answer.body_mut().read_to_string().expect("text"))
    }

    /// An event of that type, which the vendor lists and could not deliver.
    pub fn event(&self, kind: &str) -> String {
        let event = json!({"type": kind, "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}}});
        let made = self.control("emit", &json!({"event": event, "listed": true}));
        made.pointer("/id").or_else(|| made.pointer("/event/id")).and_then(Value::as_str).unwrap_or_else(|| panic!("no id in {made}")).to_owned()
    }

    /// Method and path of what was asked since the last time.
    pub fn traffic(&self) -> Vec<(String, String)> {
        let path = format!("{}/sandbox/traffic", self.url);
        let all = read(ureq::get(&path).call().expect("an answer").body_mut().read_to_string().expect("text"));
        ureq::delete(&path).call().expect("an answer");
        let text = |request: &Value, name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let requests = all.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
        requests.iter().map(|request| (text(request, "method"), text(request, "path"))).collect()
    }
}

fn read(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// Path, signature and body of a message.
type Posted = (String, String, Vec<u8>);

/// A studio that answers 503 to events of one type and 200 to the others.
pub struct Studio {
    pub url: String,
    /// What was posted.
    pub posted: Arc<Mutex<Vec<Posted>>>,
}

impl Studio {
    pub fn start(broken: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let posted = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&posted);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("somebody calls");
                let (head, body) = request(&mut stream);
                let signature = head.lines().find_map(|line| line.strip_prefix("stripe-signature: ")).unwrap_or_default().to_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let event: Value = serde_json::from_slice(&body).expect("JSON");
                let (status, answer) = if event.get("type").and_then(Value::as_str) == Some(broken) {
                    ("503 Unavailable", json!({"code": "database_unavailable"}))
                } else {
                    ("200 OK", json!({"received": true, "outcome": "applied"}))
                };
                notes.lock().expect("it is whole").push((path, signature, body));
                let answer = answer.to_string();
                let head =
                    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", answer.len());
                stream.write_all((head + &answer).as_bytes()).expect("the tool listens");
            }
        });
        Self { url, posted }
    }
}

/// Head and body of a request with a length.
fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(bytes.get(..end).expect("it was found there")).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|length| length.parse::<usize>().ok());
            let body = bytes.get(end + 4..).expect("it was found there");
            if body.len() >= length.unwrap_or(0) {
                return (head, body.to_vec());
            }
        }
        let read = stream.read(&mut chunk).expect("the tool speaks");
        assert!(read > 0, "the request broke off");
        bytes.extend_from_slice(chunk.get(..read).expect("it was read"));
    }
}
