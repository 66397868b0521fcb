use super::{super::tests::fixtures, *};
use serde_json::{Value, json};

const MONTH: i64 = 2_592_000;

fn object(fixture: usize) -> Value {
    fixtures()[fixture - 1]["data"]["object"].clone()
}

fn read(value: &Value) -> Invoice {
    read_invoice(value.to_string().as_bytes()).unwrap()
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

#[test]
fn invoices() {
    let first = read(&object(9));
    assert_eq!((first.id.as_str(), first.number.as_deref(), first.status.as_str()), ("in_StudioA1_0001", Some("STU-0001"), "paid"));
    assert_eq!((first.subscription, first.reason.as_str(), first.currency.as_str()), (Some(id("sub_StudioA1")), "subscription_create", "eur"));
    assert_eq!((first.total, first.amount_due, first.amount_paid), (1900, 1900, 1900));
    assert_eq!((first.created_s, first.paid_at_s, first.next_attempt_s), (1_767_225_600, Some(1_767_225_604), None));
    assert_eq!(first.hosted_url.as_deref(), Some("https://invoice.stripe.com/i/acct_x/test_in_StudioA1_0001"));
    assert_eq!(first.pdf_url.as_deref(), Some("https://pay.stripe.com/invoice/acct_x/test_in_StudioA1_0001/pdf?s=ap"));
    let line = Line { price: Some(id("price_studio_month")), amount: 1900, period_start_s: 1_767_225_600, period_end_s: 1_769_904_000, quantity: 1 };
    assert_eq!((first.lines, first.has_more_lines, first.payment_intent), (vec![line], false, None));
    assert_eq!(read(&object(13)).reason, "subscription_cycle");
    let change = read(&object(14));
    assert_eq!(change.lines.iter().map(|line| line.amount).collect::<Vec<_>>(), [-950, 2450]);
    assert_eq!((change.period_end_s(), change.reason.as_str()), (Some(1_772_323_200), "subscription_update"));
    let failed = read(&object(17));
    assert_eq!((failed.status.as_str(), failed.is_paid(), failed.paid_at_s, failed.next_attempt_s.is_some()), ("open", false, None, true));
    let sale = read(&object(20));
    assert_eq!((sale.subscription, sale.reason.as_str(), sale.total), (None, "manual", 900));
}

#[test]
fn payments_and_what_is_missing() {
    let payment = |status: &str, intent: Value| json!({"object": "invoice_payment", "status": status, "payment": {"payment_intent": intent}});
    let with = |payments: Value| {
        let mut invoice = object(9);
        invoice["payments"] = json!({"object": "list", "data": payments});
        read(&invoice).payment_intent
    };
    assert_eq!(with(json!([payment("canceled", json!("pi_1")), payment("paid", json!("pi_2"))])), Some(id("pi_2")));
    assert_eq!(with(json!([payment("paid", json!({"id": "pi_3", "object": "payment_intent"}))])), Some(id("pi_3")));
    assert_eq!(with(json!([payment("open", json!("pi_4"))])), None);
    assert_eq!(with(json!([payment("paid", json!(null))])), None);
    let mut expanded = object(9);
    expanded["parent"]["subscription_details"]["subscription"] = json!({"id": "sub_x", "object": "subscription"});
    expanded["lines"]["has_more"] = json!(true);
    let expanded = read(&expanded);
    assert_eq!((expanded.subscription, expanded.has_more_lines), (Some(id("sub_x")), true));
    let bare = read(&json!({"object": "invoice", "id": "in_1", "created": 1, "status": null, "number": null, "lines": {"data": [{"id": "il_1"}]}}));
    assert_eq!((bare.status.as_str(), bare.number, bare.lines, bare.has_more_lines), ("", None, vec![], true));
    for odd in ["", "{}", "[]", r#"{"object":"invoice","id":"in_1"}"#, r#"{"object":"invoice","id":"/x","created":1}"#] {
        assert_eq!(read_invoice(odd.as_bytes()), None, "{odd}");
    }
    let page = json!({"object": "list", "has_more": true, "data": [object(9), object(14)]});
    let page = read_invoices(page.to_string().as_bytes()).unwrap();
    assert_eq!((page.items.len(), page.has_more, page.last), (2, true, Some(id("in_StudioA1_0005"))));
    let lines = read_lines(object(14)["lines"].to_string().as_bytes()).unwrap();
    assert_eq!((lines.items.len(), lines.all_read, lines.has_more), (2, true, false));
}

/// A month of Studio is 1,000 credits for 12.00, of Atelier 4,000 for 39.00; a year of Studio is 12,000 for 120.00.
fn price(of: &Id) -> Option<Price> {
    let (credits, unit_amount, kind) = match of.as_str() {
        "studio" => (Some(1_000), Some(1_200), "plan"),
        "atelier" => (Some(4_000), Some(3_900), "plan"),
        "studio_year" => (Some(12_000), Some(12_000), "plan"),
        "gift" => (Some(100), Some(0), "plan"),
        "metered" => (Some(100), None, "plan"),
        "support" => (None, Some(500), ""),
        "pack" => (Some(500), Some(700), "pack"),
        _ => return None,
    };
    let (item, kind) = (Some(of.to_string()), Some(kind.to_owned()));
    Some(Price { id: of.clone(), credits, item, kind, unit_amount, lookup_key: None, active: true })
}

/// A paid invoice of one subscription.
fn paid(name: &str, at_s: i64, lines: &[(&str, i64, i64)]) -> Invoice {
    let line = |(price, amount, end): &(&str, i64, i64)| Line {
        price: Id::parse(price),
        amount: *amount,
        period_start_s: at_s,
        period_end_s: *end,
        quantity: 1,
    };
    let lines = lines.iter().map(line).collect();
    Invoice { id: id(name), created_s: at_s, paid_at_s: Some(at_s + 5), lines, ..read(&object(9)) }
}

fn granted(invoices: &[Invoice], name: &str) -> Option<i64> {
    entitlement(invoices, price, &id(name)).map(|entitled| entitled.credits)
}

#[test]
fn a_purchase_and_its_renewals() {
    let invoices = [paid("in_1", 0, &[("studio", 1_200, MONTH)]), paid("in_2", MONTH, &[("studio", 1_200, 2 * MONTH)])];
    assert_eq!(entitlement(&invoices, price, &id("in_1")), Some(Entitled { credits: 1_000, period_end_s: MONTH }));
    assert_eq!(entitlement(&invoices, price, &id("in_2")), Some(Entitled { credits: 1_000, period_end_s: 2 * MONTH }));
    assert_eq!(granted(&invoices, "in_3"), None);
    assert_eq!(granted(&[paid("in_1", 0, &[("studio_year", 12_000, 12 * MONTH)])], "in_1"), Some(12_000));
}

#[test]
fn an_upgrade_brings_the_difference() {
    // In the middle of the month: half of Studio back, half of Atelier on top.
    let invoices = [paid("in_1", 0, &[("studio", 1_200, MONTH)]), paid("in_2", 100, &[("studio", -600, MONTH), ("atelier", 1_950, MONTH)])];
    assert_eq!((granted(&invoices, "in_1"), granted(&invoices, "in_2")), (Some(1_000), Some(1_500)));
    // On the last day for a few cents: a few credits.
    let late = [paid("in_1", 0, &[("studio", 1_200, MONTH)]), paid("in_2", 100, &[("studio", -12, MONTH), ("atelier", 39, MONTH)])];
    assert_eq!(granted(&late, "in_2"), Some(30));
    // To a year: its own period, less what was left of the month.
    let year = [paid("in_1", 0, &[("studio", 1_200, MONTH)]), paid("in_2", 100, &[("studio", -600, MONTH), ("studio_year", 12_000, 12 * MONTH)])];
    assert_eq!(granted(&year, "in_2"), Some(11_500));
}

#[test]
fn up_and_down_and_up_grants_once() {
    let up = [("studio", -1_200, MONTH), ("atelier", 3_900, MONTH)];
    let down = [("atelier", -3_900, MONTH), ("studio", 1_200, MONTH)];
    let mut invoices = vec![paid("in_1", 0, &[("studio", 1_200, MONTH)])];
    for round in 0..5 {
        invoices.push(paid(&format!("in_up{round}"), 10 + 20 * round, &up));
        invoices.push(paid(&format!("in_down{round}"), 20 + 20 * round, &down));
    }
    let all = |invoices: &[Invoice]| invoices.iter().map(|invoice| granted(invoices, invoice.id.as_str()).unwrap()).collect::<Vec<_>>();
    assert_eq!(all(&invoices), [1_000, 3_000, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // The order in which they are read does not matter, nor that one is read twice.
    invoices.reverse();
    invoices.push(invoices[0].clone());
    assert_eq!(all(&invoices), [0, 0, 0, 0, 0, 0, 0, 0, 0, 3_000, 1_000, 0]);
}

#[test]
fn what_was_paid_in_the_same_second_is_ordered_by_name() {
    let (a, b) = (paid("in_a", 0, &[("studio", 1_200, MONTH)]), paid("in_b", 0, &[("atelier", 3_900, MONTH)]));
    for invoices in [[a.clone(), b.clone()], [b, a]] {
        assert_eq!((granted(&invoices, "in_a"), granted(&invoices, "in_b")), (Some(1_000), Some(4_000)));
    }
}

#[test]
fn coupons_trials_and_what_is_not_ours() {
    // A coupon stands below the lines, a trial in them.
    let coupon = Invoice { amount_paid: 0, total: 0, ..paid("in_1", 0, &[("studio", 1_200, MONTH)]) };
    assert_eq!(granted(&[coupon], "in_1"), Some(1_000));
    assert_eq!(granted(&[paid("in_1", 0, &[("studio", 0, MONTH)])], "in_1"), Some(0));
    let others =
        [("support", 500, MONTH), ("pack", 700, MONTH), ("gift", 100, MONTH), ("metered", 100, MONTH), ("unknown", 100, MONTH), ("", 100, MONTH)];
    assert_eq!(granted(&[paid("in_1", 0, &others)], "in_1"), Some(0));
    // Shares are rounded down, whichever way they go: changing back and forth gains nothing.
    assert_eq!(granted(&[paid("in_1", 0, &[("studio", 1_199, MONTH), ("studio", -1, MONTH)])], "in_1"), Some(998));
    assert_eq!(granted(&[paid("in_1", 0, &[("studio", i64::MAX, MONTH), ("atelier", i64::MAX, MONTH)])], "in_1"), Some(i64::MAX));
    assert_eq!(granted(&[paid("in_1", 0, &[("studio", i64::MIN, MONTH)])], "in_1"), Some(0));
}

#[test]
fn only_paid_invoices_of_the_subscription_count() {
    let first = paid("in_1", 0, &[("studio", 1_200, MONTH)]);
    let open = Invoice { status: "open".to_owned(), paid_at_s: None, ..paid("in_0", -5, &[("atelier", 3_900, MONTH)]) };
    let other = Invoice { subscription: Some(id("sub_2")), ..paid("in_2", -5, &[("atelier", 3_900, MONTH)]) };
    let sale = Invoice { subscription: None, ..paid("in_3", -5, &[("pack", 700, MONTH)]) };
    let empty = paid("in_4", -5, &[]);
    let invoices = [first, open, other, sale, empty];
    assert_eq!(["in_1", "in_0", "in_2", "in_3", "in_4"].map(|name| granted(&invoices, name)), [Some(1_000), None, Some(4_000), None, None]);
}
