//! Media storage: R2. Bytes stay in JavaScript; only the first of them are looked at.

use super::{
    js,
    net::{self, Call, Chunks},
};
use crate::{
    domain::picture::{
        self, HEAD_BYTES, MediaType, PictureFacts,
        embed::{Plan, Splice},
        film, size,
    },
    lanes::Mark,
    platform::{Found, KeepError, Sent, Stored, Wanted},
};
use worker::{
    Env,
    js_sys::{Array, Promise, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::future_to_promise,
    web_sys::{Headers, ReadableStream, StreamPipeOptions, WritableStreamDefaultWriter},
    worker_sys::{FixedLengthStream, R2Bucket, R2Object, R2ObjectBody},
};

/// A file is given up on after this time.
const FILE_TIMEOUT_MS: u32 = 120_000;
/// A file of unknown length is collected in memory, up to this many bytes: R2 wants to know a stream's length beforehand.
const UNKNOWN_LENGTH_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn bucket(env: &Env) -> Result<R2Bucket, JsValue> {
    Ok(env.get_binding::<worker::Bucket>("MEDIA").map(JsValue::from)?.unchecked_into())
}

/// See `Platform::keep`.
pub(super) async fn keep(env: &Env, url: &str, key: &str, mark: Option<&Mark>) -> Result<Stored, KeepError> {
    let later = |_: JsValue| KeepError::Later;
    let bucket = bucket(env).map_err(later)?;
    if let Some(stored) = head(&bucket, key).await.map_err(later)? {
        return Ok(stored);
    }
    // Compressed, its length would not be the file's.
    let headers = [("accept-encoding", "identity".to_owned())];
    let call = Call { method: "GET", url, headers: &headers, body: None, timeout_ms: FILE_TIMEOUT_MS };
    let response = net::fetch(&call).await.map_err(later)?;
    match response.status() {
        200 => {}
        403 | 404 | 410 => return Err(KeepError::Gone),
        300..=399 => return Err(KeepError::Unusable("a redirect")),
        _ => return Err(KeepError::Later),
    }
    let length = net::length(&response.headers());
    let Some(body) = response.body() else { return Err(KeepError::Unusable("empty")) };
    let chunks = Chunks::of(&body);
    let mut first = Vec::new();
    let mut ended = false;
    while first.len() < HEAD_BYTES && !ended {
        match chunks.next().await.map_err(later)? {
            Some(piece) => first.extend(piece.to_vec()),
            None => ended = true,
        }
    }
    if ended && length.is_some_and(|length| length != first.len() as u64) {
        return Err(KeepError::Later);
    }
    let facts = tell(url, &first, length).await.inspect_err(|_| chunks.give_up())?;
    let put = Put { bucket: &bucket, key, facts };
    let collects = length.is_none_or(|length| length <= UNKNOWN_LENGTH_BYTES_MAX as u64);
    match length.map(|length| (length, mark.map_or(Plan::AsItIs, |mark| mark.plan(&first, length)))) {
        _ if ended => put.marked(&first, mark).await.map_err(later)?,
        Some((length, Plan::AsItIs)) => put.stream(&body, chunks, length, as_it_is(first)).await.map_err(later)?,
        Some((length, Plan::Splice(mut splice))) => {
            splice.head.extend_from_slice(first.get(splice.taken..).unwrap_or_default());
            splice.taken = first.len();
            put.stream(&body, chunks, length, splice).await.map_err(later)?;
        }
        // Another's packet stands at its end, and it is too long to be held: better unmarked than lost.
        Some((length, Plan::Whole)) if !collects => put.stream(&body, chunks, length, as_it_is(first)).await.map_err(later)?,
        Some((_, Plan::Whole)) | None => {
            let rest = chunks.read_all(UNKNOWN_LENGTH_BYTES_MAX - HEAD_BYTES).await.map_err(later)?;
            let rest = rest.ok_or(KeepError::Unusable("endless"))?;
            if length.is_some_and(|length| length != (first.len() + rest.len()) as u64) {
                return Err(KeepError::Later);
            }
            put.marked(&[first, rest].concat(), mark).await.map_err(later)?;
        }
    }
    head(&bucket, key).await.map_err(later)?.ok_or(KeepError::Later)
}

/// A file whose first bytes are in hand, and stay.
fn as_it_is(first: Vec<u8>) -> Splice {
    Splice { taken: first.len(), head: first, tail: Vec::new() }
}

/// What a file is, by its first bytes; a film whose index stands behind its pictures is asked for that part.
async fn tell(url: &str, first: &[u8], length: Option<u64>) -> Result<PictureFacts, KeepError> {
    let fits = |most: u64| if length.is_none_or(|length| length <= most) { Ok(()) } else { Err(KeepError::Unusable("too large")) };
    if !film::is_film(first) {
        let facts = picture::tell(first).map_err(KeepError::Unusable)?;
        return fits(facts.bytes_max()).map(|()| facts);
    }
    fits(film::FILM_BYTES_MAX)?;
    let at = match film::tell(first).map_err(KeepError::Unusable)? {
        film::Told::Facts(facts) => return Ok(facts),
        film::Told::IndexAt(at) => at,
    };
    let later = |_: JsValue| KeepError::Later;
    let headers = [("accept-encoding", "identity".to_owned()), ("range", format!("bytes={at}-{}", at.saturating_add(film::INDEX_BYTES_MAX - 1)))];
    let call = Call { method: "GET", url, headers: &headers, body: None, timeout_ms: FILE_TIMEOUT_MS };
    let response = net::fetch(&call).await.map_err(later)?;
    if response.status() != 206 {
        return Err(if response.status() >= 500 { KeepError::Later } else { KeepError::Unusable("a film whose index cannot be read") });
    }
    let index = net::read(&response, usize::try_from(film::INDEX_BYTES_MAX).unwrap_or(usize::MAX)).await.map_err(later)?;
    film::tell_by_index(&index.ok_or(KeepError::Unusable("a film whose index is too large"))?).map_err(KeepError::Unusable)
}

/// An object about to be stored.
struct Put<'a> {
    bucket: &'a R2Bucket,
    key: &'a str,
    facts: PictureFacts,
}

impl Put<'_> {
    /// Stores only where nothing is yet: whoever comes second leaves the first one's object as it is.
    fn begin(&self, value: JsValue) -> Result<Promise, JsValue> {
        let none = Headers::new()?;
        none.append("if-none-match", "*")?;
        let custom = js::object(&[("width", self.facts.width.to_string().into()), ("height", self.facts.height.to_string().into())]);
        let http = js::object(&[("contentType", self.facts.media_type.name().into())]);
        let options = js::object(&[("onlyIf", none.into()), ("httpMetadata", http.into()), ("customMetadata", custom.into())]);
        self.bucket.put(self.key.to_owned(), value, options.into())
    }

    async fn bytes(&self, bytes: &[u8]) -> Result<(), JsValue> {
        js::wait::<JsValue>(self.begin(Uint8Array::from(bytes).into())?).await.map(|_| ())
    }

    async fn marked(&self, bytes: &[u8], mark: Option<&Mark>) -> Result<(), JsValue> {
        match mark.and_then(|mark| mark.whole(bytes)) {
            Some(marked) => self.bytes(&marked).await,
            None => self.bytes(bytes).await,
        }
    }

    /// Streams the beginning, which stands for the pieces that were looked at, then the rest, which never comes near our memory, then the end. A body
    /// of `length` bytes that is shorter or longer than it said makes the runtime refuse the whole object.
    async fn stream(&self, body: &ReadableStream, chunks: Chunks, length: u64, splice: Splice) -> Result<(), JsValue> {
        let length = u32::try_from(splice.length(length)).map_err(|_| JsValue::from("longer than is allowed"))?;
        let pipe = FixedLengthStream::new(length)?;
        let stored = self.begin(pipe.readable().into())?;
        let (source, target) = (body.clone(), pipe.writable());
        let (head, tail) = (Uint8Array::from(splice.head.as_slice()), Uint8Array::from(splice.tail.as_slice()));
        let pumped = future_to_promise(async move {
            let writer: WritableStreamDefaultWriter = target.get_writer()?;
            let written = js::wait::<JsValue>(writer.write_with_chunk(&head)).await;
            writer.release_lock();
            chunks.0.release_lock();
            written?;
            if tail.length() == 0 {
                return js::wait(source.pipe_to(&target)).await;
            }
            let open = StreamPipeOptions::new();
            open.set_prevent_close(true);
            js::wait::<JsValue>(source.pipe_to_with_options(&target, &open)).await?;
            let writer: WritableStreamDefaultWriter = target.get_writer()?;
            js::wait::<JsValue>(writer.write_with_chunk(&tail)).await?;
            js::wait(writer.close()).await
        });
        // Whichever is over first: storage may answer without reading on (something is there already), and then the pump would wait
        // for ever; or the pump fails, and storage with it. Racing also listens to the loser, so that no rejection goes unheard.
        js::wait::<JsValue>(Promise::race(&Array::of2(&stored, &pumped))).await?;
        js::wait::<JsValue>(stored).await.map(|_| ())
    }
}

async fn head(bucket: &R2Bucket, key: &str) -> Result<Option<Stored>, JsValue> {
    let object: JsValue = js::wait(bucket.head(key.to_owned())?).await?;
    if object.is_null() { Ok(None) } else { stored(&object.unchecked_into()).map(Some) }
}

fn stored(object: &R2Object) -> Result<Stored, JsValue> {
    let custom: JsValue = object.custom_metadata()?.into();
    let number = |name| js::text(&custom, name).and_then(|text| text.parse().ok());
    let media_type = object.http_metadata()?.content_type()?.as_deref().and_then(MediaType::from_name);
    let (Some(width), Some(height), Some(media_type)) = (number("width"), number("height"), media_type) else {
        return Err(JsValue::from("an object that we did not store"));
    };
    Ok(Stored { facts: PictureFacts { media_type, width, height }, bytes: size(object)?, etag: object.etag()? })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and not negative")]
fn size(object: &R2Object) -> Result<u64, JsValue> {
    Ok(object.size()? as u64)
}

/// See `Platform::media`.
pub(super) async fn media(env: &Env, key: &str, wanted: &Wanted) -> Result<Found<ReadableStream>, JsValue> {
    let bucket = bucket(env)?;
    let mut options = JsValue::UNDEFINED;
    let mut part = None;
    // The plain case is one request to storage; the others have to know the object first.
    if wanted.depends() {
        let object: JsValue = js::wait(bucket.head(key.to_owned())?).await?;
        if object.is_null() {
            return Ok(Found::Missing);
        }
        let object: R2Object = object.unchecked_into();
        let (size, etag) = (size(&object)?, object.http_etag()?);
        match wanted.of(&etag, size) {
            Sent::Unchanged => return Ok(Found::Unchanged { etag }),
            Sent::OutOfRange => return Ok(Found::OutOfRange { size }),
            Sent::Whole => {}
            Sent::Part(first, last) => {
                part = Some((first, last));
                #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
                let range = js::object(&[("offset", (first as f64).into()), ("length", ((last - first + 1) as f64).into())]);
                options = js::object(&[("range", range.into())]).into();
            }
        }
        if wanted.head {
            return Ok(Found::Object { size, part, etag, media_type: media_type(&object)?, body: None });
        }
    }
    let object: JsValue = js::wait(bucket.get(key.to_owned(), options)?).await?;
    if object.is_null() {
        return Ok(Found::Missing);
    }
    let object: R2ObjectBody = object.unchecked_into();
    Ok(Found::Object { size: size(&object)?, part, etag: object.http_etag()?, media_type: media_type(&object)?, body: Some(object.body()?) })
}

fn media_type(object: &R2Object) -> Result<String, JsValue> {
    Ok(object.http_metadata()?.content_type()?.unwrap_or_default())
}

/// See `Platform::look`.
pub(super) async fn look(env: &Env, key: &str) -> Result<Option<Stored>, JsValue> {
    head(&bucket(env)?, key).await
}

/// See `Platform::read`. Piece by piece into one buffer of the right size: the file is not held twice.
pub(super) async fn read(env: &Env, key: &str) -> Result<Option<Vec<u8>>, JsValue> {
    let object: JsValue = js::wait(bucket(env)?.get(key.to_owned(), JsValue::UNDEFINED)?).await?;
    if object.is_null() {
        return Ok(None);
    }
    let object: R2ObjectBody = object.unchecked_into();
    let mut bytes = Vec::with_capacity(usize::try_from(size(&object)?).unwrap_or_default());
    let chunks = Chunks::of(&object.body()?);
    while let Some(piece) = chunks.next().await? {
        let begin = bytes.len();
        bytes.resize(begin + piece.length() as usize, 0);
        piece.copy_to(bytes.get_mut(begin..).unwrap_or_default());
    }
    Ok(Some(bytes))
}

/// See `Platform::resized`. A refusal of Cloudflare's is an error: then the original has to do.
pub(super) async fn resized(url: &str, width: u32) -> Result<Found<ReadableStream>, JsValue> {
    let headers = [("accept", "image/webp,image/*".to_owned())];
    let call = Call { method: "GET", url, headers: &headers, body: None, timeout_ms: FILE_TIMEOUT_MS };
    let response = net::fetch_resized(&call, width).await?;
    let headers = response.headers();
    let (200, Some(size), Some(body)) = (response.status(), net::length(&headers), response.body()) else {
        return Err(JsValue::from("no picture"));
    };
    let header = |name: &str| Ok::<_, JsValue>(headers.get(name)?.unwrap_or_default());
    Ok(Found::Object { size, part: None, etag: header("etag")?, media_type: header("content-type")?, body: Some(body) })
}

/// See `Platform::store`.
pub(super) async fn store(env: &Env, key: &str, bytes: &[u8], facts: PictureFacts, mark: Option<&Mark>) -> Result<Stored, JsValue> {
    let bucket = bucket(env)?;
    Put { bucket: &bucket, key, facts }.marked(bytes, mark).await?;
    head(&bucket, key).await?.ok_or_else(|| JsValue::from("what was stored is not there"))
}

/// See `Platform::jot`.
pub(super) async fn jot(env: &Env, key: &str, text: &str) -> Result<(), JsValue> {
    let put = bucket(env)?.put(key.to_owned(), text.into(), JsValue::UNDEFINED)?;
    js::wait::<JsValue>(put).await.map(|_| ())
}

/// See `Platform::jotted`.
pub(super) async fn jotted(env: &Env, key: &str) -> Result<Option<String>, JsValue> {
    let object: JsValue = js::wait(bucket(env)?.get(key.to_owned(), JsValue::UNDEFINED)?).await?;
    if object.is_null() {
        return Ok(None);
    }
    let object: R2ObjectBody = object.unchecked_into();
    let bytes: JsValue = js::wait(object.array_buffer()?).await?;
    Ok(String::from_utf8(Uint8Array::new(&bytes).to_vec()).ok())
}

/// See `Platform::remove`.
pub(super) async fn remove(env: &Env, keys: &[String]) -> Result<(), JsValue> {
    let bucket = bucket(env)?;
    // R2 takes up to 1000 keys in one request.
    for keys in keys.chunks(1000 / size::KEYS) {
        let keys: Array = keys.iter().flat_map(|key| size::keys_of(key)).map(JsValue::from).collect();
        js::wait::<JsValue>(bucket.delete_multiple(keys.to_vec())?).await?;
    }
    Ok(())
}
