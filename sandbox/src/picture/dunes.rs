//! Dunes: each has a ridge that winds down from its peak, bright on one side and in shadow on the other.

use super::{
    canvas::{Frame, paint},
    color::Rgb,
    noise::Noise,
    number::{blend, smooth},
    palette::Palette,
    sky::{Sky, seed},
};
use crate::dice::Dice;

struct Dune {
    /// Height of the crest at each column.
    crest: Vec<f32>,
    peak: (f32, f32),
    left: f32,
    right: f32,
    wind: f32,
    shape: Noise,
    near: f32,
    lit: Rgb,
    shade: Rgb,
}

/// Draws the desert.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice) -> Vec<u8> {
    let horizon = frame.height * dice.between(0.5, 0.6);
    let height = if palette.night { dice.between(0.5, 0.75) } else { dice.between(0.22, 0.5) };
    let sky = Sky::new(frame, palette, dice, horizon, height).clear();
    let sunward = if sky.light_at.0 > frame.width / 2.0 { 1.0 } else { -1.0 };
    let count: u16 = 6;
    let dunes: Vec<Dune> = (0..count)
        .map(|index| {
            let near = f32::from(index) / f32::from(count - 1);
            let side = if index % 2 == 0 { dice.between(0.0, 0.5) } else { dice.between(0.5, 1.0) };
            let sand = palette.haze.blend(palette.sky[4], 0.35).blend(palette.sky[2], near * 0.45);
            let mut dune = Dune {
                crest: Vec::new(),
                peak: (frame.width * side, blend(horizon - 0.035, frame.height * 0.74, near.powf(1.25))),
                left: blend(0.16, 0.42, near) * dice.between(0.75, 1.2),
                right: blend(0.16, 0.42, near) * dice.between(0.75, 1.2),
                wind: dice.between(0.5, 1.1) * if dice.chance(50) { 1.0 } else { -1.0 },
                shape: Noise::new(seed(dice)),
                near,
                lit: sand.blend(palette.light, 0.25 * (1.0 - near)),
                shade: sand.blend(palette.ink, blend(0.28, 0.74, near)),
            };
            dune.crest = (0..frame.columns).map(|column| dune.crest_at(frame.x(column))).collect();
            dune
        })
        .collect();
    let far = palette.haze.blend(palette.sky[3], 0.5);
    let haze = palette.haze.blend(palette.light, 0.15);
    paint(frame, |x, y, column| {
        // From the front backwards, as far as anything shows.
        let (mut front, mut open) = (Rgb::default(), 1.0);
        for dune in dunes.iter().rev() {
            let below = y - dune.crest[column as usize];
            let cover = frame.cover(below);
            if cover > 0.0 {
                let misty = (1.0 - dune.near).powi(2) * 0.6 * smooth(0.0, 0.14, below);
                front = front + dune.color(x, y, below, sunward).mix(haze, misty) * (cover * open);
                open *= 1.0 - cover;
                if open < 0.004 {
                    return front;
                }
            }
        }
        front + sky.at(x, y).mix(far, frame.cover(y - horizon)) * open
    })
}

impl Dune {
    fn crest_at(&self, x: f32) -> f32 {
        let from = x - self.peak.0;
        let slope = if from < 0.0 { self.left } else { self.right };
        // Steep near the peak, then running out flat, like sand at rest.
        let reach = blend(0.4, 0.95, self.near);
        let fall = slope * reach * (1.0 - (-from.abs() / reach).exp());
        let round = 0.012 * (-(from / 0.03).powi(2)).exp();
        self.peak.1 + fall + round + 0.02 * self.shape.lines(x * 1.6, 2, 0.4)
    }

    fn color(&self, x: f32, y: f32, below: f32, sunward: f32) -> Rgb {
        let down = (y - self.peak.1).max(0.0);
        let winding = self.wind * (down * 0.75 + 0.11 * (down * 9.0).sin() * smooth(0.0, 0.2, down));
        let ridge = self.peak.0 + winding + 0.05 * self.shape.lines(down * 5.0 + 7.0, 2, 0.4) * smooth(0.0, 0.1, down);
        let across = (x - ridge) * sunward;
        let soft = 0.0016 + down * 0.045;
        let facing = smooth(-soft, soft, across);
        let grain = self.shape.planes(x * 3.0, y * 9.0, 3);
        let lines = (y * blend(420.0, 150.0, self.near) + x * 26.0 + 7.0 * grain).sin();
        let ripples = lines * 0.05 * facing * smooth(0.02, 0.15, below) * self.near;
        let slope = 0.86 + 0.16 * grain + ripples + 0.22 * smooth(0.24, 0.0, across) * facing;
        let deep = self.shade * (0.92 + 0.2 * smooth(0.0, 0.35, below) + 0.1 * grain);
        let rim = smooth(0.006, 0.0, below) * 0.16 * facing;
        deep.mix(self.lit * slope, facing) + self.lit * rim
    }
}
