//! Deliveries: each event to each endpoint, at least once, signed afresh for every attempt, tried again until it is
//! answered with 2xx or given up after about three days.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Stripe,
    fault::pretty,
    life::Step,
    seconds,
    value::{int, owned, set, shown, text},
};
use crate::{
    signing::stripe_signature,
    time::{HOUR_MS, MINUTE_MS, SECOND_MS},
};

/// The vendor publishes no intervals; it goes on for up to three days.
const RETRY_MS: [i64; 11] = [
    SECOND_MS,
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    8 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
    24 * HOUR_MS,
];
/// How long events are collected before they go out in the wrong order.
const COLLECT_MS: i64 = 800;
/// Between two of those, so that they also arrive in that order.
const APART_MS: i64 = 150;

/// A webhook that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Of this attempt.
    pub id: String,
    /// The event's id.
    pub event: String,
    /// Where to `POST` it.
    pub url: String,
    /// Content type and signature.
    pub headers: Vec<(String, String)>,
    /// The event.
    pub body: Vec<u8>,
}

/// How webhooks travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// One for each event, tried again until it is accepted.
    #[default]
    Normal,
    /// Each event goes out twice at once, under the same id.
    Twice,
    /// The events of a moment go out last first.
    Reorder,
    /// Those that become due are lost; their events can still be listed.
    Mute,
    /// Each change becomes two events with ids of their own.
    TwoIds,
}

impl Mode {
    /// By its name in a control's body.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "normal" => Some(Self::Normal),
            "twice" => Some(Self::Twice),
            "reorder" => Some(Self::Reorder),
            "mute" => Some(Self::Mute),
            "two-ids" => Some(Self::TwoIds),
            _ => None,
        }
    }
}

/// What is different about a delivery that a control asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Forgery {
    /// Signs alone.
    pub secret: Option<String>,
    /// How much older than now `t` is, in seconds; negative for the future.
    pub age_s: i64,
    /// The header as it is.
    pub header: Option<String>,
    /// The body as it is.
    pub body: Option<String>,
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone)]
struct Letter {
    event: String,
    /// Empty for the one of the configuration.
    endpoint: String,
    failures: usize,
    attempts: u64,
    last_status: Option<u16>,
    done: bool,
    forgery: Option<Forgery>,
}

/// What is to be sent, what is on its way, and what became of the rest.
#[derive(Debug, Default)]
pub(super) struct Post {
    mode: Mode,
    letters: BTreeMap<u64, Letter>,
    outbox: BTreeMap<(i64, u64), u64>,
    in_flight: BTreeMap<String, u64>,
    /// Events that wait for their turn in the wrong order.
    held: Vec<u64>,
}

impl Post {
    pub const fn ids_per_change(&self) -> u8 {
        if matches!(self.mode, Mode::TwoIds) { 2 } else { 1 }
    }

    pub fn next_due(&self) -> Option<i64> {
        self.outbox.keys().next().map(|(at_ms, _)| *at_ms)
    }
}

impl Stripe {
    /// How webhooks travel from now on.
    pub const fn webhooks(&mut self, mode: Mode) {
        self.post.mode = mode;
    }

    pub(super) fn post_event(&mut self, at_ms: i64, event: &str, endpoint: &str, forgery: Option<Forgery>) {
        self.counter += 1;
        let letter = self.counter;
        let kept =
            Letter { event: event.to_owned(), endpoint: endpoint.to_owned(), failures: 0, attempts: 0, last_status: None, done: false, forgery };
        self.post.letters.insert(letter, kept);
        match self.post.mode {
            Mode::Reorder => {
                if self.post.held.is_empty() {
                    self.plan(at_ms + COLLECT_MS, Step::Release);
                }
                self.post.held.push(letter);
            }
            Mode::Twice => {
                self.send_at(at_ms, letter);
                self.send_at(at_ms, letter);
            }
            Mode::Normal | Mode::Mute | Mode::TwoIds => self.send_at(at_ms, letter),
        }
    }

    fn send_at(&mut self, at_ms: i64, letter: u64) {
        self.counter += 1;
        self.post.outbox.insert((at_ms, self.counter), letter);
    }

    /// What was collected goes out, last first.
    pub(super) fn release(&mut self, at_ms: i64) {
        let mut at_ms = at_ms;
        for letter in std::mem::take(&mut self.post.held).into_iter().rev() {
            self.send_at(at_ms, letter);
            at_ms += APART_MS;
        }
    }

    /// Sends everything again that was never accepted and is not on its way, as the vendor's "resend" does. Answers how many.
    pub fn resend(&mut self, now_ms: i64) -> usize {
        let now_ms = self.not_before(now_ms);
        let waiting: BTreeSet<u64> = self.post.outbox.values().chain(self.post.in_flight.values()).chain(&self.post.held).copied().collect();
        let undone = self.post.letters.iter().filter(|(number, letter)| !letter.done && !waiting.contains(number));
        let undone: Vec<u64> = undone.map(|(number, _)| *number).collect();
        for letter in &undone {
            if let Some(letter) = self.post.letters.get_mut(letter) {
                letter.failures = 0;
            }
            self.send_at(now_ms, *letter);
        }
        undone.len()
    }

    /// The webhooks that are due, signed for this attempt. Each must be reported with [`Stripe::delivered`].
    pub(super) fn send_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let later = self.post.outbox.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut self.post.outbox, later);
        if self.post.mode == Mode::Mute {
            return Vec::new();
        }
        due.into_values().filter_map(|letter| self.send(now_ms, letter)).collect()
    }

    fn send(&mut self, now_ms: i64, number: u64) -> Option<Delivery> {
        let letter = self.post.letters.get_mut(&number)?;
        letter.attempts += 1;
        let forgery = letter.forgery.clone().unwrap_or_default();
        let (event, endpoint) = (letter.event.clone(), letter.endpoint.clone());
        let (url, mut secrets) = if endpoint.is_empty() {
            (self.config.webhook_url.clone()?, self.config.webhook_secrets.clone())
        } else {
            let endpoint = self.store.any(&endpoint)?;
            (owned(endpoint, "/url"), vec![owned(endpoint, "/secret")])
        };
        if let Some(secret) = forgery.secret {
            secrets = vec![secret];
        }
        let body = forgery.body.map_or_else(|| self.store.any(&event).map(|event| pretty(&shown(event))), |body| Some(body.into_bytes()))?;
        let signature = forgery.header.unwrap_or_else(|| stripe_signature(&secrets, seconds(now_ms) - forgery.age_s, &body));
        self.counter += 1;
        let id = format!("attempt_{}", self.counter);
        self.post.in_flight.insert(id.clone(), number);
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned()), ("stripe-signature".to_owned(), signature)];
        Some(Delivery { id, event, url, headers, body })
    }

    /// What became of a delivery: the receiver's status, or `None` when there was no answer. Anything but 2xx is tried
    /// again, ever later, with a fresh time and signature.
    pub fn delivered(&mut self, delivery_id: &str, status: Option<u16>, now_ms: i64) {
        let now_ms = self.not_before(now_ms);
        let Some(number) = self.post.in_flight.remove(delivery_id) else {
            return;
        };
        let Some(letter) = self.post.letters.get_mut(&number) else {
            return;
        };
        letter.last_status = status;
        if status.is_some_and(|status| (200..300).contains(&status)) {
            if !std::mem::replace(&mut letter.done, true) {
                let event = letter.event.clone();
                self.quietly(&event, |event| {
                    let left = int(event, "/pending_webhooks") - 1;
                    set(event, "/pending_webhooks", left.max(0));
                });
            }
            return;
        }
        if let Some(delay_ms) = RETRY_MS.get(letter.failures).filter(|_| !letter.done) {
            letter.failures += 1;
            self.send_at(now_ms + delay_ms, number);
        }
    }

    /// Every event with what became of it, for an auditor.
    pub(super) fn deliveries(&self) -> Value {
        let letter = |letter: &Letter| {
            let event = self.store.any(&letter.event);
            json!({
                "event": letter.event,
                "type": event.map(|event| text(event, "/type")),
                "object": event.map(|event| text(event, "/data/object/id")),
                "endpoint": if letter.endpoint.is_empty() { "configured" } else { &letter.endpoint },
                "attempts": letter.attempts,
                "status": letter.last_status,
                "delivered": letter.done,
                "forged": letter.forgery.is_some(),
            })
        };
        self.post.letters.values().map(letter).collect()
    }
}
