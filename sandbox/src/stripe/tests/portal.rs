//! Configurations of the customer portal, and what they let people do.

use super::*;

const PATH: &str = "/billing_portal/configurations";
const UPDATE: &str = "features[subscription_update]";

/// A configuration that offers these prices, where less begins later.
fn configure(bench: &mut Bench, path: &str, prices: &[&str], more: &[(&str, &str)]) -> Value {
    let product = text(&bench.get(&format!("/prices/{}", prices[0])), "/product");
    let mut fields: Vec<(String, String)> = [
        ("[enabled]", "true"),
        ("[default_allowed_updates][0]", "price"),
        ("[proration_behavior]", "always_invoice"),
        ("[products][0][product]", product.as_str()),
        ("[schedule_at_period_end][conditions][0][type]", "decreasing_item_amount"),
        ("[schedule_at_period_end][conditions][1][type]", "shortening_interval"),
    ]
    .iter()
    .map(|(name, value)| (format!("{UPDATE}{name}"), (*value).to_owned()))
    .collect();
    fields.extend(prices.iter().enumerate().map(|(n, price)| (format!("{UPDATE}[products][0][prices][{n}]"), (*price).to_owned())));
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    bench.post(path, &fields)
}

fn act(bench: &mut Bench, url: &str, fields: &[(&str, &str)]) -> u16 {
    bench.send("POST", url.strip_prefix("http://127.0.0.1:9000").expect("on this host"), &[], &form(fields)).status
}

#[test]
fn configurations_are_made_listed_and_changed() {
    let mut bench = Bench::new();
    let Catalogue { studio, pro, credits, .. } = bench.catalogue();
    let more = [
        ("metadata[atelier_kind]", "portal"),
        ("features[invoice_history][enabled]", "true"),
        ("features[customer_update][allowed_updates][0]", "name"),
    ];
    let made = configure(&mut bench, PATH, &[&studio, &pro], &more);
    let id = text(&made, "/id");
    assert!(id.starts_with("bpc_") && made["object"] == "billing_portal.configuration" && made["active"] == true, "{made}");
    assert_eq!((&made["is_default"], &made["metadata"]), (&json!(false), &json!({"atelier_kind": "portal"})));
    assert_eq!(made["features"]["customer_update"]["allowed_updates"], json!(["name"]));
    let update = &made["features"]["subscription_update"];
    assert_eq!((&update["proration_behavior"], update.get("products")), (&json!("always_invoice"), None), "{update}");
    assert_eq!(update["schedule_at_period_end"]["conditions"][1]["type"], "shortening_interval");

    let found = bench.get(&format!("{PATH}?active=true&limit=100"));
    assert_eq!((count(&found), text(&found, "/data/0/id")), (1, id.clone()));
    let path = format!("{PATH}/{id}");
    let changed = bench.post(&path, &[("active", "false"), ("metadata[atelier_digest]", "x"), ("features[invoice_history][enabled]", "false")]);
    assert_eq!((&changed["active"], &changed["features"]["invoice_history"]["enabled"]), (&json!(false), &json!(false)));
    assert_eq!(bench.get(&path)["metadata"], json!({"atelier_kind": "portal", "atelier_digest": "x"}));
    assert_eq!(count(&bench.get(&format!("{PATH}?active=true"))), 0);
    assert_eq!(bench.types(), Vec::<String>::new(), "nobody is told");

    let customer = bench.customer();
    let session = [("customer", customer.as_str()), ("configuration", id.as_str())];
    assert_eq!(bench.refused("/billing_portal/sessions", &session), (400, "configuration".into()), "it is not active");
    assert_eq!(bench.refused("/billing_portal/sessions", &[("customer", &customer), ("configuration", "bpc_none")]), (400, "configuration".into()));
    let product = text(&bench.get(&format!("/prices/{studio}")), "/product");
    for (fields, param) in [
        (vec![], "features"),
        (vec![("features[subscription_update][enabled]", "true")], "features[subscription_update][products]"),
        (vec![("features[pause][enabled]", "true")], "features[pause][enabled]"),
        (vec![("features[subscription_cancel][mode]", "soon")], "features[subscription_cancel][mode]"),
        (
            vec![
                ("features[subscription_update][products][0][product]", product.as_str()),
                ("features[subscription_update][products][0][prices][0]", &credits),
            ],
            "features[subscription_update][products][0][prices]",
        ),
        (vec![("features[subscription_update][products][0][product]", "prod_none")], "features[subscription_update][products][0][product]"),
        (
            vec![("features[subscription_update][schedule_at_period_end][conditions][0][type]", "x")],
            "features[subscription_update][schedule_at_period_end][conditions][0][type]",
        ),
    ] {
        assert_eq!(bench.refused(PATH, &fields), (400, param.to_owned()), "{fields:?}");
    }
    assert_eq!(bench.refused(&format!("{PATH}/bpc_none"), &[("active", "true")]), (404, "id".into()));
}

#[test]
fn less_begins_with_the_next_period_and_more_at_once() {
    let mut bench = Bench::new();
    let (Catalogue { studio, pro, yearly, .. }, customer, subscription) = bench.subscriber();
    let path = format!("/subscriptions/{subscription}");
    // One product has the monthly plans; the yearly one is not offered.
    let product = text(&bench.get(&format!("/prices/{pro}")), "/product");
    assert_eq!(product, text(&bench.get(&format!("/prices/{studio}")), "/product"));
    let configuration = text(&configure(&mut bench, PATH, &[&studio, &pro], &[]), "/id");
    let url = text(&bench.post("/billing_portal/sessions", &[("customer", &customer), ("configuration", &configuration)]), "/url");
    assert_eq!(act(&mut bench, &url, &[("action", "change"), ("price", &yearly)]), 400, "not offered");
    assert_eq!(act(&mut bench, &url, &[("action", "cancel")]), 400, "not allowed");
    assert_eq!(act(&mut bench, &url, &[("action", "card-fails")]), 400, "not allowed");
    bench.hooks();

    assert_eq!(act(&mut bench, &url, &[("action", "change"), ("price", &pro)]), 303);
    assert_eq!(bench.get(&path)["items"]["data"][0]["price"]["id"], json!(pro));
    assert!(bench.types().contains(&"invoice.paid".to_owned()), "more is billed at once");

    assert_eq!(act(&mut bench, &url, &[("action", "change"), ("price", &studio)]), 303);
    let waiting = bench.get(&path);
    assert_eq!((&waiting["items"]["data"][0]["price"]["id"], waiting["schedule"].is_string()), (&json!(pro), true));
    assert!(waiting.get("_next").is_none());
    assert_eq!(bench.types(), ["customer.subscription.updated"]);
    let page = bench.send("GET", url.strip_prefix("http://127.0.0.1:9000").expect("on this host"), &[], "");
    let page = String::from_utf8(page.body).expect("text");
    assert!(page.contains("Becomes Studio") && !page.contains("Cancel at the end"), "{page}");

    bench.pass(MONTH_MS + 2 * HOUR_MS);
    let after = bench.get(&path);
    assert_eq!((&after["items"]["data"][0]["price"]["id"], &after["schedule"], &after["status"]), (&json!(studio), &Value::Null, &json!("active")));
    let invoice = bench.get(&format!("/invoices/{}", text(&after, "/latest_invoice")));
    assert_eq!((&invoice["billing_reason"], &invoice["total"], &invoice["status"]), (&json!("subscription_cycle"), &json!(1_900), &json!("paid")));
}

#[test]
fn a_shorter_interval_waits_and_is_counted_from_there() {
    let mut bench = Bench::new();
    let (Catalogue { studio, yearly, .. }, customer, subscription) = bench.subscriber();
    let path = format!("/subscriptions/{subscription}");
    let configuration = text(&configure(&mut bench, PATH, &[&studio, &yearly], &[]), "/id");
    let url = text(&bench.post("/billing_portal/sessions", &[("customer", &customer), ("configuration", &configuration)]), "/url");
    assert_eq!(act(&mut bench, &url, &[("action", "change"), ("price", &yearly)]), 303);
    let end = bench.get(&path)["items"]["data"][0]["current_period_end"].clone();
    assert_eq!(act(&mut bench, &url, &[("action", "change"), ("price", &studio)]), 303);
    assert_eq!(bench.get(&path)["items"]["data"][0]["price"]["id"], json!(yearly));
    bench.pass(365 * DAY_MS + 2 * HOUR_MS);
    let item = bench.get(&path)["items"]["data"][0].clone();
    assert_eq!((&item["price"]["id"], &item["current_period_start"]), (&json!(studio), &end));
    assert_eq!(item["current_period_end"].as_i64().zip(end.as_i64()).map(|(next, end)| (next - end) / 86_400), Some(31));
}
