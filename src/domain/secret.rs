//! HMAC-SHA256 with a key per purpose.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use core::fmt::{self, Write as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The least length of an operator's secret in characters: 32 characters of base64 or hex are at least 128 bits.
pub const SECRET_CHARS_MIN: usize = 32;

/// Bytes in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A secret key. Printed as its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// From raw bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
    /// The raw bytes, for derivations of better-auth's own.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
    /// A key for one purpose, derived so that a signature made for one is worth nothing for another (HKDF's expand step).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(self.mac(&[purpose.as_bytes(), b"\x01"]).to_vec())
    }
    /// HMAC-SHA256 over the parts, one after the other.
    ///
    /// # Panics
    /// Never: HMAC takes keys of every length.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
    /// True if `given` is the MAC of the parts; in constant time.
    #[must_use]
    pub fn verifies(&self, parts: &[&[u8]], given: &[u8]) -> bool {
        self.mac(parts).ct_eq(given).into()
    }
    /// The MAC as base64url without padding.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(parts))
    }
    /// True if `given` is [`Key::sign`] of the parts; in constant time.
    #[must_use]
    pub fn verifies_text(&self, parts: &[&[u8]], given: &str) -> bool {
        URL_SAFE_NO_PAD.decode(given).is_ok_and(|given| self.verifies(parts, &given))
    }
}

/// Keys of one purpose: the first signs, all verify. So a secret can be changed without breaking what was signed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    first: Key,
    older: Vec<Key>,
}

impl Keys {
    /// The key that signs, and those that only verify.
    #[must_use]
    pub fn new(first: Key, older: Vec<Key>) -> Self {
        Self { first, older }
    }
    /// The key that signs.
    #[must_use]
    pub fn first(&self) -> &Key {
        &self.first
    }
    /// All of them, the one that signs first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        core::iter::once(&self.first).chain(&self.older)
    }
    /// Keys for one purpose, each derived from its own.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self { first: self.first.derive(purpose), older: self.older.iter().map(|key| key.derive(purpose)).collect() }
    }
    /// HMAC-SHA256 by the first.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.first.mac(parts)
    }
    /// True if `given` is the MAC of the parts by any of the keys.
    #[must_use]
    pub fn verifies(&self, parts: &[&[u8]], given: &[u8]) -> bool {
        self.iter().any(|key| key.verifies(parts, given))
    }
    /// The MAC by the first as base64url without padding.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> String {
        self.first.sign(parts)
    }
    /// True if `given` is [`Keys::sign`] of the parts by any of the keys.
    #[must_use]
    pub fn verifies_text(&self, parts: &[&[u8]], given: &str) -> bool {
        self.iter().any(|key| key.verifies_text(parts, given))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} bytes)", self.0.len())
    }
}

/// SHA-256 of the parts, each with its length before it, as base64url: a digest of arguments that no two lists share.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// SHA-256 of a text as base64url without padding.
#[must_use]
pub fn sha256_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_do_not_mix() {
        let key = Key::new("k".repeat(32));
        let (a, b) = (key.derive("a"), key.derive("b"));
        let signature = a.sign(&[b"message"]);
        assert!(a.verifies_text(&[b"mess", b"age"], &signature));
        assert!(!b.verifies_text(&[b"message"], &signature));
        assert!(!a.verifies_text(&[b"message"], ""));
        let keys = Keys::new(Key::new("n".repeat(32)), vec![key.clone()]);
        assert!(keys.verifies_text(&[b"message"], &key.sign(&[b"message"])));
        assert!(!key.verifies_text(&[b"message"], &keys.sign(&[b"message"])));
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
