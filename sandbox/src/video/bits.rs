//! The bits of an H.264 stream (ITU-T H.264, sections 7.3 and 9.1): fixed lengths, Exp-Golomb codes, and NAL units.

/// Bits in the order they are sent.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken; 0 when there is no begun one.
    taken: u32,
}

impl Bits {
    /// `u(n)`: the lowest `count` bits of a number, highest first.
    pub fn fixed(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut().filter(|_| (value >> place) & 1 == 1) {
                *last |= 0x80 >> self.taken;
            }
            self.taken = (self.taken + 1) % 8;
        }
    }

    /// `u(1)`.
    pub fn flag(&mut self, value: bool) {
        self.fixed(u32::from(value), 1);
    }

    /// `ue(v)`.
    pub fn unsigned(&mut self, value: u32) {
        let length = 32 - (value + 1).leading_zeros();
        self.fixed(0, length - 1);
        self.fixed(value + 1, length);
    }

    /// `se(v)`: 1, -1, 2, -2, … take the codes 1, 2, 3, 4, …
    pub fn signed(&mut self, value: i32) {
        let magnitude = value.unsigned_abs() * 2;
        self.unsigned(if value > 0 { magnitude - 1 } else { magnitude });
    }

    /// Zeros up to the next byte.
    pub const fn align(&mut self) {
        self.taken = 0;
    }

    /// Whole bytes, from a byte's beginning on.
    pub fn raw(&mut self, bytes: impl IntoIterator<Item = u8>) {
        debug_assert_eq!(self.taken, 0, "raw bytes begin with a byte");
        self.bytes.extend(bytes);
    }

    /// The NAL unit with its header byte: a stop bit, and a 3 wherever bytes would look like a start code.
    pub fn unit(mut self, header: u8) -> Vec<u8> {
        self.fixed(1, 1);
        let mut unit = vec![header];
        let mut zeros = 0;
        for byte in self.bytes {
            if zeros >= 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            unit.push(byte);
        }
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards_table() {
        // Table 9-2: 0 is "1", 1 is "010", 2 is "011", 3 is "00100", 8 is "0001001".
        let mut bits = Bits::default();
        for value in [0, 1, 2, 3, 8] {
            bits.unsigned(value);
        }
        assert_eq!(bits.bytes, [0b1010_0110, 0b0100_0001, 0b0010_0000]);
        let mut signed = Bits::default();
        for value in [0, 1, -1, 2] {
            signed.signed(value);
        }
        assert_eq!(signed.bytes, [0b1010_0110, 0b0100_0000]);
    }

    #[test]
    fn no_start_code_appears_inside_of_a_unit() {
        let mut bits = Bits::default();
        bits.raw([0, 0, 0, 0, 0, 1, 0, 0, 4]);
        assert_eq!(bits.unit(0x65), [0x65, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 4, 0x80]);
    }
}
