//! Which events are sent, when, how often, and signed how. Bodies are the prediction as it was at the event.

use super::{Delivery, Replicate, Word, steps::Step};
use crate::{signing, time::MINUTE_MS};

/// `output` and `logs` are sent at most once in this time (the vendor's webhook page).
const CALM_MS: i64 = 500;
/// "A few times", the vendor says, with growing delays, the last about a minute after the end.
const RETRY_MS: [i64; 4] = [1_000, 3_000, 9_000, 27_000];
/// How late "late webhook" is.
const LATE_MS: i64 = 2 * MINUTE_MS;
/// How long "reorder" keeps the earlier events back after the completed one.
const REORDER_MS: i64 = 400;

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// It has begun to run.
    Start,
    /// There is new output.
    Output,
    /// There are new logs.
    Logs,
    /// It has ended.
    Completed,
}

/// The kinds that were asked for, and when each was last sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    filter: Option<Vec<Event>>,
    output: Pace,
    logs: Pace,
}

/// How fast events of one kind go out.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    last_ms: Option<i64>,
    waiting: bool,
}

impl Event {
    const ALL: [Self; 4] = [Self::Start, Self::Output, Self::Logs, Self::Completed];

    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Output => "output",
            Self::Logs => "logs",
            Self::Completed => "completed",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

impl Events {
    /// Without a filter, new output and the end are sent.
    pub fn new(filter: Option<Vec<Event>>) -> Self {
        Self { filter, ..Self::default() }
    }

    /// The filter as it was given.
    pub fn asked(&self) -> Option<Vec<&'static str>> {
        self.filter.as_ref().map(|filter| filter.iter().map(|event| event.name()).collect())
    }

    /// The pace of the kinds that have one.
    const fn pace(&mut self, event: Event) -> Option<&mut Pace> {
        match event {
            Event::Output => Some(&mut self.output),
            Event::Logs => Some(&mut self.logs),
            Event::Start | Event::Completed => None,
        }
    }

    /// Whether that kind is to be sent.
    fn wants(&self, event: Event) -> bool {
        self.filter.as_deref().unwrap_or(&[Event::Output, Event::Completed]).contains(&event)
    }
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    id: String,
    url: String,
    body: Vec<u8>,
    failures: usize,
}

impl Replicate {
    /// Something happened to a prediction: puts the messages about it into the outbox.
    pub(super) fn notify(&mut self, now_ms: i64, id: &str, event: Event) {
        let Some(prediction) = self.predictions.get_mut(id) else {
            return;
        };
        if prediction.webhook.is_none() || !prediction.events.wants(event) || prediction.words.contains(&Word::LostWebhook) {
            return;
        }
        if let Some(pace) = prediction.events.pace(event) {
            let calm_ms = pace.last_ms.map_or(now_ms, |last_ms| last_ms + CALM_MS);
            if calm_ms > now_ms {
                if !std::mem::replace(&mut pace.waiting, true) {
                    self.plan(calm_ms, id, Step::Emit(event));
                }
                return;
            }
            *pace = Pace { last_ms: Some(now_ms), waiting: false };
        }
        let completed = event == Event::Completed;
        let copies = if completed && prediction.words.contains(&Word::Twice) { 2 } else { 1 };
        let late_ms = if completed && prediction.words.contains(&Word::LateWebhook) { LATE_MS } else { 0 };
        let body = prediction.json(&self.config.api_url).to_string().into_bytes();
        let url = prediction.webhook.clone().unwrap_or_default();
        // Two copies are two messages: whoever relies on `webhook-id` alone to drop repeats settles twice.
        let messages: Vec<Message> =
            (0..copies).map(|_| Message { id: format!("msg_{}", self.dice.id(27)), url: url.clone(), body: body.clone(), failures: 0 }).collect();
        if !completed && prediction.words.contains(&Word::Reorder) {
            prediction.kept.extend(messages);
            return;
        }
        let kept = if completed { std::mem::take(&mut prediction.kept) } else { Vec::new() };
        for message in messages {
            self.post(now_ms + late_ms, message);
        }
        for message in kept {
            self.post(now_ms + REORDER_MS, message);
        }
    }

    fn post(&mut self, send_ms: i64, message: Message) {
        self.counter += 1;
        self.outbox.insert((send_ms, self.counter), message);
    }

    /// The messages that are due, signed for this attempt. Each must be reported with [`Replicate::delivered`].
    pub(super) fn send_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let later = self.outbox.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut self.outbox, later);
        if self.muted {
            return Vec::new();
        }
        due.into_values().map(|message| self.send(now_ms, message)).collect()
    }

    fn send(&mut self, now_ms: i64, message: Message) -> Delivery {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(signing::webhook_headers(&self.webhook_key, &message.id, now_ms.div_euclid(1_000), &message.body));
        let delivery = Delivery { id: message.id.clone(), url: message.url.clone(), headers, body: message.body.clone() };
        self.in_flight.insert(message.id.clone(), message);
        delivery
    }

    /// What became of a delivery: the receiver's status, or `None` when there was no answer. Anything but 2xx is tried
    /// again after 1, 3, 9 and 27 seconds (sooner at a higher speed), under the same `webhook-id`; then it is given up.
    pub fn delivered(&mut self, delivery_id: &str, status: Option<u16>, now_ms: i64) {
        let now_ms = self.not_before(now_ms);
        let Some(mut message) = self.in_flight.remove(delivery_id) else {
            return;
        };
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        if let Some(delay_ms) = RETRY_MS.get(message.failures) {
            message.failures += 1;
            self.post(now_ms + delay_ms / i64::from(self.config.speed.max(1)), message);
        }
    }

    /// How many messages have not been taken yet.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.outbox.len() + self.in_flight.len()
    }
}
