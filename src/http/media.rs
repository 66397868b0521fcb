//! `/media/{key}`: ranges, revalidation, and headers that let no cache keep it longer than its address is good for.

use super::{Method, Payload, Request, Response, problem::Refusal};
use crate::{
    domain::picture::MediaType,
    error::Error,
    platform::{ByteRange, Found, Platform, Wanted},
    usecases::serve_media::{self, Served},
    vendors::media_url,
};

pub(super) async fn get<P: Platform>(p: &P, request: &Request, key: &str) -> Result<Response<P::Media>, Refusal> {
    let wanted = Wanted {
        range: request.header("range").filter(|_| request.method == Method::Get).and_then(ByteRange::read),
        if_range: request.header("if-range").map(str::to_owned),
        none_match: request.header("if-none-match").map(str::to_owned),
        head: request.method == Method::Head,
    };
    let (served, left) = serve_media::run(p, key, &request.query, &wanted).await?;
    let cache = format!("private, max-age={}, immutable", left.min(media_url::LIFE_MS_MAX / 1000));
    match served {
        Served::Stored(found) => respond(found, cache, Payload::Media),
        Served::Made(found) => respond(found, cache, Payload::Bytes),
        Served::Passing { etag, media_type, body } => {
            let mut response = Response::empty(200)
                .with("content-type", media_type.name())
                .with("content-disposition", "inline")
                .with("accept-ranges", "none")
                .with("etag", etag)
                .with("cache-control", cache);
            response.body = body.map_or(Payload::Empty, Payload::Media);
            Ok(response)
        }
    }
}

fn respond<B, M>(found: Found<B>, cache: String, payload: impl FnOnce(B) -> Payload<M>) -> Result<Response<M>, Refusal> {
    match found {
        Found::Missing => Err(Error::NotFound.into()),
        Found::Unchanged { etag } => Ok(Response::empty(304).with("etag", etag).with("cache-control", cache)),
        Found::OutOfRange { size } => Ok(Response::empty(416).with("content-range", format!("bytes */{size}"))),
        Found::Object { size, part, etag, media_type, body } => {
            // What is stored was told by its content; anything else is offered as a download and never shown. No file name: it would
            // win over the one that the page gives to a download.
            let shown = MediaType::from_name(&media_type);
            let disposition = if shown.is_some() { "inline" } else { "attachment" };
            let mut response = Response::empty(if part.is_some() { 206 } else { 200 })
                .with("content-type", shown.map_or("application/octet-stream", MediaType::name))
                .with("content-disposition", disposition)
                .with("accept-ranges", "bytes")
                .with("etag", etag)
                .with("cache-control", cache);
            let length = part.map_or(size, |(first, last)| last - first + 1);
            response = response.with("content-length", length.to_string());
            if let Some((first, last)) = part {
                response = response.with("content-range", format!("bytes {first}-{last}/{size}"));
            }
            response.body = body.map_or(Payload::Empty, payload);
            Ok(response)
        }
    }
}
