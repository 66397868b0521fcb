//! Requests for pictures: how long they take, how they end, and what the answer holds.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Audit, OpenAi, Outage, Pictures,
    faults::Fault,
    fields::Fields,
    media::{HTML, HUGE_BYTES, SVG},
    orders::{self, Order},
    painting::Painting,
};
use crate::{
    exchange::{Making, Request, Response, Transfer},
    picture::Format,
    words::{self, Word},
};

/// Longest side of a picture in the simulation, and of one that travels in a `data:` address.
const SMALL_SIDE: u32 = 64;
/// How long "slow" takes, and how much longer "long queue".
const SLOW_MS: u64 = 15_000;
const LONG_QUEUE_MS: u64 = 30_000;
/// When the vendor gives up what would take for ever.
const FOREVER_MS: u64 = 30 * 60_000;

/// How a request ends.
struct Ending {
    response: Response,
    code: Option<&'static str>,
    files: usize,
    billed: bool,
}

impl Ending {
    fn fault(fault: &Fault) -> Self {
        Self { response: fault.response(), code: fault.code, files: 0, billed: false }
    }
}

impl OpenAi {
    /// `POST /v1/images/{generations, edits}`.
    pub(super) fn images(&mut self, now_ms: i64, request: &Request, id: &str, deed: &'static str) -> Response {
        let edit = deed == "edits";
        let fields = if edit { Fields::form(request) } else { Fields::json(request) };
        let model = fields.as_ref().ok().and_then(|fields| fields.text("model").ok().flatten().map(str::to_owned));
        let ending = match fields.and_then(|fields| orders::read(&fields, edit)) {
            Ok(order) => self.end(now_ms, id, order),
            Err(fault) => Ending::fault(&fault),
        };
        let Ending { response, code, files, billed } = ending;
        let completed_ms = now_ms + i64::try_from(response.delay_ms).unwrap_or(0);
        let audit = Audit { id: id.to_owned(), deed, model, status: response.status, code, files, created_ms: now_ms, completed_ms, billed };
        self.audits.push(audit);
        response
    }

    fn end(&mut self, now_ms: i64, id: &str, order: Order) -> Ending {
        let words = words::read(&order.prompt);
        if self.outage == Outage::Throttled || words.contains(&Word::Throttled) {
            return Ending::fault(&Fault::throttled());
        }
        if words.contains(&Word::Refused) {
            return Ending::fault(&Fault::of("prompt", "invalid_value", "Invalid 'prompt': this prompt was refused.".to_owned()));
        }
        if words.contains(&Word::Payment) {
            return Ending::fault(&Fault::unpaid());
        }
        if words.contains(&Word::BrokenHost) {
            return Ending { response: Response::broken(500), code: None, files: 0, billed: false };
        }
        let delay_ms = self.delay_ms(&order, &words);
        let late = |response: Response| Response { delay_ms, ..response };
        if words.contains(&Word::Nsfw) {
            let blocked = Ending::fault(&Fault::blocked(id));
            return Ending { response: late(blocked.response), ..blocked };
        }
        if words.contains(&Word::Fail) || words.contains(&Word::Forever) {
            let failed = Ending::fault(&Fault::server(500, "The server had an error while processing your request. Sorry about that!"));
            return Ending { response: late(failed.response), ..failed };
        }
        let files = if words.contains(&Word::NoOutput) { 0 } else { usize::try_from(order.count).unwrap_or(0) };
        let response = late(self.answer(now_ms, order, &words));
        let lost = self.outage == Outage::LostAnswer || words.contains(&Word::LostAnswer);
        let response = if lost { Response { transfer: Transfer::Dropped, ..response } } else { response };
        Ending { response, code: None, files, billed: true }
    }

    /// About the vendor's pace: by quality, and longer for an edit.
    fn delay_ms(&self, order: &Order, words: &BTreeSet<Word>) -> u64 {
        let usual_ms = match order.quality {
            "low" => 6_000,
            "medium" => 14_000,
            "high" => 32_000,
            _ => 60_000,
        };
        let usual_ms = if order.sources.is_empty() { usual_ms } else { usual_ms * 5 / 4 };
        let run_ms = if words.contains(&Word::Slow) { SLOW_MS } else { usual_ms };
        let queue_ms = if words.contains(&Word::LongQueue) { LONG_QUEUE_MS } else { 0 };
        let slow_ms = if let Outage::Slow(slow_ms) = self.outage { slow_ms } else { 0 };
        let forever_ms = if words.contains(&Word::Forever) { FOREVER_MS } else { 0 };
        ((run_ms + queue_ms) / u64::from(self.config.speed.max(1))).max(1) + slow_ms + forever_ms
    }

    /// The pictures, or their addresses.
    fn answer(&mut self, now_ms: i64, order: Order, words: &BTreeSet<Word>) -> Response {
        let count = if words.contains(&Word::NoOutput) { 0 } else { order.count };
        let seed = self.dice.roll();
        let paintings: Vec<Painting> = (0..count).map(|index| self.painting(&order, seed.wrapping_add(u64::from(index)), words)).collect();
        let created = now_ms / 1_000;
        if order.by_url {
            let url = |painting: Painting| {
                if words.contains(&Word::DataOutput) {
                    return json!({"url": format!("data:{};base64,{}", painting.format.media_type(), STANDARD.encode(painting.paint()))});
                }
                json!({"url": self.keep(now_ms, painting, words)})
            };
            let data: Vec<Value> = paintings.into_iter().map(url).collect();
            return Response::json(200, &json!({"created": created, "data": data}));
        }
        if words.contains(&Word::HugeOutput) {
            let begun = format!("{{\"created\":{created},\"data\":[{{\"b64_json\":\"");
            return Response { transfer: Transfer::Endless { declared: HUGE_BYTES }, ..Response::bytes(200, "application/json", begun.into_bytes()) };
        }
        let transfer = match () {
            // The length is not known before the pictures are painted.
            () if words.contains(&Word::TruncatedOutput) => Transfer::Truncated { declared: 0 },
            () if words.contains(&Word::NoLength) => Transfer::Chunked,
            () => Transfer::Whole,
        };
        let words = words.clone();
        let making = Making::new(move || with_pictures(created, &order, &paintings, &words).to_string().into_bytes());
        Response { making: Some(Box::new(making)), transfer, ..Response::bytes(200, "application/json", Vec::new()) }
    }

    fn painting(&self, order: &Order, seed: u64, words: &BTreeSet<Word>) -> Painting {
        let (width, height) = order.size;
        let small = self.config.pictures == Pictures::Small || words.contains(&Word::DataOutput);
        let longest = if small { width.max(height).max(SMALL_SIDE) } else { SMALL_SIDE };
        let side = |side: u32| (side * SMALL_SIDE / longest).max(1);
        Painting {
            prompt: order.prompt.clone(),
            seed,
            size: (side(width), side(height)),
            format: order.format,
            quality: order.compression,
            transparent: order.transparent,
            sources: order.sources.clone(),
            mask: order.mask.clone(),
        }
    }
}

/// An answer with pictures inside.
fn with_pictures(created: i64, order: &Order, paintings: &[Painting], words: &BTreeSet<Word>) -> Value {
    let picture = |painting: &Painting| {
        let bytes = match () {
            () if words.contains(&Word::HtmlOutput) => HTML.as_bytes().to_vec(),
            () if words.contains(&Word::SvgOutput) => SVG.as_bytes().to_vec(),
            () if words.contains(&Word::EmptyOutput) => Vec::new(),
            () => painting.paint(),
        };
        json!({"b64_json": STANDARD.encode(bytes)})
    };
    let data: Vec<Value> = paintings.iter().map(picture).collect();
    if order.model.by_url {
        return json!({"created": created, "data": data});
    }
    json!({
        "created": created,
        "background": if order.transparent { "transparent" } else { "opaque" },
        "data": data,
        "output_format": if order.format == Format::Jpg { "jpeg" } else { order.format.extension() },
        "quality": order.quality,
        "size": format!("{}x{}", order.size.0, order.size.1),
        "usage": usage(order),
    })
}

/// Tokens: of the output those that the vendor's table names for a square of a megapixel, in proportion to the pixels.
fn usage(order: &Order) -> Value {
    let square = match order.quality {
        "low" => 272,
        "medium" => 1_056,
        "high" => 4_160,
        _ => 8_320,
    };
    let pixels = u64::from(order.size.0) * u64::from(order.size.1);
    let output = square * pixels.div_ceil(1_024) / 1_024 * u64::from(order.count);
    let text = order.prompt.chars().count().div_ceil(4) + 6;
    let images = order.sources.len() * 323;
    json!({
        "input_tokens": text + images,
        "input_tokens_details": {"image_tokens": images, "text_tokens": text},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
        "total_tokens": output + u64::try_from(text + images).unwrap_or(0),
    })
}
