//! What stands under `input` in a request to a model host.

use super::{FieldOf, In, Lane, Prompt, SourceUrl, law};
use crate::domain::catalogue::Fixed;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// What a model is told, by its host's names.
#[derive(Debug)]
pub struct Told {
    /// The prompt, if the model takes one.
    pub prompt: Option<Prompt>,
    /// Values that the catalogue has accepted.
    pub values: Vec<(&'static str, Fixed)>,
    /// Pictures.
    pub pictures: Vec<(&'static str, Pictures)>,
}

/// The pictures of one input.
#[derive(Debug)]
pub enum Pictures {
    /// One address.
    One(SourceUrl),
    /// A list of them.
    List(Vec<SourceUrl>),
}

/// A model's input: the prompt, addresses of pictures, and values that the catalogue has accepted. It may stand in a body for any host that may have
/// prompts and pictures: there are only granted data in it, and words and numbers of the catalogue's own.
#[derive(Debug)]
pub struct ModelInput<L: Lane> {
    prompt: Option<In<L, Prompt>>,
    values: Vec<(&'static str, Fixed)>,
    pictures: Vec<(&'static str, OneOrMany<L>)>,
}

#[derive(Debug, Serialize)]
#[serde(untagged, bound(serialize = "SourceUrl: law::Crosses<L>"))]
enum OneOrMany<L: Lane> {
    One(In<L, SourceUrl>),
    Many(Vec<In<L, SourceUrl>>),
}

impl<L: Lane> FieldOf<L> for ModelInput<L>
where
    Prompt: law::Crosses<L>,
    SourceUrl: law::Crosses<L>,
{
}

impl<L: Lane> ModelInput<L>
where
    Prompt: law::Crosses<L>,
    SourceUrl: law::Crosses<L>,
{
    /// What is told, on its way to the host.
    #[must_use]
    pub fn new(told: Told) -> Self {
        let pictures = told.pictures.into_iter().map(|(name, pictures)| {
            let pictures = match pictures {
                Pictures::One(picture) => OneOrMany::One(In::new(picture)),
                Pictures::List(pictures) => OneOrMany::Many(pictures.into_iter().map(In::new).collect()),
            };
            (name, pictures)
        });
        Self { prompt: told.prompt.map(In::new), values: told.values, pictures: pictures.collect() }
    }
}

impl<L: Lane> Serialize for ModelInput<L>
where
    Prompt: law::Crosses<L>,
    SourceUrl: law::Crosses<L>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        if let Some(prompt) = &self.prompt {
            map.serialize_entry("prompt", prompt)?;
        }
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        for (name, pictures) in &self.pictures {
            map.serialize_entry(name, pictures)?;
        }
        map.end()
    }
}
