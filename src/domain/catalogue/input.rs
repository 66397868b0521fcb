//! What a model can be told besides the prompt, and what was told.

use super::{Fixed, Source, Target, Unit};
use crate::domain::credits;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

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
        /// Those between lie so far apart.
        step: i64,
        /// The one that is meant when nothing is said; none means that we draw one.
        #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
        default: Option<i64>,
    },
    /// A number in steps of a hundredth.
    Decimal {
        /// The least.
        #[serde(serialize_with = "hundredths")]
        #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = f64))]
        minimum: i64,
        /// The greatest.
        #[serde(serialize_with = "hundredths")]
        #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = f64))]
        maximum: i64,
        /// The one that is meant when nothing is said.
        #[serde(serialize_with = "hundredths")]
        #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = f64))]
        default: i64,
    },
    /// Yes or no.
    Switch {
        /// What is meant when nothing is said.
        default: bool,
    },
    /// Pictures: an upload's id, or `{generation}/{n}` for an output.
    Images {
        /// The least number of them.
        minimum: usize,
        /// The greatest.
        maximum: usize,
        /// What they are to the model.
        role: Role,
        /// The most pixels of one of them.
        #[serde(rename = "maxPixels")]
        max_pixels: u64,
        /// The longest side of one of them, in pixels.
        #[serde(rename = "maxSide")]
        max_side: u32,
        /// The input by which a picture's sides are multiplied before they are compared with these limits, since what comes out has to be kept; null if it is not
        /// enlarged.
        #[serde(rename = "scaledBy")]
        #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
        scaled_by: Option<&'static str>,
    },
}

/// The largest picture that an order can start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Largest {
    /// Its pixels.
    pub pixels: u64,
    /// Its longer side, in pixels.
    pub side: u32,
}

impl Largest {
    /// True if a picture of that size is not larger.
    #[must_use]
    pub fn allows(self, (width, height): (i64, i64)) -> bool {
        let (wide, high) = (width.unsigned_abs(), height.unsigned_abs());
        wide.saturating_mul(high) <= self.pixels && wide.max(high) <= u64::from(self.side)
    }
}

/// What a picture is to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Role {
    /// What is worked on.
    Source,
    /// Where it may be worked on: black is changed, white stays.
    Mask,
    /// What the result may look like.
    Reference,
    /// The first frame of a film.
    FirstFrame,
    /// The last frame of a film.
    LastFrame,
}

/// A value that the catalogue has accepted: never the user's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Parameter {
    /// One of the catalogue's words.
    Choice(&'static str),
    /// A number within the catalogue's limits.
    Integer(i64),
    /// A number in hundredths, within the catalogue's limits.
    #[serde(serialize_with = "hundredths")]
    Hundredths(i64),
    /// Yes or no.
    Switch(bool),
}

/// Accepted inputs of one request, in the catalogue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    pub(super) unit: Unit,
    pub(super) values: Vec<(&'static Input, Parameter)>,
    pub(super) images: Vec<(&'static Input, Vec<Source>)>,
}

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

#[cfg_attr(target_pointer_width = "64", expect(clippy::trivially_copy_pass_by_ref, reason = "so serde calls it"))]
pub(super) fn hundredths<S: Serializer>(number: &i64, to: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    to.serialize_f64(*number as f64 / 100.0)
}

impl Input {
    /// True for what is meant when nothing is said; a seed is drawn then, so any is.
    fn is_default(&self, value: Parameter) -> bool {
        match (&self.accepts, value) {
            (Accepts::Choice { default, .. }, Parameter::Choice(word)) => *default == word,
            (Accepts::Integer { default, .. }, Parameter::Integer(number)) => default.is_none_or(|default| default == number),
            (Accepts::Decimal { default, .. }, Parameter::Hundredths(number)) => *default == number,
            (Accepts::Switch { default }, Parameter::Switch(on)) => *default == on,
            _ => false,
        }
    }

    fn refused(&self, limit: String) -> Refused {
        Refused { field: self.name.to_owned(), limit }
    }

    pub(super) fn accept(&self, given: Option<&Value>, draw: impl Fn() -> u32) -> Result<Parameter, Refused> {
        let given = given.filter(|value| !value.is_null());
        match (&self.accepts, given) {
            (Accepts::Choice { default, .. }, None) => Ok(Parameter::Choice(default)),
            (Accepts::Choice { options, .. }, Some(value)) => options
                .iter()
                .find(|option| value.as_str() == Some(option))
                .map(|option| Parameter::Choice(option))
                .ok_or_else(|| self.refused(format!("one of {}", options.join(", ")))),
            (Accepts::Integer { default: Some(default), .. }, None) => Ok(Parameter::Integer(*default)),
            (Accepts::Integer { minimum, maximum, default: None, .. }, None) => {
                Ok(Parameter::Integer(i64::from(draw()) % (maximum - minimum).saturating_add(1) + minimum))
            }
            (Accepts::Integer { minimum, maximum, step, .. }, Some(value)) => {
                let fits = |number: &i64| (*minimum..=*maximum).contains(number) && (number - minimum) % step == 0;
                value.as_i64().filter(fits).map(Parameter::Integer).ok_or_else(|| {
                    let steps = if *step == 1 { String::new() } else { format!(" in steps of {step}") };
                    self.refused(format!("a whole number from {minimum} to {maximum}{steps}"))
                })
            }
            (Accepts::Decimal { default, .. }, None) => Ok(Parameter::Hundredths(*default)),
            (Accepts::Decimal { minimum, maximum, .. }, Some(value)) => {
                in_hundredths(value).filter(|number| (*minimum..=*maximum).contains(number)).map(Parameter::Hundredths).ok_or_else(|| {
                    let shown = |number: &i64| format!("{}.{:02}", number / 100, number % 100);
                    self.refused(format!("a number from {} to {} in steps of 0.01", shown(minimum), shown(maximum)))
                })
            }
            (Accepts::Switch { default }, None) => Ok(Parameter::Switch(*default)),
            (Accepts::Switch { .. }, Some(value)) => value.as_bool().map(Parameter::Switch).ok_or_else(|| self.refused("true or false".to_owned())),
            (Accepts::Images { .. }, _) => Err(self.refused("pictures".to_owned())),
        }
    }

    /// Pictures: a list of texts, or one text.
    pub(super) fn sources(&self, given: Option<&Value>, minimum: usize, maximum: usize) -> Result<Vec<Source>, Refused> {
        let refused = || {
            let count = if minimum == maximum { format!("{minimum}") } else { format!("{minimum} to {maximum}") };
            self.refused(format!("{count} of: an upload's id, or {{generation}}/{{n}}"))
        };
        let one = |value: &Value| value.as_str().and_then(Source::parse).ok_or_else(refused);
        let sources: Vec<_> = match given {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) if values.len() <= maximum => values.iter().map(one).collect::<Result<_, _>>()?,
            Some(value) => vec![one(value)?],
        };
        if (minimum..=maximum).contains(&sources.len()) { Ok(sources) } else { Err(refused()) }
    }
}

/// A number in hundredths, if it has no smaller parts.
fn in_hundredths(value: &Value) -> Option<i64> {
    let number = value.as_f64()? * 100.0;
    let near = number.round();
    // Decimal fractions are not exact in binary.
    let exact = (number - near).abs() < 1e-6 && near.abs() < 1e9;
    #[expect(clippy::cast_possible_truncation, reason = "whole and small by the line before")]
    exact.then_some(near as i64)
}

impl Parameters {
    /// How many outputs are asked for.
    #[must_use]
    pub fn outputs(&self) -> i64 {
        self.integer("outputs").unwrap_or(1)
    }
    /// What one output is worth, in units.
    #[must_use]
    pub fn units(&self) -> i64 {
        match self.unit {
            Unit::Output => 1,
            Unit::Second => self.integer("duration").unwrap_or(1),
        }
    }
    fn integer(&self, name: &str) -> Option<i64> {
        self.values.iter().find_map(|(input, value)| match value {
            Parameter::Integer(number) if input.name == name => Some(*number),
            _ => None,
        })
    }
    /// The price in credits of the request, if one unit costs so many.
    #[must_use]
    pub fn price(&self, each: i64) -> i64 {
        credits::charge(each.saturating_mul(self.units()), usize::try_from(self.outputs()).unwrap_or(1), i64::MAX)
    }
    /// The largest picture that this input takes in this order: smaller where it is enlarged more.
    fn largest(&self, input: &Input) -> Largest {
        let Accepts::Images { max_pixels, max_side, scaled_by, .. } = input.accepts else { return Largest { pixels: 0, side: 0 } };
        let times = scaled_by.and_then(|name| self.integer(name)).and_then(|times| u32::try_from(times).ok()).unwrap_or(1).max(1);
        Largest { pixels: max_pixels / u64::from(times).pow(2), side: max_side / times }
    }
    /// The pictures that it starts from, as [`Parameters::sources`], and how large each may be.
    pub fn largest_sources(&self) -> impl Iterator<Item = (&'static str, usize, &Source, Largest)> {
        self.images.iter().flat_map(|(input, sources)| {
            let largest = self.largest(input);
            sources.iter().enumerate().map(move |(n, source)| (input.name, n, source, largest))
        })
    }
    /// The pictures that it starts from, by our names of the inputs.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, usize, &Source)> {
        self.images.iter().flat_map(|(input, sources)| sources.iter().enumerate().map(|(n, source)| (input.name, n, source)))
    }
    /// By our names: for the row and the reply.
    #[must_use]
    pub fn ours(&self) -> Map<String, Value> {
        let values = self.values.iter().map(|(input, value)| (input.name.to_owned(), serde_json::json!(value)));
        let images = self.images.iter().filter(|(_, sources)| !sources.is_empty());
        let images = images.map(|(input, sources)| (input.name.to_owned(), sources.iter().map(|source| Value::from(source.to_string())).collect()));
        values.chain(images).collect()
    }
    /// As a host wants them; none if it has no way to say one of them.
    #[must_use]
    pub fn at(&self, target: &Target) -> Option<Vec<(&'static str, Fixed)>> {
        let mut values = Vec::new();
        for (input, value) in &self.values {
            match target.inputs.iter().find(|wanted| wanted.ours == input.name) {
                Some(wanted) => {
                    // No word for it: it is what the host does when nothing is said.
                    let theirs = wanted.written.write(*value)?;
                    values.extend((theirs != Fixed::Text("")).then_some((wanted.theirs, theirs)));
                }
                None if input.is_default(*value) => {}
                None => return None,
            }
        }
        let slots = self.images.iter().filter(|(_, sources)| !sources.is_empty());
        if slots.map(|(input, _)| input.name).any(|name| !target.inputs.iter().any(|wanted| wanted.ours == name)) {
            return None;
        }
        values.extend_from_slice(target.fixed);
        Some(values)
    }
}
