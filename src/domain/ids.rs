//! Ids, made from time and randomness that are arguments.

use super::time::Timestamp;

/// Length of better-auth's ids and session tokens (contract: better-auth, sections 2 and 5).
pub const AUTH_ID_LEN: usize = 32;

/// Characters that a random text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `[a-zA-Z0-9]`
    Alphanumeric,
    /// `[a-z0-9]`
    LowerAlphanumeric,
    /// `[a-zA-Z]`
    Letters,
    /// `[a-zA-Z0-9_-]`
    Url,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Alphanumeric => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            Self::LowerAlphanumeric => b"abcdefghijklmnopqrstuvwxyz0123456789",
            Self::Letters => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Self::Url => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
        }
    }
}

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `len` characters of an alphabet by rejection sampling, as better-auth makes them.
pub fn text(len: usize, alphabet: Alphabet, random: impl Fn(&mut [u8])) -> String {
    let characters = alphabet.characters();
    // The largest multiple of the alphabet's size in a byte: below it every character is equally likely.
    let limit = 256 - 256 % characters.len();
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let mut bytes = [0; 48];
        random(&mut bytes);
        let accepted =
            bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit).filter_map(|byte| characters.get(byte % characters.len()));
        text.extend(accepted.take(len - text.len()).map(|byte| char::from(*byte)));
    }
    text
}

/// 32 characters of `[a-zA-Z0-9]`.
pub fn auth_id(random: impl Fn(&mut [u8])) -> String {
    text(AUTH_ID_LEN, Alphabet::Alphanumeric, random)
}

/// Length of a [`sortable`] id.
pub const SORTABLE_LEN: usize = 26;

/// 26 characters of Crockford's base 32 in lower case: 48 bits of time in milliseconds, then 80 random bits. Sorts by age.
pub fn sortable(now: Timestamp, random: impl Fn(&mut [u8])) -> String {
    let mut bits = [0; 16];
    random(bits.get_mut(6..).unwrap_or_default());
    for (to, from) in bits.iter_mut().zip(now.ms().to_be_bytes().iter().skip(2)) {
        *to = *from;
    }
    let value = u128::from_be_bytes(bits);
    let digit = |i| usize::try_from((value >> (5 * i)) & 31).ok().and_then(|digit| BASE32.get(digit));
    (0..SORTABLE_LEN).rev().filter_map(digit).map(|byte| char::from(*byte)).collect()
}

/// True if `text` has the form of a [`sortable`] id.
#[must_use]
pub fn is_sortable(text: &str) -> bool {
    text.len() == SORTABLE_LEN && text.bytes().all(|byte| BASE32.contains(&byte))
}

/// When a [`sortable`] id was made.
#[must_use]
pub fn time_of(sortable: &str) -> Timestamp {
    let digit = |byte: u8| BASE32.iter().position(|digit| *digit == byte).and_then(|digit| u128::try_from(digit).ok()).unwrap_or(0);
    let value = sortable.bytes().fold(0_u128, |value, byte| value << 5 | digit(byte));
    Timestamp::from_ms(i64::try_from(value >> 80).unwrap_or(0))
}

/// A type for the [`sortable`] ids of one kind of row.
macro_rules! sortable_id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new id.
            pub fn new(now: crate::domain::time::Timestamp, random: impl Fn(&mut [u8])) -> Self {
                Self(crate::domain::ids::sortable(now, random))
            }
            /// Reads an id; anything of another form is none.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                crate::domain::ids::is_sortable(text).then(|| Self(text.to_owned()))
            }
            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use sortable_id;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let id = auth_id(|bytes| bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte = u8::try_from(i * 7 % 256).unwrap()));
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        for (alphabet, odd) in [(Alphabet::Url, "-_"), (Alphabet::Letters, ""), (Alphabet::LowerAlphanumeric, "")] {
            let counting = |bytes: &mut [u8]| bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte = u8::try_from(i * 5 % 256).unwrap());
            let made = text(128, alphabet, counting);
            assert!(made.len() == 128 && made.chars().all(|char| char.is_ascii_alphanumeric() || odd.contains(char)), "{made}");
        }
        let early = sortable(Timestamp::from_ms(1_767_225_600_000), |bytes| bytes.fill(255));
        let late = sortable(Timestamp::from_ms(1_767_225_600_001), |bytes| bytes.fill(0));
        assert!(early < late && is_sortable(&early) && is_sortable(&late));
        assert_eq!((time_of(&early).ms(), time_of(&late).ms()), (1_767_225_600_000, 1_767_225_600_001));
        assert!(!is_sortable("short") && !is_sortable("UPPERCASEUPPERCASEUPPERCAS"));
    }
}
