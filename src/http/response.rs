//! A response as plain data; only media stay what the platform has.

use serde::Serialize;

/// A response's body.
#[derive(Debug)]
pub enum Payload<M> {
    /// Nothing.
    Empty,
    /// Bytes.
    Bytes(Vec<u8>),
    /// Bytes of the program itself.
    Fixed(&'static [u8]),
    /// An object of media storage, untouched.
    Media(M),
    /// A WebSocket: the connection is handed on to the user's feed.
    Feed(Listening),
}

/// Who listens, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The user's id.
    pub user: String,
    /// The number of the last event that was seen.
    pub after: Option<i64>,
}

/// A response.
#[derive(Debug)]
pub struct Response<M> {
    /// HTTP status.
    pub status: u16,
    /// Headers in the order they are sent; `set-cookie` may stand there more than once.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Payload<M>,
    /// Why it failed, for the log alone.
    pub reason: Option<String>,
}

impl<M> Response<M> {
    /// Nothing but a status.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Payload::Empty, reason: None }
    }
    /// JSON.
    ///
    /// # Panics
    /// Never: what is shown are plain structs and values, which always serialise.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("plain values serialise");
        Self { body: Payload::Bytes(body), ..Self::empty(status) }.with("content-type", "application/json")
    }
    /// Bytes of the program itself.
    #[must_use]
    pub fn fixed(media_type: &str, bytes: &'static [u8]) -> Self {
        Self { body: Payload::Fixed(bytes), ..Self::empty(200) }.with("content-type", media_type)
    }
    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
    /// True if the header is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| *given == name)
    }
}
