//! Films that stand for what a video model makes: real MP4 files with H.264 inside, a second or two of a camera that
//! moves over a picture drawn from prompt and seed, or over a given one, and that ends on a given last picture if there
//! is one. The same order always gives the same bytes.
#![expect(clippy::indexing_slicing, reason = "three weights for three channels")]

mod bits;
mod h264;
mod mp4;

use crate::{
    dice::{Dice, hash},
    picture::{Fault, Source, scene},
};
use h264::{BLOCK, Samples, Vector};
use mp4::Track;

/// Pictures a second.
pub const RATE: u32 = 12;
/// The most pictures that a film may have.
const PICTURES_MAX: f32 = 240.0;
/// The usual area of a picture, in pixels: 320 × 180.
const AREA: u32 = 320 * 180;

/// What to film.
#[derive(Debug, Clone, Copy)]
pub struct Film<'a> {
    /// Its words choose the scene, unless there is a first picture, and the way of the camera.
    pub prompt: &'a str,
    /// Another seed is another film of the same words.
    pub seed: u64,
    /// Pixels across and down; made even. See [`frame`].
    pub size: (u32, u32),
    /// How long it is; two pictures at least.
    pub seconds: f32,
    /// PNG, JPEG or WebP: what the film begins with.
    pub first: Option<&'a [u8]>,
    /// What it ends with.
    pub last: Option<&'a [u8]>,
}

/// The size of a film of that shape: about 320 × 180 pixels, or an eighth of that area when it is to be `small`.
#[must_use]
pub fn frame(across: u32, down: u32, small: bool) -> (u32, u32) {
    let area = if small { AREA / 8 } else { AREA };
    let (across, down) = (across.clamp(1, 10_000), down.clamp(1, 10_000));
    let across = (u64::from(area) * u64::from(across) / u64::from(down)).isqrt();
    let across = even(u32::try_from(across).unwrap_or(2));
    (across, even(area / across))
}

const fn even(side: u32) -> u32 {
    let side = side / 2 * 2;
    if side < 16 { 16 } else { side }
}

/// Films and encodes: `video/mp4`.
///
/// # Errors
/// When the first or the last picture is none, or too large.
pub fn film(order: &Film<'_>) -> Result<Vec<u8>, Fault> {
    let (width, height) = (even(order.size.0.min(1_280)), even(order.size.1.min(1_280)));
    let given = |bytes: &[u8]| Ok(Source::read(bytes)?.covering(width, height).opaque().into_raw());
    let first = match order.first {
        Some(bytes) => given(bytes)?,
        None => scene(order.prompt, order.seed, width, height),
    };
    let last = order.last.map(given).transpose()?;
    let count = pictures(order.seconds);
    let first = Samples::from_rgb(&first, width, height);
    let camera = Camera::new(order, &first);
    let columns = first.columns;
    let mut sent = vec![(h264::key(&first, 0, 0), 0)];
    if let Some(last) = &last {
        let last = Samples::from_rgb(last, width, height);
        sent.push((h264::key(&last, 1, count - 1), count - 1));
        for place in 1..count - 1 {
            sent.push((h264::between(columns, place, &camera.at(place, count), &camera.at(count - 1 - place, count)), place));
        }
    } else {
        sent.extend((1..count).map(|place| (h264::moved(columns, place, &camera.at(place, count)), place)));
    }
    let sequence = h264::sequence(width, height, last.is_some());
    Ok(mp4::file(&Track { width, height, rate: RATE, sequence, parameters: h264::parameters(), pictures: sent }))
}

/// Pictures of a film of that length.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "small, or clamped to a small number first")]
fn pictures(seconds: f32) -> u32 {
    (seconds * RATE as f32).round().clamp(3.0, PICTURES_MAX) as u32
}

/// A camera that comes nearer to some place and sways a little; what is lower in the picture is nearer to it and moves more.
#[derive(Debug)]
struct Camera {
    columns: u32,
    rows: u32,
    /// Where it goes to, in samples.
    goal: (f32, f32),
    /// How much nearer it comes.
    nearer: f32,
    /// How far it sways to the side, in samples.
    sway: f32,
}

impl Camera {
    fn new(order: &Film<'_>, samples: &Samples) -> Self {
        let mut dice = Dice::new(hash(order.prompt) ^ order.seed.rotate_left(17));
        let side = |blocks: u32| f32::from(u16::try_from(blocks * BLOCK).unwrap_or(u16::MAX));
        let (width, height) = (side(samples.columns), side(samples.rows));
        let goal = (width * dice.between(0.3, 0.7), height * dice.between(0.35, 0.55));
        let sway = width * dice.between(0.015, 0.04) * if dice.chance(50) { 1.0 } else { -1.0 };
        Self { columns: samples.columns, rows: samples.rows, goal, nearer: dice.between(0.05, 0.09), sway }
    }

    /// Where each block of a picture comes from, in reading order.
    fn at(&self, place: u32, count: u32) -> Vec<Vector> {
        let small = |number: u32| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
        let part = small(place) / small(count - 1);
        let sideways = (part * std::f32::consts::TAU).sin() * self.sway;
        let middle = |block: u32| small(block * BLOCK + BLOCK / 2);
        let vector = |row: u32, column: u32| {
            let depth = 0.5 + small(row) / small(self.rows);
            let toward = self.nearer * part * depth;
            let (x, y) = ((self.goal.0 - middle(column)) * toward + sideways * depth, (self.goal.1 - middle(row)) * toward);
            (quarters(x), quarters(y))
        };
        (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column))).map(|(row, column)| vector(row, column)).collect()
    }
}

/// Quarters of a sample.
#[expect(clippy::cast_possible_truncation, reason = "far below what a vector may be")]
fn quarters(samples: f32) -> i32 {
    (samples * 4.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Format, Order, render};

    fn order() -> Film<'static> {
        Film { prompt: "a quiet sea", seed: 3, size: (64, 36), seconds: 1.0, first: None, last: None }
    }

    fn picture(prompt: &str) -> Vec<u8> {
        render(&Order { prompt, seed: 1, width: 50, height: 50, format: Format::Png, quality: 80 })
    }

    /// The content of the first box along a path.
    fn find<'a>(mut bytes: &'a [u8], path: &[[u8; 4]]) -> &'a [u8] {
        for kind in path {
            loop {
                let size = u32::from_be_bytes(bytes[..4].try_into().expect("four bytes")) as usize;
                if bytes[4..8] == *kind {
                    bytes = &bytes[8..size];
                    break;
                }
                bytes = &bytes[size..];
            }
        }
        bytes
    }

    fn numbers(bytes: &[u8]) -> Vec<u32> {
        bytes.chunks_exact(4).map(|four| u32::from_be_bytes(four.try_into().expect("four bytes"))).collect()
    }

    const TABLE: [[u8; 4]; 5] = [*b"moov", *b"trak", *b"mdia", *b"minf", *b"stbl"];

    fn in_table(film: &[u8], kind: [u8; 4]) -> Vec<u32> {
        numbers(find(film, &[TABLE.as_slice(), &[kind]].concat()))
    }

    #[test]
    fn the_same_order_is_the_same_film() {
        assert_eq!(film(&order()), film(&order()));
        for other in [Film { seed: 4, ..order() }, Film { prompt: "a city", ..order() }, Film { first: Some(&picture("forest")), ..order() }] {
            assert_ne!(film(&order()), film(&other));
        }
    }

    #[test]
    fn the_index_leads_to_every_picture() {
        for last in [None, Some(picture("city"))] {
            let film = film(&Film { last: last.as_deref(), ..order() }).expect("no source is broken");
            let (sizes, chunk) = (in_table(&film, *b"stsz"), in_table(&film, *b"stco"));
            assert_eq!(sizes[2], RATE);
            let mut at = chunk[2] as usize;
            for size in &sizes[3..] {
                let length = u32::from_be_bytes(film[at..at + 4].try_into().expect("four bytes"));
                assert_eq!(length + 4, *size);
                at += *size as usize;
            }
            assert_eq!(at, film.len());
            // A key picture of 64 × 48 samples at 12 bits, and next to nothing else.
            let keys = if last.is_some() { 2 } else { 1 };
            assert!(film.len() < keys * 4_800 + 2_500, "{}", film.len());
        }
    }

    #[test]
    fn pictures_that_are_sent_early_are_shown_late() {
        let film = film(&Film { last: Some(&picture("city")), ..order() }).expect("no source is broken");
        let offsets: Vec<u32> = in_table(&film, *b"ctts")[2..].chunks_exact(2).map(|pair| pair[1]).collect();
        let mut shown: Vec<u32> = (0..).zip(&offsets).map(|(sent, offset): (u32, _)| sent * 1_000 + offset).collect();
        shown.sort_unstable();
        assert_eq!(shown, (1..=RATE).map(|place| place * 1_000).collect::<Vec<_>>());
        assert_eq!(numbers(find(&film, &[*b"moov", *b"trak", *b"edts", *b"elst"]))[3], 1_000);
    }

    #[test]
    fn sizes_and_lengths() {
        assert_eq!(frame(16, 9, false), (320, 180));
        assert_eq!(frame(9, 16, false), (180, 320));
        assert_eq!(frame(1, 1, false), (240, 240));
        for (across, down) in [(21, 9), (3, 4), (1, 10_000), (4_000, 3_000)] {
            let (width, height) = frame(across, down, true);
            assert!(width % 2 == 0 && height % 2 == 0 && width * height < 20_000, "{width} {height}");
        }
        assert_eq!([0.0, 1.0, 1.5, 1e9].map(pictures), [3, 12, 18, 240]);
    }

    #[test]
    fn what_is_no_picture_is_said() {
        assert_eq!(film(&Film { first: Some(b"x"), ..order() }), Err(Fault::NoPicture));
        assert_eq!(film(&Film { last: Some(b"x"), ..order() }), Err(Fault::NoPicture));
    }
}
