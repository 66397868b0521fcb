//! What the sandbox was asked: the evidence of tests that look for a secret where it must not be.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use crate::time::rfc3339;

/// Enough for a long test; older requests make room.
const REQUESTS_MAX: usize = 2_000;
/// Bodies are kept up to here, which is beyond every JSON body that is sent on purpose.
const BODY_BYTES_MAX: usize = 256 * 1_024;

/// Requests in the order they came.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: VecDeque<Value>,
}

impl Traffic {
    /// Keeps a request: time, method, path with query, headers (lower case; repeated ones joined with a comma), and the
    /// body as text.
    pub fn record(&mut self, at_ms: i64, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) {
        if self.requests.len() == REQUESTS_MAX {
            self.requests.pop_front();
        }
        let mut named = Map::new();
        for (name, value) in headers {
            let value = named.get(name).and_then(Value::as_str).map_or_else(|| value.clone(), |before| format!("{before}, {value}"));
            named.insert(name.clone(), Value::from(value));
        }
        self.requests.push_back(json!({
            "at": rfc3339(at_ms),
            "method": method,
            "path": path,
            "headers": named,
            "body": String::from_utf8_lossy(body.get(..BODY_BYTES_MAX).unwrap_or(body)),
        }));
    }

    /// `{"requests": […]}`, oldest first.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"requests": self.requests})
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.requests.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let mut traffic = Traffic::default();
        for number in 0..=REQUESTS_MAX {
            traffic.record(0, "GET", &format!("/{number}"), &[("a".into(), "1".into()), ("a".into(), "2".into())], b"x");
        }
        assert_eq!(traffic.json()["requests"][0]["path"], "/1");
        assert_eq!(traffic.json()["requests"][0]["headers"]["a"], "1, 2");
        assert_eq!(traffic.json()["requests"].as_array().map(Vec::len), Some(REQUESTS_MAX));
        traffic.clear();
        assert_eq!(traffic.json()["requests"].as_array().map(Vec::len), Some(0));
    }
}
