//! Pictures that people bring. They come by an address of their own, straight into storage, and go again when nothing uses them.

use super::{
    ids::{self, sortable_id},
    time::{HOUR_MS, Timestamp},
};

/// The largest file, in bytes.
pub const BYTES_MAX: usize = 20 * 1024 * 1024;
/// The largest picture, in pixels: what the most patient model takes, and what a browser can still show.
pub const PIXELS_MAX: u64 = 50_000_000;
/// The shortest side, in pixels.
pub const SIDE_MIN: u32 = 16;
/// How long its address takes a file.
pub const OPEN_MS: i64 = HOUR_MS;
/// How long a picture that nothing uses is kept.
pub const UNUSED_MS: i64 = 24 * HOUR_MS;
/// Pictures of one account that nothing uses.
pub const UNUSED_MAX: i64 = 100;

/// Memory that taking a file in needs, in bytes, by the length that is said beforehand: as it comes, as it is cleaned, and as the runtime and storage have it.
#[must_use]
pub fn room(length: Option<u64>) -> u64 {
    4 * length.map_or(BYTES_MAX as u64, |length| length.min(BYTES_MAX as u64))
}

sortable_id! {
    /// The id of an upload, chosen by us.
    UploadId
}

impl UploadId {
    /// Where the file is kept.
    #[must_use]
    pub fn media_key(&self) -> String {
        format!("upload/{self}")
    }
    /// Until when its address takes a file.
    #[must_use]
    pub fn open_until(&self) -> Timestamp {
        ids::time_of(self.as_str()).plus_ms(OPEN_MS)
    }
}
