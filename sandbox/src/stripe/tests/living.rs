//! Renewal, dunning, plan changes, ends.

use super::*;

/// What a subscription is, with the end of its period.
fn state(bench: &mut Bench, subscription: &str) -> (String, i64) {
    let shown = bench.get(&format!("/subscriptions/{subscription}"));
    (text(&shown, "/status"), shown["items"]["data"][0]["current_period_end"].as_i64().expect("a time"))
}

fn latest(bench: &mut Bench, subscription: &str) -> Value {
    bench.get(&format!("/subscriptions/{subscription}?expand[]=latest_invoice"))["latest_invoice"].clone()
}

#[test]
fn it_renews_and_is_collected_an_hour_later() {
    let mut bench = Bench::new();
    let (_, _, subscription) = bench.subscriber();
    bench.hooks();
    bench.pass(MONTH_MS);
    assert_eq!(bench.types(), ["customer.subscription.updated", "invoice.created"]);
    assert_eq!(latest(&mut bench, &subscription)["status"], "draft");
    bench.pass(HOUR_MS);
    let types = bench.types();
    assert!(types.contains(&"invoice.paid".into()) && !types.iter().any(|event| event.starts_with("customer.subscription")), "{types:?}");
    let invoice = latest(&mut bench, &subscription);
    assert_eq!((&invoice["billing_reason"], &invoice["status"]), (&json!("subscription_cycle"), &json!("paid")));
    assert_eq!(invoice["lines"]["data"][0]["period"], json!({"start": 1_769_904_000, "end": 1_772_323_200}));
    assert_eq!((&invoice["period_start"], &invoice["period_end"]), (&json!(1_767_225_600), &json!(1_769_904_000)));
    assert_eq!(invoice["number"].as_str().map(|number| number.ends_with("-0002")), Some(true));
    // A clock that leaps goes through every period.
    bench.pass(12 * MONTH_MS);
    assert_eq!(count(&bench.get(&format!("/invoices?subscription={subscription}&limit=100"))), 14);
}

#[test]
fn a_card_that_fails_is_tried_four_times() {
    let mut bench = Bench::new();
    let (_, customer, subscription) = bench.subscriber();
    bench.stripe.set_card(bench.now_ms, &customer, false);
    bench.hooks();
    bench.pass(MONTH_MS + HOUR_MS);
    let hooks = bench.hooks();
    let failed = hooks.iter().find(|event| event["type"] == "invoice.payment_failed").expect("an event");
    let invoice = &failed["data"]["object"];
    assert_eq!((&invoice["status"], &invoice["attempt_count"], &invoice["amount_paid"]), (&json!("open"), &json!(1), &json!(0)));
    assert_eq!(invoice["next_payment_attempt"], json!(1_769_904_000 + 3_600 + 3 * 86_400));
    assert!(failed["data"].get("previous_attributes").is_none());
    assert_eq!(hooks.last().expect("an event")["data"]["object"]["status"], "past_due");
    for days in [3, 5] {
        bench.pass(days * DAY_MS);
        let types = bench.types();
        assert_eq!(types.iter().filter(|event| *event == "invoice.payment_failed").count(), 1, "{types:?}");
        assert_eq!(state(&mut bench, &subscription).0, "past_due");
    }
    bench.pass(7 * DAY_MS);
    let hooks = bench.hooks();
    let ended = hooks.last().expect("an event");
    assert_eq!(
        (&ended["type"], &ended["data"]["object"]["cancellation_details"]["reason"]),
        (&json!("customer.subscription.deleted"), &json!("payment_failed"))
    );
    let last = hooks.iter().find(|event| event["type"] == "invoice.payment_failed").expect("an event");
    assert_eq!(last["data"]["object"]["next_payment_attempt"], Value::Null);
    bench.pass(100 * DAY_MS);
    assert_eq!(bench.types(), Vec::<String>::new());
}

#[test]
fn a_card_that_is_mended_recovers_it() {
    let mut bench = Bench::new();
    let (_, customer, subscription) = bench.subscriber();
    bench.stripe.set_card(bench.now_ms, &customer, false);
    bench.pass(MONTH_MS + HOUR_MS);
    assert_eq!(state(&mut bench, &subscription).0, "past_due");
    bench.stripe.set_card(bench.now_ms, &customer, true);
    bench.hooks();
    bench.pass(3 * DAY_MS);
    let types = bench.types();
    assert!(types.contains(&"invoice.paid".into()) && types.last().is_some_and(|event| event == "customer.subscription.updated"), "{types:?}");
    assert_eq!(state(&mut bench, &subscription).0, "active");
}

#[test]
fn a_renewal_can_be_asked_for() {
    let mut bench = Bench::new();
    let (_, _, subscription) = bench.subscriber();
    let renew = |bench: &mut Bench, how: &str| text(&bench.control("renew", &json!({"subscription": subscription, "how": how})), "/status");
    assert_eq!(renew(&mut bench, "paid"), "active");
    assert_eq!(state(&mut bench, &subscription).1, 1_772_323_200);
    assert_eq!(renew(&mut bench, "failed"), "past_due");
    assert_eq!(renew(&mut bench, "failed"), "past_due", "the next attempt, not the next period");
    assert_eq!(renew(&mut bench, "paid"), "active");
    assert_eq!(state(&mut bench, &subscription).1, 1_775_001_600);
    for _ in 0..3 {
        renew(&mut bench, "failed");
    }
    assert_eq!(renew(&mut bench, "failed"), "canceled");
}

#[test]
fn an_upgrade_leaves_a_proration_invoice() {
    let mut bench = Bench::new();
    let (catalogue, _, subscription) = bench.subscriber();
    bench.pass(MONTH_MS + 14 * DAY_MS);
    let item = text(&bench.get(&format!("/subscriptions/{subscription}")), "/items/data/0/id");
    bench.hooks();
    let change = [("items[0][id]", item.as_str()), ("items[0][price]", catalogue.pro.as_str()), ("proration_behavior", "always_invoice")];
    let changed = bench.post(&format!("/subscriptions/{subscription}"), &change);
    assert_eq!(changed["items"]["data"][0]["price"]["id"], json!(catalogue.pro));
    let hooks = bench.hooks();
    let updated = hooks.iter().find(|event| event["type"] == "customer.subscription.updated").expect("an event");
    assert_eq!(updated["data"]["previous_attributes"]["items"]["data"][0]["price"]["id"], json!(catalogue.studio));
    assert!(updated["request"]["id"].is_string());
    let invoice = latest(&mut bench, &subscription);
    assert_eq!(
        (&invoice["billing_reason"], &invoice["status"], &invoice["amount_paid"]),
        (&json!("subscription_update"), &json!("paid"), &json!(1_500))
    );
    let amounts: Vec<_> = invoice["lines"]["data"].as_array().expect("lines").iter().map(|line| line["amount"].as_i64()).collect();
    assert_eq!(amounts, [Some(-950), Some(2_450)], "as in the vendor's fixture");
    assert_eq!(invoice["lines"]["data"][0]["parent"]["invoice_item_details"]["proration"], true);
    // Down again: the difference becomes a credit, which the next renewal uses first.
    let back = [("items[0][id]", item.as_str()), ("items[0][price]", catalogue.studio.as_str()), ("proration_behavior", "always_invoice")];
    bench.post(&format!("/subscriptions/{subscription}"), &back);
    let invoice = latest(&mut bench, &subscription);
    assert_eq!((&invoice["total"], &invoice["amount_due"], &invoice["status"]), (&json!(-1_500), &json!(0), &json!("paid")));
    bench.pass(MONTH_MS);
    let invoice = latest(&mut bench, &subscription);
    assert_eq!((&invoice["total"], &invoice["amount_paid"], &invoice["starting_balance"]), (&json!(1_900), &json!(400), &json!(-1_500)));
}

#[test]
fn prorations_wait_for_the_next_invoice_or_are_left_out() {
    let mut bench = Bench::new();
    let (catalogue, customer, subscription) = bench.subscriber();
    bench.pass(MONTH_MS + 14 * DAY_MS);
    let path = format!("/subscriptions/{subscription}");
    let item = text(&bench.get(&path), "/items/data/0/id");
    let first = latest(&mut bench, &subscription);
    let to = |price: &str, more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("items[0][id]".to_owned(), item.clone()), ("items[0][price]".to_owned(), price.to_owned())];
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    };
    let change = |bench: &mut Bench, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        bench.post(&path, &fields)
    };
    change(&mut bench, to(&catalogue.pro, &[]));
    assert_eq!(latest(&mut bench, &subscription)["id"], first["id"], "nothing is billed now");
    bench.pass(14 * DAY_MS + HOUR_MS);
    let renewal = latest(&mut bench, &subscription);
    assert_eq!((&renewal["billing_reason"], &renewal["amount_paid"]), (&json!("subscription_cycle"), &json!(4_900 - 950 + 2_450)));
    // Another interval begins a new period at once.
    bench.pass(DAY_MS);
    let yearly = change(&mut bench, to(&catalogue.yearly, &[("proration_behavior", "none")]));
    let now_s = bench.now_ms / 1_000;
    assert_eq!(yearly["items"]["data"][0]["current_period_start"], json!(now_s));
    assert_eq!(latest(&mut bench, &subscription)["amount_paid"], 19_000);
    // Without a card that works nothing changes when that was asked for.
    bench.stripe.set_card(bench.now_ms, &customer, false);
    let fields = [("items[0][id]", item.as_str()), ("items[0][price]", catalogue.pro.as_str()), ("payment_behavior", "error_if_incomplete")];
    assert_eq!(bench.refused(&path, &fields), (402, "card_declined".into()));
    assert_eq!(bench.refused(&path, &[("items[0][price]", catalogue.pro.as_str())]), (400, "items[0][id]".into()));
    assert_eq!(bench.get(&path)["items"]["data"][0]["price"]["id"], json!(catalogue.yearly));
}

#[test]
fn it_ends_when_and_how_it_was_asked_to() {
    let mut bench = Bench::new();
    let (_, _, subscription) = bench.subscriber();
    let path = format!("/subscriptions/{subscription}");
    bench.hooks();
    let ends = bench.post(&path, &[("cancel_at_period_end", "true"), ("cancellation_details[feedback]", "too_expensive")]);
    assert_eq!((&ends["status"], &ends["cancel_at"], &ends["canceled_at"]), (&json!("active"), &json!(1_769_904_000), &json!(1_767_225_600)));
    assert_eq!(ends["cancellation_details"]["feedback"], "too_expensive");
    let goes_on = bench.post(&path, &[("cancel_at_period_end", "false")]);
    assert_eq!((&goes_on["cancel_at"], &goes_on["canceled_at"]), (&Value::Null, &Value::Null));
    bench.post(&path, &[("cancel_at_period_end", "true")]);
    bench.hooks();
    bench.pass(MONTH_MS);
    assert_eq!(bench.types(), ["customer.subscription.deleted"]);
    let ended = bench.get(&path);
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("canceled"), &json!(1_769_904_000)));
    assert_eq!((count(&bench.get("/subscriptions")), count(&bench.get("/subscriptions?status=all"))), (0, 1));
    assert_eq!(bench.send("DELETE", &format!("/v1{path}"), &[], "").status, 404);
    assert_eq!(bench.send("POST", &format!("/v1{path}"), &[], "cancel_at_period_end=false").status, 400);
    assert_eq!(bench.post(&path, &[("metadata[a]", "1")])["metadata"]["a"], "1");
}

#[test]
fn it_ends_at_once_or_at_a_time() {
    let mut bench = Bench::new();
    let (_, customer, subscription) = bench.subscriber();
    let path = format!("/subscriptions/{subscription}");
    assert_eq!(bench.refused(&path, &[("cancel_at", "1")]), (400, "cancel_at".into()));
    bench.post(&path, &[("cancel_at", "1768000000")]);
    bench.post(&path, &[("cancel_at", "")]);
    bench.pass(MONTH_MS + HOUR_MS);
    assert_eq!(state(&mut bench, &subscription).0, "active");
    assert_eq!(bench.delete(&path)["status"], "canceled");
    bench.hooks();
    bench.delete(&format!("/customers/{customer}"));
    assert_eq!(bench.types(), ["customer.deleted"], "it has ended already");
    let mut bench = Bench::new();
    let (_, customer, subscription) = bench.subscriber();
    bench.hooks();
    bench.delete(&format!("/customers/{customer}"));
    assert_eq!(bench.types(), ["customer.subscription.deleted", "customer.deleted"]);
    assert_eq!(state(&mut bench, &subscription).0, "canceled");
}
