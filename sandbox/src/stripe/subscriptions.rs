//! Subscriptions as the API reads, changes and ends them.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    life::Step,
    payments::Means,
    plan_change::Switch,
    seconds,
    store::{filtered, paged},
    value::{at, int, lay, owned, set, shown, text, yes},
};

const CHANGES: [&str; 18] = [
    "items.#.id",
    "items.#.price",
    "items.#.quantity",
    "proration_behavior",
    "proration_date",
    "payment_behavior",
    "billing_cycle_anchor",
    "cancel_at_period_end",
    "cancel_at",
    "cancellation_details.comment",
    "cancellation_details.feedback",
    "metadata.*",
    "description",
    "default_payment_method",
    // These change nothing that the studio sees.
    "invoice_settings.*",
    "off_session",
    "payment_settings.*",
    "trial_settings.*",
];
const FEEDBACK: [&str; 8] =
    ["customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive", "unused"];
const PRORATION: [&str; 3] = ["create_prorations", "always_invoice", "none"];
const PAYMENT: [&str; 3] = ["allow_incomplete", "default_incomplete", "error_if_incomplete"];

impl Stripe {
    pub(super) fn route_subscriptions(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("GET", ["subscriptions"]) => {
                params.only(&paged(&["customer", "status", "price", "collection_method"]))?;
                let status = params.text("status");
                let is = |subscription: &Value| match status {
                    Some("all") => true,
                    Some("ended") => matches!(text(subscription, "/status"), "canceled" | "incomplete_expired"),
                    Some(status) => text(subscription, "/status") == status,
                    None => text(subscription, "/status") != "canceled",
                };
                let filters = [("customer", "/customer"), ("price", "/items/data/0/price/id"), ("collection_method", "/collection_method")];
                self.store.page("subscription", "/v1/subscriptions", params, |one| is(one) && filtered(one, params, &filters))
            }
            ("GET", ["subscriptions", id]) => self.store.read("subscription", id),
            ("POST", ["subscriptions", id]) => self.update_subscription(now_ms, id, params),
            ("DELETE", ["subscriptions", id]) => {
                params.only(&["invoice_now", "prorate", "cancellation_details.*"])?;
                let known = self.store.read("subscription", id)?;
                if text(&known, "/status") == "canceled" {
                    return Err(Fault::missing("subscription", id));
                }
                self.quietly(id, |subscription| details(subscription, params));
                self.end_subscription(now_ms, id, "cancellation_requested");
                self.store.read("subscription", id)
            }
            _ => Err(no_route(method, segments)),
        }
    }

    fn update_subscription(&mut self, now_ms: i64, id: &str, params: &Params) -> Answer {
        params.only(&CHANGES)?;
        let mut subscription = self.store.get("subscription", id).cloned().ok_or_else(|| Fault::missing("subscription", id))?;
        let behaviour = params.choice("proration_behavior", &PRORATION)?.unwrap_or("create_prorations").to_owned();
        let payment = params.choice("payment_behavior", &PAYMENT)?.unwrap_or("allow_incomplete");
        params.choice("cancellation_details.feedback", &FEEDBACK)?;
        if text(&subscription, "/status") == "canceled" && ["items", "cancel_at", "cancel_at_period_end"].iter().any(|name| params.any(name)) {
            return Err(Fault::invalid("A canceled subscription can only update its cancellation_details and metadata."));
        }
        let metadata = params.metadata("metadata", at(&subscription, "/metadata"))?;
        set(&mut subscription, "/metadata", metadata);
        params.fields(&mut subscription, &["description", "default_payment_method"]);
        let cancel_at = Self::cancellation(now_ms, &mut subscription, params)?;
        let switch = self.asked_switch(now_ms, &subscription, params, &behaviour)?;
        let card_works = self.card_works(text(&subscription, "/customer"));
        if switch.is_some() && payment == "error_if_incomplete" && !card_works {
            return Err(Fault::declined());
        }
        if let Some(cancel_at) = cancel_at {
            self.plan(cancel_at * 1_000, Step::End(id.to_owned()));
        }
        self.apply(now_ms, id, subscription, switch);
        self.store.read("subscription", id)
    }

    /// The change of plan that parameters ask for.
    fn asked_switch(&self, now_ms: i64, subscription: &Value, params: &Params, behaviour: &str) -> Result<Option<Switch>, Fault> {
        let items = params.entries("items");
        let Some(asked) = items.first() else {
            return Ok(None);
        };
        let item = at(subscription, "/items/data/0");
        if items.len() > 1 || asked.text("id").is_none_or(|id| id != text(item, "/id")) {
            let message = "A subscription of the sandbox has one item: name it in items[0][id], or the plan would be added to the old one.";
            return Err(Fault::invalid(message).param(asked.name("id")));
        }
        let price = match asked.text("price") {
            Some(price) => self.sellable(price, &asked.name("price"))?.clone(),
            None => at(item, "/price").clone(),
        };
        if at(&price, "/recurring").is_null() {
            let message = format!(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`. ({})",
                text(&price, "/id")
            );
            return Err(Fault::invalid(message).param(asked.name("price")));
        }
        let quantity = asked.int("quantity")?.unwrap_or_else(|| int(item, "/quantity"));
        let same = at(&price, "/id") == at(item, "/price/id") && quantity == int(item, "/quantity");
        let anew = params.text("billing_cycle_anchor") == Some("now");
        let at_s = params.int("proration_date")?.unwrap_or_else(|| seconds(now_ms));
        Ok((!same || anew).then(|| Switch { price, quantity, behaviour: behaviour.to_owned(), anew, at_s }))
    }

    /// Sets and unsets the end of a subscription; answers a time of its own that has to be waited for.
    fn cancellation(now_ms: i64, subscription: &mut Value, params: &Params) -> Result<Option<i64>, Fault> {
        details(subscription, params);
        if let Some(wanted) = params.flag("cancel_at_period_end")? {
            at_period_end(subscription, seconds(now_ms), wanted);
        }
        if params.given("cancel_at") == Some("") {
            at_period_end(subscription, seconds(now_ms), false);
        }
        let Some(cancel_at) = params.int("cancel_at")? else {
            return Ok(None);
        };
        if cancel_at <= seconds(now_ms) {
            return Err(Fault::invalid("cancel_at must be in the future.").param("cancel_at"));
        }
        lay(subscription, json!({"cancel_at": cancel_at, "canceled_at": seconds(now_ms)}));
        set(subscription, "/cancellation_details/reason", "cancellation_requested");
        Ok(Some(cancel_at))
    }

    /// Keeps a changed subscription with its new plan, and collects what that costs at once.
    pub(super) fn apply(&mut self, now_ms: i64, id: &str, mut subscription: Value, switch: Option<Switch>) {
        let invoice = switch.and_then(|switch| self.switch(now_ms, &mut subscription, &switch));
        if let Some(invoice) = &invoice {
            set(&mut subscription, "/latest_invoice", invoice.as_str());
        }
        let customer = owned(&subscription, "/customer");
        self.change(now_ms, "customer.subscription.updated", id, |known| *known = subscription);
        if let Some(invoice) = invoice {
            self.tell_of(now_ms, "invoice.created", &invoice);
            self.finalize(now_ms, &invoice, None);
            let means = if self.card_works(&customer) { Means::Card } else { Means::Declined };
            self.try_invoice(now_ms, &invoice, means);
        }
    }

    /// Ends a subscription now.
    pub(super) fn end_subscription(&mut self, now_ms: i64, id: &str, reason: &str) {
        let ended = seconds(now_ms);
        self.quietly(id, |subscription| {
            lay(subscription, json!({"status": "canceled", "ended_at": ended, "cancel_at_period_end": false}));
            if at(subscription, "/canceled_at").is_null() {
                set(subscription, "/canceled_at", ended);
            }
            set(subscription, "/cancellation_details/reason", reason);
        });
        self.give_up_invoices(id);
        self.tell_of(now_ms, "customer.subscription.deleted", id);
    }

    /// As people do it in the portal: at the end of the period, or not after all.
    pub(super) fn cancel_later(&mut self, now_ms: i64, id: &str, wanted: bool) {
        self.change(now_ms, "customer.subscription.updated", id, |subscription| at_period_end(subscription, seconds(now_ms), wanted));
    }
}

fn at_period_end(subscription: &mut Value, now_s: i64, wanted: bool) {
    if wanted && !yes(subscription, "/cancel_at_period_end") {
        let end = at(subscription, "/items/data/0/current_period_end").clone();
        lay(subscription, json!({"cancel_at_period_end": true, "cancel_at": end, "canceled_at": now_s}));
        set(subscription, "/cancellation_details/reason", "cancellation_requested");
    }
    if !wanted && !at(subscription, "/cancel_at").is_null() {
        let none = json!({"comment": null, "feedback": null, "feedback_option": null, "reason": null});
        lay(subscription, json!({"cancel_at_period_end": false, "cancel_at": null, "canceled_at": null, "cancellation_details": none}));
    }
}

fn details(subscription: &mut Value, params: &Params) {
    let inside = params.within("cancellation_details");
    let mut details = shown(at(subscription, "/cancellation_details"));
    inside.fields(&mut details, &["comment", "feedback"]);
    set(subscription, "/cancellation_details", details);
}
