//! The signature of a message (section 5): `Stripe-Signature: t=<seconds>,v1=<hex>,…`, HMAC-SHA256 over `t.body`.

use crate::domain::{
    secret::{Key, Keys},
    time::Timestamp,
};
use core::fmt::{self, Write as _};
use subtle::ConstantTimeEq as _;

/// How far a message's time may lie from our clock, in seconds.
pub const TOLERANCE_S: i64 = 300;

/// Why a message does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no time, no signature or no body.
    Malformed,
    /// It was signed too long ago.
    TooOld,
    /// It claims to be from the future.
    TooNew,
    /// Nobody who has a secret of ours signed it.
    WrongSignature,
}

impl Refused {
    /// What is wrong, for the log and the reply.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "no signature that can be read",
            Self::TooOld => "signed too long ago",
            Self::TooNew => "signed in the future",
            Self::WrongSignature => "wrong signature",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Verifies a message by its raw bytes. A key is the whole text of a secret, `whsec_` included.
pub fn verify(keys: &Keys, header: &str, body: &[u8], now: Timestamp) -> Result<(), Refused> {
    check(keys, header, body, now.seconds(), Some(TOLERANCE_S))
}

/// The header that Stripe would send with this body at that time (Unix seconds).
#[must_use]
pub fn sign(key: &Key, t: i64, body: &[u8]) -> String {
    let mac = key.mac(&[t.to_string().as_bytes(), b".", body]);
    mac.iter().fold(format!("t={t},v1="), |mut header, byte| {
        let _ = write!(header, "{byte:02x}");
        header
    })
}

/// `t` and the signatures of scheme `v1`. No trimming, no other schemes, the last `t` counts: as stripe-node reads it, but `t` has to be
/// a number and nothing else.
fn read(header: &str) -> Option<(&str, i64, Vec<[u8; 32]>)> {
    let mut time = None;
    let mut signatures = Vec::new();
    for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
        match name {
            "t" => time = Some(value),
            "v1" => signatures.extend(digest(value)),
            _ => {}
        }
    }
    let digits = time.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((digits, digits.parse().ok()?, signatures))
}

/// 64 lower-case hex digits.
fn digest(hex: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(16 * digit(*high)? + digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

fn check(keys: &Keys, header: &str, body: &[u8], now_s: i64, tolerance_s: Option<i64>) -> Result<(), Refused> {
    let (digits, time, signatures) = read(header).filter(|_| !body.is_empty()).ok_or(Refused::Malformed)?;
    if let Some(tolerance_s) = tolerance_s {
        if now_s.saturating_sub(time) > tolerance_s {
            return Err(Refused::TooOld);
        }
        if time.saturating_sub(now_s) > tolerance_s {
            return Err(Refused::TooNew);
        }
    }
    let mut matched = false;
    // A blank secret is none: anybody could sign with it.
    for key in keys.iter().filter(|key| !key.bytes().trim_ascii().is_empty()) {
        let mac = key.mac(&[digits.as_bytes(), b".", body]);
        for signature in &signatures {
            matched |= bool::from(mac.ct_eq(signature));
        }
    }
    if matched { Ok(()) } else { Err(Refused::WrongSignature) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::Value;

    fn keys(secret: &str) -> Keys {
        Keys::new(Key::new(secret), vec![])
    }

    fn body(vector: &Value) -> Vec<u8> {
        if let Some(body) = vector["body_base64"].as_str() {
            return STANDARD.decode(body).unwrap();
        }
        let recipe = &vector["body_recipe"];
        let text = |name: &str| recipe[name].as_str().unwrap();
        let times = usize::try_from(recipe["times"].as_u64().unwrap()).unwrap();
        format!("{}{}{}", text("prefix"), text("repeat_utf8").repeat(times), text("suffix")).into_bytes()
    }

    #[test]
    fn all_vectors() {
        let vectors: Value = serde_json::from_str(include_str!("../../../tests/vectors/stripe-signatures.json")).unwrap();
        let vectors = vectors["vectors"].as_array().unwrap();
        for vector in vectors {
            let tolerance_s = vector["tolerance"].as_i64().filter(|tolerance| *tolerance > 0);
            let (header, now_s) = (vector["header"].as_str().unwrap(), vector["now"].as_i64().unwrap());
            let verdict = check(&keys(vector["secret"].as_str().unwrap()), header, &body(vector), now_s, tolerance_s);
            if let Some(valid) = vector["expect_valid"].as_bool() {
                assert_eq!(verdict.is_ok(), valid, "{}: {verdict:?}", vector["name"]);
            }
        }
        assert_eq!(vectors.len(), 45);
    }

    #[test]
    fn age_counts_in_both_directions() {
        let secret = keys("whsec_of_a_test");
        let header = sign(secret.first(), 1_767_225_600, b"{}");
        let at = |seconds: i64| verify(&secret, &header, b"{}", Timestamp::from_ms(seconds * 1000));
        assert_eq!((at(1_767_225_300), at(1_767_225_600), at(1_767_225_900)), (Ok(()), Ok(()), Ok(())));
        assert_eq!((at(1_767_225_901), at(1_767_225_299)), (Err(Refused::TooOld), Err(Refused::TooNew)));
        // Right at the end of a second a message is not older than it says.
        assert_eq!(verify(&secret, &header, b"{}", Timestamp::from_ms(1_767_225_900_999)), Ok(()));
    }

    #[test]
    fn any_secret_of_a_list() {
        let (old, new) = (Key::new("whsec_old"), Key::new("whsec_new"));
        let both = Keys::new(new.clone(), vec![old.clone()]);
        let now = Timestamp::from_ms(1_000);
        for key in [&old, &new] {
            assert_eq!(verify(&both, &sign(key, 1, b"x"), b"x", now), Ok(()));
        }
        assert_eq!(verify(&Keys::new(new, vec![]), &sign(&old, 1, b"x"), b"x", now), Err(Refused::WrongSignature));
        let blank = Keys::new(Key::new(""), vec![Key::new(" \n")]);
        assert_eq!(verify(&blank, &sign(&Key::new(""), 1, b"x"), b"x", now), Err(Refused::WrongSignature));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let secret = keys("whsec");
        let refused = |header: &str, body: &[u8]| verify(&secret, header, body, Timestamp::from_ms(1_000)).unwrap_err();
        for header in ["", "t", "t=", "v1=00", "t=-1,v1=00", "t=1.0,v1=00", "t= 1,v1=00", "t=99999999999999999999,v1=00", "t=1,t=x,v1=00"] {
            assert_eq!(refused(header, b"x"), Refused::Malformed, "{header}");
        }
        assert_eq!(refused(&sign(secret.first(), 1, b""), b""), Refused::Malformed);
        assert_eq!(refused("t=1", b"x"), Refused::WrongSignature);
        assert_eq!(Refused::TooOld.to_string(), "signed too long ago");
    }
}
