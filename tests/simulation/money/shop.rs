//! What is on sale in the histories of money, who buys, and Stripe as its operator uses it.

use crate::{
    sim::{Sim, World},
    vendors::{self, STRIPE_API, STRIPE_KEY},
};
use atelier::{
    domain::{
        plans::{Interval, Plans},
        time::DAY_MS,
    },
    lanes::{Email, In, IpAddress, Owner, PasswordHash, PersonName, SessionToken, UserAgent},
    platform::Platform as _,
    store::{accounts, sessions::NewSession},
    vendors::{better_auth, stripe::VERSION},
};
use atelier_sandbox::exchange::{self, Request};
use serde_json::{Value, json};

/// Little is sold, so that it is soon spent; and nothing lasts long.
pub const PLANS: &str = r#"{"currency":"usd","graceHours":48,
    "plans":[{"id":"free","name":{"en":"Free","fr":"Gratuit"},"credits":0,"rollover":0,"perMinute":1000,"concurrent":4,"models":["flux-schnell","flux-dev"],"prices":[]},
        {"id":"studio","name":{"en":"Studio","fr":"Studio"},"credits":30,"rollover":0,"perMinute":1000,"concurrent":8,"models":null,
            "prices":[{"interval":"month","amount":1200},{"interval":"year","amount":12000}]},
        {"id":"atelier","name":{"en":"Atelier","fr":"Atelier"},"credits":110,"rollover":1,"perMinute":1000,"concurrent":40,"models":null,
            "prices":[{"interval":"month","amount":3900},{"interval":"year","amount":39000}]}],
    "packs":[{"id":"pack-small","credits":12,"amount":700,"months":1},{"id":"pack-large","credits":50,"amount":2400,"months":2}]}"#;
pub const STARTING_CREDITS: i64 = 14;
pub const PASSWORD: &str = "correct horse battery";
/// The names of the plans' prices at Stripe, cheapest first.
pub const PRICES: [&str; 4] = ["atelier_studio_month", "atelier_atelier_month", "atelier_studio_year", "atelier_atelier_year"];

/// Somebody who buys.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub cookie: String,
    /// The name under which Stripe knows this person's customers.
    pub reference: String,
}

/// An account whose session outlives the history.
pub fn sign_up(sim: &Sim, number: usize) -> Person {
    let now = sim.now();
    let salt = format!("{number:0>32}");
    let key = vendors::scrypt(PASSWORD.as_bytes(), salt.as_bytes());
    let key = key.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let token = SessionToken::new(format!("{number:0>32}"));
    let account = accounts::NewAccount {
        user_id: format!("user{number:0>28}"),
        account_id: format!("account{number:0>25}"),
        name: PersonName::new("Ada"),
        email: Email::new(format!("ada{number}@example.com")),
        image: None,
        password: PasswordHash::new(format!("{salt}:{key}")),
    };
    let session = NewSession {
        id: format!("session{number:0>25}"),
        key: token.key(false),
        token: token.clone(),
        expires_at: now.plus_ms(10_000 * DAY_MS),
        ip_address: IpAddress::new(""),
        user_agent: UserAgent::new("simulation"),
        country: None,
        city: None,
    };
    let batch = accounts::sign_up(&account, &session, STARTING_CREDITS, Vec::new(), now);
    assert!(sim.world.borrow().database.run(&batch).committed(&batch), "the account is made");
    let cookie = better_auth::set_session(sim.settings(), &In::<Owner, _>::new(token), true);
    let reference = sim.settings().customer_key.sign(&[account.user_id.as_bytes()]);
    Person { id: account.user_id, cookie: cookie.split(';').next().unwrap().to_owned(), reference }
}

/// Makes what is sold at Stripe, as `npm run stripe:setup` does.
pub fn open(world: &mut World) {
    let plans = Plans::parse(PLANS).unwrap();
    for plan in plans.plans.iter().filter(|plan| !plan.prices.is_empty()) {
        let product = product(world, "plan", &plan.id);
        for price in &plan.prices {
            let credits = plan.credits_per_period(price.interval);
            let sold = Sold { key: plan.lookup_key(price.interval), kind: "plan", item: &plan.id, amount: price.amount, credits };
            make_price(world, &product, &sold, Some(price.interval));
        }
    }
    for pack in &plans.packs {
        let product = product(world, "pack", &pack.id);
        let sold = Sold { key: pack.lookup_key(), kind: "pack", item: &pack.id, amount: pack.amount, credits: pack.credits };
        make_price(world, &product, &sold, None);
    }
}

struct Sold<'a> {
    key: String,
    kind: &'a str,
    item: &'a str,
    amount: i64,
    credits: i64,
}

fn product(world: &mut World, kind: &str, item: &str) -> String {
    let form = [("name", item), ("metadata[atelier_kind]", kind), ("metadata[atelier_item]", item)];
    api(world, "POST", "/products", &form)["id"].as_str().unwrap().to_owned()
}

fn make_price(world: &mut World, product: &str, sold: &Sold<'_>, interval: Option<Interval>) {
    let (amount, credits) = (sold.amount.to_string(), sold.credits.to_string());
    let mut form = vec![
        ("product", product),
        ("currency", "usd"),
        ("unit_amount", &amount),
        ("lookup_key", &sold.key),
        ("metadata[atelier_kind]", sold.kind),
        ("metadata[atelier_item]", sold.item),
        ("metadata[atelier_credits]", &credits),
    ];
    form.extend(interval.map(|interval| ("recurring[interval]", interval.name())));
    assert!(api(world, "POST", "/prices", &form)["id"].is_string(), "the price is made");
}

/// A request of the operator's to Stripe, by its dashboard or a program: never through the studio.
pub fn api(world: &mut World, method: &str, path: &str, form: &[(&str, &str)]) -> Value {
    let body: Vec<_> = form.iter().map(|(name, value)| format!("{}={}", exchange::encode(name), exchange::encode(value))).collect();
    let headers = [
        ("authorization", format!("Bearer {STRIPE_KEY}")),
        ("stripe-version", VERSION.to_owned()),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
    ];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let request = Request { method: method.to_owned(), path: format!("{STRIPE_API}{path}"), headers, body: body.join("&").into_bytes() };
    let now = world.now_ms;
    let answer = world.stripe.handle(now, &request);
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// One of the sandbox's controls; none if it refuses.
pub fn control(world: &mut World, name: &str, body: &Value) -> Option<Value> {
    let now = world.now_ms;
    let answer = world.stripe.control(now, "POST", name, body.to_string().as_bytes());
    let said = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let words = if answer.status == 200 { json!("done") } else { said["detail"].clone() };
    world.note(&format!("  Stripe: {name} {body}: {words}"));
    (answer.status == 200).then_some(said)
}

/// The price that is on sale under a name.
pub fn price(world: &World, key: &str) -> String {
    let found = world.stripe.objects("price").find(|price| price["lookup_key"] == key);
    found.and_then(|price| price["id"].as_str().map(str::to_owned)).unwrap_or_default()
}

/// Somebody sends a form on one of Stripe's pages.
pub fn page(world: &mut World, url: &str, form: &[(&str, &str)]) -> u16 {
    let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", exchange::encode(value))).collect();
    let request = Request {
        method: "POST".to_owned(),
        path: url.strip_prefix("http://127.0.0.1:9").unwrap_or_default().to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: body.join("&").into_bytes(),
    };
    let now = world.now_ms;
    let status = world.stripe.handle(now, &request).status;
    world.note(&format!("  Stripe's page: {form:?} → {status}"));
    status
}
