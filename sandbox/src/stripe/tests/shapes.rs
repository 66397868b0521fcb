//! Events have exactly the fields of the fixtures that were made from the vendor's own types.

use std::collections::BTreeSet;

use super::*;

/// What differs, as paths. Where one side has null or an empty list, there is nothing to compare.
fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut BTreeSet<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys()) {
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => differences(&format!("{path}/{name}"), ours, theirs, found),
                    (Some(_), None) => drop(found.insert(format!("{path}/{name} is too much"))),
                    (None, _) => drop(found.insert(format!("{path}/{name} is missing"))),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (ours, theirs) in ours.iter().zip(theirs) {
                differences(&format!("{path}/0"), ours, theirs, found);
            }
        }
        _ => {}
    }
}

/// A life in which every event of the fixtures happens.
fn live(bench: &mut Bench) {
    let catalogue = bench.catalogue();
    let customer = bench.customer();
    let taxed = [
        ("customer", customer.as_str()),
        ("automatic_tax[enabled]", "true"),
        ("customer_update[address]", "auto"),
        ("allow_promotion_codes", "false"),
    ];
    let invoiced = [&taxed[..], &[("invoice_creation[enabled]", "true")]].concat();
    let subscribed = [&taxed[..], &[("subscription_data[metadata][user_id]", "usr_1")]].concat();
    for how in ["paid", "later", "later-fails", "expired"] {
        let session = bench.session("payment", &catalogue.credits, &invoiced);
        bench.control("pay", &json!({"session": session["id"], "how": how}));
    }
    let session = bench.session("subscription", &catalogue.studio, &subscribed);
    let begun = bench.control("pay", &json!({"session": session["id"], "how": "paid"}));
    let subscription = text(&begun, "/subscription");
    bench.pass(MONTH_MS + 2 * HOUR_MS);
    let item = text(&bench.get(&format!("/subscriptions/{subscription}")), "/items/data/0/id");
    let upgrade = [("items[0][id]", item.as_str()), ("items[0][price]", catalogue.pro.as_str()), ("proration_behavior", "always_invoice")];
    bench.post(&format!("/subscriptions/{subscription}"), &upgrade);
    bench.post(&format!("/subscriptions/{subscription}"), &[("cancel_at_period_end", "true")]);
    bench.post(&format!("/subscriptions/{subscription}"), &[("cancel_at_period_end", "false")]);
    bench.control("renew", &json!({"subscription": subscription, "how": "failed"}));
    let charge = bench.get("/charges?limit=100")["data"]
        .as_array()
        .expect("a list")
        .iter()
        .rfind(|one| one["status"] == "succeeded")
        .expect("a charge")
        .clone();
    let refund = bench.control("refund", &json!({"charge": charge["id"], "amount": 300}));
    bench.control("refund", &json!({"refund": refund["id"], "how": "fails"}));
    bench.control("refund", &json!({"charge": charge["id"]}));
    let other = bench.get("/charges?limit=100")["data"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["status"] == "succeeded")
        .expect("a charge")
        .clone();
    bench.control("dispute", &json!({"charge": other["id"], "how": "won"}));
    bench.delete(&format!("/customers/{customer}"));
    bench.pass(0);
}

#[test]
fn events_are_shaped_like_the_fixtures() {
    let fixtures: Value = serde_json::from_str(include_str!("fixtures.json")).expect("JSON");
    let mut bench = Bench::new();
    live(&mut bench);
    let events: Vec<Value> = bench.sent.iter().map(|(_, delivery)| serde_json::from_slice(&delivery.body).expect("JSON")).collect();
    let mut found = BTreeSet::new();
    for (name, fixture) in fixtures.as_object().expect("fixtures") {
        let kind = fixture["type"].as_str().expect("a type");
        // Invoices of sales and of subscriptions are told apart by their parent.
        let sale = fixture["keys"]["data"]["object"]["parent"] == json!(0);
        let ours: Vec<&Value> = events.iter().filter(|event| event["type"] == kind).collect();
        let alike = ours.iter().filter(|event| !kind.starts_with("invoice.") || event["data"]["object"]["parent"].is_null() == sale);
        let mut compared = 0;
        for event in alike {
            compared += 1;
            let mut event = (*event).clone();
            if let Some(data) = event["data"].as_object_mut() {
                data.remove("previous_attributes");
            }
            assert_eq!(event["api_version"], VERSION);
            differences(name, &event, &fixture["keys"], &mut found);
        }
        assert!(compared > 0, "no {kind} like {name}");
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn differences_are_found() {
    let mut found = BTreeSet::new();
    differences(
        "",
        &json!({"a": {"b": 1}, "l": [{"c": 1, "d": 1}], "n": null}),
        &json!({"a": {"b": 0, "x": 0}, "l": [{"c": 0}], "n": {"y": 0}}),
        &mut found,
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/a/x is missing", "/l/0/d is too much"]);
}
