//! The vendor as the studio, people and webhook receivers see it.

mod buying;
mod hooks;
mod living;
mod money_back;
mod outages;
mod pages;
mod portal;
mod reading;
mod shapes;
mod transport;

use serde_json::{Value, json};

use super::{Config, Delivery, Stripe, VERSION};
use crate::exchange::{Request, Response, encode};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const MONTH_MS: i64 = 31 * DAY_MS;
const HOOK: &str = "http://127.0.0.1:8787/webhooks/stripe";

struct Bench {
    stripe: Stripe,
    now_ms: i64,
    sent: Vec<(i64, Delivery)>,
}

/// What a studio sells.
struct Catalogue {
    studio: String,
    pro: String,
    yearly: String,
    credits: String,
}

impl Bench {
    fn new() -> Self {
        let config = Config {
            secret_keys: vec!["sk_test_x".into()],
            webhook_secrets: vec!["whsec_one".into()],
            webhook_url: Some(HOOK.into()),
            base_url: "http://127.0.0.1:9000/stripe".into(),
            seed: 7,
            speed: 1,
        };
        Self { stripe: Stripe::new(config), now_ms: START_MS, sent: Vec::new() }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        for (name, value) in
            [("authorization", "Bearer sk_test_x"), ("stripe-version", VERSION), ("content-type", "application/x-www-form-urlencoded")]
        {
            if !headers.iter().any(|(given, _)| given == name) {
                headers.push((name.into(), value.into()));
            }
        }
        self.stripe.handle(self.now_ms, &Request { method: method.into(), path: path.into(), headers, body: body.as_bytes().to_vec() })
    }

    fn get(&mut self, path: &str) -> Value {
        read(&self.send("GET", &format!("/stripe/v1{path}"), &[], ""))
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Value {
        read(&self.send("POST", &format!("/stripe/v1{path}"), &[], &form(fields)))
    }

    fn refused(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.send("POST", &format!("/stripe/v1{path}"), &[], &form(fields));
        let error = read(&answer)["error"].clone();
        assert!(!error["message"].as_str().expect("a message").is_empty());
        (answer.status, text(&error, if error["param"].is_string() { "/param" } else { "/code" }))
    }

    fn delete(&mut self, path: &str) -> Value {
        read(&self.send("DELETE", &format!("/stripe/v1{path}"), &[], ""))
    }

    fn control(&mut self, name: &str, body: &Value) -> Value {
        let answer = self.stripe.control(self.now_ms, "POST", name, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        read(&answer)
    }

    /// Lets time pass; every webhook is answered with 200.
    fn pass(&mut self, ms: i64) {
        let until_ms = self.now_ms + ms;
        while let Some(due_ms) = self.stripe.next_due().filter(|due_ms| *due_ms <= until_ms) {
            for delivery in self.stripe.advance(due_ms) {
                self.stripe.delivered(&delivery.id, Some(200), due_ms);
                self.sent.push((due_ms, delivery));
            }
        }
        self.now_ms = until_ms;
    }

    /// What was delivered since the last time.
    fn hooks(&mut self) -> Vec<Value> {
        self.pass(0);
        std::mem::take(&mut self.sent).iter().map(|(_, delivery)| serde_json::from_slice(&delivery.body).expect("JSON")).collect()
    }

    /// Their types.
    fn types(&mut self) -> Vec<String> {
        self.hooks().iter().map(|event| text(event, "/type")).collect()
    }

    fn catalogue(&mut self) -> Catalogue {
        let plan = text(&self.post("/products", &[("name", "Studio")]), "/id");
        let pack = text(&self.post("/products", &[("name", "500 credits")]), "/id");
        let mut price = |product: &str, key: &str, amount: &str, interval: Option<&str>| {
            let mut fields =
                vec![("product", product), ("currency", "eur"), ("unit_amount", amount), ("lookup_key", key), ("metadata[credits]", "1000")];
            fields.extend(interval.map(|interval| ("recurring[interval]", interval)));
            text(&self.post("/prices", &fields), "/id")
        };
        let catalogue = Catalogue {
            studio: price(&plan, "studio_monthly", "1900", Some("month")),
            pro: price(&plan, "pro_monthly", "4900", Some("month")),
            yearly: price(&plan, "studio_yearly", "19000", Some("year")),
            credits: price(&pack, "credits_500", "900", None),
        };
        self.hooks();
        catalogue
    }

    fn customer(&mut self) -> String {
        let fields = [("email", "zoe@example.com"), ("name", "Zoë van Dijk"), ("metadata[user_id]", "usr_1")];
        let customer = text(&self.post("/customers", &fields), "/id");
        self.hooks();
        customer
    }

    fn session(&mut self, kind: &str, price: &str, more: &[(&str, &str)]) -> Value {
        let mut fields = vec![
            ("mode", kind),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("success_url", "https://studio.example/billing?session={CHECKOUT_SESSION_ID}"),
            ("cancel_url", "https://studio.example/billing"),
        ];
        fields.extend(more);
        let session = self.post("/checkout/sessions", &fields);
        assert_eq!(session["object"], "checkout.session", "{session}");
        session
    }

    /// A customer with a subscription to Studio.
    fn subscriber(&mut self) -> (Catalogue, String, String) {
        let catalogue = self.catalogue();
        let customer = self.customer();
        let more = [("customer", customer.as_str()), ("subscription_data[metadata][user_id]", "usr_1")];
        let session = text(&self.session("subscription", &catalogue.studio, &more), "/id");
        let paid = self.control("pay", &json!({"session": session, "how": "paid"}));
        (catalogue, customer, text(&paid, "/subscription"))
    }

    /// The charge of a pack of credits that a customer bought.
    fn charge(&mut self) -> String {
        let catalogue = self.catalogue();
        let customer = self.customer();
        let session = self.session("payment", &catalogue.credits, &[("customer", &customer), ("invoice_creation[enabled]", "true")]);
        let paid = self.control("pay", &json!({"session": session["id"], "how": "paid"}));
        self.hooks();
        text(&self.get(&format!("/payment_intents/{}", text(&paid, "/payment_intent"))), "/latest_charge")
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("a JSON body")
}

fn text(value: &Value, path: &str) -> String {
    value.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {path} of {value}")).to_owned()
}

fn count(list: &Value) -> usize {
    list["data"].as_array().expect("a list").len()
}
