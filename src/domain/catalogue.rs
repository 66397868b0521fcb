//! The models that can be asked for, as data: validation, the form in the page, the price and the host's request follow from it.
//! Sources: contract Replicate, section 7. Prices are ours; one credit is meant to be worth about a US cent.

use super::credits;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

mod models;
pub use models::MODELS;

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
    /// What comes out.
    pub kind: &'static str,
    /// Price of one output in credits.
    pub credits: i64,
    /// Time it usually takes, in milliseconds.
    pub typical_ms: i64,
    /// Limits of the prompt.
    pub prompt: PromptLimits,
    /// Further inputs, in the order of the form.
    pub inputs: &'static [Input],
}

/// A model as one host has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The host's name, as in `lanes`.
    pub host: &'static str,
    /// The host's name for the model: `owner/name`, or a path.
    pub model: &'static str,
    /// How it is addressed there.
    pub address: Address,
    /// What the host takes for one output, in millionths of a US dollar (its price list).
    pub cost_micros: i64,
    /// Our inputs as the host wants them. What is not named here does not exist there, and only its default is accepted.
    pub inputs: &'static [Wanted],
    /// What is always sent besides.
    pub fixed: &'static [(&'static str, Fixed)],
}

/// How a model is addressed at its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// By its name alone.
    Name,
    /// By a version: 64 hexadecimal digits.
    Version(&'static str),
    /// A deployment of the operator's, by its name.
    Deployment,
}

/// One of our inputs as a host wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Our name.
    pub ours: &'static str,
    /// The host's name.
    pub theirs: &'static str,
    /// How the value is written.
    pub written: Written,
}

/// How a value is written for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// As it is.
    AsIs,
    /// One of our words by another.
    Word(&'static [(&'static str, &'static str)]),
    /// A ratio as a size in pixels, `{"width", "height"}`.
    Size(&'static [(&'static str, [i64; 2])]),
}

/// A value that the catalogue fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Fixed {
    /// A text.
    Text(&'static str),
    /// A whole number.
    Integer(i64),
    /// A switch.
    Switch(bool),
    /// A size in pixels.
    Size {
        /// Its width.
        width: i64,
        /// Its height.
        height: i64,
    },
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
    /// Longest prompt in Unicode characters.
    pub max_length: usize,
}

/// An input besides the prompt.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Input {
    /// Its name in our API.
    pub name: &'static str,
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
        self.inputs.iter().map(|input| Ok((input, input.accept(given.get(input.name), &draw)?))).collect::<Result<_, _>>().map(Parameters)
    }
}

impl Written {
    fn write(self, value: Parameter) -> Option<Fixed> {
        Some(match (self, value) {
            (Self::AsIs, Parameter::Choice(word)) => Fixed::Text(word),
            (Self::AsIs, Parameter::Integer(number)) => Fixed::Integer(number),
            (Self::Word(words), Parameter::Choice(word)) => Fixed::Text(words.iter().find(|(ours, _)| *ours == word)?.1),
            (Self::Size(sizes), Parameter::Choice(word)) => {
                let [width, height] = sizes.iter().find(|(ours, _)| *ours == word)?.1;
                Fixed::Size { width, height }
            }
            (Self::Word(_) | Self::Size(_), Parameter::Integer(_)) => return None,
        })
    }
}

impl Input {
    /// True for what is meant when nothing is said; a seed is drawn then, so any is.
    fn is_default(&self, value: Parameter) -> bool {
        match (&self.accepts, value) {
            (Accepts::Choice { default, .. }, Parameter::Choice(word)) => *default == word,
            (Accepts::Integer { default, .. }, Parameter::Integer(number)) => default.is_none_or(|default| default == number),
            _ => false,
        }
    }
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
    /// As a host wants them; none if it has no way to say one of them.
    #[must_use]
    pub fn at(&self, target: &Target) -> Option<Vec<(&'static str, Fixed)>> {
        let mut values = Vec::new();
        for (input, value) in &self.0 {
            match target.inputs.iter().find(|wanted| wanted.ours == input.name) {
                Some(wanted) => values.push((wanted.theirs, wanted.written.write(*value)?)),
                None if input.is_default(*value) => {}
                None => return None,
            }
        }
        values.extend_from_slice(target.fixed);
        Some(values)
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
