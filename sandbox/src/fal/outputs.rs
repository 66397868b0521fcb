//! From an input to an output: the pictures it points to, the files that are made, and the object that names them.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Fal, Pictures,
    faults::explained,
    job::Job,
    media::{Content, File},
    models::{Kind, Shape},
    render::{Rendering, Source, Work, dimensions, render},
};
use crate::words::Word;

/// Longest side of a picture in the simulation, and of one that travels in a `data:` address.
const SMALL_SIDE: u32 = 64;
/// Looks like the vendor's `v3.fal.media` at a careless glance.
const FOREIGN_URL: &str = "https://v3.fal.media.example.net";

impl Fal {
    /// The pictures that an input points to, or what is wrong with one of them.
    pub(super) fn sources(&self, now_ms: i64, id: &str) -> Result<Vec<Source>, Value> {
        let Some(job) = self.jobs.get(id) else {
            return Ok(Vec::new());
        };
        let mut sources = Vec::new();
        for input in job.model.inputs {
            let given = job.input.get(input.name);
            match input.kind {
                Kind::Picture => {
                    if let Some(address) = given.and_then(Value::as_str) {
                        sources.push(self.source(now_ms, &[input.name], address)?);
                    }
                }
                Kind::Pictures => {
                    for (index, address) in given.and_then(Value::as_array).into_iter().flatten().enumerate() {
                        sources.push(self.source(now_ms, &[input.name, &index.to_string()], address.as_str().unwrap_or_default())?);
                    }
                }
                _ => {}
            }
        }
        Ok(sources)
    }

    fn source(&self, now_ms: i64, place: &[&str], address: &str) -> Result<Source, Value> {
        // The input in an error is its address; a whole picture in one would only be in the way.
        let shown = json!(address.get(..200).unwrap_or(address));
        let unloadable = || explained(place, "image_load_error", "The image could not be loaded. Please ensure it is a valid image.", &shown);
        let unreachable = || explained(place, "file_download_error", "The file could not be downloaded. Please ensure it is reachable.", &shown);
        let picture = |bytes: Arc<[u8]>| dimensions(&bytes).map(|_| Source::Bytes(bytes)).ok_or_else(unloadable);
        if let Some(data) = address.strip_prefix("data:") {
            let bytes = data.split_once(";base64,").and_then(|(_, text)| STANDARD.decode(text).ok());
            return picture(Arc::from(bytes.ok_or_else(unloadable)?));
        }
        let Some(path) = address.strip_prefix(&self.host("media")).and_then(|path| path.strip_prefix('/')) else {
            return Ok(Source::Elsewhere(address.to_owned()));
        };
        match self.files.get(path).filter(|file| file.expires_ms > now_ms).map(|file| &file.content) {
            Some(Content::Bytes(bytes)) => picture(bytes.clone()),
            Some(Content::Rendering(rendering)) if matches!(rendering.work, Work::Film { .. }) => Err(unloadable()),
            Some(Content::Rendering(rendering)) => Ok(Source::Made(rendering.clone())),
            None => Err(unreachable()),
        }
    }

    /// The output of a run that went well; its files can be fetched from now on.
    pub(super) fn output(&mut self, at_ms: i64, id: &str) -> Value {
        let Some(job) = self.jobs.get(id).cloned() else {
            return Value::Null;
        };
        let count = if job.words.contains(&Word::NoOutput) { 0 } else { file_count(&job) };
        let files: Vec<Value> = (0..count).map(|index| self.make(at_ms, &job, index)).collect();
        if let Some(job) = self.jobs.get_mut(id) {
            job.files = files.len();
        }
        shaped(&job, &files)
    }

    /// One file, and the object that names it.
    fn make(&mut self, at_ms: i64, job: &Job, index: u32) -> Value {
        let inline = job.words.contains(&Word::DataOutput) || job.input.get("sync_mode") == Some(&Value::Bool(true));
        let small = inline || self.config.pictures == Pictures::Small;
        let rendering = rendering(job, index, small);
        let (work, format, width, height) = (rendering.work, rendering.format, rendering.width, rendering.height);
        let name = format!("{}.{}", self.dice.token(21), work.extension(format));
        let url = if inline {
            format!("data:{};base64,{}", work.media_type(format), STANDARD.encode(render(&rendering)))
        } else {
            let path = format!("files/{}/{name}", self.dice.id(8));
            let host = if job.words.contains(&Word::ForeignOutput) { FOREIGN_URL.to_owned() } else { self.host("media") };
            let url = format!("{host}/{path}");
            let content = Content::Rendering(Arc::new(rendering));
            let file =
                File { media_type: work.media_type(format).to_owned(), content, words: job.words.clone(), expires_ms: at_ms + job.file_life_ms };
            self.files.insert(path, file);
            url
        };
        let mut object = json!({"url": url, "content_type": work.media_type(format), "file_name": name});
        if let Some(fields) = object.as_object_mut().filter(|_| job.model.shape.is_measured()) {
            fields.insert("width".to_owned(), json!(width));
            fields.insert("height".to_owned(), json!(height));
        }
        object
    }
}

fn file_count(job: &Job) -> u32 {
    match job.model.shape {
        Shape::Flux | Shape::Described | Shape::Seeded | Shape::SeededFiles => job.model.count(&job.input),
        Shape::Files | Shape::Single | Shape::SeededVideo | Shape::Video => 1,
    }
}

fn rendering(job: &Job, index: u32, small: bool) -> Rendering {
    let model = job.model;
    let source = job.sources.first().and_then(|source| match source {
        Source::Bytes(bytes) => dimensions(bytes),
        Source::Made(rendering) => Some((rendering.width, rendering.height)),
        Source::Elsewhere(_) => None,
    });
    let (width, height) = model.size(&job.input, source);
    let longest = if small { width.max(height).max(SMALL_SIDE) } else { SMALL_SIDE };
    let side = |side: u32| (side * SMALL_SIDE / longest).max(1);
    let work = match model.shape {
        shape if shape.is_film() => Work::Film { seconds: model.seconds(&job.input) },
        Shape::Single => Work::Upscale,
        _ if job.sources.is_empty() => Work::Paint,
        _ => Work::Edit,
    };
    Rendering {
        work,
        prompt: model.text(&job.input, "prompt").to_owned(),
        seed: job.seed.wrapping_add(u64::from(index)),
        width: side(width),
        height: side(height),
        format: model.format(&job.input),
        sources: job.sources.clone(),
    }
}

/// The object that a model of this shape answers.
fn shaped(job: &Job, files: &[Value]) -> Value {
    let first = files.first().cloned().unwrap_or_default();
    match job.model.shape {
        Shape::Flux => json!({
            "images": files,
            "seed": job.seed,
            "prompt": job.model.text(&job.input, "prompt"),
            "has_nsfw_concepts": vec![job.words.contains(&Word::Flagged); files.len()],
            "timings": {"inference": 0.4},
        }),
        Shape::Described => json!({"images": files, "description": "Here is your picture."}),
        Shape::Seeded | Shape::SeededFiles => json!({"images": files, "seed": job.seed}),
        Shape::Files => json!({"images": files}),
        Shape::Single => json!({"image": first}),
        Shape::SeededVideo => json!({"video": first, "seed": job.seed}),
        Shape::Video => json!({"video": first}),
    }
}
