//! Nothing in particular: sheets of colour that flow over each other, each with a soft shadow and a bright rim.

use super::{
    canvas::{Frame, paint},
    color::{Ramp, Rgb},
    noise::Noise,
    number::{blend, smooth},
    palette::Palette,
    sky::seed,
};
use crate::dice::Dice;

/// Seven: as many as there are steps in the wheel of colours.
const SHEETS: usize = 7;

struct Sheet {
    shape: Noise,
    base: f32,
    swing: f32,
    pitch: f32,
    from: f32,
    colors: Ramp,
}

/// Draws the sheets.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice) -> Vec<u8> {
    let turn = dice.between(-0.6, 0.6);
    let (sin, cos) = turn.sin_cos();
    let wheel = [palette.sky[0], palette.sky[1], palette.sky[2], palette.sky[3], palette.sky[4], palette.sky[3], palette.sky[2]];
    let first = usize::try_from(dice.below(3)).unwrap_or(0);
    let sheets: Vec<Sheet> = (0..SHEETS)
        .map(|index| {
            let part = f32::from(u16::try_from(index).unwrap_or(0)) / 6.0;
            let pick = |step: usize| wheel[(index + first + step) % wheel.len()];
            Sheet {
                shape: Noise::new(seed(dice)),
                base: blend(-0.42, 0.46, part),
                swing: dice.between(0.12, 0.22),
                pitch: dice.between(0.7, 1.3),
                from: dice.between(0.0, 80.0),
                colors: Ramp::new(&[pick(0), pick(1), pick(2).blend(palette.light, 0.2), pick(1)]),
            }
        })
        .collect();
    let behind = Ramp::new(&[palette.sky[4], palette.sky[3], palette.sky[2]]);
    let weave = Noise::new(seed(dice));
    paint(frame, |x, y, _| {
        let (dx, dy) = (x - frame.width / 2.0, y - frame.height / 2.0);
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        let drift = weave.planes(u * 0.9 + 20.0, v * 0.9, 2) * 0.12;
        let mut color = behind.at((v + 0.6) * 0.8 + drift);
        // What lies wholly under another sheet is never worked out.
        let from_edges: [f32; SHEETS] = std::array::from_fn(|index| v - sheets[index].edge(u));
        let top = from_edges.iter().rposition(|below| *below > frame.pixel).unwrap_or(0);
        for (sheet, below) in sheets.iter().zip(from_edges).skip(top) {
            if below < 0.0 {
                // The sheet in front keeps light from the one behind.
                let shadow = (below / 0.075).exp() * 0.42 + (below / 0.016).exp() * 0.14;
                color = color * (1.0 - shadow);
                if below < -frame.pixel {
                    continue;
                }
            }
            color = color.mix(sheet.color(u, below, drift, palette.light), frame.cover(below));
        }
        color
    })
}

impl Sheet {
    fn edge(&self, u: f32) -> f32 {
        self.base + self.swing * self.shape.lines(u * self.pitch + self.from, 2, 0.35)
    }

    fn color(&self, u: f32, below: f32, drift: f32, light: Rgb) -> Rgb {
        let fold = self.shape.plane(u * 1.5 + below * 0.7 + 11.0, below * 2.6 - u * 0.4);
        let along = 0.5 + 0.42 * self.shape.line(u * 0.8 + self.from + 31.0) + below * 0.7 + drift;
        let rim = smooth(0.02, 0.0, below) * 0.12 + smooth(0.12, 0.0, below) * 0.1;
        self.colors.at(along) * (0.93 + 0.16 * fold) + light * rim
    }
}
