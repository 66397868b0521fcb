//! Edits: new pictures that visibly use their source. Words of the prompt choose the colours of the new one, a mask says
//! which part of it is painted anew.

use image::{Rgba, RgbaImage};

use super::{
    Format, canvas,
    color::Rgb,
    draw,
    number::byte,
    source::{Fault, Source},
    subject,
};
use crate::dice::{Dice, hash};

/// Which part of a mask is painted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// The dark part (Ideogram at Replicate).
    Black,
    /// The light part (most of fal's models).
    White,
    /// The part that is more transparent than not (`OpenAI`).
    Transparent,
}

/// A mask and how it is meant. It is stretched to the size of the edit.
#[derive(Debug, Clone, Copy)]
pub struct Mask<'a> {
    /// PNG, JPEG or WebP.
    pub bytes: &'a [u8],
    /// What of it is painted anew.
    pub polarity: Polarity,
}

/// What to make of a source.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// PNG, JPEG or WebP.
    pub source: &'a [u8],
    /// More pictures: they come as insets along the lower edge, so that one can see that each was used.
    pub references: &'a [&'a [u8]],
    /// With it, only its part is painted anew, with the scene of the prompt; the rest stays as it was.
    pub mask: Option<Mask<'a>>,
    /// Chooses the colours, or the scene inside of the mask.
    pub prompt: &'a str,
    /// Another seed is another edit of the same words.
    pub seed: u64,
    /// 0 leaves the source as it is, 1 leaves only its light and shade. Counts without a mask.
    pub strength: f32,
    /// Pixels across and down; those of the source without it. What does not fit the shape is cut off.
    pub size: Option<(u32, u32)>,
    /// How to encode it.
    pub format: Format,
    /// 1 to 100, for JPEG.
    pub quality: u8,
}

/// Edits and encodes. The same order is always the same bytes.
///
/// # Errors
/// When the source, a reference or the mask is no picture or too large.
pub fn edit(order: &Edit<'_>) -> Result<Vec<u8>, Fault> {
    let source = Source::read(order.source)?;
    let (width, height) = order.size.unwrap_or_else(|| source.size());
    let (width, height) = (width.max(1), height.max(1));
    let mut picture = source.covering(width, height);
    match order.mask {
        Some(mask) => {
            let mask = Mask { bytes: mask.bytes, ..mask };
            repaint(&mut picture.0, &Source::read(mask.bytes)?.resized(width, height).0, mask.polarity, order);
        }
        None => restyle(&mut picture.0, order),
    }
    for (place, reference) in (0..).zip(order.references) {
        inset(&mut picture.0, &Source::read(reference)?, place);
    }
    Ok(canvas::encode(picture.opaque().as_raw(), width, height, order.format, order.quality))
}

/// Light and shade stay, colours become those that the prompt asks for.
fn restyle(picture: &mut RgbaImage, order: &Edit<'_>) {
    let mut dice = Dice::new(hash(order.prompt) ^ order.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let palette = subject::read(order.prompt, &mut dice).palette;
    let tones = tones(&[palette.ink, palette.sky[0], palette.sky[1], palette.sky[2], palette.sky[3], palette.sky[4], palette.light]);
    let strength = order.strength.clamp(0.0, 1.0);
    for pixel in picture.pixels_mut() {
        let tone = tones[usize::from(luma(*pixel))];
        for (channel, toned) in pixel.0.iter_mut().zip(tone) {
            *channel = byte(f32::from(*channel) * (1.0 - strength) + f32::from(toned) * strength + 0.5);
        }
    }
}

/// A colour for each of 256 brightnesses, from the first stop to the last.
fn tones(stops: &[Rgb]) -> Vec<[u8; 3]> {
    let ramp = super::color::Ramp::new(stops);
    let encoded = |light: f32| {
        let light = light.clamp(0.0, 1.0);
        byte(255.0 * if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 } + 0.5)
    };
    let tone = |brightness: u8| {
        let color = ramp.at(f32::from(brightness) / 255.0);
        [encoded(color.0), encoded(color.1), encoded(color.2)]
    };
    (0..=255).map(tone).collect()
}

/// The scene of the prompt where the mask asks for it.
fn repaint(picture: &mut RgbaImage, mask: &RgbaImage, polarity: Polarity, order: &Edit<'_>) {
    let scene = draw(order.prompt, order.seed, picture.width(), picture.height());
    for ((pixel, masked), painted) in picture.pixels_mut().zip(mask.pixels()).zip(scene.chunks_exact(3)) {
        let anew = match polarity {
            Polarity::Black => 255 - luma(*masked),
            Polarity::White => luma(*masked),
            Polarity::Transparent => 255 - masked.0[3],
        };
        let anew = f32::from(anew) / 255.0;
        for (channel, painted) in pixel.0.iter_mut().zip(painted) {
            *channel = byte(f32::from(*channel) * (1.0 - anew) + f32::from(*painted) * anew + 0.5);
        }
        // Under a mask there is paint where the source let light through.
        pixel.0[3] = pixel.0[3].max(byte(anew * 255.0));
    }
}

/// A fifth of the picture's width, along the lower edge, each in its place.
fn inset(picture: &mut RgbaImage, reference: &Source, place: u32) {
    let side = (picture.width().min(picture.height()) / 5).max(1);
    let gap = side / 8;
    let small = reference.covering(side, side);
    let (left, top) = (gap + place * (side + gap), picture.height().saturating_sub(side + gap));
    for (x, y, pixel) in small.0.enumerate_pixels() {
        if left + x < picture.width() && top + y < picture.height() {
            picture.put_pixel(left + x, top + y, *pixel);
        }
    }
}

/// Brightness as eyes see it (ITU-R BT.601); what is transparent counts as white.
pub(super) fn luma(pixel: Rgba<u8>) -> u8 {
    let [red, green, blue, alpha] = pixel.0.map(u32::from);
    let bright = (red * 299 + green * 587 + blue * 114) / 1_000;
    u8::try_from((bright * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use image::ImageEncoder;

    use super::*;
    use crate::picture::{Order, render};

    fn source(prompt: &str) -> Vec<u8> {
        render(&Order { prompt, seed: 1, width: 48, height: 32, format: Format::Png, quality: 80 })
    }

    fn order(source: &[u8]) -> Edit<'_> {
        Edit { source, references: &[], mask: None, prompt: "red desert", seed: 4, strength: 0.8, size: None, format: Format::Png, quality: 80 }
    }

    fn pixels(bytes: &[u8]) -> RgbaImage {
        Source::read(bytes).expect("a picture").0
    }

    /// A mask with one colour in its left half and another in its right half.
    fn mask(left: [u8; 4], right: [u8; 4]) -> Vec<u8> {
        let half = RgbaImage::from_fn(48, 32, |x, _| Rgba(if x < 24 { left } else { right }));
        let mut bytes = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.write_image(half.as_raw(), 48, 32, image::ExtendedColorType::Rgba8).expect("rows of the right size");
        bytes
    }

    #[test]
    fn an_edit_keeps_light_and_shade_and_takes_the_prompts_colours() {
        let (sea, city) = (source("sea"), source("city at night"));
        let (of_sea, of_city) = (pixels(&edit(&order(&sea)).expect("a picture")), pixels(&edit(&order(&city)).expect("a picture")));
        assert_ne!(of_sea, of_city);
        assert_ne!(of_sea, pixels(&sea));
        assert_eq!(edit(&order(&sea)), edit(&order(&sea)));
        let blue = pixels(&edit(&Edit { prompt: "blue ice", ..order(&sea) }).expect("a picture"));
        let warmth = |picture: &RgbaImage| picture.pixels().map(|pixel| i64::from(pixel.0[0]) - i64::from(pixel.0[2])).sum::<i64>();
        assert!(warmth(&of_sea) > warmth(&blue), "{} {}", warmth(&of_sea), warmth(&blue));
        // What was lighter before is lighter after.
        let (light, dark) = (|at: &RgbaImage| u32::from(luma(*at.get_pixel(24, 2))), |at: &RgbaImage| u32::from(luma(*at.get_pixel(24, 30))));
        let before = pixels(&sea);
        assert_eq!(light(&before) > dark(&before), light(&of_sea) > dark(&of_sea));
        let untouched = edit(&Edit { strength: 0.0, ..order(&sea) }).expect("a picture");
        assert_eq!(pixels(&untouched), pixels(&sea));
    }

    #[test]
    fn with_a_mask_only_its_part_is_painted_anew() {
        const BLACK: [u8; 4] = [0, 0, 0, 255];
        const WHITE: [u8; 4] = [255; 4];
        const CLEAR: [u8; 4] = [255, 255, 255, 0];
        let sea = source("sea");
        for (polarity, anew, kept) in [(Polarity::Black, BLACK, WHITE), (Polarity::White, WHITE, BLACK), (Polarity::Transparent, CLEAR, BLACK)] {
            let bytes = mask(anew, kept);
            let edited = pixels(&edit(&Edit { mask: Some(Mask { bytes: &bytes, polarity }), ..order(&sea) }).expect("a picture"));
            let changed = |(x, y, pixel): &(u32, u32, &Rgba<u8>)| edited.get_pixel(*x, *y) != *pixel;
            let before = pixels(&sea);
            let (left, right): (Vec<_>, Vec<_>) = before.enumerate_pixels().filter(changed).partition(|(x, ..)| *x < 24);
            assert!(left.len() > 700 && right.is_empty(), "{polarity:?}: {} {}", left.len(), right.len());
        }
    }

    #[test]
    fn references_show_and_the_size_is_kept_or_taken() {
        let (sea, city) = (source("sea"), source("city at night"));
        let plain = edit(&order(&sea)).expect("a picture");
        let with = edit(&Edit { references: &[&city], ..order(&sea) }).expect("a picture");
        assert_ne!(plain, with);
        assert_eq!(pixels(&with).dimensions(), (48, 32));
        let square = edit(&Edit { size: Some((20, 20)), ..order(&sea) }).expect("a picture");
        assert_eq!(pixels(&square).dimensions(), (20, 20));
    }

    #[test]
    fn what_is_no_picture_is_said() {
        assert_eq!(edit(&order(b"nothing")), Err(Fault::NoPicture));
        let sea = source("sea");
        assert_eq!(edit(&Edit { mask: Some(Mask { bytes: b"x", polarity: Polarity::White }), ..order(&sea) }), Err(Fault::NoPicture));
        assert_eq!(edit(&Edit { references: &[b"x"], ..order(&sea) }), Err(Fault::NoPicture));
    }
}
