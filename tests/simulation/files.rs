//! Files as media storage has them.

use atelier::{
    domain::picture::{self, PictureFacts, film},
    lanes::Mark,
    platform::Stored,
};

/// What a file is.
pub fn tell(bytes: &[u8]) -> Result<PictureFacts, &'static str> {
    if !film::is_film(bytes) {
        return picture::tell(bytes);
    }
    match film::tell(bytes)? {
        film::Told::Facts(facts) => Ok(facts),
        film::Told::IndexAt(at) => film::tell_by_index(usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default()),
    }
}

/// A file with the mark, if its type takes one.
pub fn marked(bytes: &[u8], mark: Option<&Mark>) -> Vec<u8> {
    mark.and_then(|mark| mark.whole(bytes)).unwrap_or_else(|| bytes.to_vec())
}

/// A file as storage has it.
pub fn file(bytes: Vec<u8>, facts: PictureFacts) -> (Vec<u8>, Stored) {
    let etag = format!("{:x}", bytes.iter().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(*byte))));
    let stored = Stored { facts, bytes: bytes.len() as u64, etag };
    (bytes, stored)
}
