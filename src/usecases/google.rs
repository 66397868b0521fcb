//! What Google says of somebody: the tokens for a code, and an id token that is verified whatever way it came.

use crate::{
    domain::time::{MINUTE_MS, SECOND_MS, Timestamp},
    lanes::{In, OAuthCode, OAuthToken, Owner, PkceVerifier},
    platform::{Memory, Platform, Remembered},
    vendors::google::{self, Expect, Jwk, Profile, Signed, Tokens},
};

/// Keys are fetched again at most this often for a token that names an unknown one: anybody can name one.
const REFETCH_MS: i64 = MINUTE_MS;
/// How long keys are kept if the answer does not say.
const KEYS_MS: i64 = 5 * MINUTE_MS;

/// The path of our callback.
pub const CALLBACK_PATH: &str = "/api/auth/callback/google";

/// The tokens for a code; none if Google does not give any. A code is used once: after an answer that was lost the sign-in begins anew.
pub async fn tokens(p: &impl Platform, client_id: &str, code: OAuthCode, verifier: PkceVerifier) -> Option<Tokens> {
    let redirect_uri = format!("{}{CALLBACK_PATH}", p.settings().public_origin);
    let answer = p.send(google::token_request(client_id, &redirect_uri, code, verifier)).await.ok()?;
    if answer.status == 200 { google::read_tokens(&answer.body) } else { None }
}

/// Whoever an id token is about; none if Google did not sign it, or it is not for us, or too old.
pub async fn verify(p: &impl Platform, client_id: &str, token: &OAuthToken, nonce: Option<&str>) -> Option<Profile> {
    // An id token is its owner's, who sent it or whom it was fetched for.
    let token = In::<Owner, _>::new(token.clone());
    let signed = google::parse_signed(token.text())?;
    let key = key(p, &signed).await?;
    if !p.rs256(&key, &signed.signing_input, &signed.signature).await {
        return None;
    }
    match google::check_claims(&signed.claims, &Expect { client_id, nonce }, p.now()) {
        Ok(profile) => Some(profile),
        Err(error) => {
            p.log("google.refused", &[("reason", &error.to_string())]);
            None
        }
    }
}

/// The key that a token names: remembered, or fetched. A token that names an unknown key has them fetched again,
/// once a minute at most.
async fn key(p: &impl Platform, signed: &Signed) -> Option<Jwk> {
    let mut asked_again_at = Timestamp::from_ms(0);
    if let Some(kept) = p.recall(Memory::GoogleKeys).filter(|kept| kept.until > p.now()) {
        if let Some(key) = google::key_for(&google::read_jwks(&kept.bytes)?, signed) {
            return Some(key.clone());
        }
        if p.now().ms() - kept.asked_again_at.ms() < REFETCH_MS {
            return None;
        }
        asked_again_at = p.now();
    }
    let answer = p.send(google::keys_request()).await.ok().filter(|answer| answer.status == 200)?;
    let keys = google::read_jwks(&answer.body)?;
    let kept_ms = answer.cache_control.as_deref().and_then(google::max_age_s).map_or(KEYS_MS, |seconds| seconds * SECOND_MS);
    p.remember(Memory::GoogleKeys, Remembered { bytes: answer.body.into(), asked_again_at, until: p.now().plus_ms(kept_ms) });
    google::key_for(&keys, signed).cloned()
}
