//! The mail vendor: accepts mail as Resend's `POST /emails` does, keeps it, and shows it to whoever develops.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{dice::Dice, time::rfc3339};

/// More than anyone reads; older messages make room.
const MESSAGES_MAX: usize = 500;

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

/// Every message, oldest first.
#[derive(Debug)]
pub struct Mailbox {
    messages: Vec<Message>,
    dice: Dice,
}

impl Mailbox {
    /// An empty mailbox; ids come from the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { messages: Vec::new(), dice: Dice::new(seed) }
    }

    /// Accepts a message, in the body that Resend documents: `from`, `to` (text or list), `subject`, and `html` or `text`.
    /// `bearer` is the token of the `Authorization` header; any will do.
    ///
    /// # Errors
    /// A [`Refusal`] in the vendor's words.
    pub fn accept(&mut self, now_ms: i64, bearer: Option<&str>, body: &[u8]) -> Result<String, Refusal> {
        if bearer.is_none_or(str::is_empty) {
            return Err(refusal(401, "missing_api_key", "Missing API Key"));
        }
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Err(refusal(422, "validation_error", "The body is not a JSON object."));
        };
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
        let text = |name: &str| text(&body, name);
        let (html, plain) = (text("html"), text("text"));
        if html.is_none() && plain.is_none() {
            return Err(missing("html"));
        }
        let message = Message {
            id: self.id(),
            at_ms: now_ms,
            from: text("from").ok_or_else(|| missing("from"))?,
            to,
            subject: text("subject").ok_or_else(|| missing("subject"))?,
            html,
            text: plain,
        };
        let id = message.id.clone();
        if self.messages.len() == MESSAGES_MAX {
            self.messages.remove(0);
        }
        self.messages.push(message);
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

    /// A page for people, newest first; everything in it is escaped.
    #[must_use]
    pub fn page(&self) -> String {
        let mut list = String::new();
        for message in self.messages() {
            let body = message.text.as_deref().or(message.html.as_deref()).unwrap_or_default();
            let (at, from, to, subject) = (rfc3339(message.at_ms), escape(&message.from), escape(&message.to.join(", ")), escape(&message.subject));
            // Writing to a String cannot fail.
            let _ = write!(
                list,
                "<article><header><h2>{subject}</h2><time datetime=\"{at}\">{at}</time></header>\
                 <p class=\"who\">{from} → {to}</p><pre>{}</pre></article>",
                escape(body)
            );
        }
        if list.is_empty() {
            list.push_str("<p class=\"empty\">No mail yet. What Atelier sends in development appears here.</p>");
        }
        PAGE.replace("{list}", &list)
    }

    fn id(&mut self) -> String {
        let bits = format!("{:016x}{:016x}", self.dice.roll(), self.dice.roll());
        format!("{}-{}-4{}-8{}-{}", &bits[..8], &bits[8..12], &bits[13..16], &bits[17..20], &bits[20..])
    }
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox · Atelier sandbox</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
article { border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; margin: 1rem 0; }
header { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
time, .who, .empty { opacity: .65; font-size: .85rem; } .who { margin: .25rem 0 .75rem; }
pre { margin: 0; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Mailbox</h1>
{list}
</body>
</html>
"#;

fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn refusal(status: u16, name: &'static str, message: &str) -> Refusal {
    Refusal { status, name, message: message.to_owned() }
}

fn missing(field: &str) -> Refusal {
    refusal(422, "missing_required_field", &format!("Missing `{field}` field."))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str) -> Vec<u8> {
        json!({"from": "Atelier <a@example.com>", "to": ["b@example.com"], "subject": subject, "text": "<b>hello</b>"}).to_string().into_bytes()
    }

    #[test]
    fn newest_first_and_escaped() {
        let mut mailbox = Mailbox::new(1);
        let first = mailbox.accept(0, Some("re_x"), &mail("first")).expect("accepted");
        mailbox.accept(1, Some("re_x"), &mail("<script>second</script>")).expect("accepted");
        assert_eq!(first.len(), 36);
        assert_eq!(mailbox.json()["messages"][1]["id"], first);
        let page = mailbox.page();
        assert!(page.find("second").expect("shown") < page.find("first").expect("shown"));
        assert!(!page.contains("<script>") && !page.contains("<b>"));
    }

    #[test]
    fn refusals_name_the_field() {
        let mut mailbox = Mailbox::new(1);
        assert_eq!(mailbox.accept(0, None, &mail("x")).expect_err("no key").status, 401);
        for field in ["from", "to", "subject"] {
            let mut body: Value = serde_json::from_slice(&mail("x")).expect("JSON");
            body[field] = Value::Null;
            let refusal = mailbox.accept(0, Some("k"), body.to_string().as_bytes()).expect_err("a field is missing");
            assert!(refusal.message.contains(field), "{refusal:?}");
        }
        assert_eq!(mailbox.messages().count(), 0);
    }
}
