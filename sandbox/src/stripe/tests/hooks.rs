//! Deliveries: signed, repeated, reordered, lost, sent again.

use super::*;
use crate::signing::stripe_signature;

/// The deliveries that are due now, which nobody has answered yet.
fn due(bench: &mut Bench) -> Vec<Delivery> {
    bench.stripe.advance(bench.now_ms)
}

fn signature(delivery: &Delivery) -> &str {
    delivery.headers.iter().find(|(name, _)| name == "stripe-signature").map(|(_, value)| value.as_str()).expect("a signature")
}

fn create(bench: &mut Bench, name: &str) -> String {
    text(&bench.post("/customers", &[("name", name)]), "/id")
}

#[test]
fn each_attempt_is_signed_afresh() {
    let mut bench = Bench::new();
    create(&mut bench, "A");
    let first = due(&mut bench).remove(0);
    assert_eq!(first.url, HOOK);
    assert!(first.body.starts_with(b"{\n  \""), "indented");
    assert_eq!(signature(&first), stripe_signature(&["whsec_one".into()], START_MS / 1_000, &first.body));
    bench.stripe.delivered(&first.id, Some(500), bench.now_ms);
    assert_eq!(count(&bench.get("/events?delivery_success=false")), 1);
    bench.control("webhooks", &json!({"secrets": ["whsec_two", "whsec_one"]}));
    bench.now_ms += 1_000;
    let second = due(&mut bench).remove(0);
    assert_eq!((&second.event, &second.body), (&first.event, &first.body), "the same event");
    assert_eq!(signature(&second), stripe_signature(&["whsec_two".into(), "whsec_one".into()], START_MS / 1_000 + 1, &second.body));
    bench.stripe.delivered(&second.id, None, bench.now_ms);
    bench.now_ms += 4_999;
    assert!(due(&mut bench).is_empty());
    bench.now_ms += 1;
    let third = due(&mut bench).remove(0);
    bench.stripe.delivered(&third.id, Some(204), bench.now_ms);
    assert_eq!((bench.stripe.next_due(), count(&bench.get("/events?delivery_success=false"))), (None, 0));
}

#[test]
fn it_gives_up_after_about_three_days() {
    let mut bench = Bench::new();
    create(&mut bench, "A");
    let (mut attempts, mut last_ms) = (0, START_MS);
    while let Some(due_ms) = bench.stripe.next_due() {
        for delivery in bench.stripe.advance(due_ms) {
            attempts += 1;
            last_ms = due_ms;
            bench.stripe.delivered(&delivery.id, Some(302), due_ms);
        }
    }
    assert_eq!(attempts, 12);
    assert!((2 * DAY_MS..4 * DAY_MS).contains(&(last_ms - START_MS)));
    bench.now_ms = last_ms;
    assert_eq!(bench.control("webhooks", &json!({"mode": "deliver"}))["resent"], 1);
    assert_eq!(bench.hooks().len(), 1);
}

#[test]
fn twice_reordered_and_with_two_ids() {
    let mut bench = Bench::new();
    bench.control("webhooks", &json!({"mode": "twice"}));
    let a = create(&mut bench, "A");
    let both = bench.hooks();
    assert_eq!((both.len(), &both[0]["id"]), (2, &both[1]["id"]));
    assert_eq!(both[0]["data"]["object"]["id"], json!(a));
    bench.control("webhooks", &json!({"mode": "reorder"}));
    let made: Vec<String> = ["B", "C", "D"].iter().map(|name| create(&mut bench, name)).collect();
    assert!(bench.hooks().is_empty());
    bench.pass(2_000);
    let order: Vec<String> = bench.hooks().iter().map(|event| text(event, "/data/object/id")).collect();
    assert_eq!(order, made.into_iter().rev().collect::<Vec<_>>());
    bench.control("webhooks", &json!({"mode": "two-ids"}));
    create(&mut bench, "E");
    let both = bench.hooks();
    assert_eq!((both.len(), &both[0]["data"]), (2, &both[1]["data"]));
    assert_ne!(both[0]["id"], both[1]["id"]);
    let unknown = bench.stripe.control(bench.now_ms, "POST", "webhooks", br#"{"mode": "odd"}"#);
    assert_eq!(unknown.status, 422);
}

#[test]
fn what_was_muted_can_be_delivered_later() {
    let mut bench = Bench::new();
    bench.control("webhooks", &json!({"mode": "mute"}));
    create(&mut bench, "A");
    assert!(bench.hooks().is_empty());
    bench.control("webhooks", &json!({"mode": "normal"}));
    create(&mut bench, "B");
    assert_eq!(bench.hooks().len(), 1, "what is lost stays lost");
    assert_eq!(count(&bench.get("/events?delivery_success=false")), 1);
    assert_eq!(bench.control("webhooks", &json!({"mode": "deliver"}))["resent"], 1);
    assert_eq!(bench.hooks()[0]["data"]["object"]["name"], "A");
}

#[test]
fn any_event_can_be_sent() {
    let mut bench = Bench::new();
    let customer = create(&mut bench, "A");
    bench.hooks();
    let event = json!({"id": "evt_own", "type": "invoice.paid", "data": {"object": {"id": "in_x", "object": "invoice"}}});
    bench.control("emit", &json!({"event": event, "secret": "whsec_wrong", "ageSeconds": 301, "livemode": true, "times": 3}));
    let forged = due(&mut bench);
    assert_eq!(forged.len(), 3);
    assert_eq!(signature(&forged[0]), stripe_signature(&["whsec_wrong".into()], START_MS / 1_000 - 301, &forged[0].body));
    let body: Value = serde_json::from_slice(&forged[0].body).expect("JSON");
    assert_eq!((&body["livemode"], &body["api_version"], &body["id"]), (&json!(true), &json!(VERSION), &json!("evt_own")));
    assert_eq!(bench.send("GET", "/v1/events/evt_own", &[], "").status, 404, "the vendor does not know it");
    bench.control("emit", &json!({"event": {"type": "customer.updated", "data": {"object": customer}}}));
    let event = bench.hooks().remove(0);
    assert_eq!((&event["data"]["object"]["name"], &event["livemode"]), (&json!("A"), &json!(false)));
    assert_eq!(bench.get(&format!("/events/{}", text(&event, "/id")))["type"], "customer.updated");
    bench.control("emit", &json!({"event": {}, "header": "t=1", "body": "not JSON"}));
    let raw = due(&mut bench).remove(0);
    assert_eq!((signature(&raw), raw.body.as_slice()), ("t=1", &b"not JSON"[..]));
}

#[test]
fn endpoints_of_the_api_hear_what_they_want() {
    let mut bench = Bench::new();
    bench.control("webhooks", &json!({"url": ""}));
    let fields = [("url", "https://a.test/hook"), ("enabled_events[0]", "customer.deleted"), ("api_version", VERSION)];
    let made = bench.post("/webhook_endpoints", &fields);
    let secret = text(&made, "/secret");
    let path = format!("/webhook_endpoints/{}", text(&made, "/id"));
    assert!(bench.get(&path).get("secret").is_none());
    assert_eq!(count(&bench.get("/webhook_endpoints")), 1);
    let customer = create(&mut bench, "A");
    assert!(due(&mut bench).is_empty());
    bench.delete(&format!("/customers/{customer}"));
    let heard = due(&mut bench).remove(0);
    assert_eq!(heard.url, "https://a.test/hook");
    assert_eq!(signature(&heard), stripe_signature(&[secret], START_MS / 1_000, &heard.body));
    assert_eq!(bench.post(&path, &[("disabled", "true")])["status"], "disabled");
    assert_eq!(bench.delete(&path)["deleted"], true);
    assert_eq!(count(&bench.get("/webhook_endpoints")), 0);
}
