//! Small copies of a picture, of a few widths: made once, kept beside the original, and removed with it.
//!
//! Each is an average of the area that its pixels stand for. What shows is carried over: the colour profile, the turn that a camera noted, what can be seen
//! through, and how the picture came to be.

mod read;
mod room;
mod shrink;
mod write;

pub use room::{Room, TAKEN_MS};

use super::{MediaType, PictureFacts, SIDE_MAX, embed, tell, xmp};
use shrink::Shrink;

/// The widths, in pixels of the picture as it is shown: a tile, a tile on a dense screen, a screen.
pub const WIDTHS: [u32; 3] = [320, 640, 1280];
/// The most memory that making one takes, file and pixels, in bytes: an isolate has 128 MB for everything.
pub const WORK_BYTES_MAX: u64 = 80 * 1024 * 1024;
/// The most pixels that are looked at: some seconds of work.
const PIXELS_MAX: u64 = 50_000_000;
/// What a column takes while a picture is made smaller row by row, in bytes: where each pixel goes, and a decoder's rows, of which a pixel has eight bytes at most.
const COLUMN_BYTES: u64 = 12 + 4 * 8;
/// The most pixels of a copy: what is very tall stays tall.
const COPY_PIXELS_MAX: u64 = 4_000_000;

/// A width of the list, by its name in an address.
#[must_use]
pub fn width(name: &str) -> Option<u32> {
    WIDTHS.into_iter().find(|width| width.to_string() == name)
}

/// Where a copy is kept.
#[must_use]
pub fn key(of: &str, width: u32) -> String {
    format!("size/{width}/{of}")
}

/// Where it is noted that no copy can be made, so that nobody tries again.
#[must_use]
pub fn none_key(of: &str) -> String {
    format!("size/none/{of}")
}

/// As many as [`keys_of`] gives.
pub const KEYS: usize = 2 + WIDTHS.len();

/// Everything that may be kept of what stands under a key: removing it removes all of them.
pub fn keys_of(of: &str) -> impl Iterator<Item = String> {
    [of.to_owned(), none_key(of)].into_iter().chain(WIDTHS.into_iter().map(move |width| key(of, width)))
}

/// What a copy is of.
#[must_use]
pub fn original(key: &str) -> &str {
    let of = key.strip_prefix("size/").and_then(|rest| rest.split_once('/')).filter(|(name, _)| *name == "none" || width(name).is_some());
    of.map_or(key, |(_, of)| of)
}

/// The memory that making a copy takes in bytes, by what is known of a file; none if none is made of it.
#[must_use]
pub fn work(facts: PictureFacts, bytes: u64) -> Option<u64> {
    let pixels = u64::from(facts.width) * u64::from(facts.height);
    let each = match facts.media_type {
        // Row by row.
        MediaType::Png => 0,
        MediaType::Jpeg => read::JPEG_BYTES,
        MediaType::Webp => read::WEBP_BYTES,
        MediaType::Gif | MediaType::Mp4 => return None,
    };
    let work = bytes + pixels * each + u64::from(facts.width) * COLUMN_BYTES;
    // What was kept before there was a longest side is not looked at.
    (pixels <= PIXELS_MAX && facts.width.max(facts.height) <= SIDE_MAX).then_some(work).filter(|work| *work <= WORK_BYTES_MAX)
}

/// The widths that a picture is offered in: those that are smaller than it is.
pub fn offered(facts: PictureFacts, bytes: u64) -> impl Iterator<Item = u32> {
    let made = work(facts, bytes).is_some();
    WIDTHS.into_iter().filter(move |width| made && height(facts, *width).is_some())
}

/// The height of a copy; none if the picture is no wider, or the copy would be too large itself.
fn height(facts: PictureFacts, width: u32) -> Option<u32> {
    if facts.width <= width {
        return None;
    }
    let (wide, tall) = (u64::from(facts.width), u64::from(facts.height));
    let height = ((tall * u64::from(width) + wide / 2) / wide).max(1);
    (height * u64::from(width) <= COPY_PIXELS_MAX).then(|| u32::try_from(height).ok()).flatten()
}

/// Makes a copy of that width. An error says why there is none: then the original has to do.
pub fn make(bytes: &[u8], width: u32) -> Result<(PictureFacts, Vec<u8>), &'static str> {
    let mut facts = tell(bytes)?;
    let file = read::open(bytes, facts).ok_or("not to be read")?;
    if facts.width != file.width || facts.height != file.height {
        return Err("two sizes in one file");
    }
    if file.turned() {
        (facts.width, facts.height) = (facts.height, facts.width);
    }
    work(facts, bytes.len() as u64 + file.more).ok_or("too large")?;
    let tall = height(facts, width).ok_or("no wider than the copy")?;
    // As the file has it; whoever shows it turns it.
    let (wide, high) = if file.turned() { (tall, width) } else { (width, tall) };
    let mut shrink = Shrink::new((file.width, file.height), (wide, high));
    let looks = file.rows(&mut |row, channels| shrink.push(row, channels)).ok_or("damaged picture")?;
    let pixels = shrink.end().ok_or("damaged picture")?;
    let (media_type, copy) = write::copy(&pixels, (wide, high), &looks).ok_or("not to be written")?;
    let copy = match looks.origin {
        Some(origin) => embed::whole(&copy, xmp::brief(origin).as_bytes()).unwrap_or(copy),
        None => copy,
    };
    Ok((PictureFacts { media_type, width, height: tall }, copy))
}

#[cfg(test)]
mod tests;
