//! Rows of a large picture in, a small one out: each pixel is the average of the area that it stands for. No more than one row of the copy is held beside
//! the copy.

/// A picture that is made smaller, row by row.
pub struct Shrink {
    from: (usize, usize),
    to: (usize, usize),
    /// Which pixel of the copy each pixel of a row goes to, and how much of it; the rest goes to the next.
    across: Vec<(usize, f32, f32)>,
    /// A row of the copy that is being added up: red, green and blue as far as they are seen, and how much is seen.
    row: Vec<f32>,
    next: Vec<f32>,
    seen: usize,
    pixels: Vec<u8>,
}

/// Of `small` steps over `large` pixels: where pixel `at` goes, how much of a step it fills there, and how much of the next.
#[expect(clippy::cast_precision_loss, reason = "parts of a pixel; sides are far below 2^24")]
fn share(at: usize, large: usize, small: usize) -> (usize, f32, f32) {
    let (begin, end) = (at * small, (at + 1) * small);
    let to = begin / large;
    let edge = (to + 1) * large;
    let part = |units: usize| units as f32 / large as f32;
    if end <= edge { (to, part(small), 0.0) } else { (to, part(edge - begin), part(end - edge)) }
}

impl Shrink {
    /// From a size to a smaller one.
    pub fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let size = |(width, height): (u32, u32)| (width as usize, height as usize);
        let (from, to) = (size(from), size(to));
        Self {
            from,
            to,
            across: (0..from.0).map(|at| share(at, from.0, to.0)).collect(),
            row: vec![0.0; to.0 * 4],
            next: vec![0.0; to.0 * 4],
            seen: 0,
            pixels: Vec::with_capacity(to.0 * to.1 * 4),
        }
    }

    /// Takes a row: grey, grey and alpha, red, green and blue, or those and alpha, 8 bits each.
    pub fn push(&mut self, row: &[u8], channels: usize) {
        if self.seen == self.from.1 {
            return;
        }
        let (to, here, there) = share(self.seen, self.from.1, self.to.1);
        self.seen += 1;
        match channels {
            1 => self.add(row.chunks_exact(1).map(|pixel| (spread(pixel), 255)), here, there),
            2 => self.add(row.chunks_exact(2).map(|pixel| (spread(pixel), pixel.get(1).copied().unwrap_or_default())), here, there),
            3 => self.add(row.chunks_exact(3).map(|pixel| (colours(pixel), 255)), here, there),
            _ => self.add(row.chunks_exact(4).map(|pixel| (colours(pixel), pixel.get(3).copied().unwrap_or_default())), here, there),
        }
        if there > 0.0 || (to + 1) * self.from.1 == self.seen * self.to.1 {
            self.finish();
        }
    }

    fn add(&mut self, row: impl Iterator<Item = ([u8; 3], u8)>, here: f32, there: f32) {
        for ((rgb, alpha), (to, first, second)) in row.zip(&self.across) {
            let alpha = f32::from(alpha) / 255.0;
            let seen = rgb.map(|colour| f32::from(colour) * alpha);
            let values = [seen[0], seen[1], seen[2], alpha];
            for (sums, share) in [(&mut self.row, here), (&mut self.next, there)] {
                if share == 0.0 {
                    continue;
                }
                for (at, part) in [(*to, *first), (to + 1, *second)] {
                    if part == 0.0 {
                        continue;
                    }
                    if let Some(pixel) = sums.get_mut(at * 4..at * 4 + 4) {
                        pixel.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * part * share);
                    }
                }
            }
        }
    }

    fn finish(&mut self) {
        for pixel in self.row.chunks_exact(4) {
            let [red, green, blue, alpha] = *pixel else { continue };
            let colour = |sum: f32| if alpha > 0.0 { byte(sum / alpha) } else { 0 };
            self.pixels.extend([colour(red), colour(green), colour(blue), byte(alpha * 255.0)]);
        }
        std::mem::swap(&mut self.row, &mut self.next);
        self.next.fill(0.0);
    }

    /// The copy, four bytes a pixel; none if rows are missing.
    pub fn end(self) -> Option<Vec<u8>> {
        (self.pixels.len() == self.to.0 * self.to.1 * 4).then_some(self.pixels)
    }
}

fn spread(pixel: &[u8]) -> [u8; 3] {
    [pixel.first().copied().unwrap_or_default(); 3]
}

fn colours(pixel: &[u8]) -> [u8; 3] {
    if let [red, green, blue, ..] = pixel { [*red, *green, *blue] } else { [0; 3] }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 0 and 255")]
fn byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrunk(from: (u32, u32), to: (u32, u32), channels: usize, rows: &[u8]) -> Vec<u8> {
        let mut shrink = Shrink::new(from, to);
        for row in rows.chunks(from.0 as usize * channels) {
            shrink.push(row, channels);
        }
        shrink.end().unwrap()
    }

    #[test]
    fn a_pixel_is_the_average_of_its_area() {
        assert_eq!(shrunk((4, 2), (2, 1), 1, &[0, 100, 10, 20, 100, 200, 30, 40]), [100, 100, 100, 255, 25, 25, 25, 255]);
        // Three into two: the middle one is shared.
        assert_eq!(shrunk((3, 1), (2, 1), 1, &[0, 90, 240]), [30, 30, 30, 255, 190, 190, 190, 255]);
        assert_eq!(shrunk((1, 3), (1, 2), 1, &[0, 90, 240]), [30, 30, 30, 255, 190, 190, 190, 255]);
    }

    #[test]
    fn what_is_not_seen_gives_no_colour() {
        assert_eq!(shrunk((2, 1), (1, 1), 4, &[200, 100, 50, 255, 255, 255, 255, 0]), [200, 100, 50, 128]);
        assert_eq!(shrunk((2, 1), (1, 1), 2, &[9, 0, 7, 0]), [0, 0, 0, 0]);
    }

    #[test]
    fn missing_rows_are_noticed() {
        let mut shrink = Shrink::new((2, 2), (1, 1));
        shrink.push(&[1, 2], 1);
        assert_eq!(shrink.end(), None);
    }

    proptest::proptest! {
        #[test]
        fn a_plain_picture_stays_plain(width in 1_u32..60, height in 1_u32..60, to in 1_u32..60, colour: [u8; 3]) {
            let (wide, high) = (to.min(width), (height * to.min(width) / width).clamp(1, height));
            let rows = colour.repeat((width * height) as usize);
            let expected = [colour[0], colour[1], colour[2], 255].repeat((wide * high) as usize);
            proptest::prop_assert_eq!(shrunk((width, height), (wide, high), 3, &rows), expected);
        }
    }
}
