//! The models that the sandbox hosts, with the input schemas of the vendor's model pages, and sizes of what they paint.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A model in the vendor's catalogue.
#[derive(Debug)]
pub struct Model {
    /// `black-forest-labs`.
    pub owner: &'static str,
    /// `flux-schnell`.
    pub name: &'static str,
    /// One sentence of its page.
    pub description: &'static str,
    /// In the order of its page.
    pub inputs: &'static [Input],
    /// Whether its output is an array of addresses, or one address.
    pub many: bool,
    /// A usual run, in milliseconds.
    pub run_ms: i64,
}

/// An input of a model.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it takes by itself; `Absent` for none.
    pub default: Default,
}

/// What an input takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text that must be there.
    Prompt,
    /// Text.
    Text,
    /// An HTTP(S) or `data:` address.
    Uri,
    /// Several of them.
    Uris,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number, from and to.
    Integer(Option<i64>, Option<i64>),
    /// A number, from and to.
    Number(f64, f64),
    /// True or false.
    Flag,
}

/// The default of an input.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// None.
    Absent,
    /// A text.
    Text(&'static str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// An empty list.
    Empty,
}

const fn input(name: &'static str, kind: Kind, default: Default) -> Input {
    Input { name, kind, default }
}

const PROMPT: Input = input("prompt", Kind::Prompt, Default::Absent);
const SEED: Input = input("seed", Kind::Integer(None, None), Default::Absent);
const FLUX_RATIOS: Kind = Kind::Choice(&["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"]);
const FLUX_RATIO: Input = input("aspect_ratio", FLUX_RATIOS, Default::Text("1:1"));
const OUTPUTS: Input = input("num_outputs", Kind::Integer(Some(1), Some(4)), Default::Integer(1));
const FORMAT: Input = input("output_format", Kind::Choice(&["webp", "jpg", "png"]), Default::Text("webp"));
const QUALITY: Input = input("output_quality", Kind::Integer(Some(0), Some(100)), Default::Integer(80));
const CHECKER: Input = input("disable_safety_checker", Kind::Flag, Default::Flag(false));
const GO_FAST: Input = input("go_fast", Kind::Flag, Default::Flag(true));
const MEGAPIXELS: Input = input("megapixels", Kind::Choice(&["1", "0.25"]), Default::Text("1"));

/// The catalogue.
pub const MODELS: [Model; 5] = [
    Model {
        owner: "black-forest-labs",
        name: "flux-schnell",
        description: "The fastest image generation model tailored for local development and personal use",
        inputs: &[
            PROMPT,
            FLUX_RATIO,
            OUTPUTS,
            input("num_inference_steps", Kind::Integer(Some(1), Some(4)), Default::Integer(4)),
            SEED,
            FORMAT,
            QUALITY,
            CHECKER,
            GO_FAST,
            MEGAPIXELS,
        ],
        many: true,
        run_ms: 800,
    },
    Model {
        owner: "black-forest-labs",
        name: "flux-dev",
        description: "A 12 billion parameter rectified flow transformer capable of generating images from text descriptions",
        inputs: &[
            PROMPT,
            FLUX_RATIO,
            input("image", Kind::Uri, Default::Absent),
            input("prompt_strength", Kind::Number(0.0, 1.0), Default::Number(0.8)),
            OUTPUTS,
            input("num_inference_steps", Kind::Integer(Some(1), Some(50)), Default::Integer(28)),
            input("guidance", Kind::Number(0.0, 10.0), Default::Number(3.0)),
            SEED,
            FORMAT,
            QUALITY,
            CHECKER,
            GO_FAST,
            MEGAPIXELS,
        ],
        many: true,
        run_ms: 2_600,
    },
    Model {
        owner: "black-forest-labs",
        name: "flux-1.1-pro",
        description: "Faster, better FLUX Pro. Text-to-image model with excellent image quality, prompt adherence, and output diversity",
        inputs: &[
            PROMPT,
            input("image_prompt", Kind::Uri, Default::Absent),
            input("aspect_ratio", Kind::Choice(&["custom", "1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "9:16", "3:4", "4:3"]), Default::Text("1:1")),
            input("width", Kind::Integer(Some(256), Some(1_440)), Default::Absent),
            input("height", Kind::Integer(Some(256), Some(1_440)), Default::Absent),
            input("safety_tolerance", Kind::Integer(Some(1), Some(6)), Default::Integer(2)),
            input("prompt_upsampling", Kind::Flag, Default::Flag(false)),
            SEED,
            FORMAT,
            QUALITY,
        ],
        many: false,
        run_ms: 3_400,
    },
    Model {
        owner: "ideogram-ai",
        name: "ideogram-v3-turbo",
        description: "Turbo is the fastest and cheapest Ideogram v3. v3 creates images with stunning realism, creative designs, and consistent styles",
        inputs: &[
            PROMPT,
            input(
                "aspect_ratio",
                Kind::Choice(&["1:3", "3:1", "1:2", "2:1", "9:16", "16:9", "10:16", "16:10", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "1:1"]),
                Default::Text("1:1"),
            ),
            input(
                "resolution",
                Kind::Choice(&["None", "512x1536", "768x1344", "832x1216", "1024x1024", "1216x832", "1344x768", "1536x640"]),
                Default::Text("None"),
            ),
            input("magic_prompt_option", Kind::Choice(&["Auto", "On", "Off"]), Default::Text("Auto")),
            input("image", Kind::Uri, Default::Absent),
            input("mask", Kind::Uri, Default::Absent),
            input("style_type", Kind::Choice(&["None", "Auto", "General", "Realistic", "Design"]), Default::Text("None")),
            input("style_reference_images", Kind::Uris, Default::Absent),
            input("style_preset", Kind::Text, Default::Absent),
            SEED,
        ],
        many: false,
        run_ms: 3_000,
    },
    Model {
        owner: "google",
        name: "nano-banana",
        description: "Google's latest image editing model in Gemini 2.5",
        inputs: &[
            PROMPT,
            input("image_input", Kind::Uris, Default::Empty),
            input(
                "aspect_ratio",
                Kind::Choice(&["match_input_image", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]),
                Default::Text("match_input_image"),
            ),
            input("output_format", Kind::Choice(&["jpg", "png"]), Default::Text("jpg")),
        ],
        many: false,
        run_ms: 4_200,
    },
];

/// The one deployment: owner, name, and the model it runs.
pub const DEPLOYMENT: (&str, &str, &str) = ("atelier", "flux-schnell", "black-forest-labs/flux-schnell");

impl Model {
    /// `owner/name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The 64 hex digits of its only version: invented, but always the same.
    #[must_use]
    pub fn version(&self) -> String {
        Sha256::digest(self.path()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }
}

/// The model of `owner/name`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.path() == path)
}

/// The value of an input: the given one, else the default.
#[must_use]
pub fn value(model: &Model, given: &Map<String, Value>, name: &str) -> Option<Value> {
    given.get(name).cloned().or_else(|| model.inputs.iter().find(|input| input.name == name)?.default.json())
}

impl Default {
    /// As JSON.
    #[must_use]
    pub fn json(self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(json!(text)),
            Self::Integer(number) => Some(json!(number)),
            Self::Number(number) => Some(json!(number)),
            Self::Flag(flag) => Some(json!(flag)),
            Self::Empty => Some(json!([])),
        }
    }
}

/// Width and height in pixels of what the model paints for this input: one megapixel, or a quarter.
#[must_use]
pub fn size(model: &Model, given: &Map<String, Value>) -> (u32, u32) {
    let text = |name| value(model, given, name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let pixels = |name| given.get(name).and_then(Value::as_u64).and_then(|pixels| u32::try_from(pixels).ok());
    if let Some((width, height)) = text("resolution").split_once('x') {
        return (width.parse().unwrap_or(1_024), height.parse().unwrap_or(1_024));
    }
    let ratio = text("aspect_ratio");
    if ratio == "custom" {
        return (pixels("width").unwrap_or(1_024), pixels("height").unwrap_or(1_024));
    }
    let (width, height) = megapixel(&ratio);
    if text("megapixels") == "0.25" { (width / 2, height / 2) } else { (width, height) }
}

/// Sizes of one megapixel that models of this family use: multiples of 64 close to the ratio.
fn megapixel(ratio: &str) -> (u32, u32) {
    match ratio {
        "16:9" => (1_344, 768),
        "9:16" => (768, 1_344),
        "21:9" => (1_536, 640),
        "9:21" => (640, 1_536),
        "3:2" => (1_216, 832),
        "2:3" => (832, 1_216),
        "4:3" => (1_152, 896),
        "3:4" => (896, 1_152),
        "5:4" => (1_088, 896),
        "4:5" => (896, 1_088),
        "16:10" => (1_280, 800),
        "10:16" => (800, 1_280),
        "2:1" => (1_408, 704),
        "1:2" => (704, 1_408),
        "3:1" => (1_536, 512),
        "1:3" => (512, 1_536),
        _ => (1_024, 1_024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_of_every_model_is_near_its_name() {
        for model in &MODELS {
            let Some(Kind::Choice(ratios)) = model.inputs.iter().find(|input| input.name == "aspect_ratio").map(|input| input.kind) else {
                panic!("{} has no ratios", model.path());
            };
            for ratio in ratios.iter().filter(|ratio| ratio.contains(':')) {
                let given = json!({"aspect_ratio": ratio}).as_object().cloned().unwrap_or_default();
                let (width, height) = size(model, &given);
                let (across, down) = ratio.split_once(':').expect("a ratio");
                let wanted = across.parse::<f64>().expect("a number") / down.parse::<f64>().expect("a number");
                let got = f64::from(width) / f64::from(height);
                assert!((got / wanted - 1.0).abs() < 0.04, "{ratio}: {width}x{height}");
            }
        }
    }

    #[test]
    fn a_quarter_of_a_megapixel_halves_the_sides() {
        let given = json!({"aspect_ratio": "16:9", "megapixels": "0.25"});
        assert_eq!(size(&MODELS[0], given.as_object().expect("an object")), (672, 384));
    }

    #[test]
    fn versions_have_64_hex_digits() {
        assert!(MODELS.iter().all(|model| model.version().len() == 64));
    }
}
