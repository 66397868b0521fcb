//! Bodies of better-auth's routes: what is accepted, and its words for what is not (contract: better-auth, sections 1 and 7).

use super::super::{Body, Request, Response};
use crate::error::Error;
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
    /// One of the few errors without a code.
    pub fn plain(status: u16, message: impl Into<String>) -> Self {
        Self { status, code: None, message: message.into() }
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

/// Why a request gets another answer than the one it asked for.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is refused.
    Refused(AuthError),
    /// Too many requests or tries; another counts after so many seconds (contract, section 9).
    TooMany(i64),
    /// Something of ours failed: a 500 with an empty body (contract, section 1).
    Broken(Error),
}

impl From<AuthError> for Stop {
    fn from(error: AuthError) -> Self {
        Self::Refused(error)
    }
}
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl Stop {
    pub fn response<M>(self) -> Response<M> {
        match self {
            Self::Refused(error) => error.response(),
            Self::TooMany(seconds) => {
                let body = serde_json::json!({"message": "Too many requests. Please try again later."});
                Response::json(429, &body).with("x-retry-after", seconds.to_string())
            }
            Self::Broken(error) => Response { reason: Some(error.to_string()), ..Response::empty(500) },
        }
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

/// A query as better-auth reads it: texts, and arrays of such where a name stands more than once.
pub(super) fn query(request: &Request) -> Value {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
        let value = Value::from(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => drop(fields.insert(name.into_owned(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(fields)
}

/// Reads the fields of an object in the order of the schema, and collects what is wrong with them.
pub(super) struct Fields<'a> {
    part: String,
    object: Option<&'a Map<String, Value>>,
    issues: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Of a body that has to be an object.
    pub fn of(body: Option<&'a Value>) -> Self {
        Self::expect(body, "object")
    }
    /// Of a body that has to be a record: an object whose fields the schema does not name.
    pub fn record(body: Option<&'a Value>) -> Self {
        Self::expect(body, "record")
    }
    /// Of a body that has to be both: better-auth's schema of sign-up is made of two.
    pub fn object_and_record(body: Option<&'a Value>) -> Self {
        let mut fields = Self::expect(body, "object");
        fields.issues.extend(Self::expect(body, "record").issues);
        fields
    }
    /// Of a body that may be missing.
    pub fn optional(body: Option<&'a Value>) -> Self {
        let empty = Self { part: "body".to_owned(), object: None, issues: Vec::new() };
        if body.is_none() { empty } else { Self::of(body) }
    }
    /// Of a [`query`].
    pub fn of_query(query: &'a Value) -> Self {
        Self { part: "query".to_owned(), ..Self::of(Some(query)) }
    }
    fn expect(body: Option<&'a Value>, expected: &str) -> Self {
        let object = body.and_then(Value::as_object);
        let issues = if object.is_some() { Vec::new() } else { vec![format!("[body] Invalid input: expected {expected}, received {}", kind(body))] };
        Self { part: "body".to_owned(), object, issues }
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
    /// An optional number.
    pub fn optional_number(&mut self, name: &str) -> Option<f64> {
        self.field(name, false, "number", Value::as_f64)
    }
    /// An optional array of texts.
    pub fn optional_texts(&mut self, name: &str) -> Vec<String> {
        let values = self.field(name, false, "array", Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (i, value) in values.iter().enumerate().filter(|(_, value)| !value.is_string()) {
            self.issues.push(format!("[{}.{name}.{i}] Invalid input: expected string, received {}", self.part, kind(Some(value))));
        }
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
    /// An optional object, for its own fields.
    pub fn optional_object(&mut self, name: &str) -> Option<Fields<'a>> {
        let object = self.field(name, false, "object", Value::as_object)?;
        Some(Fields { part: format!("{}.{name}", self.part), object: Some(object), issues: Vec::new() })
    }
    /// An optional record.
    pub fn optional_record(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.field(name, false, "record", Value::as_object)
    }
    /// The object itself.
    pub fn object(&self) -> Option<&'a Map<String, Value>> {
        self.object
    }
    /// A field as it came.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.object?.get(name)
    }
    /// Takes the issues of an object inside this one.
    pub fn absorb(&mut self, inner: Fields<'_>) {
        self.issues.extend(inner.issues);
    }
    /// Notes an issue with a field, whatever it is.
    pub fn issue(&mut self, name: &str, words: &str) {
        self.issues.push(format!("[{}.{name}] {words}", self.part));
    }
    /// Notes a further issue with a field that was of the right type.
    pub fn issue_if(&mut self, wrong: bool, name: &str, words: &str) {
        if wrong && self.raw(name).is_some_and(Value::is_string) {
            self.issue(name, words);
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
            self.issues.push(format!("[{}.{name}] Invalid input: expected {expected}, received {}", self.part, kind(value)));
        }
        found
    }
}

pub(super) fn kind(value: Option<&Value>) -> &'static str {
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
