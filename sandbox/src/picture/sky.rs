//! The sky that most scenes share: gradient, sun or moon with its glow, lit clouds, stars.

use super::{
    canvas::Frame,
    color::{Ramp, Rgb},
    noise::Noise,
    number::{blend, smooth, split},
    palette::Palette,
};
use crate::dice::Dice;

/// A sky over a horizon.
pub struct Sky {
    ramp: Ramp,
    horizon: f32,
    pixel: f32,
    /// Where the sun or moon stands, in units.
    pub light_at: (f32, f32),
    radius: f32,
    light: Rgb,
    glow: Rgb,
    night: bool,
    cloud_noise: Noise,
    cloudiness: f32,
    cloud_light: Rgb,
    cloud_shade: Rgb,
    star_noise: Noise,
    stars: f32,
}

impl Sky {
    /// A sky above `horizon` (in units from the top), its light `height` of 0 (at the horizon) to 1 (at the top).
    pub fn new(frame: &Frame, palette: &Palette, dice: &mut Dice, horizon: f32, height: f32) -> Self {
        let side = if dice.chance(50) { dice.between(0.2, 0.42) } else { dice.between(0.58, 0.8) };
        Self {
            ramp: Ramp::new(&palette.sky),
            horizon,
            pixel: frame.pixel,
            light_at: (frame.width * side, horizon * (1.0 - height)),
            radius: if palette.night { dice.between(0.03, 0.045) } else { dice.between(0.045, 0.075) },
            light: palette.light,
            glow: palette.light.blend(palette.sky[3], if palette.night { 0.6 } else { 0.45 }),
            night: palette.night,
            cloud_noise: Noise::new(seed(dice)),
            cloudiness: dice.between(-0.06, 0.2),
            cloud_light: palette.light.blend(palette.sky[4], 0.5),
            cloud_shade: palette.sky[2].blend(palette.haze, 0.3),
            star_noise: Noise::new(seed(dice)),
            stars: if palette.night { 1.0 } else { 0.0 },
        }
    }

    /// Without clouds, for scenes that have something better to show.
    pub const fn clear(mut self) -> Self {
        self.cloudiness = -1.0;
        self
    }

    /// The gradient alone, for far water and haze.
    pub fn gradient(&self, y: f32) -> Rgb {
        self.ramp.at(y / self.horizon)
    }

    /// The sky at a place.
    pub fn at(&self, x: f32, y: f32) -> Rgb {
        let mut color = self.gradient(y);
        let (dx, dy) = (x - self.light_at.0, y - self.light_at.1);
        let distance = dx.hypot(dy);
        let wide = if self.night { 0.14 } else { 0.42 };
        let halo = (-distance / 0.5).exp() * wide + (-(distance - self.radius).max(0.0) / 0.06).exp() * wide * 0.9;
        color = color + self.glow * halo;
        if self.stars > 0.0 {
            color = color + self.starlight(x, y) * smooth(self.horizon, self.horizon * 0.5, y);
        }
        let disc = smooth(self.radius + self.pixel, self.radius - self.pixel, distance);
        if disc > 0.0 {
            color = color.mix(self.disc(dx, dy), disc);
        }
        if self.cloudiness > -0.5 { self.clouds(color, x, y, distance) } else { color }
    }

    fn disc(&self, dx: f32, dy: f32) -> Rgb {
        if !self.night {
            return self.light * 1.6;
        }
        let seas = self.cloud_noise.planes(dx / self.radius * 1.3 + 40.0, dy / self.radius * 1.3, 3);
        let round = (1.0 - (dx * dx + dy * dy) / (self.radius * self.radius)).max(0.0).sqrt();
        self.light * (blend(0.62, 1.0, smooth(0.22, -0.2, seas)) * blend(0.75, 1.0, round))
    }

    /// Clouds are lit where they are thinner towards the light.
    fn clouds(&self, behind: Rgb, x: f32, y: f32, distance: f32) -> Rgb {
        // Perspective: clouds get flatter and closer together towards the horizon.
        let depth = 1.0 / (1.18 - y / self.horizon).max(0.18);
        let (u, v) = (x * 1.5 * (0.55 + 0.45 * depth), y * 2.4 * depth);
        let thick = self.cloud_noise.planes(u, v, 5) + self.cloudiness;
        let cover = smooth(0.02, 0.42, thick) * smooth(0.0, 0.14, self.horizon - y);
        if cover <= 0.0 {
            return behind;
        }
        let toward = ((self.light_at.0 - x) / 0.2).clamp(-1.0, 1.0) * 0.05;
        let thinner = thick - (self.cloud_noise.planes(u + toward, v + 0.09, 3) + self.cloudiness);
        let near_light = (-distance / 0.55).exp();
        let lit = (0.35 + thinner * 1.9 + near_light * 0.55).clamp(0.0, 1.0);
        let body = self.cloud_shade.mix(behind, 0.35).mix(self.cloud_light, lit) * if self.night { 0.35 } else { 1.0 };
        behind.mix(body, cover * if self.night { 0.5 } else { 0.78 })
    }

    /// Stars in two sizes, most of them faint, some of them warm.
    pub fn starlight(&self, x: f32, y: f32) -> Rgb {
        let mut light = Rgb::default();
        for (cell, strength, salt) in [(0.017, 0.5, 0), (0.05, 1.4, 911)] {
            let ((column, part_x), (row, part_y)) = (split(x / cell), split(y / cell));
            let brightness = self.star_noise.unit(column + salt, row);
            if brightness < 0.62 {
                continue;
            }
            let star_x = (self.star_noise.unit(column + salt + 31, row) * 0.7 + 0.15) * cell;
            let star_y = (self.star_noise.unit(column + salt, row + 77) * 0.7 + 0.15) * cell;
            let from_x = part_x * cell - star_x;
            let from_y = part_y * cell - star_y;
            let size = self.pixel.max(0.000_75) * (0.55 + brightness * 0.45);
            let point = (-(from_x * from_x + from_y * from_y) / (size * size)).exp();
            let warm = self.star_noise.unit(column + salt, row + 131);
            let tone = Rgb(0.75 + 0.35 * warm, 0.85 + 0.1 * warm, 1.1 - 0.3 * warm);
            light = light + tone * (point * strength * ((brightness - 0.62) / 0.38).powi(3));
        }
        light
    }
}

/// A seed for a field of noise.
pub fn seed(dice: &mut Dice) -> u32 {
    u32::try_from(dice.roll() >> 32).unwrap_or(0)
}
