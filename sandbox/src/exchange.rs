//! Requests and responses of every vendor as plain data: what both the HTTP server and the simulation can carry.

use std::{fmt, sync::Arc};

use serde_json::{Value, json};

/// A request to a vendor.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// From the origin on, with the query.
    pub path: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: Vec<u8>,
}

/// An answer, with whatever is wrong with the way it travels.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes; see [`Transfer`] for how many of them arrive.
    pub body: Vec<u8>,
    /// Set when the vendor holds the answer back (`Prefer: wait`): ask [`crate::replicate::Replicate::release`] for the real one.
    pub hold: Option<Hold>,
    /// How long the vendor takes to answer what it has done already, in milliseconds on the wall.
    pub delay_ms: u64,
    /// Bytes that are still to be made into the body.
    pub(crate) making: Option<Box<Making>>,
    /// How it travels.
    pub transfer: Transfer,
}

/// Bytes that somebody else can make later, when no lock is held: an edit, a film, JSON with pictures in it.
#[derive(Clone)]
pub(crate) struct Making(Arc<dyn Fn() -> Vec<u8> + Send + Sync>);

impl Making {
    /// Bytes that this makes, always the same ones.
    pub fn new(make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// Makes them.
    pub fn make(&self) -> Vec<u8> {
        (self.0)()
    }
}

impl fmt::Debug for Making {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Making")
    }
}

/// An answer that waits until a prediction has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Id of the prediction.
    pub prediction: String,
    /// When the vendor answers anyway, in milliseconds since the epoch.
    pub until_ms: i64,
}

/// How a body travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Whole, with its `content-length`.
    Whole,
    /// Whole, in chunks, without `content-length`.
    Chunked,
    /// `content-length` promises this many bytes, but the connection ends after the body.
    Truncated {
        /// The promised length.
        declared: u64,
    },
    /// The body comes first, then zeros until there were this many bytes; made as they are read.
    Endless {
        /// The declared length.
        declared: u64,
    },
    /// The connection ends before any byte of an answer.
    Dropped,
}

impl Request {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Response {
    /// Bytes of a media type.
    #[must_use]
    pub fn bytes(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".into(), media_type.into())];
        Self { status, headers, body, hold: None, delay_ms: 0, making: None, transfer: Transfer::Whole }
    }

    /// With its body made; a truncated one loses its second half.
    #[must_use]
    pub(crate) fn finish(mut self) -> Self {
        if let Some(making) = self.making.take() {
            self.body = making.make();
            if let Transfer::Truncated { declared } = &mut self.transfer {
                *declared = self.body.len() as u64;
                self.body.truncate(self.body.len() / 2);
            }
        }
        self
    }

    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json", body.to_string().into_bytes())
    }

    /// A page for people: nothing but its own styles and pictures, in no frame, and it tells no other where one came from.
    #[must_use]
    pub fn page(status: u16, html: String) -> Self {
        // No `form-action`: browsers apply it to the redirect after a form too, and that one leads back to the studio.
        Self::bytes(status, "text/html; charset=utf-8", html.into_bytes())
            .with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'")
            .with("referrer-policy", "no-referrer")
            .with("cache-control", "no-store")
    }

    /// Goes on to another address.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        let mut response = Self::bytes(status, "text/html; charset=utf-8", Vec::new());
        response.headers.clear();
        response.with("location", location).with("cache-control", "no-store")
    }

    /// A problem of RFC 7807, as the vendor writes its errors.
    #[must_use]
    pub fn problem(status: u16, title: &str, detail: &str) -> Self {
        let body = json!({"title": title, "detail": detail, "status": status});
        Self::bytes(status, "application/problem+json", body.to_string().into_bytes())
    }

    /// The short form of an error: a `detail` alone.
    #[must_use]
    pub fn detail(status: u16, detail: &str) -> Self {
        Self::json(status, &json!({"detail": detail}))
    }

    /// The page that a load balancer shows when what is behind it is gone.
    #[must_use]
    pub fn broken(status: u16) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body><h1>{status} Server Error</h1></body></html>");
        Self::bytes(status, "text/html; charset=UTF-8", page.into_bytes())
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The values of a query, decoded, by name.
#[must_use]
pub fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Percent-decoding of a query; `+` is a space.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.split_at_checked(2).and_then(|(digits, after)| Some((u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, after)));
        match (first, hex) {
            (b'%', Some((byte, after))) => {
                bytes.push(byte);
                rest = after;
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encoding that is safe anywhere in a query.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
            encoded
        } else {
            encoded + &format!("%{byte:02X}")
        }
    })
}

/// The path of an absolute URL, without a slash at the end.
#[must_use]
pub fn path_of(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.find('/').map_or("", |at| &after_scheme[at..]).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_back() {
        let hard = "2026-01-01T00:00:00+02:00 ä&=%";
        assert_eq!(
            query(&format!("a={}&b=x+y&c", encode(hard))),
            vec![("a".into(), hard.into()), ("b".into(), "x y".into()), ("c".into(), String::new()),]
        );
        assert_eq!(query("a=%zz%4"), vec![("a".into(), "%zz%4".into())]);
    }
}
