//! Invoices: drafted, finalized, paid or not, and what was paid for them.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    payments::{Means, Owed},
    seconds, shapes,
    store::{filtered, paged},
    value::{at, entries, int, lay, list, money, owned, set, shown, text, yes},
};
use crate::time::DAY_MS;

/// After the first attempt; the vendor's own choice of days is not published.
const RETRY_DAYS: [i64; 3] = [3, 5, 7];

/// What an invoice is made from.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub customer: String,
    /// `None` for a sale without a subscription.
    pub subscription: Option<String>,
    pub reason: &'static str,
    pub currency: String,
    pub taxed: bool,
    pub metadata: Value,
    /// The window in which its items were added, not the time that is paid for.
    pub window: (i64, i64),
    pub lines: Vec<Value>,
}

/// One line of it.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub amount: i64,
    pub description: String,
    pub price: &'a Value,
    pub quantity: i64,
    pub period: (i64, i64),
    pub metadata: Value,
    pub taxed: bool,
    pub of: Of<'a>,
}

/// Where a line comes from.
#[derive(Debug)]
pub(super) enum Of<'a> {
    /// The time that an item of a subscription is paid for.
    Item { subscription: &'a str, item: &'a str },
    /// A part of such a time, added or given back.
    Proration { subscription: &'a str, credited: Value },
    /// Something sold once.
    Sale,
}

impl Stripe {
    pub(super) fn route_invoices(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("GET", ["invoices"]) => {
                params.only(&paged(&["customer", "subscription", "status", "collection_method"]))?;
                let subscription = "/parent/subscription_details/subscription";
                let filters =
                    [("customer", "/customer"), ("subscription", subscription), ("status", "/status"), ("collection_method", "/collection_method")];
                self.store.page("invoice", "/v1/invoices", params, |invoice| filtered(invoice, params, &filters))
            }
            ("GET", ["invoices", id]) => self.store.read("invoice", id),
            ("GET", ["invoices", id, "lines"]) => Ok(at(&self.store.read("invoice", id)?, "/lines").clone()),
            ("POST", ["invoices", id, "pay"]) => {
                let invoice = self.store.read("invoice", id)?;
                if text(&invoice, "/status") != "open" {
                    return Err(Fault::invalid("Invoice is already paid").code("invoice_not_editable"));
                }
                let means = if self.card_works(text(&invoice, "/customer")) { Means::Card } else { Means::Declined };
                self.try_invoice(now_ms, id, means);
                if means == Means::Declined { Err(Fault::declined()) } else { self.store.read("invoice", id) }
            }
            ("GET", ["invoice_payments"]) => {
                params.only(&paged(&["invoice", "status", "payment.type", "payment.payment_intent"]))?;
                let filters = [
                    ("invoice", "/invoice"),
                    ("status", "/status"),
                    ("payment.type", "/payment/type"),
                    ("payment.payment_intent", "/payment/payment_intent"),
                ];
                self.store.page("invoice_payment", "/v1/invoice_payments", params, |payment| filtered(payment, params, &filters))
            }
            ("GET", ["invoice_payments", id]) => self.store.read("invoice_payment", id),
            _ => Err(no_route(method, segments)),
        }
    }

    pub(super) fn line(&mut self, line: &Line<'_>) -> Value {
        let (item_details, invoice_item) = (&line.of, self.id("ii"));
        let no_items = json!({"credited_items": null});
        let (parent, subscription) = match item_details {
            Of::Item { subscription, item } => (
                json!({"type": "subscription_item_details", "invoice_item_details": null, "subscription_item_details": {"invoice_item": null,
                    "proration": false, "proration_details": no_items, "subscription": subscription, "subscription_item": item}}),
                json!(subscription),
            ),
            Of::Proration { subscription, credited } => (
                json!({"type": "invoice_item_details", "subscription_item_details": null, "invoice_item_details": {"invoice_item": invoice_item,
                    "proration": true, "proration_details": {"credited_items": credited}, "subscription": subscription}}),
                json!(subscription),
            ),
            Of::Sale => (
                json!({"type": "invoice_item_details", "subscription_item_details": null, "invoice_item_details": {"invoice_item": invoice_item,
                    "proration": false, "proration_details": no_items, "subscription": null}}),
                Value::Null,
            ),
        };
        let price = line.price;
        let unit = if matches!(line.of, Of::Proration { .. }) { line.amount.abs() } else { int(price, "/unit_amount") };
        json!({
            "id": self.id("il"), "object": "line_item", "amount": line.amount, "currency": at(price, "/currency"), "description": line.description,
            "discount_amounts": [], "discountable": !matches!(line.of, Of::Proration { .. }), "discounts": [], "invoice": null,
            "livemode": self.livemode, "metadata": line.metadata, "parent": parent, "period": {"end": line.period.1, "start": line.period.0},
            "pretax_credit_amounts": [],
            "pricing": {"price_details": {"price": at(price, "/id"), "product": at(price, "/product")}, "type": "price_details",
                "unit_amount_decimal": unit.to_string()},
            "quantity": line.quantity, "quantity_decimal": line.quantity.to_string(), "subscription": subscription, "subtotal": line.amount,
            "taxes": shapes::taxes(line.amount, line.taxed),
        })
    }

    /// `1 × Studio (at €19.00 / month)`.
    pub(super) fn described(&self, price: &Value, quantity: i64) -> String {
        let name = self.name_of(price);
        match text(price, "/recurring/interval") {
            "" => name,
            interval => format!("{quantity} × {name} (at {} / {interval})", money(int(price, "/unit_amount"), text(price, "/currency"))),
        }
    }

    /// The name of what a price sells.
    pub(super) fn name_of(&self, price: &Value) -> String {
        self.store.any(text(price, "/product")).map(|product| owned(product, "/name")).unwrap_or_default()
    }

    /// Makes a draft; the caller tells of it in its turn.
    pub(super) fn draft(&mut self, now_ms: i64, bill: Bill) -> String {
        let id = self.id("in");
        let customer = self.store.any(&bill.customer).cloned().unwrap_or_default();
        let mut invoice = shapes::invoice(&id, seconds(now_ms), &customer, bill.reason, &bill.currency, bill.taxed);
        let total: i64 = bill.lines.iter().map(|line| int(line, "/amount")).sum();
        let tax = if bill.taxed { shapes::tax_in(total) } else { 0 };
        let mut lines = bill.lines;
        for line in &mut lines {
            set(line, "/invoice", id.as_str());
        }
        set(&mut invoice, "/lines/total_count", lines.len());
        set(&mut invoice, "/lines/data", lines);
        let parent = bill.subscription.map_or(Value::Null, |subscription| {
            let metadata = self.store.any(&subscription).map_or_else(|| json!({}), |subscription| at(subscription, "/metadata").clone());
            json!({"type": "subscription_details", "quote_details": null,
                "subscription_details": {"metadata": metadata, "subscription": subscription}})
        });
        lay(
            &mut invoice,
            json!({
                "amount_due": total.max(0), "amount_remaining": total.max(0), "metadata": bill.metadata, "parent": parent,
                "period_start": bill.window.0, "period_end": bill.window.1, "subtotal": total, "subtotal_excluding_tax": total - tax,
                "total": total, "total_excluding_tax": total - tax, "total_taxes": shapes::taxes(total, bill.taxed),
                "webhooks_delivered_at": seconds(now_ms),
            }),
        );
        self.store.put(invoice);
        id
    }

    /// Gives a draft its number, its links, and the payment that is owed for it: a new one, or one that was made already.
    pub(super) fn finalize(&mut self, now_ms: i64, id: &str, made: Option<&str>) {
        let Some(invoice) = self.store.any(id).filter(|invoice| text(invoice, "/status") == "draft").cloned() else {
            return;
        };
        let customer = owned(&invoice, "/customer");
        let known = self.store.any(&customer).cloned().unwrap_or_default();
        let (prefix, sequence) = (text(&known, "/invoice_prefix"), int(&known, "/next_invoice_sequence"));
        let total = int(&invoice, "/total");
        let balance = if made.is_some() { 0 } else { int(&known, "/balance") };
        // A negative balance is a credit: it pays first. A negative total becomes one.
        let due = (total + balance).max(0);
        let left = total + balance - due;
        let number = format!("{prefix}-{sequence:04}");
        self.change(now_ms, "customer.updated", &customer, |customer| {
            lay(customer, json!({"next_invoice_sequence": sequence + 1, "currency": at(&invoice, "/currency")}));
            if made.is_none() {
                set(customer, "/balance", left);
            }
        });
        let page = format!("{}/invoices/{id}", self.config.base_url);
        self.quietly(id, |invoice| {
            lay(
                invoice,
                json!({
                    "status": "open", "number": number, "effective_at": seconds(now_ms), "hosted_invoice_url": page,
                    "invoice_pdf": format!("{page}/pdf"), "starting_balance": balance, "ending_balance": left, "amount_due": due,
                    "amount_remaining": due,
                }),
            );
            set(invoice, "/status_transitions/finalized_at", seconds(now_ms));
        });
        if due > 0 {
            let currency = owned(&invoice, "/currency");
            let description = match text(&invoice, "/billing_reason") {
                "subscription_create" => json!("Subscription creation"),
                _ => json!("Subscription update"),
            };
            let owed = Owed { amount: due, currency: currency.clone(), customer: customer.into(), metadata: json!({}), description };
            let intent = made.map_or_else(|| self.open_intent(now_ms, owed), str::to_owned);
            let payment = json!({
                "id": self.id("inpay"), "object": "invoice_payment", "amount_paid": null, "amount_requested": due, "created": seconds(now_ms),
                "currency": currency, "invoice": id, "is_default": true, "livemode": self.livemode,
                "payment": {"payment_intent": intent, "type": "payment_intent"}, "status": "open",
                "status_transitions": {"canceled_at": null, "paid_at": null},
            });
            self.store.put(payment);
        }
        self.tell_of(now_ms, "invoice.finalized", id);
    }

    /// The payment that is owed for an invoice, and its intent.
    pub(super) fn payment_of(&self, invoice: &str) -> Option<(String, String)> {
        let payment = self.store.all("invoice_payment").rev().find(|payment| text(payment, "/invoice") == invoice)?;
        Some((owned(payment, "/id"), owned(payment, "/payment/payment_intent")))
    }

    /// Tries to collect an open invoice, and does what follows.
    pub(super) fn try_invoice(&mut self, now_ms: i64, id: &str, means: Means) {
        let Some(invoice) = self.store.any(id).filter(|invoice| text(invoice, "/status") == "open").cloned() else {
            return;
        };
        let Some((_, intent)) = self.payment_of(id).filter(|_| int(&invoice, "/amount_due") > 0) else {
            return self.invoice_paid(now_ms, id);
        };
        // A debit that is under way is waited for.
        if self.store.any(&intent).is_some_and(|intent| text(intent, "/status") == "processing") {
            return;
        }
        self.attempt(now_ms, &intent, means, "");
        match means {
            Means::Card => self.invoice_paid(now_ms, id),
            Means::Declined => self.invoice_failed(now_ms, id),
            Means::Debit => {}
        }
    }

    /// It is paid.
    pub(super) fn invoice_paid(&mut self, now_ms: i64, id: &str) {
        let at_s = seconds(now_ms);
        self.quietly(id, |invoice| {
            let (due, attempts) = (int(invoice, "/amount_due"), int(invoice, "/attempt_count"));
            lay(
                invoice,
                json!({"status": "paid", "amount_paid": due, "amount_remaining": 0, "attempted": true, "attempt_count": attempts + 1,
                    "auto_advance": false, "next_payment_attempt": null}),
            );
            set(invoice, "/status_transitions/paid_at", at_s);
        });
        if let Some((payment, _)) = self.payment_of(id) {
            self.quietly(&payment, |payment| {
                let amount = int(payment, "/amount_requested");
                lay(payment, json!({"status": "paid", "amount_paid": amount, "status_transitions": {"canceled_at": null, "paid_at": at_s}}));
            });
            self.tell_of(now_ms, "invoice_payment.paid", &payment);
        }
        self.tell_of(now_ms, "invoice.paid", id);
        self.tell_of(now_ms, "invoice.payment_succeeded", id);
        self.recovered(now_ms, id);
    }

    /// It is not, and will be tried again, unless this was the last time.
    pub(super) fn invoice_failed(&mut self, now_ms: i64, id: &str) {
        let attempts = self.store.any(id).map_or(0, |invoice| int(invoice, "/attempt_count"));
        let retry_ms = usize::try_from(attempts).ok().and_then(|attempts| RETRY_DAYS.get(attempts)).map(|days| now_ms + days * DAY_MS);
        self.quietly(id, |invoice| {
            let next = retry_ms.map(seconds);
            lay(invoice, json!({"attempted": true, "attempt_count": attempts + 1, "auto_advance": next.is_some(), "next_payment_attempt": next}));
        });
        self.tell_of(now_ms, "invoice.payment_failed", id);
        self.dunned(now_ms, id, retry_ms);
    }

    /// Open invoices of a subscription that has ended are not tried again.
    pub(super) fn give_up_invoices(&mut self, subscription: &str) {
        let open = self.store.all("invoice").filter(|invoice| yes(invoice, "/auto_advance") && subscription_of(invoice) == subscription);
        let open: Vec<String> = open.map(|invoice| owned(invoice, "/id")).collect();
        for id in open {
            self.quietly(&id, |invoice| lay(invoice, json!({"auto_advance": false, "next_payment_attempt": null})));
        }
    }

    /// The payments of an invoice, as a list.
    pub(super) fn payments_of(&self, invoice: &str) -> Value {
        let payments = self.store.all("invoice_payment").filter(|payment| text(payment, "/invoice") == invoice);
        list(&payments.map(shown).collect::<Vec<_>>(), &format!("/v1/invoice_payments?invoice={invoice}"))
    }
}

/// The subscription that an invoice belongs to; empty for none.
pub(super) fn subscription_of(invoice: &Value) -> &str {
    text(invoice, "/parent/subscription_details/subscription")
}

/// The first line of an invoice that gave time to a subscription's item.
pub(super) fn first_line(invoice: &Value) -> &str {
    entries(invoice, "/lines/data").first().map_or("", |line| text(line, "/id"))
}
