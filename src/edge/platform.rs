//! `impl Platform` for workerd.

use super::{archive, config::Config, crypto, listing, live, net, plain, storage};
use crate::{
    domain::{
        bundle::Bundle,
        generation::GenerationId,
        live::Event,
        picture::{PictureFacts, size, strip::Strip},
        rate_limit::{Limiter, Rule},
        settings::Settings,
        time::Timestamp,
    },
    http::Listening,
    lanes::{Call, Google, Lane, Mail, Mark, Stripe},
    platform::{DbError, Found, Inbound, KeepError, Later, Leaf, MediaError, Memory, Platform, Remembered, SendError, Stored, Wanted},
    store::{Batch, Outcome},
    usecases::send_mail,
    vendors::{
        google::{self, Jwk},
        hrana,
    },
};
use std::{cell::RefCell, collections::BTreeMap, pin::Pin, rc::Rc, time::Duration};
use worker::{
    Context, Delay, Env, QueueContentType, RawMessageBuilder, ScheduleContext, console_log,
    js_sys::JsString,
    wasm_bindgen::JsValue,
    web_sys::{ReadableStream, Response},
};

/// The database is given up on after this time, and asked once more: a request is answered within ten seconds in any case.
const DATABASE_TIMEOUT_MS: u32 = 4_500;
/// A model host is given up on after this time: creating a prediction takes well under a second.
const HOST_TIMEOUT_MS: u32 = 15_000;
/// The same for one whose answer is the result: the queue's consumers may take 15 minutes.
const PATIENT_TIMEOUT_MS: u32 = 600_000;
/// The most that is read of an answer in bytes: a page of 100 predictions with their inputs.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The same where the answer holds what was made: four pictures of 6 MB in base64. They are in memory twice.
const RESULT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Clients and paths that an isolate counts at once; the stalest make room. Some 100 bytes each.
const COUNTED_MAX: usize = 20_000;

thread_local! {
    // What an isolate knows by itself: counts of requests, and keys that anybody may know. Neither is lost on anybody when it ends.
    static LIMITER: RefCell<Limiter> = const { RefCell::new(Limiter::new(COUNTED_MAX)) };
    static ROOM: RefCell<size::Room> = const { RefCell::new(size::Room::new(size::WORK_BYTES_MAX)) };
    static MEMORY: RefCell<BTreeMap<Memory, Remembered>> = const { RefCell::new(BTreeMap::new()) };
}

/// The world as workerd shows it, for one request.
#[derive(Clone)]
pub(super) struct Edge {
    config: Rc<Config>,
    env: Env,
    context: Rc<Until>,
    /// How far the clock is ahead of the runtime's.
    ahead_ms: i64,
}

/// Keeps the isolate alive for what nothing waits for.
pub(super) enum Until {
    /// Of a request, or of messages of the queue.
    Event(Context),
    /// Of cron.
    Schedule(ScheduleContext),
}

impl Until {
    fn wait_until(&self, deed: impl Future<Output = ()> + 'static) {
        // Boxed, so that there is one of each deed in the WASM and not one per context.
        let deed: Pin<Box<dyn Future<Output = ()>>> = Box::pin(deed);
        match self {
            Self::Event(context) => context.wait_until(deed),
            Self::Schedule(context) => context.wait_until(deed),
        }
    }
}

impl Edge {
    pub fn new(config: Rc<Config>, env: Env, context: Until) -> Self {
        Self { config, env, context: Rc::new(context), ahead_ms: 0 }
    }

    /// The same at a time that is not before `at`, in milliseconds: cron runs at the time that it was set for, so that whoever starts it by hand can say what is due.
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a Date are whole")]
    pub fn not_before(self, at: f64) -> Self {
        Self { ahead_ms: (at as i64 - now().ms()).max(0), ..self }
    }

    /// Hands a connection on to the feed of who was let in.
    pub async fn listen(&self, listening: &Listening) -> Result<Response, JsValue> {
        live::connect(&self.env, listening).await
    }

    /// Asks a user's feed for something, and waits for nothing.
    fn ask_feed(&self, user: &str, what: String) {
        if self.is_live() {
            let (env, user) = (self.env.clone(), user.to_owned());
            self.context.wait_until(async move { live::ask(&env, &user, &what).await });
        }
    }

    /// The counter for a rule, where the deployment has one.
    async fn is_within(&self, key: &str, rule: Rule) -> worker::Result<bool> {
        let name = format!("LIMIT_{}_{}", rule.max, rule.window_s);
        Ok(self.env.rate_limiter(&name)?.limit(key.to_owned()).await?.success)
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

impl Platform for Edge {
    type Media = ReadableStream;

    fn settings(&self) -> &Settings {
        &self.config.settings
    }
    fn now(&self) -> Timestamp {
        now().plus_ms(self.ahead_ms)
    }
    fn random(&self, into: &mut [u8]) {
        random(into);
    }
    fn nfkc(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKC").into()
    }
    fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; 64]> {
        crypto::scrypt(password, salt).ok()
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

    async fn call(&self, request: Call) -> Result<Inbound, SendError> {
        // The lane's host and credential. A lane without an entry here has nobody at its end.
        let config = &self.config;
        let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
        let lane = request.lane();
        let mut body = request.body;
        let (url, mut headers) = match lane {
            Mail::NAME => (format!("{}{}", config.mail_api_url, request.path), bearer(&config.mail_api_key)),
            Google::NAME if request.path == google::TOKEN_PATH => {
                let secret = form_urlencoded::Serializer::new(String::new()).append_pair("client_secret", &config.google_client_secret).finish();
                body = body.map(|form| [&form[..], b"&", secret.as_bytes()].concat());
                (config.google_token_url.clone(), Vec::new())
            }
            Google::NAME if request.path == google::KEYS_PATH => (config.google_jwks_url.clone(), Vec::new()),
            Stripe::NAME => match &config.settings.stripe {
                Some(stripe) => (format!("{}{}", stripe.api_url, request.path), bearer(&config.stripe_secret_key)),
                None => return Err(SendError::NotSent),
            },
            host => match (config.settings.host(host).and_then(|host| host.bases.get(request.base)), config.host_credentials.get(host)) {
                (Some(base), Some(credential)) => (format!("{base}{}", request.path), vec![("authorization", credential.clone())]),
                _ => return Err(SendError::NotSent),
            },
        };
        if body.is_some() {
            headers.push(("content-type", request.media_type.to_owned()));
        }
        headers.extend(request.headers);
        let call = net::Call {
            method: request.method,
            url: &url,
            headers: &headers,
            body: body.as_deref(),
            timeout_ms: if request.patient { PATIENT_TIMEOUT_MS } else { HOST_TIMEOUT_MS },
        };
        let response = net::fetch(&call).await.map_err(|_| SendError::Unknown)?;
        let cache_control = response.headers().get("cache-control").ok().flatten();
        let most = if request.patient { RESULT_BYTES_MAX } else { ANSWER_BYTES_MAX };
        let body = match net::read(&response, most).await.ok().flatten() {
            Some(body) => body,
            // What was done is in the part that was not read.
            None if (200..300).contains(&response.status()) => return Err(SendError::Unknown),
            None => Vec::new(),
        };
        Ok(Inbound { status: response.status(), body, cache_control })
    }

    fn count(&self, key: &str, rule: Rule) -> Result<(), i64> {
        LIMITER.with_borrow_mut(|limiter| limiter.ask(key, rule, now()))
    }

    async fn allows(&self, key: &str, rule: Rule) -> bool {
        // A counter that does not answer must not keep everybody out: this isolate counts too.
        self.is_within(key, rule).await.unwrap_or_else(|_| {
            log("limit.unavailable", &[]);
            true
        })
    }

    async fn enqueue(&self, id: &GenerationId) -> Result<(), SendError> {
        let queue = self.env.queue("WORK").map_err(|_| SendError::NotSent)?;
        queue
            .send_raw(RawMessageBuilder::new(id.as_str().into()).build_with_content_type(QueueContentType::Text))
            .await
            .map_err(|_| SendError::Unknown)
    }

    async fn store(&self, key: &str, bytes: &[u8], facts: PictureFacts, mark: Option<&Mark>) -> Result<Stored, MediaError> {
        storage::store(&self.env, key, bytes, facts, mark).await.map_err(|_| MediaError)
    }

    async fn look(&self, key: &str) -> Result<Option<Stored>, MediaError> {
        storage::look(&self.env, key).await.map_err(|_| MediaError)
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, MediaError> {
        storage::read(&self.env, key).await.map_err(|_| MediaError)
    }

    async fn plain(&self, key: &str, strip: Strip) -> Result<Option<ReadableStream>, MediaError> {
        plain::stream(&self.env, key, strip).await.map_err(|_| MediaError)
    }

    fn take_room(&self, what: Option<&str>, bytes: u64) -> Option<u64> {
        ROOM.with_borrow_mut(|room| room.take(what, bytes, now()))
    }

    fn leave_room(&self, ticket: u64) {
        ROOM.with_borrow_mut(|room| room.leave(ticket));
    }

    async fn resized(&self, url: &str, width: u32) -> Result<Found<ReadableStream>, MediaError> {
        storage::resized(url, width).await.map_err(|_| MediaError)
    }

    async fn jot(&self, key: &str, text: &str) -> Result<(), MediaError> {
        storage::jot(&self.env, key, text).await.map_err(|_| MediaError)
    }

    async fn jotted(&self, key: &str) -> Result<Option<String>, MediaError> {
        storage::jotted(&self.env, key).await.map_err(|_| MediaError)
    }

    async fn ed25519(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        crypto::ed25519(key, message, signature).await.unwrap_or(false)
    }

    async fn rs256(&self, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        crypto::rs256(key, message, signature).await.unwrap_or(false)
    }

    fn recall(&self, what: Memory) -> Option<Remembered> {
        MEMORY.with_borrow(|memory| memory.get(&what).cloned())
    }

    fn remember(&self, what: Memory, remembered: Remembered) {
        MEMORY.with_borrow_mut(|memory| memory.insert(what, remembered));
    }

    async fn pause(&self, ms: i64) {
        if let Ok(ms) = u64::try_from(ms) {
            Delay::from(Duration::from_millis(ms)).await;
        }
    }

    fn is_live(&self) -> bool {
        live::is_live(&self.env)
    }

    fn tell(&self, user: &str, event: Event) {
        self.ask_feed(user, format!("tell?{}", event.query()));
    }

    fn hang_up(&self, user: &str) {
        self.ask_feed(user, "hang-up".to_owned());
    }

    fn later(&self, deed: Later) {
        let edge = self.clone();
        self.context.wait_until(async move { send_mail::after_reply(&edge, deed).await });
    }

    async fn keep(&self, url: &str, key: &str, mark: Option<&Mark>) -> Result<Stored, KeepError> {
        if !self.config.settings.may_fetch_output(url) && !self.config.settings.may_fetch_picture(url) {
            return Err(KeepError::Unusable("the address is not one of the host's"));
        }
        storage::keep(&self.env, url, key, mark).await
    }

    async fn media(&self, key: &str, wanted: &Wanted) -> Result<Found<ReadableStream>, MediaError> {
        storage::media(&self.env, key, wanted).await.map_err(|_| MediaError)
    }

    async fn leaf(&self, after: Option<&str>, limit: u32) -> Result<Leaf, MediaError> {
        listing::leaf(&self.env, after, limit).await.map_err(|_| MediaError)
    }

    async fn bundle(&self, bundle: Bundle) -> Result<ReadableStream, MediaError> {
        archive::stream(&self.env, bundle).map_err(|_| MediaError)
    }

    async fn remove(&self, keys: &[String]) -> Result<(), MediaError> {
        storage::remove(&self.env, keys).await.map_err(|_| MediaError)
    }
}
