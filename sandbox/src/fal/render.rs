//! What makes pixels: everything that a file depends on, so that it can be made when it is fetched, without the vendor's lock.

use std::sync::Arc;

use super::models::Role;
use crate::{
    picture::{self, Edit, Format, Mask, Order, Polarity},
    video::{self, Film},
};

/// JPEG's quality, whatever the model.
const QUALITY: u8 = 90;
/// How much of an edit is new.
const STRENGTH: f32 = 0.8;

/// A file that is ordered but not made yet. The same rendering always gives the same bytes.
#[derive(Debug, Clone)]
pub(super) struct Rendering {
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
    pub sources: Vec<(Role, Given)>,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Work {
    /// A picture from words, or from pictures and words.
    Paint,
    /// The same picture, larger.
    Upscale,
    /// The same picture without its background.
    CutOut,
    /// A film of so many seconds.
    Film(f32),
}

/// A picture that can be decoded.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// Its bytes.
    Bytes(Arc<[u8]>),
    /// An output of this vendor, which may not have been made yet.
    Made(Arc<Rendering>),
}

impl Given {
    fn bytes(&self) -> Arc<[u8]> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Made(rendering) => render(rendering).into(),
        }
    }
}

impl Work {
    /// The end of a file's name.
    pub const fn extension(self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Film(_), _) => "mp4",
            (_, Format::Jpg) => "jpeg",
            (_, format) => format.extension(),
        }
    }

    /// The media type.
    pub const fn media_type(self, format: Format) -> &'static str {
        match self {
            Self::Film(_) => "video/mp4",
            Self::Paint | Self::Upscale | Self::CutOut => format.media_type(),
        }
    }
}

/// The bytes of a file. Sources were looked at before the run began: no maker below meets one that cannot be read.
pub(super) fn render(request: &Rendering) -> Vec<u8> {
    let &Rendering { seed, width, height, format, .. } = request;
    let of = |role: Role| request.sources.iter().filter(move |(other, _)| *other == role).map(|(_, given)| given.bytes());
    let (main, prompt, quality) = (of(Role::Main).next(), request.prompt.as_str(), QUALITY);
    match (request.work, &main) {
        (Work::Film(seconds), first) => {
            let last = of(Role::Last).next();
            video::film(&Film { prompt, seed, size: (width, height), seconds, first: first.as_deref(), last: last.as_deref() }).unwrap_or_default()
        }
        (Work::Upscale, Some(source)) => picture::enlarge(source, (width, height), format, quality).unwrap_or_default(),
        (Work::CutOut, Some(source)) => picture::cut_out(source, format).unwrap_or_default(),
        _ => paint(request, main.as_ref(), &of(Role::Reference).collect::<Vec<_>>(), of(Role::Mask).next().as_ref()),
    }
}

/// A new picture, or an edit of the first of those that are given.
fn paint(request: &Rendering, main: Option<&Arc<[u8]>>, references: &[Arc<[u8]>], mask: Option<&Arc<[u8]>>) -> Vec<u8> {
    let &Rendering { seed, width, height, format, .. } = request;
    let mut references: Vec<&[u8]> = references.iter().map(AsRef::as_ref).collect();
    let (prompt, quality) = (request.prompt.as_str(), QUALITY);
    let Some(source) = main.map(AsRef::as_ref).or_else(|| (!references.is_empty()).then(|| references.remove(0))) else {
        return picture::render(&Order { prompt, seed, width, height, format, quality });
    };
    // Ideogram's own API repaints what is black in the mask.
    let mask = mask.map(|bytes| Mask { bytes, polarity: Polarity::Black });
    let (references, size) = (references.as_slice(), Some((width, height)));
    picture::edit(&Edit { source, references, mask, prompt, seed, strength: STRENGTH, size, format, quality }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendering(work: Work, sources: Vec<(Role, Given)>) -> Rendering {
        Rendering { work, prompt: "a lake".into(), seed: 3, width: 32, height: 18, format: Format::Png, sources }
    }

    fn given(prompt: &str) -> Given {
        Given::Made(Arc::new(Rendering { prompt: prompt.into(), ..rendering(Work::Paint, Vec::new()) }))
    }

    fn size(bytes: &[u8]) -> (u32, u32) {
        picture::Source::read(bytes).expect("a picture").size()
    }

    #[test]
    fn each_format_has_the_asked_size() {
        for format in [Format::Png, Format::Jpg, Format::Webp] {
            assert_eq!(size(&render(&Rendering { format, ..rendering(Work::Paint, Vec::new()) })), (32, 18));
            let enlarged = Rendering { format, width: 64, height: 36, ..rendering(Work::Upscale, vec![(Role::Main, given("sea"))]) };
            assert_eq!(size(&render(&enlarged)), (64, 36));
        }
    }

    #[test]
    fn every_source_counts_in_its_role() {
        for work in [Work::Paint, Work::Upscale, Work::CutOut, Work::Film(1.0)] {
            let of = |sources| render(&rendering(work, sources));
            let (sea, city) = (of(vec![(Role::Main, given("sea"))]), of(vec![(Role::Main, given("city at night"))]));
            assert!(!sea.is_empty() && sea != city && sea == of(vec![(Role::Main, given("sea"))]), "{work:?}");
        }
        let with = |work, role| render(&rendering(work, vec![(Role::Main, given("sea")), (role, given("city at night"))]));
        let plain = |work| render(&rendering(work, vec![(Role::Main, given("sea"))]));
        for (work, role) in [(Work::Paint, Role::Reference), (Work::Paint, Role::Mask), (Work::Film(1.0), Role::Last)] {
            assert_ne!(with(work, role), plain(work), "{role:?}");
        }
        assert_ne!(render(&rendering(Work::Paint, vec![(Role::Reference, given("sea"))])), render(&rendering(Work::Paint, Vec::new())));
    }
}
