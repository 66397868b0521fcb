//! better-auth's password hashes (contract: better-auth, section 3.1): `<salt>:<key>`, both lower-case hex.
//! scrypt takes the *text* of the salt, not the bytes that it encodes.

use crate::{
    domain::secret::hex,
    lanes::{Password, PasswordHash},
};
use subtle::ConstantTimeEq as _;

/// Length of a key in bytes.
pub const KEY_BYTES: usize = 64;
const SALT_BYTES: usize = 16;

/// What hashing takes of the world.
pub trait Means {
    /// Fills a salt.
    fn random(&self, into: &mut [u8]);
    /// Unicode normalisation form KC.
    fn nfkc(&self, text: &str) -> String;
    /// scrypt, N = 2^14, r = 16, p = 1; none if it cannot be computed.
    fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; KEY_BYTES]>;
}

/// Hashes a new password; none if it cannot be computed.
pub fn hash(password: &Password, means: &impl Means) -> Option<PasswordHash> {
    let mut salt = [0; SALT_BYTES];
    means.random(&mut salt);
    let salt = hex(&salt);
    let key = key(password, &salt, means)?;
    Some(PasswordHash::new(format!("{salt}:{key}")))
}

/// True if `stored` is a hash of the password; none if it cannot be computed. A stored value of another form is never one.
pub fn verify(password: &Password, stored: &str, means: &impl Means) -> Option<bool> {
    match stored.split_once(':') {
        Some((salt, expected)) if !salt.is_empty() && expected.len() == 2 * KEY_BYTES => {
            Some(key(password, salt, means)?.as_bytes().ct_eq(expected.as_bytes()).into())
        }
        Some(_) | None => Some(false),
    }
}

/// Does the work of a verification for an account that does not exist, so that the answer takes as long (section 3.3).
pub fn verify_nobody(password: &Password, means: &impl Means) {
    core::hint::black_box(key(password, "00000000000000000000000000000000", means));
}

fn key(password: &Password, salt: &str, means: &impl Means) -> Option<String> {
    let input = password.hash_input(|text| means.nfkc(text));
    means.scrypt(input.as_bytes(), salt.as_bytes()).map(|key| hex(&key))
}

/// scrypt in Rust, for the native build. In workerd its own is faster by far (`npm run bench`).
///
/// # Panics
/// Never: the parameters are constants within scrypt's limits.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn scrypt(password: &[u8], salt: &[u8]) -> [u8; KEY_BYTES] {
    let params = scrypt::Params::new(14, 16, 1).expect("the parameters are constants within scrypt's limits");
    let mut key = [0; KEY_BYTES];
    scrypt::scrypt(password, salt, &params, &mut key).expect("64 bytes is a length that scrypt gives");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Database, In};
    use unicode_normalization::UnicodeNormalization as _;

    struct Native;

    impl Means for Native {
        fn random(&self, into: &mut [u8]) {
            into.fill(7);
        }
        fn nfkc(&self, text: &str) -> String {
            text.nfkc().collect()
        }
        fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; KEY_BYTES]> {
            Some(scrypt(password, salt))
        }
    }

    #[test]
    fn round_trip_with_unicode() {
        let hash = hash(&Password::new("ﬁancée-ångström"), &Native).unwrap();
        let stored = In::<Database, _>::new(hash);
        assert!(stored.text().starts_with("07070707070707070707070707070707:"));
        assert_eq!(verify(&Password::new("fianc\u{e9}e-a\u{30a}ngstro\u{308}m"), stored.text(), &Native), Some(true));
        assert_eq!(verify(&Password::new("fiancee-angstrom"), stored.text(), &Native), Some(false));
        for damaged in ["", ":", "salt:", ":key", "nocolon"] {
            assert_eq!(verify(&Password::new("x"), damaged, &Native), Some(false));
        }
    }

    /// Made with node:crypto's scryptSync("correct horse battery", "000102030405060708090a0b0c0d0e0f", 64, {N:16384, r:16, p:1}).
    #[test]
    fn a_hash_made_elsewhere_is_accepted() {
        let stored = include_str!("../../tests/vectors/scrypt.txt").trim();
        assert_eq!(verify(&Password::new("correct horse battery"), stored, &Native), Some(true));
    }
}
