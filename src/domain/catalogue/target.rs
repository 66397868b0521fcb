//! A model as a host has it, and what it wants to be told.

use super::input::{Parameter, hundredths};
use serde::{Serialize, Serializer};

/// A model as one host has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The host's name, as in `lanes`.
    pub host: &'static str,
    /// The host's name for the model: `owner/name`, or a path.
    pub model: &'static str,
    /// How it is addressed there.
    pub address: Address,
    /// What the host takes for one unit of output, in millionths of a US dollar (its price list).
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
    /// Some of our words by others; an empty one is left out.
    Word(&'static [(&'static str, &'static str)]),
    /// A ratio as a size in pixels, `{"width", "height"}`.
    Size(&'static [(&'static str, [i64; 2])]),
    /// A number as a text.
    Text,
    /// Pictures as a list of addresses; else as one address.
    List,
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
    /// A number in hundredths.
    #[serde(serialize_with = "hundredths")]
    Hundredths(i64),
    /// A number as a text.
    #[serde(serialize_with = "as_text")]
    Digits(i64),
    /// A size in pixels.
    Size {
        /// Its width.
        width: i64,
        /// Its height.
        height: i64,
    },
}

#[cfg_attr(target_pointer_width = "64", expect(clippy::trivially_copy_pass_by_ref, reason = "so serde calls it"))]
fn as_text<S: Serializer>(number: &i64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

impl Written {
    /// How a value is written; none if it is none of these.
    #[must_use]
    pub fn write(self, value: Parameter) -> Option<Fixed> {
        Some(match (self, value) {
            (Self::AsIs, Parameter::Choice(word)) => Fixed::Text(word),
            (Self::AsIs, Parameter::Integer(number)) => Fixed::Integer(number),
            (Self::AsIs, Parameter::Hundredths(number)) => Fixed::Hundredths(number),
            (Self::AsIs, Parameter::Switch(on)) => Fixed::Switch(on),
            (Self::Text, Parameter::Integer(number)) => Fixed::Digits(number),
            (Self::Word(words), Parameter::Choice(word)) => {
                Fixed::Text(words.iter().find(|(ours, _)| *ours == word).map_or(word, |(_, theirs)| theirs))
            }
            (Self::Size(sizes), Parameter::Choice(word)) => {
                let [width, height] = sizes.iter().find(|(ours, _)| *ours == word)?.1;
                Fixed::Size { width, height }
            }
            _ => return None,
        })
    }
}
