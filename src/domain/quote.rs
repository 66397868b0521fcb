//! A price that was told: signed, so that it holds for some minutes without being kept anywhere.

use super::{
    secret::{Keys, digest},
    time::{MINUTE_MS, Timestamp},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// How long a quote holds.
pub const QUOTE_MS: i64 = 15 * MINUTE_MS;
/// Longer than any quote of ours.
const QUOTE_CHARS_MAX: usize = 512;

/// A price for a kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The model's id.
    pub model: String,
    /// A digest of the inputs that the price depends on.
    pub inputs: String,
    /// In credits.
    pub price: i64,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Why a quote does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// We did not make it.
    Forged,
    /// It held once.
    Expired,
}

/// The digest of what a price depends on.
#[must_use]
pub fn inputs(outputs: i64, units: i64) -> String {
    digest(&[&outputs.to_be_bytes(), &units.to_be_bytes()])
}

/// The quote as its holder brings it back.
///
/// # Panics
/// Never: texts and numbers serialise.
#[must_use]
pub fn sign(keys: &Keys, quote: &Quote) -> String {
    let said = serde_json::to_vec(&(&quote.model, &quote.inputs, quote.price, quote.expires_at.ms())).expect("texts and numbers serialise");
    let said = URL_SAFE_NO_PAD.encode(said);
    let mac = keys.sign(&[said.as_bytes()]);
    format!("{said}.{mac}")
}

/// Reads a quote that came back: one that we made, with any of our keys, and that still holds.
pub fn read(keys: &Keys, text: &str, now: Timestamp) -> Result<Quote, Refused> {
    let quote = Some(text).filter(|text| text.len() <= QUOTE_CHARS_MAX).and_then(|text| made(keys, text)).ok_or(Refused::Forged)?;
    if now < quote.expires_at { Ok(quote) } else { Err(Refused::Expired) }
}

fn made(keys: &Keys, text: &str) -> Option<Quote> {
    let (said, mac) = text.split_once('.')?;
    let said = keys.verifies_text(&[said.as_bytes()], mac).then(|| URL_SAFE_NO_PAD.decode(said).ok())??;
    let (model, inputs, price, expires_ms): (String, String, i64, i64) = serde_json::from_slice(&said).ok()?;
    Some(Quote { model, inputs, price, expires_at: Timestamp::from_ms(expires_ms) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::{Key, digest};

    const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

    fn keys(secrets: &[&str]) -> Keys {
        let mut keys = secrets.iter().map(|secret| Key::new(*secret).derive("atelier:quote:1"));
        Keys::new(keys.next().unwrap(), keys.collect())
    }

    fn quote() -> Quote {
        Quote { model: "flux-dev".to_owned(), inputs: digest(&[b"outputs", b"4"]), price: 16, expires_at: NOW.plus_ms(QUOTE_MS) }
    }

    #[test]
    fn a_quote_holds_for_a_while() {
        let keys = keys(&["one"]);
        let text = sign(&keys, &quote());
        assert!(text.len() < QUOTE_CHARS_MAX / 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        assert_eq!(read(&keys, &text, NOW), Ok(quote()));
        assert_eq!(read(&keys, &text, NOW.plus_ms(QUOTE_MS - 1)), Ok(quote()));
        assert_eq!(read(&keys, &text, NOW.plus_ms(QUOTE_MS)), Err(Refused::Expired));
    }

    #[test]
    fn only_our_own_are_read() {
        let keys = keys(&["one"]);
        let text = sign(&keys, &quote());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(&keys, std::str::from_utf8(&bytes).unwrap(), NOW), Err(Refused::Forged), "{at}");
        }
        let (said, mac) = text.split_once('.').unwrap();
        let cheaper = URL_SAFE_NO_PAD.encode(r#"["flux-dev","",1,9999999999999]"#);
        for forged in ["", ".", said, mac, &format!("{cheaper}.{mac}"), &format!("{said}."), &format!("{text}."), &"x".repeat(100_000)] {
            assert_eq!(read(&keys, forged, NOW), Err(Refused::Forged), "{forged}");
        }
        // What we signed for something else is no quote.
        assert_eq!(read(&keys, &format!("e30.{}", keys.sign(&[b"e30"])), NOW), Err(Refused::Forged));
    }

    #[test]
    fn a_secret_can_be_changed() {
        let text = sign(&keys(&["old"]), &quote());
        assert_eq!(read(&keys(&["new", "old"]), &text, NOW), Ok(quote()));
        assert_eq!(read(&keys(&["new"]), &text, NOW), Err(Refused::Forged));
        assert_eq!(read(&keys(&["old"]), &sign(&keys(&["new", "old"]), &quote()), NOW), Err(Refused::Forged));
    }
}
