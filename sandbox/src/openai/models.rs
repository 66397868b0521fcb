//! The models: those of npm's `openai` that can still be asked, and one of a service that only speaks like the vendor.

use serde_json::{Value, json};

/// A model.
#[derive(Debug)]
pub(super) struct Model {
    pub id: &'static str,
    /// When it was made, in Unix seconds; invented where nobody says.
    created_s: i64,
    pub sizes: Sizes,
    pub qualities: &'static [&'static str],
    /// What `input_fidelity` may be; nothing where it may not be given.
    pub fidelities: &'static [&'static str],
    /// Whether it takes `response_format` (and `style`) and answers with addresses. The vendor's own models answer with
    /// base64 alone, and refuse both.
    pub by_url: bool,
}

/// Which sizes a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    /// [`STANDARD`] alone.
    Standard,
    /// These and others: sides divisible by 16, from 1:3 to 3:1, up to 3840 × 2160.
    Arbitrary,
    /// Any, from 64 to 4096 pixels a side.
    Free,
}

/// Square, landscape, portrait.
pub(super) const STANDARD: [(&str, u32, u32); 3] = [("1024x1024", 1_024, 1_024), ("1536x1024", 1_536, 1_024), ("1024x1536", 1_024, 1_536)];

const USUAL: &[&str] = &["low", "medium", "high", "auto"];
const FINE: &[&str] = &["low", "medium", "high", "xhigh", "max", "auto"];
const BOTH: &[&str] = &["high", "low"];

const fn model(id: &'static str, created_s: i64, sizes: Sizes, qualities: &'static [&'static str], fidelities: &'static [&'static str]) -> Model {
    Model { id, created_s, sizes, qualities, fidelities, by_url: false }
}

/// The catalogue. `gpt-image-1` and DALL·E are gone, as at the vendor.
pub(super) const MODELS: &[Model] = &[
    model("gpt-image-1-mini", 1_759_512_027, Sizes::Standard, USUAL, &["low"]),
    model("gpt-image-1.5", 1_763_670_000, Sizes::Standard, USUAL, BOTH),
    model("chatgpt-image-latest", 1_765_000_000, Sizes::Standard, USUAL, BOTH),
    model("gpt-image-2", 1_776_700_000, Sizes::Arbitrary, USUAL, &[]),
    model("gpt-image-2-2026-04-21", 1_776_700_000, Sizes::Arbitrary, USUAL, &[]),
    model("gpt-image-2.5-sunburst", 1_788_800_000, Sizes::Arbitrary, FINE, BOTH),
    model("gpt-image-2.5-sunburst-2026-09-08", 1_788_800_000, Sizes::Arbitrary, FINE, BOTH),
    model("gpt-image-2.5-flare", 1_788_800_000, Sizes::Arbitrary, FINE, BOTH),
    model("gpt-image-2.5-flare-2026-09-08", 1_788_800_000, Sizes::Arbitrary, FINE, BOTH),
    Model { by_url: true, ..model("sandbox-image", 1_767_225_600, Sizes::Free, &["low", "medium", "high", "auto", "standard", "hd"], BOTH) },
];

/// The model of a name.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

impl Model {
    pub fn json(&self) -> Value {
        json!({"id": self.id, "object": "model", "created": self.created_s, "owned_by": if self.by_url { "sandbox" } else { "system" }})
    }

    /// Width and height of a size that it makes.
    pub fn size(&self, name: &str) -> Option<(u32, u32)> {
        if let Some((_, width, height)) = STANDARD.iter().find(|(standard, ..)| *standard == name) {
            return Some((*width, *height));
        }
        let (width, height) = name.split_once('x')?;
        let side = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let (width, height) = (side(width)?, side(height)?);
        let fits = match self.sizes {
            Sizes::Standard => false,
            Sizes::Arbitrary => {
                let (long, short) = (width.max(height), width.min(height));
                short >= 16
                    && long <= 3_840
                    && width % 16 == 0
                    && height % 16 == 0
                    && long <= short * 3
                    && u64::from(long) * u64::from(short) <= 3_840 * 2_160
            }
            Sizes::Free => (64..=4_096).contains(&width) && (64..=4_096).contains(&height),
        };
        fits.then_some((width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let of = |model: &str, size: &str| find(model).expect("a model").size(size);
        for (model, size, expected) in [
            ("gpt-image-1.5", "1536x1024", Some((1_536, 1_024))),
            ("gpt-image-1.5", "1536x864", None),
            ("gpt-image-2", "1536x864", Some((1_536, 864))),
            ("gpt-image-2", "3840x2160", Some((3_840, 2_160))),
            ("gpt-image-2", "3840x2176", None),
            ("gpt-image-2", "1000x1000", None),
            ("gpt-image-2", "3200x1024", None),
            ("gpt-image-2", "+1024x1024", None),
            ("sandbox-image", "512x512", Some((512, 512))),
            ("sandbox-image", "10x10", None),
            ("sandbox-image", "512", None),
        ] {
            assert_eq!(of(model, size), expected, "{model} {size}");
        }
        assert!(["gpt-image-1", "dall-e-3", ""].iter().all(|gone| find(gone).is_none()));
    }
}
