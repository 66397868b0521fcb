//! Pictures from words.

use super::{FORMAT, OUTPUTS, PROMPT, SEED, at_fal, at_replicate, choice, plain, wanted};
use crate::domain::catalogue::{Address, Described, Fixed, Input, Kind, Model, Target, Unit, Wanted, Written};

const FLUX_RATIO: Input = choice("aspectRatio", &["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"], "1:1");
pub(super) const RATIO: Wanted = plain("aspectRatio", "aspect_ratio");
pub(super) const JPEG: Wanted = wanted("outputFormat", "output_format", Written::Word(&[("jpg", "jpeg")]));
const FLUX_AT_REPLICATE: &[Wanted] = &[RATIO, plain("outputs", "num_outputs"), plain("seed", "seed"), plain("outputFormat", "output_format")];
/// About a million pixels in multiples of 32.
const SIZE: Wanted = wanted(
    "aspectRatio",
    "image_size",
    Written::Size(&[
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
        ("2:1", [1408, 704]),
        ("1:2", [704, 1408]),
        ("3:1", [1728, 576]),
        ("1:3", [576, 1728]),
        ("16:10", [1280, 800]),
        ("10:16", [800, 1280]),
    ]),
);
/// fal's FLUX writes no WebP: what was meant as the default becomes a JPEG.
const FLUX_AT_FAL: &[Wanted] = &[
    SIZE,
    plain("outputs", "num_images"),
    plain("seed", "seed"),
    wanted("outputFormat", "output_format", Written::Word(&[("webp", "jpeg"), ("jpg", "jpeg")])),
];

pub(super) const FLUX_SCHNELL: Model = Model {
    id: "flux-schnell",
    name: "FLUX schnell",
    description: Described {
        en: "Fast and cheap: ideas in about two seconds", fr: "Rapide et économique\u{a0}: des idées en deux secondes environ"
    },
    targets: &[
        at_replicate("black-forest-labs/flux-schnell", 3_000, FLUX_AT_REPLICATE, &[]),
        at_fal("fal-ai/flux/schnell", 3_000, FLUX_AT_FAL, &[("num_inference_steps", Fixed::Integer(4))]),
    ],
    kind: Kind::TextToImage,
    credits: 1,
    unit: Unit::Output,
    typical_ms: 2_000,
    prompt: PROMPT,
    inputs: &[FLUX_RATIO, OUTPUTS, SEED, FORMAT],
};

pub(super) const FLUX_DEV: Model = Model {
    id: "flux-dev",
    name: "FLUX dev",
    description: Described { en: "Finer detail and closer to the words", fr: "Plus de détails, plus fidèle au texte" },
    targets: &[at_replicate("black-forest-labs/flux-dev", 25_000, FLUX_AT_REPLICATE, &[]), at_fal("fal-ai/flux/dev", 25_000, FLUX_AT_FAL, &[])],
    kind: Kind::TextToImage,
    credits: 4,
    unit: Unit::Output,
    typical_ms: 8_000,
    prompt: PROMPT,
    inputs: &[FLUX_RATIO, OUTPUTS, SEED, FORMAT],
};

pub(super) const FLUX_PRO: Model = Model {
    id: "flux-1.1-pro",
    name: "FLUX 1.1 pro",
    description: Described {
        en: "Balanced light and fine surfaces, one picture at a time",
        fr: "Lumière équilibrée et matières fines, une image à la fois",
    },
    targets: &[
        at_replicate("black-forest-labs/flux-1.1-pro", 40_000, &[RATIO, plain("seed", "seed"), plain("outputFormat", "output_format")], &[]),
        at_fal(
            "fal-ai/flux-pro/v1.1",
            40_000,
            &[SIZE, plain("seed", "seed"), wanted("outputFormat", "output_format", Written::Word(&[("webp", "jpeg"), ("jpg", "jpeg")]))],
            &[],
        ),
    ],
    kind: Kind::TextToImage,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 5_000,
    prompt: PROMPT,
    inputs: &[choice("aspectRatio", &["1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "9:16", "3:4", "4:3"], "1:1"), SEED, FORMAT],
};

pub(super) const NANO_BANANA: Model = Model {
    id: "nano-banana",
    name: "Nano Banana",
    description: Described { en: "Understands long descriptions and keeps to them", fr: "Comprend les longues descriptions et s’y tient" },
    targets: &[
        at_replicate("google/nano-banana", 39_000, &[RATIO, plain("outputFormat", "output_format")], &[]),
        at_fal("fal-ai/nano-banana", 39_000, &[RATIO, JPEG], &[]),
    ],
    kind: Kind::TextToImage,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 6_000,
    prompt: PROMPT,
    inputs: &[
        choice("aspectRatio", &["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"], "1:1"),
        choice("outputFormat", &["jpg", "png"], "jpg"),
    ],
};

const SEEDREAM_RATIO: Input = choice("aspectRatio", &["1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"], "1:1");

pub(super) const SEEDREAM_4: Model = Model {
    id: "seedream-4",
    name: "Seedream 4",
    description: Described { en: "Large pictures, up to 4K", fr: "De grandes images, jusqu’en 4K" },
    targets: &[at_replicate(
        "bytedance/seedream-4",
        30_000,
        &[RATIO, plain("size", "size")],
        &[("sequential_image_generation", Fixed::Text("disabled")), ("max_images", Fixed::Integer(1))],
    )],
    kind: Kind::TextToImage,
    credits: 5,
    unit: Unit::Output,
    typical_ms: 12_000,
    prompt: PROMPT,
    inputs: &[SEEDREAM_RATIO, choice("size", &["1K", "2K", "4K"], "2K")],
};

pub(super) const SEEDREAM_4_5: Model = Model {
    id: "seedream-4.5",
    name: "Seedream 4.5",
    description: Described { en: "Posters, layout and many faces", fr: "Affiches, mise en page et visages nombreux" },
    targets: &[at_fal(
        "fal-ai/bytedance/seedream/v4.5/text-to-image",
        40_000,
        &[
            wanted(
                "aspectRatio",
                "image_size",
                Written::Size(&[
                    ("1:1", [2048, 2048]),
                    ("4:3", [2304, 1920]),
                    ("3:4", [1920, 2304]),
                    ("16:9", [3414, 1920]),
                    ("9:16", [1920, 3414]),
                    ("3:2", [2880, 1920]),
                    ("2:3", [1920, 2880]),
                    ("21:9", [4096, 1920]),
                ]),
            ),
            plain("outputs", "num_images"),
            plain("seed", "seed"),
        ],
        &[],
    )],
    kind: Kind::TextToImage,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 12_000,
    prompt: PROMPT,
    inputs: &[SEEDREAM_RATIO, OUTPUTS, SEED],
};

const IDEOGRAM_RATIO: Input =
    choice("aspectRatio", &["1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "2:1", "1:2", "3:1", "1:3", "16:10", "10:16"], "1:1");
const IDEOGRAM_AT_FAL: &[Wanted] = &[SIZE, plain("seed", "seed")];

pub(super) const IDEOGRAM_TURBO: Model = Model {
    id: "ideogram-v3-turbo",
    name: "Ideogram 3 turbo",
    description: Described { en: "Good with lettering and layout", fr: "À l’aise avec le texte et la mise en page" },
    targets: &[
        at_replicate("ideogram-ai/ideogram-v3-turbo", 30_000, &[RATIO, plain("seed", "seed")], &[]),
        at_fal("fal-ai/ideogram/v3", 30_000, IDEOGRAM_AT_FAL, &[("rendering_speed", Fixed::Text("TURBO"))]),
    ],
    kind: Kind::TextToImage,
    credits: 5,
    unit: Unit::Output,
    typical_ms: 6_000,
    prompt: PROMPT,
    inputs: &[IDEOGRAM_RATIO, SEED],
};

pub(super) const IDEOGRAM_QUALITY: Model = Model {
    id: "ideogram-v3-quality",
    name: "Ideogram 3 quality",
    description: Described { en: "The same model at its best quality", fr: "Le même modèle, en qualité maximale" },
    targets: &[at_replicate("ideogram-ai/ideogram-v3-quality", 90_000, &[RATIO, plain("seed", "seed")], &[])],
    kind: Kind::TextToImage,
    credits: 13,
    unit: Unit::Output,
    typical_ms: 14_000,
    prompt: PROMPT,
    inputs: &[IDEOGRAM_RATIO, SEED],
};

pub(super) const RECRAFT: Model = Model {
    id: "recraft-v3",
    name: "Recraft 3",
    description: Described {
        en: "Illustration and design, with long texts in the picture",
        fr: "Illustration et graphisme, avec de longs textes dans l’image",
    },
    targets: &[
        at_replicate("recraft-ai/recraft-v3", 40_000, &[RATIO, plain("style", "style")], &[]),
        at_fal("fal-ai/recraft/v3/text-to-image", 40_000, &[SIZE, plain("style", "style")], &[]),
    ],
    kind: Kind::TextToImage,
    credits: 6,
    unit: Unit::Output,
    typical_ms: 8_000,
    prompt: PROMPT,
    inputs: &[
        choice("aspectRatio", &["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "5:4", "4:5"], "1:1"),
        choice("style", &["realistic_image", "digital_illustration"], "realistic_image"),
    ],
};

pub(super) const GPT_IMAGE: Model = Model {
    id: "gpt-image-1.5",
    name: "GPT Image 1.5",
    description: Described { en: "Follows instructions to the letter, writes and counts", fr: "Suit les consignes à la lettre, écrit et compte" },
    targets: &[Target {
        host: "openai",
        model: "gpt-image-1.5",
        address: Address::Name,
        cost_micros: 50_000,
        inputs: &[
            wanted("aspectRatio", "size", Written::Word(&[("1:1", "1024x1024"), ("3:2", "1536x1024"), ("2:3", "1024x1536")])),
            plain("outputs", "n"),
            wanted("outputFormat", "output_format", Written::Word(&[("jpg", "jpeg")])),
        ],
        fixed: &[("quality", Fixed::Text("medium"))],
    }],
    kind: Kind::TextToImage,
    credits: 8,
    unit: Unit::Output,
    typical_ms: 20_000,
    prompt: PROMPT,
    inputs: &[choice("aspectRatio", &["1:1", "3:2", "2:3"], "1:1"), OUTPUTS, choice("outputFormat", &["jpg", "png", "webp"], "jpg")],
};
