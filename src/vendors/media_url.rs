//! Media addresses: `/media/{key}?exp={unix seconds}&sig={base64url}`. The signature covers the key and the end of validity.

use crate::domain::{
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

/// How long an address lives that others are given, in milliseconds, at most: so long does a link that is taken back still show what it showed.
pub const SHARED_MS: i64 = HOUR_MS;

/// Signs an address for `key` for whoever has a link that ends at `until`: good for half of [`SHARED_MS`] at least, but never longer than the link.
#[must_use]
pub fn shared(signing: &Keys, now: Timestamp, key: &str, until: Timestamp) -> String {
    let step = SHARED_MS / 2;
    let end = Timestamp::from_ms((now.ms().div_euclid(step) + 2) * step).min(until).seconds();
    format!("/media/{key}?exp={end}&sig={}", sign(signing, key, &end.to_string()))
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

/// Verifies an address. Gives the seconds for which it is still good; none if it was changed, has ended, or ends later than any
/// address that we make. The query has to be exactly as we wrote it: nothing added, doubled or in another order.
#[must_use]
pub fn verify(signing: &Keys, now: Timestamp, key: &str, query: &str) -> Option<i64> {
    let (exp, sig) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    if exp.is_empty() || !exp.bytes().all(|byte| byte.is_ascii_digit()) || !signing.verifies_text(&[key.as_bytes(), b"\n", exp.as_bytes()], sig) {
        return None;
    }
    let left = exp.parse::<i64>().ok()?.checked_sub(now.seconds())?;
    (1..=LIFE_MS_MAX / 1000).contains(&left).then_some(left)
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
        let left = |until| verify(&signing, now, "gen/0", shared(&signing, now, "gen/0", until).split_once('?').unwrap().1);
        assert_eq!(left(now.plus_ms(HOUR_MS * 24)), Some(53 * 60));
        assert_eq!(left(now.plus_ms(60_000)), Some(60));
        assert_eq!(left(now), None);
    }

    #[test]
    fn every_change_is_noticed() {
        let signing = Keys::new(crate::domain::secret::Key::new("media"), vec![]);
        let now = Timestamp::from_ms(1_767_225_600_000);
        let made = path(&signing, now, "gen/0");
        let query = made.split_once('?').unwrap().1;
        let left = verify(&signing, now, "gen/0", query).unwrap();
        assert!((6 * 3600..=12 * 3600).contains(&left));
        assert_eq!(verify(&signing, now, "gen/1", query), None);
        assert_eq!(verify(&signing, now.plus_ms(left * 1000), "gen/0", query), None);
        assert_eq!(verify(&signing, now.plus_ms(left * 1000 - 1000), "gen/0", query), Some(1));
        for i in 0..query.len() {
            let mut changed = query.as_bytes().to_vec();
            changed[i] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert_eq!(verify(&signing, now, "gen/0", &changed), None, "{changed}");
        }
        for changed in [format!("{query}&x=1"), format!("x=1&{query}"), String::new(), "exp=-1&sig=".to_owned(), query.replace("exp=", "exp=0")] {
            assert_eq!(verify(&signing, now, "gen/0", &changed), None, "{changed}");
        }
        let forever = format!("exp=9999999999&sig={}", sign(&signing, "gen/0", "9999999999"));
        assert_eq!(verify(&signing, now, "gen/0", &forever), None);
    }
}
