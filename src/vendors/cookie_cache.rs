//! better-auth's cookie cache, strategy `compact` (contract: better-auth, section 4.4): a signed copy of session and user in a cookie, so
//! that a request need not ask the database. And the rule by which a long cookie is cut into several (`cookies/session-store`).

use crate::{
    domain::{
        secret::{Key, Keys},
        time::Timestamp,
    },
    lanes::SessionToken,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use core::fmt;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The version of the cached data; better-auth's, if nothing is configured.
const VERSION: &str = "1";
/// The longest cookie with its name and its attributes, in bytes: a little less than the least that a browser takes.
const COOKIE_BYTES_MAX: usize = 4050;
/// More pieces than this are no cookie any more.
const CHUNKS_MAX: usize = 100;

/// What a valid cookie holds. It counts only if its token is that of the signed session cookie.
#[derive(Clone)]
pub struct Cached {
    /// The session, as the JSON that `get-session` answers with.
    pub session: Box<RawValue>,
    /// The user, likewise.
    pub user: Box<RawValue>,
    /// The session's token.
    pub session_token: SessionToken,
    /// When the session ends, as ISO text.
    pub session_expires_at: String,
    /// When the copy was made.
    pub updated_at: Timestamp,
    /// When the copy is worth nothing any more.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cached({:?} to {:?})", self.updated_at, self.expires_at)
    }
}

/// The JSON text that is signed: the payload with the end as its last key.
fn signed_text(payload: &str, expires_at: i64) -> Option<String> {
    Some(format!("{},\"expiresAt\":{expires_at}}}", payload.strip_suffix('}')?))
}

/// Writes the cookie's value. The texts are JSON objects in better-auth's own key order, escaped as `JSON.stringify` escapes.
#[must_use]
pub fn write(key: &Key, session_json: &str, user_json: &str, updated_at: Timestamp, expires_at: Timestamp) -> String {
    let (updated, ends) = (updated_at.ms(), expires_at.ms());
    let payload = format!("{{\"session\":{session_json},\"user\":{user_json},\"updatedAt\":{updated},\"version\":\"{VERSION}\"}}");
    let signature = key.sign(&[signed_text(&payload, ends).unwrap_or_default().as_bytes()]);
    URL_SAFE_NO_PAD.encode(format!("{{\"session\":{payload},\"expiresAt\":{ends},\"signature\":\"{signature}\"}}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outer<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    expires_at: i64,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    session: Box<RawValue>,
    user: Box<RawValue>,
    updated_at: i64,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    token: SessionToken,
    expires_at: String,
}

/// Reads a cookie's value: none if it is not signed, has ended, is of another version, or if the session has ended.
#[must_use]
pub fn read(keys: &Keys, value: &str, now: Timestamp) -> Option<Cached> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let outer: Outer<'_> = serde_json::from_str(&text).ok()?;
    // better-auth writes the parsed JSON anew and verifies that; for what it wrote itself this is the text as it came.
    let signed = signed_text(outer.session.get(), outer.expires_at)?;
    if !keys.verifies_text(&[signed.as_bytes()], &outer.signature) || outer.expires_at < now.ms() {
        return None;
    }
    let Payload { session, user, updated_at, version } = serde_json::from_str(outer.session.get()).ok()?;
    let Session { token, expires_at } = serde_json::from_str(session.get()).ok()?;
    // Dates of one form are ordered as their texts are.
    let in_form = expires_at.len() == now.iso().len() && expires_at.ends_with('Z');
    (version == VERSION && in_form && expires_at >= now.iso()).then_some(Cached {
        session,
        user,
        session_token: token,
        session_expires_at: expires_at,
        updated_at: Timestamp::from_ms(updated_at),
        expires_at: Timestamp::from_ms(outer.expires_at),
    })
}

/// Cuts a value into cookies, `attributes_len` bytes of attributes each: itself, or `name.0`, `name.1` … Nothing if it is too long for
/// any number of cookies: then there is no cache. The value has to be ASCII, as [`write`] makes it.
#[must_use]
pub fn chunks(name: &str, value: &str, attributes_len: usize) -> Vec<(String, String)> {
    // The longest name of a piece, and the sign between name and value.
    let overhead = name.len() + ".99=".len() + attributes_len;
    let size = COOKIE_BYTES_MAX.saturating_sub(overhead);
    if size == 0 || value.len().div_ceil(size) > CHUNKS_MAX {
        return Vec::new();
    }
    if value.len() <= size {
        return vec![(name.to_owned(), value.to_owned())];
    }
    let pieces = value.as_bytes().chunks(size).map(|piece| String::from_utf8_lossy(piece).into_owned());
    pieces.enumerate().map(|(i, piece)| (format!("{name}.{i}"), piece)).collect()
}

/// The pairs of a `Cookie` header, without white space and surrounding quotes.
fn pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        Some((name.trim(), value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value)))
    })
}

/// The number of a piece: plain decimal digits.
fn index(name: &str, of: &str) -> Option<u32> {
    let digits = of.strip_prefix(name)?.strip_prefix('.')?;
    digits.parse().ok().filter(|index: &u32| index.to_string() == digits)
}

/// Puts a value together again from a `Cookie` header: the whole cookie, or else its pieces in order.
#[must_use]
pub fn join(header: &str, name: &str) -> Option<String> {
    if let Some((_, whole)) = pairs(header).find(|(known, _)| *known == name).filter(|(_, value)| !value.is_empty()) {
        return Some(whole.to_owned());
    }
    let pieces: BTreeMap<u32, &str> = pairs(header).filter_map(|(known, value)| Some((index(name, known)?, value))).collect();
    (!pieces.is_empty()).then(|| pieces.into_values().collect())
}

/// The names under which a request carries the cookie, whole or in pieces: those that are to be cleared with it.
#[must_use]
pub fn carried(header: &str, name: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (known, _) in pairs(header) {
        if (known == name || index(name, known).is_some()) && !names.iter().any(|seen| seen == known) {
            names.push(known.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);
    const NAME: &str = "__Secure-better-auth.session_data";
    const ATTRIBUTES: &str = "; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax";
    const SESSION: &str = "{\"expiresAt\":\"2026-01-08T00:00:00.000Z\",\"token\":\"gCljK3q02QRI5ksNFdE0ZGnNowwgCZiv\",\
        \"createdAt\":\"2026-01-01T00:00:00.000Z\",\"updatedAt\":\"2026-01-01T00:00:00.000Z\",\"ipAddress\":\"\",\"userAgent\":\"UA/1 é\",\
        \"userId\":\"QpiDO46xXhP22NBcd47WXrLg3EcFRCDY\",\"id\":\"oMa62mJqd0ZUnyCadHMKxvmKGba0PGQ5\"}";
    const USER: &str = "{\"name\":\"Ada \\\"é\\\"\u{2028}</\\u0001\u{7f}\",\"email\":\"ada@example.com\",\"emailVerified\":false,\
        \"createdAt\":\"2026-01-01T00:00:00.000Z\",\"updatedAt\":\"2026-01-01T00:00:00.000Z\",\
        \"id\":\"QpiDO46xXhP22NBcd47WXrLg3EcFRCDY\"}";
    /// Set by better-auth 1.7.25 for a sign-up at `NOW`, with the secret of `keys`.
    const VALUE: &str = "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiZXhwaXJlc0F0IjoiMjAyNi0wMS0wOFQwMDowMDowMC4wMDBaIiwidG9rZW4iOiJnQ2xqSzNxMDJRUkk1a3NORmRF\
        MFpHbk5vd3dnQ1ppdiIsImNyZWF0ZWRBdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwWiIsInVwZGF0ZWRBdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAw\
        WiIsImlwQWRkcmVzcyI6IiIsInVzZXJBZ2VudCI6IlVBLzEgw6kiLCJ1c2VySWQiOiJRcGlETzQ2eFhoUDIyTkJjZDQ3V1hyTGczRWNGUkNEWSIsImlkIjoi\
        b01hNjJtSnFkMFpVbnlDYWRITUt4dm1LR2JhMFBHUTUifSwidXNlciI6eyJuYW1lIjoiQWRhIFwiw6lcIuKAqDwvXHUwMDAxfyIsImVtYWlsIjoiYWRhQGV4\
        YW1wbGUuY29tIiwiZW1haWxWZXJpZmllZCI6ZmFsc2UsImNyZWF0ZWRBdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwWiIsInVwZGF0ZWRBdCI6IjIwMjYt\
        MDEtMDFUMDA6MDA6MDAuMDAwWiIsImlkIjoiUXBpRE80NnhYaFAyMk5CY2Q0N1dYckxnM0VjRlJDRFkifSwidXBkYXRlZEF0IjoxNzY3MjI1NjAwMDAwLCJ2\
        ZXJzaW9uIjoiMSJ9LCJleHBpcmVzQXQiOjE3NjcyMjU5MDAwMDAsInNpZ25hdHVyZSI6IkNUNGJrRnBlNG45Qy1fMmJIdkRKOWk4UmVtSDRBX0tleVNVemR6\
        NHF5czAifQ";

    fn keys() -> Keys {
        Keys::new(Key::new("0123456789abcdef0123456789abcdef-Ä"), Vec::new())
    }

    fn ours(session: &str, expires_at: Timestamp) -> String {
        write(keys().first(), session, USER, NOW, expires_at)
    }

    #[test]
    fn as_better_auth_writes_it() {
        assert_eq!(ours(SESSION, NOW.plus_ms(300_000)), VALUE);
        let cached = read(&keys(), VALUE, NOW).unwrap();
        assert_eq!((cached.session.get(), cached.user.get()), (SESSION, USER));
        assert_eq!(cached.session_token, SessionToken::new("gCljK3q02QRI5ksNFdE0ZGnNowwgCZiv"));
        assert_eq!(cached.session_expires_at, "2026-01-08T00:00:00.000Z");
        assert_eq!((cached.updated_at, cached.expires_at), (NOW, NOW.plus_ms(300_000)));
        assert!(!format!("{cached:?}").contains("ada"));
    }

    #[test]
    fn it_ends() {
        assert!(read(&keys(), VALUE, NOW.plus_ms(300_000)).is_some());
        assert!(read(&keys(), VALUE, NOW.plus_ms(300_001)).is_none());
        let long = ours(SESSION, NOW.plus_ms(1_000_000_000));
        assert!(read(&keys(), &long, NOW.plus_ms(7 * 86_400_000)).is_some());
        assert!(read(&keys(), &long, NOW.plus_ms(7 * 86_400_000 + 1)).is_none());
    }

    #[test]
    fn what_is_not_ours_is_nothing() {
        let turned = Keys::new(Key::new("n".repeat(32)), vec![keys().first().clone()]);
        assert!(read(&turned, VALUE, NOW).is_some());
        assert!(read(&Keys::new(Key::new("n".repeat(32)), Vec::new()), VALUE, NOW).is_none());
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(VALUE).unwrap()).unwrap();
        for (from, to) in [
            ("\"emailVerified\":false", "\"emailVerified\":true"),
            ("1767225900000", "9767225900000"),
            ("\"version\":\"1\"", "\"version\":\"2\""),
            ("{\"session\":{\"session\"", "{\"session\":{ \"session\""),
            (",\"signature\":", ",\"x\":"),
        ] {
            assert!(text.contains(from));
            assert!(read(&keys(), &URL_SAFE_NO_PAD.encode(text.replace(from, to)), NOW).is_none(), "{to}");
        }
        for session in ["{}", "1", "[]", "{\"token\":\"t\"}", "{\"token\":\"t\",\"expiresAt\":\"never\"}", "{\"token\":\"t\",\"expiresAt\":9}"] {
            assert!(read(&keys(), &ours(session, NOW), NOW).is_none(), "{session}");
        }
        for value in ["", "e30", "bnVsbA", "*", &format!("{VALUE}=")] {
            assert!(read(&keys(), value, NOW).is_none(), "{value}");
        }
    }

    /// Measured with better-auth 1.7.25 and a name of 7000 characters: pieces of 4049, 4049 and 2311 bytes with name and attributes.
    #[test]
    fn pieces() {
        let piece = 4050 - NAME.len() - 4 - ATTRIBUTES.len();
        let long = "x".repeat(2 * piece + 2311 - NAME.len() - 3 - ATTRIBUTES.len());
        let cut = chunks(NAME, &long, ATTRIBUTES.len());
        let sizes: Vec<_> = cut.iter().map(|(name, value)| name.len() + 1 + value.len() + ATTRIBUTES.len()).collect();
        assert_eq!(sizes, [4049, 4049, 2311]);
        assert_eq!(cut[2].0, format!("{NAME}.2"));
        assert_eq!(chunks("n", "abc", 0), [("n".to_owned(), "abc".to_owned())]);
        assert_eq!(chunks(NAME, &"x".repeat(piece), ATTRIBUTES.len()).len(), 1);
        assert_eq!(chunks(NAME, &"x".repeat(piece + 1), ATTRIBUTES.len()).len(), 2);
        assert_eq!(chunks(NAME, &"x".repeat(piece * 100), ATTRIBUTES.len()).len(), 100);
        assert_eq!(chunks(NAME, &"x".repeat(piece * 100 + 1), ATTRIBUTES.len()), []);
        assert_eq!(chunks(NAME, "x", 5000), []);
    }

    #[test]
    fn headers() {
        assert_eq!(join("a=1; n=whole; n.0=x", "n").as_deref(), Some("whole"));
        assert_eq!(join("n=; n.10=c; n.2=b; n.0=\"a\"; n.x=y; n.01=z; nn.1=q", "n").as_deref(), Some("abc"));
        assert_eq!(join("m=1; n.a=2; n=", "n"), None);
        assert_eq!(carried("n=; x=1; n.1=a; n.1=b; n.00=c; N=d", "n"), ["n", "n.1"]);
        assert!(carried("", "n").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn cut_and_put_together(length in 0_usize..20_000, attributes in 0_usize..100) {
            let value: String = (0..length).map(|i| char::from(b'a' + u8::try_from(i % 26).unwrap())).collect();
            let header: Vec<_> = chunks(NAME, &value, attributes).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert!(header.iter().all(|cookie| cookie.len() + attributes <= COOKIE_BYTES_MAX));
            assert_eq!(join(&header.join("; "), NAME).unwrap_or_default(), value);
        }

        #[test]
        fn no_cookie_makes_it_panic(value in ".{0,80}") {
            assert!(read(&keys(), &value, NOW).is_none());
            assert!(read(&keys(), &URL_SAFE_NO_PAD.encode(&value), NOW).is_none());
            let _ = (join(&value, "n"), carried(&value, "n"));
        }
    }
}
