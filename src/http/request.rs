//! A request as plain data.

use std::collections::BTreeMap;

/// A request's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// Any other.
    Other,
}

impl Method {
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Other => "?",
        }
    }
}

/// What was read of a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is larger than [`super::BodyRules`] allow and was not read on.
    TooLarge,
    /// There was no memory for it, and none of it was read.
    NoRoom,
    /// It took too long to come, and was not read on.
    TooSlow,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, not decoded.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Body,
}

impl Request {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
    /// The `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> &str {
        self.header("cookie").unwrap_or_default()
    }
    /// The content type without parameters, in lower case; empty if there is none.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
    }
    /// A query parameter, decoded; the first of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
