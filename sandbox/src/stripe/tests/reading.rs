//! Lists, filters, expansion, and objects that are written and read back.

use super::*;

#[test]
fn pages_have_cursors() {
    let mut bench = Bench::new();
    let made: Vec<String> = (0..5).map(|number| text(&bench.post("/customers", &[("name", &number.to_string())]), "/id")).collect();
    let ids = |list: &Value| list["data"].as_array().expect("a list").iter().map(|one| text(one, "/id")).collect::<Vec<_>>();
    let first = bench.get("/customers?limit=2");
    assert_eq!((ids(&first), first["has_more"].clone()), (vec![made[4].clone(), made[3].clone()], json!(true)));
    let last = bench.get(&format!("/customers?limit=3&starting_after={}", made[3]));
    assert_eq!((ids(&last), last["has_more"].clone()), (vec![made[2].clone(), made[1].clone(), made[0].clone()], json!(false)));
    let back = bench.get(&format!("/customers?limit=2&ending_before={}", made[1]));
    assert_eq!((ids(&back), back["has_more"].clone()), (vec![made[3].clone(), made[2].clone()], json!(true)));
    for bad in ["limit=0", "limit=101", "limit=x", "starting_after=cus_none", "foo=1", "created[gte]=x"] {
        assert_eq!(bench.send("GET", &format!("/v1/customers?{bad}"), &[], "").status, 400, "{bad}");
    }
    assert_eq!(count(&bench.get("/customers?created[gt]=1767225600")), 0);
    assert_eq!(count(&bench.get("/customers?created[lte]=1767225600&limit=100")), 5);
}

#[test]
fn customers_are_changed_unset_and_deleted() {
    let mut bench = Bench::new();
    let id = bench.customer();
    let path = format!("/customers/{id}");
    let changed = bench.post(&path, &[("name", ""), ("metadata[user_id]", ""), ("metadata[plan]", "pro"), ("address[country]", "NL")]);
    assert_eq!((&changed["name"], &changed["metadata"], &changed["address"]["country"]), (&Value::Null, &json!({"plan": "pro"}), &json!("NL")));
    let event = bench.hooks().remove(0);
    let before = &event["data"]["previous_attributes"];
    assert_eq!((&before["metadata"], &before["name"]), (&json!({"plan": null, "user_id": "usr_1"}), &json!("Zoë van Dijk")));
    assert_eq!(bench.post(&path, &[("metadata[plan]", "pro")])["id"], json!(id));
    assert_eq!(bench.types(), Vec::<String>::new(), "nothing changed");
    assert_eq!(bench.delete(&path), json!({"id": id, "object": "customer", "deleted": true}));
    assert_eq!(bench.get(&path), json!({"id": id, "object": "customer", "deleted": true}));
    assert_eq!(bench.types(), ["customer.deleted"]);
    assert_eq!(count(&bench.get("/customers")), 0);
    assert_eq!(bench.send("DELETE", &format!("/v1{path}"), &[], "").status, 404);
    assert_eq!(bench.refused(&path, &[("name", "B")]), (404, "id".into()));
}

#[test]
fn prices_are_found_by_their_lookup_keys() {
    let mut bench = Bench::new();
    let Catalogue { studio, pro, .. } = bench.catalogue();
    let found = bench.get("/prices?lookup_keys[0]=pro_monthly&lookup_keys[1]=studio_monthly&active=true&expand[]=data.product");
    assert_eq!((count(&found), &found["data"][0]["product"]["name"]), (2, &json!("Studio")));
    let product = text(&found, "/data/0/product/id");
    let fields = [
        ("product", product.as_str()),
        ("currency", "eur"),
        ("unit_amount", "2100"),
        ("recurring[interval]", "month"),
        ("lookup_key", "studio_monthly"),
    ];
    assert_eq!(bench.refused("/prices", &fields), (400, "lookup_key".into()));
    let newer = bench.post("/prices", &[&fields[..], &[("transfer_lookup_key", "true")]].concat());
    assert_eq!(bench.get(&format!("/prices/{studio}"))["lookup_key"], Value::Null);
    assert_eq!(bench.get("/prices?lookup_keys[]=studio_monthly")["data"][0]["id"], newer["id"]);
    bench.post(&format!("/prices/{pro}"), &[("active", "false"), ("metadata[credits]", "4000")]);
    assert_eq!(count(&bench.get("/prices?lookup_keys[]=pro_monthly&active=true")), 0);
    assert_eq!(count(&bench.get(&format!("/prices?product={product}&type=recurring"))), 4);
    assert_eq!(bench.send("DELETE", &format!("/v1/products/{product}"), &[], "").status, 400);
    let own = bench.post("/products", &[("id", "prod_own"), ("name", "Own"), ("metadata[plan]", "own")]);
    assert_eq!(own["id"], "prod_own");
    assert_eq!(bench.refused("/products", &[("id", "prod_own"), ("name", "Own")]), (400, "id".into()));
    assert_eq!(bench.post("/products/prod_own", &[("active", "false")])["active"], false);
    assert_eq!(bench.delete("/products/prod_own")["deleted"], true);
}

#[test]
fn ids_are_expanded() {
    let mut bench = Bench::new();
    let (_, customer, subscription) = bench.subscriber();
    let expanded =
        bench.get(&format!("/subscriptions/{subscription}?expand[]=latest_invoice.payments&expand[]=customer&expand[]=items.data.price.product"));
    assert_eq!(expanded["latest_invoice"]["status"], "paid");
    let intent = text(&expanded, "/latest_invoice/payments/data/0/payment/payment_intent");
    assert_eq!((&expanded["customer"]["id"], &expanded["items"]["data"][0]["price"]["product"]["name"]), (&json!(customer), &json!("Studio")));
    let payments = bench.get(&format!("/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent}"));
    assert_eq!((count(&payments), &payments["data"][0]["invoice"]), (1, &expanded["latest_invoice"]["id"]));
    let shown = bench.get(&format!("/payment_intents/{intent}?expand[]=latest_charge"));
    assert_eq!((&shown["status"], &shown["latest_charge"]["paid"]), (&json!("succeeded"), &json!(true)));
    let session = text(&bench.get("/checkout/sessions"), "/data/0/id");
    let session = bench.get(&format!("/checkout/sessions/{session}?expand[0]=line_items&expand[1]=subscription"));
    assert_eq!((count(&session["line_items"]), &session["subscription"]["status"]), (1, &json!("active")));
    let invoices = bench.get(&format!("/invoices?customer={customer}&subscription={subscription}&expand[]=data.payments"));
    assert_eq!(count(&invoices["data"][0]["payments"]), 1);
    assert!(bench.get(&format!("/invoices/{}", text(&invoices, "/data/0/id"))).get("payments").is_none());
    assert_eq!(bench.send("GET", "/v1/subscriptions?expand[]=data.items.data.price.product", &[], "").status, 400, "five levels");
}

#[test]
fn events_are_kept_for_thirty_days() {
    let mut bench = Bench::new();
    let customer = bench.customer();
    let events = bench.get("/events?types[]=customer.created&types[]=invoice.paid");
    assert_eq!((count(&events), &events["data"][0]["data"]["object"]["id"]), (1, &json!(customer)));
    let event = text(&events, "/data/0/id");
    assert_eq!(bench.get(&format!("/events/{event}"))["type"], "customer.created");
    assert_eq!(count(&bench.get("/events?type=invoice.*")), 0);
    bench.pass(31 * DAY_MS);
    assert_eq!(count(&bench.get("/events")), 0);
    assert_eq!(bench.send("GET", &format!("/v1/events/{event}"), &[], "").status, 404);
}
