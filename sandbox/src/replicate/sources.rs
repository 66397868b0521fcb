//! The pictures that a prediction starts from: where their bytes come from, and what is wrong when they don't.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Replicate,
    models::{self, Model, Role, Task},
    prediction::{Prediction, Status},
    steps::Step,
};
use crate::{
    exchange::Request,
    fetching::{self, FETCH_MAX_MS, Fetch, Fetched},
    picture::{self, scaled},
};

/// The most pixels that the upscaler hands out.
const UPSCALED_PIXELS_MAX: u64 = 16_000_000;
/// The most `safety_tolerance` of an edit (Kontext).
const EDIT_TOLERANCE_MAX: i64 = 2;
/// The most pictures of a sequence, those that it starts from counted (Seedream).
const SEQUENCE_MAX: usize = 15;

/// A picture that a prediction starts from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    name: &'static str,
    pub role: Role,
    url: String,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// It is being fetched.
    Wanted,
    /// A picture of that size.
    Here(Arc<[u8]>, (u32, u32)),
    /// It is not to be had, or no picture.
    Broken(String),
}

impl Source {
    /// Its bytes, once they are there.
    pub const fn bytes(&self) -> Option<&Arc<[u8]>> {
        match &self.state {
            State::Here(bytes, _) => Some(bytes),
            State::Wanted | State::Broken(_) => None,
        }
    }

    /// Its size in pixels, once it is there.
    pub const fn size(&self) -> Option<(u32, u32)> {
        match self.state {
            State::Here(_, size) => Some(size),
            State::Wanted | State::Broken(_) => None,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.state = match picture::Source::read(bytes) {
            Ok(source) => State::Here(bytes.into(), source.size()),
            // As Pillow says it, which most models read their inputs with.
            Err(picture::Fault::NoPicture) => State::Broken(format!("cannot identify image file '/tmp/{}'", self.name)),
            Err(fault @ picture::Fault::TooLarge) => State::Broken(fault.to_string()),
        };
    }
}

impl Replicate {
    /// The sources of an input, as far as they are at hand.
    pub(super) fn sources(&self, now_ms: i64, model: &Model, input: &Map<String, Value>) -> Vec<Source> {
        let mut sources = Vec::new();
        for (name, role) in model.sources {
            let urls = match input.get(*name) {
                Some(Value::String(url)) => std::slice::from_ref(url).to_vec(),
                Some(Value::Array(urls)) => urls.iter().filter_map(|url| url.as_str().map(str::to_owned)).collect(),
                _ => Vec::new(),
            };
            for (place, url) in urls.into_iter().enumerate() {
                let role = if place > 0 && *role == Role::Main { Role::Reference } else { *role };
                let mut source = Source { name, role, url, state: State::Wanted };
                self.look(now_ms, &mut source);
                sources.push(source);
            }
        }
        sources
    }

    /// Takes what needs no fetching: `data:` URLs, files of the files API by either address, and outputs.
    fn look(&self, now_ms: i64, source: &mut Source) {
        let url = source.url.clone();
        if url.starts_with("data:") {
            match fetching::data(&url) {
                Some(bytes) => source.take(&bytes),
                None => source.state = State::Broken("Incorrect padding: the data URI is not valid base64".to_owned()),
            }
        } else if let Some(file) = url.strip_prefix(&format!("{}/files/", self.config.api_url)) {
            let (path, query) = file.split_once('?').unwrap_or((file, ""));
            let bytes = match path.strip_suffix("/download") {
                Some(id) => Some(self.download_upload(now_ms, id, query)).filter(|response| response.status == 200).map(|response| response.body),
                None => self.upload_bytes(path).map(<[u8]>::to_vec),
            };
            match bytes {
                Some(bytes) => source.take(&bytes),
                None => source.state = State::Broken(not_found(&url)),
            }
        } else if let Some(path) = url.strip_prefix(&format!("{}/", self.config.delivery_url)) {
            let response = self.file(&Request { method: "GET".to_owned(), ..Request::default() }, path).finish();
            if response.status == 200 {
                source.take(&response.body);
            } else {
                source.state = State::Broken(not_found(&url));
            }
        }
    }

    /// Asks for what has to be fetched; without anything, the prediction's life begins.
    pub(super) fn load_or_live(&mut self, now_ms: i64, id: &str) {
        let Some(prediction) = self.predictions.get(id) else {
            return;
        };
        let wanted = prediction.sources.iter().enumerate().filter(|(_, source)| matches!(source.state, State::Wanted));
        let wanted: Vec<(usize, String)> = wanted.map(|(place, source)| (place, source.url.clone())).collect();
        if wanted.is_empty() {
            return self.plan_life(now_ms, id);
        }
        for (place, url) in wanted {
            self.fetching.want(&url, id, place);
        }
        self.plan(now_ms + FETCH_MAX_MS, id, Step::Unfetched);
    }

    /// What is to be fetched now. Report what came of each with [`Replicate::fetched`]; what is not reported within 30
    /// seconds counts as not to be had. Nothing is drawn before.
    pub fn fetches(&mut self) -> Vec<Fetch> {
        self.fetching.take()
    }

    /// What came of a fetch.
    pub fn fetched(&mut self, now_ms: i64, fetch_id: u64, fetched: Fetched) {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        let Some((id, place)) = self.fetching.arrive(fetch_id) else {
            return;
        };
        let Some(prediction) = self.predictions.get_mut(&id).filter(|prediction| !prediction.status.is_terminal()) else {
            return;
        };
        if let Some(source) = prediction.sources.get_mut(place).filter(|source| matches!(source.state, State::Wanted)) {
            match fetched {
                Fetched::Bytes(bytes) => source.take(&bytes),
                // As the `requests` of Python says it, which the vendor's model server fetches with.
                Fetched::Status(404) => source.state = State::Broken(not_found(&source.url)),
                Fetched::Status(status) => source.state = State::Broken(format!("{status} Error for url: {}", source.url)),
                Fetched::TooLarge => source.state = State::Broken(format!("Failed to download {}: the file is too large", source.url)),
                Fetched::Nothing => source.state = State::Broken(format!("Failed to download {}: no answer", source.url)),
            }
            if !prediction.sources.iter().any(|source| matches!(source.state, State::Wanted)) {
                self.plan_life(now_ms, &id);
            }
        }
    }

    /// Goes on without what has not come.
    pub(super) fn give_up(&mut self, now_ms: i64, id: &str) {
        self.fetching.forget(id);
        let Some(prediction) = self.predictions.get_mut(id).filter(|prediction| prediction.status == Status::Starting) else {
            return;
        };
        let mut missing = false;
        for source in prediction.sources.iter_mut().filter(|source| matches!(source.state, State::Wanted)) {
            source.state = State::Broken(format!("Failed to download {}: no answer", source.url));
            missing = true;
        }
        if missing {
            self.plan_life(now_ms, id);
        }
    }
}

fn not_found(url: &str) -> String {
    format!("404 Client Error: Not Found for url: {url}")
}

impl Prediction {
    /// The source of a role.
    pub fn source(&self, role: Role) -> Option<&Source> {
        self.sources.iter().find(|source| source.role == role)
    }

    /// What is wrong with the sources: one is not to be had, or they do not go together.
    pub fn source_fault(&self) -> Option<String> {
        let broken = self.sources.iter().find_map(|source| match &source.state {
            State::Broken(fault) => Some(fault.clone()),
            State::Wanted | State::Here(..) => None,
        });
        broken.or_else(|| self.mismatch().map(str::to_owned))
    }

    fn mismatch(&self) -> Option<&'static str> {
        let has = |role: Role| self.source(role).is_some();
        let masked = self.sources.iter().any(|source| matches!(source.role, Role::Mask(_)));
        let value = |name: &str| models::value(self.model, &self.input, name);
        let is = |name: &str, text: &str| value(name).is_some_and(|value| value == text);
        if masked && !has(Role::Main) {
            return Some("mask can only be used together with image");
        }
        if self.model.task == Task::Film {
            return self.film_mismatch();
        }
        if has(Role::Main) && value("safety_tolerance").and_then(|level| level.as_i64()).is_some_and(|level| level > EDIT_TOLERANCE_MAX) {
            return Some("safety_tolerance must be at most 2 when an input image is given");
        }
        let made = value("max_images").and_then(|count| usize::try_from(count.as_u64()?).ok()).unwrap_or(0);
        if is("sequential_image_generation", "auto") && self.sources.len() + made > SEQUENCE_MAX {
            return Some("input images and max_images must be at most 15 together");
        }
        let (width, height) = self.source(Role::Main).and_then(Source::size).map(|size| scaled(size, self.factor())).unwrap_or_default();
        let too_large = self.model.task == Task::Upscale && u64::from(width) * u64::from(height) > UPSCALED_PIXELS_MAX;
        too_large.then_some("CUDA out of memory: the input image is too large for this scale")
    }

    /// Of frames and references, models of films take the one or the other.
    fn film_mismatch(&self) -> Option<&'static str> {
        let has = |role: Role| self.source(role).is_some();
        let takes = |name: &str| self.model.sources.iter().any(|(taken, _)| *taken == name);
        let standard = models::value(self.model, &self.input, "mode").is_some_and(|mode| mode == "standard");
        if has(Role::Last) && standard {
            return Some("end_image is only supported in pro mode");
        }
        if takes("reference_images") && takes("start_image") {
            // One of the two frames is enough, and one there must be.
            return (!has(Role::Main) && !has(Role::Last)).then_some("start_image or end_image is required");
        }
        if has(Role::Last) && !has(Role::Main) {
            return Some("last_frame_image can only be used together with image");
        }
        (has(Role::Reference) && has(Role::Main)).then_some("reference_images cannot be used together with image or last_frame_image")
    }

    /// How much larger the upscaler makes a picture.
    pub fn factor(&self) -> f32 {
        let scale = models::value(self.model, &self.input, "scale").and_then(|scale| scale.as_f64()).unwrap_or(1.0);
        // Tenths are as fine as anyone asks for, and convert without loss.
        (1..=100_u8).map(|tenths| f32::from(tenths) / 10.0).rfind(|factor| f64::from(*factor) <= scale + 1e-6).unwrap_or(1.0)
    }
}
