//! A planet at the edge of a nebula.

use super::{
    canvas::{Frame, paint},
    color::{Ramp, Rgb},
    noise::Noise,
    number::{blend, smooth},
    palette::{Palette, named},
    sky::{Sky, seed},
};
use crate::dice::Dice;

/// Draws the planet, lit from one side, its air glowing along the rim.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice) -> Vec<u8> {
    let night = named("night").unwrap_or_else(|| palette.clone());
    let stars = Sky::new(frame, &night, dice, frame.height, 1.0).clear();
    let radius = dice.between(0.27, 0.36);
    let center = (frame.width * dice.between(0.42, 0.64), frame.height * dice.between(0.5, 0.62));
    let angle = dice.between(3.5, 4.4);
    let light = (angle.cos() * 0.86, angle.sin() * 0.86, 0.5);
    let (clouds, ground) = (Noise::new(seed(dice)), Noise::new(seed(dice)));
    let gas = Ramp::new(&[Rgb::default(), palette.sky[1] * 0.22, palette.sky[2] * 0.55, palette.sky[3] * 0.9]);
    let surface = Ramp::new(&[palette.sky[0], palette.sky[1], palette.sky[2], palette.haze, palette.sky[4], palette.light]);
    let air = palette.sky[3].blend(palette.light, 0.25);
    let tilt = dice.between(-0.5, 0.5);
    let ringed = dice.chance(60);
    let space = |x: f32, y: f32| {
        let warp = clouds.planes(x * 1.2 + 9.0, y * 1.2, 3);
        let dense = clouds.planes(x * 1.7 + warp * 1.1, y * 1.7 - warp * 0.8 + 40.0, 6);
        let dust = ground.planes(x * 2.6 + warp, y * 2.6 + 70.0, 4);
        let glow = gas.at(smooth(-0.28, 0.55, dense)) * (1.0 - 0.75 * smooth(0.02, 0.4, dust));
        glow + stars.starlight(x, y) * 1.2 + Rgb::hex(0x0005_0612)
    };
    paint(frame, |x, y, _| {
        let (dx, dy) = ((x - center.0) / radius, (y - center.1) / radius);
        let out = dx.hypot(dy);
        let cover = frame.cover((1.0 - out) * radius);
        let mut color = Rgb::default();
        if cover < 1.0 {
            let facing_rim = smooth(-0.75, 0.9, (dx * light.0 + dy * light.1) / out.max(0.01));
            color = space(x, y) + air * ((-(out - 1.0).max(0.0) / 0.07).exp() * 0.5 * facing_rim);
        }
        if cover > 0.0 {
            let dz = (1.0 - out * out).max(0.0).sqrt();
            let (sin, cos) = tilt.sin_cos();
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let swirl = ground.planes(u * 1.6 / (0.55 + 0.45 * dz), v * 2.4, 4);
            let bands = 0.5 + 0.42 * (v * 6.5 + swirl * 2.6 + 0.6 * ground.line(v * 9.0)).sin() + 0.2 * swirl;
            let day = dx * light.0 + dy * light.1 + dz * light.2;
            let shine = smooth(-0.12, 0.95, day);
            let rim = (1.0 - dz).powi(3) * smooth(-0.1, 0.6, day);
            let ball = surface.at(bands) * (shine * 1.05 + 0.006) + air * (rim * 0.7);
            color = color.mix(ball, cover);
        }
        if ringed { ring(color, frame, (dx, dy), (out, tilt), (air, palette.light), ground) } else { color }
    })
}

fn ring(behind: Rgb, frame: &Frame, (dx, dy): (f32, f32), (out, tilt): (f32, f32), (air, light): (Rgb, Rgb), grooves: Noise) -> Rgb {
    let (sin, cos) = (tilt - 0.1).sin_cos();
    let (u, v) = (dx * cos + dy * sin, (dy * cos - dx * sin) / 0.2);
    let distance = u.hypot(v);
    // The far half goes behind the planet.
    if !(1.3..2.25).contains(&distance) || (v < 0.0 && out < 1.0) {
        return behind;
    }
    let soft = frame.pixel * 12.0;
    let edge = smooth(1.3, 1.34 + soft, distance) * smooth(2.25, 2.15 - soft, distance);
    let gap = 1.0 - 0.85 * smooth(0.05, 0.02, (distance - 1.86).abs());
    let grain = 0.55 + 0.4 * grooves.lines(distance * 22.0, 3, 0.6);
    let shadow = blend(0.35, 1.0, smooth(-0.2, 0.9, (distance - 1.0) * 0.5 + u * -0.35 + 0.3));
    behind.mix(air.mix(light, 0.35) * (shadow * 0.85), (edge * gap * grain).clamp(0.0, 0.85))
}
