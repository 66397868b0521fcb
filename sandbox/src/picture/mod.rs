//! Pictures that stand for what an image model paints: landscapes and abstractions, drawn from a prompt and a seed.
//!
//! Words in the prompt choose scene and palette; a hash of prompt and seed chooses whatever they leave open. The same
//! order always gives the same bytes, so that a test may compare them. [`edit`], [`upscale`] and [`cut_out`] make new
//! pictures of given ones, so that one can see which.
#![expect(clippy::indexing_slicing, reason = "columns of the frame and rows of the tables beside them")]

mod aurora;
mod canvas;
mod city;
mod color;
mod cut_out;
mod dunes;
mod edit;
mod firs;
mod flow;
mod mountains;
mod noise;
mod number;
mod palette;
mod sea;
mod sky;
mod source;
mod space;
mod subject;

use crate::dice::{Dice, hash};
use canvas::Frame;
use mountains::Country;
use subject::Scene;

pub use cut_out::{cut_out, enlarge, scaled, upscale};
pub use edit::{Edit, Mask, Polarity, edit};
pub use source::{Fault, Source};

/// The formats that the model host offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lossless: the only WebP that a Rust encoder writes.
    Webp,
    /// JPEG with the asked quality.
    Jpg,
    /// PNG.
    Png,
}

impl Format {
    /// The end of a file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Jpg => "jpg",
            Self::Png => "png",
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// What to draw.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Its words choose scene and palette.
    pub prompt: &'a str,
    /// Another seed is another picture of the same words.
    pub seed: u64,
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
    /// How to encode it.
    pub format: Format,
    /// 1 to 100, for JPEG.
    pub quality: u8,
}

/// Draws and encodes.
#[must_use]
pub fn render(order: &Order<'_>) -> Vec<u8> {
    let (width, height) = (order.width.max(1), order.height.max(1));
    let rows = draw(order.prompt, order.seed, width, height);
    canvas::encode(&rows, width, height, order.format, order.quality)
}

/// The same, as 8-bit RGB rows of `width` × `height` pixels, each at least 1.
pub(crate) fn scene(prompt: &str, seed: u64, width: u32, height: u32) -> Vec<u8> {
    draw(prompt, seed, width.max(1), height.max(1))
}

fn draw(prompt: &str, seed: u64, width: u32, height: u32) -> Vec<u8> {
    let mut dice = Dice::new(hash(prompt) ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let subject = subject::read(prompt, &mut dice);
    let frame = Frame::new(width, height);
    let (palette, dice) = (&subject.palette, &mut dice);
    match subject.scene {
        Scene::Mountains => mountains::draw(&frame, palette, dice, Country::Mountains),
        Scene::Snow => mountains::draw(&frame, palette, dice, Country::Snow),
        Scene::Forest => mountains::draw(&frame, palette, dice, Country::Forest),
        Scene::Sea => sea::draw(&frame, palette, dice, subject.boat),
        Scene::Aurora => aurora::draw(&frame, palette, dice),
        Scene::Dunes => dunes::draw(&frame, palette, dice),
        Scene::City => city::draw(&frame, palette, dice),
        Scene::Space => space::draw(&frame, palette, dice),
        Scene::Flow => flow::draw(&frame, palette, dice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(prompt: &str, format: Format) -> Order<'_> {
        Order { prompt, seed: 1, width: 64, height: 36, format, quality: 80 }
    }

    #[test]
    fn the_same_order_is_the_same_picture() {
        let one = order("a quiet sea at sunset", Format::Png);
        assert_eq!(render(&one), render(&one));
        assert_ne!(render(&one), render(&Order { seed: 2, ..one }));
    }

    #[test]
    fn each_format_begins_as_its_decoder_expects() {
        assert_eq!(&render(&order("x", Format::Webp))[8..12], b"WEBP");
        assert_eq!(&render(&order("x", Format::Jpg))[..3], &[0xFF, 0xD8, 0xFF]);
        assert_eq!(&render(&order("x", Format::Png))[..4], b"\x89PNG");
    }

    #[test]
    fn every_scene_draws_every_shape() {
        for prompt in ["mountains", "snowy alps", "forest", "sea with a boat", "aurora", "desert", "city", "planet", "abstract"] {
            for (width, height) in [(64, 64), (64, 27), (27, 64), (1, 1)] {
                assert_eq!(draw(prompt, 5, width, height).len(), (width * height * 3) as usize, "{prompt}");
            }
        }
    }
}
