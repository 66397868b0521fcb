//! What a model is: its inputs, what it makes of them, and the shape of its output. The catalogue is in [`super::hosted`].

use serde_json::{Map, Value};

pub(super) use super::hosted::MODELS;
use super::sizes::{self, Sides};
use crate::picture::Format;

/// A model of the vendor.
#[derive(Debug)]
pub(super) struct Model {
    /// `fal-ai/flux/dev`: owner, app, and the path that only the submit address has.
    pub id: &'static str,
    /// What it takes.
    pub inputs: &'static [Input],
    /// What it makes.
    pub task: Task,
    /// What it answers.
    pub shape: Shape,
    /// A usual run, in milliseconds.
    pub run_ms: i64,
}

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// A picture of words, or an edit where there is a source.
    Paint,
    /// A source with more pixels.
    Upscale,
    /// A source without its background.
    CutOut,
    /// A film.
    Film,
}

/// What a source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The picture to edit, or the first of a film.
    Main,
    /// A picture to look at.
    Reference,
    /// Which part of the main one to paint anew.
    Mask,
    /// The last picture of a film.
    Last,
}

/// An input of a model.
#[derive(Debug)]
pub(super) struct Input {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
}

/// What an input takes, with what it is by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Several texts.
    Texts,
    /// An HTTP(S) or `data:` address of a picture.
    Picture(Role),
    /// Several of them, at least one; what the first is for, the others are references.
    Pictures(Role),
    /// One of these texts, and which by default; an empty default is none.
    Choice(&'static [&'static str], &'static str),
    /// A whole number, from and to, and which by default.
    Integer(i64, i64, i64),
    /// Any number.
    Number,
    /// True or false.
    Flag,
    /// One of [`sizes::SIZES`], or width and height within this range of pixels.
    Size(&'static str, Sides),
    /// An object or a list that only the real model understands.
    Anything,
}

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{images, seed, prompt, has_nsfw_concepts, timings}`.
    Flux,
    /// `{images, description}`.
    Described,
    /// `{images, seed}`.
    Seeded,
    /// The same, with files that do not tell their size.
    SeededFiles,
    /// `{images}`.
    Images,
    /// The same, with files that do not tell their size.
    Files,
    /// `{image}`.
    Single,
    /// `{video, seed}`.
    SeededVideo,
    /// `{video}`.
    Video,
}

impl Shape {
    /// Whether its pictures tell their width and height.
    pub const fn is_measured(self) -> bool {
        matches!(self, Self::Flux | Self::Described | Self::Seeded | Self::Images | Self::Single)
    }
}

pub(super) const fn input(name: &'static str, kind: Kind) -> Input {
    Input { name, required: false, kind }
}

pub(super) const fn needed(name: &'static str, kind: Kind) -> Input {
    Input { name, required: true, kind }
}

impl Model {
    /// `fal-ai/flux`: what the addresses of status, result and cancel have.
    pub fn app(&self) -> &'static str {
        let end = self.id.match_indices('/').nth(1).map_or(self.id.len(), |(at, _)| at);
        &self.id[..end]
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.inputs.iter().find(|input| input.name == name).map(|input| input.kind)
    }

    /// The given text, or what it is by itself.
    pub fn text<'a>(&self, given: &'a Map<String, Value>, name: &str) -> &'a str {
        let default = match self.kind(name) {
            Some(Kind::Choice(_, default) | Kind::Size(default, _)) => default,
            _ => "",
        };
        given.get(name).and_then(Value::as_str).unwrap_or(default)
    }

    /// The given whole number, or what it is by itself; 1 where the model has no such input.
    pub fn integer(&self, given: &Map<String, Value>, name: &str) -> i64 {
        let default = match self.kind(name) {
            Some(Kind::Integer(_, _, default)) => default,
            _ => 1,
        };
        given.get(name).and_then(Value::as_i64).unwrap_or(default)
    }

    /// How many pictures it makes.
    pub fn count(&self, given: &Map<String, Value>) -> u32 {
        u32::try_from(self.integer(given, "num_images") * self.integer(given, "max_images")).unwrap_or(1)
    }

    /// How its pictures are encoded. Models without a choice write PNG here.
    pub fn format(&self, given: &Map<String, Value>) -> Format {
        match self.text(given, "output_format") {
            "jpeg" => Format::Jpg,
            "webp" => Format::Webp,
            _ => Format::Png,
        }
    }

    /// Width and height of what it makes, where the size of its source is known.
    pub fn size(&self, given: &Map<String, Value>, source: Option<(u32, u32)>) -> (u32, u32) {
        let source = source.unwrap_or((1_024, 1_024));
        let ratio = self.text(given, "aspect_ratio");
        match (self.task, self.kind("image_size")) {
            (Task::Upscale, _) => sizes::scaled(source, given.get("scale").and_then(Value::as_f64).unwrap_or(2.0)),
            (Task::Film, _) if ratio.contains(':') => sizes::film(ratio, self.text(given, "resolution")),
            (Task::Film, _) => (sizes::even(source.0), sizes::even(source.1)),
            (Task::Paint, Some(Kind::Size(default, sides))) => sizes::named_or_given(given.get("image_size"), default, sides),
            (Task::Paint, _) if ratio.contains(':') => sizes::megapixel(ratio),
            (Task::Paint | Task::CutOut, _) => source,
        }
    }

    /// Seconds of a film: `num_frames` at 24 a second before `duration`.
    pub fn seconds(&self, given: &Map<String, Value>) -> f32 {
        let frames = given.get("num_frames").and_then(Value::as_u64).map(|frames| f32::from(u16::try_from(frames).unwrap_or(u16::MAX)) / 24.0);
        frames.or_else(|| self.text(given, "duration").parse().ok()).unwrap_or(5.0).clamp(0.25, 12.0)
    }
}

/// The model of an id.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn size(id: &str, given: &Value, source: Option<(u32, u32)>) -> (u32, u32) {
        find(id).expect("a model").size(given.as_object().expect("an object"), source)
    }

    #[test]
    fn apps_are_ids_without_their_path() {
        let apps: Vec<&str> = MODELS.iter().map(Model::app).collect();
        assert_eq!(apps[..5], ["fal-ai/flux", "fal-ai/flux", "fal-ai/flux-pro", "fal-ai/flux-pro", "fal-ai/nano-banana"]);
        assert_eq!(find("fal-ai/esrgan").map(Model::app), Some("fal-ai/esrgan"));
    }

    #[test]
    fn sizes_follow_names_pixels_ratios_and_sources() {
        assert_eq!(size("fal-ai/flux/dev", &json!({}), None), (1_024, 768));
        assert_eq!(size("fal-ai/flux/dev", &json!({"image_size": {"width": 640, "height": 320}}), None), (640, 320));
        assert_eq!(size("fal-ai/flux/dev", &json!({"image_size": {"width": 640}}), None), (640, 512));
        assert_eq!(size("fal-ai/nano-banana", &json!({"aspect_ratio": "9:16"}), None), (768, 1_344));
        assert_eq!(size("fal-ai/nano-banana/edit", &json!({}), Some((300, 200))), (300, 200));
        assert_eq!(size("fal-ai/esrgan", &json!({"scale": 2.5}), Some((300, 200))), (750, 500));
        let film = "fal-ai/bytedance/seedance/v1/pro/text-to-video";
        assert_eq!(size(film, &json!({}), None), (1_920, 1_080));
        assert_eq!(size(film, &json!({"aspect_ratio": "3:4", "resolution": "480p"}), None), (480, 640));
    }
}
