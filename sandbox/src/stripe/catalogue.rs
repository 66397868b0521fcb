//! Products and prices, with lookup keys.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    expand::deleted,
    fault::{Answer, Fault},
    form::Params,
    seconds, shapes,
    store::{filtered, is_gone, paged},
    value::{at, lay, owned, set, shown, text, yes},
};

const PRODUCT: [&str; 16] = [
    "id",
    "name",
    "active",
    "description",
    "metadata.*",
    "default_price",
    "default_price_data.*",
    "images.#",
    "marketing_features.*",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "tax_details.*",
    "type",
    "unit_label",
    "url",
];
const PRICE: [&str; 13] = [
    "active",
    "billing_scheme",
    "currency",
    "lookup_key",
    "metadata.*",
    "nickname",
    "product",
    "product_data.*",
    "recurring.*",
    "tax_behavior",
    "transfer_lookup_key",
    "unit_amount",
    "unit_amount_decimal",
];
const PRICE_CHANGES: [&str; 6] = ["active", "lookup_key", "metadata.*", "nickname", "tax_behavior", "transfer_lookup_key"];
const TAX: [&str; 3] = ["inclusive", "exclusive", "unspecified"];
const INTERVALS: [&str; 4] = ["day", "week", "month", "year"];

impl Stripe {
    pub(super) fn route_catalogue(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("POST", ["products"]) => self.create_product(now_ms, params),
            ("GET", ["products"]) => {
                params.only(&paged(&["active", "ids.#", "url", "shippable"]))?;
                let (active, ids) = (params.flag("active")?, params.texts("ids"));
                self.store.page("product", "/v1/products", params, |product| {
                    active.is_none_or(|active| yes(product, "/active") == active) && (ids.is_empty() || ids.contains(&text(product, "/id")))
                })
            }
            ("GET", ["products", id]) => match self.store.get("product", id) {
                Some(product) if is_gone(product) => Ok(deleted(product)),
                _ => self.store.read("product", id),
            },
            ("POST", ["products", id]) => {
                params.only(&PRODUCT)?;
                let mut product = self.product(id).cloned().ok_or_else(|| Fault::missing("product", id))?;
                write_product(&mut product, params)?;
                Ok(shown(&self.change(now_ms, "product.updated", id, |known| {
                    *known = product;
                    set(known, "/updated", seconds(now_ms));
                })))
            }
            ("DELETE", ["products", id]) => self.delete_product(now_ms, id),
            ("POST", ["prices"]) => self.create_price(now_ms, params),
            ("GET", ["prices"]) => {
                params.only(&paged(&["active", "product", "currency", "type", "lookup_keys.#", "recurring.*"]))?;
                let (active, keys) = (params.flag("active")?, params.texts("lookup_keys"));
                self.store.page("price", "/v1/prices", params, |price| {
                    active.is_none_or(|active| yes(price, "/active") == active)
                        && (keys.is_empty() || keys.contains(&text(price, "/lookup_key")))
                        && filtered(price, params, &[("product", "/product"), ("currency", "/currency"), ("type", "/type")])
                        && filtered(price, params, &[("recurring.interval", "/recurring/interval")])
                })
            }
            ("GET", ["prices", id]) => self.store.read("price", id),
            ("POST", ["prices", id]) => self.update_price(now_ms, id, params),
            _ => Err(no_route(method, segments)),
        }
    }

    /// A product that was not deleted.
    fn product(&self, id: &str) -> Option<&Value> {
        self.store.get("product", id).filter(|product| !is_gone(product))
    }

    fn create_product(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&PRODUCT)?;
        let name = params.required("name")?;
        let id = match params.text("id") {
            Some(id) if self.store.any(id).is_some() => {
                return Err(Fault::invalid(format!("Product already exists with ID: {id}")).code("resource_already_exists").param("id"));
            }
            Some(id) => id.to_owned(),
            None => format!("prod_{}", self.dice.id(14)),
        };
        let mut product = shapes::product(&id, seconds(now_ms), self.livemode, name);
        write_product(&mut product, params)?;
        if params.any("default_price_data") {
            let data = params.within("default_price_data");
            let price = self.price_of(now_ms, &data, &id)?;
            set(&mut product, "/default_price", owned(&price, "/id"));
            self.add(now_ms, "product.created", product.clone());
            self.add(now_ms, "price.created", price);
            return Ok(shown(&product));
        }
        Ok(shown(&self.add(now_ms, "product.created", product)))
    }

    fn delete_product(&mut self, now_ms: i64, id: &str) -> Answer {
        let product = self.product(id).cloned().ok_or_else(|| Fault::missing("product", id))?;
        if self.store.all("price").any(|price| text(price, "/product") == id) {
            return Err(Fault::invalid("This product cannot be deleted because it has one or more user-created prices."));
        }
        self.quietly(id, |product| set(product, "/_deleted", true));
        self.tell(now_ms, "product.deleted", &product, None);
        Ok(deleted(&product))
    }

    fn create_price(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&PRICE)?;
        let product = match (params.text("product"), params.text("product_data.name")) {
            (Some(_), Some(_)) => return Err(Fault::invalid("You may only specify one of these parameters: product, product_data.")),
            (Some(id), None) => {
                let product = self.product(id).ok_or_else(|| Fault::unknown("product", id, "product"))?;
                owned(product, "/id")
            }
            (None, Some(_)) => {
                let made = self.create_product(now_ms, &params.within("product_data"))?;
                owned(&made, "/id")
            }
            (None, None) => return Err(Fault::required("product")),
        };
        let price = self.price_of(now_ms, params, &product)?;
        self.take_lookup_key(now_ms, &price, params)?;
        Ok(shown(&self.add(now_ms, "price.created", price)))
    }

    /// A price as the parameters describe it, not kept yet.
    pub(super) fn price_of(&mut self, now_ms: i64, params: &Params, product: &str) -> Answer {
        let currency = params.required("currency")?.to_lowercase();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(Fault::invalid(format!("Invalid currency: {currency}.")).param(params.name("currency")));
        }
        let amount = params.int("unit_amount")?.ok_or_else(|| Fault::required(&params.name("unit_amount")))?;
        if amount < 0 {
            return Err(Fault::invalid("Invalid non-negative integer").code("parameter_invalid_integer").param(params.name("unit_amount")));
        }
        let mut price = shapes::price(&self.id("price"), seconds(now_ms), self.livemode, (amount, &currency), product);
        if params.any("recurring") {
            let interval = params.choice("recurring.interval", &INTERVALS)?.ok_or_else(|| Fault::required(&params.name("recurring.interval")))?;
            let count = params.int("recurring.interval_count")?.unwrap_or(1);
            if !(1..=36).contains(&count) {
                return Err(Fault::invalid("Invalid interval_count.").param(params.name("recurring.interval_count")));
            }
            let recurring =
                json!({"interval": interval, "interval_count": count, "meter": null, "trial_period_days": null, "usage_type": "licensed"});
            lay(&mut price, json!({"recurring": recurring, "type": "recurring"}));
        }
        write_price(&mut price, params)?;
        Ok(price)
    }

    fn update_price(&mut self, now_ms: i64, id: &str, params: &Params) -> Answer {
        params.only(&PRICE_CHANGES)?;
        let mut price = self.store.get("price", id).cloned().ok_or_else(|| Fault::missing("price", id))?;
        write_price(&mut price, params)?;
        self.take_lookup_key(now_ms, &price, params)?;
        Ok(shown(&self.change(now_ms, "price.updated", id, |known| *known = price)))
    }

    /// Only one price has a lookup key; it gives it up when that was asked for.
    fn take_lookup_key(&mut self, now_ms: i64, price: &Value, params: &Params) -> Result<(), Fault> {
        let key = text(price, "/lookup_key");
        let holder =
            self.store.all("price").find(|other| !key.is_empty() && text(other, "/lookup_key") == key && at(other, "/id") != at(price, "/id"));
        let Some(holder) = holder.map(|holder| owned(holder, "/id")) else {
            return Ok(());
        };
        if params.flag("transfer_lookup_key")? != Some(true) {
            let message = format!("A price (`{holder}`) already uses that lookup key.");
            return Err(Fault::invalid(message).code("resource_already_exists").param("lookup_key"));
        }
        self.change(now_ms, "price.updated", &holder, |holder| set(holder, "/lookup_key", Value::Null));
        Ok(())
    }
}

fn write_product(product: &mut Value, params: &Params) -> Result<(), Fault> {
    if params.given("name") == Some("") {
        params.required("name")?;
    }
    params.fields(product, &["name", "description", "default_price", "statement_descriptor", "tax_code", "unit_label", "url"]);
    if let Some(active) = params.flag("active")? {
        set(product, "/active", active);
    }
    if params.any("images") {
        set(product, "/images", params.texts("images"));
    }
    if params.any("marketing_features") {
        let features: Vec<Value> = params.entries("marketing_features").iter().map(|feature| json!({"name": feature.text("name")})).collect();
        set(product, "/marketing_features", features);
    }
    let metadata = params.metadata("metadata", at(product, "/metadata"))?;
    set(product, "/metadata", metadata);
    Ok(())
}

fn write_price(price: &mut Value, params: &Params) -> Result<(), Fault> {
    params.choice("tax_behavior", &TAX)?;
    params.fields(price, &["lookup_key", "nickname", "tax_behavior"]);
    if let Some(active) = params.flag("active")? {
        set(price, "/active", active);
    }
    let metadata = params.metadata("metadata", at(price, "/metadata"))?;
    set(price, "/metadata", metadata);
    Ok(())
}
