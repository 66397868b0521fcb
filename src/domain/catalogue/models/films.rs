//! Films.

use super::pictures::RATIO;
use super::{PROMPT, SEED, at_fal, at_replicate, choice, images, plain, wanted, whole};
use crate::domain::catalogue::{Described, Fixed, Input, Kind, Model, Role, Unit, Wanted, Written};

const FIRST: Input = images("image", 1, 1, Role::FirstFrame);
const LAST: Input = images("lastImage", 0, 1, Role::LastFrame);
/// Whole seconds as a text: fal's films.
const SECONDS_AT_FAL: Wanted = wanted("duration", "duration", Written::Text);
const SECONDS: Wanted = plain("duration", "duration");
const AT_720P: &[(&str, Fixed)] = &[("resolution", Fixed::Text("720p"))];

pub(super) const SEEDANCE: Model = Model {
    id: "seedance-1-pro",
    name: "Seedance 1 pro",
    description: Described { en: "Videos of 2 to 12 seconds from words, 720p", fr: "Des vidéos de 2 à 12 secondes à partir de mots, 720p" },
    targets: &[
        at_replicate("bytedance/seedance-1-pro", 60_000, &[RATIO, SECONDS, plain("seed", "seed")], AT_720P),
        at_fal("fal-ai/bytedance/seedance/v1/pro/text-to-video", 60_000, &[RATIO, SECONDS_AT_FAL, plain("seed", "seed")], AT_720P),
    ],
    kind: Kind::TextToVideo,
    credits: 9,
    unit: Unit::Second,
    typical_ms: 45_000,
    prompt: PROMPT,
    inputs: &[choice("aspectRatio", &["16:9", "4:3", "1:1", "3:4", "9:16", "21:9"], "16:9"), whole("duration", 2, 12, 1, Some(5)), SEED],
};

pub(super) const SEEDANCE_FROM_PICTURE: Model = Model {
    id: "seedance-1-pro-animate",
    name: "Seedance 1 pro animate",
    description: Described {
        en: "Sets a picture in motion, towards another if you like",
        fr: "Anime une image, jusqu’à une image de fin si vous voulez",
    },
    targets: &[at_replicate(
        "bytedance/seedance-1-pro",
        60_000,
        &[plain("image", "image"), plain("lastImage", "last_frame_image"), SECONDS, plain("seed", "seed")],
        AT_720P,
    )],
    kind: Kind::ImageToVideo,
    credits: 9,
    unit: Unit::Second,
    typical_ms: 45_000,
    prompt: PROMPT,
    inputs: &[FIRST, LAST, whole("duration", 2, 12, 1, Some(5)), SEED],
};

pub(super) const KLING_TURBO: Model = Model {
    id: "kling-2.5-turbo",
    name: "Kling 2.5 turbo",
    description: Described {
        en: "Bold motion from a picture, 5 or 10 seconds",
        fr: "Des mouvements dynamiques à partir d’une image, 5 ou 10 secondes",
    },
    targets: &[at_fal(
        "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        70_000,
        &[plain("image", "image_url"), plain("lastImage", "tail_image_url"), SECONDS_AT_FAL],
        &[],
    )],
    kind: Kind::ImageToVideo,
    credits: 11,
    unit: Unit::Second,
    typical_ms: 60_000,
    prompt: PROMPT,
    inputs: &[FIRST, LAST, whole("duration", 5, 10, 5, Some(5))],
};

pub(super) const KLING: Model = Model {
    id: "kling-2.1",
    name: "Kling 2.1 pro",
    description: Described { en: "Calm motion between two pictures, 1080p", fr: "Un mouvement calme entre deux images, 1080p" },
    targets: &[at_replicate(
        "kwaivgi/kling-v2.1",
        90_000,
        &[plain("image", "start_image"), plain("lastImage", "end_image"), SECONDS],
        &[("mode", Fixed::Text("pro"))],
    )],
    kind: Kind::ImageToVideo,
    credits: 14,
    unit: Unit::Second,
    typical_ms: 90_000,
    prompt: PROMPT,
    inputs: &[FIRST, LAST, whole("duration", 5, 10, 5, Some(5))],
};
