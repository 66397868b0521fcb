//! Requests on their way out.

use super::{BodyOf, Datum, In, Lane, law};
use core::{marker::PhantomData, ops::Deref};
use serde_json::Value;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A ready request on lane `L`.
#[derive(Debug)]
pub struct Outbound<L: Lane>(Call, PhantomData<L>);

/// A ready request on the lane that it names: only an [`Outbound`] becomes one. Platforms add the credential of the lane themselves and refuse a
/// host that is not the lane's.
#[derive(Debug)]
pub struct Call {
    lane: &'static str,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Which of the lane's base addresses, where it has several.
    pub base: usize,
    /// Path and query below the base address, beginning with `/`.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// Its media type.
    pub media_type: &'static str,
    /// True if the answer may take minutes.
    pub patient: bool,
}

impl Call {
    /// The name of its lane.
    #[must_use]
    pub const fn lane(&self) -> &'static str {
        self.lane
    }
}

impl<L: Lane> Deref for Outbound<L> {
    type Target = Call;
    fn deref(&self) -> &Call {
        &self.0
    }
}

impl<L: Lane> From<Outbound<L>> for Call {
    fn from(request: Outbound<L>) -> Self {
        request.0
    }
}

impl<L: Lane> Outbound<L> {
    const fn new(method: &'static str, path: String, body: Option<Vec<u8>>, media_type: &'static str) -> Self {
        Self(Call { lane: L::NAME, method, base: 0, path, headers: Vec::new(), body, media_type, patient: false }, PhantomData)
    }
    /// A request without a body.
    #[must_use]
    pub fn get(path: String) -> Self {
        Self::new("GET", path, None, JSON)
    }
    /// A request that carries `body` as JSON. Bodies of another lane do not compile.
    ///
    /// # Panics
    /// Never: the bodies are plain structs, which always serialise.
    #[must_use]
    pub fn post(path: String, body: &impl BodyOf<L>) -> Self {
        let body = serde_json::to_vec(body).expect("a plain struct serialises");
        Self::new("POST", path, Some(body), JSON)
    }
    /// A request that carries `body` as a form: its texts, numbers and booleans. What is null is left out.
    ///
    /// # Panics
    /// Never: the bodies are plain structs, which always serialise.
    #[must_use]
    pub fn post_form(path: String, body: &impl BodyOf<L>) -> Self {
        let fields = serde_json::to_value(body).expect("a plain struct serialises");
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let texts = fields.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, text(value)?)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(texts).finish().into_bytes();
        Self::new("POST", path, Some(body), FORM)
    }
    /// A `POST` that says everything with its path.
    #[must_use]
    pub fn command(path: String) -> Self {
        Self::new("POST", path, None, JSON)
    }
    /// A `PUT` that says everything with its path.
    #[must_use]
    pub fn put(path: String) -> Self {
        Self::new("PUT", path, None, JSON)
    }
    /// A `DELETE`, which says everything with its path.
    #[must_use]
    pub fn delete(path: String) -> Self {
        Self::new("DELETE", path, None, JSON)
    }
    /// Adds a header that carries no datum.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers.push((name, value.to_owned()));
        self
    }
    /// Waits for minutes, if it has to.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.0.patient = true;
        self
    }
    /// Turns to another of the lane's base addresses.
    #[must_use]
    pub fn at(mut self, base: usize) -> Self {
        self.0.base = base;
        self
    }
    /// Adds `name`, a datum that the lane may carry, to the query.
    #[must_use]
    pub fn query<T: Datum + law::Crosses<L>>(mut self, name: &'static str, value: &In<L, T>) -> Self {
        let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value.text()).finish();
        self.0.path.push(if self.0.path.contains('?') { '&' } else { '?' });
        self.0.path.push_str(&pair);
        self
    }
}
