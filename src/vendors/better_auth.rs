//! better-auth's cookies (contract: better-auth, section 4) and its rules about origins (section 8).

use crate::{
    domain::{secret::Key, settings::Settings},
    lanes::{In, Owner, SessionToken},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::fmt::Write as _;

/// `base64(HMAC-SHA256)` is always this long and ends in `=`.
const SIGNATURE_LEN: usize = 44;
/// `Max-Age` of the session cookie in seconds: `expiresIn`.
const SESSION_MAX_AGE_S: i64 = crate::domain::account::SESSION_MS / 1000;

/// The cookies that are read and set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The signed session token.
    SessionToken,
    /// The cookie cache, which we do not write but clear.
    SessionData,
    /// Present when the user does not want to be remembered.
    DontRemember,
}

impl Cookie {
    fn name(self, settings: &Settings) -> String {
        let name = match self {
            Self::SessionToken => "better-auth.session_token",
            Self::SessionData => "better-auth.session_data",
            Self::DontRemember => "better-auth.dont_remember",
        };
        if settings.is_https() { format!("__Secure-{name}") } else { name.to_owned() }
    }
}

/// The raw value of the first cookie of that name, without surrounding double quotes.
fn raw<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let value = header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })?;
    Some(value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value))
}

/// True if the request carries the cookie, whatever its value.
#[must_use]
pub fn is_present(settings: &Settings, header: &str, cookie: Cookie) -> bool {
    raw(header, &cookie.name(settings)).is_some()
}

/// Reads a signed cookie. Any failure means "no cookie" (section 4.2).
fn signed(settings: &Settings, header: &str, cookie: Cookie) -> Option<String> {
    let value = raw(header, &cookie.name(settings))?;
    let value = if value.contains('%') { percent_decode(value).unwrap_or_else(|| value.to_owned()) } else { value.to_owned() };
    let dot = value.rfind('.').filter(|dot| *dot > 0)?;
    let (token, signature) = (value.get(..dot)?, value.get(dot + 1..)?);
    if signature.len() != SIGNATURE_LEN || !signature.ends_with('=') {
        return None;
    }
    let signature = STANDARD.decode(signature).ok()?;
    settings.auth_key.verifies(&[token.as_bytes()], &signature).then(|| token.to_owned())
}

/// The session token of a validly signed cookie. Whether there is such a session, only the database knows.
#[must_use]
pub fn session_token(settings: &Settings, header: &str) -> Option<SessionToken> {
    signed(settings, header, Cookie::SessionToken).map(SessionToken::new)
}

/// True if the user did not want to be remembered.
#[must_use]
pub fn dont_remember(settings: &Settings, header: &str) -> bool {
    signed(settings, header, Cookie::DontRemember).is_some_and(|value| value == "true")
}

/// `Set-Cookie` for a session; without `Max-Age` if it shall end with the browser.
#[must_use]
pub fn set_session(settings: &Settings, token: &In<Owner, SessionToken>, remember: bool) -> String {
    set(settings, Cookie::SessionToken, &sign(&settings.auth_key, token.text()), remember.then_some(SESSION_MAX_AGE_S))
}

/// `Set-Cookie` that remembers not to remember.
#[must_use]
pub fn set_dont_remember(settings: &Settings) -> String {
    set(settings, Cookie::DontRemember, &sign(&settings.auth_key, "true"), None)
}

/// `Set-Cookie` that clears a cookie.
#[must_use]
pub fn clear(settings: &Settings, cookie: Cookie) -> String {
    set(settings, cookie, "", Some(0))
}

/// The cookies that are cleared when a session ends, in better-auth's order; the cache once more if the request carried it.
#[must_use]
pub fn clear_all(settings: &Settings, header: &str) -> Vec<String> {
    let mut cleared = vec![clear(settings, Cookie::SessionToken), clear(settings, Cookie::SessionData)];
    if is_present(settings, header, Cookie::SessionData) {
        cleared.push(clear(settings, Cookie::SessionData));
    }
    cleared.push(clear(settings, Cookie::DontRemember));
    cleared
}

fn sign(key: &Key, value: &str) -> String {
    percent_encode(&format!("{value}.{}", STANDARD.encode(key.mac(&[value.as_bytes()]))))
}

fn set(settings: &Settings, cookie: Cookie, value: &str, max_age: Option<i64>) -> String {
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if settings.is_https() { "; Secure" } else { "" };
    format!("{}={value}{max_age}; Path=/; HttpOnly{secure}; SameSite=Lax", cookie.name(settings))
}

/// JavaScript's `encodeURIComponent`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// JavaScript's `decodeURIComponent`; none where that would throw.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let (hex, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(core::str::from_utf8(hex).ok().filter(|hex| !hex.starts_with('+'))?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Why an origin is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginError {
    /// No `Origin` and no `Referer`, or `null`.
    Missing,
    /// Another origin than ours.
    Untrusted,
}

/// Judges `Origin`, or else `Referer`, against our own origin: scheme, host and port must match (section 8).
pub fn check_origin(settings: &Settings, origin: Option<&str>, referer: Option<&str>) -> Result<(), OriginError> {
    let ours = settings.public_origin.as_str();
    let trusted = match (origin.filter(|text| !text.is_empty()), referer.filter(|text| !text.is_empty())) {
        (Some("null"), _) | (None, None) => return Err(OriginError::Missing),
        (Some(origin), _) => origin == ours,
        (None, Some(referer)) => referer.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])),
    };
    if trusted { Ok(()) } else { Err(OriginError::Untrusted) }
}

/// True if a redirect target is ours: an absolute address of our origin, or a path that no browser reads as another host (section 8).
#[must_use]
pub fn is_trusted_target(settings: &Settings, target: &str) -> bool {
    if target.chars().any(char::is_control) {
        return false;
    }
    if let Some(rest) = target.strip_prefix(&settings.public_origin) {
        return rest.is_empty() || rest.starts_with(['/', '?', '#']);
    }
    let path = target.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    target.starts_with('/') && !target.starts_with("//") && !target.contains('\\') && !path.contains("%2f") && !path.contains("%5c")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::tests::example;

    fn settings() -> Settings {
        Settings::read(example).unwrap()
    }

    /// The recorded exchange "sign-up" of the contract; its secret is that of the recorder.
    #[test]
    fn cookie_round_trip() {
        let settings = settings();
        let token = SessionToken::new("nXnl2pkaWoZ1ckzyc8OLuK0LktGBcSbH");
        let cookie = set_session(&settings, &In::new(token.clone()), true);
        assert!(cookie.starts_with("better-auth.session_token=nXnl2pkaWoZ1ckzyc8OLuK0LktGBcSbH."));
        assert!(cookie.ends_with("%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let header = format!("a=b; {}; c=d", cookie.split(';').next().unwrap());
        assert_eq!(session_token(&settings, &header), Some(token));
        let swapped = header.replace("nXnl2", "nXnl3");
        assert_eq!(session_token(&settings, &swapped), None);
    }

    #[test]
    fn unreadable_cookies_are_none() {
        let settings = settings();
        for header in [
            "",
            "better-auth.session_token",
            "better-auth.session_token=",
            "better-auth.session_token=.x",
            "better-auth.session_token=%zz.%",
            "better-auth.session_token=a.b=c",
            "better-auth.session_token=\"",
            "=;=;;",
            "better-auth.session_token=é%FF.======",
        ] {
            assert_eq!(session_token(&settings, header), None, "{header}");
        }
    }

    #[test]
    fn targets_of_the_contract() {
        let settings = settings();
        for good in ["/", "/home", "/a?x=%2F", "http://studio.test", "http://studio.test/x"] {
            assert!(is_trusted_target(&settings, good), "{good}");
        }
        for evil in [
            "//evil",
            "/\\evil",
            "evil",
            "javascript:alert(1)",
            "data:x",
            "/%2f/evil",
            "/%5Cevil",
            "http://studio.test.evil/",
            "http://studio.test@evil/",
            "https://studio.test/",
            "/\tx",
            "http://studio.test/\r\nx: y",
            "\\/x",
        ] {
            assert!(!is_trusted_target(&settings, evil), "{evil}");
        }
    }

    #[test]
    fn origins() {
        let settings = settings();
        assert_eq!(check_origin(&settings, Some("http://studio.test"), None), Ok(()));
        assert_eq!(check_origin(&settings, None, Some("http://studio.test/page?x")), Ok(()));
        assert_eq!(check_origin(&settings, Some("https://studio.test"), None), Err(OriginError::Untrusted));
        assert_eq!(check_origin(&settings, None, Some("http://studio.test.evil/")), Err(OriginError::Untrusted));
        assert_eq!(check_origin(&settings, None, None), Err(OriginError::Missing));
        assert_eq!(check_origin(&settings, Some("null"), Some("http://studio.test/")), Err(OriginError::Missing));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}") {
            let _ = session_token(&settings(), &header);
            let _ = session_token(&settings(), &format!("better-auth.session_token={header}"));
        }
    }
}
