//! Width and height of what models make.

use serde_json::Value;

/// What a custom size may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Anything that can be painted.
    Usual,
    /// Each side 1920 to 4096, or all pixels within 2560 × 1440 and 4096 × 4096.
    Large,
}

/// Named sizes, with their pixels (the vendor's toolkit for apps).
pub(super) const SIZES: [(&str, u32, u32); 6] = [
    ("square_hd", 1_024, 1_024),
    ("square", 512, 512),
    ("portrait_4_3", 768, 1_024),
    ("portrait_16_9", 576, 1_024),
    ("landscape_4_3", 1_024, 768),
    ("landscape_16_9", 1_024, 576),
];
/// Names that only models of large pictures know.
pub(super) const LARGE_SIZES: [(&str, u32); 2] = [("auto_2K", 2_048), ("auto_4K", 4_096)];

/// The size that an input names or gives in pixels.
pub(super) fn named_or_given(given: Option<&Value>, default: &str, sides: Sides) -> (u32, u32) {
    let side = |name: &str| given.and_then(|size| size.get(name)?.as_u64()).and_then(|side| u32::try_from(side).ok()).unwrap_or(512);
    if given.is_some_and(Value::is_object) {
        return (side("width"), side("height"));
    }
    let name = given.and_then(Value::as_str).unwrap_or(default);
    if let Some((_, side)) = LARGE_SIZES.iter().find(|(large, _)| *large == name) {
        return (*side, *side);
    }
    let (_, width, height) = SIZES.into_iter().find(|(known, ..)| *known == name).unwrap_or(("", 1_024, 1_024));
    // The large model keeps the shape of a name, with at least the pixels that it accepts.
    let factor = match sides {
        Sides::Usual => 1,
        Sides::Large if width.min(height) < 600 => 4,
        Sides::Large => 3,
    };
    (width * factor, height * factor)
}

/// The longest side of an upscaled picture.
const UPSCALED_MAX: f64 = 4_096.0;

/// An upscaled picture keeps its shape.
pub(super) fn scaled((width, height): (u32, u32), scale: f64) -> (u32, u32) {
    let scale = scale.min(UPSCALED_MAX / f64::from(width.max(height).max(1)));
    let side = |side: u32| format!("{:.0}", (f64::from(side) * scale).max(1.0)).parse().unwrap_or(side);
    (side(width), side(height))
}

/// Films have even sides.
pub(super) const fn even(side: u32) -> u32 {
    if side < 2 { 2 } else { side / 2 * 2 }
}

/// The short side is what the resolution names.
pub(super) fn film(ratio: &str, resolution: &str) -> (u32, u32) {
    let short: u32 = resolution.trim_end_matches('p').parse().unwrap_or(720);
    let (across, down) = ratio.split_once(':').and_then(|(across, down)| Some((across.parse().ok()?, down.parse().ok()?))).unwrap_or((16, 9));
    let long = even(short * u32::max(across, down) / u32::min(across, down));
    if across >= down { (long, short) } else { (short, long) }
}

/// Sizes of one megapixel that models of this family use: multiples of 32 close to the ratio.
pub(super) fn megapixel(ratio: &str) -> (u32, u32) {
    match ratio {
        "21:9" => (1_568, 672),
        "16:9" => (1_344, 768),
        "3:2" => (1_248, 832),
        "4:3" => (1_184, 880),
        "5:4" => (1_120, 896),
        "4:5" => (896, 1_120),
        "3:4" => (880, 1_184),
        "2:3" => (832, 1_248),
        "9:16" => (768, 1_344),
        "9:21" => (672, 1_568),
        _ => (1_024, 1_024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_named_size_of_the_large_model_has_the_pixels_that_it_accepts() {
        for (name, ..) in SIZES {
            let (width, height) = named_or_given(Some(&json!(name)), "", Sides::Large);
            assert!((2_560 * 1_440..=4_096 * 4_096).contains(&(width * height)), "{name}: {width}x{height}");
        }
    }

    #[test]
    fn ratios_are_near_their_names() {
        for ratio in ["21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "9:21"] {
            let (across, down) = ratio.split_once(':').expect("a ratio");
            let wanted = across.parse::<f64>().expect("a number") / down.parse::<f64>().expect("a number");
            let (width, height) = megapixel(ratio);
            assert!((f64::from(width) / f64::from(height) / wanted - 1.0).abs() < 0.02, "{ratio}");
        }
    }

    #[test]
    fn upscaled_pictures_keep_their_shape_below_the_limit() {
        assert_eq!(scaled((300, 200), 2.5), (750, 500));
        assert_eq!(scaled((3_000, 1_500), 4.0), (4_096, 2_048));
        assert_eq!(scaled((3, 2), -1.0), (1, 1));
    }
}
