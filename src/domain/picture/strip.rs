//! A picture without what it says of itself, while it goes by: of any length, a piece at a time, with no more than a segment in hand. Unlike [`super::clean`] it refuses
//! nothing: it is for files that are kept already, and what moves goes on moving. Whatever is not understood as part of the picture is left out.
//!
//! Sources: as in `clean`.

use super::{
    MediaType,
    clean::{self, PNG_KEPT, WEBP_KEPT, WEBP_METADATA, marker},
};

/// What moves, in a PNG and in a WebP.
const PNG_MOVES: [&[u8]; 3] = [b"acTL", b"fcTL", b"fdAT"];
const WEBP_MOVES: [&[u8]; 2] = [b"ANIM", b"ANMF"];

/// A picture on its way.
#[derive(Debug)]
pub struct Strip {
    at: At,
    /// What is collected of the part that is looked at as a whole.
    held: Vec<u8>,
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Collects so many bytes, and then decides.
    Part(Part, usize),
    /// So many bytes go on as they are, are left out, or become zeros; then a part of that kind begins.
    Kept(u64, Part),
    LeftOut(u64, Part),
    Zeros(u64, Part),
    /// Coded pixels of a JPEG, up to a marker.
    Pixels,
    /// Behind the end: nothing goes on.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    PngBegin,
    PngChunk,
    JpegBegin,
    JpegMarker,
    JpegLength,
    JpegSegment,
    WebpBegin,
    WebpChunk,
    WebpHeader,
    /// Nothing follows.
    None,
}

impl Part {
    /// How many bytes have to be there before it is known what it is.
    const fn begin(self) -> At {
        match self {
            Self::PngBegin | Self::PngChunk | Self::WebpChunk => At::Part(self, 8),
            Self::JpegBegin | Self::JpegMarker => At::Part(self, 2),
            Self::JpegLength | Self::JpegSegment => At::Part(self, 4),
            Self::WebpBegin => At::Part(self, 12),
            // With the name and the length.
            Self::WebpHeader => At::Part(self, 18),
            Self::None => At::End,
        }
    }
}

impl Strip {
    /// Of a file of that type; none if no type that holds packets.
    #[must_use]
    pub fn new(media_type: MediaType) -> Option<Self> {
        let first = match media_type {
            MediaType::Png => Part::PngBegin,
            MediaType::Jpeg => Part::JpegBegin,
            MediaType::Webp => Part::WebpBegin,
            MediaType::Gif | MediaType::Mp4 => return None,
        };
        Some(Self { at: first.begin(), held: Vec::new() })
    }

    /// Takes the next piece, and adds to `out` what goes on of it.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while !piece.is_empty() {
            let (taken, next) = match self.at {
                At::End => return,
                At::Part(part, length) => {
                    let taken = length.saturating_sub(self.held.len()).min(piece.len());
                    self.held.extend(piece.get(..taken).unwrap_or_default());
                    let next = if self.held.len() < length { None } else { Some(self.decide(part, out)) };
                    (taken, next)
                }
                At::Kept(left, then) => {
                    let taken = part_of(left, piece);
                    out.extend(piece.get(..taken).unwrap_or_default());
                    (taken, Some(after(At::Kept(left - taken as u64, then))))
                }
                At::LeftOut(left, then) => {
                    let taken = part_of(left, piece);
                    (taken, Some(after(At::LeftOut(left - taken as u64, then))))
                }
                At::Zeros(left, then) => {
                    let taken = part_of(left, piece);
                    out.resize(out.len() + taken, 0);
                    (taken, Some(after(At::Zeros(left - taken as u64, then))))
                }
                At::Pixels => self.pixels(piece, out),
            };
            self.at = next.unwrap_or(self.at);
            piece = piece.get(taken..).unwrap_or_default();
        }
    }

    /// All of a file.
    #[must_use]
    pub fn whole(media_type: MediaType, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        if let Some(mut strip) = Self::new(media_type) {
            strip.push(bytes, &mut out);
        }
        out
    }

    /// What becomes of a part that is in hand.
    fn decide(&mut self, part: Part, out: &mut Vec<u8>) -> At {
        let held = std::mem::take(&mut self.held);
        match part {
            Part::PngBegin | Part::JpegBegin | Part::WebpBegin => {
                out.extend(&held);
                match part {
                    Part::PngBegin => Part::PngChunk.begin(),
                    Part::JpegBegin => Part::JpegMarker.begin(),
                    _ => Part::WebpChunk.begin(),
                }
            }
            Part::PngChunk => {
                let (length, name) = held.split_at(4);
                // With its sum.
                let length = u64::from(u32::from_be_bytes(length.try_into().unwrap_or_default())) + 4;
                let then = if name == b"IEND" { Part::None } else { Part::PngChunk };
                if !PNG_KEPT.contains(&name) && !PNG_MOVES.contains(&name) {
                    return At::LeftOut(length, then);
                }
                out.extend(&held);
                At::Kept(length, then)
            }
            Part::JpegMarker => self.marker(held, out),
            Part::JpegLength => {
                let length = usize::from(u16::from_be_bytes([held.get(2).copied().unwrap_or(0), held.get(3).copied().unwrap_or(0)]));
                self.held = held;
                if length > 2 { At::Part(Part::JpegSegment, 2 + length) } else { self.decide(Part::JpegSegment, out) }
            }
            Part::JpegSegment => {
                let name = held.get(1).copied().unwrap_or_default();
                let content = held.get(4..).unwrap_or_default();
                match clean::jpeg_kept(name, content) {
                    clean::Kept::As(content) => {
                        out.extend([0xFF, name]);
                        out.extend(u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
                        out.extend(content);
                    }
                    clean::Kept::Turned(1) | clean::Kept::Not => {}
                    clean::Kept::Turned(orientation) => out.extend(clean::exif_with(orientation)),
                }
                if name == marker::SOS { At::Pixels } else { Part::JpegMarker.begin() }
            }
            Part::WebpChunk => {
                let (name, length) = held.split_at(4);
                let length = u64::from(u32::from_le_bytes(length.try_into().unwrap_or_default()));
                if name == b"VP8X" && length == 10 {
                    self.held = held;
                    return Part::WebpHeader.begin();
                }
                let padded = length + length % 2;
                if WEBP_KEPT.contains(&name) || WEBP_MOVES.contains(&name) {
                    out.extend(&held);
                    return At::Kept(padded, Part::WebpChunk);
                }
                // The file's length stands at its beginning, so what is said is covered up.
                out.extend(b"JUNK");
                out.extend(held.get(4..).unwrap_or_default());
                after(At::Zeros(padded, Part::WebpChunk))
            }
            Part::WebpHeader => {
                let mut held = held;
                if let Some(flags) = held.get_mut(8) {
                    *flags &= !WEBP_METADATA;
                }
                out.extend(held);
                Part::WebpChunk.begin()
            }
            Part::None => At::End,
        }
    }

    /// What follows a marker of a JPEG.
    fn marker(&mut self, held: Vec<u8>, out: &mut Vec<u8>) -> At {
        match held.as_slice() {
            // Any number of 0xFF may stand before a marker; what is none is left out.
            [_, 0xFF] => {
                self.held = vec![0xFF];
                Part::JpegMarker.begin()
            }
            [0xFF, marker::EOI] => {
                out.extend(held);
                At::End
            }
            [0xFF, name] if *name != 0 && *name != marker::TEM && !marker::RST.contains(name) => {
                self.held = held;
                Part::JpegLength.begin()
            }
            _ => Part::JpegMarker.begin(),
        }
    }

    /// Coded pixels: how many bytes of a piece, and what comes then.
    fn pixels(&mut self, piece: &[u8], out: &mut Vec<u8>) -> (usize, Option<At>) {
        if self.held.is_empty() {
            let plain = piece.iter().position(|byte| *byte == 0xFF).unwrap_or(piece.len());
            out.extend(piece.get(..plain).unwrap_or_default());
            if plain < piece.len() {
                self.held.push(0xFF);
                return (plain + 1, None);
            }
            return (plain, None);
        }
        match piece.first() {
            Some(0xFF) | None => (1, None),
            Some(next) if *next == 0 || marker::RST.contains(next) => {
                out.extend([0xFF, *next]);
                self.held.clear();
                (1, None)
            }
            Some(name) => {
                self.held.clear();
                let next = self.marker(vec![0xFF, *name], out);
                (1, Some(next))
            }
        }
    }
}

/// A file that is in memory without what it says of itself; as it is, if its type holds nothing.
#[must_use]
pub fn bare(media_type: MediaType, bytes: &[u8]) -> Vec<u8> {
    match media_type {
        MediaType::Gif | MediaType::Mp4 => bytes.to_vec(),
        // Here the length at its beginning can follow.
        MediaType::Webp => clean::clean(bytes).map_or_else(|_| Strip::whole(media_type, bytes), |(_, cleaned)| cleaned),
        MediaType::Png | MediaType::Jpeg => Strip::whole(media_type, bytes),
    }
}

fn part_of(left: u64, piece: &[u8]) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(piece.len())
}

/// What comes when nothing is left of it.
const fn after(at: At) -> At {
    match at {
        At::Kept(0, then) | At::LeftOut(0, then) | At::Zeros(0, then) => then.begin(),
        at => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture::{
        clean::tests::{SECRET, a_jpeg, a_png, a_webp, chunk, riff, riff_chunk, speaks},
        embed, tell, xmp,
    };

    fn kind(bytes: &[u8]) -> MediaType {
        tell(bytes).unwrap().media_type
    }
    fn stripped(bytes: &[u8]) -> Vec<u8> {
        Strip::whole(kind(bytes), bytes)
    }

    #[test]
    fn what_cleaning_leaves_is_what_goes_on() {
        for picture in [a_png(), a_jpeg(1)] {
            assert_eq!(stripped(&picture), clean::clean(&picture).unwrap().1);
        }
        let turned = stripped(&a_jpeg(6));
        assert_eq!(clean::clean(&turned).unwrap(), clean::clean(&a_jpeg(6)).unwrap());
    }

    #[test]
    fn nothing_is_said_by_what_cleaning_refuses() {
        let packet = xmp::brief(xmp::Origin::Made);
        let cut_off = |picture: Vec<u8>, by: usize| picture[..picture.len() - by].to_vec();
        let png = clean::clean(&a_png()).unwrap().1;
        let header = png[..33].to_vec();
        let moving = [header.clone(), chunk(b"acTL", &[0; 8]), chunk(b"tEXt", SECRET), chunk(b"fdAT", b"frame"), png[33..].to_vec()].concat();
        let frame = riff_chunk(b"ANMF", b"a frame of it");
        let moving_webp = riff(&[riff_chunk(b"VP8X", &[0x06, 0, 0, 0, 7, 0, 0, 3, 0, 0]), frame.clone(), riff_chunk(b"XMP ", SECRET)]);
        for (what, picture, pixels) in [
            ("no end", embed::whole(&cut_off(png, 12), packet.as_bytes()).unwrap(), &b"pixels"[..]),
            ("APNG", moving, b"fdATframe"),
            ("no end", embed::whole(&cut_off(a_jpeg(1), SECRET.len() + 3), packet.as_bytes()).unwrap(), &[1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]),
            ("moving WebP", moving_webp, &frame),
        ] {
            let bare = stripped(&picture);
            assert!(bare.windows(pixels.len()).any(|window| window == pixels), "{what}");
            assert!(!speaks(&bare) && xmp::Origin::told_by(&bare).is_none(), "{what}");
            assert_eq!(tell(&bare), tell(&picture));
        }
        let bare = stripped(&a_webp(0x0C));
        assert!(!speaks(&bare));
        assert_eq!(bare.len(), a_webp(0x0C).len(), "the length that its beginning says");
    }

    proptest::proptest! {
        #[test]
        fn pieces_make_no_difference_and_no_bytes_make_it_panic(
            which in 0_usize..3, at in 0_usize..300, bytes in proptest::collection::vec(0_u8.., 0..60), pieces in proptest::collection::vec(1_usize..40, 1..20)
        ) {
            let mut picture = [a_png(), a_jpeg(6), a_webp(4)][which].clone();
            let media_type = kind(&picture);
            let at = at.min(picture.len());
            picture.splice(at..at, bytes);
            let whole = Strip::whole(media_type, &picture);
            let (mut strip, mut out, mut rest) = (Strip::new(media_type).unwrap(), Vec::new(), &picture[..]);
            for length in pieces.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, later) = rest.split_at((*length).min(rest.len()));
                strip.push(piece, &mut out);
                rest = later;
            }
            proptest::prop_assert_eq!(out, whole);
        }
    }
}
