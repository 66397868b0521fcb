//! What a model is: its inputs, what it makes of them, and the size of what it paints. The catalogue is in [`super::hosted`].

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub use super::hosted::{DEPLOYMENTS, MODELS};
use crate::picture::Polarity;

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
    /// Which of them are pictures to start from, and what for.
    pub sources: &'static [(&'static str, Role)],
    /// What it makes.
    pub task: Task,
    /// Official models are called by name; the others need a version.
    pub official: bool,
    /// Whether its output is an array of addresses, or one address.
    pub many: bool,
    /// A usual run, in milliseconds.
    pub run_ms: i64,
}

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A picture of a prompt, or an edit when there is a source.
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
pub enum Role {
    /// The picture to edit, or the first of a film. In a list, the first is it, and the others are references.
    Main,
    /// A picture that guides a new one but does not decide its shape.
    Guide,
    /// A picture to look at.
    Reference,
    /// Which part of the main one to paint anew.
    Mask(Polarity),
    /// The last picture of a film.
    Last,
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
    /// Such an address that must be there.
    Picture,
    /// Several of them, that many at most.
    Uris(Option<usize>),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number, from and to.
    Integer(Option<i64>, Option<i64>),
    /// One of these whole numbers.
    Numbers(&'static [i64]),
    /// A number, from and to.
    Number(f64, f64),
    /// True or false.
    Flag,
}

impl Kind {
    /// Whether it must be there.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Prompt | Self::Picture)
    }
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

/// An input.
pub(super) const fn input(name: &'static str, kind: Kind, default: Default) -> Input {
    Input { name, kind, default }
}

/// Versions of the vendor's that are public.
const VERSIONS: [(&str, &str); 2] = [
    ("nightmareai/real-esrgan", "f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa"),
    ("851-labs/background-remover", "a029dff38972b5fda4ec5d75d7d1cd25aeff621d2cf4946a41055d7db66b80bc"),
];

impl Model {
    /// `owner/name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The 64 hex digits of its only version: the vendor's own where a model can be asked for by its version alone, else invented, but always
    /// the same.
    #[must_use]
    pub fn version(&self) -> String {
        if let Some((_, version)) = VERSIONS.iter().find(|(path, _)| *path == self.path()) {
            return (*version).to_owned();
        }
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

/// Width and height in pixels of what the model paints for this input: one megapixel, a quarter, four or sixteen. `source`
/// is the size of the picture to edit, if there is one.
#[must_use]
pub fn size(model: &Model, given: &Map<String, Value>, source: Option<(u32, u32)>) -> (u32, u32) {
    let text = |name| value(model, given, name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let pixels = |name| value(model, given, name).and_then(|pixels| u32::try_from(pixels.as_u64()?).ok());
    let (ratio, size) = (text("aspect_ratio"), text("size"));
    // With a picture to edit, models that don't speak of matching it do so anyway.
    let matched = ratio == "match_input_image" || !ratio_choices(model).contains(&"match_input_image");
    if ratio == "custom" || size == "custom" {
        return (pixels("width").unwrap_or(1_024), pixels("height").unwrap_or(1_024));
    }
    let mut fixed = [text("resolution"), size.clone()].into_iter().filter(|_| ratio == "Not set" || model.name != "recraft-v3");
    let fixed = fixed.find_map(|text| text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?))));
    let (width, height) = match (source.filter(|_| matched), fixed) {
        (Some(source), _) => fitting(source),
        (None, Some(fixed)) => return fixed,
        (None, None) => megapixel(&ratio),
    };
    let times = if size.is_empty() { text("resolution") } else { size };
    match (text("megapixels").as_str(), times.as_str()) {
        ("0.25", _) => (width / 2, height / 2),
        (_, "2K") => (width * 2, height * 2),
        (_, "4K") => (width * 4, height * 4),
        _ => (width, height),
    }
}

fn ratio_choices(model: &Model) -> &'static [&'static str] {
    match model.inputs.iter().find(|input| input.name == "aspect_ratio").map(|input| input.kind) {
        Some(Kind::Choice(ratios)) => ratios,
        _ => &[],
    }
}

/// About a megapixel in the shape of a source; smaller sources stay as they are.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    const AREA: u64 = 1_024 * 1_024;
    let (across, down) = (u64::from(width), u64::from(height));
    if across * down <= AREA {
        return (width, height);
    }
    let side = |this: u64, other: u64| u32::try_from((AREA * this / other).isqrt()).unwrap_or(1_024).max(1);
    (side(across, down), side(down, across))
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

    fn given(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn every_ratio_of_every_model_is_near_its_name() {
        for model in MODELS {
            for ratio in ratio_choices(model).iter().filter(|ratio| ratio.contains(':')) {
                let (width, height) = size(model, &given(&json!({"aspect_ratio": ratio})), None);
                let (across, down) = ratio.split_once(':').expect("a ratio");
                let wanted = across.parse::<f64>().expect("a number") / down.parse::<f64>().expect("a number");
                let got = f64::from(width) / f64::from(height);
                assert!((got / wanted - 1.0).abs() < 0.04, "{ratio}: {width}x{height}");
            }
        }
    }

    #[test]
    fn sizes_follow_megapixels_names_numbers_and_sources() {
        for (path, input, source, expected) in [
            ("black-forest-labs/flux-schnell", json!({"aspect_ratio": "16:9", "megapixels": "0.25"}), None, (672, 384)),
            ("black-forest-labs/flux-1.1-pro", json!({"aspect_ratio": "custom", "width": 300, "height": 400}), None, (300, 400)),
            ("black-forest-labs/flux-dev", json!({"aspect_ratio": "16:9"}), Some((80, 40)), (80, 40)),
            ("black-forest-labs/flux-kontext-pro", json!({}), Some((4_096, 2_048)), (1_448, 724)),
            ("black-forest-labs/flux-kontext-pro", json!({"aspect_ratio": "1:1"}), Some((80, 40)), (1_024, 1_024)),
            ("bytedance/seedream-4", json!({}), None, (2_048, 2_048)),
            ("bytedance/seedream-4", json!({"size": "1K", "aspect_ratio": "16:9"}), None, (1_344, 768)),
            ("bytedance/seedream-4", json!({"size": "custom", "height": 1_500}), None, (2_048, 1_500)),
            ("google/nano-banana-pro", json!({"aspect_ratio": "1:1"}), None, (2_048, 2_048)),
            ("google/nano-banana-pro", json!({"resolution": "1K"}), Some((80, 40)), (80, 40)),
            ("ideogram-ai/ideogram-v3-turbo", json!({"resolution": "512x1536"}), None, (512, 1_536)),
            ("recraft-ai/recraft-v3", json!({"size": "1365x1024"}), None, (1_365, 1_024)),
            ("recraft-ai/recraft-v3", json!({"aspect_ratio": "16:9"}), None, (1_344, 768)),
        ] {
            assert_eq!(size(find(path).expect("a model"), &given(&input), source), expected, "{path} {input}");
        }
    }

    #[test]
    fn sources_and_deployments_name_what_there_is() {
        for model in MODELS {
            assert!(model.sources.iter().all(|(name, _)| model.inputs.iter().any(|input| input.name == *name)), "{}", model.path());
        }
        assert!(DEPLOYMENTS.iter().all(|(.., model)| find(model).is_some()));
    }

    #[test]
    fn versions_have_64_hex_digits() {
        assert!(MODELS.iter().all(|model| model.version().len() == 64));
    }
}
