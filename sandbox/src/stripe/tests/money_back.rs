//! Refunds and disputes.

use super::*;

#[test]
fn refunds_add_up() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let intent = text(&bench.get(&format!("/charges/{charge}")), "/payment_intent");
    let part = bench.post("/refunds", &[("payment_intent", &intent), ("amount", "300"), ("reason", "requested_by_customer"), ("metadata[a]", "1")]);
    assert_eq!((&part["status"], &part["charge"]), (&json!("succeeded"), &json!(charge)));
    let hooks = bench.hooks();
    let refunded = hooks.iter().find(|event| event["type"] == "charge.refunded").expect("an event");
    assert_eq!((&refunded["data"]["object"]["amount_refunded"], &refunded["data"]["object"]["refunded"]), (&json!(300), &json!(false)));
    assert_eq!(refunded["data"]["previous_attributes"]["amount_refunded"], 0);
    assert!(hooks.iter().any(|event| event["type"] == "refund.created"));
    assert_eq!(bench.refused("/refunds", &[("charge", &charge), ("amount", "601")]), (400, "amount".into()));
    bench.control("refund", &json!({"charge": charge}));
    let whole = bench.get(&format!("/charges/{charge}?expand[]=refunds"));
    assert_eq!((&whole["amount_refunded"], &whole["refunded"], count(&whole["refunds"])), (&json!(900), &json!(true), 2));
    assert_eq!(bench.refused("/refunds", &[("charge", &charge)]), (400, "charge_already_refunded".into()));
    assert_eq!(bench.get("/balance")["available"][0]["amount"], 0);
    assert_eq!(count(&bench.get(&format!("/refunds?payment_intent={intent}"))), 2);
}

#[test]
fn a_refund_can_come_back() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let refund = bench.control("refund", &json!({"charge": charge, "amount": 400}));
    bench.hooks();
    let failed = bench.control("refund", &json!({"refund": refund["id"], "how": "fails"}));
    assert_eq!((&failed["status"], &failed["failure_reason"]), (&json!("failed"), &json!("lost_or_stolen_card")));
    assert_eq!(bench.types(), ["refund.updated", "refund.failed"]);
    assert_eq!(bench.get(&format!("/charges/{charge}"))["amount_refunded"], 0);
    bench.post("/refunds", &[("charge", &charge)]);
    assert_eq!(bench.get(&format!("/charges/{charge}"))["refunded"], true);
}

#[test]
fn a_dispute_takes_the_money_and_a_win_brings_it_back() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let dispute = bench.control("dispute", &json!({"charge": charge}));
    assert_eq!((&dispute["status"], &dispute["amount"]), (&json!("needs_response"), &json!(900)));
    assert_eq!(bench.types(), ["charge.dispute.created", "charge.dispute.funds_withdrawn"]);
    assert_eq!(bench.get(&format!("/charges/{charge}"))["disputed"], true);
    assert_eq!(bench.refused("/refunds", &[("charge", &charge)]), (400, "charge_disputed".into()));
    assert_eq!(bench.get("/balance")["available"][0]["amount"], 0);
    let id = text(&dispute, "/id");
    bench.control("dispute", &json!({"dispute": id, "how": "won"}));
    let hooks = bench.hooks();
    let types: Vec<_> = hooks.iter().map(|event| text(event, "/type")).collect();
    assert_eq!(types, ["charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"]);
    assert_eq!(hooks[1]["data"]["previous_attributes"]["status"], "under_review");
    assert_eq!((&bench.get(&format!("/disputes/{id}"))["status"], count(&bench.get(&format!("/disputes?charge={charge}")))), (&json!("won"), 1));
    assert_eq!(bench.get("/balance")["available"][0]["amount"], 900);
}

#[test]
fn a_lost_dispute_can_be_appealed() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let id = text(&bench.control("dispute", &json!({"charge": charge, "amount": 500, "how": "lost"})), "/id");
    assert_eq!(bench.types().last().map(String::as_str), Some("charge.dispute.closed"));
    assert_eq!(bench.control("dispute", &json!({"dispute": id, "how": "appeal"}))["status"], "appeal_under_review");
    assert_eq!(bench.control("dispute", &json!({"dispute": id, "how": "won"}))["status"], "won");
    assert_eq!(bench.types(), ["charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"]);
    let over = bench.stripe.control(bench.now_ms, "POST", "dispute", json!({"dispute": id, "how": "lost"}).to_string().as_bytes());
    assert_eq!(over.status, 422);
}

#[test]
fn an_inquiry_moves_no_money() {
    let mut bench = Bench::new();
    let charge = bench.charge();
    let id = text(&bench.control("dispute", &json!({"charge": charge, "how": "inquiry"})), "/id");
    assert_eq!(bench.types(), ["charge.dispute.created"]);
    assert_eq!(bench.get("/balance")["available"][0]["amount"], 900);
    assert_eq!(bench.control("dispute", &json!({"dispute": id, "how": "lost"}))["status"], "warning_closed");
    assert!(!bench.types().iter().any(|event| event.contains("funds")));
}
