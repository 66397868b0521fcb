//! The session token in the state of a linking (contract: better-auth, section 6.12, `encryptedSessionToken`): the callback may only link
//! while the session that began it is alive, and the database must not learn the token from the state. XChaCha20-Poly1305 with a key
//! that HKDF derives for this purpose alone.

use crate::{
    domain::secret::{Key, hex},
    lanes::{In, Owner, SessionToken},
};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, aead::Aead as _};
use sha2::{Digest as _, Sha256};

const SALT: &[u8] = b"better-auth:oauth-encryption:v1";
const PURPOSE: &[u8] = b"better-auth:oauth-link-session-token:v1";
/// Length of the nonce of [`seal`].
pub const NONCE_BYTES: usize = 24;
/// A token, its nonce and its tag are far shorter than this, in hex digits.
const HEX_DIGITS_MAX: usize = 1024;

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    pairs.iter().map(|[high, low]| Some(16 * digit(high)? + digit(low)?)).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())
}

/// HKDF-SHA256 gives a key, and better-auth takes the hash of its hex text for the cipher.
fn cipher(secret: &[u8]) -> XChaCha20Poly1305 {
    let extracted = Key::new(SALT).mac(&[secret]);
    let expanded = Key::new(extracted).mac(&[PURPOSE, b"\x01"]);
    XChaCha20Poly1305::new(&<[u8; 32]>::from(Sha256::digest(hex(&expanded))).into())
}

/// Encrypts a session's token under better-auth's secret. The nonce has to be fresh and random.
///
/// # Panics
/// Never: the cipher refuses only messages of more than 256 GiB.
#[must_use]
pub fn seal(secret: &[u8], token: &SessionToken, nonce: [u8; NONCE_BYTES]) -> String {
    // The token comes from its owner's cookie; nobody but the owner's own callback gets anything out of the cipher text.
    let token = In::<Owner, _>::new(token.clone());
    let sealed = cipher(secret).encrypt(&nonce.into(), token.text().as_bytes()).expect("a token is short");
    hex(&nonce) + &hex(&sealed)
}

/// Decrypts what [`seal`] or better-auth made, under the first secret that fits.
#[must_use]
pub fn open<'a>(secrets: impl IntoIterator<Item = &'a [u8]>, text: &str) -> Option<SessionToken> {
    let bytes = unhex(Some(text).filter(|text| text.len() <= HEX_DIGITS_MAX)?)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let opened = secrets.into_iter().find_map(|secret| cipher(secret).decrypt(&(*nonce).into(), sealed).ok())?;
    String::from_utf8(opened).ok().map(SessionToken::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = "0123456789abcdef0123456789abcdef-Ä".as_bytes();
    const TOKEN: &str = "nXnl2pkaWoZ1ckzyc8OLuK0LktGBcSbH";
    /// Made by `symmetricEncrypt` of better-auth 1.7.25 with the key that its `derivePurposeKey` made of the secret.
    const SEALED: &str = "d753dcbd26ce9e7ede2a1d740e2a68828e213740c288de4ce6cf88ddf05fa442c462649cf2d2ae938d7911be05230668a61ad6f8b6926347\
        333504ae9cf29b4bf4a0228948106050";

    #[test]
    fn as_better_auth_makes_it() {
        assert_eq!(open([SECRET], SEALED), Some(SessionToken::new(TOKEN)));
        assert_eq!(open([SECRET], &SEALED.to_uppercase()), Some(SessionToken::new(TOKEN)));
        let nonce = *unhex(SEALED).unwrap().first_chunk().unwrap();
        assert_eq!(seal(SECRET, &SessionToken::new(TOKEN), nonce), SEALED);
    }

    #[test]
    fn an_older_secret_still_opens() {
        let other = [7; 32];
        assert_eq!(open([&other[..], SECRET], SEALED), Some(SessionToken::new(TOKEN)));
        assert_eq!(open([&other[..]], SEALED), None);
        assert_eq!(open([], SEALED), None);
    }

    #[test]
    fn every_change_is_noticed() {
        let bytes = unhex(SEALED).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open([SECRET], &hex(&changed)), None, "{at}");
        }
        for text in ["", "0", "zz", &SEALED[..48], &SEALED[1..], &SEALED[..SEALED.len() - 1], "+1", "é", &"0".repeat(2000)] {
            assert_eq!(open([SECRET], text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_sealed_opens(token in ".{0,80}", nonce: [u8; NONCE_BYTES]) {
            let token = SessionToken::new(token);
            assert_eq!(open([SECRET], &seal(SECRET, &token, nonce)), Some(token));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", hex in "[0-9a-f]{0,200}") {
            assert_eq!((open([SECRET], &text), open([SECRET], &hex)), (None, None));
        }
    }
}
