//! Refusals, as the vendor words them.

use serde_json::{Map, Value, json};

use crate::exchange::Response;

/// A refusal of the API.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub status: u16,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub param: Option<String>,
    pub message: String,
    pub decline_code: Option<&'static str>,
}

/// What an endpoint answers.
pub(super) type Answer = Result<Value, Fault>;

impl Fault {
    /// 400 `invalid_request_error`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", code: None, param: None, message: message.into(), decline_code: None }
    }

    /// An object that there is not: 404 where it stands in the path.
    pub fn missing(what: &str, id: &str) -> Self {
        Self { status: 404, ..Self::invalid(format!("No such {what}: '{id}'")) }.code("resource_missing").param("id")
    }

    /// An object that there is not: 400 where it stands in a parameter.
    pub fn unknown(what: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {what}: '{id}'")).code("resource_missing").param(param)
    }

    /// A parameter that has to be there.
    pub fn required(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    }

    /// 402: the card says no.
    pub fn declined() -> Self {
        let fault = Self { status: 402, kind: "card_error", decline_code: Some("generic_decline"), ..Self::invalid("Your card was declined.") };
        fault.code("card_declined")
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Named as it is sent: `line_items[0][price]`.
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Whether it is kept under the idempotency key: only what began to execute is.
    pub const fn executed(&self) -> bool {
        self.status == 402 || self.status >= 500
    }

    pub fn response(&self, request_id: &str) -> Response {
        let mut error = Map::new();
        error.insert("type".into(), self.kind.into());
        error.insert("message".into(), self.message.as_str().into());
        error.insert("request_log_url".into(), format!("https://dashboard.stripe.com/test/logs/{request_id}").into());
        if let Some(code) = self.code {
            error.insert("code".into(), code.into());
            error.insert("doc_url".into(), format!("https://docs.stripe.com/error-codes/{}", code.replace('_', "-")).into());
        }
        if let Some(param) = &self.param {
            error.insert("param".into(), param.as_str().into());
        }
        if let Some(decline_code) = self.decline_code {
            error.insert("decline_code".into(), decline_code.into());
        }
        let mut response = Response::json(self.status, &Value::Null);
        response.body = pretty(&json!({"error": error}));
        response
    }
}

/// The vendor indents its JSON.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}").into_bytes()
}
