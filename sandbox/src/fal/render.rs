//! The boundary to what makes pixels: everything that a file depends on, so that it can be made when it is fetched, without
//! the vendor's lock.

use std::sync::Arc;

use crate::{
    dice::hash,
    picture::{self, Format, Order},
};

/// A file that is ordered but not made yet. The same rendering always gives the same bytes.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// What is to be done.
    pub work: Work,
    /// Empty where a model takes none.
    pub prompt: String,
    /// Another seed is another picture.
    pub seed: u64,
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
    /// How a picture is encoded; a film is MP4.
    pub format: Format,
    /// What it is made from, in the order of the input.
    pub sources: Vec<Source>,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A picture from words.
    Paint,
    /// A picture from pictures and words.
    Edit,
    /// The same picture, larger.
    Upscale,
    /// A film of so many seconds.
    Film {
        /// At least 1.
        seconds: u32,
    },
}

/// A picture that an input points to.
#[derive(Debug, Clone)]
pub enum Source {
    /// Its bytes, from a `data:` address or an upload: a picture that can be decoded.
    Bytes(Arc<[u8]>),
    /// An output of this vendor.
    Made(Arc<Rendering>),
    /// An address elsewhere, which the sandbox does not fetch.
    Elsewhere(String),
}

impl Work {
    /// The end of a file's name.
    #[must_use]
    pub const fn extension(self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Film { .. }, _) => "mp4",
            (_, Format::Jpg) => "jpeg",
            (_, format) => format.extension(),
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self, format: Format) -> &'static str {
        match self {
            Self::Film { .. } => "video/mp4",
            Self::Paint | Self::Edit | Self::Upscale => format.media_type(),
        }
    }
}

/// The bytes of a file. Edits, upscales and films are painted anew from prompt, seed and the names of their sources.
#[must_use]
pub fn render(request: &Rendering) -> Vec<u8> {
    let seed = request.sources.iter().fold(request.seed, |seed, source| seed.rotate_left(9) ^ fingerprint(source));
    picture::render(&Order { prompt: &request.prompt, seed, width: request.width, height: request.height, format: request.format, quality: 90 })
}

/// A number for a source: another source is another picture.
fn fingerprint(source: &Source) -> u64 {
    match source {
        Source::Bytes(bytes) => bytes.iter().fold(hash("bytes"), |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)),
        Source::Made(rendering) => hash(&rendering.prompt) ^ rendering.seed,
        Source::Elsewhere(address) => hash(address),
    }
}

/// Width and height of a picture, from its first bytes; nothing when it is not one of the formats that models read.
pub(super) fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.into_dimensions().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendering(sources: Vec<Source>) -> Rendering {
        Rendering { work: Work::Edit, prompt: "a lake".into(), seed: 3, width: 32, height: 18, format: Format::Png, sources }
    }

    #[test]
    fn each_format_has_the_asked_size_and_other_sources_another_picture() {
        for format in [Format::Png, Format::Jpg, Format::Webp] {
            assert_eq!(dimensions(&render(&Rendering { format, ..rendering(Vec::new()) })), Some((32, 18)));
        }
        let one = rendering(vec![Source::Elsewhere("https://a.example/1.png".into())]);
        let two = rendering(vec![Source::Elsewhere("https://a.example/2.png".into())]);
        assert_eq!(render(&one), render(&one));
        assert_ne!(render(&one), render(&two));
        assert_ne!(render(&rendering(vec![Source::Made(Arc::new(one))])), render(&rendering(vec![Source::Bytes(Arc::from(*b"x"))])));
        assert_eq!(dimensions(b"<svg/>"), None);
    }
}
