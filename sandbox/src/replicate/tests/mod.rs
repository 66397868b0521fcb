//! The vendor as its callers see it.

mod endpoints;
mod files;
mod hooks;
mod sources;
mod trouble;

use serde_json::{Value, json};

use super::{Config, Delivery, Pictures, Replicate, Request, Response};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;
const API: &str = "http://127.0.0.1:9000/replicate/v1";
const HOOK: &str = "http://127.0.0.1:8787/webhooks/replicate/1";

struct Bench {
    replicate: Replicate,
    now_ms: i64,
    sent: Vec<(i64, Delivery)>,
}

impl Bench {
    fn new() -> Self {
        let config = Config {
            token: "r8_token".into(),
            webhook_secret: "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz".into(),
            api_url: API.into(),
            delivery_url: "http://127.0.0.1:9000/replicate/delivery".into(),
            seed: 7,
            pictures: Pictures::Small,
            speed: 1,
        };
        Self { replicate: Replicate::new(config), now_ms: START_MS, sent: Vec::new() }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut request = Request { method: method.into(), path: path.into(), body: body.into(), headers: Vec::new() };
        request.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        if request.header("authorization").is_none() {
            request.headers.push(("Authorization".into(), "Bearer r8_token".into()));
        }
        self.replicate.handle(self.now_ms, &request)
    }

    fn get(&mut self, path: &str) -> Response {
        self.send("GET", &format!("/replicate/v1{path}"), &[], b"")
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send("POST", &format!("/replicate/v1{path}"), &[], body.to_string().as_bytes())
    }

    /// flux-schnell with a webhook for every kind of event.
    fn create(&mut self, prompt: &str) -> Response {
        let filter = ["start", "output", "logs", "completed"];
        let body = json!({"input": {"prompt": prompt}, "webhook": HOOK, "webhook_events_filter": filter});
        self.post("/models/black-forest-labs/flux-schnell/predictions", &body)
    }

    /// Lets time pass; every webhook is answered with 200.
    fn pass(&mut self, ms: i64) {
        let until_ms = self.now_ms + ms;
        while let Some(due_ms) = self.replicate.next_due().filter(|due_ms| *due_ms <= until_ms) {
            for delivery in self.replicate.advance(due_ms) {
                self.replicate.delivered(&delivery.id, Some(200), due_ms);
                self.sent.push((due_ms, delivery));
            }
        }
        self.now_ms = until_ms;
    }

    fn show(&mut self, id: &str) -> Value {
        read(&self.get(&format!("/predictions/{id}")))
    }

    /// Creates, lets a minute pass, and shows.
    fn run(&mut self, prompt: &str) -> Value {
        let created = read(&self.create(prompt));
        self.pass(60_000);
        self.show(text(&created, "id"))
    }

    /// Status in each webhook so far.
    fn statuses(&self) -> Vec<String> {
        self.sent.iter().map(|(_, delivery)| text(&serde_json::from_slice(&delivery.body).expect("JSON"), "status").to_owned()).collect()
    }

    fn file(&mut self, url: &str) -> Response {
        let path = url.strip_prefix("http://127.0.0.1:9000").expect("on this host").to_owned();
        self.send("GET", &path, &[("authorization", "")], b"")
    }
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("a JSON body")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

fn first_url(prediction: &Value) -> &str {
    prediction["output"][0].as_str().expect("an output")
}
