//! The hosted pages, as browsers and plain forms drive them.

use super::*;

fn open(bench: &mut Bench, method: &str, url: &str, fields: &[(&str, &str)]) -> Response {
    let path = url.strip_prefix("http://127.0.0.1:9000").expect("on this host").to_owned();
    bench.send(method, &path, &[], &form(fields))
}

fn html(response: &Response) -> String {
    String::from_utf8(response.body.clone()).expect("text")
}

#[test]
fn a_checkout_is_clicked_through() {
    let mut bench = Bench::new();
    let catalogue = bench.catalogue();
    let customer = bench.customer();
    let session = bench.session("payment", &catalogue.credits, &[("customer", &customer)]);
    let url = text(&session, "/url");
    let page = html(&open(&mut bench, "GET", &url, &[]));
    assert!(page.contains("not Stripe") && page.contains("500 credits") && page.contains("€9.00") && page.contains("prefers-color-scheme: dark"));
    let cancelled = open(&mut bench, "POST", &url, &[("how", "cancel")]);
    assert_eq!((cancelled.status, cancelled.header("location")), (303, Some("https://studio.example/billing")));
    let declined = open(&mut bench, "POST", &url, &[("how", "declined")]);
    assert!(declined.status == 402 && html(&declined).contains("Your card was declined."));
    assert_eq!(open(&mut bench, "POST", &url, &[]).status, 400);
    let paid = open(&mut bench, "POST", &url, &[("how", "paid")]);
    let success = format!("https://studio.example/billing?session={}", text(&session, "/id"));
    assert_eq!((paid.status, paid.header("location")), (303, Some(success.as_str())));
    assert!(html(&open(&mut bench, "POST", &url, &[("how", "paid")])).contains("has been completed"));
    assert_eq!(open(&mut bench, "GET", "http://127.0.0.1:9000/stripe/checkout/cs_none", &[]).status, 404);
}

#[test]
fn names_are_escaped() {
    let mut bench = Bench::new();
    let fields = [("currency", "eur"), ("unit_amount", "1"), ("product_data[name]", "<script>alert(1)</script>")];
    let price = text(&bench.post("/prices", &fields), "/id");
    let session = bench.session("payment", &price, &[("customer_email", "\"><img src=x>@x.test")]);
    let page = html(&open(&mut bench, "GET", &text(&session, "/url"), &[]));
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

#[test]
fn the_portal_changes_cancels_and_mends() {
    let mut bench = Bench::new();
    let (catalogue, customer, subscription) = bench.subscriber();
    let path = format!("/subscriptions/{subscription}");
    let session = bench.post("/billing_portal/sessions", &[("customer", &customer), ("return_url", "https://studio.example/billing")]);
    let url = text(&session, "/url");
    let page = html(&open(&mut bench, "GET", &url, &[]));
    assert!(page.contains("Studio, €19.00 every month") && page.contains("Renews on 1 Feb 2026") && page.contains("-0001"), "{page}");
    let act = |bench: &mut Bench, fields: &[(&str, &str)]| {
        let answer = open(bench, "POST", &url, fields);
        (answer.status, answer.header("location").map(str::to_owned))
    };
    let back = (303, Some(url.clone()));
    assert_eq!(act(&mut bench, &[("action", "change"), ("price", &catalogue.pro)]), back);
    assert_eq!(bench.get(&path)["items"]["data"][0]["price"]["id"], json!(catalogue.pro));
    assert_eq!(act(&mut bench, &[("action", "cancel"), ("subscription", &subscription)]), back);
    assert_eq!(bench.get(&path)["cancel_at_period_end"], true);
    assert!(html(&open(&mut bench, "GET", &url, &[])).contains("Ends on 1 Feb 2026"));
    assert_eq!(act(&mut bench, &[("action", "resume")]), back);
    assert_eq!(bench.get(&path)["cancel_at_period_end"], false);
    assert_eq!(act(&mut bench, &[("action", "card-fails")]), back);
    assert_eq!(act(&mut bench, &[("action", "return")]), (303, Some("https://studio.example/billing".into())));
    assert_eq!(act(&mut bench, &[("action", "change"), ("price", &catalogue.pro)]).0, 400, "that is the plan already");
    assert_eq!(act(&mut bench, &[("action", "cancel"), ("subscription", "sub_other")]).0, 400);
    bench.pass(MONTH_MS + HOUR_MS);
    assert_eq!(bench.get(&path)["status"], "past_due");
    assert_eq!(open(&mut bench, "GET", &url, &[]).status, 410, "an hour and no longer");
    let flow = [
        ("customer", customer.as_str()),
        ("flow_data[type]", "subscription_cancel"),
        ("flow_data[subscription_cancel][subscription]", subscription.as_str()),
    ];
    assert_eq!(bench.post("/billing_portal/sessions", &flow)["flow"]["subscription_cancel"]["subscription"], json!(subscription));
}

#[test]
fn an_open_invoice_can_be_paid_and_kept() {
    let mut bench = Bench::new();
    let (_, _, subscription) = bench.subscriber();
    bench.control("renew", &json!({"subscription": subscription, "how": "failed"}));
    let invoice = bench.get(&format!("/subscriptions/{subscription}?expand[]=latest_invoice"))["latest_invoice"].clone();
    let url = text(&invoice, "/hosted_invoice_url");
    assert!(html(&open(&mut bench, "GET", &url, &[])).contains("Pay with a card that works"));
    assert_eq!(open(&mut bench, "POST", &url, &[("how", "declined")]).status, 402);
    assert_eq!(open(&mut bench, "POST", &url, &[("how", "paid")]).status, 303);
    assert_eq!(bench.get(&format!("/subscriptions/{subscription}"))["status"], "active");
    let pdf = open(&mut bench, "GET", &text(&invoice, "/invoice_pdf"), &[]);
    assert!(pdf.body.starts_with(b"%PDF-") && pdf.body.ends_with(b"%%EOF\n"));
    let charge = bench.get("/charges")["data"][0].clone();
    assert_eq!(open(&mut bench, "GET", &text(&charge, "/receipt_url"), &[]).status, 200);
}
