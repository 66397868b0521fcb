//! The pictures that a run starts from: where they come from, and what its model says when they are not to be had.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Fal,
    faults::explained,
    job::{Job, Status},
    media::Content,
    models::{Kind, Role},
    render::{Given, Rendering, Work},
    steps::Step,
};
use crate::{
    fetching::{self, FETCH_MAX_MS, Fetch, Fetched},
    picture::{self, Fault},
    words::Word,
};

/// How much of an address an error shows: a whole picture in one would only be in the way.
const SHOWN_BYTES: usize = 200;

/// A picture that an input points to.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub role: Role,
    /// Where in the input.
    place: Vec<String>,
    address: String,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// It is being fetched.
    Wanted,
    /// A picture of that size.
    Here(Arc<[u8]>, (u32, u32)),
    /// An output of this vendor.
    Made(Arc<Rendering>),
    /// It is not to be had, or no picture: the model's error.
    Broken(Value),
}

impl Source {
    /// What can be made of it, once it is there.
    pub fn given(&self) -> Option<Given> {
        match &self.state {
            State::Here(bytes, _) => Some(Given::Bytes(bytes.clone())),
            State::Made(rendering) => Some(Given::Made(rendering.clone())),
            State::Wanted | State::Broken(_) => None,
        }
    }

    /// Pixels across and down, once it is there.
    pub fn size(&self) -> Option<(u32, u32)> {
        match &self.state {
            State::Here(_, size) => Some(*size),
            State::Made(rendering) => Some((rendering.width, rendering.height)),
            State::Wanted | State::Broken(_) => None,
        }
    }

    const fn is_wanted(&self) -> bool {
        matches!(self.state, State::Wanted)
    }

    fn take(&mut self, bytes: &[u8]) {
        self.state = match picture::Source::read(bytes) {
            Ok(source) => State::Here(bytes.into(), source.size()),
            Err(Fault::NoPicture) => self.broken("image_load_error", "The image could not be loaded. Please ensure it is a valid image."),
            Err(Fault::TooLarge) => self.broken("image_too_large", "The image is too large. Please use a smaller one."),
        };
    }

    fn unreachable(&mut self) {
        self.state = self.broken("file_download_error", "The file could not be downloaded. Please ensure it is reachable.");
    }

    fn broken(&self, kind: &str, message: &str) -> State {
        let place: Vec<&str> = self.place.iter().map(String::as_str).collect();
        State::Broken(explained(&place, kind, message, &json!(self.address.get(..SHOWN_BYTES).unwrap_or(&self.address))))
    }
}

impl Fal {
    /// What is to be fetched now. Report what came of each with [`Fal::fetched`]; what is not reported within 30 seconds
    /// counts as not to be had. A run waits for it.
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
        let Some(source) = self.jobs.get_mut(&id).and_then(|job| job.sources.get_mut(place)) else {
            return;
        };
        match fetched {
            Fetched::Bytes(bytes) => source.take(&bytes),
            Fetched::TooLarge => source.state = source.broken("file_too_large", "The file is too large."),
            Fetched::Status(_) | Fetched::Nothing => source.unreachable(),
        }
        self.run_when_loaded(now_ms, &id);
    }

    /// Looks at what an input points to, and wants what has to be fetched; with everything at hand the run begins.
    pub(super) fn load(&mut self, at_ms: i64, id: &str) {
        let Some(job) = self.jobs.get(id) else {
            return;
        };
        let mut sources = job.pointed();
        for source in &mut sources {
            self.look(at_ms, source);
        }
        // A run that has failed already fetches nothing.
        let fetched = sources.iter().enumerate().filter(|(_, source)| source.is_wanted());
        let wanted: Vec<(usize, String)> = fetched.map(|(place, source)| (place, source.address.clone())).collect();
        let broken = sources.iter().any(|source| matches!(source.state, State::Broken(_)));
        self.with(id, |job| job.sources = sources);
        if !broken && !wanted.is_empty() {
            for (place, address) in wanted {
                self.fetching.want(&address, id, place);
            }
            return self.plan(at_ms + FETCH_MAX_MS, id, Step::Unfetched);
        }
        self.run_when_loaded(at_ms, id);
    }

    /// Takes what needs no fetching: `data:` addresses and this vendor's own files.
    fn look(&self, at_ms: i64, source: &mut Source) {
        if source.address.starts_with("data:") {
            // Nothing at all is no picture either.
            return source.take(&fetching::data(&source.address).unwrap_or_default());
        }
        let Some(path) = source.address.strip_prefix(&self.host("media")).and_then(|path| path.strip_prefix('/')) else {
            return;
        };
        let file = self.files.get(path).filter(|file| file.expires_ms > at_ms && !file.words.contains(&Word::GoneOutput));
        match file.map(|file| &file.content) {
            Some(Content::Bytes(bytes)) => source.take(&bytes.clone()),
            Some(Content::Rendering(rendering)) if matches!(rendering.work, Work::Film(_)) => source.take(b""),
            Some(Content::Rendering(rendering)) => source.state = State::Made(rendering.clone()),
            None => source.unreachable(),
        }
    }

    /// The run begins when every source is there, and ends when one is not to be had.
    fn run_when_loaded(&mut self, at_ms: i64, id: &str) {
        let Some(job) = self.jobs.get(id).filter(|job| job.status == Status::InProgress && job.finish_ms.is_none()) else {
            return;
        };
        let broken: Vec<Value> =
            job.sources.iter().filter_map(|source| if let State::Broken(detail) = &source.state { Some(detail.clone()) } else { None }).collect();
        if !broken.is_empty() {
            self.fetching.forget(id);
            return self.refuse(at_ms, id, &broken);
        }
        if !job.sources.iter().any(Source::is_wanted) {
            self.run_on(at_ms, id);
        }
    }

    /// Goes on without what has not come.
    pub(super) fn give_up_fetching(&mut self, at_ms: i64, id: &str) {
        self.with(id, |job| job.sources.iter_mut().filter(|source| source.is_wanted()).for_each(Source::unreachable));
        self.run_when_loaded(at_ms, id);
    }
}

impl Job {
    /// Everything that its input points to, in the order of the model's inputs.
    fn pointed(&self) -> Vec<Source> {
        let mut sources = Vec::new();
        for input in self.model.inputs {
            let given = self.input.get(input.name);
            let mut add = |role, place: Vec<String>, address: &Value| {
                if let Some(address) = address.as_str() {
                    sources.push(Source { role, place, address: address.to_owned(), state: State::Wanted });
                }
            };
            match (input.kind, given) {
                (Kind::Picture(role), Some(address)) => add(role, vec![input.name.to_owned()], address),
                (Kind::Pictures(role), Some(Value::Array(addresses))) => {
                    for (index, address) in addresses.iter().enumerate() {
                        // The first of several is edited; the others are looked at.
                        let role = if index == 0 { role } else { Role::Reference };
                        add(role, vec![input.name.to_owned(), index.to_string()], address);
                    }
                }
                _ => {}
            }
        }
        sources
    }

    /// The size of the picture that it starts from.
    pub fn source_size(&self) -> Option<(u32, u32)> {
        self.sources.iter().find(|source| source.role == Role::Main).and_then(Source::size)
    }
}
