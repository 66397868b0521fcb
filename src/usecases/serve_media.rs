//! Serves a kept object to whoever holds a valid address: as it is, as a small copy, or without what it says of itself. No database.

use super::room::{self, Room};
use crate::{
    domain::picture::{self, MediaType, size, strip::Strip},
    error::Error,
    platform::{Found, Platform, Sent, Wanted},
    vendors::media_url::{self, Address},
};

/// What is sent.
#[derive(Debug)]
pub enum Served<M> {
    /// An object, as storage has it.
    Stored(Found<M>),
    /// A file that was made for this request.
    Made(Found<Vec<u8>>),
    /// A file that is made while it is sent: how long it will be is not known before.
    Passing {
        /// Its hash, in quotes.
        etag: String,
        /// Its type.
        media_type: MediaType,
        /// The bytes; none for `HEAD`.
        body: Option<M>,
    },
}

/// The largest file in bytes that is read into memory to be served without what it says of itself, so that parts of it can be asked for. A larger one goes by in pieces.
const PLAIN_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The object, and the seconds for which its address is still good.
pub async fn run<P: Platform>(p: &P, key: &str, query: &str, wanted: &Wanted) -> Result<(Served<P::Media>, i64), Error> {
    let Address { left, width, plain } = media_url::verify(&p.settings().media_keys, p.now(), key, query).ok_or(Error::MediaRefused)?;
    let served = match width {
        Some(width) if p.settings().resizes_at_cloudflare => Served::Stored(at_cloudflare(p, key, width, wanted).await?),
        Some(width) => Served::Stored(copy(p, key, width, wanted).await?),
        None if plain => without_words(p, key, wanted).await?,
        None => Served::Stored(p.media(key, wanted).await?),
    };
    Ok((served, left))
}

/// A copy that Cloudflare makes of the original, which it fetches at its own address. The original, if it does not.
async fn at_cloudflare<P: Platform>(p: &P, key: &str, width: u32, wanted: &Wanted) -> Result<Found<P::Media>, Error> {
    // The address that stays the same for hours: another one would be another copy, to be paid for.
    let url = format!("{}{}", p.settings().public_origin, media_url::path(&p.settings().media_keys, p.now(), key));
    match p.resized(&url, width).await {
        Ok(Found::Object { etag, .. }) if wanted.has(&etag) => Ok(Found::Unchanged { etag }),
        Ok(found) => Ok(found),
        Err(_) => Ok(p.media(key, wanted).await?),
    }
}

/// A copy that we keep, made by whoever asks for it first. The original, if there is none to be made.
async fn copy<P: Platform>(p: &P, key: &str, width: u32, wanted: &Wanted) -> Result<Found<P::Media>, Error> {
    let small = size::key(key, width);
    match p.media(&small, wanted).await? {
        Found::Missing => {}
        found => return Ok(found),
    }
    let of = match make(p, key, &small, width).await {
        Ok(true) => &small,
        Ok(false) => key,
        Err(error) => {
            p.log("copy.later", &[("error", &error.to_string())]);
            key
        }
    };
    Ok(p.media(of, wanted).await?)
}

/// Makes and keeps a copy; false if the original has to do.
async fn make(p: &impl Platform, key: &str, small: &str, width: u32) -> Result<bool, Error> {
    let Some(original) = p.look(key).await? else { return Ok(false) };
    let work = size::work(original.facts, original.bytes).filter(|_| size::offered(original.facts, original.bytes).any(|offered| offered == width));
    let Some(work) = work else { return Ok(false) };
    if p.jotted(&size::none_key(key)).await?.is_some() {
        return Ok(false);
    }
    match room::wait(p, Some(small), work).await? {
        Room::Taken(ticket) => {
            let made = store(p, key, small, width).await;
            p.leave_room(ticket);
            made
        }
        Room::Made => Ok(true),
        Room::None => Ok(false),
    }
}

async fn store(p: &impl Platform, key: &str, small: &str, width: u32) -> Result<bool, Error> {
    let made = p.read(key).await.map(|bytes| bytes.map(|bytes| size::make(&bytes, width)));
    let is_made = match made? {
        Some(Ok((facts, bytes))) => {
            p.store(small, &bytes, facts, None).await?;
            p.log("copy.made", &[("width", &width.to_string())]);
            true
        }
        Some(Err(why)) => {
            p.jot(&size::none_key(key), why).await?;
            p.log("copy.none", &[("reason", why)]);
            false
        }
        None => return Ok(false),
    };
    if p.look(key).await?.is_some() {
        return Ok(is_made);
    }
    // Deleted while the copy was made: it must not outlive it.
    p.remove(&[key.to_owned()]).await?;
    Ok(false)
}

/// The picture alone. Films say nothing, and no program of ours or of a host's writes into GIFs. The tag is a MAC: storage's own is a hash of the words too, by which
/// they could be guessed.
async fn without_words<P: Platform>(p: &P, key: &str, wanted: &Wanted) -> Result<Served<P::Media>, Error> {
    let Some(stored) = p.look(key).await? else { return Ok(Served::Made(Found::Missing)) };
    let media_type = stored.facts.media_type;
    let Some(strip) = Strip::new(media_type) else { return Ok(Served::Stored(p.media(key, wanted).await?)) };
    let etag = format!("\"{}\"", p.settings().media_keys.sign(&[b"plain\n", key.as_bytes(), b"\n", stored.etag.as_bytes()]));
    if wanted.has(&etag) {
        return Ok(Served::Made(Found::Unchanged { etag }));
    }
    if stored.bytes > PLAIN_BYTES_MAX {
        let body = if wanted.head { None } else { p.plain(key, strip).await? };
        let missing = body.is_none() && !wanted.head;
        return Ok(if missing { Served::Made(Found::Missing) } else { Served::Passing { etag, media_type, body } });
    }
    // The file, what is left of it, and what the runtime is given.
    let Room::Taken(ticket) = room::wait(p, None, 3 * stored.bytes).await? else { return Err(Error::Unavailable("no memory left for now")) };
    let read = p.read(key).await.map(|bytes| bytes.map(|bytes| picture::strip::bare(media_type, &bytes)));
    p.leave_room(ticket);
    let Some(bytes) = read? else { return Ok(Served::Made(Found::Missing)) };
    let size = bytes.len() as u64;
    let (part, bytes) = match wanted.of(&etag, size) {
        Sent::Unchanged => return Ok(Served::Made(Found::Unchanged { etag })),
        Sent::OutOfRange => return Ok(Served::Made(Found::OutOfRange { size })),
        Sent::Whole => (None, bytes),
        Sent::Part(first, last) => {
            let range = usize::try_from(first).unwrap_or(usize::MAX)..=usize::try_from(last).unwrap_or(usize::MAX);
            (Some((first, last)), bytes.get(range).unwrap_or_default().to_vec())
        }
    };
    let body = (!wanted.head).then_some(bytes);
    Ok(Served::Made(Found::Object { size, part, etag, media_type: media_type.name().to_owned(), body }))
}
