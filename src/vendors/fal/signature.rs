//! fal's signatures (contract: fal, section 3): Ed25519 by one of the published keys; which one, nobody says.

use super::{Lane, REST};
use crate::{
    domain::{secret::hex, time::Timestamp},
    lanes::Outbound,
    vendors::standard_webhooks::TOLERANCE_S,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The headers that carry the signature; empty where one is missing.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `x-fal-webhook-request-id`
    pub request_id: &'a str,
    /// `x-fal-webhook-user-id`
    pub user_id: &'a str,
    /// `x-fal-webhook-timestamp`, Unix seconds.
    pub timestamp: &'a str,
    /// `x-fal-webhook-signature`, hexadecimal.
    pub signature: &'a str,
}

/// The text that was signed, and its signature; an error says what is wrong before any key is looked at.
pub fn signed_message(signed: &Signed<'_>, now: Timestamp, body: &[u8]) -> Result<(Vec<u8>, [u8; 64]), &'static str> {
    if [signed.request_id, signed.user_id, signed.timestamp, signed.signature].contains(&"") {
        return Err("a signature's header is missing");
    }
    let plain = signed.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = plain.then(|| signed.timestamp.parse().ok()).flatten().ok_or("no webhook timestamp")?;
    if (now.seconds() - seconds).abs() > TOLERANCE_S {
        return Err("webhook timestamp too far from now");
    }
    let signature = bytes_of(signed.signature).ok_or("not a signature")?;
    let hash = hex(&Sha256::digest(body));
    Ok(([signed.request_id, signed.user_id, signed.timestamp, &hash].join("\n").into_bytes(), signature))
}

fn bytes_of(hex: &str) -> Option<[u8; 64]> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    if digits.len() == 128 { bytes.try_into().ok() } else { None }
}

/// Asks for the published keys.
#[must_use]
pub fn keys_request() -> Outbound<Lane> {
    Outbound::get("/.well-known/jwks.json".to_owned()).at(REST)
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Key {
    kty: String,
    crv: String,
    x: String,
}

/// The Ed25519 keys of a key set; none if it is no key set.
#[must_use]
pub fn read_keys(body: &[u8]) -> Option<Vec<[u8; 32]>> {
    let set: KeySet = serde_json::from_slice(body).ok()?;
    let fitting = set.keys.into_iter().filter(|key| key.kty == "OKP" && key.crv == "Ed25519");
    Some(fitting.filter_map(|key| URL_SAFE_NO_PAD.decode(key.x).ok()?.try_into().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};
    use serde_json::Value;

    #[test]
    fn vectors_of_the_contract() {
        let vectors: Value = serde_json::from_str(include_str!("../../../tests/vectors/fal-webhooks.json")).unwrap();
        let keys = read_keys(vectors["jwks"].to_string().as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        for vector in vectors["vectors"].as_array().unwrap() {
            let header = |name: &str| vector["headers"][name].as_str().unwrap_or_default();
            let signed = Signed {
                request_id: header("x-fal-webhook-request-id"),
                user_id: header("x-fal-webhook-user-id"),
                timestamp: header("x-fal-webhook-timestamp"),
                signature: header("x-fal-webhook-signature"),
            };
            let now = Timestamp::from_ms(vector["now"].as_i64().unwrap() * 1000);
            let checked = signed_message(&signed, now, vector["body"].as_str().unwrap().as_bytes());
            if let (Ok((message, _)), Some(expected)) = (&checked, vector["signed_message"].as_str()) {
                assert_eq!(String::from_utf8_lossy(message), expected);
            }
            let verifies = |(message, signature): (Vec<u8>, [u8; 64])| {
                keys.iter().any(|key| UnparsedPublicKey::new(&ED25519, key).verify(&message, &signature).is_ok())
            };
            assert_eq!(checked.is_ok_and(verifies), vector["expect"] == "valid", "{}", vector["name"]);
        }
    }
}
