//! A picture without what it says of whoever took it: where, when and with what, and what was cut away from it. Only what is needed to show it is
//! copied; what stands in no format's plan, or behind the picture's end, is not.
//!
//! Sources: PNG (Third Edition), section 11; JPEG (ITU-T T.81), annex B, with JFIF, and Exif 2.32 for the orientation; WebP container specification.

use super::{MediaType, PictureFacts, embed, tell};

const DAMAGED: &str = "damaged picture";

/// The picture and what it is. PNG, JPEG and WebP that do not move; the pixels stay as they are.
pub fn clean(bytes: &[u8]) -> Result<(PictureFacts, Vec<u8>), &'static str> {
    let (cleaned, turned) = match tell(bytes)?.media_type {
        MediaType::Png => (png(bytes).ok_or(DAMAGED)?, false),
        MediaType::Jpeg => jpeg(bytes).ok_or(DAMAGED)?,
        MediaType::Webp => (webp(bytes)?, false),
        MediaType::Gif | MediaType::Mp4 => return Err("neither PNG, JPEG nor WebP"),
    };
    // What is kept says its size, and says it once: what was left out may have said another.
    let mut facts = tell(&cleaned)?;
    if turned {
        (facts.width, facts.height) = (facts.height, facts.width);
    }
    Ok((facts, cleaned))
}

/// Takes `count` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(count)?;
    *rest = back;
    Some(front)
}

/// The chunks that show the picture; those that speak of it, and those of its other frames, are left out.
pub(super) const PNG_KEPT: [&[u8]; 13] =
    [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP", b"mDCV", b"cLLI"];
const PNG_SIGNATURE: usize = 8;

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(take(&mut rest, PNG_SIGNATURE)?);
    let mut pixels = false;
    loop {
        let whole = rest;
        let length = u32::from_be_bytes(take(&mut rest, 4)?.try_into().ok()?);
        let name = take(&mut rest, 4)?;
        let _data_and_sum = take(&mut rest, usize::try_from(length).ok()?.checked_add(4)?)?;
        // One header, at the beginning (section 5.6).
        if (name == b"IHDR") != (out.len() == PNG_SIGNATURE) {
            return None;
        }
        if PNG_KEPT.contains(&name) {
            out.extend(whole.get(..whole.len() - rest.len())?);
        }
        pixels |= name == b"IDAT";
        if name == b"IEND" {
            return pixels.then_some(out);
        }
    }
}

/// Markers of JPEG (annex B, table B.1).
pub(super) mod marker {
    pub const SOI: u8 = 0xD8;
    pub const EOI: u8 = 0xD9;
    pub const SOS: u8 = 0xDA;
    pub const SOF2: u8 = 0xC2;
    pub const TEM: u8 = 0x01;
    pub const RST: core::ops::RangeInclusive<u8> = 0xD0..=0xD7;
    pub const APP: core::ops::RangeInclusive<u8> = 0xE0..=0xEF;
    pub const JFIF: u8 = 0xE0;
    pub const EXIF: u8 = 0xE1;
    pub const ICC: u8 = 0xE2;
    pub const ADOBE: u8 = 0xEE;
    pub const COMMENT: u8 = 0xFE;

    /// True for a frame's header, which says the size; three of its range are tables.
    pub const fn is_frame(name: u8) -> bool {
        matches!(name, 0xC0..=0xCF) && !matches!(name, 0xC4 | 0xC8 | 0xCC)
    }
}

/// The picture, and whether it is shown turned by a quarter.
fn jpeg(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut rest = bytes;
    let mut out = Vec::with_capacity(bytes.len());
    if take(&mut rest, 2)? != [0xFF, marker::SOI] {
        return None;
    }
    let (mut orientation, mut scans, mut frames) = (1, 0, 0);
    loop {
        let name = jpeg_marker(&mut rest)?;
        if name == marker::EOI {
            out.extend([0xFF, marker::EOI]);
            break;
        }
        if name == marker::TEM || marker::RST.contains(&name) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes(take(&mut rest, 2)?.try_into().ok()?));
        let content = take(&mut rest, length.checked_sub(2)?)?;
        match jpeg_kept(name, content) {
            Kept::As(kept) => {
                out.extend([0xFF, name]);
                out.extend(u16::try_from(kept.len() + 2).ok()?.to_be_bytes());
                out.extend(kept);
            }
            Kept::Turned(to) => orientation = to,
            Kept::Not => {}
        }
        frames += usize::from(marker::is_frame(name));
        if name == marker::SOS {
            // One frame, before what is in it (annex B.2.1; pyramids of frames are shown by nobody).
            if frames != 1 {
                return None;
            }
            scans += 1;
            let length = entropy(rest);
            out.extend(take(&mut rest, length)?);
        }
    }
    let mut whole = vec![0xFF, marker::SOI];
    if orientation != 1 {
        whole.extend(exif_with(orientation));
    }
    whole.extend(out);
    (scans > 0 && frames == 1).then_some((whole, orientation >= 5))
}

/// What stays of a segment.
pub(super) enum Kept {
    /// This.
    As(Vec<u8>),
    /// How the picture is turned.
    Turned(u8),
    /// Nothing.
    Not,
}

/// What stays of a segment of that marker.
pub(super) fn jpeg_kept(name: u8, content: &[u8]) -> Kept {
    match name {
        // Without the small picture that may follow the density.
        marker::JFIF if content.starts_with(b"JFIF\0") => content.get(..12).map_or(Kept::Not, |fixed| Kept::As([fixed, &[0, 0]].concat())),
        marker::EXIF => content.strip_prefix(b"Exif\0\0").and_then(exif_orientation).map_or(Kept::Not, Kept::Turned),
        marker::ICC if content.starts_with(b"ICC_PROFILE\0") => Kept::As(content.to_vec()),
        marker::ADOBE if content.starts_with(b"Adobe") => Kept::As(content.to_vec()),
        name if marker::APP.contains(&name) || name == marker::COMMENT => Kept::Not,
        _ => Kept::As(content.to_vec()),
    }
}

fn jpeg_marker(rest: &mut &[u8]) -> Option<u8> {
    if take(rest, 1)? != [0xFF] {
        return None;
    }
    loop {
        // Any number of 0xFF may stand before a marker.
        match take(rest, 1)? {
            [0xFF] => {}
            [name] => return Some(*name),
            _ => return None,
        }
    }
}

/// How many bytes of coded pixels come before the next marker.
fn entropy(rest: &[u8]) -> usize {
    let ends = |pair: &[u8]| matches!(pair, [0xFF, next] if *next != 0 && *next != 0xFF && !marker::RST.contains(next));
    rest.windows(2).position(ends).unwrap_or(rest.len())
}

/// The orientation tag of the first directory (Exif 2.32, section 4.6.4).
pub(super) fn exif_orientation(tiff: &[u8]) -> Option<u8> {
    const ORIENTATION: u16 = 0x0112;
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let word: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let directory = usize::try_from(if little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) }).ok()?;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries).map_while(|n| directory.checked_add(2 + 12 * n)).find(|at| short(*at) == Some(ORIENTATION))?;
    u8::try_from(short(entry.checked_add(8)?)?).ok().filter(|value| (1..=8).contains(value))
}

/// True if a JPEG's pixels come in passes, of which only the last makes the picture whole (marker SOF2).
pub(super) fn comes_in_passes(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(name) = jpeg_marker(&mut rest) {
        if name == marker::SOF2 {
            return true;
        }
        let length = take(&mut rest, 2).and_then(|pair| pair.try_into().ok()).map(u16::from_be_bytes);
        let content = length.and_then(|length| take(&mut rest, usize::from(length).checked_sub(2)?));
        if name == marker::SOS || content.is_none() {
            return false;
        }
    }
    false
}

/// A segment that says nothing but the orientation.
pub(super) fn exif_with(orientation: u8) -> [u8; 36] {
    let mut segment = *b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    segment[29] = orientation;
    segment
}

/// The chunks that show the picture.
pub(super) const WEBP_KEPT: [&[u8]; 5] = [b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"];
/// Flags of VP8X.
const WEBP_MOVES: u8 = 0x02;
pub(super) const WEBP_METADATA: u8 = 0x04 | 0x08;
const WEBP_HEADER: usize = 12;

fn webp(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let end = bytes.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes).and_then(|size| usize::try_from(size).ok());
    let mut rest = end.and_then(|size| bytes.get(WEBP_HEADER..size.checked_add(8)?)).ok_or(DAMAGED)?;
    let mut out = bytes.get(..WEBP_HEADER).ok_or(DAMAGED)?.to_vec();
    let (mut canvas, mut pixels) = (None, false);
    while !rest.is_empty() {
        let (name, data) = webp_chunk(&mut rest).ok_or(DAMAGED)?;
        if !WEBP_KEPT.contains(&name) {
            continue;
        }
        let mut data = data.to_vec();
        if let (b"VP8X", Some(flags)) = (name, data.first_mut()) {
            if *flags & WEBP_MOVES != 0 {
                return Err("a picture that moves");
            }
            *flags &= !WEBP_METADATA;
            if out.len() != WEBP_HEADER {
                return Err(DAMAGED);
            }
            canvas = Some(webp_canvas(&data).ok_or(DAMAGED)?);
        }
        if name == b"VP8 " || name == b"VP8L" {
            // One picture, as large as the header says, if there is one.
            let size = if name == b"VP8 " { embed::lossy(&data) } else { embed::lossless(&data).map(|(size, _)| size) };
            if pixels || size.is_none() || canvas.is_some() && canvas != size {
                return Err(DAMAGED);
            }
            pixels = true;
        }
        out.extend(name);
        out.extend(u32::try_from(data.len()).map_err(|_| DAMAGED)?.to_le_bytes());
        if data.len() % 2 == 1 {
            data.push(0);
        }
        out.extend(data);
    }
    let size = u32::try_from(out.len() - 8).map_err(|_| DAMAGED)?;
    out.get_mut(4..8).ok_or(DAMAGED)?.copy_from_slice(&size.to_le_bytes());
    if pixels { Ok(out) } else { Err(DAMAGED) }
}

/// Width and height that the extended header says.
fn webp_canvas(header: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_le_bytes([*header.get(at)?, *header.get(at + 1)?, *header.get(at + 2)?, 0]) + 1);
    side(4).zip(side(7))
}

fn webp_chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let name = take(rest, 4)?;
    let length = usize::try_from(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?)).ok()?;
    let data = take(rest, length)?;
    if length % 2 == 1 && !rest.is_empty() {
        take(rest, 1)?;
    }
    Some((name, data))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::domain::picture) const SECRET: &[u8] = b"47.3769N 8.5417E";

    pub(in crate::domain::picture) fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], name, data, b"sum."].concat()
    }
    pub(in crate::domain::picture) fn a_png() -> Vec<u8> {
        let header = [&8_u32.to_be_bytes()[..], &4_u32.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        let parts = [chunk(b"IHDR", &header), chunk(b"eXIf", SECRET), chunk(b"IDAT", b"pixels"), chunk(b"tEXt", SECRET), chunk(b"IEND", b"")];
        [&b"\x89PNG\r\n\x1a\n"[..], &parts.concat(), b"<script>", SECRET].concat()
    }
    fn segment(name: u8, content: &[u8]) -> Vec<u8> {
        [&[0xFF, name][..], &u16::try_from(content.len() + 2).unwrap().to_be_bytes(), content].concat()
    }
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = |tag: u16, value: u8| [&tag.to_le_bytes()[..], &[3, 0, 1, 0, 0, 0, value, 0, 0, 0]].concat();
        [&b"Exif\0\0II*\0\x08\0\0\0\x02\0"[..], &entry(0x0100, 9), &entry(0x0112, orientation), &[0; 4], SECRET].concat()
    }
    pub(in crate::domain::picture) fn a_jpeg(orientation: u8) -> Vec<u8> {
        let frame = segment(0xC0, &[8, 0, 4, 0, 8, 1, 1, 0x11, 0]);
        let scan = [segment(marker::SOS, &[1, 1, 0, 0, 63, 0]), vec![1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]].concat();
        let jfif = segment(marker::JFIF, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01", SECRET].concat());
        let parts = [jfif, segment(marker::EXIF, &exif(orientation)), segment(marker::COMMENT, SECRET), segment(0xED, SECRET), frame];
        let later = [segment(0xC4, &[0; 3]), scan.clone(), segment(marker::COMMENT, SECRET)].concat();
        [&[0xFF, marker::SOI][..], &parts.concat(), &scan, &later, &[0xFF, 0xFF, marker::EOI], SECRET].concat()
    }
    pub(in crate::domain::picture) fn riff(parts: &[Vec<u8>]) -> Vec<u8> {
        let body = [&b"WEBP"[..], &parts.concat()].concat();
        [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
    }
    pub(in crate::domain::picture) fn riff_chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
        let pad: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
        [name, &u32::try_from(data.len()).unwrap().to_le_bytes(), data, pad].concat()
    }
    pub(in crate::domain::picture) fn a_webp(flags: u8) -> Vec<u8> {
        let extended = [flags, 0, 0, 0, 7, 0, 0, 3, 0, 0];
        let parts =
            [riff_chunk(b"VP8X", &extended), riff_chunk(b"VP8L", b"\x2F\x07\xC0\0\0pixe"), riff_chunk(b"EXIF", SECRET), riff_chunk(b"XMP ", SECRET)];
        [riff(&parts), SECRET.to_vec()].concat()
    }
    pub(in crate::domain::picture) fn speaks(bytes: &[u8]) -> bool {
        bytes.windows(SECRET.len()).any(|window| window == SECRET)
    }

    #[test]
    fn nothing_is_said_of_whoever_took_it() {
        for picture in [a_png(), a_jpeg(1), a_jpeg(6), a_webp(0x0C)] {
            assert!(speaks(&picture));
            let (facts, cleaned) = clean(&picture).unwrap();
            assert!(!speaks(&cleaned) && !cleaned.windows(8).any(|window| window == b"<script>"), "{facts:?}");
            // What is clean stays as it is.
            assert_eq!(clean(&cleaned), Ok((facts, cleaned)));
        }
    }

    #[test]
    fn a_picture_is_shown_as_before() {
        let shown = |picture: &[u8]| clean(picture).map(|(facts, _)| (facts.width, facts.height));
        assert_eq!((shown(&a_png()), shown(&a_webp(0))), (Ok((8, 4)), Ok((8, 4))));
        for orientation in 1..=8 {
            let (facts, cleaned) = clean(&a_jpeg(orientation)).unwrap();
            assert_eq!((facts.width, facts.height), if orientation >= 5 { (4, 8) } else { (8, 4) });
            let kept = cleaned.windows(6).position(|window| window == b"Exif\0\0").map(|at| exif_orientation(&cleaned[at + 6..]));
            assert_eq!(kept, if orientation == 1 { None } else { Some(Some(orientation)) });
        }
        // Both scans, with what stands between them.
        let (_, cleaned) = clean(&a_jpeg(1)).unwrap();
        assert_eq!(cleaned.windows(8).filter(|window| *window == [1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]).count(), 2);
    }

    #[test]
    fn what_is_no_still_picture_is_refused() {
        assert_eq!(clean(&a_webp(WEBP_MOVES)), Err("a picture that moves"));
        assert_eq!(clean(b"GIF89a\x08\0\x04\0\0\0\0"), Err("neither PNG, JPEG nor WebP"));
        assert_eq!(clean(b"<svg xmlns='http://www.w3.org/2000/svg'>"), Err("not a picture"));
        for whole in [a_png(), a_jpeg(3), a_webp(0)] {
            let (_, whole) = clean(&whole).unwrap();
            for length in 32..whole.len() {
                assert!(clean(&whole[..length]).is_err(), "cut off at {length} of {}", whole.len());
            }
        }
    }

    #[test]
    fn a_picture_says_its_size_once() {
        let large = [&60_000_u32.to_be_bytes()[..], &60_000_u32.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        let small = [&640_u32.to_be_bytes()[..], &480_u32.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        let png = |chunks: &[(&[u8], &[u8])]| {
            let chunks: Vec<_> = chunks.iter().map(|(name, data)| chunk(name, data)).collect();
            clean(&[&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat(), &chunk(b"IDAT", b"pixels"), &chunk(b"IEND", b"")].concat())
        };
        assert!(png(&[(b"IHDR", &small)]).is_ok());
        assert!(png(&[(b"tEXt", &small), (b"IHDR", &large)]).is_err());
        assert!(png(&[(b"IHDR", &small), (b"IHDR", &large)]).is_err());
        assert!(png(&[(b"IHDR", &[&small[..], b"more"].concat())]).is_err());
        let frame = |side: u8| segment(0xC0, &[8, side, 0, side, 0, 1, 1, 0x11, 0]);
        let scan = [segment(marker::SOS, &[1, 1, 0, 0, 63, 0]), vec![1, 2]].concat();
        let jpeg = |parts: &[Vec<u8>]| clean(&[&[0xFF, marker::SOI][..], &parts.concat(), &[0xFF, marker::EOI]].concat());
        assert!(jpeg(&[frame(2), scan.clone()]).is_ok());
        for parts in [vec![frame(2), frame(200), scan.clone()], vec![frame(2), scan.clone(), frame(200), scan.clone()], vec![scan.clone(), frame(2)]]
        {
            assert_eq!(jpeg(&parts), Err(DAMAGED));
        }
        let (canvas, pixels) = (riff_chunk(b"VP8X", &[0, 0, 0, 0, 7, 0, 0, 3, 0, 0]), riff_chunk(b"VP8L", b"\x2F\x07\xC0\0\0"));
        let wide = riff_chunk(b"VP8L", b"\x2F\xFF\xC0\0\0");
        assert!(clean(&riff(&[canvas.clone(), pixels.clone()])).is_ok() && clean(&riff(std::slice::from_ref(&wide))).is_ok());
        for parts in [vec![canvas.clone(), wide.clone()], vec![pixels.clone(), wide], vec![pixels, canvas]] {
            assert!(clean(&riff(&parts)).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..300), at in 0_usize..200, which in 0_usize..3) {
            let mut picture = [a_png(), a_jpeg(6), a_webp(4)][which].clone();
            let at = at.min(picture.len());
            picture.splice(at.., bytes);
            if let Ok((_, cleaned)) = clean(&picture) {
                proptest::prop_assert!(cleaned.len() <= picture.len() + 36);
            }
        }
    }
}
