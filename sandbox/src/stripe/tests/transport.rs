//! Keys, versions, idempotency, refusals.

use super::*;

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.header(name)
}

#[test]
fn who_may_ask_and_how() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench, headers: &[(&str, &str)]| bench.send("GET", "/stripe/v1/balance", headers, "").status;
    assert_eq!(ask(&mut bench, &[]), 200);
    assert_eq!(ask(&mut bench, &[("authorization", "Basic c2tfdGVzdF94Og==")]), 200);
    assert_eq!(ask(&mut bench, &[("authorization", "Bearer sk_live_x")]), 401);
    assert_eq!(ask(&mut bench, &[("authorization", "")]), 401);
    assert_eq!(ask(&mut bench, &[("stripe-version", "2026-09-30.endive")]), 200);
    assert_eq!(ask(&mut bench, &[("stripe-version", "2025-03-31.basil")]), 400);
    assert_eq!(bench.send("POST", "/stripe/v1/customers", &[("content-type", "application/json")], "{}").status, 400);
    // The client knows hosts, but no path before its own.
    let answer = bench.send("GET", "/v1/account", &[], "");
    assert_eq!((answer.status, read(&answer)["object"].clone()), (200, json!("account")));
    assert!(header(&answer, "request-id").is_some_and(|id| id.starts_with("req_")));
    let without = Request {
        method: "GET".into(),
        path: "/v1/balance".into(),
        headers: vec![("authorization".into(), "Bearer sk_test_x".into())],
        body: vec![],
    };
    assert_eq!(bench.stripe.handle(START_MS, &without).status, 400);
    let nothing = bench.send("GET", "/v1/terminal/readers", &[], "");
    assert_eq!((nothing.status, text(&read(&nothing), "/error/type")), (404, "invalid_request_error".into()));
}

#[test]
fn a_key_replays_status_and_body() {
    let mut bench = Bench::new();
    let mut create = |body: &str, key: &str, ms: i64| {
        bench.now_ms = START_MS + ms;
        bench.send("POST", "/v1/customers", &[("idempotency-key", key)], body)
    };
    let first = create("email=a%40b.test&name=A", "k", 0);
    let again = create("name=A&email=a%40b.test", "k", DAY_MS - 1);
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!((header(&first, "idempotent-replayed"), header(&again, "idempotent-replayed")), (None, Some("true")));
    assert_eq!(header(&again, "original-request"), header(&first, "request-id"));
    assert_ne!(header(&again, "request-id"), header(&first, "request-id"));
    let other = create("email=c%40d.test", "k", DAY_MS - 1);
    assert_eq!((other.status, text(&read(&other), "/error/type")), (400, "idempotency_error".into()));
    assert_ne!(create("email=a%40b.test&name=A", "k", DAY_MS).body, first.body, "a day later it is a new request");
    // What was refused before it began uses up no key.
    assert_eq!(create("email=nonsense", "k2", DAY_MS).status, 400);
    assert_eq!(create("email=a%40b.test", "k2", DAY_MS).status, 200);
    assert_eq!(create("", &"x".repeat(256), DAY_MS).status, 400);
    assert_eq!(count(&bench.get("/customers")), 3);
}

#[test]
fn a_key_is_in_flight_until_its_answer_is_there() {
    let mut bench = Bench::new();
    bench.control("outage", &json!({"mode": "late-answer", "delayMs": 20_000, "times": 1}));
    let late = bench.send("POST", "/v1/customers", &[("idempotency-key", "k")], "name=A");
    assert_eq!((late.status, late.delay_ms), (200, 20_000));
    let busy = bench.send("POST", "/v1/customers", &[("idempotency-key", "k")], "name=A");
    assert_eq!((busy.status, text(&read(&busy), "/error/code")), (409, "idempotency_key_in_use".into()));
    bench.now_ms += 20_000;
    let replayed = bench.send("POST", "/v1/customers", &[("idempotency-key", "k")], "name=A");
    assert_eq!((replayed.status, &replayed.body), (200, &late.body));
    assert_eq!(count(&bench.get("/customers")), 1);
}

#[test]
fn refusals_name_what_is_wrong() {
    let mut bench = Bench::new();
    let Catalogue { studio, credits, .. } = bench.catalogue();
    let session = |price: &str, more: &[(&str, &str)]| {
        let mut fields =
            vec![("mode", "payment"), ("line_items[0][price]", price), ("line_items[0][quantity]", "1"), ("success_url", "https://a.test/")];
        fields.retain(|(name, _)| !more.iter().any(|(given, _)| given == name));
        fields.extend(more.iter().filter(|(_, value)| *value != "-"));
        bench.refused("/checkout/sessions", &fields)
    };
    let mut session = session;
    let mut refused = |price: &str, more: &[(&str, &str)], param: &str| assert_eq!(session(price, more), (400, param.to_owned()), "{more:?}");
    refused(&studio, &[], "line_items");
    refused(&credits, &[("mode", "subscription")], "line_items");
    refused("price_none", &[], "line_items[0][price]");
    refused(&credits, &[("success_url", "-")], "success_url");
    refused(&credits, &[("success_url", "javascript:alert(1)")], "success_url");
    refused(&credits, &[("cancel_url", "//a.test")], "cancel_url");
    refused(&credits, &[("line_items[0][quantity]", "0")], "line_items[0][quantity]");
    refused(&credits, &[("line_items[0][quantity]", "-")], "line_items[0][quantity]");
    refused(&credits, &[("mode", "gift")], "mode");
    refused(&credits, &[("payment_method_types[0]", "card")], "payment_method_types[0]");
    refused(&credits, &[("customer", "cus_none")], "customer");
    refused(&credits, &[("subscription_data[metadata][a]", "1")], "subscription_data");
    refused(&credits, &[("expires_at", "1767225601")], "expires_at");
    refused(&credits, &[("client_reference_id", &"x".repeat(201))], "client_reference_id");
    refused(&credits, &[("metadata[k]", &"x".repeat(501))], "metadata[k]");
    refused(&credits, &[("expand[0]", "nonsense")], "expand");
    assert_eq!(bench.refused("/prices", &[("product", "prod_none"), ("currency", "eur"), ("unit_amount", "1")]), (400, "product".into()));
    assert_eq!(bench.refused("/products", &[("name", "")]), (400, "name".into()));
    assert_eq!(bench.refused("/customers/cus_none", &[("name", "A")]), (404, "id".into()));
    assert_eq!(bench.refused("/billing_portal/sessions", &[("customer", "cus_none")]), (400, "customer".into()));
    assert_eq!(bench.refused("/refunds", &[("payment_intent", "pi_none")]), (400, "payment_intent".into()));
}
