//! The sandbox over HTTP: `/replicate/v1`, `/replicate/delivery`, `/fal`, `/openai`, `/google`, `/stripe`, `/mail`, `/mailbox` and the
//! controls under `/sandbox`.

mod answer;
mod clock;
mod controls;
mod courier;
mod routes;
mod traffic;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{
    exchange::{Hold, Request, Response},
    fal::{self, Fal},
    google::{self, Google},
    mailbox::Mailbox,
    openai::{self, OpenAi},
    replicate::{Config, Pictures, Replicate},
    stripe::{self, Stripe},
};
use answer::{Answer, Dropped, answer};
use clock::Clock;
use traffic::Traffic;

pub use clock::wall_ms;

/// The vendor takes uploads of up to 100 MB; the rest of a multipart body needs little more.
const BODY_BYTES_MAX: usize = 101 * 1_024 * 1_024;

/// How many requests an account with purchases runs at a time on fal.ai.
const FAL_CONCURRENCY: usize = 40;

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The origin under which others reach it, without a slash at the end.
    pub public_url: String,
    /// The token of the model host.
    pub replicate_token: String,
    /// The webhook secret of the model host, `whsec_<base64>`.
    pub replicate_webhook_secret: String,
    /// The key of fal.ai, `id:secret`.
    pub fal_key: String,
    /// The user that its webhooks are signed for.
    pub fal_user: String,
    /// The key of `OpenAI`.
    pub openai_key: String,
    /// The id of Google's one client.
    pub google_client_id: String,
    /// Its secret.
    pub google_client_secret: String,
    /// Where Google may send people back to.
    pub google_redirect_uris: Vec<String>,
    /// The keys of the payment vendor; the first tells whether everything is live.
    pub stripe_secret_keys: Vec<String>,
    /// The secrets of its webhook endpoint: each signs.
    pub stripe_webhook_secrets: Vec<String>,
    /// Where its events go.
    pub stripe_webhook_url: Option<String>,
    /// Every id comes from it.
    pub seed: u64,
    /// How much faster than the vendor predictions run; 1 is its pace.
    pub speed: u32,
    /// How large pictures are.
    pub pictures: Pictures,
}

/// The foreign parties and what they were asked.
#[derive(Debug)]
struct Parties {
    replicate: Replicate,
    fal: Fal,
    openai: OpenAi,
    google: Google,
    stripe: Stripe,
    mailbox: Mailbox,
    traffic: Traffic,
}

impl Parties {
    /// The answer that one of the model hosts held back.
    fn release(&mut self, now_ms: i64, hold: &Hold) -> Option<Response> {
        if self.fal.holds(hold) { self.fal.release(now_ms, hold) } else { self.replicate.release(now_ms, hold) }
    }
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    parties: Mutex<Parties>,
    clock: Clock,
    /// Wakes the courier: something may have become due.
    wake: Notify,
    /// Tells answers that are held back that something has happened.
    changed: Notify,
}

impl Shared {
    fn parties(&self) -> MutexGuard<'_, Parties> {
        // A panic in a test's request must not take every later request with it.
        self.parties.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until the process ends.
///
/// # Errors
/// When the listener stops accepting connections.
pub async fn serve(listener: TcpListener, options: Options) -> io::Result<()> {
    let config = Config {
        token: options.replicate_token,
        webhook_secret: options.replicate_webhook_secret,
        api_url: format!("{}/replicate/v1", options.public_url),
        delivery_url: format!("{}/replicate/delivery", options.public_url),
        seed: options.seed,
        pictures: options.pictures,
        speed: options.speed,
    };
    let fal = fal::Config {
        key: options.fal_key,
        user_id: options.fal_user,
        base_url: format!("{}/fal", options.public_url),
        seed: options.seed,
        pictures: options.pictures,
        speed: options.speed,
        concurrency: FAL_CONCURRENCY,
    };
    let openai = openai::Config {
        key: options.openai_key,
        base_url: format!("{}/openai", options.public_url),
        seed: options.seed,
        pictures: options.pictures,
        speed: options.speed,
    };
    let google = google::Config {
        client_id: options.google_client_id,
        client_secret: options.google_client_secret,
        redirect_uris: options.google_redirect_uris,
        base_url: format!("{}/google", options.public_url),
        seed: options.seed,
    };
    let stripe = stripe::Config {
        secret_keys: options.stripe_secret_keys,
        webhook_secrets: options.stripe_webhook_secrets,
        webhook_url: options.stripe_webhook_url,
        base_url: format!("{}/stripe", options.public_url),
        seed: options.seed,
        speed: options.speed,
    };
    let parties = Parties {
        replicate: Replicate::new(config),
        fal: Fal::new(fal),
        openai: OpenAi::new(openai),
        google: Google::new(google),
        stripe: Stripe::new(stripe),
        mailbox: Mailbox::new(options.seed),
        traffic: Traffic::default(),
    };
    let shared = Arc::new(Shared { parties: Mutex::new(parties), clock: Clock::default(), wake: Notify::new(), changed: Notify::new() });
    tokio::spawn(courier::run(shared.clone()));
    loop {
        let (connection, _) = listener.accept().await?;
        tokio::spawn(converse(shared.clone(), connection));
    }
}

/// One connection. Its errors are the caller's going away, or the ones we make on purpose.
async fn converse(shared: Arc<Shared>, connection: TcpStream) {
    let service = service_fn(|request| respond(shared.clone(), request));
    drop(http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(connection), service).await);
}

async fn respond(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Result<hyper::Response<Answer>, Dropped> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return answer(Response::detail(413, "Files must be less than 100MB in size"));
    };
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_bytes().to_vec(),
    };
    let machine = shared.clone();
    // Drawing a picture takes a tenth of a second, too long for a thread that serves others.
    let handled = tokio::task::spawn_blocking(move || routes::answer(&machine, &request).finish()).await;
    shared.wake.notify_one();
    let response = handled.unwrap_or_else(|_| Response::broken(500));
    let response = held(&shared, response).await;
    // Without a delay there must be no pause either: even one of no length is a turn of the timer.
    if response.delay_ms > 0 {
        sleep(Duration::from_millis(response.delay_ms)).await;
    }
    answer(response)
}

/// Waits as long as the vendor holds the answer back.
async fn held(shared: &Shared, response: Response) -> Response {
    let Some(hold) = response.hold.clone() else {
        return response;
    };
    loop {
        // Asked for before looking, so that nothing can happen between looking and waiting.
        let changed = shared.changed.notified();
        let now_ms = shared.clock.now_ms();
        if let Some(released) = shared.parties().release(now_ms, &hold) {
            return released;
        }
        let left = Duration::from_millis(u64::try_from(hold.until_ms - now_ms).unwrap_or(0));
        // An elapsed timer is no error: the loop looks again either way.
        drop(timeout(left, changed).await);
    }
}
