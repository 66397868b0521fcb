//! What is asked of Stripe, answered by the sandbox, which refuses what it does not know; and what it sends, verified and read.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

use atelier::{
    domain::{
        secret::{Key, Keys},
        time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    },
    lanes::{Call, Email, Outbound, Stripe as Lane, StripeCustomer, StripeReference},
    vendors::stripe::{self as codec, Checkout, Flow, Id, Named, Trouble},
};
use atelier_sandbox::{
    exchange::Request,
    stripe::{Config, Stripe},
};
use serde_json::{Value, json};

const SECRET: &str = "sk_test_0123456789abcdef";
const HOOK: &str = "whsec_0123456789abcdef0123456789abcdef";
const BACK: &str = "https://studio.example/billing?checkout=c1";

struct Bench {
    stripe: Stripe,
    now_ms: i64,
}

impl Bench {
    fn new() -> Self {
        let config = Config {
            secret_keys: vec![SECRET.to_owned()],
            webhook_secrets: vec![HOOK.to_owned()],
            webhook_url: Some("http://127.0.0.1:8787/webhooks/stripe".to_owned()),
            base_url: "http://127.0.0.1:9/stripe".to_owned(),
            seed: 1,
            speed: 1,
        };
        Self { stripe: Stripe::new(config), now_ms: 1_767_225_600_000 }
    }

    fn ask(&mut self, request: Outbound<Lane>) -> Result<Vec<u8>, Trouble> {
        let request = Call::from(request);
        let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {SECRET}")));
        headers.extend(request.body.is_some().then(|| ("content-type".to_owned(), request.media_type.to_owned())));
        let (method, path) = (request.method.to_owned(), format!("/stripe/v1{}", request.path));
        let answer = self.stripe.handle(self.now_ms, &Request { method, path, headers, body: request.body.unwrap_or_default() });
        codec::judge(answer.status, &answer.body).map(<[u8]>::to_vec)
    }

    /// A request of the operator's.
    fn post(&mut self, path: &str, form: &str) -> Id {
        let headers = [("authorization", &*format!("Bearer {SECRET}")), ("stripe-version", codec::VERSION)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (method, path, body) = ("POST".to_owned(), format!("/stripe/v1{path}"), form.as_bytes().to_vec());
        let answer: Value = serde_json::from_slice(&self.stripe.handle(self.now_ms, &Request { method, path, headers, body }).body).unwrap();
        Id::parse(answer["id"].as_str().unwrap_or_else(|| panic!("{answer}"))).unwrap()
    }

    fn control(&mut self, name: &str, body: &Value) {
        let answer = self.stripe.control(self.now_ms, "POST", name, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// Lets time pass and answers the messages that come meanwhile.
    fn pass(&mut self, ms: i64) -> Vec<codec::Event> {
        let (until_ms, mut events) = (self.now_ms + ms, Vec::new());
        let keys = Keys::new(Key::new(HOOK), vec![]);
        while let Some(due_ms) = self.stripe.next_due().filter(|due_ms| *due_ms <= until_ms) {
            for delivery in self.stripe.advance(due_ms) {
                let signature = delivery.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("stripe-signature")).unwrap();
                codec::verify(&keys, &signature.1, &delivery.body, Timestamp::from_ms(due_ms)).unwrap();
                events.push(codec::read_event(&delivery.body).unwrap());
                self.stripe.delivered(&delivery.id, Some(200), due_ms);
            }
        }
        self.now_ms = until_ms;
        events
    }

    fn customer(&mut self) -> StripeCustomer {
        let made = self.ask(codec::create_customer("cus:1", StripeReference::new("u1"))).unwrap();
        codec::read_customer(&made).unwrap().id
    }

    fn plan(&mut self, name: &str, credits: i64, amount: i64) -> Id {
        let metadata = format!("metadata[atelier_kind]=plan&metadata[atelier_item]={name}&metadata[atelier_credits]={credits}");
        let product = self.post("/products", &format!("name={name}&metadata[atelier_kind]=plan&metadata[atelier_item]={name}"));
        let price =
            format!("product={product}&currency=usd&unit_amount={amount}&recurring[interval]=month&lookup_key=atelier_{name}_month&{metadata}");
        self.post("/prices", &price)
    }

    fn pack(&mut self) -> Id {
        let product = self.post("/products", "name=pack-500");
        let metadata = "metadata[atelier_kind]=pack&metadata[atelier_item]=pack-500&metadata[atelier_credits]=500";
        self.post("/prices", &format!("product={product}&currency=usd&unit_amount=700&lookup_key=atelier_pack-500&{metadata}"))
    }

    fn session(&mut self, id: &Id) -> codec::Session {
        codec::read_session(&self.ask(codec::session(id)).unwrap()).unwrap()
    }

    fn subscription(&mut self, id: &Id) -> codec::Subscription {
        codec::read_subscription(&self.ask(codec::subscription(id)).unwrap()).unwrap()
    }

    fn invoice(&mut self, id: &Id) -> codec::Invoice {
        codec::read_invoice(&self.ask(codec::invoice(id)).unwrap()).unwrap()
    }

    /// The credits of each paid invoice of a subscription, oldest first.
    fn entitlements(&mut self, subscription: &Id) -> Vec<i64> {
        let page = codec::read_invoices(&self.ask(codec::invoices_of(subscription, None)).unwrap()).unwrap();
        assert!(page.all_read && !page.has_more);
        let price = |id: &Id| {
            let object = self.stripe.object(id.as_str()).unwrap();
            codec::read_price(object.to_string().as_bytes())
        };
        page.items.iter().rev().map(|invoice| codec::entitlement(&page.items, price, &invoice.id).unwrap().credits).collect()
    }
}

fn checkout(customer: &StripeCustomer, price: &Id, item: &'static str) -> Checkout<'static> {
    // A test's ids may stay.
    let price = Box::leak(Box::new(price.clone()));
    Checkout { reference: StripeReference::new("c1"), customer: customer.clone(), price, item, credits: 500, success_url: BACK, cancel_url: BACK }
}

/// A session that was opened and paid.
fn bought(bench: &mut Bench, request: Outbound<Lane>, how: &str) -> codec::Session {
    let open = codec::read_session(&bench.ask(request).unwrap()).unwrap();
    assert_eq!((open.status.as_str(), open.url.is_some(), open.is_paid()), ("open", true, false));
    assert_eq!(open.expires_at_s, Some(bench.now_ms / 1000 + 86_400));
    bench.control("pay", &json!({"session": open.id.as_str(), "how": how}));
    bench.session(&open.id)
}

#[test]
fn customers() {
    let mut bench = Bench::new();
    let customer = bench.customer();
    assert_eq!(bench.customer(), customer);
    bench.ask(codec::set_email(&customer, &Email::new("ada@example.com"), "mail:1")).unwrap();
    let wrong = bench.ask(codec::set_email(&customer, &Email::new("ada"), "mail:2")).unwrap_err();
    assert!(matches!(wrong, Trouble::Invalid { code, param, .. } if code == "email_invalid" && param.as_deref() == Some("email")));
    let again = bench.ask(codec::create_customer("cus:1", StripeReference::new("u2"))).unwrap_err();
    assert!(matches!(again, Trouble::Invalid { code, .. } if code == "idempotency_error"));
    assert!(!codec::read_customer(&bench.ask(codec::customer(&customer)).unwrap()).unwrap().deleted);
    assert!(codec::read_customer(&bench.ask(codec::delete_customer(&customer)).unwrap()).unwrap().deleted);
    assert!(codec::read_customer(&bench.ask(codec::customer(&customer)).unwrap()).unwrap().deleted);
    assert_eq!(bench.ask(codec::delete_customer(&customer)).unwrap_err(), Trouble::NotFound);
    let gone = bench.pass(0).into_iter().map(|event| codec::what(&event)).rfind(|named| *named != Named::Nothing);
    assert_eq!(gone, Some(Named::Customer(customer)));
    assert_eq!(bench.ask(codec::customer(&StripeCustomer::new("../prices"))).unwrap_err(), Trouble::NotFound);
}

#[test]
fn a_plan_is_bought_changed_renewed_and_ended() {
    let mut bench = Bench::new();
    let (studio, atelier) = (bench.plan("studio", 1_000, 1_200), bench.plan("atelier", 4_000, 3_900));
    let keys = ["atelier_studio_month".to_owned(), "atelier_atelier_month".to_owned(), "atelier_none".to_owned()];
    let mut on_sale: Vec<_> =
        codec::read_prices(&bench.ask(codec::prices(&keys)).unwrap()).unwrap().items.into_iter().map(|price| price.id).collect();
    on_sale.sort();
    let mut made = vec![studio.clone(), atelier.clone()];
    made.sort();
    assert_eq!(on_sale, made);
    let price = codec::read_price(&bench.ask(codec::price(&studio)).unwrap()).unwrap();
    assert_eq!(
        (price.kind.as_deref(), price.item.as_deref(), price.credits, price.unit_amount),
        (Some("plan"), Some("studio"), Some(1_000), Some(1_200))
    );

    let customer = bench.customer();
    let paid = bought(&mut bench, codec::checkout_plan("co:1", checkout(&customer, &studio, "studio")), "paid");
    assert_eq!((paid.mode, paid.status.as_str(), paid.is_paid(), paid.has_failed()), (codec::Mode::Subscription, "complete", true, false));
    assert_eq!((paid.reference, paid.credits, paid.item.as_deref()), (Some(StripeReference::new("c1")), Some(500), Some("studio")));
    let id = paid.subscription.unwrap();
    let subscription = bench.subscription(&id);
    assert_eq!(
        (subscription.status.as_str(), subscription.plan.as_deref(), subscription.customer.as_ref()),
        ("active", Some("studio"), Some(&customer))
    );
    let period_end_s = subscription.period_end_s.unwrap();
    let first = bench.invoice(&paid.invoice.unwrap());
    assert_eq!((first.subscription.as_ref(), first.period_end_s(), first.amount_paid), (Some(&id), Some(period_end_s), 1_200));
    assert!(first.is_paid() && first.payment_intent.is_some() && first.hosted_url.is_some() && first.pdf_url.is_some() && first.number.is_some());
    assert_eq!(codec::read_lines(&bench.ask(codec::invoice_lines(&first.id, None)).unwrap()).unwrap().items, first.lines);

    // Up, down, up again, within the month.
    bench.pass(10 * DAY_MS);
    let item = bench.stripe.object(id.as_str()).unwrap()["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    for price in [&atelier, &studio, &atelier] {
        bench.pass(HOUR_MS);
        bench.post(&format!("/subscriptions/{id}"), &format!("items[0][id]={item}&items[0][price]={price}&proration_behavior=always_invoice"));
    }
    assert_eq!(bench.subscription(&id).plan.as_deref(), Some("atelier"));
    let granted = bench.entitlements(&id);
    assert_eq!((granted.len(), granted[0], granted[2]), (4, 1_000, 0), "{granted:?}");
    assert!((1_000..3_000).contains(&granted[1]) && granted[3] < 10, "{granted:?}");

    // The next month is granted whole.
    bench.pass(period_end_s * 1000 - bench.now_ms + 2 * HOUR_MS);
    assert_eq!(bench.entitlements(&id).last(), Some(&4_000));
    bench.post(&format!("/subscriptions/{id}"), "cancel_at_period_end=true");
    let canceled = bench.subscription(&id);
    assert_eq!((canceled.status.as_str(), canceled.cancel_at_s.is_some(), canceled.cancel_at_s), ("active", true, canceled.period_end_s));

    for flow in [Flow::Manage, Flow::Change(&id), Flow::Cancel(&id), Flow::Payment] {
        let way = codec::read_portal(&bench.ask(codec::portal(customer.clone(), None, BACK, flow)).unwrap()).unwrap();
        assert!(way.starts_with("http://127.0.0.1:9/stripe/portal/bps_"), "{way}");
    }
    bench.ask(codec::delete_customer(&customer)).unwrap();
    let all = codec::read_subscriptions(&bench.ask(codec::subscriptions_of(&customer)).unwrap()).unwrap();
    assert_eq!((all.items.len(), all.items[0].status.as_str(), all.items[0].ended_at_s.is_some()), (1, "canceled", true));
}

#[test]
fn an_invoice_that_is_not_paid() {
    let mut bench = Bench::new();
    let studio = bench.plan("studio", 1_000, 1_200);
    let customer = bench.customer();
    let paid = bought(&mut bench, codec::checkout_plan("co:1", checkout(&customer, &studio, "studio")), "paid");
    let id = paid.subscription.unwrap();
    bench.pass(DAY_MS);
    bench.control("renew", &json!({"subscription": id.as_str(), "how": "failed"}));
    assert_eq!(bench.subscription(&id).status, "past_due");
    let failed = bench.pass(0).into_iter().find(|event| event.kind == "invoice.payment_failed").unwrap();
    let Named::Invoice(invoice) = codec::what(&failed) else { panic!("{failed:?}") };
    let invoice = bench.invoice(&invoice);
    assert_eq!((invoice.status.as_str(), invoice.amount_due, invoice.paid_at_s, invoice.payment_intent), ("open", 1_200, None, None));
    assert!(invoice.next_attempt_s.is_some());
    assert_eq!(bench.entitlements(&id), [1_000]);
}

#[test]
fn packs_and_money_that_goes_back() {
    let mut bench = Bench::new();
    let pack = bench.pack();
    let customer = bench.customer();
    let buy = |key: &str| codec::checkout_pack(key, checkout(&customer, &pack, "pack-500"));
    let paid = bought(&mut bench, buy("co:1"), "paid");
    assert_eq!((paid.mode, paid.is_paid(), paid.payment_intent_status.as_deref()), (codec::Mode::Payment, true, Some("succeeded")));
    let invoice = bench.invoice(&paid.invoice.unwrap());
    assert_eq!((invoice.subscription, &invoice.payment_intent, invoice.total), (None, &paid.payment_intent, 700));

    for (key, how, at_last) in [("co:2", "later", true), ("co:3", "later-fails", false)] {
        let pending = bought(&mut bench, buy(key), how);
        assert_eq!((pending.status.as_str(), pending.is_paid(), pending.has_failed()), ("complete", false, false));
        bench.pass(5 * MINUTE_MS);
        let settled = bench.session(&pending.id);
        assert_eq!((settled.is_paid(), settled.has_failed()), (at_last, !at_last), "{settled:?}");
    }

    bench.pass(0);
    bench.control("refund", &json!({"session": paid.id.as_str(), "amount": 300}));
    bench.control("dispute", &json!({"session": paid.id.as_str(), "amount": 400}));
    let named: Vec<_> = bench.pass(0).iter().map(codec::what).collect();
    let Some(Named::Refund(refund)) = named.iter().find(|named| matches!(named, Named::Refund(_))) else { panic!("{named:?}") };
    let refund = codec::read_refund(&bench.ask(codec::refund(refund)).unwrap()).unwrap();
    let Some(Named::Dispute(dispute)) = named.iter().find(|named| matches!(named, Named::Dispute(_))) else { panic!("{named:?}") };
    let dispute = codec::read_dispute(&bench.ask(codec::dispute(dispute)).unwrap()).unwrap();
    let id = refund.charge.unwrap();
    let charge = codec::read_charge(&bench.ask(codec::charge(&id)).unwrap()).unwrap();
    assert_eq!((charge.amount, charge.amount_refunded, charge.disputed, charge.customer.as_ref()), (700, 300, true, Some(&customer)));
    assert_eq!(
        (&charge.payment_intent, &refund.payment_intent, &dispute.payment_intent),
        (&paid.payment_intent, &paid.payment_intent, &paid.payment_intent)
    );
    let disputed = |bench: &mut Bench| codec::disputed_amount(&codec::read_disputes(&bench.ask(codec::disputes_of(&id)).unwrap()).unwrap().items);
    assert_eq!(disputed(&mut bench), 400);
    bench.control("dispute", &json!({"dispute": dispute.id.as_str(), "how": "won"}));
    assert_eq!(disputed(&mut bench), 0);
}

#[test]
fn sessions_that_end_unpaid() {
    let mut bench = Bench::new();
    let pack = bench.pack();
    let customer = bench.customer();
    let open = codec::read_session(&bench.ask(codec::checkout_pack("co:1", checkout(&customer, &pack, "pack-500"))).unwrap()).unwrap();
    assert_eq!(codec::read_session(&bench.ask(codec::expire_session(&open.id, "end:1")).unwrap()).unwrap().status, "expired");
    assert!(matches!(bench.ask(codec::expire_session(&open.id, "end:2")), Err(Trouble::Invalid { .. })));
    let expired = bench.session(&open.id);
    assert_eq!((&expired.url, expired.is_paid(), expired.has_failed()), (&None, false, false));
    let unknown = Id::parse("cs_test_unknown").unwrap();
    assert_eq!(bench.ask(codec::session(&unknown)).unwrap_err(), Trouble::NotFound);
    let price = Id::parse("price_unknown").unwrap();
    let refused = bench.ask(codec::checkout_pack("co:2", checkout(&customer, &price, "pack-500"))).unwrap_err();
    assert!(matches!(refused, Trouble::Invalid { code, .. } if code == "resource_missing"), "the price is named");
}

#[test]
fn events_are_listed_page_by_page() {
    let mut bench = Bench::new();
    let pack = bench.pack();
    let customer = bench.customer();
    let from_s = bench.now_ms / 1000;
    for i in 0..60 {
        bought(&mut bench, codec::checkout_pack(&format!("co:{i}"), checkout(&customer, &pack, "pack-500")), "paid");
        bench.pass(MINUTE_MS);
    }
    let (mut listed, mut after): (Vec<codec::Event>, Option<Id>) = (Vec::new(), None);
    loop {
        let request = codec::events(from_s, bench.now_ms / 1000, after.as_ref().map(Id::as_str));
        let page = codec::read_events(&bench.ask(request).unwrap()).unwrap();
        assert!(page.all_read && page.items.iter().all(|event| codec::LISTED.contains(&event.kind.as_str())));
        listed.extend(page.items);
        after = page.last;
        if !page.has_more {
            break;
        }
    }
    let of = |kind: &str| listed.iter().filter(|event| event.kind == kind).count();
    assert_eq!((of("checkout.session.completed"), of("invoice.paid"), of("invoice.finalized")), (60, 60, 60));
    assert!(listed.iter().all(|event| codec::what(event) != Named::Nothing && event.customer.as_ref() == Some(&customer)));
    let one = listed.last().unwrap();
    assert_eq!(codec::read_event(&bench.ask(codec::event(&one.id)).unwrap()).as_ref(), Some(one));
    let none = codec::read_events(&bench.ask(codec::events(from_s - 100, from_s, None)).unwrap()).unwrap();
    assert_eq!((none.items.len(), none.has_more), (0, false));
}

#[test]
fn trouble() {
    let mut bench = Bench::new();
    for mode in ["down", "throttled", "garbage"] {
        bench.control("outage", &json!({"mode": mode}));
        assert_eq!(bench.ask(codec::subscription(&Id::parse("sub_1").unwrap())).unwrap_err(), Trouble::Later, "{mode}");
    }
    bench.control("outage", &json!({"mode": "up"}));
    assert_eq!(bench.ask(codec::subscription(&Id::parse("sub_1").unwrap())).unwrap_err(), Trouble::NotFound);
}
