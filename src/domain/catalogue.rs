//! The models that can be asked for, as data: validation, the form in the page, the price and the host's request follow from it.
//! Sources: contract Replicate, section 7. Prices are ours; one credit is meant to be worth about a US cent.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

mod input;
mod models;
mod source;
mod target;
pub use input::{Accepts, Input, Parameter, Parameters, Refused, Role};
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

#[cfg(test)]
mod tests {
    use super::*;
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
    fn ids_are_unique_and_found() {
        for entry in MODELS {
            assert!(core::ptr::eq(model(entry.id).unwrap(), entry));
            for target in entry.targets {
                assert!(core::ptr::eq(model(target.model).unwrap(), entry));
            }
        }
    }
}
