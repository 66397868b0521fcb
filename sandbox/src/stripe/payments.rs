//! Payment intents and their charges.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::Answer,
    form::Params,
    seconds, shapes,
    store::{filtered, paged},
    value::{at, int, lay, owned, set, text},
};

/// How a payment is made, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// A card that works.
    Card,
    /// A card that is declined.
    Declined,
    /// A debit, which is known to have worked only days later.
    Debit,
}

/// A payment that somebody owes.
#[derive(Debug, Clone)]
pub(super) struct Owed {
    pub amount: i64,
    pub currency: String,
    /// Null for a guest.
    pub customer: Value,
    pub metadata: Value,
    pub description: Value,
}

impl Stripe {
    pub(super) fn route_payments(&mut self, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("GET", ["payment_intents", id]) => self.store.read("payment_intent", id),
            ("GET", ["payment_intents"]) => {
                params.only(&paged(&["customer"]))?;
                self.store.page("payment_intent", "/v1/payment_intents", params, |intent| filtered(intent, params, &[("customer", "/customer")]))
            }
            ("GET", ["charges", id]) => self.store.read("charge", id),
            ("GET", ["charges"]) => {
                params.only(&paged(&["customer", "payment_intent", "transfer_group"]))?;
                self.store.page("charge", "/v1/charges", params, |charge| {
                    filtered(charge, params, &[("customer", "/customer"), ("payment_intent", "/payment_intent")])
                })
            }
            _ => Err(no_route(method, segments)),
        }
    }

    pub(super) fn open_intent(&mut self, now_ms: i64, owed: Owed) -> String {
        let id = self.id("pi");
        let mut intent = shapes::intent(&id, seconds(now_ms), self.livemode, owed.amount, &owed.currency);
        let Owed { customer, metadata, description, .. } = owed;
        lay(&mut intent, json!({"customer": customer, "metadata": metadata, "description": description}));
        self.add(now_ms, "payment_intent.created", intent);
        id
    }

    /// Tries a payment.
    pub(super) fn attempt(&mut self, now_ms: i64, intent: &str, means: Means, email: &str) {
        let method = self.id("pm");
        self.quietly(intent, |intent| set(intent, "/payment_method", method));
        let Some(shown) = self.store.any(intent).cloned() else {
            return;
        };
        let billing = self.billing(text(&shown, "/customer"), email);
        let id = self.id("ch");
        let mut charge = shapes::charge(&id, seconds(now_ms), &shown, means != Means::Debit, &billing);
        set(&mut charge, "/receipt_url", format!("{}/receipts/{id}", self.config.base_url));
        let kinds = if means == Means::Debit { json!(["sepa_debit"]) } else { json!(["card"]) };
        self.quietly(intent, |intent| lay(intent, json!({"latest_charge": id, "last_payment_error": null, "payment_method_types": kinds})));
        match means {
            Means::Card => {
                set(&mut charge, "/balance_transaction", self.id("txn"));
                self.add(now_ms, "charge.succeeded", charge);
                self.received(now_ms, intent);
            }
            Means::Declined => {
                fail(&mut charge);
                self.add(now_ms, "charge.failed", charge);
                self.refused(now_ms, intent);
            }
            Means::Debit => {
                lay(&mut charge, json!({"status": "pending", "paid": false}));
                self.add(now_ms, "charge.pending", charge);
                self.quietly(intent, |intent| set(intent, "/status", "processing"));
                self.tell_of(now_ms, "payment_intent.processing", intent);
            }
        }
    }

    /// What became of a debit.
    pub(super) fn settle_debit(&mut self, now_ms: i64, intent: &str, succeeds: bool) {
        let charge = self.store.any(intent).map(|intent| owned(intent, "/latest_charge")).unwrap_or_default();
        if succeeds {
            let transaction = self.id("txn");
            self.quietly(&charge, |charge| lay(charge, json!({"status": "succeeded", "paid": true, "balance_transaction": transaction})));
            self.tell_of(now_ms, "charge.succeeded", &charge);
            self.received(now_ms, intent);
        } else {
            self.quietly(&charge, fail);
            self.tell_of(now_ms, "charge.failed", &charge);
            self.refused(now_ms, intent);
        }
    }

    fn received(&mut self, now_ms: i64, intent: &str) {
        self.quietly(intent, |intent| {
            let amount = int(intent, "/amount");
            lay(intent, json!({"status": "succeeded", "amount_received": amount}));
        });
        self.tell_of(now_ms, "payment_intent.succeeded", intent);
    }

    fn refused(&mut self, now_ms: i64, intent: &str) {
        self.quietly(intent, |intent| {
            let charge = at(intent, "/latest_charge").clone();
            let error = json!({"advice_code": "try_again_later", "charge": charge, "code": "card_declined", "decline_code": "generic_decline",
                "message": "Your card was declined.", "type": "card_error"});
            lay(intent, json!({"status": "requires_payment_method", "last_payment_error": error, "payment_method": null}));
        });
        self.tell_of(now_ms, "payment_intent.payment_failed", intent);
    }

    /// Tells of an object as it is now, without what it was before.
    pub(super) fn tell_of(&mut self, now_ms: i64, event: &str, id: &str) {
        if let Some(object) = self.store.any(id).cloned() {
            self.tell(now_ms, event, &object, None);
        }
    }

    fn billing(&self, customer: &str, email: &str) -> Value {
        let customer = self.store.any(customer);
        let field = |path: &str| customer.map(|customer| at(customer, path).clone()).unwrap_or_default();
        let email = if customer.is_some() { field("/email") } else { email.into() };
        let address = Some(field("/address")).filter(|address| !address.is_null()).unwrap_or_else(shapes::home);
        json!({"address": address, "email": email, "name": field("/name"), "phone": field("/phone"), "tax_id": null})
    }
}

fn fail(charge: &mut Value) {
    lay(
        charge,
        json!({
            "status": "failed", "paid": false, "captured": false, "amount_captured": 0, "failure_code": "card_declined",
            "failure_message": "Your card was declined.",
            "outcome": {"advice_code": "try_again_later", "network_advice_code": null, "network_decline_code": "05",
                "network_status": "declined_by_network", "reason": "generic_decline", "risk_level": "normal",
                "seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined"},
        }),
    );
}
