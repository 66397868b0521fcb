//! The entries. Sources: contracts Replicate, section 7, and fal, section 6; prices of hosts: their public lists.

use super::{Accepts, Address, Described, Fixed, Input, Model, PromptLimits, Target, Wanted, Written};

const FLUX_RATIOS: &[&str] = &["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"];
const RATIO: Input = Input { name: "aspectRatio", accepts: Accepts::Choice { options: FLUX_RATIOS, default: "1:1" } };
const OUTPUTS: Input = Input { name: "outputs", accepts: Accepts::Integer { minimum: 1, maximum: 4, default: Some(1) } };
// The hosts take 32-bit seeds; half of that range survives every signed reading.
const SEED: Input = Input { name: "seed", accepts: Accepts::Integer { minimum: 0, maximum: 2_147_483_647, default: None } };
const FORMAT: Input = Input { name: "outputFormat", accepts: Accepts::Choice { options: &["webp", "jpg", "png"], default: "webp" } };

const fn plain(ours: &'static str, theirs: &'static str) -> Wanted {
    Wanted { ours, theirs, written: Written::AsIs }
}

const AT_REPLICATE: &[Wanted] =
    &[plain("aspectRatio", "aspect_ratio"), plain("outputs", "num_outputs"), plain("seed", "seed"), plain("outputFormat", "output_format")];
/// About a million pixels in multiples of 32.
const FLUX_SIZES: &[(&str, [i64; 2])] = &[
    ("1:1", [1024, 1024]),
    ("16:9", [1344, 768]),
    ("21:9", [1536, 640]),
    ("3:2", [1216, 832]),
    ("2:3", [832, 1216]),
    ("4:5", [896, 1088]),
    ("5:4", [1088, 896]),
    ("3:4", [896, 1152]),
    ("4:3", [1152, 896]),
    ("9:16", [768, 1344]),
    ("9:21", [640, 1536]),
];
/// fal's FLUX writes no WebP: what was meant as the default becomes a JPEG.
const FLUX_AT_FAL: &[Wanted] = &[
    Wanted { ours: "aspectRatio", theirs: "image_size", written: Written::Size(FLUX_SIZES) },
    plain("outputs", "num_images"),
    plain("seed", "seed"),
    Wanted { ours: "outputFormat", theirs: "output_format", written: Written::Word(&[("webp", "jpeg"), ("jpg", "jpeg"), ("png", "png")]) },
];

const fn at_replicate(model: &'static str, cost_micros: i64, inputs: &'static [Wanted]) -> Target {
    Target { host: "replicate", model, address: Address::Name, cost_micros, inputs, fixed: &[] }
}
const fn at_fal(model: &'static str, cost_micros: i64, inputs: &'static [Wanted], fixed: &'static [(&'static str, Fixed)]) -> Target {
    Target { host: "fal", model, address: Address::Name, cost_micros, inputs, fixed }
}

/// The catalogue. The first is the default.
pub static MODELS: &[Model] = &[
    Model {
        id: "flux-schnell",
        name: "FLUX schnell",
        description: Described {
            en: "Fast and cheap: ideas in about two seconds",
            fr: "Rapide et économique\u{a0}: des idées en deux secondes environ",
        },
        targets: &[
            at_replicate("black-forest-labs/flux-schnell", 3_000, AT_REPLICATE),
            at_fal("fal-ai/flux/schnell", 3_000, FLUX_AT_FAL, &[("num_inference_steps", Fixed::Integer(4))]),
        ],
        kind: "image",
        credits: 1,
        typical_ms: 2_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[RATIO, OUTPUTS, SEED, FORMAT],
    },
    Model {
        id: "flux-dev",
        name: "FLUX dev",
        description: Described { en: "Finer detail and closer to the words", fr: "Plus de détails, plus fidèle au texte" },
        targets: &[at_replicate("black-forest-labs/flux-dev", 25_000, AT_REPLICATE), at_fal("fal-ai/flux/dev", 25_000, FLUX_AT_FAL, &[])],
        kind: "image",
        credits: 4,
        typical_ms: 8_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[RATIO, OUTPUTS, SEED, FORMAT],
    },
    Model {
        id: "ideogram-v3-turbo",
        name: "Ideogram 3 turbo",
        description: Described { en: "Good with lettering and layout", fr: "À l’aise avec le texte et la mise en page" },
        targets: &[at_replicate("ideogram-ai/ideogram-v3-turbo", 30_000, &[plain("aspectRatio", "aspect_ratio"), plain("seed", "seed")])],
        kind: "image",
        credits: 5,
        typical_ms: 6_000,
        prompt: PromptLimits { max_length: 4_000 },
        inputs: &[
            Input {
                name: "aspectRatio",
                accepts: Accepts::Choice {
                    options: &["1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "2:1", "1:2", "3:1", "1:3", "16:10", "10:16"],
                    default: "1:1",
                },
            },
            SEED,
        ],
    },
];
