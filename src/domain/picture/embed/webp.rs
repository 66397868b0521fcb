//! WebP: a chunk at the end, announced by a flag of the extended header, which a simple file gets.

use super::{Plan, Splice, take};

/// `RIFF`, size, `WEBP`.
const HEADER: usize = 12;
/// Flags of the extended header.
const XMP: u8 = 0x04;
const ALPHA: u8 = 0x10;

pub(super) fn plan(first: &[u8], length: u64, packet: &[u8]) -> Option<Plan> {
    let said = u64::from(u32::from_le_bytes(first.get(4..8)?.try_into().ok()?)) + 8;
    // What stands behind the end would stand before the packet; what lacks a last pad gets it.
    if said != length && !(said % 2 == 1 && said + 1 == length) {
        return None;
    }
    // With all of it in hand, it is known whether it is chunks to its end, and whether there is a packet that no flag announces.
    if first.len() as u64 == length && chunks(first)?.iter().any(|(name, _)| name == b"XMP ") {
        return Some(Plan::Whole);
    }
    let (extended, taken) = match first.get(HEADER..HEADER + 8)? {
        [b'V', b'P', b'8', b'X', 10, 0, 0, 0] => {
            let mut extended = first.get(HEADER..HEADER + 18)?.to_vec();
            let flags = extended.get_mut(8)?;
            if *flags & XMP != 0 {
                return Some(Plan::Whole);
            }
            *flags |= XMP;
            (extended, HEADER + 18)
        }
        [b'V', b'P', b'8', b' ', ..] => (extended(lossy(first.get(HEADER + 8..)?)?, false)?, HEADER),
        [b'V', b'P', b'8', b'L', ..] => {
            let (size, alpha) = lossless(first.get(HEADER + 8..)?)?;
            (extended(size, alpha)?, HEADER)
        }
        _ => return None,
    };
    let pad: &[u8] = if length % 2 == 1 { &[0] } else { &[] };
    let tail = [pad, b"XMP ", &u32::try_from(packet.len()).ok()?.to_le_bytes(), packet, if packet.len() % 2 == 1 { &[0] } else { &[] }].concat();
    let size = u32::try_from(length - taken as u64 + (HEADER - 8 + extended.len() + tail.len()) as u64).ok()?;
    let head = [b"RIFF", &size.to_le_bytes()[..], b"WEBP", &extended].concat();
    Some(Plan::Splice(Splice { head, taken, tail }))
}

/// Width and height of a frame of VP8 (RFC 6386, section 9.1).
pub(in crate::domain::picture) fn lossy(frame: &[u8]) -> Option<(u32, u32)> {
    let [_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..] = frame else { return None };
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    Some((side(*a, *b), side(*c, *d)))
}

/// Width and height of a stream of VP8L, and whether it says that anything in it may be seen through (specification, section 3).
pub(in crate::domain::picture) fn lossless(stream: &[u8]) -> Option<((u32, u32), bool)> {
    let bits = u32::from_le_bytes(stream.strip_prefix(&[0x2F])?.get(..4)?.try_into().ok()?);
    Some((((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bits >> 28 & 1 == 1))
}

/// The extended header of a file that had none.
fn extended((width, height): (u32, u32), alpha: bool) -> Option<Vec<u8>> {
    let side = |pixels: u32| Some(pixels.checked_sub(1)?.to_le_bytes());
    let ([w0, w1, w2, _], [h0, h1, h2, _]) = (side(width)?, side(height)?);
    let flags = XMP | if alpha { ALPHA } else { 0 };
    Some([&b"VP8X\x0a\0\0\0"[..], &[flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]].concat())
}

/// What follows the header: each chunk's name, and all of it with its pad.
fn chunks(bytes: &[u8]) -> Option<Vec<([u8; 4], &[u8])>> {
    let mut rest = bytes.get(HEADER..)?;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let whole = rest;
        let name = take(&mut rest, 4)?.try_into().ok()?;
        let length = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        take(&mut rest, usize::try_from(length).ok()?)?;
        if length % 2 == 1 {
            // The last one's pad may be missing.
            let pad = rest.len().min(1);
            take(&mut rest, pad)?;
        }
        chunks.push((name, whole.get(..whole.len() - rest.len())?));
    }
    Some(chunks)
}

/// The file without any packet.
pub(super) fn without(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..HEADER)?.to_vec();
    for (_, chunk) in chunks(bytes)?.iter().filter(|(name, _)| name != b"XMP ") {
        out.extend_from_slice(chunk);
    }
    if let Some(flags) = out.get_mut(HEADER..HEADER + 9).filter(|header| header.starts_with(b"VP8X")).and_then(<[u8]>::last_mut) {
        *flags &= !XMP;
    }
    let size = u32::try_from(out.len().checked_sub(8)?).ok()?;
    out.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(out)
}
