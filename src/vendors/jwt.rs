//! better-auth's mail tokens (contract: better-auth, section 6.9): JWTs with HS256 that prove an address. They are not stored.

use crate::{
    domain::{secret::Keys, time::Timestamp},
    lanes::{Email, In, Mail},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// How long a token holds, in seconds.
const LIFE_S: i64 = 3600;
const HEADER: &str = r#"{"alg":"HS256"}"#;
const CONFIRMATION: &str = "change-email-confirmation";
const VERIFICATION: &str = "change-email-verification";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The account's address when the token was made.
    pub email: Email,
    /// The address that shall take its place.
    pub update_to: Option<Email>,
    /// Which of the two mails of a change this is.
    pub request_type: Option<RequestType>,
    /// The account.
    pub user_id: Option<String>,
}

/// The two steps of a change of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestType {
    /// Sent to the old address.
    ChangeEmailConfirmation,
    /// Sent to the new address.
    ChangeEmailVerification,
    /// Anything else, which better-auth takes as if there was no type. Not written.
    Other,
}

impl RequestType {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::ChangeEmailConfirmation => Some(CONFIRMATION),
            Self::ChangeEmailVerification => Some(VERIFICATION),
            Self::Other => None,
        }
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not ours, or not of this form: `INVALID_TOKEN`.
    Invalid,
    /// Ours, but too old: `TOKEN_EXPIRED`.
    Expired,
}

/// In the order in which better-auth writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    email: String,
    update_to: Option<String>,
    request_type: Option<String>,
    user_id: Option<String>,
    #[serde(rename = "iat")]
    _iat: Option<i64>,
    nbf: Option<i64>,
    exp: i64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that have to be understood: there are none that we do.
    crit: Option<serde_json::Value>,
}

/// Writes a token that holds for an hour. The same arguments give the same token.
///
/// # Panics
/// Never: the claims are a plain struct, which always serialises.
#[must_use]
pub fn sign(keys: &Keys, claims: &Claims, now: Timestamp) -> String {
    // A token travels in a mail to the person, which is the lane that its addresses are put on.
    let lower = |email: &Email| In::<Mail, _>::new(email.clone()).text().to_lowercase();
    let update_to = claims.update_to.as_ref().map(lower);
    let written = Written {
        email: &lower(&claims.email),
        update_to: update_to.as_deref(),
        request_type: claims.request_type.and_then(RequestType::name),
        user_id: claims.user_id.as_deref(),
        iat: now.seconds(),
        exp: now.seconds() + LIFE_S,
    };
    let payload = serde_json::to_string(&written).expect("a plain struct serialises");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
    let signature = keys.sign(&[input.as_bytes()]);
    format!("{input}.{signature}")
}

/// Reads a token: the algorithm first, then the signature, and only then what it says.
pub fn verify(keys: &Keys, token: &str, now: Timestamp) -> Result<Claims, Refused> {
    let read = signed(keys, token).ok_or(Refused::Invalid)?;
    if read.nbf.is_some_and(|from| from > now.seconds()) {
        return Err(Refused::Invalid);
    }
    if read.exp <= now.seconds() {
        return Err(Refused::Expired);
    }
    let request_type = read.request_type.map(|name| match name.as_str() {
        CONFIRMATION => RequestType::ChangeEmailConfirmation,
        VERIFICATION => RequestType::ChangeEmailVerification,
        _ => RequestType::Other,
    });
    // better-auth asks whether these two are truthy.
    let update_to = read.update_to.filter(|text| !text.is_empty()).map(|text| Email::new(text.to_lowercase()));
    let user_id = read.user_id.filter(|text| !text.is_empty());
    Ok(Claims { email: Email::new(read.email.to_lowercase()), update_to, request_type, user_id })
}

fn signed(keys: &Keys, token: &str) -> Option<Read> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let genuine = header.alg == "HS256" && header.crit.is_none() && keys.verifies_text(&[input.as_bytes()], signature);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok().filter(|_| genuine)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Key;

    const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

    /// The secret with which better-auth itself made the tokens below.
    fn keys() -> Keys {
        Keys::new(Key::new("0123456789abcdef0123456789abcdef-Ä"), Vec::new())
    }

    fn claims(email: &str, update_to: Option<&str>, request_type: Option<RequestType>, user_id: Option<&str>) -> Claims {
        Claims { email: Email::new(email), update_to: update_to.map(Email::new), request_type, user_id: user_id.map(str::to_owned) }
    }

    fn forged(header: &str, payload: &str) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        format!("{input}.{}", keys().sign(&[input.as_bytes()]))
    }

    /// Made by `createEmailVerificationToken` of better-auth 1.7.25 at `NOW`.
    #[test]
    fn as_better_auth_writes_them() {
        const HEAD: &str = "eyJhbGciOiJIUzI1NiJ9.";
        let change = Some(RequestType::ChangeEmailVerification);
        for (claims, expected) in [
            (
                claims("ada@example.com", None, None, Some("u1")),
                "eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInVzZXJJZCI6InUxIiwiaWF0IjoxNzY3MjI1NjAwLCJleHAiOjE3NjcyMjkyMDB9\
                 .gbrUCTzbEHcQmN6HTsQ3v51FgCdzyjMLr52ofoI9URQ",
            ),
            (
                claims("ada@example.com", Some("eve@example.org"), change, Some("u1")),
                "eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInVwZGF0ZVRvIjoiZXZlQGV4YW1wbGUub3JnIiwicmVxdWVzdFR5cGUiOiJjaGFuZ2UtZW1haWwtdmVyaWZp\
                 Y2F0aW9uIiwidXNlcklkIjoidTEiLCJpYXQiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyOTIwMH0.GwQq9hB-7FdDHg6oWCsecLncsO4gzuNMVuPhE0fCjRQ",
            ),
            (
                claims("ada@example.com", None, None, None),
                "eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI5MjAwfQ\
                 .f4BSMn_-souTcBVFHum9sBQqpKgukkcEkWN5MzYJ9bw",
            ),
        ] {
            let token = format!("{HEAD}{expected}");
            assert_eq!(sign(&keys(), &claims, NOW), token);
            assert_eq!(verify(&keys(), &token, NOW), Ok(claims.clone()));
            assert_eq!(verify(&keys(), &token, NOW.plus_ms(3_599_999)), Ok(claims));
            assert_eq!(verify(&keys(), &token, NOW.plus_ms(3_600_000)), Err(Refused::Expired));
        }
        let (mixed, plain) = (claims("Ada@Example.com", None, None, None), claims("ada@example.com", None, None, None));
        assert_eq!(sign(&keys(), &mixed, NOW), sign(&keys(), &plain, NOW));
    }

    #[test]
    fn an_older_secret_still_verifies() {
        let token = sign(&keys(), &claims("ada@example.com", None, None, None), NOW);
        let turned = Keys::new(Key::new("n".repeat(32)), vec![keys().first().clone()]);
        assert!(verify(&turned, &token, NOW).is_ok());
        assert_eq!(verify(&Keys::new(Key::new("n".repeat(32)), Vec::new()), &token, NOW), Err(Refused::Invalid));
    }

    #[test]
    fn other_tokens_are_refused() {
        let payload = r#"{"email":"ada@example.com","iat":1767225600,"exp":1767229200}"#;
        assert!(verify(&keys(), &forged(HEADER, payload), NOW).is_ok());
        assert!(verify(&keys(), &forged(r#"{"alg":"HS256","typ":"JWT"}"#, payload), NOW).is_ok());
        let other = r#"{"email":"a@b.co","requestType":"x","updateTo":"","userId":"","exp":1767229200}"#;
        assert_eq!(verify(&keys(), &forged(HEADER, other), NOW), Ok(claims("a@b.co", None, Some(RequestType::Other), None)));
        for (header, payload) in [
            (r#"{"alg":"none"}"#, payload),
            (r#"{"alg":"HS512"}"#, payload),
            (r#"{"alg":"RS256"}"#, payload),
            (r#"{"alg":"hs256"}"#, payload),
            (r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, payload),
            (r#"{"typ":"JWT"}"#, payload),
            ("[]", payload),
            (HEADER, r#"{"email":"ada@example.com","iat":1767225600}"#),
            (HEADER, r#"{"iat":1767225600,"exp":1767229200}"#),
            (HEADER, r#"{"email":"a@b.co","exp":"1767229200"}"#),
            (HEADER, r#"{"email":"a@b.co","iat":"x","exp":1767229200}"#),
            (HEADER, r#"{"email":"a@b.co","nbf":1767225601,"exp":1767229200}"#),
            (HEADER, r#"{"email":1,"exp":1767229200}"#),
            (HEADER, "null"),
            (HEADER, ""),
        ] {
            assert_eq!(verify(&keys(), &forged(header, payload), NOW), Err(Refused::Invalid), "{header} {payload}");
        }
        let token = forged(HEADER, payload);
        for text in ["", ".", "..", "...", "a.b.c", "é.é.é", &format!("{token}="), &format!("{token}.x"), &format!(".{token}")] {
            assert_eq!(verify(&keys(), text, NOW), Err(Refused::Invalid), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_change_is_noticed(at in 0_usize..1000, bit in 0_u8..7) {
            let token = sign(&keys(), &claims("ada@example.com", None, None, Some("u1")), NOW);
            let mut changed = token.clone().into_bytes();
            let at = at % changed.len();
            changed[at] ^= 1 << bit;
            assert_eq!(verify(&keys(), &String::from_utf8(changed).unwrap(), NOW), Err(Refused::Invalid));
        }
    }
}
