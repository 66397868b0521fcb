//! `impl Platform` for workerd.

use super::{config::Config, net, storage};
use crate::{
    domain::{settings::Settings, time::Timestamp},
    lanes::{Lane, Models, Outbound},
    platform::{DbError, Found, Inbound, KeepError, MediaError, Platform, SendError, Stored, Wanted},
    store::{Batch, Outcome},
    vendors::hrana,
};
use worker::{Env, console_log, js_sys::JsString, web_sys::ReadableStream};

/// The database is given up on after this time, and asked once more: a request is answered within ten seconds in any case.
const DATABASE_TIMEOUT_MS: u32 = 4_500;
/// A model host is given up on after this time: creating a prediction takes well under a second.
const HOST_TIMEOUT_MS: u32 = 15_000;
/// The most that is read of an answer in bytes: a page of 100 predictions with their inputs.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The world as workerd shows it, for one request.
pub(super) struct Edge<'a> {
    config: &'a Config,
    env: &'a Env,
}

impl<'a> Edge<'a> {
    pub fn new(config: &'a Config, env: &'a Env) -> Self {
        Self { config, env }
    }
}

/// The runtime's clock, which stands still while we compute.
#[expect(clippy::disallowed_methods, clippy::cast_possible_truncation, reason = "this is where time comes in; milliseconds of a Date are whole")]
pub(super) fn now() -> Timestamp {
    Timestamp::from_ms(worker::js_sys::Date::now() as i64)
}

/// The runtime's generator.
#[expect(clippy::disallowed_methods, reason = "this is where randomness comes in")]
pub(super) fn random(into: &mut [u8]) {
    getrandom::fill(into).expect("workerd has a source of randomness");
}

/// One line of JSON per event.
pub(super) fn log(event: &str, fields: &[(&str, &str)]) {
    let fields: serde_json::Map<_, _> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    console_log!("{}", serde_json::json!({ "event": event, "fields": fields }));
}

impl Platform for Edge<'_> {
    type Media = ReadableStream;

    fn settings(&self) -> &Settings {
        &self.config.settings
    }
    fn now(&self) -> Timestamp {
        now()
    }
    fn random(&self, into: &mut [u8]) {
        random(into);
    }
    fn nfkc(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKC").into()
    }
    fn log(&self, event: &str, fields: &[(&str, &str)]) {
        log(event, fields);
    }

    async fn db(&self, batch: &Batch) -> Result<Outcome, DbError> {
        let url = format!("{}{}", self.config.database_url, hrana::PATH);
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if let Some(token) = &self.config.database_token {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        let body = hrana::encode(batch);
        let call = net::Call { method: "POST", url: &url, headers: &headers, body: Some(&body), timeout_ms: DATABASE_TIMEOUT_MS };
        let response = net::fetch(&call).await.map_err(|_| DbError::Unknown)?;
        let body = net::read(&response, ANSWER_BYTES_MAX).await.map_err(|_| DbError::Unknown)?;
        let body = body.ok_or(DbError::Shape("an endless answer"))?;
        if response.status() >= 400 {
            log("database.refused", &[("status", &response.status().to_string())]);
        }
        hrana::decode(response.status(), &body)
    }

    async fn send<L: Lane>(&self, request: Outbound<L>) -> Result<Inbound, SendError> {
        // The lane's host and credential. A lane without an entry here has nobody at its end.
        let (base, credential) = match L::NAME {
            Models::NAME => (&self.config.settings.replicate_api_url, &self.config.replicate_token),
            _ => return Err(SendError::NotSent),
        };
        let url = format!("{base}{}", request.path);
        let mut headers = vec![("authorization", format!("Bearer {credential}"))];
        if request.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.extend(request.headers);
        let call = net::Call { method: request.method, url: &url, headers: &headers, body: request.body.as_deref(), timeout_ms: HOST_TIMEOUT_MS };
        let response = net::fetch(&call).await.map_err(|_| SendError::Unknown)?;
        let body = net::read(&response, ANSWER_BYTES_MAX).await.ok().flatten().unwrap_or_default();
        Ok(Inbound { status: response.status(), body })
    }

    async fn keep(&self, url: &str, key: &str) -> Result<Stored, KeepError> {
        if !self.config.settings.may_fetch_output(url) {
            return Err(KeepError::Unusable("the address is not one of the host's"));
        }
        storage::keep(self.env, url, key).await
    }

    async fn media(&self, key: &str, wanted: &Wanted) -> Result<Found<ReadableStream>, MediaError> {
        storage::media(self.env, key, wanted).await.map_err(|_| MediaError)
    }

    async fn remove(&self, keys: &[String]) -> Result<(), MediaError> {
        storage::remove(self.env, keys).await.map_err(|_| MediaError)
    }
}
