//! Checkout sessions: what is offered, to whom, and where people go afterwards.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    life::Step,
    seconds, shapes,
    store::{filtered, paged},
    value::{at, int, lay, owned, set, shown, text, yes},
};

/// The vendor's bounds of `expires_at`, in seconds from now.
const EXPIRES_MIN: i64 = 30 * 60;
const EXPIRES_MAX: i64 = 24 * 60 * 60;
const REFERENCE_MAX: usize = 200;
const LINES_MAX: usize = 100;

const KNOWN: [&str; 35] = [
    "mode",
    "line_items.#.price",
    "line_items.#.quantity",
    "line_items.#.price_data.*",
    "line_items.#.adjustable_quantity.*",
    "customer",
    "customer_email",
    "customer_creation",
    "customer_update.address",
    "customer_update.name",
    "customer_update.shipping",
    "client_reference_id",
    "metadata.*",
    "success_url",
    "cancel_url",
    "subscription_data.metadata.*",
    "subscription_data.description",
    "subscription_data.trial_period_days",
    "payment_intent_data.metadata.*",
    "payment_intent_data.description",
    "payment_intent_data.receipt_email",
    "invoice_creation.enabled",
    "invoice_creation.invoice_data.metadata.*",
    "invoice_creation.invoice_data.description",
    "automatic_tax.enabled",
    "tax_id_collection.enabled",
    "allow_promotion_codes",
    "billing_address_collection",
    "locale",
    "expires_at",
    "allowed_payment_method_types.#",
    "ui_mode",
    "submit_type",
    "payment_method_collection",
    "phone_number_collection.enabled",
];

/// What the vendor takes as well, and what changes nothing that the studio sees.
const WITHOUT_EFFECT: [&str; 27] = [
    "adaptive_pricing.*",
    "after_expiration.*",
    "branding_settings.*",
    "consent_collection.*",
    "currency",
    "custom_fields.*",
    "custom_text.*",
    "excluded_payment_method_types.#",
    "integration_identifier",
    "invoice_creation.invoice_data.account_tax_ids.#",
    "invoice_creation.invoice_data.custom_fields.*",
    "invoice_creation.invoice_data.footer",
    "invoice_creation.invoice_data.issuer.*",
    "invoice_creation.invoice_data.rendering_options.*",
    "line_items.#.metadata.*",
    "managed_payments.*",
    "name_collection.*",
    "payment_intent_data.setup_future_usage",
    "payment_intent_data.statement_descriptor",
    "payment_intent_data.statement_descriptor_suffix",
    "payment_method_configuration",
    "payment_method_options.*",
    "saved_payment_method_options.*",
    "subscription_data.billing_mode.*",
    "subscription_data.invoice_settings.*",
    "subscription_data.proration_behavior",
    "subscription_data.trial_settings.*",
];

/// What is sold by one line.
struct Sale {
    price: Value,
    quantity: i64,
}

impl Stripe {
    pub(super) fn route_checkout(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("POST", ["checkout", "sessions"]) => self.create_session(now_ms, params),
            ("GET", ["checkout", "sessions"]) => {
                params.only(&paged(&["customer", "payment_intent", "subscription", "status", "customer_details.email"]))?;
                let filters = [
                    ("customer", "/customer"),
                    ("payment_intent", "/payment_intent"),
                    ("subscription", "/subscription"),
                    ("status", "/status"),
                    ("customer_details.email", "/customer_details/email"),
                ];
                self.store.page("checkout.session", "/v1/checkout/sessions", params, |session| filtered(session, params, &filters))
            }
            ("GET", ["checkout", "sessions", id]) => self.store.read("checkout.session", id),
            ("GET", ["checkout", "sessions", id, "line_items"]) => {
                self.store.read("checkout.session", id)?;
                Ok(self.line_items(id))
            }
            ("POST", ["checkout", "sessions", id, "expire"]) => {
                let session = self.store.read("checkout.session", id)?;
                if text(&session, "/status") != "open" {
                    let message =
                        format!("Only Checkout Sessions with a status in [\"open\"] can be expired. This one is {}.", text(&session, "/status"));
                    return Err(Fault::invalid(message));
                }
                self.expire_session(now_ms, id);
                self.store.read("checkout.session", id)
            }
            _ => Err(no_route(method, segments)),
        }
    }

    fn create_session(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&[&KNOWN[..], &WITHOUT_EFFECT[..]].concat())?;
        let mode = params.choice("mode", &["payment", "subscription"])?.ok_or_else(|| Fault::required("mode"))?.to_owned();
        let subscribes = mode == "subscription";
        params.choice("ui_mode", &["hosted_page"])?;
        let success_url = params.url("success_url")?.ok_or_else(|| Fault::required("success_url"))?;
        let cancel_url = params.url("cancel_url")?;
        check_parts(params, subscribes)?;
        let customer = params.text("customer").map(|id| self.living_customer(id, Some("customer")).cloned()).transpose()?;
        check_customer(params, customer.as_ref(), subscribes)?;
        let taxed = params.flag("automatic_tax.enabled")?.unwrap_or(false);
        let expires_at = expires_at(params, seconds(now_ms))?;
        let sales = self.sales(now_ms, params, subscribes)?;
        let currency = sales.first().map(|sale| owned(&sale.price, "/currency")).unwrap_or_default();
        let id = format!("cs_{}_{}", if self.livemode { "live" } else { "test" }, self.dice.id(58));
        let mut session = shapes::session(&id, seconds(now_ms), self.livemode, taxed);
        let trial_days = params.int("subscription_data.trial_period_days")?;
        let lines: Vec<Value> = sales.iter().map(|sale| self.sold(sale, taxed)).collect();
        let total: i64 = lines.iter().map(|line| int(line, "/amount_total")).sum();
        // What is recurring is free while it is tried.
        let free = trial_days
            .map_or(0, |_| lines.iter().filter(|line| !at(line, "/price/recurring").is_null()).map(|line| int(line, "/amount_total")).sum());
        let due = total - free;
        let creation = match (&customer, subscribes) {
            (Some(_), _) => Value::Null,
            (None, true) => json!("always"),
            (None, false) => json!(params.text("customer_creation").unwrap_or("if_required")),
        };
        let details = customer.as_ref().map(|customer| {
            json!({"address": null, "business_name": null, "email": at(customer, "/email"), "individual_name": null, "name": null, "phone": null,
                "tax_exempt": "none", "tax_ids": null})
        });
        let types = params.texts("allowed_payment_method_types");
        lay(
            &mut session,
            json!({
                "mode": mode, "success_url": success_url, "cancel_url": cancel_url, "currency": currency, "expires_at": expires_at,
                "customer": customer.as_ref().map(|customer| at(customer, "/id").clone()), "customer_creation": creation,
                "customer_details": details, "customer_email": params.text("customer_email"),
                "client_reference_id": params.text("client_reference_id"), "metadata": params.metadata("metadata", &Value::Null)?,
                "amount_subtotal": due, "amount_total": due, "payment_method_collection": if subscribes { "always" } else { "if_required" },
                "url": format!("{}/checkout/{id}", self.config.base_url),
                "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": if taxed { shapes::tax_in(due) } else { 0 }},
                "allow_promotion_codes": params.flag("allow_promotion_codes")?, "locale": params.text("locale"),
                "billing_address_collection": params.text("billing_address_collection"), "submit_type": params.text("submit_type"),
                "allowed_payment_method_types": if types.is_empty() { Value::Null } else { json!(types) },
                "_lines": lines, "_trial_days": trial_days, "_update_address": params.text("customer_update.address") == Some("auto"),
                "_update_name": params.text("customer_update.name") == Some("auto"),
                "_subscription": params.metadata("subscription_data.metadata", &Value::Null)?,
                "_intent": params.metadata("payment_intent_data.metadata", &Value::Null)?,
                "_description": params.text("payment_intent_data.description").or(params.text("subscription_data.description")),
            }),
        );
        if !subscribes {
            let creation = invoice_creation(params)?;
            set(&mut session, "/invoice_creation", creation);
        }
        self.store.put(session.clone());
        self.plan(expires_at * 1_000, Step::Expire(id));
        Ok(shown(&session))
    }

    /// Prices and quantities of the lines, which fit the mode and each other.
    fn sales(&mut self, now_ms: i64, params: &Params, subscribes: bool) -> Result<Vec<Sale>, Fault> {
        let entries = params.entries("line_items");
        if entries.is_empty() || entries.len() > LINES_MAX {
            return Err(Fault::required("line_items"));
        }
        let mut sales = Vec::new();
        for entry in &entries {
            let price = match entry.text("price") {
                Some(price) => self.sellable(price, &entry.name("price"))?.clone(),
                None if entry.any("price_data") => self.inline_price(now_ms, &entry.within("price_data"))?,
                None => return Err(Fault::required(&entry.name("price"))),
            };
            let quantity = entry.int("quantity")?.ok_or_else(|| Fault::required(&entry.name("quantity")))?;
            if quantity < 1 {
                let message = "This value must be greater than or equal to 1.";
                return Err(Fault::invalid(message).code("parameter_invalid_integer").param(entry.name("quantity")));
            }
            if !subscribes && !at(&price, "/recurring").is_null() {
                let message =
                    "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.";
                return Err(Fault::invalid(message).param("line_items"));
            }
            sales.push(Sale { price, quantity });
        }
        let recurring = sales.iter().filter(|sale| !at(&sale.price, "/recurring").is_null()).count();
        if subscribes && recurring == 0 {
            return Err(Fault::invalid("You must provide at least one recurring price in `subscription` mode when using prices.").param("line_items"));
        }
        if recurring > 1 {
            return Err(Fault::invalid("The sandbox sells one recurring price by session.").param("line_items"));
        }
        let mut currencies = sales.iter().map(|sale| text(&sale.price, "/currency"));
        let first = currencies.next();
        if currencies.any(|currency| Some(currency) != first) {
            return Err(Fault::invalid("All prices must have the same currency.").param("line_items"));
        }
        Ok(sales)
    }

    /// A price, and perhaps a product, that are made for one line.
    fn inline_price(&mut self, now_ms: i64, data: &Params) -> Answer {
        let product = if let Some(product) = data.text("product") {
            let known = self.store.get("product", product).ok_or_else(|| Fault::unknown("product", product, "product"))?;
            owned(known, "/id")
        } else {
            let name = data.required("product_data.name")?.to_owned();
            let id = self.id("prod");
            let product = shapes::product(&id, seconds(now_ms), self.livemode, &name);
            self.store.put(product);
            id
        };
        let mut price = self.price_of(now_ms, data, &product)?;
        set(&mut price, "/active", false);
        self.store.put(price.clone());
        Ok(price)
    }

    /// A line as the session lists it.
    fn sold(&mut self, sale: &Sale, taxed: bool) -> Value {
        let amount = int(&sale.price, "/unit_amount") * sale.quantity;
        json!({
            "id": self.id("li"), "object": "item", "adjustable_quantity": null, "amount_discount": 0, "amount_subtotal": amount,
            "amount_tax": if taxed { shapes::tax_in(amount) } else { 0 }, "amount_total": amount, "currency": at(&sale.price, "/currency"),
            "description": self.name_of(&sale.price), "metadata": {}, "price": sale.price, "quantity": sale.quantity,
        })
    }

    /// Ends a session that is still open.
    pub(super) fn expire_session(&mut self, now_ms: i64, id: &str) {
        if self.store.any(id).is_some_and(|session| text(session, "/status") == "open") {
            self.quietly(id, |session| lay(session, json!({"status": "expired", "url": null})));
            self.tell_of(now_ms, "checkout.session.expired", id);
        }
    }
}

/// Parts that belong to the other mode.
fn check_parts(params: &Params, subscribes: bool) -> Result<(), Fault> {
    let (other, name) = if subscribes {
        (&["payment_intent_data", "invoice_creation", "customer_creation", "submit_type"][..], "payment")
    } else {
        (&["subscription_data"][..], "subscription")
    };
    if let Some(part) = other.iter().find(|part| params.any(part)) {
        return Err(Fault::invalid(format!("You can only use `{part}` in `{name}` mode.")).param(*part));
    }
    params.choice("customer_creation", &["always", "if_required"])?;
    if params.text("client_reference_id").is_some_and(|reference| reference.chars().count() > REFERENCE_MAX) {
        return Err(Fault::invalid(format!("client_reference_id has up to {REFERENCE_MAX} characters.")).param("client_reference_id"));
    }
    if params.int("subscription_data.trial_period_days")?.is_some_and(|days| !(1..=730).contains(&days)) {
        return Err(Fault::invalid("A trial has 1 to 730 days.").param("subscription_data[trial_period_days]"));
    }
    Ok(())
}

fn check_customer(params: &Params, customer: Option<&Value>, subscribes: bool) -> Result<(), Fault> {
    if customer.is_none() {
        return if params.any("customer_update") {
            Err(Fault::invalid("`customer_update` can only be used with `customer`.").param("customer_update"))
        } else {
            Ok(())
        };
    }
    if params.any("customer_email") || (!subscribes && params.any("customer_creation")) {
        return Err(Fault::invalid("You may only specify one of these parameters: customer, customer_email, customer_creation.").param("customer"));
    }
    let homeless = customer.is_some_and(|customer| at(customer, "/address").is_null());
    if params.flag("automatic_tax.enabled")? == Some(true) && homeless && params.text("customer_update.address") != Some("auto") {
        let message = "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set \
                       `customer_update[address]` to 'auto' to save the address entered during Checkout to the Customer.";
        return Err(Fault::invalid(message).code("customer_tax_location_invalid").param("automatic_tax"));
    }
    Ok(())
}

fn expires_at(params: &Params, now_s: i64) -> Result<i64, Fault> {
    let expires_at = params.int("expires_at")?.unwrap_or(now_s + EXPIRES_MAX);
    if (EXPIRES_MIN..=EXPIRES_MAX).contains(&(expires_at - now_s)) {
        return Ok(expires_at);
    }
    Err(Fault::invalid("The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.")
        .param("expires_at"))
}

fn invoice_creation(params: &Params) -> Result<Value, Fault> {
    let enabled = params.flag("invoice_creation.enabled")?.unwrap_or(false);
    let metadata = params.metadata("invoice_creation.invoice_data.metadata", &Value::Null)?;
    let description = params.text("invoice_creation.invoice_data.description");
    let issuer = if enabled { json!({"type": "self"}) } else { Value::Null };
    let data = json!({"account_tax_ids": null, "custom_fields": null, "description": description, "footer": null, "issuer": issuer, "metadata": metadata,
        "rendering_options": null});
    Ok(json!({"enabled": enabled, "invoice_data": data}))
}

/// Whether a session's sale leaves an invoice.
pub(super) fn leaves_invoice(session: &Value) -> bool {
    yes(session, "/invoice_creation/enabled")
}
