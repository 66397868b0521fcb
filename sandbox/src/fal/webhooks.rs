//! The one webhook of a request that has ended: when it is sent, how often, and signed how.

use super::{Delivery, Fal, keys::Seal};
use crate::{
    time::{MINUTE_MS, SECOND_MS},
    words::Word,
};

/// "10 retries over 2 hours": each wait is twice the one before, all together a little less than that.
const RETRIES: u32 = 10;
const FIRST_RETRY_MS: i64 = 7 * SECOND_MS;
/// How late "late webhook" is.
const LATE_MS: i64 = 2 * MINUTE_MS;

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    id: String,
    request_id: String,
    url: String,
    body: Vec<u8>,
    failures: u32,
}

impl Fal {
    /// A request has ended: puts the message about it into the outbox.
    pub(super) fn notify(&mut self, now_ms: i64, id: &str) {
        let Some(job) = self.jobs.get(id) else {
            return;
        };
        let Some(url) = job.webhook.clone().filter(|_| !job.words.contains(&Word::LostWebhook)) else {
            return;
        };
        let copies = if job.words.contains(&Word::Twice) { 2 } else { 1 };
        let late_ms = if job.words.contains(&Word::LateWebhook) { LATE_MS } else { 0 };
        let body = job.webhook_json().to_string().into_bytes();
        for _ in 0..copies {
            let message = Message { id: self.dice.id(16), request_id: id.to_owned(), url: url.clone(), body: body.clone(), failures: 0 };
            self.post(now_ms + late_ms, message);
        }
    }

    fn post(&mut self, send_ms: i64, message: Message) {
        self.counter += 1;
        self.outbox.insert((send_ms, self.counter), message);
    }

    /// The messages that are due, signed for this attempt. Each must be reported with [`Fal::delivered`].
    pub(super) fn send_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let later = self.outbox.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut self.outbox, later);
        if self.muted {
            return Vec::new();
        }
        due.into_values().map(|message| self.send(now_ms, message)).collect()
    }

    fn send(&mut self, now_ms: i64, message: Message) -> Delivery {
        let seal = Seal { request_id: &message.request_id, user_id: &self.config.user_id, at_seconds: now_ms.div_euclid(SECOND_MS) };
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(self.keys.headers(seal, &message.body));
        let delivery = Delivery { id: message.id.clone(), url: message.url.clone(), headers, body: message.body.clone() };
        self.in_flight.insert(message.id.clone(), message);
        delivery
    }

    /// How many messages have not been taken yet.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.outbox.len() + self.in_flight.len()
    }

    /// What became of a delivery: the receiver's status, or `None` when there was no answer. Anything but 2xx is tried
    /// again up to ten times within two hours (sooner at a higher speed), signed afresh; then it is given up.
    pub fn delivered(&mut self, delivery_id: &str, status: Option<u16>, now_ms: i64) {
        let now_ms = self.not_before(now_ms);
        let Some(mut message) = self.in_flight.remove(delivery_id) else {
            return;
        };
        if status.is_some_and(|status| (200..300).contains(&status)) || message.failures == RETRIES {
            return;
        }
        let wait_ms = self.hurried(FIRST_RETRY_MS << message.failures);
        message.failures += 1;
        self.post(now_ms + wait_ms, message);
    }
}
