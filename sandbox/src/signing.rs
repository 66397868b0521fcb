//! Signatures of webhooks: those of Standard Webhooks, as Replicate documents them ("Verify webhooks"), and Stripe's.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 in standard base64.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn hmac_base64(key: &[u8], text: &[u8]) -> String {
    STANDARD.encode(hmac(key, text))
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// The value of `Stripe-Signature`: a `v1` for each secret, which is a key with its prefix and all.
#[must_use]
pub fn stripe_signature(secrets: &[String], at_seconds: i64, body: &[u8]) -> String {
    let mut text = format!("{at_seconds}.").into_bytes();
    text.extend_from_slice(body);
    secrets.iter().fold(format!("t={at_seconds}"), |header, secret| {
        hmac(secret.as_bytes(), &text).iter().fold(header + ",v1=", |header, byte| header + &format!("{byte:02x}"))
    })
}

/// The bytes of a secret `whsec_<base64>` (the prefix may be missing), or `None` when it is not base64.
#[must_use]
pub fn key_of(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()
}

/// The three headers of a signed webhook. The signed text is `id.timestamp.body`; the timestamp is that of the attempt.
#[must_use]
pub fn webhook_headers(key: &[u8], id: &str, at_seconds: i64, body: &[u8]) -> Vec<(String, String)> {
    let mut text = format!("{id}.{at_seconds}.").into_bytes();
    text.extend_from_slice(body);
    vec![
        ("webhook-id".into(), id.into()),
        ("webhook-timestamp".into(), at_seconds.to_string()),
        ("webhook-signature".into(), format!("v1,{}", hmac_base64(key, &text))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"gm3qorzdhgbfurvjtvhg6dckhu","model":"black-forest-labs/flux-schnell","version":"hidden","input":{"prompt":"a red bicycle"},"output":["https://replicate.delivery/xezq/abc/out-0.webp"],"logs":"","error":null,"data_removed":false,"status":"succeeded","created_at":"2026-01-01T00:00:00.000Z","started_at":"2026-01-01T00:00:00.100Z","completed_at":"2026-01-01T00:00:01.000Z","metrics":{"predict_time":0.9,"total_time":1},"urls":{"get":"https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu","cancel":"https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel","web":"https://replicate.com/p/gm3qorzdhgbfurvjtvhg6dckhu"}}"#;
    const SECRET: &str = "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz";
    const ID: &str = "msg_2b7kVxQ0vectors0001";

    const UNICODE: &str = "{\"prompt\":\"café ☃ 🚀\"}";

    fn signature(secret: &str, id: &str, at_seconds: i64, body: &str) -> String {
        let key = key_of(secret).expect("a secret in base64");
        webhook_headers(&key, id, at_seconds, body.as_bytes()).swap_remove(2).1
    }

    #[test]
    fn stripe_signs_as_its_vectors_do() {
        let body = STANDARD.decode("eyJpZCI6ImV2dF92ZWNfMSIsIm9iamVjdCI6ImV2ZW50IiwiYXBpX3ZlcnNpb24iOiIyMDI2LTEwLTI4LmVuZGl2ZSIsImNyZWF0ZWQiOjE3NjcyMjU1OTksInR5cGUiOiJpbnZvaWNlLnBhaWQiLCJsaXZlbW9kZSI6ZmFsc2UsInBlbmRpbmdfd2ViaG9va3MiOjEsInJlcXVlc3QiOnsiaWQiOm51bGwsImlkZW1wb3RlbmN5X2tleSI6bnVsbH0sImRhdGEiOnsib2JqZWN0Ijp7ImlkIjoiaW5fMSIsIm9iamVjdCI6Imludm9pY2UifX19").expect("base64");
        let secret = "whsec_test_5f0d6a3a7f9d4c11b0a8a1f3f8c1e2d4".to_owned();
        let valid = "t=1767225600,v1=2aaeb4ef01922af8e3780fa8bcd2835021f61e4721961354d46ade974c4c7541";
        assert_eq!(stripe_signature(std::slice::from_ref(&secret), 1_767_225_600, &body), valid);
        let rolled = stripe_signature(&[secret, "whsec_new".into()], 1_767_225_600, &body);
        assert!(rolled.starts_with(valid) && rolled.matches(",v1=").count() == 2);
    }

    /// Every vector that is `valid` in the collection of signature vectors which the verifier is tested with.
    #[test]
    fn valid_vectors_are_reproduced() {
        let bare = SECRET.trim_start_matches("whsec_");
        let valid = "v1,y+L37fK5dlrHr53MJQGP9RMAQHq3j4t4reHi+Qe5CS4=";
        assert_eq!(signature(SECRET, ID, 1_767_225_600, BODY), valid);
        assert_eq!(signature(bare, ID, 1_767_225_600, BODY), valid);
        assert_eq!(signature(SECRET, ID, 1_767_225_300, BODY), "v1,AeeOtQkN7O+rF4Ron0Hva00NcRW6jKDyJd52V95dAPk=");
        assert_eq!(signature(SECRET, ID, 1_767_225_900, BODY), "v1,S9kPw1FGsJ+xTWLObD3KAXnGrP0aqT5iEsGMlQmYwPM=");
        assert_eq!(signature(SECRET, ID, 1_767_225_600, UNICODE), "v1,8MIVBX8LOm9zYb4LINgI33iCcWe/kezhOjBBV19GqYM=");
        assert_eq!(
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
