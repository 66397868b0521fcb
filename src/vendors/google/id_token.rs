//! Google's id tokens (contracts: Google, section 4; better-auth, section 6.12): taken apart, matched with a key, and what they say
//! checked. Between the last two stands the signature, which is the platform's.

use super::Profile;
use crate::domain::time::Timestamp;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
/// How far clocks may differ, in seconds: better-auth's. Google's own library lets 300 pass.
const TOLERANCE_S: f64 = 30.0;
/// How old an id token may be, in seconds.
const AGE_S_MAX: f64 = 3600.0;
/// How far ahead the end of an id token may lie, in seconds: the cap of Google's own library, which better-auth does not have.
const LIFE_S_MAX: f64 = 86400.0;
/// The shortest RSA modulus that is believed, in bytes.
const MODULUS_BYTES_MIN: usize = 256;

/// A token that says it was signed with RS256. Nothing in it is true before the signature is verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// Names the key.
    pub kid: String,
    /// What was signed.
    pub signing_input: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The claims: a JSON text, for [`check_claims`].
    pub claims: Vec<u8>,
}

impl core::fmt::Debug for Signed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signed({:?}, {} bytes)", self.kid, self.signing_input.len())
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that have to be understood: there are none that we do.
    crit: Option<Value>,
}

/// Takes a token apart. Another algorithm than RS256 ends here, before there is any key.
#[must_use]
pub fn parse_signed(token: &str) -> Option<Signed> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, claims) = input.split_once('.')?;
    let Header { alg, kid, crit } = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if alg != "RS256" || crit.is_some() {
        return None;
    }
    let (claims, signature) = (URL_SAFE_NO_PAD.decode(claims).ok()?, URL_SAFE_NO_PAD.decode(signature).ok()?);
    Some(Signed { kid, signing_input: input.as_bytes().to_vec(), signature, claims })
}

/// A public key of Google's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Jwk {
    /// Its name.
    pub kid: String,
    /// The kind of key: `RSA`.
    pub kty: String,
    /// The algorithm it is for.
    pub alg: Option<String>,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    pub usage: Option<String>,
    /// The modulus, in base64url.
    pub n: String,
    /// The exponent, in base64url.
    pub e: String,
}

impl Jwk {
    fn is_of_use(&self) -> bool {
        let says = |field: &Option<String>, expected| field.as_ref().is_none_or(|text| text == expected);
        let long_enough = URL_SAFE_NO_PAD.decode(&self.n).is_ok_and(|modulus| modulus.len() >= MODULUS_BYTES_MIN);
        self.kty == "RSA" && says(&self.alg, "RS256") && says(&self.usage, "sig") && long_enough && !self.e.is_empty()
    }
}

/// Reads Google's keys; those that are of no use for RS256 are left out.
#[must_use]
pub fn read_jwks(body: &[u8]) -> Option<Vec<Jwk>> {
    #[derive(Deserialize)]
    struct Keys {
        keys: Vec<Value>,
    }
    let Keys { keys } = serde_json::from_slice(body).ok()?;
    Some(keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).filter(Jwk::is_of_use).collect())
}

/// The key that a token names. None means: fetch the keys once more, then refuse.
#[must_use]
pub fn key_for<'a>(jwks: &'a [Jwk], signed: &Signed) -> Option<&'a Jwk> {
    jwks.iter().find(|key| key.kid == signed.kid)
}

/// For whom an id token has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// Our id at Google.
    pub client_id: &'a str,
    /// What the token has to bring back, if anything was sent.
    pub nonce: Option<&'a str>,
}

/// Why an id token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// No JSON object, or a claim is missing or of another type.
    #[error("the id token lacks a claim")]
    Malformed,
    /// Made by somebody else.
    #[error("the id token is not Google's")]
    Issuer,
    /// Made for somebody else.
    #[error("the id token is for another application")]
    Audience,
    /// Its time has passed.
    #[error("the id token has expired")]
    Expired,
    /// Made more than an hour ago.
    #[error("the id token is too old")]
    TooOld,
    /// Made later than now, or good for longer than a day.
    #[error("the id token's times are wrong")]
    Times,
    /// Brings back something else than was sent.
    #[error("the id token answers another request")]
    Nonce,
}

/// Checks what a token says, after its signature was verified.
pub fn check_claims(claims: &[u8], expect: &Expect<'_>, now: Timestamp) -> Result<Profile, IdTokenError> {
    let claims: Map<String, Value> = serde_json::from_slice(claims).map_err(|_| IdTokenError::Malformed)?;
    let time = |name| claims.get(name).and_then(Value::as_f64).ok_or(IdTokenError::Malformed);
    let (iat, exp) = (time("iat")?, time("exp")?);
    let nbf = if claims.contains_key("nbf") { time("nbf")? } else { iat };
    if !claims.get("iss").and_then(Value::as_str).is_some_and(|issuer| ISSUERS.contains(&issuer)) {
        return Err(IdTokenError::Issuer);
    }
    let audience = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(|one| *one == expect.client_id),
        Some(one) => *one == expect.client_id,
        None => return Err(IdTokenError::Malformed),
    };
    if !audience || claims.get("azp").is_some_and(|party| *party != expect.client_id) {
        return Err(IdTokenError::Audience);
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double for 285 million years")]
    let now = now.seconds() as f64;
    if exp <= now - TOLERANCE_S {
        return Err(IdTokenError::Expired);
    }
    if now - iat > AGE_S_MAX + TOLERANCE_S {
        return Err(IdTokenError::TooOld);
    }
    if iat > now + TOLERANCE_S || nbf > now + TOLERANCE_S || exp >= now + LIFE_S_MAX {
        return Err(IdTokenError::Times);
    }
    if expect.nonce.is_some_and(|nonce| claims.get("nonce").is_none_or(|claim| *claim != nonce)) {
        return Err(IdTokenError::Nonce);
    }
    Profile::of(&claims).ok_or(IdTokenError::Malformed)
}

/// How long an answer may be kept, in seconds; none if its `Cache-Control` does not say, or forbids it.
#[must_use]
pub fn max_age_s(cache_control: &str) -> Option<i64> {
    let mut age = None;
    for directive in cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase()) {
        match directive.split_once('=') {
            None if matches!(directive.as_str(), "no-store" | "no-cache") => return None,
            Some(("max-age", seconds)) if age.is_none() => age = seconds.trim_matches('"').parse::<u32>().ok(),
            _ => {}
        }
    }
    age.map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::secret::sha256_text, lanes::Email, lanes::Subject};
    use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey, sha2::Digest as _, sha2::Sha256};

    const CLIENT: &str = "1234567890-vectors.apps.googleusercontent.com";
    const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../tests/vectors/google-id-token.json")).unwrap()
    }

    /// What the platform does with a key.
    fn is_genuine(key: &Jwk, signed: &Signed) -> bool {
        let number = |text: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).unwrap());
        let key = RsaPublicKey::new(number(&key.n), number(&key.e)).unwrap();
        key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(&signed.signing_input), &signed.signature).is_ok()
    }

    fn judge(jwks: &[Jwk], token: &str, expect: &Expect<'_>, now: Timestamp) -> Result<Profile, String> {
        let signed = parse_signed(token).ok_or("no RS256 token")?;
        let key = key_for(jwks, &signed).ok_or("no such key")?;
        if !is_genuine(key, &signed) {
            return Err("wrong signature".to_owned());
        }
        check_claims(&signed.claims, expect, now).map_err(|error| format!("{error:?}"))
    }

    /// We are as strict as better-auth about time (30 s, so "expired-within-300s-skew" is refused) and as Google's own library about
    /// an end too far ahead.
    #[test]
    fn vectors_of_the_contract() {
        let all = vectors();
        let jwks = read_jwks(all["google_id_token"]["jwks"].to_string().as_bytes()).unwrap();
        assert_eq!(jwks.len(), 1);
        let vectors = all["google_id_token"]["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 16);
        for vector in vectors {
            let (name, token) = (vector["name"].as_str().unwrap(), vector["id_token"].as_str().unwrap());
            let now = Timestamp::from_ms(vector["now"].as_i64().unwrap() * 1000);
            let expect = Expect { client_id: CLIENT, nonce: all["google_id_token"]["expected_nonce"].as_str() };
            let verdict = judge(&jwks, token, &expect, now);
            let expected = match name {
                "valid" | "valid-iss-without-scheme" | "email-not-verified" => None,
                "wrong-aud" => Some("Audience"),
                "wrong-iss" => Some("Issuer"),
                "expired-beyond-skew" | "expired-within-300s-skew" => Some("Expired"),
                "issued-in-future-beyond-skew" | "lifetime-over-24h" => Some("Times"),
                "wrong-key" | "tampered-claims" => Some("wrong signature"),
                "unknown-kid" => Some("no such key"),
                "alg-none" | "alg-hs256-with-public-key" => Some("no RS256 token"),
                "no-exp" => Some("Malformed"),
                "nonce-mismatch" => Some("Nonce"),
                _ => panic!("a vector that nobody has thought about: {name}"),
            };
            assert_eq!(verdict.as_ref().err().map(String::as_str), expected, "{name}");
            if vector["expect"] == "valid" || vector["expect"] == "invalid" {
                assert_eq!(verdict.is_ok(), vector["expect"] == "valid", "{name}");
            }
            if let Ok(profile) = verdict {
                assert_eq!(profile.subject, Subject::new("110169484474386276334"));
                assert_eq!(profile.email, Some(Email::new("ada@example.com")));
                assert_eq!(profile.email_verified, name != "email-not-verified");
            }
        }
    }

    #[test]
    fn the_pkce_vector() {
        let all = vectors();
        let vector = &all["oauth_pkce_s256"]["vectors"][0];
        assert_eq!(sha256_text(vector["code_verifier"].as_str().unwrap()), vector["code_challenge"].as_str().unwrap());
    }

    #[test]
    fn claims() {
        let check = |changes: &[(&str, Value)], nonce: Option<&str>| {
            let mut claims: Map<String, Value> = serde_json::from_str(
                r#"{"iss":"https://accounts.google.com","sub":"1","aud":"me","azp":"me","iat":1767225600,"exp":1767229200,"email":"A@b.co"}"#,
            )
            .unwrap();
            for (name, value) in changes {
                claims.insert((*name).to_owned(), value.clone());
            }
            claims.retain(|_, value| !value.is_null());
            check_claims(Value::Object(claims).to_string().as_bytes(), &Expect { client_id: "me", nonce }, NOW).map(|profile| profile.email)
        };
        let (seconds, ok) = (1_767_225_600_i64, Ok(Some(Email::new("a@b.co"))));
        assert_eq!(check(&[], None), ok);
        assert_eq!(check(&[("aud", ["other", "me"][..].into()), ("azp", Value::Null)], None), ok);
        assert_eq!(check(&[("nonce", "n".into())], Some("n")), ok);
        assert_eq!(check(&[("nonce", "n".into())], None), ok);
        for (changes, nonce, error) in [
            (vec![("aud", ["other"][..].into())], None, IdTokenError::Audience),
            (vec![("azp", "other".into())], None, IdTokenError::Audience),
            (vec![("azp", 1.into())], None, IdTokenError::Audience),
            (vec![("aud", Value::Null)], None, IdTokenError::Malformed),
            (vec![("sub", Value::Null)], None, IdTokenError::Malformed),
            (vec![("sub", " ".into())], None, IdTokenError::Malformed),
            (vec![("iat", Value::Null)], None, IdTokenError::Malformed),
            (vec![("iat", "1767225600".into())], None, IdTokenError::Malformed),
            (vec![("iss", Value::Null)], None, IdTokenError::Issuer),
            (vec![("iss", "https://accounts.google.com/".into())], None, IdTokenError::Issuer),
            (vec![], Some("n"), IdTokenError::Nonce),
            (vec![("nonce", "m".into())], Some("n"), IdTokenError::Nonce),
        ] {
            assert_eq!(check(&changes, nonce), Err(error), "{changes:?}");
        }
        for (claim, at, verdict) in [
            ("exp", seconds - 29, ok.clone()),
            ("exp", seconds - 30, Err(IdTokenError::Expired)),
            ("exp", seconds + 86_399, ok.clone()),
            ("exp", seconds + 86_400, Err(IdTokenError::Times)),
            ("iat", seconds - 3_630, ok.clone()),
            ("iat", seconds - 3_631, Err(IdTokenError::TooOld)),
            ("iat", seconds + 30, ok.clone()),
            ("iat", seconds + 31, Err(IdTokenError::Times)),
            ("nbf", seconds + 30, ok.clone()),
            ("nbf", seconds + 31, Err(IdTokenError::Times)),
        ] {
            assert_eq!(check(&[(claim, at.into())], None), verdict, "{claim} {at}");
        }
    }

    #[test]
    fn keys_of_no_use_are_left_out() {
        let modulus = URL_SAFE_NO_PAD.encode([255; 256]);
        let short = URL_SAFE_NO_PAD.encode([255; 128]);
        let body = format!(
            r#"{{"keys":[{{"kid":"a","kty":"RSA","n":"{modulus}","e":"AQAB"}},{{"kid":"b","kty":"EC","x":"1"}},7,
            {{"kid":"c","kty":"RSA","alg":"RS512","n":"{modulus}","e":"AQAB"}},{{"kid":"d","kty":"RSA","n":"{short}","e":"AQAB"}},
            {{"kid":"e","kty":"RSA","use":"enc","n":"{modulus}","e":"AQAB"}}]}}"#
        );
        let names: Vec<_> = read_jwks(body.as_bytes()).unwrap().into_iter().map(|key| key.kid).collect();
        assert_eq!(names, ["a"]);
        for body in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"error":"x"}"#] {
            assert_eq!(read_jwks(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn ages() {
        for (header, age) in [
            ("public, max-age=21600, must-revalidate, no-transform", Some(21_600)),
            ("Max-Age=\"5\"", Some(5)),
            ("max-age=0", Some(0)),
            ("max-age=60, no-store", None),
            ("no-cache", None),
            ("max-age=-1", None),
            ("max-age", None),
            ("s-maxage=5", None),
            ("", None),
        ] {
            assert_eq!(max_age_s(header), age, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_token_makes_it_panic(token in ".{0,100}", header in ".{0,40}") {
            assert_eq!(parse_signed(&token), None);
            assert_eq!(parse_signed(&format!("{}.{token}", URL_SAFE_NO_PAD.encode(header))), None);
        }
    }
}
