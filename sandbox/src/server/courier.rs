//! The background task: takes the machines' steps when they are due, carries their webhooks, and fetches what they ask for.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;

use super::{Parties, Shared};
use crate::fetching::{Fetch, Fetched};

/// "Within a few seconds", Replicate says of the answer that it expects; as many as a slow machine may take on which everything runs at once.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// What fal.ai says of a first delivery.
const FAL_ANSWER_MAX: Duration = Duration::from_secs(15);

/// How long a picture may take to come that a model wants to start from, and how large it may be.
const FETCH_MAX: Duration = Duration::from_secs(10);
const FETCH_BYTES_MAX: usize = 32 * 1_024 * 1_024;

type Http = Client<HttpConnector, Full<Bytes>>;

/// Whose webhook it is.
#[derive(Debug, Clone, Copy)]
enum Sender {
    Replicate,
    Fal,
    Stripe,
}

/// A webhook of one of the vendors.
#[derive(Debug)]
struct Letter {
    sender: Sender,
    id: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sender {
    const fn agent(self) -> &'static str {
        match self {
            Self::Replicate => "Replicate/1.0 (atelier-sandbox)",
            Self::Fal => "fal.ai (atelier-sandbox)",
            Self::Stripe => "Stripe/1.0 (+https://stripe.com/docs/webhooks; atelier-sandbox)",
        }
    }

    const fn answer_max(self) -> Duration {
        match self {
            Self::Replicate | Self::Stripe => ANSWER_MAX,
            Self::Fal => FAL_ANSWER_MAX,
        }
    }
}

/// What all vendors send now, and when the next of them has something to do.
fn due(parties: &mut Parties, now_ms: i64) -> (Vec<Letter>, Option<i64>) {
    let replicate = parties.replicate.advance(now_ms).into_iter();
    let replicate = replicate.map(|one| Letter { sender: Sender::Replicate, id: one.id, url: one.url, headers: one.headers, body: one.body });
    let stripe = parties.stripe.advance(now_ms).into_iter();
    let stripe = stripe.map(|one| Letter { sender: Sender::Stripe, id: one.id, url: one.url, headers: one.headers, body: one.body });
    let fal = parties.fal.advance(now_ms).into_iter();
    let fal = fal.map(|one| Letter { sender: Sender::Fal, id: one.id, url: one.url, headers: one.headers, body: one.body });
    let letters = replicate.chain(fal).chain(stripe).collect();
    (letters, [parties.replicate.next_due(), parties.fal.next_due(), parties.stripe.next_due()].into_iter().flatten().min())
}

/// What the model hosts want to have fetched, each with who asked.
fn wanted(parties: &mut Parties) -> Vec<(Sender, Fetch)> {
    let replicate = parties.replicate.fetches().into_iter().map(|fetch| (Sender::Replicate, fetch));
    let fal = parties.fal.fetches().into_iter().map(|fetch| (Sender::Fal, fetch));
    replicate.chain(fal).collect()
}

/// Runs for ever. Sleeps until the next step is due, or until a request or a moved clock wakes it.
pub async fn run(shared: Arc<Shared>) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    loop {
        let (letters, fetches, wait) = {
            let mut parties = shared.parties();
            let now_ms = shared.clock.now_ms();
            let (letters, next_ms) = due(&mut parties, now_ms);
            (letters, wanted(&mut parties), next_ms.map(|next_ms| Duration::from_millis(u64::try_from(next_ms - now_ms).unwrap_or(0))))
        };
        shared.changed.notify_waiters();
        for letter in letters {
            tokio::spawn(deliver(shared.clone(), http.clone(), letter));
        }
        for (sender, wanted) in fetches {
            tokio::spawn(fetch(shared.clone(), http.clone(), sender, wanted));
        }
        match wait {
            None => shared.wake.notified().await,
            // Either way the loop looks again; an elapsed timer is no error.
            Some(wait) => drop(timeout(wait, shared.wake.notified()).await),
        }
    }
}

async fn deliver(shared: Arc<Shared>, http: Http, letter: Letter) {
    let mut request = hyper::Request::post(&letter.url).header("user-agent", letter.sender.agent());
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    let status = match request.body(Full::new(Bytes::from(letter.body))) {
        // The client follows no redirects and speaks no TLS: an https:// receiver counts as unreachable.
        Ok(request) => match timeout(letter.sender.answer_max(), http.request(request)).await {
            Ok(Ok(response)) => Some(response.status().as_u16()),
            Ok(Err(_)) | Err(_) => None,
        },
        Err(_) => None,
    };
    let now_ms = shared.clock.now_ms();
    let mut parties = shared.parties();
    match letter.sender {
        Sender::Replicate => parties.replicate.delivered(&letter.id, status, now_ms),
        Sender::Fal => parties.fal.delivered(&letter.id, status, now_ms),
        Sender::Stripe => parties.stripe.delivered(&letter.id, status, now_ms),
    }
    drop(parties);
    shared.wake.notify_one();
}

async fn fetch(shared: Arc<Shared>, http: Http, sender: Sender, wanted: Fetch) {
    let request = hyper::Request::get(&wanted.url).header("user-agent", sender.agent());
    let fetched = match request.body(Full::default()) {
        // No redirects and no TLS here either.
        Ok(request) => timeout(FETCH_MAX, download(http, request)).await.unwrap_or(Fetched::Nothing),
        Err(_) => Fetched::Nothing,
    };
    let now_ms = shared.clock.now_ms();
    let mut parties = shared.parties();
    match sender {
        Sender::Fal => parties.fal.fetched(now_ms, wanted.id, fetched),
        // The payment vendor fetches nothing.
        Sender::Replicate | Sender::Stripe => parties.replicate.fetched(now_ms, wanted.id, fetched),
    }
    drop(parties);
    shared.wake.notify_one();
}

async fn download(http: Http, request: hyper::Request<Full<Bytes>>) -> Fetched {
    let Ok(response) = http.request(request).await else {
        return Fetched::Nothing;
    };
    let status = response.status().as_u16();
    if status != 200 {
        return Fetched::Status(status);
    }
    match Limited::new(response.into_body(), FETCH_BYTES_MAX).collect().await {
        Ok(body) => Fetched::Bytes(body.to_bytes().to_vec()),
        Err(fault) if fault.is::<LengthLimitError>() => Fetched::TooLarge,
        Err(_) => Fetched::Nothing,
    }
}
