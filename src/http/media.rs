//! `/media/{key}`: ranges, revalidation, and headers that let no cache keep it longer than its address is good for.

use super::{Method, Payload, Request, Response, problem::Refusal};
use crate::{
    domain::picture::MediaType,
    error::Error,
    platform::{ByteRange, Found, Platform, Wanted},
    usecases::serve_media,
    vendors::media_url,
};

pub(super) async fn get<P: Platform>(p: &P, request: &Request, key: &str) -> Result<Response<P::Media>, Refusal> {
    let wanted = Wanted {
        range: request.header("range").filter(|_| request.method == Method::Get && request.header("if-range").is_none()).and_then(range),
        none_match: request.header("if-none-match").map(str::to_owned),
        head: request.method == Method::Head,
    };
    let (found, left) = serve_media::run(p, key, &request.query, &wanted).await?;
    let cache = format!("private, max-age={}, immutable", left.min(media_url::LIFE_MS_MAX / 1000));
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
            response.body = body.map_or(Payload::Empty, Payload::Media);
            Ok(response)
        }
    }
}

/// A single range; anything else is ignored, as RFC 9110 (section 14.2) allows, and the whole object is sent.
fn range(header: &str) -> Option<ByteRange> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| (text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u64>().ok()).flatten();
    match (first, last) {
        ("", last) => number(last).map(ByteRange::Last),
        (first, "") => Some(ByteRange::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::From(first, Some(last)))
        }
    }
}

impl ByteRange {
    /// First and last byte of the part of an object of `size` bytes; none if the range lies outside of it.
    #[must_use]
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let end = size.checked_sub(1)?;
        match self {
            Self::From(first, last) => (first <= end).then(|| (first, last.unwrap_or(end).min(end))),
            Self::Last(0) => None,
            Self::Last(count) => Some((size.saturating_sub(count), end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, part) in [
            ("bytes=0-9", Some((0, 9))),
            ("bytes=90-", Some((90, 99))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=-10", Some((90, 99))),
            ("bytes=-500", Some((0, 99))),
            ("bytes=100-", None),
            ("bytes=-0", None),
        ] {
            assert_eq!(range(header).unwrap().within(100), part, "{header}");
        }
        for ignored in ["bytes=", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=-", "bytes=0-99999999999999999999"] {
            assert_eq!(range(ignored), None, "{ignored}");
        }
        assert_eq!(ByteRange::From(0, None).within(0), None);
    }
}
