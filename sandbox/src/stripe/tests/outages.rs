//! When the API is down, slow, or answers in vain.

use super::*;
use crate::exchange::Transfer;

fn create(bench: &mut Bench, key: &str) -> Response {
    bench.send("POST", "/v1/customers", &[("idempotency-key", key)], "name=A")
}

#[test]
fn answers_get_lost_but_not_their_effects() {
    let mut bench = Bench::new();
    bench.control("outage", &json!({"mode": "lost-answer", "times": 1}));
    assert_eq!(bench.send("GET", "/v1/customers", &[], "").transfer, Transfer::Whole, "reading is not affected, and uses nothing up");
    assert_eq!(create(&mut bench, "k").transfer, Transfer::Dropped);
    let again = create(&mut bench, "k");
    assert_eq!((again.transfer, again.header("idempotent-replayed")), (Transfer::Whole, Some("true")));
    assert_eq!(count(&bench.get("/customers")), 1);
    bench.control("outage", &json!({"mode": "garbage", "times": 1}));
    let page = create(&mut bench, "k2");
    assert_eq!((page.status, page.body.first()), (200, Some(&b'<')));
    assert_eq!(count(&bench.get("/customers")), 2);
}

#[test]
fn what_is_down_or_throttled_does_nothing() {
    let mut bench = Bench::new();
    for (mode, status) in [("down", 503), ("throttled", 429)] {
        bench.control("outage", &json!({"mode": mode}));
        assert_eq!(create(&mut bench, mode).status, status);
        assert_eq!(create(&mut bench, mode).status, status);
    }
    bench.control("outage", &json!({"mode": "up"}));
    assert_eq!(count(&bench.get("/customers")), 0);
    assert_eq!(create(&mut bench, "down").status, 200, "no key was used up");
    bench.control("outage", &json!({"mode": "slow", "delayMs": 1_500}));
    assert_eq!(bench.send("GET", "/v1/customers", &[], "").delay_ms, 1_500);
    let odd = bench.stripe.control(bench.now_ms, "POST", "outage", br#"{"mode": "odd"}"#);
    assert_eq!(odd.status, 422);
}

#[test]
fn an_auditor_sees_everything() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let answer = bench.stripe.control(bench.now_ms, "GET", "state", b"");
    let state = read(&answer);
    assert_eq!(state["charges"][0]["id"], json!(charge));
    assert!(state["customers"][0].get("_card").is_none(), "what is the machine's own stays there");
    assert_eq!(state["deliveries"].as_array().map(Vec::len), state["events"].as_array().map(Vec::len));
    assert_eq!(state["deliveries"][0]["delivered"], true);
    assert_eq!(bench.stripe.objects("charge").count(), 1);
    assert_eq!(bench.stripe.object(&charge).expect("a charge")["amount"], 900);
}

#[test]
fn a_live_key_makes_everything_live() {
    let mut bench = Bench::new();
    bench.stripe = Stripe::new(Config {
        secret_keys: vec!["sk_live_x".into()],
        webhook_secrets: vec!["whsec_one".into()],
        webhook_url: Some(HOOK.into()),
        base_url: "http://127.0.0.1:9000/stripe".into(),
        seed: 7,
        speed: 1,
    });
    let answer = bench.send("POST", "/v1/customers", &[("authorization", "Bearer sk_live_x")], "");
    assert_eq!(read(&answer)["livemode"], true);
    assert_eq!(bench.hooks()[0]["livemode"], true);
}
