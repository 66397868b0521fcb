//! Gradient noise (Ken Perlin, 2002) in one and two dimensions, and sums of it: the stuff of hills, clouds and waves.

use super::number::split;

/// A field of noise; the same seed is the same field.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    seed: u32,
}

impl Noise {
    /// A field for each seed.
    pub const fn new(seed: u32) -> Self {
        Self { seed }
    }

    /// About −1 to 1, smooth along a line.
    pub fn line(self, x: f32) -> f32 {
        let (cell, part) = split(x);
        let left = (self.unit(cell, 0) * 2.0 - 1.0) * part;
        let right = (self.unit(cell.wrapping_add(1), 0) * 2.0 - 1.0) * (part - 1.0);
        (left + (right - left) * fade(part)) * 2.2
    }

    /// About −1 to 1, smooth over a plane.
    #[expect(clippy::many_single_char_names, reason = "coordinates, and the four corners of a cell")]
    pub fn plane(self, x: f32, y: f32) -> f32 {
        let ((cell_x, part_x), (cell_y, part_y)) = (split(x), split(y));
        let corner = |right: i32, down: i32, dx: f32, dy: f32| {
            let [turn, ..] = self.bits(cell_x.wrapping_add(right), cell_y.wrapping_add(down)).to_be_bytes();
            let [gx, gy] = GRADIENTS[usize::from(turn & 15)];
            gx * dx + gy * dy
        };
        let (fade_x, fade_y) = (fade(part_x), fade(part_y));
        let (a, b) = (corner(0, 0, part_x, part_y), corner(1, 0, part_x - 1.0, part_y));
        let (c, d) = (corner(0, 1, part_x, part_y - 1.0), corner(1, 1, part_x - 1.0, part_y - 1.0));
        let (top, bottom) = (a + (b - a) * fade_x, c + (d - c) * fade_x);
        (top + (bottom - top) * fade_y) * 1.5
    }

    /// Octaves of [`Noise::line`], each twice as fine and `gain` as strong.
    pub fn lines(self, x: f32, octaves: u32, gain: f32) -> f32 {
        let (mut sum, mut strength, mut at) = (0.0, 1.0, x);
        for octave in 0..octaves {
            sum += strength * Self::new(self.seed.wrapping_add(octave * 977)).line(at);
            strength *= gain;
            at = at * 2.03 + 17.3;
        }
        sum * (1.0 - gain)
    }

    /// Octaves of [`Noise::plane`], each twice as fine and half as strong, turned so that no grid shows.
    pub fn planes(self, x: f32, y: f32, octaves: u32) -> f32 {
        let (mut sum, mut strength, mut at_x, mut at_y) = (0.0, 0.5, x, y);
        for _ in 0..octaves {
            sum += strength * self.plane(at_x, at_y);
            strength *= 0.5;
            (at_x, at_y) = (1.6 * at_x + 1.2 * at_y + 5.7, 1.6 * at_y - 1.2 * at_x + 9.1);
        }
        sum
    }

    /// 0 to 1 for a cell of a grid, without any smoothness.
    pub fn unit(self, x: i32, y: i32) -> f32 {
        let [high, low, ..] = self.bits(x, y).to_be_bytes();
        f32::from(u16::from_be_bytes([high, low])) / 65_536.0
    }

    #[expect(clippy::cast_sign_loss, reason = "a hash wants the bits, not the number")]
    const fn bits(self, x: i32, y: i32) -> u32 {
        let mut bits = (x as u32).wrapping_mul(0x8DA6_B343) ^ (y as u32).wrapping_mul(0xD816_3841) ^ self.seed.wrapping_mul(0xCB1A_B31F);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
        bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
        bits ^ (bits >> 15)
    }
}

fn fade(part: f32) -> f32 {
    part * part * part * (part * (part * 6.0 - 15.0) + 10.0)
}

/// Sixteen directions around the circle.
const GRADIENTS: [[f32; 2]; 16] = {
    const A: f32 = 0.923_88;
    const B: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const C: f32 = 0.382_683;
    [
        [1.0, 0.0],
        [A, C],
        [B, B],
        [C, A],
        [0.0, 1.0],
        [-C, A],
        [-B, B],
        [-A, C],
        [-1.0, 0.0],
        [-A, -C],
        [-B, -B],
        [-C, -A],
        [0.0, -1.0],
        [C, -A],
        [B, -B],
        [A, -C],
    ]
};
