//! Checkout: at once, later, not at all.

use super::*;

#[test]
fn a_subscription_begins() {
    let mut bench = Bench::new();
    let (catalogue, customer, subscription) = bench.subscriber();
    let types = bench.types();
    for wanted in
        ["customer.subscription.created", "invoice.created", "invoice.finalized", "invoice.paid", "invoice_payment.paid", "charge.succeeded"]
    {
        assert_eq!(types.iter().filter(|event| *event == wanted).count(), 1, "{wanted} in {types:?}");
    }
    assert_eq!(types.last().map(String::as_str), Some("checkout.session.completed"));
    let shown = bench.get(&format!("/subscriptions/{subscription}"));
    assert_eq!((&shown["status"], &shown["customer"], &shown["metadata"]["user_id"]), (&json!("active"), &json!(customer), &json!("usr_1")));
    let item = &shown["items"]["data"][0];
    assert_eq!((&item["price"]["id"], &item["current_period_end"]), (&json!(catalogue.studio), &json!(1_769_904_000)));
    assert!(shown.get("current_period_end").is_none(), "it is on the items");
    let invoice = bench.get(&format!("/invoices/{}", text(&shown, "/latest_invoice")));
    assert_eq!((&invoice["billing_reason"], &invoice["amount_paid"]), (&json!("subscription_create"), &json!(1_900)));
    assert_eq!(invoice["parent"]["subscription_details"]["metadata"]["user_id"], "usr_1");
    assert_eq!(invoice["lines"]["data"][0]["period"], json!({"start": 1_767_225_600, "end": 1_769_904_000}));
    assert!(invoice.get("subscription").is_none() && invoice.get("payment_intent").is_none());
    let session = &bench.get("/checkout/sessions")["data"][0];
    assert_eq!((&session["payment_status"], &session["payment_intent"], &session["url"]), (&json!("paid"), &Value::Null, &Value::Null));
}

#[test]
fn a_first_event_shows_it_incomplete() {
    let mut bench = Bench::new();
    bench.subscriber();
    let hooks = bench.hooks();
    let of = |kind: &str| hooks.iter().find(|event| event["type"] == kind).expect("an event");
    assert_eq!(of("customer.subscription.created")["data"]["object"]["status"], "incomplete");
    let updated = of("customer.subscription.updated");
    assert_eq!((&updated["data"]["object"]["status"], &updated["data"]["previous_attributes"]["status"]), (&json!("active"), &json!("incomplete")));
}

#[test]
fn a_pack_is_sold_once() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let customer = bench.customer();
    let more = [
        ("customer", customer.as_str()),
        ("client_reference_id", "usr_1"),
        ("metadata[sku]", "credits_500"),
        ("payment_intent_data[metadata][sku]", "credits_500"),
        ("invoice_creation[enabled]", "true"),
        ("invoice_creation[invoice_data][metadata][user_id]", "usr_1"),
        ("automatic_tax[enabled]", "true"),
        ("customer_update[address]", "auto"),
    ];
    let session = bench.session("payment", &catalogue.credits, &more);
    assert_eq!((&session["status"], &session["payment_status"], &session["amount_total"]), (&json!("open"), &json!("unpaid"), &json!(900)));
    assert!(text(&session, "/url").starts_with("http://127.0.0.1:9000/stripe/checkout/cs_test_"));
    let paid = bench.control("pay", &json!({"session": session["id"], "how": "paid"}));
    assert_eq!((&paid["status"], &paid["payment_status"], &paid["client_reference_id"]), (&json!("complete"), &json!("paid"), &json!("usr_1")));
    let invoice = bench.get(&format!("/invoices/{}", text(&paid, "/invoice")));
    assert_eq!(
        (&invoice["parent"], &invoice["metadata"]["user_id"], &invoice["total_taxes"][0]["amount"]),
        (&Value::Null, &json!("usr_1"), &json!(156))
    );
    let intent = bench.get(&format!("/payment_intents/{}", text(&paid, "/payment_intent")));
    assert_eq!((&intent["metadata"]["sku"], &intent["amount_received"]), (&json!("credits_500"), &json!(900)));
    assert_eq!(bench.get(&format!("/customers/{customer}"))["address"]["country"], "NL");
    let again = bench.stripe.control(bench.now_ms, "POST", "pay", json!({"session": session["id"], "how": "paid"}).to_string().as_bytes());
    assert_eq!(again.status, 422, "nobody pays twice");
    assert_eq!(bench.get("/balance")["available"][0]["amount"], 900);
}

#[test]
fn delayed_payments_settle_or_bounce() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let customer = bench.customer();
    for (how, status, event) in
        [("later", "paid", "checkout.session.async_payment_succeeded"), ("later-fails", "unpaid", "checkout.session.async_payment_failed")]
    {
        let session = bench.session("payment", &catalogue.credits, &[("customer", &customer), ("invoice_creation[enabled]", "true")]);
        let pending = bench.control("pay", &json!({"session": session["id"], "how": how}));
        assert_eq!((&pending["status"], &pending["payment_status"], &pending["invoice"]), (&json!("complete"), &json!("unpaid"), &Value::Null));
        assert_eq!(bench.types().last().map(String::as_str), Some("checkout.session.completed"));
        bench.pass(60_000);
        let types = bench.types();
        assert_eq!(types.last().map(String::as_str), Some(event));
        let settled = bench.get(&format!("/checkout/sessions/{}", text(&session, "/id")));
        assert_eq!((settled["payment_status"].as_str(), settled["invoice"].is_string()), (Some(status), how == "later"));
    }
    // One can also be settled on the spot, and only once.
    let session = bench.session("subscription", &catalogue.studio, &[("customer", &customer)]);
    let pending = bench.control("pay", &json!({"session": session["id"], "how": "later-fails"}));
    let subscription = format!("/subscriptions/{}", text(&pending, "/subscription"));
    assert_eq!(bench.get(&subscription)["status"], "active", "a debit is trusted until it fails");
    bench.control("pay", &json!({"session": session["id"], "how": "bounce"}));
    assert_eq!(bench.get(&subscription)["status"], "past_due");
    bench.hooks();
    bench.pass(60_000);
    assert_eq!(bench.types(), Vec::<String>::new());
}

#[test]
fn a_declined_card_leaves_it_open() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let session = bench.session("payment", &catalogue.credits, &[("customer_email", "guest@x.test")]);
    let open = bench.control("pay", &json!({"session": session["id"], "how": "declined"}));
    assert_eq!((&open["status"], &open["payment_status"]), (&json!("open"), &json!("unpaid")));
    assert_eq!(bench.types(), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]);
    let paid = bench.control("pay", &json!({"session": session["id"], "how": "paid"}));
    assert_eq!((&paid["customer"], &paid["customer_details"]["email"]), (&Value::Null, &json!("guest@x.test")));
    assert_eq!(bench.types(), ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"], "the same payment, no customer");
    assert_eq!(count(&bench.get(&format!("/charges?payment_intent={}", text(&paid, "/payment_intent")))), 2);
}

#[test]
fn sessions_run_out() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let by_hand = text(&bench.session("payment", &catalogue.credits, &[]), "/id");
    let by_time = text(&bench.session("payment", &catalogue.credits, &[("expires_at", "1767227400")]), "/id");
    assert_eq!(bench.post(&format!("/checkout/sessions/{by_hand}/expire"), &[])["status"], "expired");
    assert_eq!(bench.send("POST", &format!("/v1/checkout/sessions/{by_hand}/expire"), &[], "").status, 400);
    bench.pass(30 * 60_000);
    assert_eq!(bench.types(), ["checkout.session.expired", "checkout.session.expired"]);
    assert_eq!(bench.get(&format!("/checkout/sessions/{by_time}"))["status"], "expired");
}

#[test]
fn who_subscribes_without_being_known_becomes_a_customer() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let session =
        bench.session("subscription", &catalogue.studio, &[("customer_email", "new@x.test"), ("subscription_data[trial_period_days]", "14")]);
    let begun = bench.control("pay", &json!({"session": session["id"], "how": "paid"}));
    assert_eq!(begun["payment_status"], "no_payment_required");
    assert_eq!(bench.get(&format!("/customers/{}", text(&begun, "/customer")))["email"], "new@x.test");
    let path = format!("/subscriptions/{}", text(&begun, "/subscription"));
    let trial = bench.get(&path);
    assert_eq!(trial["status"], "trialing");
    let invoice = bench.get(&format!("/invoices/{}", text(&trial, "/latest_invoice")));
    assert_eq!((&invoice["status"], &invoice["amount_paid"], &invoice["billing_reason"]), (&json!("paid"), &json!(0), &json!("subscription_create")));
    bench.pass(14 * DAY_MS + HOUR_MS);
    let begun = bench.get(&path);
    assert_eq!((&begun["status"], &begun["items"]["data"][0]["current_period_end"]), (&json!("active"), &json!(1_771_113_600)));
}
