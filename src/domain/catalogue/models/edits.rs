//! Pictures from pictures.

use super::pictures::JPEG;
use super::{FORMAT, JPG_OR_PNG, NO_PROMPT, OUTPUTS, PROMPT, SEED, at_fal, at_replicate, choice, enlarged, images, plain, wanted, whole};
use crate::domain::catalogue::{Accepts, Address, Described, Input, Kind, Model, Role, Target, Unit, Wanted, Written};

const IMAGE: Input = images("image", 1, 1, Role::Source);
/// As the picture is, if nothing else is said.
const MATCH: Written = Written::Word(&[("match", "match_input_image")]);
const MATCH_AT_FAL: Written = Written::Word(&[("match", "")]);

pub(super) const FLUX_DEV_REMIX: Model = Model {
    id: "flux-dev-remix",
    name: "FLUX dev remix",
    description: Described {
        en: "Reimagines a picture, as strongly as you choose", fr: "Réinterprète une image, à l’intensité de votre choix"
    },
    targets: &[at_replicate(
        "black-forest-labs/flux-dev",
        25_000,
        &[
            plain("image", "image"),
            plain("strength", "prompt_strength"),
            plain("outputs", "num_outputs"),
            plain("seed", "seed"),
            plain("outputFormat", "output_format"),
        ],
        &[],
    )],
    kind: Kind::ImageToImage,
    credits: 4,
    unit: Unit::Output,
    typical_ms: 8_000,
    prompt: PROMPT,
    inputs: &[IMAGE, Input { name: "strength", accepts: Accepts::Decimal { minimum: 5, maximum: 100, default: 80 } }, OUTPUTS, SEED, FORMAT],
};

pub(super) const NANO_BANANA_BLEND: Model = Model {
    id: "nano-banana-blend",
    name: "Nano Banana blend",
    description: Described {
        en: "Puts people and things of several pictures into one",
        fr: "Réunit des personnes et des objets de plusieurs images en une seule",
    },
    targets: &[
        at_replicate(
            "google/nano-banana",
            39_000,
            &[wanted("images", "image_input", Written::List), wanted("aspectRatio", "aspect_ratio", MATCH), plain("outputFormat", "output_format")],
            &[],
        ),
        at_fal(
            "fal-ai/nano-banana/edit",
            39_000,
            &[wanted("images", "image_urls", Written::List), wanted("aspectRatio", "aspect_ratio", Written::Word(&[("match", "auto")])), JPEG],
            &[],
        ),
    ],
    kind: Kind::ImageToImage,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 8_000,
    prompt: PROMPT,
    inputs: &[
        images("images", 1, 6, Role::Reference),
        choice("aspectRatio", &["match", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"], "match"),
        choice("outputFormat", &["jpg", "png"], "jpg"),
    ],
};

const KONTEXT_RATIO: Input =
    choice("aspectRatio", &["match", "1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9", "9:21", "2:1", "1:2"], "match");

pub(super) const FLUX_KONTEXT: Model = Model {
    id: "flux-kontext-pro",
    name: "FLUX Kontext pro",
    description: Described { en: "Changes what you ask for and keeps the rest", fr: "Modifie ce que vous demandez et garde le reste" },
    targets: &[
        at_replicate(
            "black-forest-labs/flux-kontext-pro",
            40_000,
            &[
                plain("image", "input_image"),
                wanted("aspectRatio", "aspect_ratio", MATCH),
                plain("seed", "seed"),
                plain("outputFormat", "output_format"),
            ],
            &[],
        ),
        at_fal(
            "fal-ai/flux-pro/kontext",
            40_000,
            &[plain("image", "image_url"), wanted("aspectRatio", "aspect_ratio", MATCH_AT_FAL), plain("seed", "seed"), JPEG],
            &[],
        ),
    ],
    kind: Kind::Edit,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 6_000,
    prompt: PROMPT,
    inputs: &[IMAGE, KONTEXT_RATIO, SEED, JPG_OR_PNG],
};

pub(super) const NANO_BANANA_PRO: Model = Model {
    id: "nano-banana-pro",
    name: "Nano Banana Pro",
    description: Described { en: "Complex edits, up to 4K", fr: "Retouches complexes, jusqu’en 4K" },
    targets: &[at_replicate(
        "google/nano-banana-pro",
        150_000,
        &[
            wanted("images", "image_input", Written::List),
            wanted("aspectRatio", "aspect_ratio", MATCH),
            plain("resolution", "resolution"),
            plain("outputFormat", "output_format"),
        ],
        &[],
    )],
    kind: Kind::Edit,
    credits: 24,
    unit: Unit::Output,
    typical_ms: 20_000,
    prompt: PROMPT,
    inputs: &[
        images("images", 1, 14, Role::Source),
        choice("aspectRatio", &["match", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"], "match"),
        // 4K costs twice as much at the host.
        choice("resolution", &["1K", "2K"], "2K"),
        choice("outputFormat", &["jpg", "png"], "jpg"),
    ],
};

pub(super) const IDEOGRAM_INPAINT: Model = Model {
    id: "ideogram-v3-inpaint",
    name: "Ideogram 3 inpaint",
    description: Described { en: "Paints anew what you mark, and nothing else", fr: "Repeint ce que vous marquez, et rien d’autre" },
    targets: &[at_replicate(
        "ideogram-ai/ideogram-v3-balanced",
        60_000,
        &[plain("image", "image"), plain("mask", "mask"), plain("seed", "seed")],
        &[],
    )],
    kind: Kind::Edit,
    credits: 9,
    unit: Unit::Output,
    typical_ms: 10_000,
    prompt: PROMPT,
    inputs: &[IMAGE, images("mask", 1, 1, Role::Mask), SEED],
};

const fn version(model: &'static str, version: &'static str, cost_micros: i64, inputs: &'static [Wanted]) -> Target {
    Target { address: Address::Version(version), ..at_replicate(model, cost_micros, inputs, &[]) }
}

pub(super) const REAL_ESRGAN: Model = Model {
    id: "real-esrgan",
    name: "Real-ESRGAN",
    description: Described { en: "The same picture with more pixels", fr: "La même image avec plus de pixels" },
    targets: &[
        at_fal("fal-ai/esrgan", 3_000, &[plain("image", "image_url"), plain("scale", "scale"), JPEG], &[]),
        version(
            "nightmareai/real-esrgan",
            "f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa",
            3_000,
            &[plain("image", "image"), plain("scale", "scale")],
        ),
    ],
    kind: Kind::Upscale,
    credits: 1,
    unit: Unit::Output,
    typical_ms: 5_000,
    prompt: NO_PROMPT,
    inputs: &[enlarged("image", "scale"), whole("scale", 2, 4, 1, Some(2)), choice("outputFormat", &["jpg", "png"], "png")],
};

pub(super) const BACKGROUND_REMOVER: Model = Model {
    id: "background-remover",
    name: "Background remover",
    description: Described { en: "Keeps the subject, on a transparent ground", fr: "Garde le sujet, sur fond transparent" },
    targets: &[version(
        "851-labs/background-remover",
        "a029dff38972b5fda4ec5d75d7d1cd25aeff621d2cf4946a41055d7db66b80bc",
        1_000,
        &[plain("image", "image")],
    )],
    kind: Kind::RemoveBackground,
    credits: 1,
    unit: Unit::Output,
    typical_ms: 4_000,
    prompt: NO_PROMPT,
    inputs: &[IMAGE],
};
