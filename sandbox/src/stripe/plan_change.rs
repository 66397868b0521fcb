//! Another plan or quantity in the middle of a period: what is given back, what is added, and when it is billed.

use serde_json::{Value, json};

use super::{
    Stripe,
    fault::Fault,
    invoices::{Bill, Line, Of, first_line},
    life::{Step, period_end},
    seconds, shapes,
    value::{at, entries, int, lay, owned, set, share, text, yes},
};

/// A change of plan.
#[derive(Debug, Clone)]
pub(super) struct Switch {
    pub price: Value,
    pub quantity: i64,
    /// `create_prorations`, `always_invoice` or `none`.
    pub behaviour: String,
    /// Whether a new period begins now, whatever the interval.
    pub anew: bool,
    /// From when on the new plan counts.
    pub at_s: i64,
}

impl Stripe {
    /// A price that can be sold.
    pub(super) fn sellable(&self, id: &str, param: &str) -> Result<&Value, Fault> {
        let price = self.store.get("price", id).ok_or_else(|| Fault::unknown("price", id, param))?;
        if yes(price, "/active") {
            return Ok(price);
        }
        let message = format!("The price specified is inactive. This field only accepts active prices. ({id})");
        Err(Fault::invalid(message).code("price_inactive").param(param))
    }

    /// The plan changes when the period ends; whatever was to come before is forgotten.
    pub(super) fn switch_later(&mut self, now_ms: i64, subscription: &str, price: &Value) {
        let schedule = self.id("sub_sched");
        self.change(now_ms, "customer.subscription.updated", subscription, |known| lay(known, json!({"_next": price, "schedule": schedule})));
    }

    /// Puts the new plan into a subscription; answers the invoice that is due at once, if one is.
    pub(super) fn switch(&mut self, now_ms: i64, subscription: &mut Value, switch: &Switch) -> Option<String> {
        let old = at(subscription, "/items/data/0").clone();
        let (start, end) = (int(&old, "/current_period_start"), int(&old, "/current_period_end"));
        let interval = |price: &Value| (owned(price, "/recurring/interval"), int(price, "/recurring/interval_count"));
        let anew = switch.anew || interval(&switch.price) != interval(at(&old, "/price"));
        let trial = text(subscription, "/status") == "trialing";
        let id = owned(subscription, "/id");
        let moment = seconds(now_ms);
        let period = if anew && !trial { (moment, period_end(moment, &switch.price, moment)) } else { (start, end) };
        let lines = if trial { Vec::new() } else { self.switch_lines(subscription, &old, switch, (start, end), anew.then_some(period)) };
        let item = shapes::item(text(&old, "/id"), &id, int(&old, "/created"), &switch.price, switch.quantity, period);
        set(subscription, "/items/data/0", item);
        lay(subscription, json!({"_next": null, "schedule": null}));
        if anew && !trial {
            set(subscription, "/billing_cycle_anchor", moment);
            self.plan(period.1 * 1_000, Step::Renew(id.clone()));
        }
        if lines.is_empty() {
            return None;
        }
        if !anew && switch.behaviour != "always_invoice" {
            let mut pending = entries(subscription, "/_pending").to_vec();
            pending.extend(lines);
            set(subscription, "/_pending", pending);
            return None;
        }
        let mut bill = bill_for(subscription, "subscription_update", (moment, moment));
        bill.lines = lines;
        Some(self.draft(now_ms, bill))
    }

    fn switch_lines(
        &mut self,
        subscription: &Value,
        old: &Value,
        switch: &Switch,
        (start, end): (i64, i64),
        fresh: Option<(i64, i64)>,
    ) -> Vec<Value> {
        let (id, metadata) = (owned(subscription, "/id"), at(subscription, "/metadata").clone());
        let taxed = yes(subscription, "/automatic_tax/enabled");
        let at_s = switch.at_s.clamp(start, end);
        let part = |price: &Value, quantity: i64| share(int(price, "/unit_amount") * quantity, end - at_s, end - start);
        let mut lines = Vec::new();
        if switch.behaviour != "none" {
            let price = at(old, "/price");
            let invoice = self.store.any(text(subscription, "/latest_invoice")).cloned().unwrap_or_default();
            let credited = json!({"invoice": at(&invoice, "/id"), "invoice_line_items": [first_line(&invoice)]});
            let unused = Line {
                amount: -part(price, int(old, "/quantity")),
                description: format!("Unused time on {}", self.name_of(price)),
                price,
                quantity: int(old, "/quantity"),
                period: (at_s, end),
                metadata: metadata.clone(),
                taxed,
                of: Of::Proration { subscription: &id, credited },
            };
            lines.push(self.line(&unused));
        }
        let price = &switch.price;
        match fresh {
            Some(period) => {
                let amount = int(price, "/unit_amount") * switch.quantity;
                let description = self.described(price, switch.quantity);
                let of = Of::Item { subscription: &id, item: text(old, "/id") };
                lines.push(self.line(&Line { amount, description, price, quantity: switch.quantity, period, metadata, taxed, of }));
            }
            None if switch.behaviour != "none" => {
                let amount = part(price, switch.quantity);
                let description = format!("Remaining time on {}", self.name_of(price));
                let of = Of::Proration { subscription: &id, credited: Value::Null };
                lines.push(self.line(&Line { amount, description, price, quantity: switch.quantity, period: (at_s, end), metadata, taxed, of }));
            }
            None => {}
        }
        lines
    }
}

/// A bill for a subscription, without lines yet.
pub(super) fn bill_for(subscription: &Value, reason: &'static str, window: (i64, i64)) -> Bill {
    Bill {
        customer: owned(subscription, "/customer"),
        subscription: Some(owned(subscription, "/id")),
        reason,
        currency: owned(subscription, "/currency"),
        taxed: yes(subscription, "/automatic_tax/enabled"),
        metadata: json!({}),
        window,
        lines: Vec::new(),
    }
}
