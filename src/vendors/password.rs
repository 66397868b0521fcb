//! better-auth's password hashes (contract: better-auth, section 3.1): `<salt>:<key>`, both lower-case hex.
//! scrypt takes the *text* of the salt, not the bytes that it encodes.

use crate::lanes::{Password, PasswordHash};
use core::fmt::Write as _;
use scrypt::{Params, scrypt};
use subtle::ConstantTimeEq as _;

/// N = 2^14.
const LOG_N: u8 = 14;
const R: u32 = 16;
const P: u32 = 1;
const KEY_BYTES: usize = 64;
const SALT_BYTES: usize = 16;

/// Hashes a new password. `random` fills the salt, `nfkc` normalises.
pub fn hash(password: &Password, random: impl Fn(&mut [u8]), nfkc: impl Fn(&str) -> String) -> PasswordHash {
    let mut salt = [0; SALT_BYTES];
    random(&mut salt);
    let salt = hex(&salt);
    let key = key(password, &salt, nfkc);
    PasswordHash::new(format!("{salt}:{key}"))
}

/// True if `stored` is a hash of the password. A stored value of another form is never one.
pub fn verify(password: &Password, stored: &str, nfkc: impl Fn(&str) -> String) -> bool {
    match stored.split_once(':') {
        Some((salt, expected)) if !salt.is_empty() && expected.len() == 2 * KEY_BYTES => {
            key(password, salt, nfkc).as_bytes().ct_eq(expected.as_bytes()).into()
        }
        Some(_) | None => false,
    }
}

/// Does the work of a verification for an account that does not exist, so that the answer takes as long (section 3.3).
pub fn verify_nobody(password: &Password, nfkc: impl Fn(&str) -> String) {
    core::hint::black_box(key(password, "00000000000000000000000000000000", nfkc));
}

fn key(password: &Password, salt: &str, nfkc: impl Fn(&str) -> String) -> String {
    let params = Params::new(LOG_N, R, P).expect("the parameters are constants within scrypt's limits");
    let mut key = [0; KEY_BYTES];
    scrypt(password.hash_input(nfkc).as_bytes(), salt.as_bytes(), &params, &mut key).expect("64 bytes is a length that scrypt gives");
    hex(&key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Database, In};
    use unicode_normalization::UnicodeNormalization as _;

    fn nfkc(text: &str) -> String {
        text.nfkc().collect()
    }

    #[test]
    fn round_trip_with_unicode() {
        let hash = hash(&Password::new("ﬁancée-ångström"), |salt| salt.fill(7), nfkc);
        let stored = In::<Database, _>::new(hash);
        assert!(stored.text().starts_with("07070707070707070707070707070707:"));
        assert!(verify(&Password::new("fianc\u{e9}e-a\u{30a}ngstro\u{308}m"), stored.text(), nfkc));
        assert!(!verify(&Password::new("fiancee-angstrom"), stored.text(), nfkc));
        for damaged in ["", ":", "salt:", ":key", "nocolon"] {
            assert!(!verify(&Password::new("x"), damaged, nfkc));
        }
    }

    /// Made with node:crypto's scryptSync("correct horse battery", "000102030405060708090a0b0c0d0e0f", 64, {N:16384, r:16, p:1}).
    #[test]
    fn a_hash_made_elsewhere_is_accepted() {
        let stored = include_str!("../../tests/vectors/scrypt.txt").trim();
        assert!(verify(&Password::new("correct horse battery"), stored, nfkc));
    }
}
