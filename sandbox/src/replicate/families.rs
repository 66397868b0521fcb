//! Inputs that several models of the catalogue have in common.

use super::models::{Default, Input, Kind, Role, input};
use crate::picture::Polarity;

pub(super) const PROMPT: Input = input("prompt", Kind::Prompt, Default::Absent);
pub(super) const SEED: Input = input("seed", Kind::Integer(None, None), Default::Absent);
const FLUX_RATIOS: Kind = Kind::Choice(&["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"]);
pub(super) const FLUX_RATIO: Input = input("aspect_ratio", FLUX_RATIOS, Default::Text("1:1"));
pub(super) const OUTPUTS: Input = input("num_outputs", Kind::Integer(Some(1), Some(4)), Default::Integer(1));
pub(super) const FORMAT: Input = input("output_format", Kind::Choice(&["webp", "jpg", "png"]), Default::Text("webp"));
pub(super) const QUALITY: Input = input("output_quality", Kind::Integer(Some(0), Some(100)), Default::Integer(80));
pub(super) const CHECKER: Input = input("disable_safety_checker", Kind::Flag, Default::Flag(false));
pub(super) const GO_FAST: Input = input("go_fast", Kind::Flag, Default::Flag(true));
pub(super) const MEGAPIXELS: Input = input("megapixels", Kind::Choice(&["1", "0.25"]), Default::Text("1"));

pub(super) const BANANA_RATIO: Input = input(
    "aspect_ratio",
    Kind::Choice(&["match_input_image", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]),
    Default::Text("match_input_image"),
);
pub(super) const BANANA_FORMAT: Input = input("output_format", Kind::Choice(&["jpg", "png"]), Default::Text("jpg"));

/// What all three of Ideogram's third version take.
pub(super) const IDEOGRAM: &[Input] = &[
    PROMPT,
    input(
        "aspect_ratio",
        Kind::Choice(&["1:3", "3:1", "1:2", "2:1", "9:16", "16:9", "10:16", "16:10", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "1:1"]),
        Default::Text("1:1"),
    ),
    input(
        "resolution",
        Kind::Choice(&["None", "512x1536", "768x1344", "832x1216", "1024x1024", "1216x832", "1344x768", "1536x640"]),
        Default::Text("None"),
    ),
    input("magic_prompt_option", Kind::Choice(&["Auto", "On", "Off"]), Default::Text("Auto")),
    input("image", Kind::Uri, Default::Absent),
    input("mask", Kind::Uri, Default::Absent),
    input("style_type", Kind::Choice(&["None", "Auto", "General", "Realistic", "Design"]), Default::Text("None")),
    input("style_reference_images", Kind::Uris(None), Default::Absent),
    input("style_preset", Kind::Text, Default::Absent),
    SEED,
];
pub(super) const IDEOGRAM_SOURCES: &[(&str, Role)] =
    &[("image", Role::Main), ("mask", Role::Mask(Polarity::Black)), ("style_reference_images", Role::Reference)];
/// What both of Kontext take.
pub(super) const KONTEXT: &[Input] = &[
    PROMPT,
    input("input_image", Kind::Uri, Default::Absent),
    input(
        "aspect_ratio",
        Kind::Choice(&["match_input_image", "1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9", "9:21", "2:1", "1:2"]),
        Default::Text("match_input_image"),
    ),
    SEED,
    input("output_format", Kind::Choice(&["png", "jpg"]), Default::Text("png")),
    input("safety_tolerance", Kind::Integer(Some(0), Some(6)), Default::Integer(2)),
    input("prompt_upsampling", Kind::Flag, Default::Flag(false)),
];
