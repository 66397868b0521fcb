//! `stripe setup` against the sandbox's Stripe.

use std::fs;

use atelier::domain::plans::Plans;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::said;
use crate::vendor::Vendor;

const STUDIO: &str = "https://studio.test";

fn setup(vendor: &Vendor, more: &[&str]) -> String {
    let output = vendor.run(STUDIO, &[&["stripe", "setup"], more].concat());
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

/// The price that has a lookup key.
fn price(vendor: &Vendor, key: &str) -> Value {
    let found = vendor.api("GET", &format!("/prices?lookup_keys[0]={key}&active=true"), "");
    let data = found.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    assert_eq!(data.len(), 1, "{found}");
    data.into_iter().next().unwrap_or_default()
}

fn data(vendor: &Vendor, path: &str) -> Vec<Value> {
    vendor.api("GET", path, "").get("data").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn posts(vendor: &Vendor) -> usize {
    vendor.traffic().iter().filter(|(method, _)| method != "GET").count()
}

/// A file of plans in which something is different.
fn plans(folder: &TempDir, pointer: &str, value: &Value) -> String {
    let mut plans = serde_json::to_value(Plans::standard()).expect("plain structs");
    *plans.pointer_mut(pointer).expect("it is there") = value.clone();
    let file = folder.path().join("plans.json");
    fs::write(&file, plans.to_string()).expect("a temporary file");
    file.to_str().expect("plain characters").to_owned()
}

#[test]
fn what_is_sold_is_made_once() {
    let vendor = Vendor::start();
    let told = setup(&vendor, &[]);
    assert!(told.starts_with("Stripe, test mode\n") && told.ends_with("\n14 changes made\n"), "{told}");
    assert!(told.contains("its secret, which is shown this once: whsec_") && told.contains("wrangler secret put STRIPE_WEBHOOK_SECRET"), "{told}");

    let yearly = price(&vendor, "atelier_atelier_year");
    assert_eq!((&yearly["unit_amount"], &yearly["currency"], &yearly["recurring"]["interval"]), (&json!(39_000), &json!("usd"), &json!("year")));
    assert_eq!(yearly["metadata"], json!({"atelier_kind": "plan", "atelier_item": "atelier", "atelier_credits": "48000"}));
    let pack = price(&vendor, "atelier_pack-500");
    assert_eq!((&pack["type"], &pack["metadata"]["atelier_kind"], &pack["unit_amount"]), (&json!("one_time"), &json!("pack"), &json!(700)));
    assert_eq!((data(&vendor, "/products?limit=100").len(), data(&vendor, "/prices?limit=100").len()), (5, 7));
    let endpoint = data(&vendor, "/webhook_endpoints").remove(0);
    assert_eq!(
        (&endpoint["url"], &endpoint["api_version"]),
        (&json!("https://studio.test/webhooks/stripe"), &json!(atelier::vendors::stripe::VERSION))
    );
    assert_eq!(endpoint["enabled_events"].as_array().map(Vec::len), Some(atelier::vendors::stripe::TYPES.len()));
    let portal = data(&vendor, "/billing_portal/configurations").remove(0);
    assert_eq!((&portal["metadata"]["atelier_kind"], &portal["features"]["subscription_update"]["enabled"]), (&json!("portal"), &json!(true)));

    vendor.traffic();
    assert_eq!(setup(&vendor, &[]), "Stripe, test mode\nnothing to do: Stripe has all that is sold\n");
    assert_eq!(posts(&vendor), 0);
}

#[test]
fn a_dry_run_only_reads() {
    let vendor = Vendor::start();
    let told = setup(&vendor, &["--dry-run"]);
    assert!(
        told.contains("would create product of plan studio (Studio)\n") && told.ends_with("14 changes would be made; nothing was touched\n"),
        "{told}"
    );
    let traffic = vendor.traffic();
    assert!(!traffic.is_empty() && traffic.iter().all(|(method, _)| method == "GET"), "{traffic:?}");
    setup(&vendor, &[]);
    vendor.traffic();
    assert!(setup(&vendor, &["--dry-run"]).ends_with("nothing to do: Stripe has all that is sold\n"));
    assert_eq!(posts(&vendor), 0);
}

#[test]
fn another_amount_is_another_price() {
    let (vendor, folder) = (Vendor::start(), TempDir::new().expect("a temporary folder"));
    setup(&vendor, &[]);
    let first = price(&vendor, "atelier_studio_month");
    let dearer = plans(&folder, "/plans/1/prices/0/amount", &json!(1_500));
    let told = setup(&vendor, &["--plans", &dearer]);
    assert!(
        told.contains("created price atelier_studio_month: 1500 usd") && told.contains(": not sold any more") && told.ends_with("3 changes made\n"),
        "{told}"
    );
    let second = price(&vendor, "atelier_studio_month");
    assert_eq!((&second["unit_amount"], second["product"] == first["product"]), (&json!(1_500), true));
    let old = vendor.api("GET", &format!("/prices/{}", first["id"].as_str().expect("an id")), "");
    assert_eq!((&old["active"], &old["lookup_key"]), (&json!(false), &Value::Null));
    assert!(setup(&vendor, &["--plans", &dearer]).contains("nothing to do"));

    // Back again within the day in which Stripe remembers what it was asked: a third price, not the first.
    assert!(setup(&vendor, &[]).ends_with("3 changes made\n"));
    let third = price(&vendor, "atelier_studio_month");
    assert_eq!((&third["unit_amount"], &third["active"], third["id"] == first["id"]), (&json!(1_200), &json!(true), false));
    assert!(setup(&vendor, &[]).contains("nothing to do"));
}

#[test]
fn other_credits_or_another_name_change_what_is_there() {
    let (vendor, folder) = (Vendor::start(), TempDir::new().expect("a temporary folder"));
    setup(&vendor, &[]);
    let before = price(&vendor, "atelier_studio_year");
    let told = setup(&vendor, &["--plans", &plans(&folder, "/plans/1/credits", &json!(1_100))]);
    assert!(told.contains("changed credits of price") && told.ends_with("2 changes made\n"), "{told}");
    let after = price(&vendor, "atelier_studio_year");
    assert_eq!((&after["id"], &after["metadata"]["atelier_credits"]), (&before["id"], &json!("13200")));
    setup(&vendor, &[]);
    let told = setup(&vendor, &["--plans", &plans(&folder, "/plans/1/name/en", &json!("Workshop"))]);
    assert!(told.contains("changed name of product") && told.ends_with("1 change made\n"), "{told}");
}

#[test]
fn what_is_not_sold_any_more_is_closed() {
    let (vendor, folder) = (Vendor::start(), TempDir::new().expect("a temporary folder"));
    setup(&vendor, &[]);
    let yearly = price(&vendor, "atelier_studio_year");
    let monthly = plans(&folder, "/plans/1/prices", &json!([{"interval": "month", "amount": 1_200}]));
    let told = setup(&vendor, &["--plans", &monthly]);
    assert!(told.contains("not sold any more") && told.contains("changed the portal's configuration"), "{told}");
    assert_eq!(vendor.api("GET", &format!("/prices/{}", yearly["id"].as_str().expect("an id")), "")["active"], json!(false));
    assert!(setup(&vendor, &["--plans", &monthly]).contains("nothing to do"));
    // A whole plan may be another studio's: it is named and left.
    let other = plans(&folder, "/plans/1/id", &json!("workshop"));
    let told = setup(&vendor, &["--plans", &other]);
    assert!(told.contains("(plan studio) is not sold here: left as it is"), "{told}");
}

#[test]
fn what_somebody_else_changed_is_put_right() {
    let vendor = Vendor::start();
    setup(&vendor, &[]);
    let endpoint = data(&vendor, "/webhook_endpoints").remove(0);
    let endpoint = format!("/webhook_endpoints/{}", endpoint["id"].as_str().expect("an id"));
    vendor.api("POST", &endpoint, "enabled_events[0]=invoice.paid&disabled=true");
    let monthly = price(&vendor, "atelier_studio_month");
    vendor.api("POST", &format!("/prices/{}", monthly["id"].as_str().expect("an id")), "active=false");
    vendor.api("POST", &format!("/products/{}", monthly["product"].as_str().expect("an id")), "active=false");
    let told = setup(&vendor, &[]);
    assert!(
        told.contains("what it is sent") && told.contains("changed active of product") && told.contains("created price atelier_studio_month"),
        "{told}"
    );
    assert_eq!(vendor.api("GET", &endpoint, "")["status"], json!("enabled"));
    assert_eq!(price(&vendor, "atelier_studio_month")["unit_amount"], json!(1_200));
    assert!(setup(&vendor, &[]).contains("nothing to do"));
}

#[test]
fn what_was_deleted_is_made_anew_though_stripe_remembers_it() {
    let vendor = Vendor::start();
    setup(&vendor, &[]);
    let endpoint = data(&vendor, "/webhook_endpoints").remove(0);
    let url = format!("/webhook_endpoints/{}", endpoint["id"].as_str().expect("an id"));
    vendor.delete(&url);
    assert!(setup(&vendor, &[]).ends_with("1 change made\n"));
    let again = data(&vendor, "/webhook_endpoints");
    assert_eq!((again.len(), again[0]["id"] == endpoint["id"]), (1, false));
}

#[test]
fn a_studio_on_this_machine_gets_no_endpoint() {
    let vendor = Vendor::start();
    let output = vendor.run("http://127.0.0.1:8787", &["stripe", "setup"]);
    assert!(said(&output).contains("no webhook endpoint is made for http://127.0.0.1:8787/webhooks/stripe"), "{}", said(&output));
    assert!(output.status.success() && data(&vendor, "/webhook_endpoints").is_empty());
    assert!(said(&vendor.run("http://127.0.0.1:8787", &["stripe", "setup"])).ends_with("nothing to do: Stripe has all that is sold\n"));
}

#[test]
fn real_money_has_to_be_meant() {
    let vendor = Vendor::start();
    for (key, more, words) in [
        ("sk_live_x", &[][..], "say --live if that is meant"),
        ("rk_live_x", &["--dry-run"], "say --live if that is meant"),
        ("sk_test_x", &["--live"], "is a test key"),
        ("pk_test_x", &[], "is no secret key"),
        ("", &[], "no key: set STRIPE_SECRET_KEY"),
    ] {
        let mut command = vendor.tool(STUDIO);
        let output = command.env("STRIPE_SECRET_KEY", key).args(["stripe", "setup"]).args(more).output().expect("the tool runs");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    assert_eq!(vendor.traffic(), []);
    // With --live it goes on, as far as a key that nobody knows gets.
    let output = vendor.tool(STUDIO).env("STRIPE_SECRET_KEY", "sk_live_x").args(["stripe", "setup", "--live"]).output().expect("the tool runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("LIVE: real money") && said(&output).contains("Stripe refused GET /products (401)"), "{}", said(&output));
}

#[test]
fn plans_that_are_not_in_order_are_said_plainly() {
    let vendor = Vendor::start();
    let output = vendor.tool(STUDIO).env("PLANS", "{}").args(["stripe", "setup"]).output().expect("the tool runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("what is sold is not in order"), "{}", said(&output));
    let output = vendor.run(STUDIO, &["stripe", "setup", "--plans", "/nowhere"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("/nowhere cannot be read"), "{}", said(&output));
    assert_eq!(vendor.traffic(), []);
}
