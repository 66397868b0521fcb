//! From a function of place to bytes: the frame, tone, dither, and the three encoders.

use std::{
    io::Cursor,
    thread::{available_parallelism, scope},
};

use image::{ExtendedColorType, ImageEncoder, codecs};

use super::{
    Format,
    color::Rgb,
    number::{byte, float, place, smooth, split},
};

/// The size of a picture in units in which its area is 1, so that a sun is as large in 9:21 as in 21:9.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Width in units.
    pub width: f32,
    /// Height in units.
    pub height: f32,
    /// One pixel in units: the width of every soft edge.
    pub pixel: f32,
    /// Width in pixels.
    pub columns: u32,
    /// Height in pixels.
    pub rows: u32,
}

impl Frame {
    /// A frame of so many pixels.
    pub fn new(columns: u32, rows: u32) -> Self {
        let pixel = 1.0 / (float(columns) * float(rows)).sqrt();
        Self { width: float(columns) * pixel, height: float(rows) * pixel, pixel, columns, rows }
    }

    /// The middle of a column, in units.
    pub fn x(&self, column: u32) -> f32 {
        (float(column) + 0.5) * self.pixel
    }

    /// How much of a pixel lies below an edge that is `depth` above it: an edge without stairs.
    pub fn cover(&self, depth: f32) -> f32 {
        (depth / self.pixel + 0.5).clamp(0.0, 1.0)
    }
}

/// Below so many pixels a second thread costs more than it brings.
const PIXELS_ALONE_MAX: usize = 60_000;

/// Paints every pixel with `shade(x, y, column)` and returns 8-bit RGB rows. Bands of rows are painted side by side;
/// a pixel knows nothing of its neighbours, so the bytes are the same on every machine.
pub fn paint(frame: &Frame, shade: impl Fn(f32, f32, u32) -> Rgb + Sync) -> Vec<u8> {
    let curve = tone_curve();
    let row_bytes = frame.columns as usize * 3;
    let mut bytes = vec![0; row_bytes * frame.rows as usize];
    let painters = if bytes.len() / 3 < PIXELS_ALONE_MAX { 1 } else { available_parallelism().map_or(1, usize::from) };
    let band_rows = frame.rows.div_ceil(u32::try_from(painters).unwrap_or(1));
    scope(|painting| {
        for (first_row, band) in (0..).step_by(band_rows as usize).zip(bytes.chunks_mut(row_bytes * band_rows as usize)) {
            let (curve, shade) = (&curve, &shade);
            painting.spawn(move || paint_band(frame, first_row, band, curve, shade));
        }
    });
    bytes
}

fn paint_band(frame: &Frame, first_row: u32, band: &mut [u8], curve: &[f32], shade: &impl Fn(f32, f32, u32) -> Rgb) {
    for (row, line) in (first_row..).zip(band.chunks_exact_mut(frame.columns as usize * 3)) {
        let y = (float(row) + 0.5) * frame.pixel;
        for (column, pixel) in (0..).zip(line.chunks_exact_mut(3)) {
            let x = frame.x(column);
            let corner = ((x / frame.width - 0.5).powi(2) + (y / frame.height - 0.5).powi(2)) * 2.0;
            let color = shade(x, y, column) * (1.0 - 0.28 * smooth(0.35, 1.1, corner));
            let threshold = dither(column, row);
            for (channel, light) in pixel.iter_mut().zip([color.0, color.1, color.2]) {
                // The root spreads the table's entries where eyes see steps: in the shadows.
                *channel = byte(curve[place((light * 0.25).sqrt(), CURVE_LENGTH)] + threshold);
            }
        }
    }
}

/// Interleaved gradient noise (Jorge Jimenez, 2014): 0 to 1, spread so evenly that gradients show no bands and no grain.
fn dither(column: u32, row: u32) -> f32 {
    let (_, part) = split(0.067_110_56 * float(column) + 0.005_837_15 * float(row));
    split(52.982_918 * part).1
}

/// Entries of the tone curve; light of 4.0 is its end.
const CURVE_LENGTH: u32 = 4_096;

/// Linear light to 0..255 in sRGB, with a soft shoulder in place of burnt-out white.
fn tone_curve() -> Vec<f32> {
    (0..CURVE_LENGTH)
        .map(|step| {
            let light = (float(step) / float(CURVE_LENGTH - 1)).powi(2) * 4.0;
            let light = if light < 0.7 { light } else { 0.7 + 0.3 * (1.0 - (-(light - 0.7) / 0.3).exp()) };
            let part = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            part * 255.0
        })
        .collect()
}

/// 8-bit RGB rows in the asked format. `quality` (1 to 100) counts for JPEG only: the WebP encoder is lossless.
///
/// # Panics
/// Never: the rows are of the size they claim, and memory takes every write.
pub fn encode(bytes: &[u8], columns: u32, rows: u32, format: Format, quality: u8) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let rgb = ExtendedColorType::Rgb8;
    match format {
        Format::Webp => codecs::webp::WebPEncoder::new_lossless(&mut out).write_image(bytes, columns, rows, rgb),
        Format::Jpg => codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality.clamp(1, 100)).write_image(bytes, columns, rows, rgb),
        Format::Png => codecs::png::PngEncoder::new(&mut out).write_image(bytes, columns, rows, rgb),
    }
    .expect("rows of the right size are encoded into memory");
    out.into_inner()
}

/// 8-bit RGBA rows in WebP where that is asked for, else in PNG: JPEG has no transparency.
///
/// # Panics
/// Never: the rows are of the size they claim, and memory takes every write.
pub fn encode_clear(bytes: &[u8], columns: u32, rows: u32, format: Format) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let rgba = ExtendedColorType::Rgba8;
    match format {
        Format::Webp => codecs::webp::WebPEncoder::new_lossless(&mut out).write_image(bytes, columns, rows, rgba),
        Format::Png | Format::Jpg => codecs::png::PngEncoder::new(&mut out).write_image(bytes, columns, rows, rgba),
    }
    .expect("rows of the right size are encoded into memory");
    out.into_inner()
}
