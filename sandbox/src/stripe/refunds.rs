//! Refunds: whole or in part, by charge or by payment; one that failed later gives the amount back to the charge.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    seconds, shapes,
    store::{filtered, paged},
    value::{at, int, lay, money, owned, set, shown, text, yes},
};

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

impl Stripe {
    pub(super) fn route_refunds(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("POST", ["refunds"]) => {
                params.only(&["charge", "payment_intent", "amount", "reason", "metadata.*", "instructions_email"])?;
                let charge = match (params.text("charge"), params.text("payment_intent")) {
                    (Some(charge), _) => charge.to_owned(),
                    (None, Some(intent)) => {
                        let known =
                            self.store.get("payment_intent", intent).ok_or_else(|| Fault::unknown("payment_intent", intent, "payment_intent"))?;
                        owned(known, "/latest_charge")
                    }
                    (None, None) => return Err(Fault::required("payment_intent")),
                };
                let reason = params.choice("reason", &REASONS)?.map(str::to_owned);
                let metadata = params.metadata("metadata", &Value::Null)?;
                let id = self.refund(now_ms, &charge, params.int("amount")?, reason.as_deref(), &metadata)?;
                self.store.read("refund", &id)
            }
            ("GET", ["refunds"]) => {
                params.only(&paged(&["charge", "payment_intent"]))?;
                let filters = [("charge", "/charge"), ("payment_intent", "/payment_intent")];
                self.store.page("refund", "/v1/refunds", params, |refund| filtered(refund, params, &filters))
            }
            ("GET", ["refunds", id]) => self.store.read("refund", id),
            ("POST", ["refunds", id]) => {
                params.only(&["metadata.*"])?;
                let refund = self.store.read("refund", id)?;
                let metadata = params.metadata("metadata", at(&refund, "/metadata"))?;
                Ok(shown(&self.change(now_ms, "refund.updated", id, |refund| set(refund, "/metadata", metadata))))
            }
            _ => Err(no_route(method, segments)),
        }
    }

    /// Gives back what is left of a charge, or a part of it; answers the refund's id.
    pub(super) fn refund(&mut self, now_ms: i64, charge: &str, amount: Option<i64>, reason: Option<&str>, metadata: &Value) -> Result<String, Fault> {
        let known = self.store.get("charge", charge).cloned().ok_or_else(|| Fault::unknown("charge", charge, "charge"))?;
        if text(&known, "/status") != "succeeded" {
            return Err(Fault::invalid(format!("Charge {charge} is not succeeded and cannot be refunded.")).code("charge_not_refundable"));
        }
        if yes(&known, "/disputed") && !self.refundable_though_disputed(charge) {
            let message = format!("Charge {charge} has been charged back; cannot issue a refund.");
            return Err(Fault::invalid(message).code("charge_disputed"));
        }
        let left = int(&known, "/amount") - int(&known, "/amount_refunded");
        if left <= 0 {
            return Err(Fault::invalid(format!("Charge {charge} has already been refunded.")).code("charge_already_refunded"));
        }
        let amount = amount.unwrap_or(left);
        if amount < 1 {
            return Err(Fault::invalid("Invalid positive integer").code("parameter_invalid_integer").param("amount"));
        }
        if amount > left {
            let currency = text(&known, "/currency");
            let message =
                format!("Refund amount ({}) is greater than unrefunded amount on charge ({})", money(amount, currency), money(left, currency));
            return Err(Fault::invalid(message).param("amount"));
        }
        let id = self.id("re");
        let mut refund = shapes::refund(&id, seconds(now_ms), &known, amount);
        lay(&mut refund, json!({"reason": reason, "metadata": metadata}));
        self.add(now_ms, "refund.created", refund);
        self.change(now_ms, "charge.refunded", charge, |charge| give_back(charge, amount));
        Ok(id)
    }

    /// A refund that seemed to go through comes back.
    pub(super) fn fail_refund(&mut self, now_ms: i64, id: &str) -> Result<(), Fault> {
        let refund = self.store.get("refund", id).cloned().ok_or_else(|| Fault::missing("refund", id))?;
        if text(&refund, "/status") == "failed" {
            return Err(Fault::invalid("This refund has failed already."));
        }
        // First the charge, so that whoever reads it upon the event finds what is true.
        self.quietly(text(&refund, "/charge"), |charge| give_back(charge, -int(&refund, "/amount")));
        let transaction = self.id("txn");
        self.change(now_ms, "refund.updated", id, |refund| {
            lay(refund, json!({"status": "failed", "failure_reason": "lost_or_stolen_card", "failure_balance_transaction": transaction}));
        });
        self.tell_of(now_ms, "refund.failed", id);
        Ok(())
    }
}

fn give_back(charge: &mut Value, amount: i64) {
    let refunded = int(charge, "/amount_refunded") + amount;
    let whole = refunded >= int(charge, "/amount");
    lay(charge, json!({"amount_refunded": refunded, "refunded": whole}));
}
