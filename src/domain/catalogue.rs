//! The models that can be asked for, as data: validation, the form in the page, the price and the host's request follow from it.
//! Sources: contract Replicate, section 7. Prices are ours; one credit is meant to be worth about a US cent.

use super::time::MINUTE_MS;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

mod input;
mod models;
mod source;
mod target;
pub use input::{Accepts, Input, Largest, Parameter, Parameters, Refused, Role};
pub use models::MODELS;
pub use source::Source;
pub use target::{Address, Fixed, Target, Wanted, Written};

/// A model on sale.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Model {
    /// Our name for it, stable.
    pub id: &'static str,
    /// The name shown.
    pub name: &'static str,
    /// One line for the picker.
    pub description: Described,
    /// Who runs it: the first, and whoever is asked next if that one surely did not begin.
    #[serde(rename = "hosts", serialize_with = "names_of_hosts")]
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = Vec<String>))]
    pub targets: &'static [Target],
    /// What it does.
    pub kind: Kind,
    /// Price of one unit in credits.
    pub credits: i64,
    /// What a unit is.
    pub unit: Unit,
    /// Time it usually takes, in milliseconds.
    pub typical_ms: i64,
    /// Limits of the prompt.
    pub prompt: PromptLimits,
    /// Further inputs, in the order of the form.
    pub inputs: &'static [Input],
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Kind {
    /// A picture from words.
    TextToImage,
    /// A picture from words and pictures that it may look like.
    ImageToImage,
    /// A picture changed as the words say, all of it or where a mask allows.
    Edit,
    /// A larger picture.
    Upscale,
    /// What stands in front, without what is behind.
    RemoveBackground,
    /// A film from words.
    TextToVideo,
    /// A film that begins with a picture, and may end with another.
    ImageToVideo,
}

impl Kind {
    /// How long a run may take before the reconciler stops it at the host. Hosts' own limits are 30 minutes (contracts: Replicate, section 3; fal, section 2), which films
    /// may need; a picture that takes a third of that is stuck.
    #[must_use]
    pub const fn run_ms_max(self) -> i64 {
        match self {
            Self::TextToImage | Self::ImageToImage | Self::Edit | Self::RemoveBackground => 10 * MINUTE_MS,
            Self::Upscale => 20 * MINUTE_MS,
            Self::TextToVideo | Self::ImageToVideo => 31 * MINUTE_MS,
        }
    }
    /// Every kind, with the name that it has in the catalogue's JSON.
    const ALL: [(Self, &'static str); 7] = [
        (Self::TextToImage, "text-to-image"),
        (Self::ImageToImage, "image-to-image"),
        (Self::Edit, "edit"),
        (Self::Upscale, "upscale"),
        (Self::RemoveBackground, "remove-background"),
        (Self::TextToVideo, "text-to-video"),
        (Self::ImageToVideo, "image-to-video"),
    ];
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(kind, _)| kind)
    }
    /// True if it makes films.
    #[must_use]
    pub const fn is_video(self) -> bool {
        matches!(self, Self::TextToVideo | Self::ImageToVideo)
    }
}

/// What is counted for the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Unit {
    /// Outputs.
    Output,
    /// Seconds of film, by the input `duration`.
    Second,
}

fn names_of_hosts<S: Serializer>(targets: &&'static [Target], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(targets.iter().map(|target| target.host))
}

/// A line in both languages.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Described {
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
}

/// Limits of a prompt.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PromptLimits {
    /// Longest prompt in Unicode characters; 0 if the model takes none.
    pub max_length: usize,
    /// False if the prompt may be left out.
    pub required: bool,
}

/// The model of that id, or of that name at its host.
#[must_use]
pub fn model(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id || model.targets.iter().any(|target| target.model == id))
}

impl Model {
    /// Checks a request's inputs against this entry. `draw` gives the number for an input that has no default (the seed), so
    /// that every recipe is complete.
    pub fn accept(&'static self, given: &Map<String, Value>, draw: impl Fn() -> u32) -> Result<Parameters, Refused> {
        if let Some(unknown) = given.keys().find(|name| !self.inputs.iter().any(|input| input.name == **name)) {
            let names: Vec<_> = self.inputs.iter().map(|input| input.name).collect();
            return Err(Refused { field: unknown.clone(), limit: format!("not an input of {}: it has {}", self.id, names.join(", ")) });
        }
        let mut parameters = Parameters { unit: self.unit, values: Vec::new(), images: Vec::new() };
        for input in self.inputs {
            let given = given.get(input.name);
            match input.accepts {
                Accepts::Images { minimum, maximum, .. } => parameters.images.push((input, input.sources(given, minimum, maximum)?)),
                _ => parameters.values.push((input, input.accept(given, &draw)?)),
            }
        }
        Ok(parameters)
    }
}

impl Model {
    /// True if an order has every picture that this model cannot do without.
    #[must_use]
    pub fn has_pictures_of(&self, parameters: &Parameters) -> bool {
        self.inputs.iter().all(|input| match input.accepts {
            Accepts::Images { minimum, .. } => parameters.sources().filter(|(name, ..)| *name == input.name).count() >= minimum,
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture;
    use serde_json::json;

    fn accept(inputs: &Value) -> Result<Parameters, Refused> {
        MODELS[0].accept(inputs.as_object().unwrap(), || 7)
    }

    #[test]
    fn defaults_complete_the_recipe() {
        let parameters = accept(&json!({})).unwrap();
        assert_eq!(Value::from(parameters.ours()), json!({"aspectRatio": "1:1", "outputs": 1, "seed": 7, "outputFormat": "webp"}));
        assert_eq!(accept(&json!({"outputs": 3})).unwrap().price(MODELS[1].credits), 12);
    }

    #[test]
    fn out_of_range_is_refused_by_name() {
        for (inputs, field) in [
            (json!({"aspectRatio": "7:5"}), "aspectRatio"),
            (json!({"aspectRatio": 1}), "aspectRatio"),
            (json!({"outputs": 0}), "outputs"),
            (json!({"outputs": 5}), "outputs"),
            (json!({"outputs": 1.5}), "outputs"),
            (json!({"outputs": "2"}), "outputs"),
            (json!({"seed": -1}), "seed"),
            (json!({"seed": 9_007_199_254_740_993_i64}), "seed"),
            (json!({"nope": 1}), "nope"),
        ] {
            assert_eq!(accept(&inputs).unwrap_err().field, field);
        }
        assert!(accept(&json!({"outputs": 4, "seed": 2_147_483_647})).is_ok());
    }

    #[test]
    fn kinds_have_the_names_that_are_shown() {
        for (kind, name) in Kind::ALL {
            assert_eq!((json!(kind), Kind::from_name(name)), (json!(name), Some(kind)));
        }
        assert!(MODELS.iter().all(|model| Kind::ALL.iter().any(|(kind, _)| *kind == model.kind)));
    }

    #[test]
    fn ids_are_unique_and_found() {
        for entry in MODELS {
            assert!(core::ptr::eq(model(entry.id).unwrap(), entry));
            for target in entry.targets {
                // Several entries may be one model of a host's, told different things.
                let found = model(target.model).unwrap();
                assert!(found.targets.iter().any(|other| other.model == target.model), "{}", entry.id);
                assert!(entry.targets.iter().filter(|other| other.host == target.host).count() == 1, "{} is at {} twice", entry.id, target.host);
            }
        }
    }

    #[test]
    fn entries_are_sound() {
        for entry in MODELS {
            let images = |input: &Input| matches!(input.accepts, Accepts::Images { .. });
            let (slots, _): (Vec<_>, Vec<_>) = entry.inputs.iter().partition(|input| images(input));
            let from_words = matches!(entry.kind, Kind::TextToImage | Kind::TextToVideo);
            assert_eq!(slots.is_empty(), from_words, "{}", entry.id);
            assert_eq!(entry.unit == Unit::Second, entry.kind.is_video(), "{}", entry.id);
            assert_eq!(entry.prompt.required, entry.prompt.max_length > 0, "{}", entry.id);
            for target in entry.targets {
                for wanted in target.inputs {
                    assert!(entry.inputs.iter().any(|input| input.name == wanted.ours), "{}: {} is no input", entry.id, wanted.ours);
                }
                // A unit is sold for more than it is bought for, at a cent each.
                assert!(entry.credits * 10_000 > target.cost_micros, "{} at {}", entry.id, target.host);
            }
        }
    }

    #[test]
    fn what_is_enlarged_has_to_be_kept() {
        for entry in MODELS {
            for input in entry.inputs {
                let Accepts::Images { max_pixels, max_side, scaled_by, .. } = input.accepts else { continue };
                assert!(max_pixels <= picture::PIXELS_MAX && max_side <= picture::SIDE_MAX, "{}", entry.id);
                assert_eq!(scaled_by.is_some(), entry.kind == Kind::Upscale, "{}", entry.id);
                let by = scaled_by.map(|name| &entry.inputs.iter().find(|input| input.name == name).unwrap().accepts);
                assert!(by.is_none_or(|by| matches!(by, Accepts::Integer { minimum: 1.., default: Some(_), .. })), "{}", entry.id);
            }
        }
        let largest = |id: &str, inputs: Value| {
            let parameters = model(id).unwrap().accept(inputs.as_object().unwrap(), || 7).unwrap();
            parameters.largest_sources().map(|(.., largest)| largest).collect::<Vec<_>>()
        };
        let one = "01kdvdxcq0rpgjaqdgyhh9t5rg";
        let photo = (4000, 3000);
        for (scale, fits) in [(2, true), (3, false), (4, false)] {
            let [largest] = largest("real-esrgan", json!({"image": one, "scale": scale}))[..] else { panic!("one picture") };
            assert_eq!(largest.allows(photo), fits, "{scale}: {largest:?}");
            let kept = |(width, height): (i64, i64)| width * height * scale * scale <= 100_000_000 && width.max(height) * scale <= 16_384;
            for size in
                [(2500, 2500), (2501, 2500), (5000, 5000), (5001, 5000), (8192, 16), (16, 8193), (4096, 4096), (3333, 3333), (5461, 16), (5462, 16)]
            {
                assert_eq!(largest.allows(size), kept(size), "{size:?} times {scale}");
            }
        }
        assert_eq!(largest("real-esrgan", json!({"image": one})), largest("real-esrgan", json!({"image": one, "scale": 2})));
        let many = largest("nano-banana-blend", json!({"images": [one, one]}));
        assert!(many.len() == 2 && many.iter().all(|largest| largest.allows((8000, 6000)) && !largest.allows((9000, 6000))));
    }

    #[test]
    fn films_are_priced_by_the_second() {
        let film = model("seedance-1-pro").unwrap();
        let price = |inputs: &Value| film.accept(inputs.as_object().unwrap(), || 7).unwrap().price(film.credits);
        assert_eq!((price(&json!({})), price(&json!({"duration": 12}))), (45, 108));
        let kling = model("kling-2.1").unwrap();
        let accept = |inputs: Value| kling.accept(inputs.as_object().unwrap(), || 7);
        let picture = "01kdvdxcq0rpgjaqdgyhh9t5rg";
        assert_eq!(accept(json!({"image": picture, "duration": 7})).unwrap_err().limit, "a whole number from 5 to 10 in steps of 5");
        assert_eq!(accept(json!({"image": picture, "duration": 10})).unwrap().price(kling.credits), 140);
    }

    #[test]
    fn pictures_are_named_and_counted() {
        let (one, other) = ("01kdvdxcq0rpgjaqdgyhh9t5rg", "01kdvdxcq0rpgjaqdgyhh9t5rh/2");
        let accept = |id: &str, inputs: Value| model(id).unwrap().accept(inputs.as_object().unwrap(), || 7);
        let many = accept("nano-banana-blend", json!({"images": [one, other]})).unwrap();
        let read: Vec<_> = many.sources().map(|(input, n, source)| (input, n, source.to_string())).collect();
        assert_eq!(read, [("images", 0, one.to_owned()), ("images", 1, other.to_owned())]);
        assert_eq!(many.ours().get("images"), Some(&json!([one, other])));
        assert_eq!(accept("flux-kontext-pro", json!({"image": one})).unwrap().sources().count(), 1);
        for (id, inputs, field) in [
            ("flux-kontext-pro", json!({}), "image"),
            ("flux-kontext-pro", json!({"image": null}), "image"),
            ("flux-kontext-pro", json!({"image": [one, one]}), "image"),
            ("flux-kontext-pro", json!({"image": "https://evil.example/x.png"}), "image"),
            ("flux-kontext-pro", json!({"image": 7}), "image"),
            ("nano-banana-blend", json!({"images": []}), "images"),
            ("nano-banana-blend", json!({"images": vec![one; 7]}), "images"),
            ("flux-schnell", json!({"image": one}), "image"),
            ("flux-dev-remix", json!({"image": one, "strength": 0.805}), "strength"),
            ("flux-dev-remix", json!({"image": one, "strength": 1.01}), "strength"),
            ("flux-dev-remix", json!({"image": one, "strength": "1"}), "strength"),
        ] {
            assert_eq!(accept(id, inputs.clone()).unwrap_err().field, field, "{inputs}");
        }
        let edit = accept("flux-kontext-pro", json!({"image": one})).unwrap();
        let instead = |id: &str| model(id).unwrap().has_pictures_of(&edit);
        assert!(instead("flux-dev-remix") && instead("flux-schnell") && !instead("ideogram-v3-inpaint") && !instead("nano-banana-blend"));
        let remix = accept("flux-dev-remix", json!({"image": one, "strength": 0.29})).unwrap();
        assert_eq!(remix.ours().get("strength"), Some(&json!(0.29)));
        assert!(remix.at(&model("flux-dev-remix").unwrap().targets[0]).unwrap().contains(&("prompt_strength", Fixed::Hundredths(29))));
    }
}
