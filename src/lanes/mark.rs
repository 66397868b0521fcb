//! What a picture's own file says of how it came to be. The prompt gets into it by the lane of storage and by no other way, and nothing but a picture's file
//! comes out.

use super::{In, Prompt, Storage};
use crate::domain::picture::{
    embed::{self, Plan},
    xmp::{self, Facts},
};
use core::fmt;

/// A packet that is written into pictures.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// Of what is known of a generation, and its prompt.
    #[must_use]
    pub fn new(facts: &Facts<'_>, prompt: Option<&In<Storage, Prompt>>) -> Self {
        Self(xmp::packet(facts, prompt.map(In::text)))
    }
    /// How a file of `length` bytes that begins with `first` is written with it.
    #[must_use]
    pub fn plan(&self, first: &[u8], length: u64) -> Plan {
        embed::plan(first, length, self.0.as_bytes())
    }
    /// The file with it; none if the file is to stay as it is.
    #[must_use]
    pub fn whole(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        embed::whole(bytes, self.0.as_bytes())
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({} bytes)", self.0.len())
    }
}
