//! Colours as linear light. Gradients are mixed in Oklab (Björn Ottosson, 2020), where the middle of two colours looks
//! like their middle and not like mud.

use std::ops::{Add, Mul};

use super::number::place;

/// Linear red, green and blue; 1.0 is the brightest that a screen shows, glows go beyond.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rgb(pub f32, pub f32, pub f32);

impl Rgb {
    /// From `0xRRGGBB` in sRGB.
    pub fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        let linear = |byte: u8| {
            let part = f32::from(byte) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        Self(linear(red), linear(green), linear(blue))
    }

    /// `self` at 0, `other` at 1, as light mixes.
    pub fn mix(self, other: Self, part: f32) -> Self {
        self * (1.0 - part) + other * part
    }

    /// `self` at 0, `other` at 1, as eyes mix.
    pub fn blend(self, other: Self, part: f32) -> Self {
        let (from, to) = (self.oklab(), other.oklab());
        from_oklab(std::array::from_fn(|axis| super::number::blend(from[axis], to[axis], part)))
    }

    /// Each channel multiplied with that of `other`.
    pub fn tint(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1, self.2 * other.2)
    }

    fn oklab(self) -> [f32; 3] {
        let Self(red, green, blue) = self;
        let l = (0.412_221_47 * red + 0.536_332_54 * green + 0.051_445_995 * blue).cbrt();
        let m = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
        let s = (0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue).cbrt();
        [
            0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        ]
    }
}

#[expect(clippy::many_single_char_names, reason = "the names of the colour space")]
fn from_oklab([light, a, b]: [f32; 3]) -> Rgb {
    let l = (light + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (light - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (light - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    Rgb(
        (4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s).max(0.0),
        (-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s).max(0.0),
        (-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s).max(0.0),
    )
}

impl Add for Rgb {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1, self.2 + other.2)
    }
}

impl Mul<f32> for Rgb {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        Self(self.0 * by, self.1 * by, self.2 * by)
    }
}

/// A gradient, worked out once into a table because a picture asks for it a million times.
#[derive(Debug, Clone)]
pub struct Ramp(Vec<Rgb>);

/// Fine enough that the steps are below one step of an 8-bit channel.
const RAMP_LENGTH: u16 = 512;

impl Ramp {
    /// Evenly spaced colours; one at least.
    pub fn new(stops: &[Rgb]) -> Self {
        let last = u16::try_from(stops.len()).unwrap_or(2).max(2) - 1;
        let color = |step: u16| {
            let at = f32::from(step) / f32::from(RAMP_LENGTH - 1) * f32::from(last);
            let left = usize::from((0..last).rev().find(|stop| f32::from(*stop) <= at).unwrap_or(0));
            let right = (left + 1).min(stops.len() - 1);
            stops[left].blend(stops[right], at - at.floor().min(f32::from(last - 1)))
        };
        Self((0..RAMP_LENGTH).map(color).collect())
    }

    /// The colour at `part` of 0 to 1; anything outside takes the end.
    pub fn at(&self, part: f32) -> Rgb {
        self.0[place(part, u32::from(RAMP_LENGTH))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_begins_and_ends_with_its_stops() {
        let ramp = Ramp::new(&[Rgb::hex(0x0010_2030), Rgb::hex(0x0080_2010), Rgb::hex(0x00FF_F0C0)]);
        for (part, code) in [(0.0, 0x0010_2030), (1.0, 0x00FF_F0C0), (-1.0, 0x0010_2030)] {
            let (got, want) = (ramp.at(part), Rgb::hex(code));
            assert!((got.0 - want.0).abs() + (got.1 - want.1).abs() + (got.2 - want.2).abs() < 0.01, "{got:?} is not {want:?}");
        }
    }
}
