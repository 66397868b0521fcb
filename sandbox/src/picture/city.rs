//! A skyline between day and night: blocks behind blocks, windows lit, all of it again in the water.

use super::{
    canvas::{Frame, paint},
    color::Rgb,
    noise::Noise,
    number::{blend, floor, smooth, split},
    palette::Palette,
    sky::{Sky, seed},
};
use crate::dice::Dice;

#[derive(Debug, Clone, Copy)]
struct House {
    left: f32,
    right: f32,
    roof: f32,
    mast: f32,
    step: f32,
}

struct Row {
    houses: Vec<House>,
    /// The house over each column.
    over: Vec<Option<usize>>,
    wall: Rgb,
    haze: Rgb,
    lights: f32,
    noise: Noise,
    window: (f32, f32),
}

/// Draws the city.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice) -> Vec<u8> {
    let shore = frame.height * dice.between(0.72, 0.8);
    let height = if palette.night { 0.75 } else { dice.between(0.16, 0.4) };
    let sky = Sky::new(frame, palette, dice, shore, height);
    let count: u16 = 4;
    let rows: Vec<Row> = (0..count).map(|index| row(frame, palette, dice, shore, f32::from(index) / f32::from(count - 1))).collect();
    let ripples = Noise::new(seed(dice));
    let deep = palette.ink.blend(palette.sky[0], 0.4);
    let view = |x: f32, y: f32| {
        let column = u32::try_from(floor(x / frame.pixel)).unwrap_or(0).min(frame.columns - 1) as usize;
        let mut color = sky.at(x, y);
        for row in &rows {
            color = row.over(color, frame, x, y, shore, column);
        }
        color
    };
    paint(frame, |x, y, _| {
        if y < shore {
            return view(x, y);
        }
        let depth = (y - shore) / (frame.height - shore);
        let wave = ripples.planes(x * 3.5 / (depth + 0.12), 20.0 * (depth + 0.05).ln(), 2);
        // Long vertical smears: on moving water a lamp becomes a line.
        let smear = ripples.plane(x * 30.0, y * 3.0) * 0.035 * depth;
        let mirrored = (shore - (y - shore) * 1.25 - wave * 0.03 * (0.2 + depth) - smear).clamp(0.0, shore - frame.pixel);
        let shift = (x + wave * 0.012).clamp(0.0, frame.width);
        let quay = smooth(0.006, 0.0, y - shore);
        view(shift, mirrored).mix(deep, blend(0.38, 0.72, depth)).mix(palette.ink, quay * 0.8) * (1.0 + 0.12 * wave)
    })
}

fn row(frame: &Frame, palette: &Palette, dice: &mut Dice, shore: f32, near: f32) -> Row {
    let skyline = Noise::new(seed(dice));
    let mut houses = Vec::new();
    let mut x = -dice.between(0.0, 0.05);
    while x < frame.width {
        let wide = dice.between(0.028, 0.07) * blend(0.8, 1.25, near);
        let center = 0.5 + 0.5 * skyline.line(x * 2.2);
        let tall = blend(0.4, 0.13, near) * (0.35 + 0.6 * center + dice.between(0.0, 0.4)) * (shore / 0.75);
        let tower = dice.chance(9);
        let roof = shore - tall * if tower { 1.35 } else { 1.0 };
        houses.push(House {
            left: x,
            right: x + wide,
            roof,
            mast: if tower { dice.between(0.03, 0.09) } else { 0.0 },
            step: if dice.chance(45) { dice.between(0.15, 0.3) } else { 0.0 },
        });
        x += wide + if dice.chance(30) { dice.between(0.0, 0.02) } else { 0.0 };
    }
    let over = (0..frame.columns)
        .map(|column| {
            let x = frame.x(column);
            houses.iter().position(|house| (house.left - 0.01..house.right).contains(&x))
        })
        .collect();
    let haze = palette.haze.blend(palette.sky[3], 0.4);
    Row {
        houses,
        over,
        wall: haze.blend(palette.ink, blend(0.3, 0.94, near)),
        haze,
        lights: blend(0.16, 0.4, near),
        noise: Noise::new(seed(dice)),
        window: (blend(0.0055, 0.0085, near), blend(0.008, 0.0125, near)),
    }
}

impl Row {
    fn over(&self, behind: Rgb, frame: &Frame, x: f32, y: f32, shore: f32, column: usize) -> Rgb {
        let Some(index) = self.over[column] else {
            return behind;
        };
        let house = self.houses[index];
        let wide = house.right - house.left;
        let middle = f32::midpoint(house.left, house.right);
        let mast = if house.mast > 0.0 { frame.cover(0.0009 - (x - middle).abs()) * frame.cover(y - house.roof + house.mast) } else { 0.0 };
        // A stepped roof: the upper storeys stand back from the edge.
        let set_back = if y < house.roof + 0.03 { wide * house.step } else { 0.0 };
        let inside = frame.cover(x - house.left - set_back).min(frame.cover(house.right - set_back - x));
        let body = inside * frame.cover(y - house.roof);
        if body.max(mast) <= 0.0 {
            return behind;
        }
        let down = (y - house.roof) / (shore - house.roof);
        let side = blend(1.0, 0.8, smooth(0.35, 0.65, (x - house.left) / wide));
        let wall = (self.wall * side).mix(self.haze, 0.28 * smooth(0.1, 1.0, down));
        behind.mix(wall, body.max(mast)) + self.window_light(frame, x - house.left, y - house.roof, index) * body
    }

    fn window_light(&self, frame: &Frame, across: f32, down: f32, house: usize) -> Rgb {
        let (wide, tall) = self.window;
        if down < tall {
            return Rgb::default();
        }
        let ((column, u), (storey, v)) = (split(across / wide), split(down / tall));
        let salt = i32::try_from(house).unwrap_or(0) * 131;
        // Whole storeys are awake or asleep together, more or less.
        let awake = self.lights * (0.35 + 1.3 * self.noise.unit(salt + 7, storey));
        let chance = self.noise.unit(column + salt, storey);
        if chance > awake {
            return Rgb::default();
        }
        let soft = (frame.pixel / wide).max(0.08);
        let pane = smooth(0.5, 0.5 - soft, (u - 0.5).abs() + 0.18) * smooth(0.5, 0.5 - soft, (v - 0.5).abs() + 0.2);
        let warm = self.noise.unit(column + salt, storey + 4_000);
        let color = Rgb::hex(0x00FF_C872).mix(if warm > 0.85 { Rgb::hex(0x00BF_E4FF) } else { Rgb::hex(0x00FF_9F4A) }, warm * 0.7);
        color * (pane * blend(0.35, 1.0, self.noise.unit(column + salt + 900, storey)))
    }
}
