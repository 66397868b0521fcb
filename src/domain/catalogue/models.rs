//! The entries. Sources: contracts Replicate, section 7, and fal, section 6; prices of hosts: their public lists.

mod edits;
mod films;
mod pictures;

use crate::domain::{picture, upload};

use super::{Accepts, Address, Fixed, Input, Model, PromptLimits, Role, Target, Wanted, Written};

/// The catalogue. The first is the default, and the first of a kind is that kind's.
pub static MODELS: &[Model] = &[
    pictures::FLUX_SCHNELL,
    pictures::FLUX_DEV,
    pictures::FLUX_PRO,
    pictures::NANO_BANANA,
    pictures::SEEDREAM_4,
    pictures::SEEDREAM_4_5,
    pictures::IDEOGRAM_TURBO,
    pictures::IDEOGRAM_QUALITY,
    pictures::RECRAFT,
    pictures::GPT_IMAGE,
    edits::FLUX_DEV_REMIX,
    edits::NANO_BANANA_BLEND,
    edits::FLUX_KONTEXT,
    edits::NANO_BANANA_PRO,
    edits::IDEOGRAM_INPAINT,
    edits::REAL_ESRGAN,
    edits::BACKGROUND_REMOVER,
    films::SEEDANCE,
    films::SEEDANCE_FROM_PICTURE,
    films::KLING_TURBO,
    films::KLING,
];

const PROMPT: PromptLimits = PromptLimits { max_length: 4_000, required: true };
const NO_PROMPT: PromptLimits = PromptLimits { max_length: 0, required: false };

const OUTPUTS: Input = whole("outputs", 1, 4, 1, Some(1));
// The hosts take 32-bit seeds; half of that range survives every signed reading.
const SEED: Input = whole("seed", 0, 2_147_483_647, 1, None);
const FORMAT: Input = choice("outputFormat", &["webp", "jpg", "png"], "webp");
const JPG_OR_PNG: Input = choice("outputFormat", &["jpg", "png"], "png");

const fn choice(name: &'static str, options: &'static [&'static str], default: &'static str) -> Input {
    Input { name, accepts: Accepts::Choice { options, default } }
}
const fn whole(name: &'static str, minimum: i64, maximum: i64, step: i64, default: Option<i64>) -> Input {
    Input { name, accepts: Accepts::Integer { minimum, maximum, step, default } }
}
const fn images(name: &'static str, minimum: usize, maximum: usize, role: Role) -> Input {
    Input { name, accepts: Accepts::Images { minimum, maximum, role, max_pixels: upload::PIXELS_MAX, max_side: picture::SIDE_MAX, scaled_by: None } }
}
/// A picture that is enlarged by the number of an input: as large as what comes out can be kept.
const fn enlarged(name: &'static str, by: &'static str) -> Input {
    Input {
        name,
        accepts: Accepts::Images {
            minimum: 1,
            maximum: 1,
            role: Role::Source,
            max_pixels: picture::PIXELS_MAX,
            max_side: picture::SIDE_MAX,
            scaled_by: Some(by),
        },
    }
}
const fn wanted(ours: &'static str, theirs: &'static str, written: Written) -> Wanted {
    Wanted { ours, theirs, written }
}
const fn plain(ours: &'static str, theirs: &'static str) -> Wanted {
    wanted(ours, theirs, Written::AsIs)
}

type Always = &'static [(&'static str, Fixed)];

const fn at_replicate(model: &'static str, cost_micros: i64, inputs: &'static [Wanted], fixed: Always) -> Target {
    Target { host: "replicate", model, address: Address::Name, cost_micros, inputs, fixed }
}
const fn at_fal(model: &'static str, cost_micros: i64, inputs: &'static [Wanted], fixed: Always) -> Target {
    Target { host: "fal", model, address: Address::Name, cost_micros, inputs, fixed }
}
