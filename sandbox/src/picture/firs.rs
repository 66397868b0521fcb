//! A row of fir trees: the outline of each is a stack of drooping branches, tested per pixel.

use super::{
    canvas::Frame,
    noise::Noise,
    number::{floor, split},
};

/// Firs standing along a line.
#[derive(Debug, Clone, Copy)]
pub struct Firs {
    noise: Noise,
    /// Height of a common tree, in units.
    size: f32,
    spacing: f32,
}

impl Firs {
    /// Trees of about `size` units, seldom further apart than they are wide.
    pub fn new(seed: u32, size: f32) -> Self {
        Self { noise: Noise::new(seed), size, spacing: size * 0.24 }
    }

    /// The tallest that a tree gets: above this over the ground there is nothing to test.
    pub fn reach(&self) -> f32 {
        self.size * 1.45
    }

    /// How much of the pixel at `x`, `above` the ground there, is tree: 0 to 1.
    pub fn cover(&self, frame: &Frame, x: f32, above: f32) -> f32 {
        if above > self.reach() {
            return 0.0;
        }
        let cell = floor(x / self.spacing);
        (cell - 2..=cell + 2).map(|tree| self.one(frame, tree, x, above)).fold(0.0, f32::max)
    }

    #[expect(clippy::cast_precision_loss, reason = "the number of a tree in a row is small")]
    fn one(&self, frame: &Frame, tree: i32, x: f32, above: f32) -> f32 {
        // Groves and clearings: tall neighbours stand together.
        let grove = 0.5 + 0.5 * self.noise.line(tree as f32 * 0.13);
        let height = self.size * (0.35 + 0.45 * grove + 0.55 * self.noise.unit(tree, 1).powi(2));
        let from_top = height - above;
        if from_top <= 0.0 {
            return 0.0;
        }
        let middle = (tree as f32 + 0.2 + 0.6 * self.noise.unit(tree, 2)) * self.spacing;
        let part = from_top / height;
        let branches = 9.0 + 6.0 * self.noise.unit(tree, 3);
        let (_, branch) = split(part.powf(0.85) * branches + self.noise.unit(tree, 4));
        let lean = (self.noise.unit(tree, floor(part * branches) + 9) - 0.5) * 0.3 * (x - middle).signum();
        let width = height * 0.17 * part.powf(0.9) * (0.5 + 0.62 * branch + lean) + frame.pixel * 0.4;
        frame.cover(width - (x - middle).abs())
    }
}
