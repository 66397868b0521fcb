//! From an input to an output: the files that are made, and the object that names them.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Fal, Pictures,
    job::Job,
    media::{Content, File},
    models::{Shape, Task},
    render::{Rendering, Work, render},
};
use crate::{video, words::Word};

/// Longest side of a picture in the simulation, and of one that travels in a `data:` address.
const SMALL_SIDE: u32 = 64;
/// How long a film is there: enough to see it move.
const SMALL_SECONDS: f32 = 1.5;
/// Looks like the vendor's `v3.fal.media` at a careless glance.
const FOREIGN_URL: &str = "https://v3.fal.media.example.net";

impl Fal {
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
        Shape::Flux | Shape::Described | Shape::Seeded | Shape::SeededFiles | Shape::Images => job.model.count(&job.input),
        Shape::Files | Shape::Single | Shape::SeededVideo | Shape::Video => 1,
    }
}

fn rendering(job: &Job, index: u32, small: bool) -> Rendering {
    let model = job.model;
    let (width, height) = model.size(&job.input, job.source_size());
    let longest = if small { width.max(height).max(SMALL_SIDE) } else { SMALL_SIDE };
    let side = |side: u32| (side * SMALL_SIDE / longest).max(1);
    let (work, (width, height)) = match model.task {
        Task::Film => (Work::Film(if small { SMALL_SECONDS } else { model.seconds(&job.input) }), video::frame(width, height, small)),
        Task::Upscale => (Work::Upscale, (side(width), side(height))),
        // It keeps the pixels that it was given.
        Task::CutOut => (Work::CutOut, (width, height)),
        Task::Paint => (Work::Paint, (side(width), side(height))),
    };
    Rendering {
        work,
        prompt: model.text(&job.input, "prompt").to_owned(),
        seed: job.seed.wrapping_add(u64::from(index)),
        width,
        height,
        format: model.format(&job.input),
        sources: job.sources.iter().filter_map(|source| Some((source.role, source.given()?))).collect(),
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
        Shape::Images | Shape::Files => json!({"images": files}),
        Shape::Single => json!({"image": first}),
        Shape::SeededVideo => json!({"video": first, "seed": job.seed}),
        Shape::Video => json!({"video": first}),
    }
}
