//! Stripe's API, as far as the operator needs it. Source: contract Stripe, sections 1 to 3.

pub mod endpoint;
pub mod goods;
pub mod portal;
pub mod replay;
pub mod setup;

use std::thread::sleep;
use std::time::Duration;

use atelier::vendors::stripe::VERSION;
use form_urlencoded::Serializer;
use serde_json::Value;
use sha2::{Digest, Sha256};
use ureq::Agent;

use crate::error::Error;

/// The API of Stripe itself.
const API: &str = "https://api.stripe.com/v1";
/// The largest page of a list.
const PAGE: &str = "100";
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How often a request is sent at most, and the wait before the second time; it doubles.
const TRIES: u32 = 4;
const WAIT: Duration = Duration::from_millis(500);
/// How often something is made anew because what its idempotency key brought back is gone.
const LIVES: u32 = 20;

/// Parameters of a request, in order.
pub type Form = Vec<(String, String)>;

/// Parameters from names and values.
#[must_use]
pub fn form(pairs: &[(&str, &str)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A text at a place of an object; empty if there is none.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// SHA-256 of a path and parameters in hex: the same content always has the same.
#[must_use]
pub fn fingerprint(path: &str, parameters: &Form, n: u32) -> String {
    let mut hash = Sha256::new();
    for part in [path, &n.to_string()].into_iter().chain(parameters.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()])) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// An account at Stripe.
pub struct Stripe {
    agent: Agent,
    api: String,
    key: String,
    live: bool,
}

/// What came back.
struct Answer {
    status: u16,
    replayed: bool,
    body: Vec<u8>,
}

impl Stripe {
    /// The account of a secret key, at Stripe itself or at something that speaks like it.
    ///
    /// # Errors
    /// [`Error::Usage`] if the key is none.
    pub fn new(api: Option<&str>, key: &str) -> Result<Self, Error> {
        let key = key.trim();
        let live = key.starts_with("sk_live_") || key.starts_with("rk_live_");
        if !live && !key.starts_with("sk_test_") && !key.starts_with("rk_test_") {
            return Err(Error::Usage("STRIPE_SECRET_KEY is no secret key: it begins with sk_test_ or sk_live_ (or rk_)".to_owned()));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0) // a redirect would carry the key elsewhere
            .timeout_global(Some(ANSWER_WITHIN))
            .build()
            .into();
        Ok(Self { agent, api: api.unwrap_or(API).trim_end_matches('/').to_owned(), key: key.to_owned(), live })
    }

    /// Whether money is real.
    #[must_use]
    pub const fn live(&self) -> bool {
        self.live
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn get(&self, path: &str) -> Result<Value, Error> {
        self.parsed(path, &self.bytes(path)?)
    }

    /// Reads an object as the bytes that Stripe sent.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, Error> {
        let answer = self.send("GET", path, "", None)?;
        self.accepted("GET", path, answer).map(|answer| answer.body)
    }

    /// Reads a list to its end, newest first as Stripe has it.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn list(&self, path: &str, filters: &Form) -> Result<Vec<Value>, Error> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let mut query = Serializer::new(String::new());
            query.append_pair("limit", PAGE).extend_pairs(filters);
            if let Some(last) = all.last() {
                query.append_pair("starting_after", text(last, "/id"));
            }
            let mut page = self.get(&format!("{path}?{}", query.finish()))?;
            let more = page.get("has_more").and_then(Value::as_bool).unwrap_or(false);
            let Some(Value::Array(data)) = page.get_mut("data").map(Value::take) else {
                return Err(self.silent("a list without data"));
            };
            let empty = data.is_empty();
            all.extend(data);
            if !more || empty {
                return Ok(all);
            }
        }
    }

    /// Changes an object. To repeat it changes nothing more.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn update(&self, path: &str, parameters: &Form) -> Result<Value, Error> {
        let answer = self.send("POST", path, &encoded(parameters), None)?;
        let answer = self.accepted("POST", path, answer)?;
        self.parsed(path, &answer.body)
    }

    /// Makes an object, once: the idempotency key is made of what is asked for. `instead_of` tells apart what looks the same and was made before,
    /// to replace something else. If Stripe brings back what it made for that key within the last day, and it is gone meanwhile, it is made anew.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn create(&self, path: &str, parameters: &Form, instead_of: &str) -> Result<Value, Error> {
        let mut content = parameters.clone();
        content.push(("instead_of".to_owned(), instead_of.to_owned()));
        for n in 0..LIVES {
            let key = format!("setup-{}", fingerprint(path, &content, n));
            let answer = self.send("POST", path, &encoded(parameters), Some(&key))?;
            let answer = self.accepted("POST", path, answer)?;
            let made = self.parsed(path, &answer.body)?;
            if !answer.replayed || self.stands(path, text(&made, "/id"))? {
                return Ok(made);
            }
        }
        Err(self.silent("it brings back only what is gone"))
    }

    fn stands(&self, path: &str, id: &str) -> Result<bool, Error> {
        let answer = self.send("GET", &format!("{path}/{id}"), "", None)?;
        if answer.status == 404 {
            return Ok(false);
        }
        let object = self.parsed(path, &answer.body)?;
        let no = Some(&Value::Bool(false));
        Ok(answer.status == 200 && object.get("deleted").is_none() && object.get("active") != no)
    }

    fn send(&self, method: &str, path: &str, body: &str, key: Option<&str>) -> Result<Answer, Error> {
        let mut wait = WAIT;
        for n in 1..=TRIES {
            let answer = self.once(method, path, body, key);
            let again = match &answer {
                Ok(answer) => matches!(answer.status, 409 | 429 | 500..),
                Err(_) => true,
            };
            if !again || n == TRIES {
                return answer;
            }
            sleep(wait);
            wait *= 2;
        }
        Err(self.silent("it was never asked"))
    }

    fn once(&self, method: &str, path: &str, body: &str, key: Option<&str>) -> Result<Answer, Error> {
        let url = format!("{}{path}", self.api);
        let (bearer, failed) = (format!("Bearer {}", self.key), |error: ureq::Error| self.silent(&error.to_string()));
        let mut response = if method == "POST" {
            let request = self.agent.post(url).header("authorization", bearer).header("stripe-version", VERSION);
            let request = request.content_type("application/x-www-form-urlencoded");
            let request = if let Some(key) = key { request.header("idempotency-key", key) } else { request };
            request.send(body).map_err(failed)?
        } else {
            self.agent.get(url).header("authorization", bearer).header("stripe-version", VERSION).call().map_err(failed)?
        };
        let status = response.status().as_u16();
        let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value.as_bytes() == b"true");
        let body = response.body_mut().read_to_vec().map_err(failed)?;
        Ok(Answer { status, replayed, body })
    }

    fn accepted(&self, method: &str, path: &str, answer: Answer) -> Result<Answer, Error> {
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !told.get("error").is_some_and(Value::is_object) {
            return Err(self.silent(&format!("it answered {}", answer.status)));
        }
        let path = path.split('?').next().unwrap_or_default();
        let words = text(&told, "/error/message").trim_end_matches('.');
        Err(Error::Stripe { request: format!("{method} {path} ({})", answer.status), reason: words.to_owned() })
    }

    fn parsed(&self, path: &str, body: &[u8]) -> Result<Value, Error> {
        serde_json::from_slice(body).map_err(|_| self.silent(&format!("its answer to {} is not JSON", path.split('?').next().unwrap_or_default())))
    }

    fn silent(&self, reason: &str) -> Error {
        Error::Silent { who: "Stripe", url: self.api.clone(), reason: reason.to_owned() }
    }
}

fn encoded(parameters: &Form) -> String {
    Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_their_mode() {
        for (key, live) in [("sk_test_a", false), ("rk_test_a", false), ("sk_live_a", true), (" rk_live_a\n", true)] {
            assert_eq!(Stripe::new(None, key).map(|stripe| stripe.live()).ok(), Some(live), "{key}");
        }
        for key in ["", "pk_live_a", "whsec_a", "sk_"] {
            assert!(matches!(Stripe::new(None, key), Err(Error::Usage(_))), "{key}");
        }
    }

    #[test]
    fn fingerprints_follow_the_content() {
        let one = form(&[("name", "Studio"), ("x", "")]);
        assert_eq!(fingerprint("/products", &one, 0), fingerprint("/products", &one.clone(), 0));
        for (path, other, n) in [("/prices", &one, 0), ("/products", &form(&[("name", "Studiox"), ("", "")]), 0), ("/products", &one, 1)] {
            assert_ne!(fingerprint("/products", &one, 0), fingerprint(path, other, n));
        }
    }
}
