//! Northern lights over firs and still water.

use super::{
    canvas::{Frame, paint},
    color::{Ramp, Rgb},
    firs::Firs,
    noise::Noise,
    number::{blend, smooth},
    palette::Palette,
    sky::{Sky, seed},
};
use crate::dice::Dice;

struct Curtain {
    shape: Noise,
    base: f32,
    swing: f32,
    pitch: f32,
    height: f32,
    strength: f32,
    from: f32,
}

/// Draws the lights; the palette tints their upper ends.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice) -> Vec<u8> {
    let night = super::palette::named("night").unwrap_or_else(|| palette.clone());
    let shore = frame.height * dice.between(0.74, 0.82);
    let sky = Sky::new(frame, &night, dice, shore, 1.6).clear();
    let tips = if palette.night { Rgb::hex(0x007B_3FC4) } else { palette.sky[2].blend(Rgb::hex(0x008A_3FC4), 0.4) };
    let colors = Ramp::new(&[Rgb::hex(0x00B8_FFD9), Rgb::hex(0x003B_F09B), Rgb::hex(0x001F_C7A0), Rgb::hex(0x002B_7FB8), tips, tips * 0.4]);
    let curtains: Vec<Curtain> = (0..3 + dice.below(2)).map(|index| curtain(dice, shore, index)).collect();
    let hills = Noise::new(seed(dice));
    let firs = Firs::new(seed(dice), dice.between(0.09, 0.13));
    let ripples = Noise::new(seed(dice));
    let sky_at = |x: f32, y: f32| {
        let mut color = sky.at(x, y) * 0.7;
        for curtain in &curtains {
            color = color + curtain.at(x, y, &colors);
        }
        color
    };
    let tallest = 0.14 + firs.reach();
    let land = |x: f32, y: f32| {
        if y < shore - tallest {
            return sky_at(x, y);
        }
        let far = shore - 0.05 - 0.05 * hills.lines(x * 2.3, 6, 0.5);
        let near = shore - 0.012 - 0.012 * hills.lines(x * 3.1 + 50.0, 4, 0.5);
        let dark = frame.cover(y - near).max(if y < near { firs.cover(frame, x, near - y) } else { 0.0 });
        if dark >= 1.0 {
            return Rgb::hex(0x0002_050B);
        }
        let hill = Rgb::hex(0x000B_1C2B).mix(Rgb::hex(0x001A_4A4C), smooth(0.0, 0.1, y - far) * 0.5);
        sky_at(x, y).mix(hill, frame.cover(y - far)).mix(Rgb::hex(0x0002_050B), dark)
    };
    paint(frame, |x, y, _| {
        if y < shore {
            return land(x, y);
        }
        let depth = (y - shore) / (frame.height - shore);
        let wave = ripples.plane(x * 4.0 / (depth + 0.15), 24.0 * (depth + 0.05).ln());
        let mirrored = (shore - (y - shore) * 1.7 - wave * 0.018 * (0.3 + depth)).max(0.0);
        land(x + wave * 0.008, mirrored) * blend(0.72, 0.42, depth) + Rgb::hex(0x0004_0A14) * depth
    })
}

fn curtain(dice: &mut Dice, shore: f32, index: u64) -> Curtain {
    let near = if index == 0 { 1.0 } else { dice.between(0.35, 0.8) };
    Curtain {
        shape: Noise::new(seed(dice)),
        base: shore * dice.between(0.52, 0.8),
        swing: dice.between(0.1, 0.2),
        pitch: dice.between(0.8, 1.5),
        height: dice.between(0.3, 0.5) * blend(0.7, 1.0, near),
        strength: 0.75 * near,
        from: dice.between(0.0, 60.0),
    }
}

impl Curtain {
    fn at(&self, x: f32, y: f32, colors: &Ramp) -> Rgb {
        let along = x * self.pitch + self.from;
        // A fold shows the curtain twice, which no height over x can do; leaning the rays with height hints at it.
        let base = self.base + self.swing * self.shape.lines(along, 3, 0.45);
        let up = (base - y) / self.height;
        if !(-0.16..2.6).contains(&up) {
            return Rgb::default();
        }
        let leaned = along + up * 0.05;
        let rays = 0.5 + 0.5 * self.shape.lines(leaned * 17.0 + 9.0, 3, 0.6);
        let sheets = smooth(-0.75, 0.6, self.shape.line(along * 1.7 + 80.0));
        let foot = smooth(-0.1 - 0.06 * rays, 0.03, up);
        let fall = (-up.max(0.0) * blend(3.6, 1.5, rays)).exp();
        let light = foot * fall * sheets * blend(0.25, 1.0, rays * rays) * self.strength;
        let glow = (-(up - 0.15).abs() * 3.0).exp() * 0.10 * sheets * self.strength;
        colors.at(up * 0.62 + 0.06) * (light * 1.25) + Rgb::hex(0x001F_B088) * glow
    }
}
