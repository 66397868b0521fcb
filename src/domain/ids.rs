//! Ids, made from time and randomness that are arguments.

use super::time::Timestamp;

/// Length of better-auth's ids and session tokens (contract: better-auth, sections 2 and 5).
pub const AUTH_ID_LEN: usize = 32;

const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 32 characters of `[a-zA-Z0-9]` by rejection sampling, as better-auth makes them.
pub fn auth_id(random: impl Fn(&mut [u8])) -> String {
    let mut id = String::with_capacity(AUTH_ID_LEN);
    while id.len() < AUTH_ID_LEN {
        let mut bytes = [0; 48];
        random(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: below it every character is equally likely.
        let accepted = bytes.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHANUMERIC.get(usize::from(byte % 62)));
        id.extend(accepted.take(AUTH_ID_LEN - id.len()).map(|byte| char::from(*byte)));
    }
    id
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let id = auth_id(|bytes| bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte = u8::try_from(i * 7 % 256).unwrap()));
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let early = sortable(Timestamp::from_ms(1_767_225_600_000), |bytes| bytes.fill(255));
        let late = sortable(Timestamp::from_ms(1_767_225_600_001), |bytes| bytes.fill(0));
        assert!(early < late && is_sortable(&early) && is_sortable(&late));
        assert!(!is_sortable("short") && !is_sortable("UPPERCASEUPPERCASEUPPERCAS"));
    }
}
