//! Plays events again: fetched from Stripe, signed as Stripe signs them, posted to the studio. The studio takes each event once, so that playing too many
//! does no harm.

use std::time::Duration;

use atelier::domain::secret::Key;
use atelier::domain::time::Timestamp;
use atelier::vendors::stripe::{LISTED, sign};
use serde_json::Value;
use ureq::Agent;

use super::{Form, Stripe, form, text};
use crate::error::Error;

const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Which events are played.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// These, by their ids.
    pub events: Vec<String>,
    /// All since then, in seconds since 1970.
    pub since: Option<i64>,
    /// Those that Stripe could not deliver; since then, if that is said.
    pub undelivered: bool,
}

/// An event as Stripe keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: String,
    created: i64,
    body: Vec<u8>,
}

/// What the studio said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Whether it took the event.
    pub accepted: bool,
    /// Its word for what it did, or why it did not.
    pub word: String,
}

/// Fetches the wanted events, oldest first.
///
/// # Errors
/// Stripe's refusal, or why it could not be asked.
pub fn fetch(stripe: &Stripe, wanted: &Wanted) -> Result<Vec<Event>, Error> {
    let mut found = Vec::new();
    for id in &wanted.events {
        let body = stripe.bytes(&format!("/events/{id}"))?;
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        found.push(Event { body, ..read(&event) });
    }
    if wanted.since.is_some() || wanted.undelivered {
        let mut filters = Form::new();
        if wanted.undelivered {
            filters.extend(form(&[("delivery_success", "false")]));
        }
        if let Some(since) = wanted.since {
            filters.extend(form(&[("created[gte]", &since.to_string())]));
        }
        filters.extend(LISTED.iter().enumerate().map(|(n, kind)| (format!("types[{n}]"), (*kind).to_owned())));
        // Of one second the list knows the order.
        found.extend(stripe.list("/events", &filters)?.iter().rev().map(read));
    }
    found.sort_by_key(|event| event.created);
    let mut known: Vec<String> = Vec::new();
    found.retain(|event| {
        !known.contains(&event.id) && {
            known.push(event.id.clone());
            true
        }
    });
    Ok(found)
}

fn read(event: &Value) -> Event {
    let created = event.get("created").and_then(Value::as_i64).unwrap_or(0);
    Event { id: text(event, "/id").to_owned(), kind: text(event, "/type").to_owned(), created, body: event.to_string().into_bytes() }
}

/// Posts an event to the studio, signed now.
///
/// # Errors
/// [`Error::Silent`] if the studio does not answer.
pub fn play(studio: &str, secret: &str, event: &Event, now: Timestamp) -> Result<Heard, Error> {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(ANSWER_WITHIN)).build().into();
    let silent = |error: ureq::Error| Error::Silent { who: "the studio", url: studio.to_owned(), reason: error.to_string() };
    let request = agent.post(format!("{studio}/webhooks/stripe")).content_type("application/json; charset=utf-8");
    let request = request.header("stripe-signature", sign(&Key::new(secret), now.seconds(), &event.body));
    let mut response = request.send(&event.body[..]).map_err(silent)?;
    let status = response.status().as_u16();
    let answer: Value = serde_json::from_slice(&response.body_mut().read_to_vec().map_err(silent)?).unwrap_or_default();
    let accepted = status == 200 && answer.get("received") == Some(&Value::Bool(true));
    let word =
        if accepted { text(&answer, "/outcome").to_owned() } else { format!("refused: {status} {}", text(&answer, "/code")).trim_end().to_owned() };
    Ok(Heard { accepted, word })
}
