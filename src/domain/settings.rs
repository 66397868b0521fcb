//! The operator's configuration, read once per isolate. Credentials of the lanes are not in it: use cases hold no key of a vendor.

use super::secret::{Key, SECRET_CHARS_MIN};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The vendor's own address (contract: Replicate, section 1).
pub const REPLICATE_API_URL: &str = "https://api.replicate.com/v1";
/// Credits that a new account starts with, if the operator says nothing.
pub const STARTING_CREDITS: i64 = 50;

/// What the program has to know of its operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin at which browsers and webhooks reach us, without a trailing slash.
    pub public_origin: String,
    /// Signs session cookies as better-auth does.
    pub auth_key: Key,
    /// Signs media addresses.
    pub media_key: Key,
    /// Signs the addresses that model hosts call back.
    pub callback_key: Key,
    /// Verifies Replicate's webhooks.
    pub replicate_webhook_key: Key,
    /// Base address of Replicate's API.
    pub replicate_api_url: String,
    /// Credits that a new account starts with.
    pub starting_credits: i64,
}

/// A variable that is missing or of no use. The Worker answers 503 until it is mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct Misconfigured {
    /// The variable's name.
    pub variable: &'static str,
    /// What is wrong with it, without its value.
    pub reason: &'static str,
}

const fn bad(variable: &'static str, reason: &'static str) -> Misconfigured {
    Misconfigured { variable, reason }
}

impl Settings {
    /// Reads the settings through `variable`, which answers with the text of a variable, if it has one.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let required = |name: &'static str| variable(name).filter(|text| !text.is_empty()).ok_or(bad(name, "is missing"));
        let secret = |name: &'static str| {
            let text = required(name)?;
            if text.chars().count() < SECRET_CHARS_MIN { Err(bad(name, "is shorter than 32 characters")) } else { Ok(text) }
        };
        let public_origin = origin("BETTER_AUTH_URL", &required("BETTER_AUTH_URL")?)?;
        let media_key = Key::new(secret("MEDIA_SIGNING_SECRET")?);
        let replicate_api_url = variable("REPLICATE_API_URL").filter(|url| !url.is_empty());
        let replicate_api_url = replicate_api_url.unwrap_or_else(|| REPLICATE_API_URL.to_owned()).trim_end_matches('/').to_owned();
        origin("REPLICATE_API_URL", &replicate_api_url)?;
        let starting_credits = match variable("STARTING_CREDITS").filter(|text| !text.is_empty()) {
            None => STARTING_CREDITS,
            Some(text) => match text.parse() {
                Ok(credits @ 0..=1_000_000) => credits,
                Ok(_) | Err(_) => return Err(bad("STARTING_CREDITS", "is not a whole number from 0 to 1000000")),
            },
        };
        Ok(Self {
            public_origin,
            auth_key: Key::new(secret("BETTER_AUTH_SECRET")?),
            callback_key: media_key.derive("atelier:callback:1"),
            media_key: media_key.derive("atelier:media:1"),
            replicate_webhook_key: webhook_key(&secret("REPLICATE_WEBHOOK_SECRET")?)?,
            replicate_api_url,
            starting_credits,
        })
    }

    /// True if browsers reach us over TLS: cookies are then `Secure` and prefixed.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }

    /// True if a model host's file may be fetched from this address: https at the vendor's delivery hosts, never an address with
    /// credentials or a port (contract: Replicate, section 4). If the API itself is somewhere else (the sandbox), its origin too.
    #[must_use]
    pub fn may_fetch_output(&self, url: &str) -> bool {
        if self.replicate_api_url != REPLICATE_API_URL {
            let sandbox = origin("REPLICATE_API_URL", &self.replicate_api_url).unwrap_or_default();
            if url.strip_prefix(&sandbox).is_some_and(|rest| rest.starts_with('/')) {
                return true;
            }
        }
        let Some(rest) = url.strip_prefix("https://") else { return false };
        let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
        plain && (host == "replicate.delivery" || host.ends_with(".replicate.delivery"))
    }
}

/// `whsec_<base64>`, or the base64 alone (contract: Replicate, section 5).
fn webhook_key(text: &str) -> Result<Key, Misconfigured> {
    match STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)) {
        Ok(bytes) if bytes.len() >= 16 => Ok(Key::new(bytes)),
        Ok(_) => Err(bad("REPLICATE_WEBHOOK_SECRET", "holds fewer than 16 bytes")),
        Err(_) => Err(bad("REPLICATE_WEBHOOK_SECRET", "is not whsec_ followed by base64")),
    }
}

/// The scheme and host of an http(s) address.
fn origin(variable: &'static str, url: &str) -> Result<String, Misconfigured> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme));
    let scheme = scheme.ok_or(bad(variable, "is not an http(s) address"))?;
    let host = url.get(scheme.len()..).unwrap_or_default().split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains(['@', '\\', ' ']) { Err(bad(variable, "names no host")) } else { Ok(format!("{scheme}{host}")) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn example(name: &str) -> Option<String> {
        let text = match name {
            "BETTER_AUTH_URL" => "http://studio.test/",
            "BETTER_AUTH_SECRET" => "auth-secret-of-thirty-two-chars!!",
            "MEDIA_SIGNING_SECRET" => "media-secret-of-thirty-two-chars!",
            "REPLICATE_WEBHOOK_SECRET" => "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz",
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn a_missing_or_short_secret_is_refused() {
        assert!(Settings::read(example).is_ok());
        for name in ["BETTER_AUTH_URL", "BETTER_AUTH_SECRET", "MEDIA_SIGNING_SECRET", "REPLICATE_WEBHOOK_SECRET"] {
            for value in [None, Some(String::new()), Some("short".to_owned())] {
                let settings = Settings::read(|asked| if asked == name { value.clone() } else { example(asked) });
                assert_eq!(settings.unwrap_err().variable, name);
            }
        }
    }

    #[test]
    fn outputs_come_from_the_delivery_hosts_only() {
        let settings = Settings::read(example).unwrap();
        for good in ["https://replicate.delivery/a/b.webp", "https://pbxt.replicate.delivery/x"] {
            assert!(settings.may_fetch_output(good), "{good}");
        }
        for evil in [
            "http://replicate.delivery/a",
            "https://evil.example/replicate.delivery",
            "https://replicate.delivery.evil.example/",
            "https://evilreplicate.delivery/",
            "https://replicate.delivery@evil.example/",
            "https://replicate.delivery:8443/",
            "https://169.254.169.254/",
            "https://evil.example\\.replicate.delivery/",
            "file:///etc/passwd",
            "http://127.0.0.1:9000/x",
        ] {
            assert!(!settings.may_fetch_output(evil), "{evil}");
        }
        let sandbox = |name: &str| if name == "REPLICATE_API_URL" { Some("http://127.0.0.1:9000/replicate/v1".to_owned()) } else { example(name) };
        let settings = Settings::read(sandbox).unwrap();
        assert!(settings.may_fetch_output("http://127.0.0.1:9000/replicate/delivery/x"));
        assert!(!settings.may_fetch_output("http://127.0.0.1:90001/x"));
        assert!(!settings.may_fetch_output("http://127.0.0.1:9000@evil.example/x"));
    }
}
