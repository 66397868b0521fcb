use super::{super::tests::fixtures, *};
use serde_json::{Value, json};

fn object(fixture: usize) -> Value {
    fixtures()[fixture - 1]["data"]["object"].clone()
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn id(text: &str) -> Option<Id> {
    Id::parse(text)
}

fn cus() -> StripeCustomer {
    StripeCustomer::new("cus_StudioA1")
}

#[test]
fn sessions() {
    let session = |fixture| read_session(&bytes(&object(fixture))).unwrap();
    let paid = session(1);
    assert_eq!((paid.mode, paid.status.as_str(), paid.payment_status.as_str(), paid.is_paid()), (Mode::Payment, "complete", "paid", true));
    assert_eq!((paid.customer, paid.payment_intent, paid.invoice), (Some(cus()), id("pi_TopupA1"), id("in_TopupA1_0002")));
    assert_eq!((paid.subscription, paid.credits, paid.item, paid.url), (None, None, None, None));
    assert_eq!((paid.reference, paid.expires_at_s), (Some(StripeReference::new("usr_01JGFJJZ00A1")), Some(1_767_311_940)));
    assert_eq!([2, 3, 4, 5, 6].map(|fixture| session(fixture).is_paid()), [false, true, false, false, true]);
    assert_eq!(session(5).status, "expired");
    let plan = session(6);
    assert_eq!((plan.mode, plan.subscription, plan.payment_intent), (Mode::Subscription, id("sub_StudioA1"), None));
    let ours = json!({"object": "checkout.session", "id": "cs_1", "mode": "setup", "url": "https://checkout.stripe.com/c/pay/cs_1#x",
        "metadata": {"atelier_credits": "500", "atelier_item": "pack-500"}});
    let ours = read_session(&bytes(&ours)).unwrap();
    assert_eq!((ours.mode, ours.credits, ours.item.as_deref()), (Mode::Other, Some(500), Some("pack-500")));
    assert_eq!((ours.status.as_str(), ours.url.as_deref()), ("", Some("https://checkout.stripe.com/c/pay/cs_1#x")));
}

#[test]
fn a_payment_that_failed_later() {
    let with = |status: &str, payment_status: &str, intent: &Value| {
        let session =
            json!({"object": "checkout.session", "id": "cs_1", "status": status, "payment_status": payment_status, "payment_intent": intent});
        read_session(&bytes(&session)).unwrap()
    };
    let failed = with("complete", "unpaid", &json!({"id": "pi_1", "object": "payment_intent", "status": "requires_payment_method"}));
    assert_eq!((failed.has_failed(), failed.payment_intent), (true, id("pi_1")));
    assert!(with("complete", "unpaid", &json!({"id": "pi_1", "status": "canceled"})).has_failed());
    for (status, payment_status, intent) in [
        ("complete", "unpaid", json!({"id": "pi_1", "status": "processing"})),
        ("complete", "unpaid", json!("pi_1")),
        ("complete", "paid", json!({"id": "pi_1", "status": "succeeded"})),
        // Somebody has tried a card that was declined, and is still there.
        ("open", "unpaid", json!({"id": "pi_1", "status": "requires_payment_method"})),
        ("complete", "unpaid", json!(null)),
    ] {
        assert!(!with(status, payment_status, &intent).has_failed(), "{status} {payment_status} {intent}");
    }
}

#[test]
fn subscriptions() {
    let subscription = |fixture| read_subscription(&bytes(&object(fixture))).unwrap();
    let first = subscription(7);
    assert_eq!((first.status.as_str(), first.customer, first.price), ("incomplete", Some(cus()), id("price_studio_month")));
    assert_eq!((first.period_start_s, first.period_end_s), (Some(1_767_225_600), Some(1_769_904_000)));
    // The contract's price is another studio's.
    assert_eq!((first.plan, first.cancel_at_s, first.ended_at_s), (None, None, None));
    assert_eq!(subscription(12).period_end_s, Some(1_772_323_200));
    assert_eq!(subscription(15).price, id("price_pro_month"));
    assert_eq!(subscription(16).cancel_at_s, Some(1_772_323_200));
    assert_eq!((subscription(18).status.as_str(), subscription(19).status.as_str()), ("past_due", "canceled"));
    assert!(subscription(19).ended_at_s.is_some());
    let page = json!({"object": "list", "data": [object(7), object(19), {"object": "invoice", "id": "in_1"}], "has_more": false});
    let page = read_subscriptions(&bytes(&page)).unwrap();
    assert_eq!((page.items.len(), page.all_read, page.has_more), (2, false, false));
}

#[test]
fn the_plan_is_that_of_our_price() {
    let item = |price: &str, metadata: &Value, end: i64| json!({"price": {"id": price, "object": "price", "metadata": metadata}, "current_period_start": 1, "current_period_end": end});
    let read = |subscription: &Value| read_subscription(&bytes(subscription)).unwrap();
    let other = item("price_support", &json!({}), 7);
    let pack = item("price_pack", &json!({"atelier_kind": "pack", "atelier_item": "pack-500"}), 8);
    let plan = item("price_studio", &json!({"atelier_kind": "plan", "atelier_item": "studio"}), 9);
    let made =
        json!({"object": "subscription", "id": "sub_1", "items": {"data": [other, pack, plan]}, "cancel_at_period_end": true, "cancel_at": null});
    let made = read(&made);
    assert_eq!((made.plan.as_deref(), made.price, made.period_end_s, made.cancel_at_s), (Some("studio"), id("price_studio"), Some(9), Some(9)));
    let foreign = read(&json!({"object": "subscription", "id": "sub_1", "items": {"data": [other, pack]}}));
    assert_eq!((foreign.plan, foreign.price, foreign.period_end_s, foreign.cancel_at_s), (None, id("price_support"), Some(7), None));
    let bare = read(&json!({"object": "subscription", "id": "sub_1", "cancel_at_period_end": true, "cancel_at": 5, "status": null}));
    assert_eq!((bare.price, bare.period_end_s, bare.cancel_at_s, bare.status.as_str()), (None, None, Some(5), ""));
}

#[test]
fn prices() {
    let price = json!({"object": "price", "id": "price_1", "active": true, "unit_amount": 1200, "lookup_key": "atelier_studio_month",
        "metadata": {"atelier_kind": "plan", "atelier_item": "studio", "atelier_credits": "1000"}});
    let read = read_price(&bytes(&price)).unwrap();
    assert_eq!((read.credits, read.unit_amount, read.active), (Some(1000), Some(1200), true));
    assert_eq!(
        (read.kind.as_deref(), read.item.as_deref(), read.lookup_key.as_deref()),
        (Some("plan"), Some("studio"), Some("atelier_studio_month"))
    );
    let foreign = read_price(br#"{"object":"price","id":"price_2","unit_amount":null,"metadata":{"atelier_credits":"-5"}}"#).unwrap();
    assert_eq!((foreign.credits, foreign.unit_amount, foreign.active), (None, None, false));
    let page = read_prices(&bytes(&json!({"object": "list", "data": [price], "has_more": false}))).unwrap();
    assert_eq!((page.items, page.all_read), (vec![read], true));
}

#[test]
fn money_that_went_back() {
    let charge = |fixture| read_charge(&bytes(&object(fixture))).unwrap();
    assert_eq!((charge(21).amount, charge(21).amount_refunded, charge(22).amount_refunded), (900, 300, 900));
    assert_eq!((charge(21).customer, charge(21).payment_intent, charge(21).disputed), (Some(cus()), id("pi_TopupA1"), false));
    assert!(charge(21).succeeded && !read_charge(br#"{"object":"charge","id":"ch_1","amount":1,"status":"failed"}"#).unwrap().succeeded);
    for fixture in [23, 24] {
        let refund = read_refund(&bytes(&object(fixture))).unwrap();
        assert_eq!((Some(refund.id), refund.charge, refund.payment_intent), (id("re_TopupA1"), id("ch_TopupA1"), id("pi_TopupA1")));
    }
    let dispute = |fixture| read_dispute(&bytes(&object(fixture))).unwrap();
    assert_eq!((dispute(25).charge, dispute(25).payment_intent), (id("ch_TopupA1"), id("pi_TopupA1")));
    assert_eq!([25, 26, 27].map(|fixture| disputed_amount(&[dispute(fixture)])), [900, 0, 900]);
    let of = |status: &str| disputed_amount(&[Dispute { status: status.to_owned(), ..dispute(25) }]);
    for moves_nothing in ["won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"] {
        assert_eq!(of(moves_nothing), 0, "{moves_nothing}");
    }
    for gone in ["needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review", "something_new", ""] {
        assert_eq!(of(gone), 900, "{gone}");
    }
    let huge = Dispute { amount: i64::MAX, ..dispute(25) };
    assert_eq!(disputed_amount(&[huge, dispute(25), Dispute { amount: -5, ..dispute(25) }]), i64::MAX);
    let page = read_disputes(&bytes(&json!({"object": "list", "data": [object(25), object(26)], "has_more": false}))).unwrap();
    assert_eq!(disputed_amount(&page.items), 900);
}

#[test]
fn customers_and_the_portal() {
    assert!(!read_customer(&bytes(&object(28))).unwrap().deleted);
    let gone = read_customer(br#"{"id":"cus_1","object":"customer","deleted":true}"#).unwrap();
    assert_eq!((gone.id, gone.deleted), (StripeCustomer::new("cus_1"), true));
    let portal = |url: &str| read_portal(&bytes(&json!({"object": "billing_portal.session", "id": "bps_1", "url": url})));
    assert_eq!(portal("https://billing.stripe.com/p/session/x").as_deref(), Some("https://billing.stripe.com/p/session/x"));
    for odd in ["", "javascript:alert(1)", "//evil.example", "https://x\r\nset-cookie: a", "https://x y"] {
        assert_eq!(portal(odd), None, "{odd}");
    }
}

#[test]
fn nothing_odd_is_read() {
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"<html>",
        b"{}",
        br#"{"object":"list","data":7}"#,
        br#"{"object":"charge","id":7}"#,
        br#"{"object":"x","id":"x_1"}"#,
    ] {
        assert_eq!((read_session(body), read_subscription(body), read_price(body)), (None, None, None));
        assert_eq!((read_charge(body), read_refund(body), read_dispute(body)), (None, None, None));
        assert_eq!((read_customer(body), read_portal(body)), (None, None));
    }
    assert_eq!(read_charge(br#"{"object":"charge","id":"../x","amount":1}"#), None);
    assert_eq!(read_disputes(br#"{"object":"list","data":7}"#).unwrap().items, []);
}
