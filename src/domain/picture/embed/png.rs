//! PNG: an iTXt chunk right behind the header.

use super::{Plan, Splice, take};

const KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
/// The signature, and a header of 13 bytes with its length, name and sum.
const HEADER: usize = 8 + 25;

pub(super) fn plan(first: &[u8], packet: &[u8]) -> Option<Plan> {
    let header = first.get(..HEADER).filter(|header| header.get(8..16) == Some(b"\0\0\0\rIHDR"))?;
    let mut head = header.to_vec();
    head.extend(chunk(packet)?);
    let mut rest = first.get(HEADER..)?;
    // Packets that stand before the pixels make room; where the beginning ends, or nothing is a chunk any more, the rest stays as it is. One behind the
    // pixels of a file that is too long to be seen whole stays too, and comes second.
    while let Some(taken) = next(rest) {
        let data = taken.get(8..taken.len() - 4)?;
        if !is_packet(taken, data) {
            head.extend(taken);
        }
        take(&mut rest, taken.len())?;
        if taken.get(4..8) == Some(b"IEND") {
            break;
        }
    }
    Some(Plan::Splice(Splice { head, taken: first.len() - rest.len(), tail: Vec::new() }))
}

fn is_packet(chunk: &[u8], data: &[u8]) -> bool {
    chunk.get(4..8) == Some(b"iTXt") && data.starts_with(KEYWORD)
}

/// The chunk at the beginning of `rest`, if all of it is there.
fn next(rest: &[u8]) -> Option<&[u8]> {
    let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
    rest.get(..usize::try_from(length).ok()?.checked_add(12)?)
}

fn chunk(packet: &[u8]) -> Option<Vec<u8>> {
    // Not compressed, in no language, with no translated keyword.
    let named = [b"iTXt", KEYWORD, &[0, 0, 0, 0], packet].concat();
    let length = u32::try_from(named.len() - 4).ok()?;
    Some([&length.to_be_bytes()[..], &named, &sum(&named).to_be_bytes()].concat())
}

/// CRC-32 (PNG, annex D). Bit by bit: a packet is short.
fn sum(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 }))
}
