//! The few conversions between whole numbers and `f32` that drawing needs, in one place.

/// A size or an index as `f32`. Sizes of pictures are far below 2^24, so nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "sizes of pictures are far below 2^24")]
pub const fn float(number: u32) -> f32 {
    number as f32
}

/// The largest whole number not above `number`, and what is left over. Casts, because `f32::floor` is a call into the C
/// library on the x86-64 that builds target, and noise asks for it thirty million times a picture.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "coordinates are small; a cast saturates otherwise")]
pub const fn split(number: f32) -> (i32, f32) {
    let toward_zero = number as i32;
    let whole = if toward_zero as f32 > number { toward_zero - 1 } else { toward_zero };
    (whole, number - whole as f32)
}

/// The largest whole number not above `number`.
pub const fn floor(number: f32) -> i32 {
    split(number).0
}

/// A place in a table of `length` entries for `part` of 0 to 1; anything outside goes to an end.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the table first")]
pub fn place(part: f32, length: u32) -> usize {
    (part.clamp(0.0, 1.0) * float(length - 1)) as usize
}

/// A byte of colour; anything outside goes to an end.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte first")]
pub const fn byte(number: f32) -> u8 {
    number.clamp(0.0, 255.0) as u8
}

/// 0 below `low`, 1 above `high`, and an S-curve between. `low` may be the greater one.
pub fn smooth(low: f32, high: f32, number: f32) -> f32 {
    let part = ((number - low) / (high - low)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// `from` at 0, `to` at 1.
pub fn blend(from: f32, to: f32, part: f32) -> f32 {
    from + (to - from) * part
}
