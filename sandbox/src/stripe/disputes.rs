//! Disputes. The money goes when one is opened, and comes back when it is won; an inquiry moves none.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    seconds, shapes,
    store::{filtered, paged},
    value::{at, entries, int, lay, owned, set, text, yes},
};

impl Stripe {
    pub(super) fn route_disputes(&mut self, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("GET", ["disputes"]) => {
                params.only(&paged(&["charge", "payment_intent"]))?;
                let filters = [("charge", "/charge"), ("payment_intent", "/payment_intent")];
                self.store.page("dispute", "/v1/disputes", params, |dispute| filtered(dispute, params, &filters))
            }
            ("GET", ["disputes", id]) => self.store.read("dispute", id),
            _ => Err(no_route(method, segments)),
        }
    }

    /// A bank contests a charge; answers the dispute's id.
    pub(super) fn open_dispute(&mut self, now_ms: i64, charge: &str, amount: Option<i64>, inquiry: bool) -> Result<String, Fault> {
        let known = self.store.get("charge", charge).cloned().ok_or_else(|| Fault::unknown("charge", charge, "charge"))?;
        if text(&known, "/status") != "succeeded" || yes(&known, "/disputed") {
            return Err(Fault::invalid(format!("Charge {charge} cannot be disputed: it did not succeed, or is disputed already.")));
        }
        let amount = amount.unwrap_or_else(|| int(&known, "/amount"));
        let id = self.id("du");
        let dispute = shapes::dispute(&id, seconds(now_ms), &known, amount, inquiry);
        self.quietly(charge, |charge| set(charge, "/disputed", true));
        self.add(now_ms, "charge.dispute.created", dispute);
        if !inquiry {
            self.move_money(now_ms, &id, -amount, "charge.dispute.funds_withdrawn");
        }
        Ok(id)
    }

    /// The next word about a dispute: `won`, `lost`, `review`, `appeal`, `prevented`; an inquiry closes either way.
    pub(super) fn go_on(&mut self, now_ms: i64, id: &str, word: &str) -> Result<(), Fault> {
        let dispute = self.store.get("dispute", id).cloned().ok_or_else(|| Fault::missing("dispute", id))?;
        let status = owned(&dispute, "/status");
        let inquiry = status.starts_with("warning_");
        let over = matches!(status.as_str(), "won" | "prevented" | "warning_closed") || (status == "lost" && word != "appeal");
        if over || (word == "appeal" && status != "lost") {
            return Err(Fault::invalid(format!("A dispute that is {status} cannot go on with {word}.")));
        }
        let next = match word {
            "review" => match status.as_str() {
                "appeal_needs_response" => "appeal_under_review",
                _ if inquiry => "warning_under_review",
                _ => "under_review",
            },
            "appeal" => "appeal_under_review",
            _ if inquiry => "warning_closed",
            "won" => "won",
            "lost" => "lost",
            "prevented" => "prevented",
            _ => return Err(Fault::invalid("A dispute goes on with won, lost, review, appeal or prevented.")),
        };
        let closes = matches!(next, "won" | "lost" | "prevented" | "warning_closed");
        if closes && matches!(status.as_str(), "needs_response" | "warning_needs_response") {
            let review = if inquiry { "warning_under_review" } else { "under_review" };
            self.change(now_ms, "charge.dispute.updated", id, |dispute| answered(dispute, review));
        }
        let event = if closes { "charge.dispute.closed" } else { "charge.dispute.updated" };
        self.change(now_ms, event, id, |dispute| answered(dispute, next));
        if matches!(next, "won" | "prevented") {
            self.move_money(now_ms, id, int(&dispute, "/amount"), "charge.dispute.funds_reinstated");
        }
        Ok(())
    }

    fn move_money(&mut self, now_ms: i64, id: &str, amount: i64, event: &str) {
        let transaction = self.id("txn");
        self.change(now_ms, event, id, |dispute| {
            let entry = json!({"id": transaction, "object": "balance_transaction", "amount": amount, "created": seconds(now_ms),
                "currency": at(dispute, "/currency"), "fee": 0, "net": amount, "source": at(dispute, "/id"), "status": "available",
                "type": "adjustment"});
            let mut moved = entries(dispute, "/balance_transactions").to_vec();
            moved.push(entry);
            set(dispute, "/balance_transactions", moved);
        });
    }

    pub(super) fn refundable_though_disputed(&self, charge: &str) -> bool {
        let dispute = self.store.all("dispute").rev().find(|dispute| text(dispute, "/charge") == charge);
        dispute.is_some_and(|dispute| yes(dispute, "/is_charge_refundable") || text(dispute, "/status") == "won")
    }
}

/// Evidence was handed in, and the status is another.
fn answered(dispute: &mut Value, status: &str) {
    set(dispute, "/status", status);
    let mut details = at(dispute, "/evidence_details").clone();
    lay(&mut details, json!({"has_evidence": true, "submission_count": 1, "submission_method": "manual"}));
    set(dispute, "/evidence_details", details);
}
