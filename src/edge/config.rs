//! Variables and secrets, read once per isolate.

use crate::domain::settings::{Misconfigured, Settings};
use std::{cell::OnceCell, rc::Rc};
use worker::{Env, js_sys::Reflect};

/// Settings, and the credentials that only the edge holds.
#[derive(Debug)]
pub(super) struct Config {
    pub settings: Settings,
    pub replicate_token: String,
    pub database_url: String,
    pub database_token: Option<String>,
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
        let required = |name: &'static str| variable(name).ok_or(Misconfigured { variable: name, reason: "is missing" });
        let database_url = required("TURSO_DATABASE_URL")?;
        let database_url = database_url.strip_prefix("libsql://").map_or_else(|| database_url.clone(), |host| format!("https://{host}"));
        Ok(Self {
            settings: Settings::read(variable)?,
            replicate_token: required("REPLICATE_API_TOKEN")?,
            database_url: database_url.trim_end_matches('/').to_owned(),
            database_token: variable("TURSO_AUTH_TOKEN"),
        })
    }
}
