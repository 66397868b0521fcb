//! Ridges behind ridges in the haze, firs in front, and sometimes a lake that repeats it all.

use super::{
    canvas::{Frame, paint},
    color::Rgb,
    firs::Firs,
    noise::Noise,
    number::{blend, float, smooth},
    palette::Palette,
    sky::{Sky, seed},
};
use crate::dice::Dice;

/// What kind of country it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// Bare ridges, firs only in front.
    Mountains,
    /// Low hills, firs on each of them.
    Forest,
    /// Ridges with snow on their upper half.
    Snow,
}

struct Ridge {
    /// Height of the crest at each column, in units from the top.
    crest: Vec<f32>,
    /// 1 on slopes that face the light.
    lit: Vec<f32>,
    color: Rgb,
    mist: Rgb,
    depth: f32,
    near: f32,
    relief: Noise,
    firs: Option<Firs>,
}

struct View {
    frame: Frame,
    sky: Sky,
    ridges: Vec<Ridge>,
    light: Rgb,
    snow: bool,
}

/// Draws the country.
pub fn draw(frame: &Frame, palette: &Palette, dice: &mut Dice, country: Country) -> Vec<u8> {
    let lake = country != Country::Forest && dice.chance(55);
    let shore = if lake { frame.height * dice.between(0.7, 0.78) } else { frame.height };
    let horizon = if lake { shore * 0.86 } else { frame.height * 0.74 };
    let height = if palette.night { dice.between(0.55, 0.8) } else { dice.between(0.46, 0.76) };
    let sky = Sky::new(frame, palette, dice, horizon, height);
    let ridges = ridges(frame, palette, dice, country, (shore, lake), &sky);
    let view = View { frame: *frame, sky, ridges, light: palette.light, snow: country == Country::Snow };
    let ripples = Noise::new(seed(dice));
    let water = palette.sky[1].blend(palette.ink, 0.55);
    paint(frame, |x, y, column| {
        if y < shore {
            return view.at(x, y, column);
        }
        let depth = (y - shore) / (frame.height - shore);
        let near = 1.0 / (depth + 0.06);
        let wave = ripples.plane(x * 3.0 * near.min(9.0), 26.0 * near.ln()) * (0.3 + depth);
        let mirrored = shore - (y - shore) * 1.35 - wave * 0.012;
        let shift = x + wave * 0.006;
        let reflected = view.at(shift.clamp(0.0, frame.width), mirrored.max(0.0), at_column(frame, shift));
        let fade = blend(0.12, 0.5, depth);
        let line = smooth(0.004, 0.0, y - shore) * 0.25;
        reflected.mix(water, fade) * (1.0 + wave * 0.1) + palette.haze * line
    })
}

fn at_column(frame: &Frame, x: f32) -> u32 {
    u32::try_from(super::number::floor(x / frame.pixel)).unwrap_or(0).min(frame.columns - 1)
}

fn ridges(frame: &Frame, palette: &Palette, dice: &mut Dice, country: Country, (shore, lake): (f32, bool), sky: &Sky) -> Vec<Ridge> {
    let count: u16 = if country == Country::Forest { 6 } else { 5 + u16::from(dice.chance(50)) };
    let (top, bottom) = if country == Country::Forest { (0.4, 0.92) } else { (0.42, if lake { 0.97 } else { 0.94 }) };
    (0..count)
        .map(|index| {
            let near = f32::from(index) / f32::from(count - 1);
            let last = index + 1 == count;
            let rough = if country == Country::Forest { 0.35 } else { 1.0 - 0.72 * near };
            let tall = shore * blend(0.34, 0.11, near) * rough.max(0.3);
            let base = shore * blend(top, bottom, near.powf(0.85)) + tall * 0.35;
            let shape = Noise::new(seed(dice));
            let from = dice.between(0.0, 90.0);
            let pitch = blend(2.3, 1.5, near);
            let crest: Vec<f32> = (0..frame.columns)
                .map(|column| {
                    let x = frame.x(column) * pitch + from;
                    let peaks = 1.0 - shape.lines(x, 6, 0.46).abs() * 2.1;
                    let hills = shape.lines(x * 0.7 + 40.0, 5, 0.42);
                    let level = blend(hills, peaks, rough * 0.75);
                    let crest = base - tall * level;
                    if lake && last { crest.max(shore - tall * 1.2) } else { crest }
                })
                .collect();
            let lit = slopes(&crest, sky, frame);
            let toned = palette.haze.blend(palette.ink, smooth(-0.15, 1.08, near));
            let size = if country == Country::Forest { blend(0.03, 0.2, near.powf(1.4)) } else { blend(0.02, 0.075, near) };
            let wooded = country == Country::Forest || near > 0.7;
            Ridge {
                crest,
                lit,
                color: toned.blend(palette.sky[2], 0.22 * (1.0 - near)),
                mist: palette.haze.blend(sky.gradient(base), 0.55) * blend(1.0, 0.82, near),
                depth: blend(0.2, 0.3, near) * shore,
                near,
                relief: Noise::new(seed(dice)),
                firs: wooded.then(|| Firs::new(seed(dice), size)),
            }
        })
        .collect()
}

/// Slopes that fall away from the light are dark; a wide step keeps pebbles from flickering.
fn slopes(crest: &[f32], sky: &Sky, frame: &Frame) -> Vec<f32> {
    let step = crest.len() / 90 + 1;
    (0..crest.len())
        .map(|column| {
            let (left, right) = (crest[column.saturating_sub(step)], crest[(column + step).min(crest.len() - 1)]);
            let fall = (right - left) / (2.0 * float(u32::try_from(step).unwrap_or(1)) * frame.pixel);
            let x = frame.x(u32::try_from(column).unwrap_or(0));
            smooth(-1.0, 1.0, fall * ((x - sky.light_at.0) / 0.25).clamp(-1.0, 1.0) * -1.2)
        })
        .collect()
}

impl View {
    fn at(&self, x: f32, y: f32, column: u32) -> Rgb {
        let column = column as usize;
        // From the front backwards: what is behind a full cover is never worked out.
        let mut front = Rgb::default();
        let mut open = 1.0;
        for ridge in self.ridges.iter().rev() {
            let below = y - ridge.crest[column];
            let ground = self.frame.cover(below);
            let trees = ridge.firs.as_ref().map_or(0.0, |firs| if below < 0.0 { firs.cover(&self.frame, x, -below) } else { 0.0 });
            let cover = ground.max(trees);
            if cover > 0.0 {
                front = front + ridge.color_at(x, below, column, self) * (cover * open);
                open *= 1.0 - cover;
                if open < 0.004 {
                    return front;
                }
            }
        }
        front + self.sky.at(x, y) * open
    }
}

impl Ridge {
    fn color_at(&self, x: f32, below: f32, column: usize, view: &View) -> Rgb {
        let down = below.max(0.0);
        let spurs = self.relief.planes(x * 9.0 + down * 5.0, down * 7.0, 4);
        let side = (self.lit[column] + spurs * 0.9).clamp(0.0, 1.0);
        let strength = (1.0 - self.near * 0.7) * smooth(0.3, 0.0, down);
        let mut color = self.color.mix(self.color.tint(view.light) * 1.5 + view.light * 0.05, (side - 0.35) * 0.55 * strength);
        if view.snow && self.firs.is_none() {
            let line = 0.045 + 0.05 * spurs + 0.02 * self.near;
            let snow = smooth(line + 0.012, line - 0.012, down);
            color = color.mix(view.light * blend(0.42, 0.95, side), snow * blend(0.75, 0.95, self.near));
        }
        let wisps = 1.0 + 0.5 * self.relief.planes(x * 2.2 + 30.0, down * 6.0, 3);
        let mist = smooth(0.0, self.depth, down * wisps) * blend(0.92, 0.45, self.near);
        color.mix(self.mist, mist)
    }
}
