//! The controls of tests, developers and the simulation: what the vendor would never offer. Bodies are JSON.

use serde_json::{Map, Value, json};

use super::{
    Mode, Outage, Stripe, VERSION,
    completion::How,
    fault::{Fault, pretty},
    life::Step,
    seconds,
    value::{at, entries, int, lay, owned, set, shown, text, yes},
    webhooks::Forgery,
};
use crate::exchange::Response;

/// How long an answer takes when the vendor is slow and nobody says how slow.
const DELAY_MS: u64 = 30_000;
const DELAY_MS_MAX: u64 = 600_000;
/// So many copies of one event are more than any test needs.
const COPIES_MAX: u64 = 1_000;

/// What an auditor is shown, by the name it has there.
const KINDS: [(&str, &str); 12] = [
    ("customers", "customer"),
    ("products", "product"),
    ("prices", "price"),
    ("sessions", "checkout.session"),
    ("subscriptions", "subscription"),
    ("invoices", "invoice"),
    ("invoicePayments", "invoice_payment"),
    ("paymentIntents", "payment_intent"),
    ("charges", "charge"),
    ("refunds", "refund"),
    ("disputes", "dispute"),
    ("webhookEndpoints", "webhook_endpoint"),
];

type Done = Result<Value, Fault>;

impl Stripe {
    /// Answers `/sandbox/stripe/{name}`: 200 with JSON, 404 for a name that there is not, 422 with what is wrong.
    pub fn control(&mut self, now_ms: i64, method: &str, name: &str, body: &[u8]) -> Response {
        let now_ms = self.not_before(now_ms);
        self.settle(now_ms);
        self.cause = super::Cause::default();
        let body = serde_json::from_slice::<Value>(body).unwrap_or_else(|_| json!({}));
        let done = match (method, name) {
            ("GET", "state") => Ok(self.state()),
            ("POST", "outage") => self.set_outage(&body),
            ("POST", "webhooks") => self.set_webhooks(now_ms, &body),
            ("POST", "pay") => self.pay_for(now_ms, &body),
            ("POST", "refund") => self.refund_it(now_ms, &body),
            ("POST", "dispute") => self.dispute_it(now_ms, &body),
            ("POST", "renew") => self.renew(now_ms, &body),
            ("POST", "emit") => self.emit(now_ms, &body),
            _ => return Response::problem(404, "Not found", "The sandbox has nothing at this path; see sandbox/README.md."),
        };
        match done {
            Ok(value) => Response::json(200, &value),
            Err(fault) => Response::problem(422, "Invalid input", &fault.message),
        }
    }

    fn state(&self) -> Value {
        let all = |kind: &str| -> Value { self.store.all(kind).map(seen).collect() };
        let mut state: Map<String, Value> = KINDS.iter().map(|(name, kind)| ((*name).to_owned(), all(kind))).collect();
        let event = |event: &Value| {
            json!({"id": at(event, "/id"), "type": at(event, "/type"), "created": at(event, "/created"), "object": at(event, "/data/object/id"),
                "request": at(event, "/request"), "pendingWebhooks": at(event, "/pending_webhooks")})
        };
        state.insert("events".into(), self.store.all("event").map(event).collect());
        state.insert("deliveries".into(), self.deliveries());
        Value::Object(state)
    }

    fn set_outage(&mut self, body: &Value) -> Done {
        let delay_ms = at(body, "/delayMs").as_u64().unwrap_or(DELAY_MS).min(DELAY_MS_MAX);
        let outage = Outage::named(text(body, "/mode"), delay_ms).ok_or_else(|| {
            Fault::invalid(
                "The body is {\"mode\": …}, one of \"up\", \"down\", \"slow\" (with \"delayMs\"), \"throttled\", \"late-answer\" (with \"delayMs\"), \
                 \"lost-answer\", \"garbage\"; with \"times\" for that many requests.",
            )
        })?;
        self.outage(outage, at(body, "/times").as_u64().filter(|times| *times > 0));
        Ok(json!({"mode": text(body, "/mode")}))
    }

    fn set_webhooks(&mut self, now_ms: i64, body: &Value) -> Done {
        let secrets: Vec<String> = entries(body, "/secrets").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if !secrets.is_empty() {
            self.config.webhook_secrets = secrets;
        }
        if let Some(url) = at(body, "/url").as_str() {
            self.config.webhook_url = Some(url.to_owned()).filter(|url| !url.is_empty());
        }
        let mut resent = 0;
        match text(body, "/mode") {
            "" if !at(body, "/secrets").is_null() || !at(body, "/url").is_null() => {}
            "deliver" => {
                self.webhooks(Mode::Normal);
                resent = self.resend(now_ms);
            }
            name => self.webhooks(Mode::named(name).ok_or_else(|| {
                Fault::invalid(
                    "The body is {\"mode\": …}, one of \"normal\", \"twice\", \"reorder\", \"mute\", \"two-ids\", \"deliver\"; or {\"secrets\": […]} \
                     or {\"url\": …} of the endpoint.",
                )
            })?),
        }
        Ok(json!({"resent": resent}))
    }

    /// `how` is that of the page, `expired`, or `settle` and `bounce` for a debit that is under way.
    fn pay_for(&mut self, now_ms: i64, body: &Value) -> Done {
        let (id, how) = (text(body, "/session"), text(body, "/how"));
        let session = self.store.read("checkout.session", id)?;
        match how {
            "expired" => self.expire_session(now_ms, id),
            "settle" | "bounce" if text(&session, "/payment_status") == "unpaid" => self.settle_session(now_ms, id, how == "settle"),
            _ => {
                let how = How::named(how).ok_or_else(|| {
                    Fault::invalid("The body is {\"session\", \"how\"}: paid, later, later-fails, declined, expired; settle or bounce while a debit is under way.")
                })?;
                self.pay(now_ms, id, how, text(body, "/email"))?;
            }
        }
        self.store.read("checkout.session", id)
    }

    fn refund_it(&mut self, now_ms: i64, body: &Value) -> Done {
        let fails = match text(body, "/how") {
            "" | "succeeds" => false,
            "fails" => true,
            _ => return Err(Fault::invalid("how is succeeds or fails.")),
        };
        let id = if let Some(id) = at(body, "/refund").as_str() {
            id.to_owned()
        } else {
            let charge = self.charge_of(body)?;
            let metadata = Some(at(body, "/metadata").clone()).filter(Value::is_object).unwrap_or_else(|| json!({}));
            self.refund(now_ms, &charge, at(body, "/amount").as_i64(), at(body, "/reason").as_str(), &metadata)?
        };
        if fails {
            self.fail_refund(now_ms, &id)?;
        }
        self.store.read("refund", &id)
    }

    fn dispute_it(&mut self, now_ms: i64, body: &Value) -> Done {
        let how = match text(body, "/how") {
            "" => "open",
            how => how,
        };
        if !["open", "inquiry", "won", "lost", "review", "appeal", "prevented"].contains(&how) {
            return Err(Fault::invalid("how is open, inquiry, review, won, lost, appeal or prevented."));
        }
        let id = if let Some(id) = at(body, "/dispute").as_str() {
            id.to_owned()
        } else {
            let charge = self.charge_of(body)?;
            self.open_dispute(now_ms, &charge, at(body, "/amount").as_i64(), how == "inquiry")?
        };
        if !matches!(how, "open" | "inquiry") {
            self.go_on(now_ms, &id, how)?;
        }
        self.store.read("dispute", &id)
    }

    /// The charge that a body names: itself, its payment, its invoice or its checkout session.
    fn charge_of(&self, body: &Value) -> Result<String, Fault> {
        if let Some(charge) = at(body, "/charge").as_str() {
            return Ok(charge.to_owned());
        }
        let session = self.store.any(text(body, "/session"));
        let invoice = at(body, "/invoice").as_str().or_else(|| session.and_then(|session| at(session, "/invoice").as_str()));
        let intent = at(body, "/payment_intent").as_str().map(str::to_owned);
        let intent = intent.or_else(|| invoice.and_then(|invoice| self.payment_of(invoice)).map(|(_, intent)| intent));
        let intent = intent.or_else(|| session.map(|session| owned(session, "/payment_intent")));
        let charge = intent.and_then(|intent| self.store.any(&intent).map(|intent| owned(intent, "/latest_charge")));
        charge.filter(|charge| !charge.is_empty()).ok_or_else(|| Fault::invalid("Name a paid charge, payment_intent, invoice or session."))
    }

    /// The end of the period now; while an invoice is open, its next attempt now.
    fn renew(&mut self, now_ms: i64, body: &Value) -> Done {
        let id = text(body, "/subscription");
        let subscription = self.store.read("subscription", id)?;
        let works = match text(body, "/how") {
            "" | "paid" => true,
            "failed" => false,
            _ => return Err(Fault::invalid("The body is {\"subscription\", \"how\": \"paid\" | \"failed\"}.")),
        };
        if !self.lives(id) {
            return Err(Fault::invalid("That subscription has ended."));
        }
        if self.card_works(text(&subscription, "/customer")) != works {
            self.set_card(now_ms, text(&subscription, "/customer"), works);
        }
        let theirs = |invoice: &&Value| super::invoices::subscription_of(invoice) == id && yes(invoice, "/auto_advance");
        let waiting = self.store.all("invoice").rev().filter(theirs).map(|invoice| owned(invoice, "/id")).next();
        match waiting {
            Some(invoice) if self.store.any(&invoice).is_some_and(|invoice| text(invoice, "/status") == "draft") => {
                self.take(now_ms, Step::Finalize(invoice));
            }
            Some(invoice) => {
                let means = self.means_for(&invoice);
                self.try_invoice(now_ms, &invoice, means);
            }
            None => self.period_ended(now_ms, id, true),
        }
        self.store.read("subscription", id)
    }

    /// Sends any event, with what is missing filled in; `data.object` may be the id of an object that there is.
    fn emit(&mut self, now_ms: i64, body: &Value) -> Done {
        let given = at(body, "/event");
        if !given.is_object() {
            return Err(Fault::invalid(
                "The body is {\"event\": {\"type\", \"data\"}, …}, and if you like \"secret\", \"ageSeconds\", \"livemode\", \"header\", \"body\", \"times\", \"listed\".",
            ));
        }
        let url = self.config.webhook_url.is_some();
        if !url {
            return Err(Fault::invalid("There is no endpoint: start with --stripe-webhook-url, or set it at /sandbox/stripe/webhooks."));
        }
        let mut event = json!({
            "id": self.id("evt"), "object": "event", "api_version": VERSION, "created": seconds(now_ms), "data": {"object": {}},
            "livemode": self.livemode, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": "ping",
        });
        lay(&mut event, given.clone());
        if let Some(object) = at(&event, "/data/object").as_str() {
            let object = self.store.any(object).map(shown).ok_or_else(|| Fault::invalid(format!("There is no object {object}.")))?;
            set(&mut event, "/data/object", object);
        }
        if let Some(livemode) = at(body, "/livemode").as_bool() {
            set(&mut event, "/livemode", livemode);
        }
        let own = |name: &str| at(body, name).as_str().map(str::to_owned);
        let (secret, header, raw) = (own("/secret"), own("/header"), own("/body"));
        // What somebody else signs is not in the vendor's books.
        let listed = at(body, "/listed").as_bool().unwrap_or(secret.is_none() && header.is_none() && raw.is_none());
        let id = owned(&event, "/id");
        let text = raw.unwrap_or_else(|| String::from_utf8_lossy(&pretty(&event)).into_owned());
        if listed {
            set(&mut event, "/object", "event");
            self.store.put(event);
        }
        for _ in 0..at(body, "/times").as_u64().unwrap_or(1).min(COPIES_MAX) {
            let forgery = Forgery { secret: secret.clone(), age_s: int(body, "/ageSeconds"), header: header.clone(), body: Some(text.clone()) };
            self.post_event(now_ms, &id, "", Some(forgery));
        }
        Ok(json!({"id": id}))
    }
}

/// As an auditor sees it: one that was deleted is marked.
fn seen(object: &Value) -> Value {
    let mut seen = shown(object);
    if super::store::is_gone(object) {
        set(&mut seen, "/deleted", true);
    }
    seen
}
