//! Chance without surprise: every id, delay and hill comes from a seed given at construction.

/// `SplitMix64` (Steele, Lea, Flood 2014): eight bytes of state, and every seed is a good seed.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Dice that roll the same numbers for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub const fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to `below` − 1. The bias of the remainder is far below what a test could notice.
    pub const fn below(&mut self, below: u64) -> u64 {
        self.roll() % below
    }

    /// A number in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        // 16 bits are enough for the place of a hill, and convert to f32 without loss.
        let sixteen = u16::try_from(self.roll() >> 48).unwrap_or(0);
        low + (high - low) * f32::from(sixteen) / 65_536.0
    }

    /// True in `percent` of 100 rolls.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// `length` characters of `[a-z0-9]`, the alphabet of the vendor's ids.
    pub fn id(&mut self, length: usize) -> String {
        let digit = |number: u64| u32::try_from(number).ok().and_then(|number| char::from_digit(number, 36));
        (0..length).filter_map(|_| digit(self.below(36))).collect()
    }

    /// `length` characters of the URL-safe base64 alphabet, as tokens are written.
    pub fn token(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |number: u64| usize::try_from(number).ok().and_then(|at| ALPHABET.get(at)).copied().map(char::from);
        (0..length).filter_map(|_| letter(self.below(64))).collect()
    }
}

/// FNV-1a of a text: a stable number for it, the same on every machine and in every build.
#[must_use]
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let (mut one, mut two) = (Dice::new(7), Dice::new(7));
        assert_eq!(one.id(26), two.id(26));
        assert_ne!(one.id(26), Dice::new(8).id(26));
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut dice = Dice::new(1);
        for _ in 0..1_000 {
            assert!((2.0..3.0).contains(&dice.between(2.0, 3.0)));
            assert!(dice.below(5) < 5);
        }
    }
}
