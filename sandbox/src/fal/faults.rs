//! Errors as the vendor writes them: those of a model (`detail` is a list), and those of the platform (`error_type`).

use serde_json::{Value, json};

use crate::exchange::Response;

/// What a request ended with instead of output, or what was answered instead of accepting it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Value,
    /// Of the platform's errors; a model's have none.
    pub error_type: Option<&'static str>,
    /// The caller's own limit for the start has passed.
    pub user_timeout: bool,
    /// Whether a GPU has worked for it: then it is billed like a success.
    pub spent: bool,
}

impl Fault {
    /// An error of the platform.
    pub fn platform(status: u16, error_type: &'static str, detail: &str) -> Self {
        let body = json!({"detail": detail, "error_type": error_type});
        Self { status, body, error_type: Some(error_type), user_timeout: false, spent: false }
    }

    /// What is wrong with a call before any model sees it.
    pub fn bad_request(detail: &str) -> Self {
        Self::platform(400, "bad_request", detail)
    }

    /// The caller's limit for the start has passed.
    pub fn start_timeout() -> Self {
        Self { user_timeout: true, ..Self::platform(504, "request_timeout", "Request timed out") }
    }

    /// Errors of a model, one for each field.
    pub fn model(details: &[Value]) -> Self {
        Self { status: 422, body: json!({"detail": details}), error_type: None, user_timeout: false, spent: false }
    }

    /// The sentence of a status or a webhook.
    pub fn sentence(&self) -> &str {
        self.body.get("detail").and_then(Value::as_str).unwrap_or("The model refused the request")
    }

    /// The answer of a direct call, and of the result of a queued one.
    pub fn response(&self) -> Response {
        let response = Response::json(self.status, &self.body);
        let response = match self.error_type {
            Some(error_type) => response.with("x-fal-error-type", error_type),
            None => response,
        };
        let response = response.with("x-fal-retryable", if self.status >= 500 && !self.user_timeout { "true" } else { "false" });
        if self.user_timeout { response.with("x-fal-request-timeout-type", "user") } else { response }
    }
}

/// One error of a model about a place in its input.
pub(super) fn detail(place: &[&str], kind: &str, message: &str, input: &Value) -> Value {
    let place: Vec<Value> =
        std::iter::once("body").chain(place.iter().copied()).map(|part| part.parse::<u64>().map_or(json!(part), |index| json!(index))).collect();
    json!({"loc": place, "msg": message, "type": kind, "input": input})
}

/// The same, with the address of its explanation and details, as the errors of section "model errors" have them.
pub(super) fn explained(place: &[&str], kind: &str, message: &str, input: &Value) -> Value {
    let mut detail = detail(place, kind, message, input);
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("url".to_owned(), json!(format!("https://docs.fal.ai/errors#{kind}")));
        fields.insert("ctx".to_owned(), json!({}));
    }
    detail
}
