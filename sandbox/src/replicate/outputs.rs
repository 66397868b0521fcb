//! Output files: their addresses, and what the file host answers. Bytes are made when they are asked for, of the
//! prediction's words and of the pictures that it starts from.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    Pictures, Replicate, Transfer, Word,
    models::{self, Role, Task},
    prediction::Prediction,
};
use crate::{
    exchange::{Making, Request, Response},
    picture::{self, Edit, Format, Mask, Order, Polarity},
    video::{self, Film},
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
        let extension = extension(prediction);
        let name = if prediction.model.many { format!("out-{index}.{extension}") } else { format!("output.{extension}") };
        let path = format!("xezq/{token}/{name}");
        let host = if prediction.words.contains(&Word::ForeignOutput) { FOREIGN_URL } else { &self.config.delivery_url };
        let url = if prediction.words.contains(&Word::DataOutput) {
            let bytes = making(prediction, index, Pictures::Small).make();
            format!("data:{};base64,{}", media_type(prediction), STANDARD.encode(bytes))
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
        let media_type = media_type(prediction);
        let picture = |transfer: Transfer| {
            let making = Some(Box::new(making(prediction, file.index, self.config.pictures)));
            Response { making, transfer, ..Response::bytes(200, media_type, Vec::new()) }
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

fn extension(prediction: &Prediction) -> &'static str {
    if prediction.model.task == Task::Film { "mp4" } else { format_of(prediction).extension() }
}

fn media_type(prediction: &Prediction) -> &'static str {
    if prediction.model.task == Task::Film { "video/mp4" } else { format_of(prediction).media_type() }
}

/// How a file is made, with copies of all that it needs: the prediction may be gone by then.
fn making(prediction: &Prediction, index: u32, pictures: Pictures) -> Making {
    let seed = prediction.seed.wrapping_add(u64::from(index));
    let (prompt, format) = (text(prediction, "prompt"), format_of(prediction));
    let number = |name: &str| models::value(prediction.model, &prediction.input, name);
    let quality = number("output_quality").and_then(|quality| u8::try_from(quality.as_u64()?).ok()).unwrap_or(80);
    let bytes = |role: Role| prediction.source(role).and_then(|source| source.bytes().cloned());
    if prediction.model.task == Task::Film {
        let (size, seconds, last) = (size(prediction, pictures), seconds(prediction, pictures), bytes(Role::Last));
        // A film may have nothing but pictures to look at.
        let first = bytes(Role::Main).or_else(|| bytes(Role::Reference).filter(|_| last.is_none()));
        return Making::new(move || {
            video::film(&Film { prompt: &prompt, seed, size, seconds, first: first.as_deref(), last: last.as_deref() }).unwrap_or_default()
        });
    }
    let Some(source) = bytes(Role::Main).or_else(|| bytes(Role::Guide)) else {
        let (width, height) = size(prediction, pictures);
        return Making::new(move || picture::render(&Order { prompt: &prompt, seed, width, height, format, quality }));
    };
    // What is broken was found out before the run began: no maker below meets a picture that cannot be read.
    match prediction.model.task {
        Task::Upscale => {
            let factor = prediction.factor();
            Making::new(move || picture::upscale(&source, factor, format, quality).unwrap_or_default())
        }
        Task::CutOut => Making::new(move || picture::cut_out(&source, format).unwrap_or_default()),
        Task::Paint | Task::Film => {
            let references = prediction.sources.iter().filter(|source| source.role == Role::Reference);
            let references: Vec<_> = references.filter_map(|source| source.bytes().cloned()).collect();
            let mask = bytes(Role::Mask(Polarity::Black));
            let strength = number("prompt_strength").and_then(|strength| tenths(strength.as_f64()?)).unwrap_or(0.8);
            let size = Some(size(prediction, pictures));
            Making::new(move || {
                let references: Vec<&[u8]> = references.iter().map(AsRef::as_ref).collect();
                let mask = mask.as_ref().map(|bytes| Mask { bytes, polarity: Polarity::Black });
                let (source, references) = (source.as_ref(), references.as_slice());
                picture::edit(&Edit { source, references, mask, prompt: &prompt, seed, strength, size, format, quality }).unwrap_or_default()
            })
        }
    }
}

/// How long a film is, in seconds. In the simulation it is enough to see it move.
fn seconds(prediction: &Prediction, pictures: Pictures) -> f32 {
    let asked = models::value(prediction.model, &prediction.input, "duration").and_then(|seconds| u8::try_from(seconds.as_u64()?).ok());
    // -1 lets the model decide.
    if pictures == Pictures::Small { 1.5 } else { f32::from(asked.unwrap_or(5)) }
}

/// A number of 0 to 1, in tenths.
fn tenths(number: f64) -> Option<f32> {
    (0..=10_u8).map(|tenths| f32::from(tenths) / 10.0).rfind(|tenths| f64::from(*tenths) <= number + 0.05)
}

/// Pixels across and down.
fn size(prediction: &Prediction, pictures: Pictures) -> (u32, u32) {
    let source = prediction.source(Role::Main).and_then(super::sources::Source::size);
    let (width, height) = models::size(prediction.model, &prediction.input, source);
    let small = pictures == Pictures::Small;
    if prediction.model.task == Task::Film {
        return video::frame(width, height, small);
    }
    let longest = width.max(height);
    if !small || longest <= SMALL_SIDE {
        return (width, height);
    }
    ((width * SMALL_SIDE / longest).max(1), (height * SMALL_SIDE / longest).max(1))
}
