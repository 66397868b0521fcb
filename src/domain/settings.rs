//! The operator's configuration, read once per isolate. Credentials of the lanes are not in it: use cases hold no key of a vendor.

use super::{
    catalogue::{Model, Target},
    plans::Plans,
    secret::{Key, Keys, SECRET_CHARS_MIN},
};
use crate::{lanes::HOSTS, vendors::hosts::Access};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Stripe's own address (contract: Stripe, section 1).
pub const STRIPE_API_URL: &str = "https://api.stripe.com/v1";
/// Google's own address (contract: Google, section 1).
pub const GOOGLE_AUTH_URL: &str = "https://accounts.google.com/o/oauth2/v2/auth";
/// Credits that a new account starts with, if the operator says nothing.
pub const STARTING_CREDITS: i64 = 50;
/// The least age of a user in years, if the operator says nothing (promises: `policy.children`).
pub const MINIMUM_AGE: i64 = 16;

/// What the program has to know of its operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin at which browsers and webhooks reach us, without a trailing slash.
    pub public_origin: String,
    /// Further origins that may send requests with cookies and be redirected to: exact, or patterns with `*` and `?`.
    pub trusted_origins: Vec<String>,
    /// Signs session cookies as better-auth does.
    pub auth_keys: Keys,
    /// Names the counters of wrong passwords.
    pub counter_key: Key,
    /// Signs media addresses.
    pub media_keys: Keys,
    /// Signs the addresses that model hosts call back.
    pub callback_keys: Keys,
    /// Signs the addresses that take uploads.
    pub upload_keys: Keys,
    /// Signs quotes.
    pub quote_keys: Keys,
    /// Signs links by which others see a work.
    pub share_keys: Keys,
    /// Names customers and purchases towards Stripe.
    pub customer_key: Key,
    /// The model hosts that are configured, in the order of `lanes.rs`.
    pub hosts: Vec<ConfiguredHost>,
    /// Credits that a new account starts with.
    pub starting_credits: i64,
    /// The least age of a user in years.
    pub minimum_age: i64,
    /// Sign-in with Google, if it is configured.
    pub google: Option<Google>,
    /// The sender of mail as in its `From` line; none if no mail can be sent.
    pub mail_from: Option<String>,
    /// Stripe, if money is taken.
    pub stripe: Option<Stripe>,
    /// What is sold, and what each plan allows.
    pub plans: Plans,
    /// What is configured of better-auth.
    pub auth: AuthOptions,
    /// Cloudflare makes small copies of pictures (`IMAGE_RESIZING=cloudflare`); otherwise we do, once each.
    pub resizes_at_cloudflare: bool,
}

/// A model host that is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredHost {
    /// Its name.
    pub name: &'static str,
    /// Its base addresses, as many as its [`Access`] has.
    pub bases: Vec<String>,
    /// Verifies its messages, where they are signed with a secret.
    pub webhook_keys: Option<Keys>,
    /// Where its files are: these hosts and those below them.
    deliveries: &'static [&'static str],
    /// Origins of base addresses that are not the vendor's own (the sandbox): files may be there too.
    elsewhere: Vec<String>,
}

/// Stripe, if money is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripe {
    /// True if it is real money.
    pub live: bool,
    /// Verifies its messages: any of them, so that one can be rolled.
    pub webhook_keys: Keys,
    /// Base address of its API.
    pub api_url: String,
}

/// Sign-in with Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Google {
    /// Our id at Google.
    pub client_id: String,
    /// Where browsers are sent.
    pub auth_url: String,
}

/// better-auth's switches, with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one variable of the operator's")]
pub struct AuthOptions {
    /// Requests are counted (`AUTH_RATE_LIMIT`; better-auth counts in production only, so the default is whether we serve https).
    pub rate_limit: bool,
    /// A signed copy of the session stands in a cookie for five minutes (`AUTH_COOKIE_CACHE`).
    pub cookie_cache: bool,
    /// Links that sign in can be asked for by mail (`AUTH_MAGIC_LINK`).
    pub magic_link: bool,
    /// Deleting an account takes a link sent by mail (`AUTH_DELETE_VERIFICATION`).
    pub delete_verification: bool,
    /// A password reset ends every session (`AUTH_REVOKE_ON_RESET`).
    pub revoke_on_reset: bool,
    /// Signing in takes a proved address (`AUTH_REQUIRE_VERIFICATION`).
    pub require_verification: bool,
    /// The database holds hashes of session tokens (`AUTH_HASH_SESSIONS`), which better-auth cannot read.
    pub hash_sessions: bool,
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
        let optional = |name: &str| variable(name).filter(|text| !text.is_empty());
        let required = |name: &'static str| optional(name).ok_or(bad(name, "is missing"));
        let switch = |name: &'static str, default: bool| match optional(name).as_deref() {
            None => Ok(default),
            Some("1") => Ok(true),
            Some("0") => Ok(false),
            Some(_) => Err(bad(name, "is neither 1 nor 0")),
        };
        let number = |name: &'static str, default: i64, max: i64, reason: &'static str| match optional(name) {
            None => Ok(default),
            Some(text) => text.parse().ok().filter(|number| (0..=max).contains(number)).ok_or(bad(name, reason)),
        };
        let public_origin = origin("BETTER_AUTH_URL", &required("BETTER_AUTH_URL")?)?;
        let is_https = public_origin.starts_with("https://");
        let auth_keys = secrets("BETTER_AUTH_SECRET", &required("BETTER_AUTH_SECRET")?, |text| Ok(Key::new(text)))?;
        let media_keys = secrets("MEDIA_SIGNING_SECRET", &required("MEDIA_SIGNING_SECRET")?, |text| Ok(Key::new(text)))?;
        let mut hosts = Vec::new();
        for host in HOSTS {
            if optional(host.access().key).is_some() {
                hosts.push(ConfiguredHost::read(host.name(), host.access(), &optional)?);
            }
        }
        if hosts.is_empty() {
            return Err(bad(HOSTS.first().map_or("", |host| host.access().key), "is missing, and so is the key of every other model host"));
        }
        let google_auth_url = optional("GOOGLE_AUTH_URL").unwrap_or_else(|| GOOGLE_AUTH_URL.to_owned());
        origin("GOOGLE_AUTH_URL", &google_auth_url)?;
        let google = match (optional("GOOGLE_CLIENT_ID"), optional("GOOGLE_CLIENT_SECRET")) {
            (Some(client_id), Some(_)) => Some(Google { client_id, auth_url: google_auth_url }),
            (None, None) => None,
            (Some(_), None) => return Err(bad("GOOGLE_CLIENT_SECRET", "is missing, but there is a GOOGLE_CLIENT_ID")),
            (None, Some(_)) => return Err(bad("GOOGLE_CLIENT_ID", "is missing, but there is a GOOGLE_CLIENT_SECRET")),
        };
        let stripe = match (optional("STRIPE_SECRET_KEY"), optional("STRIPE_WEBHOOK_SECRET")) {
            (Some(key), Some(secret)) => {
                let api_url = optional("STRIPE_API_URL").unwrap_or_else(|| STRIPE_API_URL.to_owned()).trim_end_matches('/').to_owned();
                origin("STRIPE_API_URL", &api_url)?;
                Some(Stripe { live: is_live(&key)?, webhook_keys: secrets("STRIPE_WEBHOOK_SECRET", &secret, |text| Ok(Key::new(text)))?, api_url })
            }
            (None, None) => None,
            (Some(_), None) => return Err(bad("STRIPE_WEBHOOK_SECRET", "is missing, but there is a STRIPE_SECRET_KEY")),
            (None, Some(_)) => return Err(bad("STRIPE_SECRET_KEY", "is missing, but there is a STRIPE_WEBHOOK_SECRET")),
        };
        let plans = match optional("PLANS") {
            None => Plans::standard(),
            Some(json) => {
                Plans::parse(&json).map_err(|_| bad("PLANS", "is not what plans.json looks like (npm run stripe:setup says what is wrong)"))?
            }
        };
        let mail_from = match (optional("MAIL_API_KEY"), optional("MAIL_FROM")) {
            (Some(_), Some(from)) if from.contains('@') && !from.contains(char::is_control) => Some(from),
            (Some(_), Some(_)) => return Err(bad("MAIL_FROM", "is not an address like Studio <hello@example.com>")),
            (Some(_), None) => return Err(bad("MAIL_FROM", "is missing, but there is a MAIL_API_KEY")),
            (None, _) => None,
        };
        let auth = AuthOptions {
            rate_limit: switch("AUTH_RATE_LIMIT", is_https)?,
            cookie_cache: switch("AUTH_COOKIE_CACHE", false)?,
            magic_link: switch("AUTH_MAGIC_LINK", false)?,
            delete_verification: switch("AUTH_DELETE_VERIFICATION", false)?,
            revoke_on_reset: switch("AUTH_REVOKE_ON_RESET", false)?,
            require_verification: switch("AUTH_REQUIRE_VERIFICATION", false)?,
            hash_sessions: switch("AUTH_HASH_SESSIONS", false)?,
        };
        for (name, on) in [
            ("AUTH_MAGIC_LINK", auth.magic_link),
            ("AUTH_DELETE_VERIFICATION", auth.delete_verification),
            ("AUTH_REQUIRE_VERIFICATION", auth.require_verification),
        ] {
            if on && mail_from.is_none() {
                return Err(bad(name, "takes mail, but there is no MAIL_API_KEY"));
            }
        }
        Ok(Self {
            public_origin,
            trusted_origins: trusted(optional("TRUSTED_ORIGINS").as_deref().unwrap_or_default())?,
            counter_key: auth_keys.first().derive("atelier:counter:1"),
            auth_keys,
            callback_keys: media_keys.derive("atelier:callback:1"),
            upload_keys: media_keys.derive("atelier:upload:1"),
            quote_keys: media_keys.derive("atelier:quote:1"),
            share_keys: media_keys.derive("atelier:share:1"),
            customer_key: media_keys.first().derive("atelier:customer:1"),
            media_keys: media_keys.derive("atelier:media:1"),
            hosts,
            starting_credits: number("STARTING_CREDITS", STARTING_CREDITS, 1_000_000, "is not a whole number from 0 to 1000000")?,
            minimum_age: number("MINIMUM_AGE", MINIMUM_AGE, 120, "is not a whole number from 0 to 120")?,
            google,
            mail_from,
            stripe,
            plans,
            auth,
            resizes_at_cloudflare: match optional("IMAGE_RESIZING").as_deref() {
                None => false,
                Some("cloudflare") => true,
                Some(_) => return Err(bad("IMAGE_RESIZING", "is neither absent nor \"cloudflare\"")),
            },
        })
    }

    /// True if browsers reach us over TLS: cookies are then `Secure` and prefixed.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }

    /// True if a profile picture may be fetched from this address: https at Google's hosts for pictures. If sign-in goes somewhere else
    /// (the sandbox), its origin too.
    #[must_use]
    pub fn may_fetch_picture(&self, url: &str) -> bool {
        let Some(google) = &self.google else { return false };
        if google.auth_url != GOOGLE_AUTH_URL {
            let sandbox = origin("GOOGLE_AUTH_URL", &google.auth_url).unwrap_or_default();
            if url.strip_prefix(&sandbox).is_some_and(|rest| rest.starts_with('/')) {
                return true;
            }
        }
        https_host(url).is_some_and(|host| host.ends_with(".googleusercontent.com"))
    }

    /// True if a model host's file may be fetched from this address: https at the delivery hosts of a host that is configured, never an address with
    /// credentials or a port. If the API itself is somewhere else (the sandbox), its origin too.
    #[must_use]
    pub fn may_fetch_output(&self, url: &str) -> bool {
        self.hosts.iter().any(|host| host.delivers(url))
    }

    /// The host of that name, if it is configured.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<&ConfiguredHost> {
        self.hosts.iter().find(|host| host.name == name)
    }

    /// Where a model can be run, in order of preference.
    pub fn targets(&self, model: &Model) -> impl Iterator<Item = &'static Target> {
        model.targets.iter().filter(|target| self.host(target.host).is_some())
    }
}

impl ConfiguredHost {
    fn read(name: &'static str, access: &Access, optional: &impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let (mut bases, mut elsewhere) = (Vec::new(), Vec::new());
        for (variable, own) in access.bases {
            let base = optional(variable).unwrap_or_else(|| (*own).to_owned()).trim_end_matches('/').to_owned();
            let origin = origin(variable, &base)?;
            if base != *own {
                elsewhere.push(origin);
            }
            bases.push(base);
        }
        let keys =
            |variable: &'static str| secrets(variable, &optional(variable).ok_or(bad(variable, "is missing"))?, |text| webhook_key(variable, text));
        let webhook_keys = access.secrets.map(keys).transpose()?;
        Ok(Self { name, bases, webhook_keys, deliveries: access.deliveries, elsewhere })
    }

    fn delivers(&self, url: &str) -> bool {
        let within = |origin: &String| url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let below = |host: &str, delivery: &str| host == delivery || host.strip_suffix(delivery).is_some_and(|rest| rest.ends_with('.'));
        self.elsewhere.iter().any(within) || https_host(url).is_some_and(|host| self.deliveries.iter().any(|delivery| below(host, delivery)))
    }
}

/// Whether a key of Stripe's is for real money (contract: Stripe, section 1).
fn is_live(key: &str) -> Result<bool, Misconfigured> {
    match key.split('_').take(2).collect::<Vec<_>>()[..] {
        ["sk" | "rk", "live"] => Ok(true),
        ["sk" | "rk", "test"] => Ok(false),
        _ => Err(bad("STRIPE_SECRET_KEY", "begins neither with sk_test_ nor with sk_live_ (nor rk_…)")),
    }
}

/// The host of an https address without credentials or a port.
fn https_host(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split(['/', '?', '#', '\\']).next()?;
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.').then_some(host)
}

/// A list of secrets: the first signs, all verify.
fn secrets(variable: &'static str, text: &str, key: impl Fn(&str) -> Result<Key, Misconfigured>) -> Result<Keys, Misconfigured> {
    let mut keys = Vec::new();
    for secret in text.split(',').map(str::trim) {
        if secret.chars().count() < SECRET_CHARS_MIN {
            return Err(bad(variable, "holds a secret that is shorter than 32 characters (a comma separates secrets)"));
        }
        keys.push(key(secret)?);
    }
    let first = if keys.is_empty() { return Err(bad(variable, "is missing")) } else { keys.remove(0) };
    Ok(Keys::new(first, keys))
}

/// Origins, or patterns of such.
fn trusted(list: &str) -> Result<Vec<String>, Misconfigured> {
    let each = list
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| if text.contains(['*', '?']) || !text.contains("://") { Ok(text.to_owned()) } else { origin("TRUSTED_ORIGINS", text) });
    each.collect()
}

/// `whsec_<base64>`, or the base64 alone (contract: Replicate, section 5).
fn webhook_key(variable: &'static str, text: &str) -> Result<Key, Misconfigured> {
    match STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)) {
        Ok(bytes) if bytes.len() >= 16 => Ok(Key::new(bytes)),
        Ok(_) => Err(bad(variable, "holds fewer than 16 bytes")),
        Err(_) => Err(bad(variable, "is not whsec_ followed by base64")),
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
            "REPLICATE_API_TOKEN" => "r8_example",
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
    fn pictures_are_made_smaller_here_or_by_cloudflare() {
        let read = |with: Option<&str>| Settings::read(|asked| if asked == "IMAGE_RESIZING" { with.map(str::to_owned) } else { example(asked) });
        assert!(!read(None).unwrap().resizes_at_cloudflare);
        assert!(read(Some("cloudflare")).unwrap().resizes_at_cloudflare);
        assert_eq!(read(Some("on")).unwrap_err().variable, "IMAGE_RESIZING");
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
