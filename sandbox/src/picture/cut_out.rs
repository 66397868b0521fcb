//! What tools make of a picture without a word: larger, or without its background.

use image::{RgbaImage, imageops};

use super::{
    Format, canvas,
    number::{float, smooth},
    source::{Fault, Source},
};

/// The most pixels that an upscaler hands out.
const PIXELS_MAX: u64 = 16_000_000;
/// Brightnesses of Otsu's histogram.
const LEVELS: usize = 256;

/// The picture `factor` times as wide and as high (1 and less leave it as it is).
///
/// # Errors
/// When the source is no picture, or the result would have more than 16 megapixels.
pub fn upscale(source: &[u8], factor: f32, format: Format, quality: u8) -> Result<Vec<u8>, Fault> {
    let source = Source::read(source)?;
    let (width, height) = scaled(source.size(), factor);
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Fault::TooLarge);
    }
    Ok(resampled(&source, width, height, format, quality))
}

/// The picture in that size, in pixels, and distorted if its shape is another.
///
/// # Errors
/// When the source is no picture.
pub fn enlarge(source: &[u8], size: (u32, u32), format: Format, quality: u8) -> Result<Vec<u8>, Fault> {
    Ok(resampled(&Source::read(source)?, size.0.max(1), size.1.max(1), format, quality))
}

fn resampled(source: &Source, width: u32, height: u32, format: Format, quality: u8) -> Vec<u8> {
    let large = imageops::resize(&source.opaque(), width, height, imageops::FilterType::CatmullRom);
    canvas::encode(large.as_raw(), width, height, format, quality)
}

/// The size of an upscaled picture, in pixels.
#[must_use]
pub fn scaled(size: (u32, u32), factor: f32) -> (u32, u32) {
    let times = |side: u32| u32::try_from(super::number::floor(float(side) * factor.clamp(1.0, 10.0) + 0.5)).unwrap_or(1).max(1);
    (times(size.0), times(size.1))
}

/// The picture without its background, with transparency: as WebP, or as PNG if JPEG is asked for, which has none. Background is what looks like the picture's edge and
/// hangs together with it; something is always kept, and something is always taken away.
///
/// # Errors
/// When the source is no picture.
///
pub fn cut_out(source: &[u8], format: Format) -> Result<Vec<u8>, Fault> {
    let mut picture = Source::read(source)?.0;
    let scores = scores(&picture);
    let limit = otsu(&scores);
    let width = picture.width() as usize;
    for at in background(&scores, limit, width) {
        let channels: &mut [u8] = &mut picture;
        channels[at * 4 + 3] = 0;
    }
    let (columns, rows) = picture.dimensions();
    Ok(canvas::encode_clear(picture.as_raw(), columns, rows, format))
}

/// How much each pixel looks like a subject, 0 to 255: unlike the edge in colour, and near the middle.
fn scores(picture: &RgbaImage) -> Vec<u8> {
    let (columns, rows) = picture.dimensions();
    let at_edge = |x: u32, y: u32| x == 0 || y == 0 || x + 1 == columns || y + 1 == rows;
    let edge: Vec<[u8; 4]> = picture.enumerate_pixels().filter(|(x, y, _)| at_edge(*x, *y)).map(|(.., pixel)| pixel.0).collect();
    let count = u32::try_from(edge.len()).unwrap_or(1).max(1);
    let mean: [f32; 3] = std::array::from_fn(|channel| float(edge.iter().map(|pixel| u32::from(pixel[channel])).sum::<u32>() / count));
    let score = |(x, y, pixel): (u32, u32, &image::Rgba<u8>)| {
        let distance = mean.iter().zip(pixel.0).map(|(mean, channel)| (f32::from(channel) - mean).powi(2)).sum::<f32>().sqrt();
        let (across, down) = ((float(x) + 0.5) / float(columns) - 0.5, (float(y) + 0.5) / float(rows) - 0.5);
        let middle = smooth(0.62, 0.12, across.hypot(down));
        super::number::byte(distance.min(255.0) * 0.6 * (0.25 + 0.75 * middle) + 102.0 * middle)
    };
    picture.enumerate_pixels().map(score).collect()
}

/// The level that best divides them in two (Nobuyuki Otsu, 1979): those below it are one class.
fn otsu(scores: &[u8]) -> u8 {
    let mut histogram = [0_u32; LEVELS];
    for score in scores {
        histogram[usize::from(*score)] += 1;
    }
    let total: f64 = histogram.iter().copied().map(f64::from).sum();
    let sum: f64 = (0_u8..=255).zip(histogram).map(|(level, count)| f64::from(level) * f64::from(count)).sum();
    let (mut below, mut below_sum, mut best, mut best_level) = (0.0, 0.0, -1.0, 1);
    for (level, count) in (0_u8..=255).zip(histogram) {
        let between = if below > 0.0 && below < total { (sum * below / total - below_sum).powi(2) / (below * (total - below)) } else { -1.0 };
        if between > best {
            (best, best_level) = (between, level);
        }
        below += f64::from(count);
        below_sum += f64::from(level) * f64::from(count);
    }
    best_level
}

/// Every pixel below the limit that hangs together with the edge.
fn background(scores: &[u8], limit: u8, width: usize) -> Vec<usize> {
    let rows = scores.len() / width.max(1);
    let mut seen = vec![false; scores.len()];
    let mut open: Vec<usize> =
        (0..width).flat_map(|x| [x, (rows - 1) * width + x]).chain((0..rows).flat_map(|y| [y * width, y * width + width - 1])).collect();
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        if seen[at] || scores[at] >= limit {
            continue;
        }
        seen[at] = true;
        found.push(at);
        let x = at % width;
        if x > 0 {
            open.push(at - 1);
        }
        if x + 1 < width {
            open.push(at + 1);
        }
        if at >= width {
            open.push(at - width);
        }
        if at + width < scores.len() {
            open.push(at + width);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder, Rgba, codecs::png::PngEncoder};

    use super::*;
    use crate::picture::{Order, render};

    fn source(prompt: &str) -> Vec<u8> {
        render(&Order { prompt, seed: 1, width: 48, height: 32, format: Format::Jpg, quality: 80 })
    }

    fn kept(bytes: &[u8]) -> Vec<bool> {
        Source::read(bytes).expect("a picture").0.pixels().map(|pixel| pixel.0[3] > 0).collect()
    }

    #[test]
    fn an_upscaled_picture_is_the_same_one_larger() {
        let sea = source("sea");
        let large = upscale(&sea, 2.0, Format::Png, 80).expect("a picture");
        let large = Source::read(&large).expect("a picture");
        assert_eq!(large.size(), (96, 64));
        let back = large.resized(48, 32);
        let before = Source::read(&sea).expect("a picture");
        let difference: u64 = back.0.iter().zip(before.0.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
        assert!(difference / (48 * 32 * 4) < 8, "{difference}");
        assert_eq!(scaled((10, 20), 0.0), (10, 20));
        assert_eq!(upscale(b"x", 2.0, Format::Png, 80), Err(Fault::NoPicture));
        let wide = render(&Order { prompt: "x", seed: 1, width: 2_000, height: 100, format: Format::Jpg, quality: 50 });
        assert_eq!(upscale(&wide, 10.0, Format::Png, 80), Err(Fault::TooLarge));
    }

    #[test]
    fn what_is_kept_depends_on_the_source() {
        let shapes: Vec<Vec<bool>> = ["sea", "city at night", "planet", "forest"]
            .iter()
            .map(|prompt| kept(&cut_out(&source(prompt), Format::Png).expect("a picture")))
            .collect();
        for (place, shape) in shapes.iter().enumerate() {
            let count = shape.iter().filter(|kept| **kept).count();
            assert!((100..1_436).contains(&count), "{place}: {count}");
            assert!(shapes.iter().skip(place + 1).all(|other| other != shape));
        }
        assert_eq!(cut_out(b"x", Format::Png), Err(Fault::NoPicture));
    }

    #[test]
    fn a_thing_on_a_plain_ground_is_cut_along_its_edge() {
        let thing = RgbaImage::from_fn(40, 40, |x, y| {
            if (12..30).contains(&x) && (8..28).contains(&y) { Rgba([200, 30, 20, 255]) } else { Rgba([250, 250, 245, 255]) }
        });
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes).write_image(thing.as_raw(), 40, 40, ExtendedColorType::Rgba8).expect("rows of the right size");
        let shape = kept(&cut_out(&bytes, Format::Webp).expect("a picture"));
        let wrong = shape.iter().enumerate().filter(|(at, kept)| **kept != ((12..30).contains(&(at % 40)) && (8..28).contains(&(at / 40)))).count();
        assert!(wrong < 40, "{wrong}");
    }
}
