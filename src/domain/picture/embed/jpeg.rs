//! JPEG: an APP1 segment behind the beginning, JFIF's and Exif's own segments, which readers want to see first.

use super::{Plan, Splice, take};

const NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// Where what is longer than a segment goes on.
const EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;

pub(super) fn plan(first: &[u8], packet: &[u8]) -> Option<Plan> {
    let mut rest = first;
    let mut head = take(&mut rest, 2)?.to_vec();
    let mut ours = Some(segment(packet)?);
    // The segments before the pixels: a packet there makes room. Where the beginning ends, or no segment begins, the rest stays as it is.
    while let Some((name, whole)) = next(rest) {
        let content = whole.get(4..)?;
        let leads = name == APP0 || name == APP1 && content.starts_with(b"Exif\0");
        let packet = name == APP1 && (content.starts_with(NAME) || content.starts_with(EXTENSION));
        if !leads && !packet {
            head.extend(ours.take().unwrap_or_default());
        }
        if !packet {
            head.extend(whole);
        }
        take(&mut rest, whole.len())?;
    }
    head.extend(ours.unwrap_or_default());
    Some(Plan::Splice(Splice { head, taken: first.len() - rest.len(), tail: Vec::new() }))
}

/// The segment at the beginning of `rest` and its marker, if all of it is there and it comes before the pixels.
fn next(rest: &[u8]) -> Option<(u8, &[u8])> {
    let [0xFF, name, high, low, ..] = rest else { return None };
    // Tables, headers and what applications say; not the pixels, the end, fill bytes, or markers that stand alone.
    if !matches!(name, 0xC0..=0xCF | 0xDB..=0xDF | 0xE0..=0xEF | 0xFE) {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([*high, *low])).checked_add(2).filter(|length| *length >= 4)?;
    Some((*name, rest.get(..length)?))
}

fn segment(packet: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(2 + NAME.len() + packet.len()).ok()?;
    Some([&[0xFF, APP1][..], &length.to_be_bytes(), NAME, packet].concat())
}
