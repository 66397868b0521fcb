//! What goes into an archive of works, and how it is called there.

use super::{generation::GenerationId, picture::MediaType, time::Timestamp};
use std::collections::BTreeSet;

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, which no other file of the archive has.
    pub name: String,
    /// Where it is kept.
    pub media_key: String,
    /// When the work was ordered.
    pub at: Timestamp,
}

/// An archive to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The files in their order.
    pub files: Vec<File>,
    /// Works that were asked for and have nothing to put in.
    pub without: Vec<GenerationId>,
}

impl Bundle {
    /// Adds the `n`-th output (from 0) of a work, under its date, time, model and number.
    pub fn add(&mut self, model: &str, at: Timestamp, n: i64, media_key: &str, media_type: &str) {
        // 2026-01-31T12:34:56.789Z
        let iso = at.iso();
        let clock: String = iso.chars().skip(11).take(8).filter(char::is_ascii_digit).collect();
        let date = iso.get(..10).unwrap_or_default();
        let model: String = model.chars().map(|char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' }).collect();
        let extension = MediaType::from_name(media_type).map_or("bin", MediaType::extension);
        let taken: BTreeSet<_> = self.files.iter().map(|file| file.name.as_str()).collect();
        let names = |again: u32| match again {
            0 => format!("{date}-{clock}-{model}-{}.{extension}", n + 1),
            _ => format!("{date}-{clock}-{model}-{}-{}.{extension}", n + 1, again + 1),
        };
        // Of as many names as there are files and one more, one is free.
        let name = (0..=u32::try_from(taken.len()).unwrap_or(u32::MAX)).map(names).find(|name| !taken.contains(name.as_str())).unwrap_or_default();
        self.files.push(File { name, media_key: media_key.to_owned(), at });
    }

    /// The text of `missing.txt`: what is not in the archive, though it was asked for. `gone` are names of files that storage does not have.
    #[must_use]
    pub fn note(&self, gone: &[&str]) -> Option<String> {
        let works = self.without.iter().map(|id| format!("{id}: no such work, or nothing came out of it\n"));
        let files = gone.iter().map(|name| format!("{name}: the file is not in storage any more\n"));
        let lines: String = works.chain(files).collect();
        (!lines.is_empty()).then(|| format!("Not in this archive:\n{lines}"))
    }
}

/// The name of the note.
pub const NOTE: &str = "missing.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let at = Timestamp::from_ms(1_767_225_600_000);
        let mut bundle = Bundle::default();
        for (model, n, media_type) in [
            ("flux-schnell", 0, "image/webp"),
            ("flux-schnell", 1, "image/jpeg"),
            ("flux-schnell", 0, "image/webp"),
            ("../a b", 0, "image/png"),
            ("kling-2.1", 0, "video/mp4"),
            ("x", 0, "text/html"),
        ] {
            bundle.add(model, at, n, "k", media_type);
        }
        let names: Vec<_> = bundle.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "2026-01-01-000000-flux-schnell-1.webp",
                "2026-01-01-000000-flux-schnell-2.jpg",
                "2026-01-01-000000-flux-schnell-1-2.webp",
                "2026-01-01-000000-..-a-b-1.png",
                "2026-01-01-000000-kling-2.1-1.mp4",
                "2026-01-01-000000-x-1.bin",
            ]
        );
    }

    #[test]
    fn notes() {
        let mut bundle = Bundle::default();
        assert_eq!(bundle.note(&[]), None);
        let id = GenerationId::parse("01kdvdxcq0rpgjaqdgyhh9t5rg").unwrap();
        bundle.without.push(id);
        let note = bundle.note(&["a.png"]).unwrap();
        assert_eq!(note.lines().count(), 3);
        assert!(note.contains("01kdvdxcq0rpgjaqdgyhh9t5rg") && note.contains("a.png"));
    }
}
