//! Requests to others: one `fetch`, no redirects, a time limit, and a limit to what is read.

use super::js;
use crate::{domain::time::Timestamp, vendors::cloudflare_image};
use worker::{
    js_sys::{self, Reflect, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue},
    web_sys::{self, AbortSignal, Headers, ReadableStreamDefaultReader, RequestInit, RequestRedirect, Response, WorkerGlobalScope},
};

/// A request to somebody else.
pub(super) struct Call<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub headers: &'a [(&'static str, String)],
    pub body: Option<&'a [u8]>,
    pub timeout_ms: u32,
}

/// Sends it. An error means that nobody knows whether it arrived.
pub(super) async fn fetch(call: &Call<'_>) -> Result<Response, JsValue> {
    send(call, &init(call)?).await
}

/// Sends it to an address of ours, for a picture that Cloudflare makes smaller on its way.
pub(super) async fn fetch_resized(call: &Call<'_>, width: u32) -> Result<Response, JsValue> {
    let init = init(call)?;
    Reflect::set(&init, &"cf".into(), &js_sys::JSON::parse(&cloudflare_image::options(width))?)?;
    send(call, &init).await
}

async fn send(call: &Call<'_>, init: &RequestInit) -> Result<Response, JsValue> {
    let scope = js_sys::global().unchecked_into::<WorkerGlobalScope>();
    js::wait(scope.fetch_with_str_and_init(call.url, init)).await
}

fn init(call: &Call<'_>) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in call.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(call.timeout_ms)));
    if let Some(body) = call.body {
        init.set_body(&Uint8Array::from(body));
    }
    Ok(init)
}

/// Reads a body with one copy. An error if it breaks off; none if it is longer than `limit`.
pub(super) async fn read(response: &Response, limit: usize) -> Result<Option<Vec<u8>>, JsValue> {
    match length(&response.headers()) {
        Some(length) if length > limit as u64 => Ok(None),
        Some(_) => {
            let buffer: JsValue = js::wait(response.array_buffer()?).await?;
            Ok(Some(Uint8Array::new(&buffer).to_vec()))
        }
        None => match response.body() {
            Some(body) => Chunks::of(&body).read_all(limit).await,
            None => Ok(Some(Vec::new())),
        },
    }
}

/// The `Content-Length`.
pub(super) fn length(headers: &Headers) -> Option<u64> {
    headers.get("content-length").ok()??.parse().ok()
}

/// What reading a large body came to.
pub(super) enum Read {
    All(Vec<u8>),
    TooMuch,
    TooLate,
}

/// A stream read piece by piece.
pub(super) struct Chunks(pub ReadableStreamDefaultReader);

impl Chunks {
    pub fn of(stream: &web_sys::ReadableStream) -> Self {
        Self(stream.get_reader().unchecked_into())
    }
    /// The next piece; none at the end.
    pub async fn next(&self) -> Result<Option<Uint8Array>, JsValue> {
        let read: JsValue = js::wait(self.0.read()).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            return Ok(None);
        }
        Ok(Some(Reflect::get(&read, &"value".into())?.unchecked_into()))
    }
    /// Everything; none if it is longer than `limit`, and then the rest is not read.
    pub async fn read_all(&self, limit: usize) -> Result<Option<Vec<u8>>, JsValue> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await? {
            if bytes.len() + piece.length() as usize > limit {
                self.give_up();
                return Ok(None);
            }
            bytes.extend(piece.to_vec());
        }
        Ok(Some(bytes))
    }
    /// Everything, of about `expected` bytes, in one buffer; at most `limit` bytes, and not beyond `until` by the clock.
    pub async fn read_slowly(&self, limit: usize, expected: usize, clock: impl Fn() -> Timestamp, until: Timestamp) -> Result<Read, JsValue> {
        let mut bytes = Vec::with_capacity(expected.min(limit));
        while let Some(piece) = self.next().await? {
            let begin = bytes.len();
            let refused = match begin + piece.length() as usize {
                end if end > limit => Some(Read::TooMuch),
                _ if clock() > until => Some(Read::TooLate),
                end => {
                    bytes.resize(end, 0);
                    None
                }
            };
            if let Some(refused) = refused {
                self.give_up();
                return Ok(refused);
            }
            piece.copy_to(bytes.get_mut(begin..).unwrap_or_default());
        }
        Ok(Read::All(bytes))
    }
    /// Tells the other side to stop. Whether it listens does not matter.
    pub fn give_up(&self) {
        let _ = self.0.cancel();
    }
}
