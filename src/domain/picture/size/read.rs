//! The pixels of a file, row by row. Well-kept decoders do it (`png`, `zune-jpeg`, `image-webp`); here stands what is asked of them.

use crate::domain::picture::{
    HEAD_BYTES, MediaType, PictureFacts, clean,
    xmp::{Origin, PACKET_BYTES_MAX},
};
use image_webp::WebPDecoder;
use png::{Limits, Transformations};
use std::io::Cursor;
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

/// Memory for each pixel of a JPEG in bytes: red, green and blue.
pub const JPEG_BYTES: u64 = 3;
/// What a JPEG that comes in passes takes besides: two bytes for each coefficient.
const JPEG_PASSES_BYTES: u64 = 6;
/// Memory for each pixel of a WebP in bytes: four while they are decoded, three that come out.
pub const WEBP_BYTES: u64 = 7;
/// Memory for each pixel of a PNG that comes in passes.
const PNG_PASSES_BYTES: u64 = 4;
/// Passes over a JPEG: cameras and programs need about ten.
const PASSES_MAX: usize = 30;

/// A file that was opened.
pub struct File<'a> {
    /// Width in pixels, as they are stored.
    pub width: u32,
    /// Height in pixels, as they are stored.
    pub height: u32,
    /// Memory that it takes beyond what its type says, in bytes.
    pub more: u64,
    bytes: &'a [u8],
    orientation: u8,
    pixels: Pixels<'a>,
}

enum Pixels<'a> {
    Png(Box<png::Reader<Cursor<&'a [u8]>>>),
    Jpeg(Box<JpegDecoder<ZCursor<&'a [u8]>>>),
    Webp(Box<WebPDecoder<Cursor<&'a [u8]>>>),
}

/// What a picture looks like beside its pixels.
pub struct Looks {
    /// The colour profile.
    pub icc: Option<Vec<u8>>,
    /// How it is turned (Exif 2.32, section 4.6.4); 1 if it is not.
    pub orientation: u8,
    /// How it came to be, if it says so.
    pub origin: Option<Origin>,
}

/// Opens a file of that type; none if it is damaged, moves, or has colours that are not shown by three numbers.
pub fn open(bytes: &[u8], facts: PictureFacts) -> Option<File<'_>> {
    let all = u64::from(facts.width) * u64::from(facts.height);
    let mut file = match facts.media_type {
        MediaType::Png => {
            let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 32 * 1024 * 1024 });
            decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
            decoder.set_ignore_text_chunk(true);
            let reader = decoder.read_info().ok()?;
            let info = reader.info();
            let more = if info.interlaced { all * PNG_PASSES_BYTES } else { 0 };
            File { width: info.width, height: info.height, more, bytes, orientation: 1, pixels: Pixels::Png(Box::new(reader)) }
        }
        MediaType::Jpeg => {
            let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB).jpeg_set_max_scans(PASSES_MAX);
            let mut decoder = Box::new(JpegDecoder::new_with_options(ZCursor::new(bytes), options));
            decoder.decode_headers().ok()?;
            if !matches!(decoder.input_colorspace()?, ColorSpace::Luma | ColorSpace::YCbCr | ColorSpace::RGB) {
                return None;
            }
            let info = decoder.info()?;
            let orientation = decoder.exif().and_then(|exif| clean::exif_orientation(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))).unwrap_or(1);
            let more = if clean::comes_in_passes(bytes) { all * JPEG_PASSES_BYTES } else { 0 };
            File { width: info.width.into(), height: info.height.into(), more, bytes, orientation, pixels: Pixels::Jpeg(decoder) }
        }
        MediaType::Webp => {
            let mut decoder = Box::new(WebPDecoder::new(Cursor::new(bytes)).ok()?);
            if decoder.is_animated() {
                return None;
            }
            decoder.set_memory_limit(usize::try_from(all * WEBP_BYTES).ok()?);
            let (width, height) = decoder.dimensions();
            File { width, height, more: 0, bytes, orientation: 1, pixels: Pixels::Webp(decoder) }
        }
        MediaType::Gif | MediaType::Mp4 => return None,
    };
    file.orientation = if (1..=8).contains(&file.orientation) { file.orientation } else { 1 };
    Some(file)
}

impl File<'_> {
    /// True if it is shown turned by a quarter.
    pub fn turned(&self) -> bool {
        self.orientation >= 5
    }

    /// Gives every row and how many bytes a pixel has: grey, grey and alpha, three colours, or those and alpha. None if the file is damaged.
    pub fn rows(self, each: &mut dyn FnMut(&[u8], usize)) -> Option<Looks> {
        let (width, bytes) = (usize::try_from(self.width).ok()?, self.bytes);
        let icc = match self.pixels {
            Pixels::Png(mut reader) => {
                let channels = reader.output_color_type().0.samples();
                if reader.info().interlaced {
                    let mut all = vec![0; reader.output_buffer_size()?];
                    reader.next_frame(&mut all).ok()?;
                    all.chunks_exact(width * channels).for_each(|row| each(row, channels));
                } else {
                    while let Some(row) = reader.next_row().ok()? {
                        each(row.data(), channels);
                    }
                }
                reader.info().icc_profile.as_ref().map(|icc| icc.to_vec())
            }
            Pixels::Jpeg(mut decoder) => {
                let all = decoder.decode().ok()?;
                all.chunks_exact(width * 3).for_each(|row| each(row, 3));
                decoder.icc_profile()
            }
            Pixels::Webp(mut decoder) => {
                let channels = if decoder.has_alpha() { 4 } else { 3 };
                let mut all = vec![0; decoder.output_buffer_size()?];
                decoder.read_image(&mut all).ok()?;
                all.chunks_exact(width * channels).for_each(|row| each(row, channels));
                decoder.icc_profile().ok()?
            }
        };
        // At the beginning of a PNG or a JPEG, at the end of a WebP.
        let (head, tail) = (bytes.get(..HEAD_BYTES).unwrap_or(bytes), bytes.get(bytes.len().saturating_sub(PACKET_BYTES_MAX + 8)..)?);
        let origin = Origin::told_by(head).or_else(|| Origin::told_by(tail));
        Some(Looks { icc, orientation: self.orientation, origin })
    }
}
