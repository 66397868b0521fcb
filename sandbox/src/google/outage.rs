//! What can be wrong with the whole vendor.

use super::Google;
use crate::exchange::Response;

/// How the vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It answers.
    Up,
    /// Everything answers 503 with a page.
    Down,
    /// Tokens and keys come after this many milliseconds on the wall.
    Slow(u64),
    /// Tokens, keys and userinfo are 200 with a page instead of JSON.
    Garbage,
    /// Tokens come without an id token.
    NoIdToken,
    /// Every exchange is refused with `invalid_grant`.
    InvalidGrant,
    /// Tokens and keys answer 307 to `/google/elsewhere`, where nobody may send a secret.
    Redirect,
    /// The keys alone answer 503.
    KeysDown,
}

impl Outage {
    /// By the name of its mode in a control's body.
    #[must_use]
    pub fn named(name: &str, delay_ms: u64) -> Option<Self> {
        match name {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            "slow" => Some(Self::Slow(delay_ms)),
            "garbage" => Some(Self::Garbage),
            "no-id-token" => Some(Self::NoIdToken),
            "invalid-grant" => Some(Self::InvalidGrant),
            "redirect" => Some(Self::Redirect),
            "keys-down" => Some(Self::KeysDown),
            _ => None,
        }
    }
}

impl Google {
    /// What is answered instead, while something is wrong with that path.
    pub(super) fn broken(&self, path: &str) -> Option<Response> {
        let (token, keys) = (path == "/token", path == "/oauth2/v3/certs");
        match self.outage {
            Outage::Down => Some(Response::broken(503)),
            Outage::KeysDown if keys => Some(Response::broken(503)),
            Outage::Garbage if token || keys || path == "/v1/userinfo" => Some(Response::broken(200)),
            Outage::Redirect if token || keys => Some(Response::redirect(307, &format!("{}/elsewhere", self.config.base_url))),
            _ => None,
        }
    }

    pub(super) fn late(&self, path: &str, mut response: Response) -> Response {
        if let (Outage::Slow(delay_ms), "/token" | "/oauth2/v3/certs") = (self.outage, path) {
            response.delay_ms = delay_ms;
        }
        response
    }
}
