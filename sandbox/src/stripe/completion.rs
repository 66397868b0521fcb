//! What becomes of a checkout session when somebody pays: at once, later, or not.

use serde_json::{Value, json};

use super::{
    Stripe,
    checkout::leaves_invoice,
    fault::Fault,
    invoices::{Bill, Line, Of},
    life::{Step, period_end},
    payments::{Means, Owed},
    plan_change::bill_for,
    seconds, shapes,
    value::{at, entries, int, lay, owned, set, text, yes},
};
use crate::time::{DAY_MS, MINUTE_MS};

/// How long a delayed payment takes here; with the vendor it is days.
const DELAYED_MS: i64 = MINUTE_MS;

/// How somebody pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// With a card that works.
    Paid,
    /// With a debit that works, a minute later.
    Later,
    /// With a debit that fails, a minute later.
    LaterFails,
    /// With a card that is declined; the session stays open.
    Declined,
}

impl How {
    /// By its name in a form or in a control's body.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "paid" => Some(Self::Paid),
            "later" => Some(Self::Later),
            "later-fails" => Some(Self::LaterFails),
            "declined" => Some(Self::Declined),
            _ => None,
        }
    }
}

impl Stripe {
    /// Pays for a session that is open.
    pub(super) fn pay(&mut self, now_ms: i64, id: &str, how: How, email: &str) -> Result<(), Fault> {
        let session = self.store.get("checkout.session", id).cloned().ok_or_else(|| Fault::missing("checkout session", id))?;
        if text(&session, "/status") != "open" {
            return Err(Fault::invalid(format!("This Checkout Session is {}.", text(&session, "/status"))));
        }
        if let Some(customer) = at(&session, "/customer").as_str() {
            self.living_customer(customer, Some("customer"))?;
        }
        let email = if email.is_empty() { text(&session, "/customer_email") } else { email };
        let email = if email.is_empty() { "guest@example.com" } else { email };
        let due = int(&session, "/amount_total");
        if how == How::Declined {
            let owed = Self::owed(&session);
            let intent = self.intent_of(now_ms, id, owed);
            self.attempt(now_ms, &intent, Means::Declined, email);
            return Ok(());
        }
        let means = if how == How::Paid { Means::Card } else { Means::Debit };
        self.meet(now_ms, id, &session, email);
        let session = self.store.any(id).cloned().unwrap_or_default();
        if text(&session, "/mode") == "subscription" {
            self.subscribe(now_ms, id, &session, means);
        } else if due > 0 {
            let owed = Self::owed(&session);
            let intent = self.intent_of(now_ms, id, owed);
            let customer = at(&session, "/customer").clone();
            self.quietly(&intent, |intent| set(intent, "/customer", customer));
            self.attempt(now_ms, &intent, means, email);
            self.quietly(id, |session| set(session, "/payment_intent", intent));
        }
        let status = match means {
            _ if due == 0 => "no_payment_required",
            Means::Card => "paid",
            _ => "unpaid",
        };
        self.quietly(id, |session| {
            lay(session, json!({"status": "complete", "payment_status": status, "url": null}));
            if yes(session, "/automatic_tax/enabled") {
                set(session, "/automatic_tax/status", "complete");
            }
        });
        if status != "unpaid" {
            self.sale_invoice(now_ms, id);
        }
        self.tell_of(now_ms, "checkout.session.completed", id);
        if status == "unpaid" {
            self.quietly(id, |session| set(session, "/_settles", true));
            let delay_ms = DELAYED_MS / i64::from(self.config.speed.max(1));
            self.plan(now_ms + delay_ms.max(1), Step::Settle(id.to_owned(), how == How::Later));
        }
        Ok(())
    }

    /// A delayed payment is known to have worked, or not.
    pub(super) fn settle_session(&mut self, now_ms: i64, id: &str, succeeds: bool) {
        let Some(session) = self.store.any(id).filter(|session| yes(session, "/_settles")).cloned() else {
            return;
        };
        self.quietly(id, |session| {
            set(session, "/_settles", false);
            if succeeds {
                set(session, "/payment_status", "paid");
            }
        });
        let invoice = owned(&session, "/invoice");
        let intent = match self.payment_of(&invoice) {
            Some((_, intent)) => intent,
            None => owned(&session, "/payment_intent"),
        };
        self.settle_debit(now_ms, &intent, succeeds);
        match (text(&session, "/mode"), succeeds) {
            ("subscription", true) => self.invoice_paid(now_ms, &invoice),
            ("subscription", false) => {
                // The next attempts would use the same account.
                self.set_card(now_ms, text(&session, "/customer"), false);
                self.invoice_failed(now_ms, &invoice);
            }
            (_, true) => self.sale_invoice(now_ms, id),
            (_, false) => {}
        }
        let event = if succeeds { "checkout.session.async_payment_succeeded" } else { "checkout.session.async_payment_failed" };
        self.tell_of(now_ms, event, id);
    }

    fn owed(session: &Value) -> Owed {
        let metadata = at(session, "/_intent").clone();
        Owed {
            amount: int(session, "/amount_total"),
            currency: owned(session, "/currency"),
            customer: at(session, "/customer").clone(),
            metadata,
            description: at(session, "/_description").clone(),
        }
    }

    /// The payment of a session: one for all its attempts.
    fn intent_of(&mut self, now_ms: i64, id: &str, owed: Owed) -> String {
        let known = self.store.any(id).map(|session| owned(session, "/_payment")).unwrap_or_default();
        if !known.is_empty() {
            return known;
        }
        let intent = self.open_intent(now_ms, owed);
        self.quietly(id, |session| set(session, "/_payment", intent.as_str()));
        intent
    }

    /// Who pays: the customer of the session, a new one, or a guest.
    fn meet(&mut self, now_ms: i64, id: &str, session: &Value, email: &str) {
        let mut customer = owned(session, "/customer");
        if customer.is_empty() && (text(session, "/customer_creation") == "always" || leaves_invoice(session)) {
            let mut made = self.new_customer(now_ms);
            lay(&mut made, json!({"email": email, "name": "Sandbox Guest", "address": shapes::home()}));
            customer = owned(&self.add(now_ms, "customer.created", made), "/id");
        }
        let (address, name) = (yes(session, "/_update_address"), yes(session, "/_update_name"));
        let method = self.id("pm");
        self.change(now_ms, "customer.updated", &customer, |customer| {
            if address && at(customer, "/address").is_null() {
                set(customer, "/address", shapes::home());
            }
            if name && at(customer, "/name").is_null() {
                set(customer, "/name", "Sandbox Guest");
            }
            if at(customer, "/invoice_settings/default_payment_method").is_null() {
                set(customer, "/invoice_settings/default_payment_method", method);
            }
        });
        let known = self.store.any(&customer).cloned();
        let field = |path: &str, other: Value| known.as_ref().map(|known| at(known, path).clone()).filter(|value| !value.is_null()).unwrap_or(other);
        let details = json!({
            "address": field("/address", shapes::home()), "business_name": null, "email": field("/email", email.into()), "individual_name": null,
            "name": field("/name", "Sandbox Guest".into()), "phone": field("/phone", Value::Null), "tax_exempt": field("/tax_exempt", "none".into()),
            "tax_ids": [],
        });
        let customer = if customer.is_empty() { Value::Null } else { customer.into() };
        self.quietly(id, |session| lay(session, json!({"customer": customer, "customer_details": details})));
    }

    /// The invoice of a sale, made when it is paid.
    fn sale_invoice(&mut self, now_ms: i64, id: &str) {
        let Some(session) = self.store.any(id).filter(|session| leaves_invoice(session)).cloned() else {
            return;
        };
        let moment = seconds(now_ms);
        let taxed = yes(&session, "/automatic_tax/enabled");
        let lines = entries(&session, "/_lines").iter().map(|sold| self.sale_line(sold, moment, taxed)).collect();
        let bill = Bill {
            customer: owned(&session, "/customer"),
            subscription: None,
            reason: "manual",
            currency: owned(&session, "/currency"),
            taxed,
            metadata: at(&session, "/invoice_creation/invoice_data/metadata").clone(),
            window: (moment, moment),
            lines,
        };
        let invoice = self.draft(now_ms, bill);
        self.tell_of(now_ms, "invoice.created", &invoice);
        self.finalize(now_ms, &invoice, Some(text(&session, "/payment_intent")));
        self.quietly(id, |session| set(session, "/invoice", invoice.as_str()));
        self.invoice_paid(now_ms, &invoice);
    }

    fn sale_line(&mut self, sold: &Value, moment: i64, taxed: bool) -> Value {
        let (amount, quantity) = (int(sold, "/amount_total"), int(sold, "/quantity"));
        let description = owned(sold, "/description");
        self.line(&Line {
            amount,
            description,
            price: at(sold, "/price"),
            quantity,
            period: (moment, moment),
            metadata: json!({}),
            taxed,
            of: Of::Sale,
        })
    }

    /// A subscription begins, with its first invoice.
    fn subscribe(&mut self, now_ms: i64, id: &str, session: &Value, means: Means) {
        let moment = seconds(now_ms);
        let taxed = yes(session, "/automatic_tax/enabled");
        let customer = owned(session, "/customer");
        let (subscription, item) = (self.id("sub"), self.id("si"));
        let sold = entries(session, "/_lines");
        let Some(recurring) = sold.iter().find(|line| !at(line, "/price/recurring").is_null()) else {
            return;
        };
        let (price, quantity) = (at(recurring, "/price"), int(recurring, "/quantity"));
        let trial_end = at(session, "/_trial_days").as_i64().map(|days| moment + days * DAY_MS / 1_000);
        let end = trial_end.unwrap_or_else(|| period_end(moment, price, moment));
        let made = shapes::item(&item, &subscription, moment, price, quantity, (moment, end));
        let mut made = shapes::subscription(&subscription, moment, self.livemode, &customer, &made, taxed);
        let metadata = at(session, "/_subscription").clone();
        lay(&mut made, json!({"metadata": metadata, "description": at(session, "/_description")}));
        if let Some(trial_end) = trial_end {
            lay(&mut made, json!({"status": "trialing", "trial_start": moment, "trial_end": trial_end, "billing_cycle_anchor": trial_end}));
        }
        let mut bill = bill_for(&made, "subscription_create", (moment, moment));
        let amount = if trial_end.is_some() { 0 } else { int(recurring, "/amount_total") };
        let description = if trial_end.is_some() { format!("Trial period for {}", self.name_of(price)) } else { self.described(price, quantity) };
        let of = Of::Item { subscription: &subscription, item: &item };
        bill.lines.push(self.line(&Line { amount, description, price, quantity, period: (moment, end), metadata, taxed, of }));
        for line in sold.iter().filter(|line| at(line, "/price/recurring").is_null()) {
            bill.lines.push(self.sale_line(line, moment, taxed));
        }
        // The invoice shows the subscription's metadata, so that comes first; and is shown by it, so both come before the events.
        self.store.put(made);
        let invoice = self.draft(now_ms, bill);
        self.quietly(&subscription, |made| set(made, "/latest_invoice", invoice.as_str()));
        self.quietly(id, |session| lay(session, json!({"subscription": subscription, "invoice": invoice})));
        self.tell_of(now_ms, "customer.subscription.created", &subscription);
        self.plan(end * 1_000, Step::Renew(subscription.clone()));
        self.tell_of(now_ms, "invoice.created", &invoice);
        self.finalize(now_ms, &invoice, None);
        self.try_invoice(now_ms, &invoice, means);
        if means == Means::Debit {
            // A debit is trusted until it fails.
            self.change(now_ms, "customer.subscription.updated", &subscription, |subscription| {
                if text(subscription, "/status") == "incomplete" {
                    set(subscription, "/status", "active");
                }
            });
        }
    }
}
