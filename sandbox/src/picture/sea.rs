//! Open water under a low sun, with islands in the distance and sometimes a sail.

use super::{
    canvas::{Frame, paint},
    color::Rgb,
    noise::Noise,
    number::{blend, smooth},
    palette::Palette,
    sky::{Sky, seed},
};
use crate::dice::Dice;

struct Island {
    crest: Vec<f32>,
    color: Rgb,
}

/// Draws the sea; `boat` puts a sailing boat on it.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice, boat: bool) -> Vec<u8> {
    let horizon = frame.height * dice.between(0.46, 0.6);
    let height = if palette.night { dice.between(0.4, 0.7) } else { dice.between(0.12, 0.4) };
    let sky = Sky::new(frame, palette, dice, horizon, height);
    let islands = islands(frame, palette, dice, horizon);
    let waves = Noise::new(seed(dice));
    let deep = palette.sky[0].blend(palette.ink, 0.45);
    let body = palette.sky[1].blend(palette.sky[2], 0.35) * 0.8;
    let sail = boat.then(|| Boat::new(frame, dice, horizon, palette));
    let land = |x: f32, y: f32, column: u32| {
        let mut color = sky.at(x, y);
        for island in &islands {
            let below = y - island.crest[column as usize];
            let haze = smooth(0.0, 0.09, below) * 0.35;
            color = color.mix(island.color.mix(palette.haze, haze), frame.cover(below));
        }
        color
    };
    paint(frame, |x, y, column| {
        let mut color = if y < horizon {
            land(x, y, column)
        } else {
            let depth = (y - horizon) / (frame.height - horizon);
            // Perspective: distance grows without end towards the horizon.
            let far = 1.0 / (depth + 0.018);
            let swell = waves.planes((x - 0.5) * far.min(26.0) * 0.9 + 60.0, far * 3.4, 3);
            let chop = waves.planes((x - 0.5) * far.min(40.0) * 3.1, far * 9.5 + 30.0, 3);
            let wave = swell * 0.9 + chop * 0.55;
            let mirrored = horizon - (y - horizon) * 0.9 - (0.03 + 0.22 * depth) * (wave * 0.5 + 0.35);
            let shift = x + wave * 0.02 * (0.4 + depth);
            let reflected = sky.gradient(mirrored.max(0.0)).mix(sky.at(shift, mirrored.max(0.0)), 0.45);
            // Seen flat the water mirrors, seen steeply it shows itself.
            let clear = smooth(0.0, 1.0, depth.sqrt()) * 0.74 + 0.1 + wave * 0.32;
            let own = body.mix(deep, smooth(0.05, 0.95, depth) - wave * 0.25);
            let path = 0.045 + 0.26 * depth;
            let across = (shift - sky.light_at.0) / path;
            let glint = smooth(0.05, 0.62, chop + swell * 0.35 + 0.12 * (1.0 - depth)) * (-across * across).exp();
            let glow = (-across * across * 0.25).exp() * 0.16 * (1.0 - depth);
            let strength = if palette.night { 0.55 } else { 1.15 };
            let line = smooth(0.012, 0.0, y - horizon) * 0.35;
            reflected.mix(own, clear.clamp(0.0, 0.95)).mix(palette.haze, line) + palette.light * ((glint * blend(1.0, 0.6, depth) + glow) * strength)
        };
        if let Some(sail) = &sail {
            color = sail.over(color, frame, x, y);
        }
        color
    })
}

fn islands(frame: &Frame, palette: &Palette, dice: &mut Dice, horizon: f32) -> Vec<Island> {
    (0..=dice.below(3))
        .map(|index| {
            let near = if index == 0 { 0.15 } else { dice.between(0.2, 0.5) };
            let shape = Noise::new(seed(dice));
            let middle = frame.width * dice.between(-0.05, 1.05);
            let wide = dice.between(0.22, 0.6);
            let tall = dice.between(0.05, 0.13);
            let crest = (0..frame.columns)
                .map(|column| {
                    let x = frame.x(column);
                    let dome = smooth(wide, 0.0, (x - middle).abs());
                    let rocks = 0.75 + 0.5 * shape.lines(x * 5.0, 5, 0.5);
                    horizon + 0.003 - tall * dome * rocks
                })
                .collect();
            Island { crest, color: palette.haze.blend(palette.ink, 0.3 + near) }
        })
        .collect()
}

struct Boat {
    x: f32,
    y: f32,
    size: f32,
    hull: Rgb,
    sail: Rgb,
}

impl Boat {
    fn new(frame: &Frame, dice: &mut Dice, horizon: f32, palette: &Palette) -> Self {
        Self {
            x: frame.width * dice.between(0.3, 0.7),
            y: horizon + (frame.height - horizon) * dice.between(0.1, 0.2),
            size: dice.between(0.12, 0.16),
            hull: palette.ink,
            sail: palette.light.blend(palette.haze, 0.35),
        }
    }

    fn over(&self, behind: Rgb, frame: &Frame, x: f32, y: f32) -> Rgb {
        let (dx, up) = ((x - self.x) / self.size, (self.y - y) / self.size);
        if dx.abs() > 0.6 || !(-0.9..1.1).contains(&up) {
            return behind;
        }
        let soft = frame.pixel / self.size;
        let inside = |distance: f32| smooth(-soft, soft, distance);
        // Below the waterline the same shapes again, faint and wavering: the reflection.
        let mirror = up < 0.0;
        let (px, py) = if mirror { (dx + 0.03 * (y / self.size * 40.0).sin(), -up * 1.25) } else { (dx, up) };
        let main = inside(py - 0.12).min(inside(0.98 - py)).min(inside(px - 0.015)).min(inside(0.36 * (1.0 - py) + 0.03 - px));
        let jib = inside(py - 0.14).min(inside(0.84 - py)).min(inside(-0.02 - px)).min(inside(px + 0.34 * (0.88 - py)));
        let hull = inside(py).min(inside(0.09 - py)).min(inside(0.3 + py * 0.9 - (px - 0.02).abs()));
        let mast = inside(py).min(inside(1.02 - py)).min(inside(0.008 - px.abs()));
        let faint = if mirror { 0.4 * smooth(-0.9, 0.0, up) } else { 1.0 };
        let shade = self.sail.mix(self.hull, 0.22);
        behind.mix(self.sail, main * faint).mix(shade, jib * faint).mix(self.hull, hull.max(mast) * faint)
    }
}
