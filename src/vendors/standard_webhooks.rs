//! The Standard Webhooks signature (contract: Replicate, section 5): HMAC-SHA256 over `id.timestamp.body`, any of several `v1`.

use crate::domain::{secret::Keys, time::Timestamp};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// How far a timestamp may lie from our clock, in seconds: the Standard Webhooks library's tolerance.
pub const TOLERANCE_S: i64 = 300;

/// The headers that carry the signature.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`, Unix seconds.
    pub timestamp: &'a str,
    /// `webhook-signature`, entries separated by spaces.
    pub signature: &'a str,
}

/// Verifies a message. The error says what is wrong, for the log and the reply; it does not say how near it was.
pub fn verify(keys: &Keys, now: Timestamp, signed: &Signed<'_>, body: &[u8]) -> Result<(), &'static str> {
    if signed.id.is_empty() {
        return Err("no webhook id");
    }
    // Only digits: a sign, a space or a fraction is another text than the one that was signed.
    let plain = !signed.timestamp.is_empty() && signed.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = plain.then(|| signed.timestamp.parse().ok()).flatten().ok_or("no webhook timestamp")?;
    let message: [&[u8]; 5] = [signed.id.as_bytes(), b".", signed.timestamp.as_bytes(), b".", body];
    let mut matched = false;
    for entry in signed.signature.split(' ') {
        let signature = entry.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        matched |= signature.is_some_and(|signature| keys.verifies(&message, &signature));
    }
    if !matched {
        return Err("wrong webhook signature");
    }
    if (now.seconds() - seconds).abs() > TOLERANCE_S { Err("webhook timestamp too far from now") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn vectors_of_the_contract() {
        let vectors: Value = serde_json::from_str(include_str!("../../tests/vectors/standard-webhooks.json")).unwrap();
        let vectors = vectors["vectors"].as_array().unwrap();
        assert!(vectors.len() > 10);
        for vector in vectors {
            let secret = vector["secret"].as_str().unwrap();
            let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).unwrap();
            let header = |name: &str| vector["headers"][name].as_str().unwrap_or_default();
            let signed = Signed { id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature") };
            let now = Timestamp::from_ms(vector["now"].as_i64().unwrap() * 1000);
            let verdict = verify(&Keys::new(crate::domain::secret::Key::new(key), vec![]), now, &signed, vector["body"].as_str().unwrap().as_bytes());
            assert_eq!(verdict.is_ok(), vector["expect"] == "valid", "{}: {verdict:?}", vector["name"]);
        }
    }
}
