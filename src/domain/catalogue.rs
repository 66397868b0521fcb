//! The models that can be asked for, as data: validation, the form in the page, the price and the host's request follow from it.
//! Sources: contract Replicate, section 7. Prices are ours; one credit is meant to be worth about a US cent.

use super::credits;
use serde::Serialize;
use serde_json::{Map, Value};

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
    /// Who runs it.
    pub host: &'static str,
    /// The host's name for it: `owner/name`.
    pub host_model: &'static str,
    /// What comes out.
    pub kind: &'static str,
    /// Price of one output in credits.
    pub credits: i64,
    /// What the host takes for one output, in millionths of a US dollar (Replicate's price list).
    #[serde(skip)]
    pub cost_micros: i64,
    /// Time it usually takes, in milliseconds.
    pub typical_ms: i64,
    /// Limits of the prompt.
    pub prompt: PromptLimits,
    /// Further inputs, in the order of the form.
    pub inputs: &'static [Input],
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
    /// Longest prompt in Unicode characters.
    pub max_length: usize,
}

/// An input besides the prompt.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Input {
    /// Its name in our API.
    pub name: &'static str,
    /// Its name at the host.
    #[serde(skip)]
    pub host_name: &'static str,
    /// What it accepts.
    #[serde(flatten)]
    pub accepts: Accepts,
}

/// What an input accepts.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Accepts {
    /// One of some words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// The one that is meant when nothing is said.
        default: &'static str,
    },
    /// A whole number.
    Integer {
        /// The least.
        minimum: i64,
        /// The greatest.
        maximum: i64,
        /// The one that is meant when nothing is said; none means that we draw one.
        #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
        default: Option<i64>,
    },
}

/// A value that the catalogue has accepted: never the user's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Parameter {
    /// One of the catalogue's words.
    Choice(&'static str),
    /// A number within the catalogue's limits.
    Integer(i64),
}

/// Accepted inputs of one request, in the catalogue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters(Vec<(&'static Input, Parameter)>);

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Input {}

/// An input that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub field: String,
    /// What would be accepted.
    pub limit: String,
}

const FLUX_RATIOS: &[&str] = &["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"];
const RATIO: Input = Input { name: "aspectRatio", host_name: "aspect_ratio", accepts: Accepts::Choice { options: FLUX_RATIOS, default: "1:1" } };
const OUTPUTS: Input = Input { name: "outputs", host_name: "num_outputs", accepts: Accepts::Integer { minimum: 1, maximum: 4, default: Some(1) } };
// The hosts take 32-bit seeds; half of that range survives every signed reading.
const SEED: Input = Input { name: "seed", host_name: "seed", accepts: Accepts::Integer { minimum: 0, maximum: 2_147_483_647, default: None } };
const FORMAT: Input =
    Input { name: "outputFormat", host_name: "output_format", accepts: Accepts::Choice { options: &["webp", "jpg", "png"], default: "webp" } };

/// The catalogue. The first is the default.
pub static MODELS: &[Model] = &[
    Model {
        id: "flux-schnell",
        name: "FLUX schnell",
        description: Described {
            en: "Fast and cheap: ideas in about two seconds",
            fr: "Rapide et économique\u{a0}: des idées en deux secondes environ",
        },
        host: "replicate",
        host_model: "black-forest-labs/flux-schnell",
        kind: "image",
        credits: 1,
        cost_micros: 3_000,
        typical_ms: 2_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[RATIO, OUTPUTS, SEED, FORMAT],
    },
    Model {
        id: "flux-dev",
        name: "FLUX dev",
        description: Described { en: "Finer detail and closer to the words", fr: "Plus de détails, plus fidèle au texte" },
        host: "replicate",
        host_model: "black-forest-labs/flux-dev",
        kind: "image",
        credits: 4,
        cost_micros: 25_000,
        typical_ms: 8_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[RATIO, OUTPUTS, SEED, FORMAT],
    },
    Model {
        id: "ideogram-v3-turbo",
        name: "Ideogram 3 turbo",
        description: Described { en: "Good with lettering and layout", fr: "À l’aise avec le texte et la mise en page" },
        host: "replicate",
        host_model: "ideogram-ai/ideogram-v3-turbo",
        kind: "image",
        credits: 5,
        cost_micros: 30_000,
        typical_ms: 6_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[
            Input {
                name: "aspectRatio",
                host_name: "aspect_ratio",
                accepts: Accepts::Choice {
                    options: &["1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "2:1", "1:2", "3:1", "1:3", "16:10", "10:16"],
                    default: "1:1",
                },
            },
            SEED,
        ],
    },
];

/// The model of that id, or of that name at its host.
#[must_use]
pub fn model(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id || model.host_model == id)
}

impl Model {
    /// Checks a request's inputs against this entry. `draw` gives the number for an input that has no default (the seed), so
    /// that every recipe is complete.
    pub fn accept(&'static self, given: &Map<String, Value>, draw: impl Fn() -> u32) -> Result<Parameters, Refused> {
        if let Some(unknown) = given.keys().find(|name| !self.inputs.iter().any(|input| input.name == **name)) {
            let names: Vec<_> = self.inputs.iter().map(|input| input.name).collect();
            return Err(Refused { field: unknown.clone(), limit: format!("not an input of {}: it has {}", self.id, names.join(", ")) });
        }
        self.inputs.iter().map(|input| Ok((input, input.accept(given.get(input.name), &draw)?))).collect::<Result<_, _>>().map(Parameters)
    }
}

impl Input {
    fn accept(&self, given: Option<&Value>, draw: impl Fn() -> u32) -> Result<Parameter, Refused> {
        let refused = |limit| Refused { field: self.name.to_owned(), limit };
        let given = given.filter(|value| !value.is_null());
        match (&self.accepts, given) {
            (Accepts::Choice { default, .. }, None) => Ok(Parameter::Choice(default)),
            (Accepts::Choice { options, .. }, Some(value)) => options
                .iter()
                .find(|option| value.as_str() == Some(option))
                .map(|option| Parameter::Choice(option))
                .ok_or_else(|| refused(format!("one of {}", options.join(", ")))),
            (Accepts::Integer { default: Some(default), .. }, None) => Ok(Parameter::Integer(*default)),
            (Accepts::Integer { minimum, maximum, default: None }, None) => {
                Ok(Parameter::Integer(i64::from(draw()) % (maximum - minimum).saturating_add(1) + minimum))
            }
            (Accepts::Integer { minimum, maximum, .. }, Some(value)) => value
                .as_i64()
                .filter(|number| (*minimum..=*maximum).contains(number))
                .map(Parameter::Integer)
                .ok_or_else(|| refused(format!("a whole number from {minimum} to {maximum}"))),
        }
    }
}

impl Parameters {
    /// How many outputs are asked for.
    #[must_use]
    pub fn outputs(&self) -> i64 {
        match self.0.iter().find(|(input, _)| input.name == "outputs") {
            Some((_, Parameter::Integer(outputs))) => *outputs,
            Some((_, Parameter::Choice(_))) | None => 1,
        }
    }
    /// The price in credits of the request, if one output costs so many.
    #[must_use]
    pub fn price(&self, each: i64) -> i64 {
        credits::charge(each, usize::try_from(self.outputs()).unwrap_or(1), i64::MAX)
    }
    /// By our names: for the row and the reply.
    #[must_use]
    pub fn ours(&self) -> Map<String, Value> {
        self.0.iter().map(|(input, value)| (input.name.to_owned(), serde_json::json!(value))).collect()
    }
    /// By the host's names: for the host.
    pub fn at_host(&self) -> impl Iterator<Item = (&'static str, Parameter)> {
        self.0.iter().map(|(input, value)| (input.host_name, *value))
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
            assert!(core::ptr::eq(model(entry.host_model).unwrap(), entry));
        }
    }
}
