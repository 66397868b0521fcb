//! Output files: their addresses, and what the file host answers. Bytes are made when they are asked for.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Pictures, Replicate, Transfer, models, prediction::Prediction, words::Word};
use crate::{
    exchange::{Drawing, Request, Response, Unmade},
    picture::Format,
};

/// More than any client should take for a picture, and more than the vendor's 100 MB for uploads.
const HUGE_BYTES: u64 = 120 * 1_024 * 1_024;
/// Longest side of a picture in the simulation.
const SMALL_SIDE: u32 = 64;
/// Looks like the vendor's `replicate.delivery` at a careless glance.
const FOREIGN_URL: &str = "https://replicate.delivery.example.net";

/// Where a file belongs.
#[derive(Debug, Clone)]
pub(super) struct OutputFile {
    pub prediction: String,
    pub index: u32,
}

impl Replicate {
    /// The model hands over its next file.
    pub(super) fn add_file(&mut self, id: &str) {
        let token = self.dice.id(22);
        let Some(prediction) = self.predictions.get_mut(id) else {
            return;
        };
        let index = u32::try_from(prediction.files.len()).unwrap_or(0);
        let extension = format_of(prediction).extension();
        let name = if prediction.model.many { format!("out-{index}.{extension}") } else { format!("output.{extension}") };
        let path = format!("xezq/{token}/{name}");
        let host = if prediction.words.contains(&Word::ForeignOutput) { FOREIGN_URL } else { &self.config.delivery_url };
        let url = if prediction.words.contains(&Word::DataOutput) {
            let bytes = drawing(prediction, index, Pictures::Small).draw();
            format!("data:{};base64,{}", format_of(prediction).media_type(), STANDARD.encode(bytes))
        } else {
            format!("{host}/{path}")
        };
        prediction.output =
            if prediction.model.many { json!([prediction.files.as_slice(), std::slice::from_ref(&url)].concat()) } else { json!(url) };
        prediction.files.push(url);
        self.files.insert(path, OutputFile { prediction: id.to_owned(), index });
    }

    /// `GET` of a path below the file host. Needs no token, like the vendor's.
    pub(super) fn file(&self, request: &Request, path: &str) -> Response {
        if request.method != "GET" && request.method != "HEAD" {
            return Response::bytes(405, "text/plain", b"Method not allowed".to_vec());
        }
        let gone = || Response::bytes(404, "text/plain", b"Not found".to_vec());
        let Some(file) = self.files.get(path) else {
            return gone();
        };
        let Some(prediction) = self.predictions.get(&file.prediction) else {
            return gone();
        };
        let media_type = format_of(prediction).media_type();
        let picture = |transfer: Transfer| {
            let unmade = Some(Box::new(Unmade::Picture(drawing(prediction, file.index, self.config.pictures))));
            Response { transfer, unmade, ..Response::bytes(200, media_type, Vec::new()) }
        };
        let word = FILE_WORDS.iter().find(|word| prediction.words.contains(word));
        let response = match word {
            Some(Word::GoneOutput) => return gone(),
            Some(Word::RedirectOutput) => {
                return Response::bytes(302, "text/plain", Vec::new()).with("location", "http://169.254.169.254/latest/meta-data/");
            }
            Some(Word::HtmlOutput) => Response::bytes(200, media_type, b"<!doctype html><script>document.title = 'not a picture'</script>".to_vec()),
            Some(Word::SvgOutput) => Response::bytes(200, "image/svg+xml", SVG.into()),
            Some(Word::EmptyOutput) => Response::bytes(200, media_type, Vec::new()),
            // The length is not known before the picture is drawn.
            Some(Word::TruncatedOutput) => picture(Transfer::Truncated { declared: 0 }),
            Some(Word::HugeOutput) => picture(Transfer::Endless { declared: HUGE_BYTES }),
            Some(Word::NoLength) => picture(Transfer::Chunked),
            _ => picture(Transfer::Whole),
        };
        response.with("cache-control", "public, max-age=3600")
    }
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

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.title = "not a picture"</script></svg>"#;

fn format_of(prediction: &Prediction) -> Format {
    match text(prediction, "output_format").as_str() {
        "webp" => Format::Webp,
        "jpg" => Format::Jpg,
        // Models without a choice write PNG.
        _ => Format::Png,
    }
}

fn text(prediction: &Prediction, name: &str) -> String {
    models::value(prediction.model, &prediction.input, name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn drawing(prediction: &Prediction, index: u32, pictures: Pictures) -> Drawing {
    let (mut width, mut height) = models::size(prediction.model, &prediction.input);
    if pictures == Pictures::Small {
        let longest = width.max(height);
        (width, height) = ((width * SMALL_SIDE / longest).max(1), (height * SMALL_SIDE / longest).max(1));
    }
    let quality = models::value(prediction.model, &prediction.input, "output_quality").and_then(|value| value.as_u64());
    Drawing {
        prompt: text(prediction, "prompt"),
        seed: prediction.seed.wrapping_add(u64::from(index)),
        width,
        height,
        format: format_of(prediction),
        quality: quality.and_then(|quality| u8::try_from(quality).ok()).unwrap_or(80),
    }
}
