//! The mail vendor: accepts mail as Resend's `POST /emails` does, keeps it, and shows it to whoever develops.

mod page;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    dice::Dice,
    exchange::{Request, Response, Transfer},
    time::{DAY_MS, rfc3339},
};

/// More than anyone reads; older messages make room.
const MESSAGES_MAX: usize = 500;
/// The vendor's limit for the `Idempotency-Key`, in characters.
const KEY_LENGTH_MAX: usize = 256;
/// How long the vendor remembers a key.
const KEY_KEPT_MS: i64 = DAY_MS;

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// In the shape of a UUID.
    pub id: String,
    /// When it was accepted, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The sender.
    pub from: String,
    /// The receivers, one at least.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// Its HTML body, if it has one.
    pub html: Option<String>,
    /// Its text body, if it has one.
    pub text: Option<String>,
}

/// Why a message was not accepted: HTTP status, the vendor's name for the error, and its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `missing_required_field`, …
    pub name: &'static str,
    /// What to do about it.
    pub message: String,
}

/// How the vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It answers.
    Up,
    /// 500, and nothing is accepted.
    Down,
    /// The message is accepted, and the answer comes after this many milliseconds on the wall.
    Slow(u64),
    /// The message is accepted, and the connection ends without an answer.
    LostAnswer,
    /// 429 with `Retry-After`, and nothing is accepted.
    Throttled,
}

impl Outage {
    /// By the name of its mode in a control's body.
    #[must_use]
    pub fn named(name: &str, delay_ms: u64) -> Option<Self> {
        match name {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            "slow" => Some(Self::Slow(delay_ms)),
            "lost-answer" => Some(Self::LostAnswer),
            "throttled" => Some(Self::Throttled),
            _ => None,
        }
    }
}

/// What an `Idempotency-Key` was used for.
#[derive(Debug)]
struct Accepted {
    body: Value,
    id: String,
    until_ms: i64,
}

/// Every message, oldest first.
#[derive(Debug)]
pub struct Mailbox {
    messages: Vec<Message>,
    keys: BTreeMap<String, Accepted>,
    outage: Outage,
    dice: Dice,
}

impl Mailbox {
    /// An empty mailbox; ids come from the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { messages: Vec::new(), keys: BTreeMap::new(), outage: Outage::Up, dice: Dice::new(seed) }
    }

    /// Breaks or mends the vendor.
    pub const fn outage(&mut self, outage: Outage) {
        self.outage = outage;
    }

    /// Answers `POST /emails`.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        match self.outage {
            Outage::Down => return refused(&refusal(500, "application_error", "An unexpected error occurred.")),
            Outage::Throttled => {
                let text = "Too many requests. You can only make 2 requests per second. See rate limit response headers for more information.";
                let limits = [("retry-after", "1"), ("ratelimit-limit", "2"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "1")];
                let response = refused(&refusal(429, "rate_limit_exceeded", text));
                return limits.iter().fold(response, |response, (name, value)| response.with(name, value));
            }
            Outage::Up | Outage::Slow(_) | Outage::LostAnswer => {}
        }
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let mut response = match self.accept(now_ms, bearer, request.header("idempotency-key"), &request.body) {
            Ok(id) => Response::json(200, &json!({"id": id})),
            Err(refusal) => refused(&refusal),
        };
        match self.outage {
            Outage::Slow(delay_ms) => response.delay_ms = delay_ms,
            Outage::LostAnswer => response.transfer = Transfer::Dropped,
            Outage::Up | Outage::Down | Outage::Throttled => {}
        }
        response
    }

    /// Accepts a message, in the body that Resend documents: `from`, `to` (text or list), `subject`, and `html` or `text`.
    /// `bearer` is the token of the `Authorization` header; any will do. A `key` that was used within a day answers as it
    /// did then, and no second message is sent.
    ///
    /// # Errors
    /// A [`Refusal`] in the vendor's words.
    pub fn accept(&mut self, now_ms: i64, bearer: Option<&str>, key: Option<&str>, body: &[u8]) -> Result<String, Refusal> {
        if bearer.is_none_or(str::is_empty) {
            return Err(refusal(401, "missing_api_key", "Missing API Key"));
        }
        if key.is_some_and(|key| !(1..=KEY_LENGTH_MAX).contains(&key.chars().count())) {
            return Err(refusal(400, "invalid_idempotency_key", "The idempotency key must be between 1-256 characters."));
        }
        let Ok(body @ Value::Object(_)) = serde_json::from_slice(body) else {
            return Err(refusal(422, "validation_error", "The body is not a JSON object."));
        };
        self.keys.retain(|_, accepted| now_ms < accepted.until_ms);
        if let Some(before) = key.and_then(|key| self.keys.get(key)) {
            if before.body == body {
                return Ok(before.id.clone());
            }
            let text = "This idempotency key has been used on a request that had a different payload. \
                        Use a new idempotency key, or send the same payload.";
            return Err(refusal(409, "invalid_idempotent_request", text));
        }
        let message = read(now_ms, self.id(), &body)?;
        let id = message.id.clone();
        if self.messages.len() == MESSAGES_MAX {
            self.messages.remove(0);
        }
        self.messages.push(message);
        if let Some(key) = key {
            self.keys.insert(key.to_owned(), Accepted { body, id: id.clone(), until_ms: now_ms + KEY_KEPT_MS });
        }
        Ok(id)
    }

    /// Newest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().rev()
    }

    /// `{"messages": […]}`, newest first.
    #[must_use]
    pub fn json(&self) -> Value {
        let message = |message: &Message| {
            json!({
                "id": message.id,
                "at": rfc3339(message.at_ms),
                "from": message.from,
                "to": message.to,
                "subject": message.subject,
                "html": message.html,
                "text": message.text,
            })
        };
        json!({"messages": self.messages().map(message).collect::<Vec<_>>()})
    }

    fn id(&mut self) -> String {
        let bits = format!("{:016x}{:016x}", self.dice.roll(), self.dice.roll());
        format!("{}-{}-4{}-8{}-{}", &bits[..8], &bits[8..12], &bits[13..16], &bits[17..20], &bits[20..])
    }
}

fn read(at_ms: i64, id: String, body: &Value) -> Result<Message, Refusal> {
    let to = match body.get("to") {
        Some(Value::String(address)) => vec![address.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(|address| address.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    if let Some(address) = to.iter().find(|address| !address.contains('@')) {
        return Err(refusal(422, "validation_error", &format!("Invalid `to` field: {address}")));
    }
    if to.is_empty() {
        return Err(missing("to"));
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (html, plain) = (text("html"), text("text"));
    if html.is_none() && plain.is_none() {
        return Err(missing("html"));
    }
    let from = text("from").ok_or_else(|| missing("from"))?;
    let subject = text("subject").ok_or_else(|| missing("subject"))?;
    Ok(Message { id, at_ms, from, to, subject, html, text: plain })
}

fn refused(refusal: &Refusal) -> Response {
    let body = json!({"statusCode": refusal.status, "name": refusal.name, "message": refusal.message});
    Response::json(refusal.status, &body)
}

fn refusal(status: u16, name: &'static str, message: &str) -> Refusal {
    Refusal { status, name, message: message.to_owned() }
}

fn missing(field: &str) -> Refusal {
    refusal(422, "missing_required_field", &format!("Missing `{field}` field."))
}
