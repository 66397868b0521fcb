//! What stands under `input` in a request to a model host.

use super::{FieldOf, In, Lane, Prompt, law};
use crate::domain::catalogue::Fixed;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// A model's input: the prompt, and values that the catalogue has accepted. It may stand in a body for any host that may have prompts: there is
/// one granted datum in it, and words and numbers of the catalogue's own.
#[derive(Debug)]
pub struct ModelInput<L: Lane> {
    prompt: In<L, Prompt>,
    values: Vec<(&'static str, Fixed)>,
}

impl<L: Lane> FieldOf<L> for ModelInput<L> where Prompt: law::Crosses<L> {}

impl<L: Lane> ModelInput<L>
where
    Prompt: law::Crosses<L>,
{
    /// With values under the host's names for them.
    #[must_use]
    pub fn new(prompt: Prompt, values: Vec<(&'static str, Fixed)>) -> Self {
        Self { prompt: In::new(prompt), values }
    }
}

impl<L: Lane> Serialize for ModelInput<L>
where
    Prompt: law::Crosses<L>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("prompt", &self.prompt)?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
