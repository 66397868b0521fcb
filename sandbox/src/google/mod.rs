//! Sign-in with Google as a state machine: authorization with a page to choose a person, codes with PKCE, tokens, keys,
//! userinfo. Pure and synchronous: time is an argument (milliseconds since the Unix epoch), chance comes from a seed.
//! Sources: the vendor's pages on `OpenID` Connect and its client library, RFC 6749, RFC 7636.
//!
//! It is as strict as the vendor: one client, its secret, registered addresses compared letter by letter, codes that are
//! good once and for ten minutes. PKCE with S256 is demanded, which the vendor only recommends.

mod authorize;
mod forgery;
mod keys;
mod outage;
mod page;
mod people;
#[cfg(test)]
mod tests;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use forgery::Forgery;
pub use keys::Which;
pub use outage::Outage;
pub use people::Person;

use crate::{
    dice::{Dice, hash},
    exchange::{Making, Request, Response, query},
    picture::{Format, Order, render},
};
use keys::Keyring;
use people::People;
use token::{Grant, Session};

/// Who issues, whatever the address of this machine.
pub const ISSUER: &str = "https://accounts.google.com";

/// The vendor lets keys be kept for hours.
const KEYS_CACHE: &str = "public, max-age=19845, must-revalidate, no-transform";
/// Pixels of a portrait's side, as in the vendor's `=s96-c`.
const PORTRAIT_SIDE: u32 = 96;

/// What the machine is told at its construction.
#[derive(Debug, Clone)]
pub struct Config {
    /// The only client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where people may be sent back to; compared letter by letter.
    pub redirect_uris: Vec<String>,
    /// Where the vendor is, without a slash at the end: `http://127.0.0.1:9000/google`.
    pub base_url: String,
    /// Every code and token comes from it.
    pub seed: u64,
}

/// The vendor.
#[derive(Debug)]
pub struct Google {
    config: Config,
    path: String,
    dice: Dice,
    keys: Keyring,
    people: People,
    outage: Outage,
    forgery: Option<Forgery>,
    codes: BTreeMap<String, Grant>,
    sessions: BTreeMap<String, Session>,
    refreshes: BTreeMap<String, Session>,
    /// Whose consent brought a refresh token already.
    consented: BTreeSet<String>,
}

impl Google {
    /// A vendor with one client and a few people.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            path: crate::exchange::path_of(&config.base_url),
            dice: Dice::new(config.seed),
            keys: Keyring::default(),
            people: People::ready(),
            outage: Outage::Up,
            forgery: None,
            codes: BTreeMap::new(),
            sessions: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            consented: BTreeSet::new(),
            config,
        }
    }

    /// Answers a request of a browser or of the client.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        self.begin(now_ms, request).finish()
    }

    /// The same, but a portrait is still to be drawn with [`Response::finish`].
    pub(crate) fn begin(&mut self, now_ms: i64, request: &Request) -> Response {
        let (path, query_text) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let Some(path) = path.strip_prefix(&self.path) else {
            return not_found();
        };
        if let Some(instead) = self.broken(path) {
            return instead;
        }
        let response = match (request.method.as_str(), path) {
            ("GET" | "POST", "/o/oauth2/v2/auth") => self.authorize(now_ms, request, query_text),
            ("POST", "/token") => self.token(now_ms, request),
            ("POST", "/revoke") => self.revoke(request),
            ("GET", "/oauth2/v3/certs") => Response::json(200, &self.keys.json()).with("cache-control", KEYS_CACHE),
            ("GET", "/v1/userinfo") => self.userinfo(now_ms, request),
            ("GET", "/.well-known/openid-configuration") => Response::json(200, &self.discovery()).with("cache-control", "public, max-age=3600"),
            ("GET", _) => path.strip_prefix("/pictures/").map_or_else(not_found, portrait),
            _ => not_found(),
        };
        self.late(path, response)
    }

    /// The next pair of keys; the one that signed is gone from the published keys. After two rotations, keys that were
    /// fetched before know none of those that sign.
    pub fn rotate(&mut self) -> Value {
        self.keys.rotate();
        json!({"current": self.keys.signer(Which::Current).kid, "next": self.keys.signer(Which::Next).kid})
    }

    /// Makes a person known, or known differently.
    pub fn meet(&mut self, person: Person) {
        self.people.keep(person);
    }

    /// The person of an address, made when nobody has it yet; `None` when the text is no address.
    pub fn person(&mut self, email: &str) -> Option<Person> {
        self.people.of(email)
    }

    /// Breaks or mends the vendor.
    pub const fn outage(&mut self, outage: Outage) {
        self.outage = outage;
    }

    fn discovery(&self) -> Value {
        let base = &self.config.base_url;
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{base}/o/oauth2/v2/auth"),
            "token_endpoint": format!("{base}/token"),
            "userinfo_endpoint": format!("{base}/v1/userinfo"),
            "revocation_endpoint": format!("{base}/revoke"),
            "jwks_uri": format!("{base}/oauth2/v3/certs"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported":
                ["aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub"],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
        })
    }

    fn userinfo(&self, now_ms: i64, request: &Request) -> Response {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match token.and_then(|token| self.sessions.get(token)).filter(|session| now_ms < session.expires_ms) {
            Some(session) => Response::json(200, &Value::Object(session.person.claims(&session.scopes, &self.config.base_url))),
            None => Response::json(401, &json!({"error": "invalid_request", "error_description": "Invalid Credentials"}))
                .with("www-authenticate", r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#),
        }
    }
}

fn not_found() -> Response {
    Response::broken(404)
}

/// The same person always looks the same.
fn portrait(sub: &str) -> Response {
    if sub.is_empty() || !sub.bytes().all(|byte| byte.is_ascii_digit()) {
        return not_found();
    }
    let seed = hash(sub);
    let making = Making::new(move || {
        let (width, height) = (PORTRAIT_SIDE, PORTRAIT_SIDE);
        render(&Order { prompt: "abstract portrait", seed, width, height, format: Format::Png, quality: 80 })
    });
    let response = Response::bytes(200, "image/png", Vec::new()).with("cache-control", "public, max-age=86400");
    Response { making: Some(Box::new(making)), ..response }
}

/// A value among parameters.
fn value<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// The fields of a form, if it is one.
fn form(request: &Request) -> Option<Vec<(String, String)>> {
    let kind = request.header("content-type")?;
    let is_form = kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    is_form.then(|| query(&String::from_utf8_lossy(&request.body)))
}
