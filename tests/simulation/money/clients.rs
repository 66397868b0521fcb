//! What people do at the studio: each is a task that may die, and whose answers are looked at.

use super::shop::{self, PASSWORD, PRICES, Person};
use crate::sim::{ORIGIN, Sim};
use atelier::{
    domain::{
        catalogue,
        quote::{self, QUOTE_MS, Quote},
    },
    http::{self, Body, Method, Payload, Request},
    platform::Platform as _,
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// A page of Stripe's that somebody was led to.
pub struct Page {
    pub checkout: String,
    pub session: String,
    pub person: usize,
}

/// What the people know, and what was said that must not be.
#[derive(Default)]
pub struct Memory {
    pub people: Vec<Person>,
    pub pages: Vec<Page>,
    /// API keys: whose, and the secret.
    pub keys: Vec<(usize, String)>,
    /// Generations that were quoted, and for how much.
    pub quoted: BTreeMap<String, i64>,
    /// What the operator gave: key and amount.
    pub given: BTreeMap<String, i64>,
    /// Messages that nobody at Stripe has signed, or too long ago.
    pub forged: BTreeSet<String>,
    pub wrong: Option<String>,
}

pub type Minds = Rc<RefCell<Memory>>;

impl Memory {
    fn expect(&mut self, good: bool, words: impl FnOnce() -> String) {
        if !good && self.wrong.is_none() {
            self.wrong = Some(words());
        }
    }
}

/// Who sends a request, and with which idempotency key.
struct From<'a> {
    cookie: &'a str,
    bearer: Option<&'a str>,
    key: Option<&'a str>,
}

impl<'a> From<'a> {
    const fn browser(cookie: &'a str) -> Self {
        Self { cookie, bearer: None, key: None }
    }
}

async fn ask(sim: &Sim, from: &From<'_>, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut headers = BTreeMap::from([("origin".to_owned(), ORIGIN.to_owned()), ("cf-connecting-ip".to_owned(), "192.0.2.1".to_owned())]);
    match from.bearer {
        Some(secret) => headers.insert("authorization".to_owned(), format!("Bearer {secret}")),
        None => headers.insert("cookie".to_owned(), from.cookie.to_owned()),
    };
    headers.extend(from.key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
    headers.extend(body.map(|_| ("content-type".to_owned(), "application/json".to_owned())));
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = Request { method, path: path.to_owned(), query: String::new(), headers, body: Body::Bytes(bytes) };
    let response = http::handle(sim, &request).await;
    let answer = match &response.body {
        Payload::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Empty | Payload::Fixed(_) | Payload::Media(_) | Payload::Feed(_) => Value::Null,
    };
    let code = answer["code"].as_str().unwrap_or_default();
    sim.world.borrow_mut().note(&format!("  {path} → {} {code} {}", response.status, response.reason.as_deref().unwrap_or_default()));
    (response.status, answer)
}

/// Begins a purchase; comes again if that did not work.
pub async fn buy(sim: Sim, minds: Minds, person: usize, wish: Value) {
    let cookie = minds.borrow().people[person].cookie.clone();
    for _ in 0..2 {
        let (status, answer) = ask(&sim, &From::browser(&cookie), Method::Post, "/api/billing/checkouts", Some(&wish)).await;
        let mut memory = minds.borrow_mut();
        memory.expect(matches!(status, 201 | 401 | 409 | 429 | 503), || format!("{status} for {wish}: {answer}"));
        if let (201, Some(checkout), Some(url)) = (status, answer["id"].as_str(), answer["url"].as_str()) {
            let session = url.rsplit('/').next().unwrap_or_default().to_owned();
            memory.pages.push(Page { checkout: checkout.to_owned(), session, person });
        }
        if status != 503 {
            return;
        }
    }
}

/// Looks at what there is to be seen.
pub async fn look(sim: Sim, minds: Minds, person: usize) {
    let (cookie, checkouts) = {
        let memory = minds.borrow();
        let theirs = memory.pages.iter().filter(|page| page.person == person).map(|page| page.checkout.clone());
        (memory.people[person].cookie.clone(), theirs.collect::<Vec<_>>())
    };
    let roll = sim.world.borrow_mut().dice.index(8);
    let path = match roll {
        0 => "/api/billing".to_owned(),
        1 => "/api/ledger".to_owned(),
        2 => "/api/billing/invoices".to_owned(),
        3 => "/api/keys".to_owned(),
        _ if checkouts.is_empty() => return,
        _ => format!("/api/billing/checkouts/{}", checkouts[sim.world.borrow_mut().dice.index(checkouts.len())]),
    };
    let (status, answer) = ask(&sim, &From::browser(&cookie), Method::Get, &path, None).await;
    let mut memory = minds.borrow_mut();
    memory.expect(matches!(status, 200 | 401 | 503), || format!("{status} at {path}: {answer}"));
    let credits = if answer["balance"].is_object() { &answer["balance"] } else { &answer["credits"] };
    if status == 200 && credits.is_object() {
        let of = |name: &str| credits[name].as_i64().unwrap_or(i64::MIN);
        let parts = ["available", "plan", "topUp", "given", "held", "debt"].map(of);
        let [available, plan, top_up, given, _, debt] = parts;
        let sound = parts.iter().all(|part| *part >= 0) && available == plan + top_up + given && (debt == 0 || available == 0 || sim.skew_ms != 0);
        memory.expect(sound, || format!("{path} shows {credits}"));
    }
}

/// Goes to the portal, and does something there: sometimes changes the plan and back again.
pub async fn visit_portal(sim: Sim, minds: Minds, person: usize) {
    let cookie = minds.borrow().people[person].cookie.clone();
    let flow = ["manage", "change", "cancel", "payment"][sim.world.borrow_mut().dice.index(4)];
    let (status, answer) =
        ask(&sim, &From::browser(&cookie), Method::Post, "/api/billing/portal", Some(&json!({"flow": flow, "returnTo": "/billing"}))).await;
    minds.borrow_mut().expect(matches!(status, 201 | 401 | 409 | 429 | 503), || format!("{status} at the portal: {answer}"));
    let Some(url) = answer["url"].as_str() else { return };
    let world = &mut *sim.world.borrow_mut();
    match world.dice.below(10) {
        0..5 => {
            for _ in 0..=world.dice.below(4) {
                // Nobody clicks twice within a second; and most stay with what is paid by the month.
                world.now_ms += 1_000 + i64::try_from(world.dice.below(20_000)).unwrap();
                let choice = if world.dice.chance(80) { world.dice.index(2) } else { world.dice.index(PRICES.len()) };
                let price = shop::price(world, PRICES[choice]);
                shop::page(world, url, &[("action", "change"), ("price", &price)]);
            }
        }
        5 | 6 => drop(shop::page(world, url, &[("action", "cancel")])),
        7 => drop(shop::page(world, url, &[("action", "resume")])),
        8 => drop(shop::page(world, url, &[("action", "card-fails")])),
        _ => drop(shop::page(world, url, &[("action", "card-works")])),
    }
}

/// An order, as the program would send it again.
#[derive(Clone)]
pub struct Order {
    pub key: String,
    pub body: Value,
    pub bearer: Option<String>,
    /// What it may cost.
    pub most: Option<i64>,
}

/// Rolls for an order: what, how many, by whom, and whether it was quoted before.
pub fn order(sim: &Sim, minds: &Minds, person: usize, number: usize) -> Order {
    let world = &mut *sim.world.borrow_mut();
    let model = ["flux-schnell", "flux-dev", "flux-dev", "flux-dev", "ideogram-v3-turbo"][world.dice.index(5)];
    let words =
        ["a red fox", "a city", "snow", "a garden", "a harbour", "fail", "lost webhook", "twice", "refused", "lost answer", "slow", "long queue"];
    let mut body = json!({"model": model, "prompt": format!("{} {number}", words[world.dice.index(words.len())])});
    let mut outputs = 1;
    if model != "ideogram-v3-turbo" {
        outputs = i64::try_from(1 + world.dice.below(4)).unwrap();
        body["outputs"] = json!(outputs);
    }
    let memory = minds.borrow();
    let keys: Vec<_> = memory.keys.iter().filter(|(owner, _)| *owner == person).map(|(_, secret)| secret.clone()).collect();
    let bearer = (!keys.is_empty() && world.dice.chance(40)).then(|| keys[world.dice.index(keys.len())].clone());
    let mut most = None;
    if world.dice.chance(30) {
        // As if quoted before the price rose; sometimes from a time when it was higher.
        let today = catalogue::model(model).map_or(1, |model| model.credits * outputs);
        let price = (today - 2 + i64::try_from(world.dice.below(5)).unwrap()).max(1);
        let expires_at = atelier::domain::time::Timestamp::from_ms(world.now_ms).plus_ms(QUOTE_MS);
        let quote = Quote { model: model.to_owned(), inputs: quote::inputs(outputs, 1), price, expires_at };
        body["quote"] = json!(quote::sign(&sim.settings().quote_keys, &quote));
        most = Some(price);
    }
    Order { key: format!("key-{number}"), body, bearer, most }
}

/// Orders; a client that gets no answer, or is told to come again, repeats the same request.
pub async fn place(sim: Sim, minds: Minds, person: usize, order: Order) {
    let cookie = minds.borrow().people[person].cookie.clone();
    let from = From { cookie: &cookie, bearer: order.bearer.as_deref(), key: Some(&order.key) };
    for _ in 0..3 {
        let (status, answer) = ask(&sim, &from, Method::Post, "/api/generations", Some(&order.body)).await;
        let mut memory = minds.borrow_mut();
        memory.expect(matches!(status, 202 | 401..=404 | 422 | 429 | 502 | 503), || format!("{status} for an order: {answer}"));
        if let (202, Some(id), Some(price)) = (status, answer["generation"]["id"].as_str(), answer["generation"]["price"].as_i64()) {
            memory.expect(order.most.is_none_or(|most| price <= most), || format!("{id} was quoted for {:?} and costs {price}", order.most));
            memory.quoted.extend(order.most.map(|most| (id.to_owned(), most)));
        }
        if status != 503 {
            return;
        }
    }
}

/// Sets a limit to what may be spent, of the account or of a key; or makes a key.
pub async fn limit(sim: Sim, minds: Minds, person: usize) {
    let cookie = minds.borrow().people[person].cookie.clone();
    let from = From::browser(&cookie);
    let limit = match sim.world.borrow_mut().dice.below(5) {
        0 => Value::Null,
        roll => json!(roll * roll * 8),
    };
    let what = sim.world.borrow_mut().dice.below(5);
    match what {
        0 | 1 => {
            let (status, answer) = ask(&sim, &from, Method::Get, "/api/keys", None).await;
            minds.borrow_mut().expect(matches!(status, 200 | 401 | 503), || format!("{status} for the keys: {answer}"));
            let keys: Vec<_> = answer["keys"].as_array().into_iter().flatten().filter_map(|key| key["id"].as_str()).collect();
            if keys.is_empty() {
                return;
            }
            let path = format!("/api/keys/{}", keys[sim.world.borrow_mut().dice.index(keys.len())]);
            let (method, body) = if what == 0 { (Method::Delete, None) } else { (Method::Put, Some(json!({"dayLimit": limit}))) };
            let (status, answer) = ask(&sim, &from, method, &path, body.as_ref()).await;
            minds.borrow_mut().expect(matches!(status, 204 | 401 | 404 | 503), || format!("{status} for a key: {answer}"));
        }
        2 => {
            let (status, answer) = ask(&sim, &from, Method::Put, "/api/spending", Some(&json!({"dayLimit": limit}))).await;
            minds.borrow_mut().expect(matches!(status, 204 | 401 | 503), || format!("{status} for a limit: {answer}"));
        }
        _ => {
            let (status, answer) = ask(&sim, &from, Method::Post, "/api/keys", Some(&json!({"name": "program", "dayLimit": limit}))).await;
            let mut memory = minds.borrow_mut();
            memory.expect(matches!(status, 201 | 401 | 409 | 429 | 503), || format!("{status} for a key: {answer}"));
            if let Some(secret) = answer["key"].as_str() {
                memory.keys.push((person, secret.to_owned()));
            }
        }
    }
}

/// Leaves.
pub async fn leave(sim: Sim, minds: Minds, person: usize) {
    let cookie = minds.borrow().people[person].cookie.clone();
    let (status, answer) = ask(&sim, &From::browser(&cookie), Method::Post, "/api/auth/delete-user", Some(&json!({"password": PASSWORD}))).await;
    minds.borrow_mut().expect(matches!(status, 200 | 401 | 429 | 500 | 503), || format!("{status} for leaving: {answer}"));
}
