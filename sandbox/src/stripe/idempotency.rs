//! Idempotency keys: the first answer, status and body, is given again for a day.

use std::collections::BTreeMap;

use super::fault::Fault;
use crate::{exchange::Response, time::DAY_MS};

/// The vendor's limit.
const KEY_MAX: usize = 255;

/// What a request was: its method, path and parameters.
pub(super) type Fingerprint = (String, Vec<(Vec<String>, String)>);

/// The keys that were used.
#[derive(Debug, Default)]
pub(super) struct Keys {
    first: BTreeMap<String, First>,
}

/// The first request with a key.
#[derive(Debug, Clone)]
pub(super) struct First {
    pub fingerprint: Fingerprint,
    pub at_ms: i64,
    /// While it is being answered.
    pub busy_until_ms: i64,
    pub status: u16,
    pub body: Vec<u8>,
    pub request_id: String,
}

impl Keys {
    /// The answer that was given before, or a refusal; `None` for a new request.
    pub fn known(&mut self, now_ms: i64, key: &str, fingerprint: &Fingerprint) -> Result<Option<Response>, Fault> {
        if key.chars().count() > KEY_MAX {
            return Err(Fault::invalid(format!("Idempotency keys have up to {KEY_MAX} characters.")));
        }
        self.first.retain(|_, first| now_ms < first.at_ms + DAY_MS);
        let Some(first) = self.first.get(key) else {
            return Ok(None);
        };
        if first.fingerprint != *fingerprint {
            let message = format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than \
                 '{key}' if you meant to execute a different request."
            );
            return Err(Fault { kind: "idempotency_error", ..Fault::invalid(message) });
        }
        if now_ms < first.busy_until_ms {
            let message = format!(
                "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other \
                 request is still going through): {key}. Please try again later."
            );
            return Err(Fault { status: 409, ..Fault::invalid(message) }.code("idempotency_key_in_use"));
        }
        let response = Response::bytes(first.status, "application/json", first.body.clone());
        Ok(Some(response.with("idempotent-replayed", "true").with("original-request", &first.request_id)))
    }

    pub fn keep(&mut self, key: &str, first: First) {
        self.first.insert(key.to_owned(), first);
    }
}
