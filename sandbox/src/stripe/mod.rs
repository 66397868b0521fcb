//! Stripe as a state machine: the API that the studio uses, the hosted pages, the life of subscriptions, and signed
//! webhooks. Pure and synchronous: time is an argument (milliseconds since the Unix epoch), chance comes from a seed.
//! Sources: the vendor's client library and its types of the pinned version, its published fixtures, its pages.
//!
//! Objects are kept as the JSON that is shown. What happens later (renewals, retries, delayed payments) is a step with a
//! time; [`Stripe::advance`] takes those that are due and returns the webhooks to send, [`Stripe::delivered`] hears what
//! became of them.

mod api;
mod catalogue;
mod checkout;
mod checkout_page;
mod completion;
mod controls;
mod customers;
mod disputes;
mod events;
mod expand;
mod fault;
mod form;
mod idempotency;
mod invoice_page;
mod invoices;
mod life;
mod outage;
mod page;
mod payments;
mod plan_change;
mod portal;
mod portal_page;
mod refunds;
mod shapes;
mod store;
mod subscriptions;
#[cfg(test)]
mod tests;
mod value;
mod webhooks;

use std::collections::BTreeMap;

use serde_json::Value;

pub use outage::Outage;
pub use webhooks::{Delivery, Mode};

use crate::{
    dice::Dice,
    exchange::{self, Request, Response},
};
use events::Cause;
use idempotency::Keys;
use life::Step;
use store::Store;
use webhooks::Post;

/// The version that it speaks, and that clients have to ask for.
pub const VERSION: &str = "2026-10-28.endive";

/// What the machine is told at its construction.
#[derive(Debug, Clone)]
pub struct Config {
    /// The keys that it accepts. Everything is live when the first begins with `sk_live_`.
    pub secret_keys: Vec<String>,
    /// The secrets of the endpoint below: each signs, as while one is rolled.
    pub webhook_secrets: Vec<String>,
    /// Where every event goes; endpoints that are made by the API come on top.
    pub webhook_url: Option<String>,
    /// Where the vendor is, without a slash at the end: `http://127.0.0.1:9000/stripe`.
    pub base_url: String,
    /// Every id comes from it.
    pub seed: u64,
    /// Delayed payments settle this many times as fast; 0 counts as 1.
    pub speed: u32,
}

/// The vendor.
#[derive(Debug)]
pub struct Stripe {
    config: Config,
    path: String,
    livemode: bool,
    dice: Dice,
    counter: u64,
    now_ms: i64,
    outage: Outage,
    /// How many more requests the outage is for; `None` until it is ended.
    outage_left: Option<u64>,
    store: Store,
    keys: Keys,
    /// Which request the events that are made now come from.
    cause: Cause,
    steps: BTreeMap<(i64, u64), Step>,
    post: Post,
}

impl Stripe {
    /// An account without customers and products.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            path: exchange::path_of(&config.base_url),
            livemode: config.secret_keys.first().is_some_and(|key| key.starts_with("sk_live_") || key.starts_with("rk_live_")),
            dice: Dice::new(config.seed),
            counter: 0,
            now_ms: i64::MIN,
            outage: Outage::Up,
            outage_left: None,
            store: Store::default(),
            keys: Keys::default(),
            cause: Cause::default(),
            steps: BTreeMap::new(),
            post: Post::default(),
            config,
        }
    }

    /// Answers a request to the API or to a hosted page. The API is also where the vendor's own host has it, at `/v1`.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix(&self.path).unwrap_or(path).to_owned();
        if let Some(path) = path.strip_prefix("/v1/") {
            return self.api(now_ms, request, path, query);
        }
        if self.outage == Outage::Down {
            return Response::broken(503);
        }
        self.cause = Cause::default();
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET" | "POST", ["checkout", id]) => self.checkout_page(now_ms, request, id),
            ("GET" | "POST", ["portal", id]) => self.portal_page(now_ms, request, id),
            ("GET" | "POST", ["invoices", id]) => self.invoice_page(now_ms, request, id),
            ("GET", ["invoices", id, "pdf"]) => self.invoice_pdf(id),
            ("GET", ["receipts", id]) => self.receipt_page(id),
            _ => Response::broken(404),
        }
    }

    /// When [`Stripe::advance`] next has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let step = self.steps.keys().next().map(|(at_ms, _)| *at_ms);
        [step, self.post.next_due()].into_iter().flatten().min()
    }

    /// Takes every step that is due and returns the webhooks to send now, signed for this moment. Report what became of
    /// each with [`Stripe::delivered`].
    pub fn advance(&mut self, now_ms: i64) -> Vec<Delivery> {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        self.send_due(now_ms)
    }

    /// Breaks or mends the API, for that many requests or until it is mended.
    pub const fn outage(&mut self, outage: Outage, times: Option<u64>) {
        self.outage = outage;
        self.outage_left = times;
    }

    /// An object of any kind as the API would show it.
    #[must_use]
    pub fn object(&self, id: &str) -> Option<Value> {
        self.store.any(id).map(value::shown)
    }

    /// Every object of a kind (`invoice`, `charge`, …), oldest first.
    pub fn objects(&self, kind: &str) -> impl Iterator<Item = Value> {
        self.store.all(kind).map(value::shown)
    }

    /// A clock that runs backwards is not the vendor's.
    fn not_before(&mut self, now_ms: i64) -> i64 {
        self.now_ms = self.now_ms.max(now_ms);
        self.now_ms
    }

    /// A new id.
    fn id(&mut self, prefix: &str) -> String {
        let id = self.dice.id(24);
        format!("{prefix}_{id}")
    }
}

/// Seconds, as the vendor counts.
const fn seconds(at_ms: i64) -> i64 {
    at_ms.div_euclid(1_000)
}
