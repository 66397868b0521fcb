//! A packet put into a PNG, a JPEG or a WebP, in the place of any that is there: the pixels stay as they are, byte for byte. A file that is not understood
//! is left as it is.
//!
//! Sources: XMP specification, part 3 (embedding in files), sections 1.1.3 (JPEG), 1.1.5 (PNG); WebP container specification.

mod jpeg;
mod png;
mod webp;

pub(super) use webp::{lossless, lossy};

/// How a file on its way into storage is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// As it is: of no type that takes a packet, or not understood.
    AsItIs,
    /// With another beginning and end.
    Splice(Splice),
    /// A packet stands where a beginning does not reach: only with all of the file in hand, by [`whole`].
    Whole,
}

/// What stands at a file's beginning in the place of its first bytes, and what follows at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The new beginning.
    pub head: Vec<u8>,
    /// How many bytes of the file it stands for.
    pub taken: usize,
    /// The new end.
    pub tail: Vec<u8>,
}

impl Splice {
    /// The length in bytes of a file that was `length` bytes long.
    #[must_use]
    pub fn length(&self, length: u64) -> u64 {
        length - self.taken as u64 + (self.head.len() + self.tail.len()) as u64
    }
    /// All of it, from all of the file.
    #[must_use]
    pub fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some([&self.head, bytes.get(self.taken..)?, &self.tail].concat())
    }
}

/// How a file of `length` bytes that begins with `first` takes a packet.
#[must_use]
pub fn plan(first: &[u8], length: u64, packet: &[u8]) -> Plan {
    if packet.len() > super::xmp::PACKET_BYTES_MAX {
        return Plan::AsItIs;
    }
    match first {
        [0x89, b'P', b'N', b'G', ..] => png::plan(first, packet),
        [0xFF, 0xD8, ..] => jpeg::plan(first, packet),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::plan(first, length, packet),
        _ => None,
    }
    .unwrap_or(Plan::AsItIs)
}

/// The file with the packet in it; none if it is to stay as it is.
#[must_use]
pub fn whole(bytes: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    match plan(bytes, bytes.len() as u64, packet) {
        Plan::AsItIs => None,
        Plan::Splice(splice) => splice.apply(bytes),
        Plan::Whole => {
            let without = webp::without(bytes)?;
            match plan(&without, without.len() as u64, packet) {
                Plan::Splice(splice) => splice.apply(&without),
                Plan::AsItIs | Plan::Whole => None,
            }
        }
    }
}

/// Takes `count` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(count)?;
    *rest = back;
    Some(front)
}

#[cfg(test)]
mod tests;
