//! What names a picture that a generation starts from.

use crate::domain::{generation::GenerationId, upload::UploadId};
use core::fmt;

/// A picture that somebody brought, or that was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An upload.
    Upload(UploadId),
    /// An output of a generation, by its number.
    Output(GenerationId, u8),
}

impl Source {
    /// Reads an upload's id, or `{generation}/{n}`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            None => UploadId::parse(text).map(Self::Upload),
            Some((generation, n)) => {
                let n = n.parse().ok().filter(|number: &u8| number.to_string() == n)?;
                Some(Self::Output(GenerationId::parse(generation)?, n))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload(id) => id.fmt(f),
            Self::Output(id, n) => write!(f, "{id}/{n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let id = "01kdvdxcq0rpgjaqdgyhh9t5rg";
        for good in [id.to_owned(), format!("{id}/0"), format!("{id}/3")] {
            assert_eq!(Source::parse(&good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "short",
            &format!("{id}/"),
            &format!("{id}/00"),
            &format!("{id}/-1"),
            &format!("{id}/256"),
            &format!("upload/{id}"),
            &format!("{id}/0/0"),
        ] {
            assert_eq!(Source::parse(bad), None, "{bad}");
        }
    }
}
