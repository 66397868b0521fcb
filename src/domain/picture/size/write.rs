//! A copy as a file: JPEG, or WebP without loss where something can be seen through. (PNG would do for the second; its encoder weighs twice as much.)

use super::read::Looks;
use crate::domain::picture::{MediaType, clean};
use image_webp::{ColorType as WebpColor, WebPEncoder};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// The quality of a JPEG, of 100: where eyes stop seeing a difference in a photograph.
const QUALITY: u8 = 82;
/// The largest colour profile that a small copy carries, in bytes. A larger one is a printer's, and is left out with the copy.
const ICC_BYTES_MAX: usize = 64 * 1024;

/// The file of a copy, whose pixels have four bytes each.
pub fn copy(pixels: &[u8], (width, height): (u32, u32), looks: &Looks) -> Option<(MediaType, Vec<u8>)> {
    let icc = looks.icc.as_deref().filter(|icc| !icc.is_empty());
    if icc.is_some_and(|icc| icc.len() > ICC_BYTES_MAX) {
        return None;
    }
    let mut file = Vec::with_capacity(pixels.len() / 16);
    if pixels.chunks_exact(4).all(|pixel| pixel.ends_with(&[255])) {
        let mut encoder = Encoder::new(&mut file, QUALITY);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        if let Some(icc) = icc {
            encoder.add_icc_profile(icc).ok()?;
        }
        if looks.orientation != 1 {
            encoder.add_app_segment(1, clean::exif_with(looks.orientation).get(4..)?.to_vec()).ok()?;
        }
        // The encoder looks at three bytes of each four.
        encoder.encode(pixels, u16::try_from(width).ok()?, u16::try_from(height).ok()?, ColorType::Rgba).ok()?;
        return Some((MediaType::Jpeg, file));
    }
    let mut encoder = WebPEncoder::new(&mut file);
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc.to_vec());
    }
    encoder.encode(pixels, width, height, WebpColor::Rgba8).ok()?;
    Some((MediaType::Webp, file))
}
