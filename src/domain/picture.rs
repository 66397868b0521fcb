//! What a file is, told by its first bytes. A name, a header or a host's word for it counts for nothing.

mod clean;
pub mod embed;
pub mod film;
pub mod size;
pub mod xmp;
pub use clean::clean;

use imagesize::{ImageType, blob_size, image_type};

/// How much of a file is enough to tell its type and pixels: JPEG's size may stand behind 64 KB of metadata.
pub const HEAD_BYTES: usize = 128 * 1024;
/// The largest file that is kept as a picture, in bytes.
pub const PICTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The largest picture in pixels: decompressed it takes 4 bytes each, and a browser has to hold it.
pub const PIXELS_MAX: u64 = 100_000_000;

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

/// Tells a picture by its first bytes ([`HEAD_BYTES`] of them, or all there are).
pub fn tell(head: &[u8]) -> Result<PictureFacts, &'static str> {
    let media_type = match image_type(head) {
        Ok(ImageType::Png) => MediaType::Png,
        Ok(ImageType::Jpeg) => MediaType::Jpeg,
        Ok(ImageType::Webp) => MediaType::Webp,
        Ok(ImageType::Gif) => MediaType::Gif,
        Ok(_) | Err(_) => return Err(if head.is_empty() { "empty" } else { "not a picture" }),
    };
    let size = blob_size(head).map_err(|_| "damaged picture")?;
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else { return Err("too many pixels") };
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
        assert_eq!(tell(&png(50_000, 50_000)), Err("too many pixels"));
        assert_eq!(tell(&png(0, 5)), Err("no pixels"));
        assert_eq!(tell(b""), Err("empty"));
        for evil in [&b"<html><script>"[..], b"<svg xmlns='http://www.w3.org/2000/svg'>", b"%PDF-1.7", b"MZ\x90\0"] {
            assert_eq!(tell(evil), Err("not a picture"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..300), prefix in 0_usize..4) {
            let magic: &[u8] = [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a"][prefix];
            let _ = tell(&[magic, &bytes].concat());
        }
    }
}
