use super::*;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn cus() -> StripeCustomer {
    StripeCustomer::new("cus_1")
}

fn header<'a>(request: &'a Outbound<Stripe>, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The fields of a form in the order of the alphabet: their order says nothing.
fn form(request: &Outbound<Stripe>) -> Vec<String> {
    assert_eq!((request.method, request.media_type), ("POST", "application/x-www-form-urlencoded"));
    assert_eq!(header(request, "stripe-version"), Some("2026-10-28.endive"));
    let mut fields: Vec<_> = std::str::from_utf8(request.body.as_ref().unwrap()).unwrap().split('&').map(str::to_owned).collect();
    fields.sort_unstable();
    fields
}

fn checkout(price: &Id) -> Checkout<'_> {
    Checkout {
        reference: StripeReference::new("01jgfjjz00a1"),
        customer: cus(),
        price,
        item: "studio",
        credits: 1000,
        success_url: "https://studio.example/billing?checkout=01jgfjjz00a1",
        cancel_url: "https://studio.example/billing?checkout=01jgfjjz00a1&canceled=1",
    }
}

#[test]
fn customers() {
    let request = create_customer("cus:1", StripeReference::new("01jg é"));
    assert_eq!((request.path.as_str(), header(&request, "idempotency-key")), ("/customers", Some("cus:1")));
    assert_eq!(form(&request), ["metadata%5Breference%5D=01jg+%C3%A9"]);
    let request = set_email(&cus(), &Email::new("ada+x@example.com"), "mail:1");
    assert_eq!((request.path.as_str(), header(&request, "idempotency-key")), ("/customers/cus_1", Some("mail:1")));
    assert_eq!(form(&request), ["email=ada%2Bx%40example.com"]);
    let request = delete_customer(&cus());
    assert_eq!((request.method, request.path.as_str(), request.body.is_none()), ("DELETE", "/customers/cus_1", true));
    assert_eq!((header(&request, "stripe-version"), header(&request, "idempotency-key")), (Some(VERSION), None));
}

#[test]
fn a_plan() {
    let price = id("price_1");
    let request = checkout_plan("co:1", checkout(&price));
    assert_eq!((request.path.as_str(), header(&request, "idempotency-key")), ("/checkout/sessions", Some("co:1")));
    assert_eq!(
        form(&request),
        [
            "cancel_url=https%3A%2F%2Fstudio.example%2Fbilling%3Fcheckout%3D01jgfjjz00a1%26canceled%3D1",
            "client_reference_id=01jgfjjz00a1",
            "customer=cus_1",
            "line_items%5B0%5D%5Bprice%5D=price_1",
            "line_items%5B0%5D%5Bquantity%5D=1",
            "metadata%5Batelier_checkout%5D=01jgfjjz00a1",
            "metadata%5Batelier_credits%5D=1000",
            "metadata%5Batelier_item%5D=studio",
            "metadata%5Batelier_kind%5D=plan",
            "mode=subscription",
            "subscription_data%5Bmetadata%5D%5Batelier_checkout%5D=01jgfjjz00a1",
            "subscription_data%5Bmetadata%5D%5Batelier_credits%5D=1000",
            "subscription_data%5Bmetadata%5D%5Batelier_item%5D=studio",
            "subscription_data%5Bmetadata%5D%5Batelier_kind%5D=plan",
            "success_url=https%3A%2F%2Fstudio.example%2Fbilling%3Fcheckout%3D01jgfjjz00a1",
        ]
    );
}

#[test]
fn a_pack() {
    let price = id("price_1");
    let request = checkout_pack("co:2", checkout(&price));
    assert_eq!((request.path.as_str(), header(&request, "idempotency-key")), ("/checkout/sessions", Some("co:2")));
    assert_eq!(
        form(&request),
        [
            "cancel_url=https%3A%2F%2Fstudio.example%2Fbilling%3Fcheckout%3D01jgfjjz00a1%26canceled%3D1",
            "client_reference_id=01jgfjjz00a1",
            "customer=cus_1",
            "invoice_creation%5Benabled%5D=true",
            "line_items%5B0%5D%5Bprice%5D=price_1",
            "line_items%5B0%5D%5Bquantity%5D=1",
            "metadata%5Batelier_checkout%5D=01jgfjjz00a1",
            "metadata%5Batelier_credits%5D=1000",
            "metadata%5Batelier_item%5D=studio",
            "metadata%5Batelier_kind%5D=pack",
            "mode=payment",
            "payment_intent_data%5Bmetadata%5D%5Batelier_checkout%5D=01jgfjjz00a1",
            "payment_intent_data%5Bmetadata%5D%5Batelier_credits%5D=1000",
            "payment_intent_data%5Bmetadata%5D%5Batelier_item%5D=studio",
            "payment_intent_data%5Bmetadata%5D%5Batelier_kind%5D=pack",
            "success_url=https%3A%2F%2Fstudio.example%2Fbilling%3Fcheckout%3D01jgfjjz00a1",
        ]
    );
    let request = expire_session(&id("cs_test_1"), "expire:1");
    assert_eq!((request.method, request.path.as_str(), &request.body), ("POST", "/checkout/sessions/cs_test_1/expire", &None));
    assert_eq!((header(&request, "stripe-version"), header(&request, "idempotency-key")), (Some(VERSION), Some("expire:1")));
}

#[test]
fn the_portal() {
    let sub = id("sub_1");
    let fields = |flow| form(&portal(cus(), None, "https://studio.example/billing", flow));
    let back = "return_url=https%3A%2F%2Fstudio.example%2Fbilling";
    let named = form(&portal(cus(), Some(&Id::parse("bpc_1").unwrap()), "https://studio.example/billing", Flow::Manage));
    assert_eq!(named, ["configuration=bpc_1", "customer=cus_1", back]);
    assert_eq!(fields(Flow::Manage), ["customer=cus_1", back]);
    assert_eq!(
        fields(Flow::Change(&sub)),
        ["customer=cus_1", "flow_data%5Bsubscription_update%5D%5Bsubscription%5D=sub_1", "flow_data%5Btype%5D=subscription_update", back]
    );
    assert_eq!(
        fields(Flow::Cancel(&sub)),
        ["customer=cus_1", "flow_data%5Bsubscription_cancel%5D%5Bsubscription%5D=sub_1", "flow_data%5Btype%5D=subscription_cancel", back]
    );
    assert_eq!(fields(Flow::Payment), ["customer=cus_1", "flow_data%5Btype%5D=payment_method_update", back]);
}

#[test]
fn questions() {
    let path = |request: Outbound<Stripe>| {
        assert_eq!((request.method, request.body.is_none(), header(&request, "stripe-version")), ("GET", true, Some(VERSION)));
        request.path.clone()
    };
    assert_eq!(path(session(&id("cs_1"))), "/checkout/sessions/cs_1?expand%5B0%5D=payment_intent");
    assert_eq!(path(subscription(&id("sub_1"))), "/subscriptions/sub_1");
    assert_eq!(path(subscriptions_of(&cus())), "/subscriptions?customer=cus_1&status=all&limit=100");
    assert_eq!(path(invoice(&id("in_1"))), "/invoices/in_1?expand%5B0%5D=payments");
    assert_eq!(path(invoice_lines(&id("in_1"), None)), "/invoices/in_1/lines?limit=100");
    assert_eq!(path(invoice_lines(&id("in_1"), Some(&id("il_9")))), "/invoices/in_1/lines?limit=100&starting_after=il_9");
    let paid = "/invoices?subscription=sub_1&status=paid&limit=100&expand%5B0%5D=data.payments";
    assert_eq!(path(invoices_of(&id("sub_1"), None)), paid);
    assert_eq!(path(invoices_of(&id("sub_1"), Some(&id("in_9")))), format!("{paid}&starting_after=in_9"));
    assert_eq!(path(price(&id("price_1"))), "/prices/price_1");
    let keys = ["atelier_studio_month".to_owned(), "atelier_pack-500".to_owned()];
    let named = "&lookup_keys%5B0%5D=atelier_studio_month&lookup_keys%5B1%5D=atelier_pack-500";
    assert_eq!(path(prices(&keys)), format!("/prices?active=true&limit=100{named}"));
    assert_eq!(path(charge(&id("ch_1"))), "/charges/ch_1");
    assert_eq!(path(disputes_of(&id("ch_1"))), "/disputes?charge=ch_1&limit=100");
    assert_eq!(path(refund(&id("re_1"))), "/refunds/re_1");
    assert_eq!(path(dispute(&id("du_1"))), "/disputes/du_1");
    assert_eq!(path(customer(&cus())), "/customers/cus_1");
    assert_eq!(path(customer(&StripeCustomer::new("../charges?x"))), "/customers/..%2Fcharges%3Fx");
    assert_eq!(path(event(&id("evt_1"))), "/events/evt_1");
    let listed = path(events(1, 2, Some("evt_9")));
    assert!(listed.starts_with("/events?created%5Bgte%5D=1&created%5Blt%5D=2&limit=100&types%5B0%5D=checkout.session.completed&types%5B1%5D="));
    assert!(listed.ends_with("&types%5B19%5D=customer.deleted&starting_after=evt_9"));
    assert!(!path(events(1, 2, None)).contains("starting_after"));
}
