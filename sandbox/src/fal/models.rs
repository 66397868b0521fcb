//! The models that the sandbox hosts: their inputs as the vendor's generated types have them, and the shapes of their outputs.

use serde_json::{Map, Value};

use super::sizes::{self, Sides};
use crate::picture::Format;

/// A model of the vendor.
#[derive(Debug)]
pub(super) struct Model {
    /// `fal-ai/flux/dev`: owner, app, and the path that only the submit address has.
    pub id: &'static str,
    /// What it takes.
    pub inputs: &'static [Input],
    /// What it answers.
    pub shape: Shape,
    /// A usual run, in milliseconds.
    pub run_ms: i64,
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
    Picture,
    /// Several of them, at least one.
    Pictures,
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
    /// `{images}`, files as well.
    Files,
    /// `{image}`.
    Single,
    /// `{video, seed}`.
    SeededVideo,
    /// `{video}`.
    Video,
}

impl Shape {
    pub const fn is_film(self) -> bool {
        matches!(self, Self::SeededVideo | Self::Video)
    }

    /// Whether its pictures tell their width and height.
    pub const fn is_measured(self) -> bool {
        matches!(self, Self::Flux | Self::Described | Self::Seeded | Self::Single)
    }
}

const fn input(name: &'static str, kind: Kind) -> Input {
    Input { name, required: false, kind }
}

const fn needed(name: &'static str, kind: Kind) -> Input {
    Input { name, required: true, kind }
}

const ANY: i64 = i64::MAX;
const PROMPT: Input = needed("prompt", Kind::Text);
const IMAGE_URL: Input = needed("image_url", Kind::Picture);
const SEED: Input = input("seed", Kind::Integer(-1, ANY, -1));
const SYNC: Input = input("sync_mode", Kind::Flag);
const COUNT: Input = input("num_images", Kind::Integer(1, 4, 1));
const CHECKER: Input = input("enable_safety_checker", Kind::Flag);
const ENHANCE: Input = input("enhance_prompt", Kind::Flag);
const GUIDANCE: Input = input("guidance_scale", Kind::Number);
const FLUX_SIZE: Input = input("image_size", Kind::Size("landscape_4_3", Sides::Usual));
const SQUARE: Input = input("image_size", Kind::Size("square_hd", Sides::Usual));
const FLUX_FORMAT: Input = input("output_format", Kind::Choice(&["jpeg", "png"], "jpeg"));
const BANANA_FORMAT: Input = input("output_format", Kind::Choice(&["jpeg", "png", "webp"], "png"));
const LEVELS: &[&str] = &["1", "2", "3", "4", "5", "6"];
const FLUX_LEVEL: Input = input("safety_tolerance", Kind::Choice(LEVELS, "2"));
const BANANA_LEVEL: Input = input("safety_tolerance", Kind::Choice(LEVELS, "4"));
const LIMIT: Input = input("limit_generations", Kind::Flag);
const ACCELERATION: Input = input("acceleration", Kind::Choice(&["none", "regular", "high"], "none"));

/// The catalogue.
pub(super) const MODELS: [Model; 12] = [
    Model {
        id: "fal-ai/flux/dev",
        inputs: &[
            PROMPT,
            FLUX_SIZE,
            input("num_inference_steps", Kind::Integer(1, ANY, 28)),
            GUIDANCE,
            COUNT,
            SEED,
            FLUX_FORMAT,
            CHECKER,
            ACCELERATION,
            SYNC,
        ],
        shape: Shape::Flux,
        run_ms: 2_400,
    },
    Model {
        id: "fal-ai/flux/schnell",
        inputs: &[
            PROMPT,
            FLUX_SIZE,
            input("num_inference_steps", Kind::Integer(1, ANY, 4)),
            GUIDANCE,
            COUNT,
            SEED,
            FLUX_FORMAT,
            CHECKER,
            ACCELERATION,
            SYNC,
        ],
        shape: Shape::Flux,
        run_ms: 700,
    },
    Model {
        id: "fal-ai/flux-pro/v1.1",
        inputs: &[PROMPT, FLUX_SIZE, COUNT, FLUX_FORMAT, FLUX_LEVEL, ENHANCE, SEED, SYNC],
        shape: Shape::Flux,
        run_ms: 3_400,
    },
    Model {
        id: "fal-ai/flux-pro/kontext",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"], "")),
            GUIDANCE,
            COUNT,
            FLUX_FORMAT,
            FLUX_LEVEL,
            ENHANCE,
            SEED,
            SYNC,
        ],
        shape: Shape::Flux,
        run_ms: 5_200,
    },
    Model {
        id: "fal-ai/nano-banana",
        inputs: &[
            PROMPT,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"], "1:1")),
            COUNT,
            BANANA_FORMAT,
            BANANA_LEVEL,
            LIMIT,
            SEED,
            SYNC,
        ],
        shape: Shape::Described,
        run_ms: 4_600,
    },
    Model {
        id: "fal-ai/nano-banana/edit",
        inputs: &[
            PROMPT,
            needed("image_urls", Kind::Pictures),
            input("aspect_ratio", Kind::Choice(&["auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"], "auto")),
            COUNT,
            BANANA_FORMAT,
            BANANA_LEVEL,
            LIMIT,
            SEED,
            SYNC,
        ],
        shape: Shape::Described,
        run_ms: 5_400,
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4.5/text-to-image",
        inputs: &[
            PROMPT,
            input("image_size", Kind::Size("square_hd", Sides::Large)),
            input("num_images", Kind::Integer(1, 6, 1)),
            input("max_images", Kind::Integer(1, 6, 1)),
            CHECKER,
            SEED,
            SYNC,
        ],
        shape: Shape::Seeded,
        run_ms: 6_800,
    },
    Model {
        id: "fal-ai/bytedance/seedance/v1/pro/text-to-video",
        inputs: &[
            PROMPT,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"], "16:9")),
            input("resolution", Kind::Choice(&["480p", "720p", "1080p"], "1080p")),
            input("duration", Kind::Choice(&["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"], "5")),
            input("camera_fixed", Kind::Flag),
            SEED,
            CHECKER,
            input("num_frames", Kind::Integer(1, ANY, 0)),
        ],
        shape: Shape::SeededVideo,
        run_ms: 42_000,
    },
    Model {
        id: "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            input("tail_image_url", Kind::Picture),
            input("duration", Kind::Choice(&["5", "10"], "5")),
            input("negative_prompt", Kind::Text),
            input("cfg_scale", Kind::Number),
        ],
        shape: Shape::Video,
        run_ms: 90_000,
    },
    Model {
        id: "fal-ai/ideogram/v3",
        inputs: &[
            PROMPT,
            SQUARE,
            input("rendering_speed", Kind::Choice(&["TURBO", "BALANCED", "QUALITY"], "BALANCED")),
            input("style", Kind::Choice(&["AUTO", "GENERAL", "REALISTIC", "DESIGN"], "")),
            input("style_codes", Kind::Texts),
            input("image_urls", Kind::Pictures),
            input("color_palette", Kind::Anything),
            input("expand_prompt", Kind::Flag),
            input("negative_prompt", Kind::Text),
            COUNT,
            SEED,
            SYNC,
        ],
        shape: Shape::SeededFiles,
        run_ms: 8_000,
    },
    Model {
        id: "fal-ai/recraft/v3/text-to-image",
        inputs: &[PROMPT, SQUARE, input("style", Kind::Text), input("style_id", Kind::Text), input("colors", Kind::Anything), CHECKER],
        shape: Shape::Files,
        run_ms: 7_200,
    },
    Model {
        id: "fal-ai/esrgan",
        inputs: &[
            IMAGE_URL,
            input("scale", Kind::Number),
            input(
                "model",
                Kind::Choice(
                    &[
                        "RealESRGAN_x4plus",
                        "RealESRGAN_x2plus",
                        "RealESRGAN_x4plus_anime_6B",
                        "RealESRGAN_x4_v3",
                        "RealESRGAN_x4_wdn_v3",
                        "RealESRGAN_x4_anime_v3",
                    ],
                    "RealESRGAN_x4plus",
                ),
            ),
            input("output_format", Kind::Choice(&["png", "jpeg"], "png")),
            input("tile", Kind::Integer(0, ANY, 0)),
            input("face", Kind::Flag),
        ],
        shape: Shape::Single,
        run_ms: 3_000,
    },
];

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

    /// Width and height of what it makes, where the size of its first source is known.
    pub fn size(&self, given: &Map<String, Value>, source: Option<(u32, u32)>) -> (u32, u32) {
        let source = source.unwrap_or((1_024, 1_024));
        if let Some(Kind::Size(default, sides)) = self.kind("image_size") {
            return sizes::named_or_given(given.get("image_size"), default, sides);
        }
        let ratio = self.text(given, "aspect_ratio");
        match self.shape {
            Shape::Single => sizes::scaled(source, given.get("scale").and_then(Value::as_f64).unwrap_or(2.0)),
            Shape::SeededVideo => sizes::film(ratio, self.text(given, "resolution")),
            Shape::Video => (sizes::even(source.0), sizes::even(source.1)),
            _ if ratio.contains(':') => sizes::megapixel(ratio),
            _ => source,
        }
    }

    /// Seconds of a film: `num_frames` at 24 a second before `duration`.
    pub fn seconds(&self, given: &Map<String, Value>) -> u32 {
        let frames = given.get("num_frames").and_then(Value::as_u64).map(|frames| u32::try_from(frames.div_ceil(24)).unwrap_or(5));
        frames.or_else(|| self.text(given, "duration").parse().ok()).unwrap_or(5).clamp(1, 12)
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
        assert_eq!(apps[11], "fal-ai/esrgan");
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
