//! What makes pixels: everything that a picture depends on, so that it can be painted without the vendor's lock.

use std::sync::Arc;

use crate::picture::{self, Edit, Format, Mask, Order, Polarity};

/// How much of an edit is new.
const STRENGTH: f32 = 0.8;

/// A picture that is ordered but not painted yet. The same order is always the same bytes.
#[derive(Debug, Clone)]
pub(super) struct Painting {
    pub prompt: String,
    pub seed: u64,
    /// Pixels across and down, each at least 1.
    pub size: (u32, u32),
    pub format: Format,
    /// For JPEG, 0 to 100.
    pub quality: u8,
    pub transparent: bool,
    /// What is edited first, then what is looked at.
    pub sources: Vec<Arc<[u8]>>,
    pub mask: Option<Arc<[u8]>>,
}

impl Painting {
    /// Its bytes. Sources were looked at when it was ordered: none of them cannot be read.
    pub fn paint(&self) -> Vec<u8> {
        let &Self { seed, size: (width, height), format, quality, .. } = self;
        let prompt = self.prompt.as_str();
        // A picture that is to be cut out loses nothing before.
        let painted_in = if self.transparent { Format::Png } else { format };
        let sources: Vec<&[u8]> = self.sources.iter().map(AsRef::as_ref).collect();
        let painted = match sources.split_first() {
            None => picture::render(&Order { prompt, seed, width, height, format: painted_in, quality }),
            Some((source, references)) => {
                let mask = self.mask.as_ref().map(|bytes| Mask { bytes, polarity: Polarity::Transparent });
                let size = Some((width, height));
                let edit = Edit { source, references, mask, prompt, seed, strength: STRENGTH, size, format: painted_in, quality };
                picture::edit(&edit).unwrap_or_default()
            }
        };
        if self.transparent { picture::cut_out(&painted, format).unwrap_or_default() } else { painted }
    }
}
