//! The file host: what its addresses answer. Bytes are made when they are asked for.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Fal,
    render::{Rendering, render},
};
use crate::{
    exchange::{Making, Request, Response, Transfer},
    words::Word,
};

/// More than any client should take for a picture.
const HUGE_BYTES: u64 = 120 * 1_024 * 1_024;
const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.title = "not a picture"</script></svg>"#;

/// A file of the file host.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub media_type: String,
    pub content: Content,
    /// What its prompt asked for.
    pub words: BTreeSet<Word>,
    pub expires_ms: i64,
}

/// What a file is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Made by a model.
    Rendering(Arc<Rendering>),
    /// Uploaded.
    Bytes(Arc<[u8]>),
}

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

impl Fal {
    /// `GET` of a file. Needs no key, like the vendor's.
    pub(super) fn file(&self, now_ms: i64, request: &Request, path: &str) -> Response {
        if request.method != "GET" && request.method != "HEAD" {
            return Response::detail(405, "Method Not Allowed");
        }
        let gone = || Response::bytes(404, "text/plain", b"Not found".to_vec());
        let Some(file) = self.files.get(path).filter(|file| file.expires_ms > now_ms) else {
            return gone();
        };
        let made = |transfer: Transfer| match &file.content {
            Content::Bytes(bytes) => Response::bytes(200, &file.media_type, bytes.to_vec()),
            Content::Rendering(rendering) => {
                let rendering = rendering.clone();
                let making = Some(Box::new(Making::new(move || render(&rendering))));
                Response { making, transfer, ..Response::bytes(200, &file.media_type, Vec::new()) }
            }
        };
        let response = match FILE_WORDS.iter().find(|word| file.words.contains(word)) {
            Some(Word::GoneOutput) => return gone(),
            Some(Word::RedirectOutput) => {
                return Response::bytes(302, "text/plain", Vec::new()).with("location", "http://169.254.169.254/latest/meta-data/");
            }
            Some(Word::HtmlOutput) => {
                Response::bytes(200, &file.media_type, b"<!doctype html><script>document.title = 'not a picture'</script>".to_vec())
            }
            Some(Word::SvgOutput) => Response::bytes(200, "image/svg+xml", SVG.into()),
            Some(Word::EmptyOutput) => Response::bytes(200, &file.media_type, Vec::new()),
            // The length is not known before the file is made.
            Some(Word::TruncatedOutput) => made(Transfer::Truncated { declared: 0 }),
            Some(Word::HugeOutput) => made(Transfer::Endless { declared: HUGE_BYTES }),
            Some(Word::NoLength) => made(Transfer::Chunked),
            _ => made(Transfer::Whole),
        };
        response.with("cache-control", "public, max-age=3600").with("access-control-allow-origin", "*")
    }
}
