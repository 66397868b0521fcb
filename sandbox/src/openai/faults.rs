//! Errors as the vendor writes them: `{"error": {"message", "type", "param", "code"}}`.

use serde_json::{Value, json};

use crate::exchange::Response;

/// What was answered instead of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    status: u16,
    kind: &'static str,
    /// For programs.
    pub code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// Where the safety system stopped it.
    stage: Option<&'static str>,
}

impl Fault {
    /// What is wrong with a request, and with which parameter.
    pub const fn invalid(param: Option<String>, code: Option<&'static str>, message: String) -> Self {
        Self { status: 400, kind: "invalid_request_error", code, param, message, stage: None }
    }

    /// The same, of a parameter.
    pub fn of(param: &str, code: &'static str, message: String) -> Self {
        Self::invalid(Some(param.to_owned()), Some(code), message)
    }

    /// A value that is none of those that are supported.
    pub fn unsupported(param: &str, value: &str, supported: &[&str]) -> Self {
        Self::of(param, "invalid_value", format!("Invalid value: '{value}'. Supported values are: {}.", listed(supported)))
    }

    /// What the image models themselves say of a request.
    pub fn of_images(param: Option<&str>, code: &'static str, message: String) -> Self {
        Self { kind: "image_generation_user_error", ..Self::invalid(param.map(str::to_owned), Some(code), message) }
    }

    /// A model that is not there, or no longer.
    pub fn no_such_model(name: &str) -> Self {
        Self::of_images(Some("model"), "invalid_value", format!("The model '{name}' does not exist."))
    }

    /// The safety system has looked at what was made.
    pub fn blocked(request: &str) -> Self {
        let message = format!(
            "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request \
             ID {request}. safety_violations=[sexual]."
        );
        Self { stage: Some("output"), ..Self::of_images(None, "moderation_blocked", message) }
    }

    /// Too many requests.
    pub fn throttled() -> Self {
        let message = "Rate limit reached for gpt-image (for limit gpt-image) in organization org-sandbox on input-images per min: Limit 5, Used 5, \
                       Requested 1. Please try again in 2s.";
        Self { status: 429, kind: "input-images", ..Self::invalid(None, Some("rate_limit_exceeded"), message.to_owned()) }
    }

    /// No money: of all statuses, this is what the images API answers.
    pub fn unpaid() -> Self {
        Self::invalid(None, Some("billing_hard_limit_reached"), "Billing hard limit has been reached.".to_owned())
    }

    /// Nobody's fault but the vendor's.
    pub fn server(status: u16, message: &str) -> Self {
        Self { status, kind: "server_error", ..Self::invalid(None, None, message.to_owned()) }
    }

    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The answer.
    pub fn response(&self) -> Response {
        let mut error = json!({"message": self.message, "type": self.kind, "param": self.param, "code": self.code});
        if let (Some(stage), Some(fields)) = (self.stage, error.as_object_mut()) {
            fields.insert("moderation_details".to_owned(), json!({"moderation_stage": stage, "categories": ["sexual"]}));
        }
        let response = Response::json(self.status, &json!({ "error": error }));
        if self.status == 429 { response.with("retry-after", "2") } else { response }
    }
}

/// `'a', 'b', and 'c'`.
fn listed(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match quoted.as_slice() {
        [one, other] => format!("{one} and {other}"),
        [rest @ .., last] if !rest.is_empty() => format!("{}, and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl From<Fault> for Value {
    fn from(fault: Fault) -> Self {
        serde_json::from_slice(&fault.response().body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_four_fields() {
        let fault = Value::from(Fault::unsupported("size", "1x1", &["a", "b", "c"]));
        let expected = json!({
            "message": "Invalid value: '1x1'. Supported values are: 'a', 'b', and 'c'.",
            "type": "invalid_request_error",
            "param": "size",
            "code": "invalid_value",
        });
        assert_eq!(fault["error"], expected);
        assert_eq!([listed(&["a"]), listed(&["a", "b"])], ["'a'", "'a' and 'b'"]);
        assert_eq!(Fault::throttled().response().header("retry-after"), Some("2"));
        let blocked = Value::from(Fault::blocked("req_1"));
        assert_eq!(blocked["error"]["moderation_details"], json!({"moderation_stage": "output", "categories": ["sexual"]}));
    }
}
