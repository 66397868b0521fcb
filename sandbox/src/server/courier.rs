//! The background task: takes the machine's steps when they are due, and carries its webhooks.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;

use super::Shared;
use crate::replicate::Delivery;

/// "Within a few seconds", the vendor says of the answer that it expects.
const ANSWER_MAX: Duration = Duration::from_secs(5);

type Http = Client<HttpConnector, Full<Bytes>>;

/// Runs for ever. Sleeps until the next step is due, or until a request or a moved clock wakes it.
pub async fn run(shared: Arc<Shared>) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    loop {
        let (deliveries, wait) = {
            let mut parties = shared.parties();
            let now_ms = shared.clock.now_ms();
            let deliveries = parties.replicate.advance(now_ms);
            let wait = parties.replicate.next_due().map(|due_ms| Duration::from_millis(u64::try_from(due_ms - now_ms).unwrap_or(0)));
            (deliveries, wait)
        };
        shared.changed.notify_waiters();
        for delivery in deliveries {
            tokio::spawn(deliver(shared.clone(), http.clone(), delivery));
        }
        match wait {
            None => shared.wake.notified().await,
            // Either way the loop looks again; an elapsed timer is no error.
            Some(wait) => drop(timeout(wait, shared.wake.notified()).await),
        }
    }
}

async fn deliver(shared: Arc<Shared>, http: Http, delivery: Delivery) {
    let mut request = hyper::Request::post(&delivery.url).header("user-agent", "Replicate/1.0 (atelier-sandbox)");
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    let status = match request.body(Full::new(Bytes::from(delivery.body))) {
        // The client follows no redirects and speaks no TLS: an https:// receiver counts as unreachable.
        Ok(request) => match timeout(ANSWER_MAX, http.request(request)).await {
            Ok(Ok(response)) => Some(response.status().as_u16()),
            Ok(Err(_)) | Err(_) => None,
        },
        Err(_) => None,
    };
    let now_ms = shared.clock.now_ms();
    shared.parties().replicate.delivered(&delivery.id, status, now_ms);
    shared.wake.notify_one();
}
