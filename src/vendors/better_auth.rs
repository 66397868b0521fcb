//! better-auth's cookies (contract: better-auth, section 4).

mod origins;

pub use origins::{OriginError, check_origin, is_trusted_target};

use super::cookie_cache;
use crate::{
    domain::{secret::Keys, settings::Settings},
    lanes::{In, Owner, SessionToken},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::fmt::Write as _;

/// `base64(HMAC-SHA256)` is always this long and ends in `=`.
const SIGNATURE_LEN: usize = 44;
/// `Max-Age` of the session cookie in seconds: `expiresIn`.
const SESSION_MAX_AGE_S: i64 = crate::domain::account::SESSION_MS / 1000;

/// `Max-Age` of the cookie cache in seconds.
const CACHE_MAX_AGE_S: i64 = crate::domain::account::CACHE_MS / 1000;
/// `Max-Age` of the state cookie in seconds.
const STATE_MAX_AGE_S: i64 = 300;

/// The cookies that are read and set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The signed session token.
    SessionToken,
    /// The cookie cache.
    SessionData,
    /// The signed state of a sign-in elsewhere.
    State,
    /// Present when the user does not want to be remembered.
    DontRemember,
}

impl Cookie {
    fn name(self, settings: &Settings) -> String {
        let name = match self {
            Self::SessionToken => "better-auth.session_token",
            Self::SessionData => "better-auth.session_data",
            Self::DontRemember => "better-auth.dont_remember",
            Self::State => "better-auth.state",
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
    settings.auth_keys.verifies(&[token.as_bytes()], &signature).then(|| token.to_owned())
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
    set(settings, Cookie::SessionToken, &sign(&settings.auth_keys, token.text()), remember.then_some(SESSION_MAX_AGE_S))
}

/// `Set-Cookie` that remembers not to remember.
#[must_use]
pub fn set_dont_remember(settings: &Settings) -> String {
    set(settings, Cookie::DontRemember, &sign(&settings.auth_keys, "true"), None)
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
    cleared.extend(clear_cache(settings, header));
    cleared.push(clear(settings, Cookie::DontRemember));
    cleared
}

/// `Set-Cookie` that clears the cache, or the pieces of it, that a request carries.
#[must_use]
pub fn clear_cache(settings: &Settings, header: &str) -> Vec<String> {
    let names = cookie_cache::carried(header, &Cookie::SessionData.name(settings));
    names.into_iter().map(|name| format!("{name}={}", attributes(settings, Some(0)))).collect()
}

/// `Set-Cookie` for the cache, in pieces if it is long.
#[must_use]
pub fn set_cache(settings: &Settings, value: &str, remember: bool) -> Vec<String> {
    let attributes = attributes(settings, remember.then_some(CACHE_MAX_AGE_S));
    let pieces = cookie_cache::chunks(&Cookie::SessionData.name(settings), value, attributes.len());
    pieces.into_iter().map(|(name, piece)| format!("{name}={piece}{attributes}")).collect()
}

/// The cache's value that a request carries.
#[must_use]
pub fn cache(settings: &Settings, header: &str) -> Option<String> {
    cookie_cache::join(header, &Cookie::SessionData.name(settings))
}

/// `Set-Cookie` for the state of a sign-in elsewhere.
#[must_use]
pub fn set_state(settings: &Settings, state: &str) -> String {
    set(settings, Cookie::State, &sign(&settings.auth_keys, state), Some(STATE_MAX_AGE_S))
}

/// The state of a validly signed cookie.
#[must_use]
pub fn state(settings: &Settings, header: &str) -> Option<String> {
    signed(settings, header, Cookie::State)
}

fn sign(keys: &Keys, value: &str) -> String {
    percent_encode(&format!("{value}.{}", STANDARD.encode(keys.mac(&[value.as_bytes()]))))
}

fn set(settings: &Settings, cookie: Cookie, value: &str, max_age: Option<i64>) -> String {
    format!("{}={value}{}", cookie.name(settings), attributes(settings, max_age))
}

fn attributes(settings: &Settings, max_age: Option<i64>) -> String {
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if settings.is_https() { "; Secure" } else { "" };
    format!("{max_age}; Path=/; HttpOnly{secure}; SameSite=Lax")
}

/// JavaScript's `encodeURIComponent`.
#[must_use]
pub fn percent_encode(text: &str) -> String {
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

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}") {
            let _ = session_token(&settings(), &header);
            let _ = session_token(&settings(), &format!("better-auth.session_token={header}"));
        }
    }
}
