//! The file host of services that answer with addresses.

use std::collections::BTreeSet;

use super::{OpenAi, faults::Fault, painting::Painting};
use crate::{
    exchange::{Making, Request, Response, Transfer},
    time::HOUR_MS,
    words::Word,
};

/// "URLs are only valid for 60 minutes."
const KEPT_MS: i64 = HOUR_MS;
/// More than any client should take for a picture.
pub(super) const HUGE_BYTES: u64 = 120 * 1_024 * 1_024;
/// Looks like one of the vendor's hosts at a careless glance.
const FOREIGN_URL: &str = "https://images.openai.example.net/media";
pub(super) const HTML: &str = "<!doctype html><script>document.title = 'not a picture'</script>";
pub(super) const SVG: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.title = "not a picture"</script></svg>"#;

/// Words that change what the file host answers; the first one wins.
const FILE_WORDS: [Word; 8] = [
    Word::GoneOutput,
    Word::RedirectOutput,
    Word::HtmlOutput,
    Word::SvgOutput,
    Word::EmptyOutput,
    Word::TruncatedOutput,
    Word::HugeOutput,
    Word::NoLength,
];

/// A file.
#[derive(Debug, Clone)]
pub(super) struct File {
    painting: Painting,
    words: BTreeSet<Word>,
    expires_ms: i64,
}

impl OpenAi {
    /// Keeps a picture; its address.
    pub(super) fn keep(&mut self, now_ms: i64, painting: Painting, words: &BTreeSet<Word>) -> String {
        let path = format!("img-{}.{}", self.dice.token(24), painting.format.extension());
        let url =
            if words.contains(&Word::ForeignOutput) { format!("{FOREIGN_URL}/{path}") } else { format!("{}/media/{path}", self.config.base_url) };
        self.files.retain(|_, file| file.expires_ms > now_ms);
        self.files.insert(path, File { painting, words: words.clone(), expires_ms: now_ms + KEPT_MS });
        url
    }

    /// `GET` of a file. Needs no key.
    pub(super) fn file(&self, now_ms: i64, request: &Request, path: &str) -> Response {
        if request.method != "GET" && request.method != "HEAD" {
            return Fault::invalid(None, None, "Method not allowed".to_owned()).with_status(405).response();
        }
        let gone = || Response::bytes(404, "text/plain", b"Not found".to_vec());
        let Some(file) = self.files.get(path).filter(|file| file.expires_ms > now_ms) else {
            return gone();
        };
        let media_type = file.painting.format.media_type();
        let painted = |transfer: Transfer| {
            let painting = file.painting.clone();
            Response { making: Some(Box::new(Making::new(move || painting.paint()))), transfer, ..Response::bytes(200, media_type, Vec::new()) }
        };
        match FILE_WORDS.iter().find(|word| file.words.contains(word)) {
            Some(Word::GoneOutput) => gone(),
            Some(Word::RedirectOutput) => Response::bytes(302, "text/plain", Vec::new()).with("location", "http://169.254.169.254/latest/meta-data/"),
            Some(Word::HtmlOutput) => Response::bytes(200, media_type, HTML.into()),
            Some(Word::SvgOutput) => Response::bytes(200, "image/svg+xml", SVG.into()),
            Some(Word::EmptyOutput) => Response::bytes(200, media_type, Vec::new()),
            // The length is not known before the picture is painted.
            Some(Word::TruncatedOutput) => painted(Transfer::Truncated { declared: 0 }),
            Some(Word::HugeOutput) => painted(Transfer::Endless { declared: HUGE_BYTES }),
            Some(Word::NoLength) => painted(Transfer::Chunked),
            _ => painted(Transfer::Whole),
        }
    }
}
