//! Media addresses: `/media/{key}?exp={unix seconds}[&w={width}]&sig={base64url}[&plain]`. The signature covers the key, the end of validity and the width, so that an
//! address names one object. `plain` is not covered: whoever may have a picture may have it without what it says of itself.

use crate::domain::{
    picture::size,
    secret::Keys,
    time::{HOUR_MS, Timestamp},
};

/// Addresses are made to end on multiples of this: the same picture keeps the same address (and the browser its copy) for hours.
const STEP_MS: i64 = 6 * HOUR_MS;
/// The longest that an address is ever accepted for, in milliseconds: caches must forget within a day (promise `keep.cdn`).
pub const LIFE_MS_MAX: i64 = 24 * HOUR_MS;

/// Signs an address for `key`, good for 6 to 12 hours.
#[must_use]
pub fn path(signing: &Keys, now: Timestamp, key: &str) -> String {
    let end = Timestamp::from_ms((now.ms().div_euclid(STEP_MS) + 2) * STEP_MS).seconds();
    format!("/media/{key}?exp={end}&sig={}", sign(signing, key, &end.to_string()))
}

/// Signs an address for a small copy of what stands under `key`, good for 6 to 12 hours.
#[must_use]
pub fn sized(signing: &Keys, now: Timestamp, key: &str, width: u32) -> String {
    let end = Timestamp::from_ms((now.ms().div_euclid(STEP_MS) + 2) * STEP_MS).seconds().to_string();
    format!("/media/{key}?exp={end}&w={width}&sig={}", signing.sign(&sized_parts(key, &end, &width.to_string())))
}

/// How long an address lives that others are given, in milliseconds, at most: so long does a link that is taken back still show what it showed.
pub const SHARED_MS: i64 = HOUR_MS;

/// In place of a width: the picture without what it says of itself, and never with it.
const PLAIN: &str = "plain";

/// Signs an address for `key` for whoever has a link that ends at `until`: good for half of [`SHARED_MS`] at least, but never longer than the link. Where the link does
/// not tell how the picture was made, its file does not either: that is part of what is signed.
#[must_use]
pub fn shared(signing: &Keys, now: Timestamp, key: &str, until: Timestamp, with_recipe: bool) -> String {
    let step = SHARED_MS / 2;
    let end = Timestamp::from_ms((now.ms().div_euclid(step) + 2) * step).min(until).seconds().to_string();
    if with_recipe {
        return format!("/media/{key}?exp={end}&sig={}", sign(signing, key, &end));
    }
    format!("/media/{key}?exp={end}&w={PLAIN}&sig={}", signing.sign(&sized_parts(key, &end, PLAIN)))
}

/// How long a model host can fetch a source, in milliseconds: longer than any run takes.
const BRIEF_MS: i64 = 2 * HOUR_MS;

/// Signs an address for `key` that a model host can fetch while it works.
#[must_use]
pub fn brief(signing: &Keys, now: Timestamp, key: &str) -> String {
    let end = now.plus_ms(BRIEF_MS).seconds();
    format!("/media/{key}?exp={end}&sig={}", sign(signing, key, &end.to_string()))
}

/// A text without addresses of media of ours: a host that could not fetch a source repeats where it looked, and the signature with it.
#[must_use]
pub fn without_addresses(text: &str, origin: &str) -> String {
    let ours = format!("{origin}/media/");
    let mut parts = text.split(&ours);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |said, rest| {
        let end = rest.find(|char: char| char.is_whitespace() || matches!(char, '"' | '\'' | ')' | '>' | ',')).unwrap_or(rest.len());
        let rest = rest.get(end..).unwrap_or_default();
        format!("{said}the picture{rest}")
    })
}

fn sign(signing: &Keys, key: &str, exp: &str) -> String {
    signing.sign(&[key.as_bytes(), b"\n", exp.as_bytes()])
}

/// The parts of a small copy's signature. No key and no number holds a line's end, so that no two addresses have the same.
fn sized_parts<'a>(key: &'a str, exp: &'a str, width: &'a str) -> [&'a [u8]; 5] {
    [key.as_bytes(), b"\n", exp.as_bytes(), b"\n", width.as_bytes()]
}

/// What an address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The seconds for which it is still good.
    pub left: i64,
    /// The width of a small copy.
    pub width: Option<u32>,
    /// True if the picture is wanted without what it says of itself.
    pub plain: bool,
}

/// Verifies an address; none if it was changed, has ended, or ends later than any address that we make. The query has to be exactly as we wrote it, but
/// for `&plain` at its end: nothing else added, doubled or in another order.
#[must_use]
pub fn verify(signing: &Keys, now: Timestamp, key: &str, query: &str) -> Option<Address> {
    let (said, sig) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    let (sig, plain) = sig.strip_suffix("&plain").map_or((sig, false), |sig| (sig, true));
    let (exp, width) = said.split_once("&w=").map_or((said, None), |(exp, width)| (exp, Some(width)));
    if exp.is_empty() || !exp.bytes().all(|byte| byte.is_ascii_digit()) || plain && width.is_some() {
        return None;
    }
    let is_ours = match width {
        Some(width) => signing.verifies_text(&sized_parts(key, exp, width), sig),
        None => signing.verifies_text(&[key.as_bytes(), b"\n", exp.as_bytes()], sig),
    };
    let left = exp.parse::<i64>().ok()?.checked_sub(now.seconds())?;
    let (width, plain) = match width {
        Some(PLAIN) => (None, true),
        Some(width) => (Some(size::width(width)?), plain),
        None => (None, plain),
    };
    (is_ours && (1..=LIFE_MS_MAX / 1000).contains(&left)).then_some(Address { left, width, plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_says_holds_no_address() {
        let said = "Failed to download https://a.test/media/upload/x?exp=1&sig=y: no answer, nor \"https://a.test/media/z?exp=2&sig=w\".";
        assert_eq!(without_addresses(said, "https://a.test"), "Failed to download the picture no answer, nor \"the picture\".");
        assert_eq!(without_addresses("https://b.test/media/x", "https://a.test"), "https://b.test/media/x");
    }

    #[test]
    fn what_others_get_ends_with_the_link() {
        let signing = Keys::new(crate::domain::secret::Key::new("media"), vec![]);
        let now = Timestamp::from_ms(1_767_225_600_000 + 7 * 60_000);
        let address = |until, with_recipe| shared(&signing, now, "gen/0", until, with_recipe).split_once('?').unwrap().1.to_owned();
        let read = |query: &str| verify(&signing, now, "gen/0", query);
        for with_recipe in [true, false] {
            let left = |until| read(&address(until, with_recipe)).map(|address| address.left);
            assert_eq!(left(now.plus_ms(HOUR_MS * 24)), Some(53 * 60));
            assert_eq!(left(now.plus_ms(60_000)), Some(60));
            assert_eq!(left(now), None);
        }
        let hidden = address(now.plus_ms(HOUR_MS), false);
        assert!(read(&hidden).unwrap().plain);
        // Nobody makes of it an address that tells how the picture was made.
        assert_eq!(read(&hidden.replace("&w=plain", "")), None);
        assert_eq!(read(&hidden.replace("&w=plain", "&w=640")), None);
    }

    #[test]
    fn every_change_is_noticed() {
        let signing = Keys::new(crate::domain::secret::Key::new("media"), vec![]);
        let now = Timestamp::from_ms(1_767_225_600_000);
        let made = path(&signing, now, "gen/0");
        let query = made.split_once('?').unwrap().1;
        let address = verify(&signing, now, "gen/0", query).unwrap();
        assert_eq!((address.width, address.plain), (None, false));
        let left = address.left;
        let left_of = |now, query: &str| verify(&signing, now, "gen/0", query).map(|address| address.left);
        assert_eq!(verify(&signing, now, "gen/0", &format!("{query}&plain")), Some(Address { plain: true, ..address }));
        assert!((6 * 3600..=12 * 3600).contains(&left));
        assert_eq!(verify(&signing, now, "gen/1", query), None);
        assert_eq!(verify(&signing, now.plus_ms(left * 1000), "gen/0", query), None);
        assert_eq!(left_of(now.plus_ms(left * 1000 - 1000), query), Some(1));
        for i in 0..query.len() {
            let mut changed = query.as_bytes().to_vec();
            changed[i] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert_eq!(verify(&signing, now, "gen/0", &changed), None, "{changed}");
        }
        for changed in [format!("{query}&x=1"), format!("x=1&{query}"), String::new(), "exp=-1&sig=".to_owned(), query.replace("exp=", "exp=0")] {
            assert_eq!(verify(&signing, now, "gen/0", &changed), None, "{changed}");
        }
        for changed in ["&plain&plain", "&plain=1", "&w=320", "&plain&w=320"] {
            assert_eq!(left_of(now, &format!("{query}{changed}")), None, "{changed}");
        }
        let forever = format!("exp=9999999999&sig={}", sign(&signing, "gen/0", "9999999999"));
        assert_eq!(verify(&signing, now, "gen/0", &forever), None);
    }

    #[test]
    fn a_width_is_part_of_what_is_signed() {
        let signing = Keys::new(crate::domain::secret::Key::new("media"), vec![]);
        let now = Timestamp::from_ms(1_767_225_600_000);
        let made = sized(&signing, now, "gen/0", 640);
        let query = made.split_once('?').unwrap().1;
        assert_eq!(verify(&signing, now, "gen/0", query).unwrap().width, Some(640));
        for changed in [query.replace("w=640", "w=320"), query.replace("w=640", "w=0640"), query.replace("&w=640", ""), format!("{query}&plain")] {
            assert_eq!(verify(&signing, now, "gen/0", &changed), None, "{changed}");
        }
        assert_eq!(verify(&signing, now, "gen/1", query), None);
        // What stands under a copy's key is reached by its original alone.
        assert_eq!(verify(&signing, now, "size/640/gen/0", query), None);
        let odd = sized(&signing, now, "gen/0", 641);
        assert_eq!(verify(&signing, now, "gen/0", odd.split_once('?').unwrap().1), None, "no such width");
    }
}
