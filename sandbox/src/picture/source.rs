//! Pictures that others made, read into memory: the bytes that an edit, an upscaler or a film starts from.

use std::{fmt, io::Cursor};

use image::{ImageReader, Limits, RgbImage, RgbaImage, imageops};

/// More than any studio should send: 8,192 pixels across or down, and 24 million in all.
const SIDE_MAX: u32 = 8_192;
const PIXELS_MAX: u64 = 24_000_000;
/// What a decoder may take while it works.
const DECODER_BYTES_MAX: u64 = 256 * 1_024 * 1_024;

/// Why a source cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are no PNG, JPEG or WebP, or end in the middle.
    NoPicture,
    /// More pixels than anyone needs.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoPicture => "cannot identify image file: it is no PNG, JPEG or WebP, or it is truncated",
            Self::TooLarge => "the image is too large: at most 8192 pixels a side and 24 megapixels are taken",
        })
    }
}

impl std::error::Error for Fault {}

/// A decoded picture, with transparency.
#[derive(Debug, Clone)]
pub struct Source(pub(super) RgbaImage);

impl Source {
    /// Reads PNG, JPEG or WebP, by what the bytes are and not by what anyone says they are.
    ///
    /// # Errors
    /// When they are none of these, are truncated, or have too many pixels.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let reader = |bytes| ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Fault::NoPicture);
        // The size stands in the header: nothing is decoded before it is known to be small enough.
        let (width, height) = reader(bytes)?.into_dimensions().map_err(|_| Fault::NoPicture)?;
        if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(Fault::TooLarge);
        }
        let mut decoder = reader(bytes)?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(DECODER_BYTES_MAX);
        decoder.limits(limits);
        let picture = decoder.decode().map_err(|_| Fault::NoPicture)?;
        Ok(Self(picture.into_rgba8()))
    }

    /// Pixels across and down.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Whether nothing shines through.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.0.pixels().all(|pixel| pixel.0[3] == u8::MAX)
    }

    /// In that size, distorted if its shape is another.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        if self.0.dimensions() == (width, height) {
            return self.clone();
        }
        Self(imageops::resize(&self.0, width.max(1), height.max(1), imageops::FilterType::Triangle))
    }

    /// Its middle in that shape and size: what does not fit is cut off at two sides.
    #[must_use]
    pub fn covering(&self, width: u32, height: u32) -> Self {
        let (from_width, from_height) = self.0.dimensions();
        let (wide, tall) = (u64::from(from_width) * u64::from(height), u64::from(from_height) * u64::from(width));
        let part = |length: u32, less: u64, more: u64| u32::try_from(u64::from(length) * less / more.max(1)).unwrap_or(length).max(1);
        let (cut_width, cut_height) =
            if wide > tall { (part(from_width, tall, wide), from_height) } else { (from_width, part(from_height, wide, tall)) };
        let (left, top) = ((from_width - cut_width) / 2, (from_height - cut_height) / 2);
        Self(imageops::crop_imm(&self.0, left, top, cut_width, cut_height).to_image()).resized(width, height)
    }

    /// Without transparency: what shines through is white.
    #[must_use]
    pub fn opaque(&self) -> RgbImage {
        let mut opaque = RgbImage::new(self.0.width(), self.0.height());
        for (to, from) in opaque.pixels_mut().zip(self.0.pixels()) {
            let alpha = u32::from(from.0[3]);
            for (channel, value) in to.0.iter_mut().zip(from.0) {
                *channel = u8::try_from((u32::from(value) * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255);
            }
        }
        opaque
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn drawn(width: u32, height: u32, format: Format) -> Vec<u8> {
        render(&Order { prompt: "a lake", seed: 3, width, height, format, quality: 90 })
    }

    #[test]
    fn every_format_is_read_whatever_it_is_called() {
        for format in [Format::Png, Format::Jpg, Format::Webp] {
            let bytes = drawn(40, 30, format);
            assert_eq!(Source::read(&bytes).expect("a picture").size(), (40, 30));
            assert_eq!(Source::read(&bytes[..bytes.len() / 2]).err(), Some(Fault::NoPicture), "{format:?}");
        }
        for bytes in [b"".as_slice(), b"<html>", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(Source::read(bytes).err(), Some(Fault::NoPicture));
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut bytes = drawn(1, 1, Format::Png);
        // Width and height stand at fixed places of a PNG; the checksum of the header follows five bytes later.
        bytes[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        let crc = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&crc);
        assert_eq!(Source::read(&bytes).err(), Some(Fault::TooLarge));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
    }

    #[test]
    fn covering_keeps_the_middle_and_the_shape() {
        let source = Source::read(&drawn(60, 20, Format::Png)).expect("a picture");
        let square = source.covering(20, 20);
        assert_eq!(square.size(), (20, 20));
        assert_eq!(square.0.get_pixel(5, 5), source.0.get_pixel(25, 5));
        assert_eq!(source.covering(1, 50).size(), (1, 50));
    }
}
