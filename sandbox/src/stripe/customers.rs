//! Customers. One who was deleted is still answered, as `deleted: true`.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    expand::deleted,
    fault::{Answer, Fault},
    form::Params,
    seconds, shapes,
    store::{filtered, is_gone, paged},
    value::{at, owned, set, shown, text},
};

const FIELDS: [&str; 13] = [
    "name",
    "email",
    "description",
    "phone",
    "metadata.*",
    "address.*",
    "shipping.*",
    "preferred_locales.#",
    "tax_exempt",
    "balance",
    "tax.*",
    "tax_id_data.*",
    "invoice_settings.*",
];

impl Stripe {
    pub(super) fn route_customers(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("POST", ["customers"]) => self.create_customer(now_ms, params),
            ("GET", ["customers"]) => {
                params.only(&paged(&["email"]))?;
                self.store.page("customer", "/v1/customers", params, |customer| filtered(customer, params, &[("email", "/email")]))
            }
            ("GET", ["customers", id]) => match self.store.get("customer", id) {
                Some(customer) if is_gone(customer) => Ok(deleted(customer)),
                _ => self.store.read("customer", id),
            },
            ("POST", ["customers", id]) => {
                self.living_customer(id, None)?;
                params.only(&FIELDS)?;
                let mut customer = self.store.any(id).cloned().unwrap_or_default();
                write(&mut customer, params)?;
                Ok(shown(&self.change(now_ms, "customer.updated", id, |known| *known = customer)))
            }
            ("DELETE", ["customers", id]) => self.delete_customer(now_ms, id),
            _ => Err(no_route(method, segments)),
        }
    }

    fn create_customer(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&FIELDS)?;
        let mut customer = self.new_customer(now_ms);
        write(&mut customer, params)?;
        Ok(shown(&self.add(now_ms, "customer.created", customer)))
    }

    pub(super) fn new_customer(&mut self, now_ms: i64) -> Value {
        let (id, prefix) = (format!("cus_{}", self.dice.id(14)), self.dice.id(8).to_uppercase());
        shapes::customer(&id, seconds(now_ms), self.livemode, &prefix)
    }

    /// A customer who was not deleted: 404 when the path names another, 400 when a parameter does.
    pub(super) fn living_customer(&self, id: &str, param: Option<&str>) -> Result<&Value, Fault> {
        let known = self.store.get("customer", id).filter(|customer| !is_gone(customer));
        known.ok_or_else(|| param.map_or_else(|| Fault::missing("customer", id), |param| Fault::unknown("customer", id, param)))
    }

    /// Ends the subscriptions at once, each with an event of its own; invoices and charges stay.
    fn delete_customer(&mut self, now_ms: i64, id: &str) -> Answer {
        let customer = self.living_customer(id, None)?.clone();
        let theirs = self.store.all("subscription").filter(|subscription| text(subscription, "/customer") == id);
        let living: Vec<String> = theirs.filter(|subscription| at(subscription, "/ended_at").is_null()).map(|one| owned(one, "/id")).collect();
        for subscription in living {
            self.end_subscription(now_ms, &subscription, "cancellation_requested");
        }
        self.quietly(id, |customer| set(customer, "/_deleted", true));
        self.tell(now_ms, "customer.deleted", &customer, None);
        Ok(deleted(&customer))
    }

    /// How the customer's next payments will go, as a change of the payment method.
    pub(super) fn set_card(&mut self, now_ms: i64, customer: &str, works: bool) {
        let method = self.id("pm");
        self.change(now_ms, "customer.updated", customer, |customer| {
            set(customer, "/invoice_settings/default_payment_method", method);
            set(customer, "/_card", if works { "works" } else { "fails" });
        });
    }

    pub(super) fn card_works(&self, customer: &str) -> bool {
        self.store.any(customer).is_some_and(|customer| text(customer, "/_card") == "works")
    }
}

/// Lays the parameters over a customer.
fn write(customer: &mut Value, params: &Params) -> Result<(), Fault> {
    if let Some(email) = params.text("email").filter(|email| !email.contains('@')) {
        return Err(Fault::invalid(format!("Invalid email address: {email}")).code("email_invalid").param("email"));
    }
    params.choice("tax_exempt", &["none", "exempt", "reverse"])?;
    params.fields(customer, &["name", "email", "description", "phone", "tax_exempt"]);
    let metadata = params.metadata("metadata", at(customer, "/metadata"))?;
    set(customer, "/metadata", metadata);
    if let Some(address) = params.address("address") {
        set(customer, "/address", address);
    }
    if let Some(balance) = params.int("balance")? {
        set(customer, "/balance", balance);
    }
    if params.any("preferred_locales") {
        set(customer, "/preferred_locales", params.texts("preferred_locales"));
    }
    if params.any("shipping") {
        let shipping = params.within("shipping");
        let given = |name: &str| shipping.text(name).map(str::to_owned);
        set(customer, "/shipping", json!({"address": shipping.address("address"), "name": given("name"), "phone": given("phone")}));
    }
    if let Some(method) = params.text("invoice_settings.default_payment_method") {
        set(customer, "/invoice_settings/default_payment_method", method);
    }
    Ok(())
}
