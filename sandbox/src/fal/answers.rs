//! What a request answers when it is asked for: status, stream, result and cancel.

use serde_json::json;

use super::{
    Fal, Fault,
    job::{Job, Outcome, Status},
};
use crate::{
    exchange::{Hold, Response},
    time::HOUR_MS,
};

/// A stream ends by then, whatever happens.
const STREAM_MAX_MS: i64 = HOUR_MS;

impl Fal {
    /// The request of that id, under its own app and not under another.
    fn find(&self, app: &str, id: &str) -> Option<&Job> {
        self.jobs.get(id).filter(|job| job.model.app() == app && !job.direct && !job.forgotten)
    }

    /// How many others will run before it.
    pub(super) fn ahead(&self, job: &Job) -> usize {
        self.queued.range(..job.place()).count()
    }

    /// `GET …/requests/{id}/status`.
    pub(super) fn status(&self, app: &str, id: &str, logs: bool) -> Response {
        let Some(job) = self.find(app, id) else {
            return missing();
        };
        Response::json(200, &job.status_json(&self.host("queue"), self.ahead(job), logs)).with("x-fal-request-id", id)
    }

    /// `GET …/requests/{id}/status/stream`: held until it has ended, then all its states at once.
    pub(super) fn stream(&self, now_ms: i64, app: &str, id: &str, logs: bool) -> Response {
        let Some(job) = self.find(app, id) else {
            return missing();
        };
        let hold = Hold { prediction: format!("{id}?{}", u8::from(logs)), until_ms: now_ms + STREAM_MAX_MS };
        let hold = (job.status != Status::Completed).then_some(hold);
        Response { hold, ..self.events(job, logs) }
    }

    /// The states that it was in, as server-sent events.
    fn events(&self, job: &Job, logs: bool) -> Response {
        let started = job.started_ms.is_some();
        let states = [(Status::InQueue, true), (Status::InProgress, started), (Status::Completed, job.status == Status::Completed)];
        let body = states.into_iter().filter(|(_, was)| *was).fold(String::new(), |body, (status, _)| {
            let outcome = if status == Status::Completed { job.outcome.clone() } else { None };
            let past = Job { status, outcome, ..job.clone() };
            let ahead = if started { 0 } else { self.ahead(job) };
            body + &format!("data: {}\n\n", past.status_json(&self.host("queue"), ahead, logs))
        });
        let response = Response::bytes(200, "text/event-stream; charset=utf-8", body.into_bytes());
        response.with("cache-control", "no-cache").with("x-fal-request-id", &job.id)
    }

    /// `GET …/requests/{id}`: the output itself, or the model's own error.
    pub(super) fn result(&self, app: &str, id: &str) -> Response {
        match self.find(app, id) {
            Some(job) => outcome(job).unwrap_or_else(|| Fault::bad_request("Request is still in progress").response()).with("x-fal-request-id", id),
            None => missing(),
        }
    }

    /// `PUT …/requests/{id}/cancel`.
    pub(super) fn cancel(&mut self, now_ms: i64, app: &str, id: &str) -> Response {
        let Some(status) = self.find(app, id).map(|job| job.status) else {
            return Response::json(404, &json!({"status": "NOT_FOUND"}));
        };
        let (code, word) = match status {
            Status::InQueue => (200, "OK"),
            Status::InProgress => (202, "CANCELLATION_REQUESTED"),
            Status::Completed => (400, "ALREADY_COMPLETED"),
        };
        if status != Status::Completed {
            self.wish_to_cancel(now_ms, id);
        }
        Response::json(code, &json!({"status": word})).with("x-fal-request-id", id)
    }

    /// Whether an answer that is held is one of this vendor.
    #[must_use]
    pub fn holds(&self, hold: &Hold) -> bool {
        self.jobs.contains_key(parts(hold).0)
    }

    /// The answer that a [`Hold`] kept back, or `None` while it is still kept.
    pub fn release(&mut self, now_ms: i64, hold: &Hold) -> Option<Response> {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        let (id, logs) = parts(hold);
        let Some(job) = self.jobs.get(id) else {
            return Some(missing());
        };
        if job.status != Status::Completed && now_ms < hold.until_ms {
            return None;
        }
        let timeout = || Fault::platform(504, "request_timeout", "Request timed out").response();
        Some(logs.map_or_else(|| outcome(job).unwrap_or_else(timeout).with("x-fal-request-id", id), |logs| self.events(job, logs)))
    }
}

/// The id of a held request, and for a stream whether it shows logs.
fn parts(hold: &Hold) -> (&str, Option<bool>) {
    match hold.prediction.split_once('?') {
        Some((id, logs)) => (id, Some(logs == "1")),
        None => (&hold.prediction, None),
    }
}

fn outcome(job: &Job) -> Option<Response> {
    Some(match job.outcome.as_ref()? {
        Outcome::Output(output) => Response::json(200, output),
        Outcome::Fault(fault) => fault.response(),
    })
}

fn missing() -> Response {
    Response::detail(404, "Request not found")
}
