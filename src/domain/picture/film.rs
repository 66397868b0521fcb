//! What a film's boxes say (ISO/IEC 14496-12): enough to know that it is one, how large, and how long.

use super::{MediaType, PictureFacts};

/// The index of a film is not larger than this, in bytes.
pub const INDEX_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The largest film that is kept, in bytes.
pub const FILM_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What can be said of a film by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// This is it.
    Facts(PictureFacts),
    /// Its index begins at this byte, and was not among them.
    IndexAt(u64),
}

/// True if a file begins as a film does.
#[must_use]
pub fn is_film(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// Tells a film by its first bytes.
pub fn tell(head: &[u8]) -> Result<Told, &'static str> {
    const DAMAGED: &str = "damaged film";
    if !is_film(head) {
        return Err("not a film");
    }
    let mut at = 0_u64;
    // A film has a handful of boxes; more would be somebody's game.
    for _ in 0..64 {
        let rest = usize::try_from(at).ok().and_then(|at| head.get(at..)).filter(|rest| rest.len() >= 16);
        let Some(rest) = rest else { return Ok(Told::IndexAt(at)) };
        let (name, header, size) = box_header(rest).ok_or(DAMAGED)?;
        if name == b"moov" {
            let whole = usize::try_from(size).ok().filter(|size| *size <= rest.len());
            return match whole {
                None => Ok(Told::IndexAt(at)),
                Some(size) => index(rest.get(header..size).ok_or(DAMAGED)?).map(Told::Facts).ok_or("no pictures in it"),
            };
        }
        at = at.checked_add(size).ok_or(DAMAGED)?;
    }
    Err(DAMAGED)
}

/// Tells a film by what stands where its index begins.
pub fn tell_by_index(bytes: &[u8]) -> Result<PictureFacts, &'static str> {
    let (name, header, size) = box_header(bytes).ok_or("damaged film")?;
    let content = usize::try_from(size).ok().and_then(|size| bytes.get(header..size)).filter(|_| name == b"moov").ok_or("a film without an index")?;
    index(content).ok_or("no pictures in it")
}

/// A box's name, the length of its header and of all of it.
fn box_header(bytes: &[u8]) -> Option<(&[u8], usize, u64)> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let name = bytes.get(4..8)?;
    let (header, size) = match size {
        1 => (16, u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?)),
        size => (8, u64::from(size)),
    };
    (size >= header).then_some((name, usize::try_from(header).ok()?, size))
}

/// The boxes of a box's content, up to one that is damaged.
fn boxes(mut content: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    core::iter::from_fn(move || {
        let (name, header, size) = box_header(content)?;
        let size = usize::try_from(size).ok()?;
        let inside = content.get(header..size)?;
        content = content.get(size..)?;
        Some((name, inside))
    })
}

/// The largest track that is seen.
fn index(moov: &[u8]) -> Option<PictureFacts> {
    let tracks = boxes(moov).filter(|(name, _)| *name == b"trak");
    let sizes = tracks.filter_map(|(_, track)| boxes(track).find(|(name, _)| *name == b"tkhd").and_then(|(_, header)| size(header)));
    let (width, height) = sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height)).filter(|(width, height)| width * height > 0)?;
    Some(PictureFacts { media_type: MediaType::Mp4, width, height })
}

/// Width and height are the last of a track's header, as 16.16 numbers.
fn size(tkhd: &[u8]) -> Option<(u32, u32)> {
    let at = match tkhd.first()? {
        0 => 76,
        1 => 88,
        _ => return None,
    };
    let number = |at: usize| Some(u32::from_be_bytes(tkhd.get(at..at.checked_add(4)?)?.try_into().ok()?) >> 16);
    Some((number(at)?, number(at + 4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], name, content].concat()
    }
    fn track(width: u32, height: u32) -> Vec<u8> {
        let header = [&[0; 76][..], &(width << 16).to_be_bytes(), &(height << 16).to_be_bytes()].concat();
        boxed(b"trak", &[boxed(b"edts", &[]), boxed(b"tkhd", &header)].concat())
    }
    fn film(index_first: bool) -> Vec<u8> {
        let brand = boxed(b"ftyp", b"isom\0\0\x02\0");
        let index = boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), track(0, 0), track(1280, 720)].concat());
        let data = boxed(b"mdat", &[7; 5000]);
        if index_first { [brand, index, data].concat() } else { [brand, data, index].concat() }
    }
    const FACTS: PictureFacts = PictureFacts { media_type: MediaType::Mp4, width: 1280, height: 720 };

    #[test]
    fn the_index_says_how_large_it_is_wherever_it_stands() {
        assert_eq!(tell(&film(true)), Ok(Told::Facts(FACTS)));
        assert_eq!(tell(&film(true)[..1000]), Ok(Told::Facts(FACTS)));
        let late = film(false);
        let Ok(Told::IndexAt(at)) = tell(&late[..1000]) else { panic!("the index is not among the first bytes") };
        assert_eq!(tell_by_index(&late[usize::try_from(at).unwrap()..]), Ok(FACTS));
    }

    #[test]
    fn what_is_no_film_is_refused() {
        assert_eq!(tell(b"<!doctype html>"), Err("not a film"));
        assert_eq!(tell(&[boxed(b"ftyp", b"isom"), boxed(b"moov", &boxed(b"mvhd", &[0; 100]))].concat()), Err("no pictures in it"));
        assert_eq!(tell_by_index(&boxed(b"mdat", &[0; 50])), Err("a film without an index"));
        let endless = [boxed(b"ftyp", b"isom"), vec![0, 0, 0, 2, b'f', b'r', b'e', b'e', 0, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(tell(&endless), Err("damaged film"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..200), at in 0_usize..400) {
            let mut film = film(true);
            film.splice(at.., bytes);
            let _ = tell(&film);
            let _ = tell_by_index(&film);
        }
    }
}
