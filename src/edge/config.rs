//! Variables and secrets, read once per isolate.

use super::crypto;
use crate::{
    domain::settings::{Misconfigured, Settings},
    lanes::HOSTS,
};
use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};
use worker::{Env, js_sys::Reflect};

/// The vendors' own addresses (contract: Google, section 1; Resend's API reference).
const GOOGLE_TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
const GOOGLE_JWKS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";
const MAIL_API_URL: &str = "https://api.resend.com";

/// Settings, and the credentials that only the edge holds.
#[derive(Debug)]
pub(super) struct Config {
    pub settings: Settings,
    /// `Authorization` of each model host that is configured, by its name.
    pub host_credentials: BTreeMap<&'static str, String>,
    pub database_url: String,
    pub database_token: Option<String>,
    /// Where codes are exchanged and keys fetched, and the secret that goes with a code.
    pub google_token_url: String,
    pub google_jwks_url: String,
    pub google_client_secret: String,
    pub mail_api_url: String,
    pub mail_api_key: String,
    pub stripe_secret_key: String,
}

thread_local! {
    // Configuration cannot change within an isolate: a new one starts with every deployment.
    static CONFIG: OnceCell<Result<Rc<Config>, Misconfigured>> = const { OnceCell::new() };
}

impl Config {
    pub fn of(env: &Env) -> Result<Rc<Self>, Misconfigured> {
        CONFIG.with(|config| config.get_or_init(|| Self::read(env).map(Rc::new)).clone())
    }

    fn read(env: &Env) -> Result<Self, Misconfigured> {
        // `Env::var` parses nothing we need and fails with an error object where there is no variable.
        let variable = |name: &str| Reflect::get(env, &name.into()).ok()?.as_string().filter(|text| !text.is_empty());
        if !crypto::has_scrypt() {
            return Err(Misconfigured { variable: "compatibility_flags", reason: "lacks nodejs_compat" });
        }
        let required = |name: &'static str| variable(name).ok_or(Misconfigured { variable: name, reason: "is missing" });
        let address = |name: &str, default: &str| variable(name).unwrap_or_else(|| default.to_owned()).trim_end_matches('/').to_owned();
        let database_url = required("TURSO_DATABASE_URL")?;
        let database_url = database_url.strip_prefix("libsql://").map_or_else(|| database_url.clone(), |host| format!("https://{host}"));
        Ok(Self {
            settings: Settings::read(variable)?,
            host_credentials: HOSTS
                .iter()
                .filter_map(|host| Some((host.name(), format!("{} {}", host.access().scheme, variable(host.access().key)?))))
                .collect(),
            database_url: database_url.trim_end_matches('/').to_owned(),
            database_token: variable("TURSO_AUTH_TOKEN"),
            google_token_url: address("GOOGLE_TOKEN_URL", GOOGLE_TOKEN_URL),
            google_jwks_url: address("GOOGLE_JWKS_URL", GOOGLE_JWKS_URL),
            google_client_secret: variable("GOOGLE_CLIENT_SECRET").unwrap_or_default(),
            mail_api_url: address("MAIL_API_URL", MAIL_API_URL),
            mail_api_key: variable("MAIL_API_KEY").unwrap_or_default(),
            stripe_secret_key: variable("STRIPE_SECRET_KEY").unwrap_or_default(),
        })
    }
}
