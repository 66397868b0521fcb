//! Bodies of better-auth's routes: what is accepted, and its words for what is not (contract: better-auth, sections 1 and 7).

use super::{Body, Request, Response};
use serde_json::{Map, Value};

/// An error in better-auth's own shape; `code` is left out where better-auth leaves it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuthError {
    pub status: u16,
    pub code: Option<&'static str>,
    pub message: String,
}

impl AuthError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Some(code), message: message.into() }
    }
    pub fn response<M>(&self) -> Response<M> {
        #[derive(serde::Serialize)]
        struct Shape<'a> {
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<&'static str>,
        }
        Response::json(self.status, &Shape { message: &self.message, code: self.code })
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Reads a body by its content type; none if there is none.
pub(super) fn read(request: &Request, form_too: bool) -> Result<Option<Value>, AuthError> {
    let Body::Bytes(body) = &request.body else { return Err(AuthError::new(413, "PAYLOAD_TOO_LARGE", "Payload too large")) };
    if body.is_empty() {
        return Ok(None);
    }
    let allowed = if form_too { format!("{FORM}, {JSON}") } else { JSON.to_owned() };
    let refused = |what: &str| Err(AuthError::new(415, "UNSUPPORTED_MEDIA_TYPE", format!("{what}. Allowed types: {allowed}")));
    match request.content_type().as_str() {
        JSON => serde_json::from_slice(body).map(Some).map_err(|_| AuthError::new(400, "BAD_REQUEST", "Invalid JSON in request body")),
        FORM if form_too => {
            let pairs = form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), Value::from(value.into_owned())));
            Ok(Some(Value::Object(pairs.collect::<Map<_, _>>())))
        }
        "" => refused("Content-Type is required"),
        _ => refused(&format!("Content-Type \"{}\" is not allowed", request.header("content-type").unwrap_or_default())),
    }
}

/// Reads the fields of an object in the order of the schema, and collects what is wrong with them.
pub(super) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    issues: Vec<String>,
}

impl<'a> Fields<'a> {
    pub fn of(body: Option<&'a Value>) -> Self {
        let object = body.and_then(Value::as_object);
        let issues = if object.is_some() { Vec::new() } else { vec![format!("[body] Invalid input: expected object, received {}", kind(body))] };
        Self { object, issues }
    }

    /// A required text.
    pub fn text(&mut self, name: &str) -> String {
        self.field(name, true, "string", Value::as_str).unwrap_or_default().to_owned()
    }
    /// An optional text.
    pub fn optional_text(&mut self, name: &str) -> Option<String> {
        self.field(name, false, "string", Value::as_str).map(str::to_owned)
    }
    /// An optional boolean.
    pub fn optional_bool(&mut self, name: &str) -> Option<bool> {
        self.field(name, false, "boolean", Value::as_bool)
    }
    /// Notes a further issue with a field that was of the right type.
    pub fn issue_if(&mut self, wrong: bool, name: &str, words: &str) {
        let of_right_type = self.object.and_then(|object| object.get(name)).is_some_and(Value::is_string);
        if wrong && of_right_type {
            self.issues.push(format!("[body.{name}] {words}"));
        }
    }
    /// The verdict.
    pub fn done(self) -> Result<(), AuthError> {
        if self.issues.is_empty() { Ok(()) } else { Err(AuthError::new(400, "VALIDATION_ERROR", self.issues.join("; "))) }
    }

    fn field<T>(&mut self, name: &str, required: bool, expected: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.object?.get(name);
        let found = value.and_then(read);
        if found.is_none() && (required || value.is_some()) {
            self.issues.push(format!("[body.{name}] Invalid input: expected {expected}, received {}", kind(value)));
        }
        found
    }
}

fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn issues_stand_in_the_order_of_the_schema() {
        let body = json!({"email": null, "rememberMe": "yes"});
        let mut fields = Fields::of(Some(&body));
        let _ = (fields.text("email"), fields.text("password"), fields.optional_bool("rememberMe"));
        assert_eq!(
            fields.done().unwrap_err().message,
            "[body.email] Invalid input: expected string, received null; [body.password] Invalid input: expected string, received undefined; \
             [body.rememberMe] Invalid input: expected boolean, received string"
        );
        let mut fields = Fields::of(None);
        let _ = fields.text("email");
        assert_eq!(fields.done().unwrap_err().message, "[body] Invalid input: expected object, received undefined");
    }
}
