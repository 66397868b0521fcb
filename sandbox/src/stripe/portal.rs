//! The customer portal: configurations, which say what customers can do there, and sessions, which are short-lived addresses.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    seconds,
    store::paged,
    value::{at, entries, int, set, shown, text, yes},
};

const FLOWS: [&str; 5] = ["payment_method_update", "subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm"];
const CONFIGURATION: [&str; 6] = ["active", "business_profile.*", "default_return_url", "features.*", "metadata.*", "name"];
const FEATURES: [&str; 5] = ["customer_update", "invoice_history", "payment_method_update", "subscription_cancel", "subscription_update"];
const UPDATES: [&str; 3] = ["price", "promotion_code", "quantity"];
const CONDITIONS: [&str; 2] = ["decreasing_item_amount", "shortening_interval"];
/// The vendor's limit.
const PRODUCTS_MAX: usize = 10;
/// What a session has that names no configuration: the account's own, which allows everything.
const ACCOUNTS_OWN: &str = "bpc_sandbox";

impl Stripe {
    pub(super) fn route_portal(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("POST", ["billing_portal", "sessions"]) => self.create_portal_session(now_ms, params),
            ("POST", ["billing_portal", "configurations"]) => {
                if !params.any("features") {
                    return Err(Fault::required("features"));
                }
                let id = self.id("bpc");
                let fresh = configuration(&id, seconds(now_ms), self.livemode);
                let made = self.configured(now_ms, fresh, params)?;
                self.store.put(made.clone());
                Ok(without_products(&made))
            }
            ("GET", ["billing_portal", "configurations"]) => {
                params.only(&paged(&["active", "is_default"]))?;
                let (active, default) = (params.flag("active")?, params.flag("is_default")?);
                let fits = |one: &Value| active.is_none_or(|active| yes(one, "/active") == active) && default != Some(true);
                let mut page = self.store.page("billing_portal.configuration", "/v1/billing_portal/configurations", params, fits)?;
                let brief: Vec<Value> = entries(&page, "/data").iter().map(without_products).collect();
                set(&mut page, "/data", brief);
                Ok(page)
            }
            ("GET", ["billing_portal", "configurations", id]) => {
                self.store.read("billing_portal.configuration", id).map(|one| without_products(&one))
            }
            ("POST", ["billing_portal", "configurations", id]) => {
                let known = self.store.get("billing_portal.configuration", id).cloned().ok_or_else(|| Fault::missing("configuration", id))?;
                let changed = self.configured(now_ms, known, params)?;
                self.store.put(changed.clone());
                Ok(without_products(&changed))
            }
            _ => Err(no_route(method, segments)),
        }
    }

    fn create_portal_session(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&["customer", "return_url", "configuration", "flow_data.*", "locale"])?;
        let customer = params.required("customer")?.to_owned();
        self.living_customer(&customer, Some("customer"))?;
        if let Some(id) = params.text("configuration").filter(|id| *id != ACCOUNTS_OWN) {
            let known = self.store.get("billing_portal.configuration", id).ok_or_else(|| Fault::unknown("configuration", id, "configuration"))?;
            if !yes(known, "/active") {
                return Err(Fault::invalid(format!("The configuration {id} is not active.")).param("configuration"));
            }
        }
        let return_url = params.url("return_url")?;
        let flow = params.choice("flow_data.type", &FLOWS)?;
        let subscription = flow.and_then(|flow| params.text(&format!("flow_data.{flow}.subscription")));
        if let Some(subscription) = subscription {
            let theirs = self.store.get("subscription", subscription).filter(|known| text(known, "/customer") == customer);
            theirs.ok_or_else(|| Fault::unknown("subscription", subscription, "flow_data"))?;
        }
        let details = |name: &str| if flow == Some(name) { json!({"retention": null, "subscription": subscription}) } else { Value::Null };
        let flow = flow.map(|flow| {
            json!({"after_completion": {"hosted_confirmation": null, "redirect": null, "type": "portal_homepage"},
                "subscription_cancel": details("subscription_cancel"), "subscription_update": details("subscription_update"),
                "subscription_update_confirm": details("subscription_update_confirm"), "type": flow})
        });
        let id = self.id("bps");
        let session = json!({
            "id": id, "object": "billing_portal.session", "configuration": params.text("configuration").unwrap_or(ACCOUNTS_OWN),
            "created": seconds(now_ms), "customer": customer, "customer_account": null, "flow": flow, "livemode": self.livemode,
            "locale": params.text("locale"), "on_behalf_of": null, "return_url": return_url,
            "url": format!("{}/portal/{id}", self.config.base_url),
        });
        self.store.put(session.clone());
        Ok(shown(&session))
    }

    /// A configuration with what the parameters say laid over it.
    fn configured(&self, now_ms: i64, mut one: Value, params: &Params) -> Answer {
        params.only(&CONFIGURATION)?;
        let features = params.within("features");
        features.only(&[
            "customer_update.enabled",
            "customer_update.allowed_updates.#",
            "invoice_history.enabled",
            "payment_method_update.enabled",
            "subscription_cancel.enabled",
            "subscription_cancel.mode",
            "subscription_cancel.proration_behavior",
            "subscription_cancel.cancellation_reason.*",
            "subscription_update.enabled",
            "subscription_update.default_allowed_updates.#",
            "subscription_update.proration_behavior",
            "subscription_update.products.#.product",
            "subscription_update.products.#.prices.#",
            "subscription_update.schedule_at_period_end.conditions.#.type",
        ])?;
        for name in FEATURES {
            if let Some(enabled) = features.flag(&format!("{name}.enabled"))? {
                set(&mut one, &format!("/features/{name}/enabled"), enabled);
            }
        }
        if features.any("customer_update.allowed_updates") {
            set(&mut one, "/features/customer_update/allowed_updates", features.texts("customer_update.allowed_updates"));
        }
        let choices: [(&str, &[&str]); 3] = [
            ("subscription_cancel.mode", &["at_period_end", "immediately"]),
            ("subscription_cancel.proration_behavior", &["none", "create_prorations", "always_invoice"]),
            ("subscription_update.proration_behavior", &["none", "create_prorations", "always_invoice"]),
        ];
        for (path, words) in choices {
            if let Some(word) = features.choice(path, words)? {
                set(&mut one, &format!("/features/{}", path.replace('.', "/")), word);
            }
        }
        self.configure_update(&mut one, &features.within("subscription_update"))?;
        if let Some(active) = params.flag("active")? {
            set(&mut one, "/active", active);
        }
        params.url("default_return_url")?;
        params.fields(&mut one, &["default_return_url", "name"]);
        if params.any("business_profile") {
            let mut profile = at(&one, "/business_profile").clone();
            params.within("business_profile").fields(&mut profile, &["headline", "privacy_policy_url", "terms_of_service_url"]);
            set(&mut one, "/business_profile", profile);
        }
        let metadata = params.metadata("metadata", at(&one, "/metadata"))?;
        set(&mut one, "/metadata", metadata);
        set(&mut one, "/updated", seconds(now_ms));
        Ok(one)
    }

    /// Which plans can be changed to, and which changes wait for the end of the period.
    fn configure_update(&self, one: &mut Value, update: &Params) -> Result<(), Fault> {
        if update.any("default_allowed_updates") {
            let wanted = update.texts("default_allowed_updates");
            if let Some(odd) = wanted.iter().find(|wanted| !UPDATES.contains(wanted)) {
                return Err(Fault::invalid(format!("Invalid default_allowed_updates: {odd}")).param(update.name("default_allowed_updates")));
            }
            set(one, "/features/subscription_update/default_allowed_updates", wanted);
        }
        if update.any("products") {
            let products = update.entries("products").iter().map(|entry| self.offered(entry)).collect::<Result<Vec<_>, _>>()?;
            if products.len() > PRODUCTS_MAX {
                return Err(Fault::invalid(format!("Up to {PRODUCTS_MAX} products can be listed.")).param(update.name("products")));
            }
            set(one, "/features/subscription_update/products", products);
        }
        if update.any("schedule_at_period_end") {
            let given = update.entries("schedule_at_period_end.conditions");
            let conditions = given.iter().map(|entry| {
                let word = entry.choice("type", &CONDITIONS)?.ok_or_else(|| Fault::required(&entry.name("type")))?;
                Ok(json!({"type": word}))
            });
            set(one, "/features/subscription_update/schedule_at_period_end/conditions", conditions.collect::<Result<Vec<_>, Fault>>()?);
        }
        let on = yes(one, "/features/subscription_update/enabled");
        if on && entries(one, "/features/subscription_update/products").is_empty() {
            return Err(Fault::required(&update.name("products")));
        }
        Ok(())
    }

    /// A product with its prices, as a configuration lists it.
    fn offered(&self, entry: &Params) -> Answer {
        let product = entry.required("product")?;
        let known = self.store.get("product", product).ok_or_else(|| Fault::unknown("product", product, &entry.name("product")))?;
        let prices = entry.texts("prices");
        for id in &prices {
            let price = self.sellable(id, &entry.name("prices"))?;
            if at(price, "/product") != at(known, "/id") || at(price, "/recurring").is_null() {
                return Err(Fault::invalid(format!("The price {id} is no recurring price of {product}.")).param(entry.name("prices")));
            }
        }
        if prices.is_empty() {
            return Err(Fault::required(&entry.name("prices")));
        }
        Ok(json!({"adjustable_quantity": {"enabled": false, "maximum": null, "minimum": 1}, "prices": prices, "product": product}))
    }

    /// What a session's configuration says; null for the account's own, which allows everything.
    pub(super) fn configuration_of(&self, session: &Value) -> Value {
        self.store.get("billing_portal.configuration", text(session, "/configuration")).cloned().unwrap_or_default()
    }
}

/// Whether a feature is on in a configuration.
pub(super) fn allows(configuration: &Value, feature: &str) -> bool {
    configuration.is_null() || yes(configuration, &format!("/features/{feature}/enabled"))
}

/// Whether a configuration lets customers change to a price.
pub(super) fn offers(configuration: &Value, price: &Value) -> bool {
    let listed = |product: &Value| entries(product, "/prices").contains(at(price, "/id"));
    configuration.is_null() || entries(configuration, "/features/subscription_update/products").iter().any(listed)
}

/// Whether a change of plan waits for the end of the period.
pub(super) fn waits(configuration: &Value, from: &Value, to: &Value) -> bool {
    let days = |price: &Value| {
        let days = match text(price, "/recurring/interval") {
            "day" => 1,
            "week" => 7,
            "month" => 30,
            _ => 365,
        };
        days * int(price, "/recurring/interval_count").max(1)
    };
    entries(configuration, "/features/subscription_update/schedule_at_period_end/conditions").iter().any(|condition| match text(condition, "/type") {
        "decreasing_item_amount" => int(to, "/unit_amount") < int(from, "/unit_amount"),
        "shortening_interval" => days(to) < days(from),
        _ => false,
    })
}

/// A configuration that allows nothing yet.
fn configuration(id: &str, created: i64, livemode: bool) -> Value {
    json!({
        "id": id, "object": "billing_portal.configuration", "active": true, "application": null,
        "business_profile": {"headline": null, "privacy_policy_url": null, "terms_of_service_url": null}, "created": created, "default_return_url": null,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": false},
            "invoice_history": {"enabled": false},
            "payment_method_update": {"enabled": false, "payment_method_configuration": null},
            "subscription_cancel": {"cancellation_reason": {"enabled": false, "options": []}, "enabled": false, "mode": "at_period_end", "proration_behavior": "none"},
            "subscription_update": {"billing_cycle_anchor": "unchanged", "default_allowed_updates": [], "enabled": false, "products": [],
                "proration_behavior": "none", "schedule_at_period_end": {"conditions": []}, "trial_update_behavior": "end_trial"},
        },
        "is_default": false, "livemode": livemode, "login_page": {"enabled": false, "url": null}, "metadata": {}, "name": null, "updated": created,
    })
}

/// The vendor shows the products only where they are asked for.
fn without_products(one: &Value) -> Value {
    let mut one = shown(one);
    if let Some(update) = one.pointer_mut("/features/subscription_update").and_then(Value::as_object_mut) {
        update.remove("products");
    }
    one
}
