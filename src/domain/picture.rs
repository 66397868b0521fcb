//! What a file is, told by its first bytes. A name, a header or a host's word for it counts for nothing.

mod clean;
pub mod embed;
pub mod film;
pub mod size;
pub mod strip;
pub mod xmp;
pub use clean::clean;

use imagesize::{ImageType, blob_size, image_type};

/// How much of a file is enough to tell its type and pixels: JPEG's size may stand behind 64 KB of metadata.
pub const HEAD_BYTES: usize = 128 * 1024;
/// The largest file that is kept as a picture, in bytes, if it is not of so many pixels that they need more.
const PICTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What a pixel needs at most, in bytes: four that no coding makes fewer, and what is around them.
const PIXEL_BYTES_MAX: u64 = 5;
/// The largest picture in pixels: decompressed it takes 4 bytes each, and a browser has to hold it.
pub const PIXELS_MAX: u64 = 100_000_000;

/// The longest side in pixels: a row of a picture is in memory whole wherever it is read, and no program that people have shows longer ones well (WebP ends at 16,383).
pub const SIDE_MAX: u32 = 16_384;

/// The types that are kept. Nothing with script in it (SVG, HTML, PDF) is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// image/png
    Png,
    /// image/jpeg
    Jpeg,
    /// image/webp
    Webp,
    /// image/gif
    Gif,
    /// video/mp4
    Mp4,
}

impl MediaType {
    /// The Internet media type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
        }
    }
    /// What names of files of the type end with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
        }
    }
    /// From the Internet media type.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg, Self::Webp, Self::Gif, Self::Mp4].into_iter().find(|kind| kind.name() == name)
    }
}

/// What a picture's first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFacts {
    /// The type.
    pub media_type: MediaType,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl PictureFacts {
    /// The largest file of such a picture that is kept, in bytes. It goes by in pieces, so that no memory stands against a picture that was enlarged.
    #[must_use]
    pub const fn bytes_max(&self) -> u64 {
        let needed = self.width as u64 * self.height as u64 * PIXEL_BYTES_MAX;
        if needed > PICTURE_BYTES_MAX { needed } else { PICTURE_BYTES_MAX }
    }
}

/// Tells a picture by its first bytes ([`HEAD_BYTES`] of them, or all there are).
pub fn tell(head: &[u8]) -> Result<PictureFacts, &'static str> {
    let media_type = match image_type(head) {
        // The size is read where it has to stand: with anything else there, it is somebody's game.
        Ok(ImageType::Png) if head.get(8..16) != Some(b"\0\0\0\rIHDR") => return Err("damaged picture"),
        Ok(ImageType::Png) => MediaType::Png,
        Ok(ImageType::Jpeg) => MediaType::Jpeg,
        Ok(ImageType::Webp) => MediaType::Webp,
        Ok(ImageType::Gif) => MediaType::Gif,
        Ok(_) | Err(_) => return Err(if head.is_empty() { "empty" } else { "not a picture" }),
    };
    let size = blob_size(head).map_err(|_| "damaged picture")?;
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else { return Err("too many pixels") };
    if width.max(height) > SIDE_MAX {
        return Err("too long a side");
    }
    match u64::from(width) * u64::from(height) {
        0 => Err("no pixels"),
        1..=PIXELS_MAX => Ok(PictureFacts { media_type, width, height }),
        _ => Err("too many pixels"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn pictures_are_told_by_content() {
        assert_eq!(tell(&png(640, 480)), Ok(PictureFacts { media_type: MediaType::Png, width: 640, height: 480 }));
        assert_eq!(tell(&png(SIDE_MAX, SIDE_MAX)), Err("too many pixels"));
        assert_eq!(tell(&png(SIDE_MAX, 5_000)), Ok(PictureFacts { media_type: MediaType::Png, width: SIDE_MAX, height: 5_000 }));
        for (width, height) in [(SIDE_MAX + 1, 16), (16, SIDE_MAX + 1), (3_125_000, 16), (60_000, 60_000)] {
            assert_eq!(tell(&png(width, height)), Err("too long a side"));
        }
        assert_eq!(tell(&png(0, 5)), Err("no pixels"));
        let renamed = [&png(640, 480)[..12], b"tEXt", &png(640, 480)[16..]].concat();
        assert_eq!(tell(&renamed), Err("damaged picture"));
        assert_eq!(tell(b""), Err("empty"));
        for evil in [&b"<html><script>"[..], b"<svg xmlns='http://www.w3.org/2000/svg'>", b"%PDF-1.7", b"MZ\x90\0"] {
            assert_eq!(tell(evil), Err("not a picture"));
        }
    }

    #[test]
    fn a_file_is_as_large_as_its_pixels_need() {
        let most = |width, height| tell(&png(width, height)).unwrap().bytes_max();
        assert_eq!((most(16, 16), most(1024, 1024)), (PICTURE_BYTES_MAX, PICTURE_BYTES_MAX));
        // A phone's photograph, twice as wide, with four bytes a pixel.
        assert!(most(8000, 6000) > 8000 * 6000 * 4);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..300), prefix in 0_usize..4) {
            let magic: &[u8] = [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a"][prefix];
            let _ = tell(&[magic, &bytes].concat());
        }
    }
}
