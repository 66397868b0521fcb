//! Makes what is sold known to Stripe: reads what is there, makes what is missing, changes what differs. A price cannot be changed: a new one takes its
//! lookup key, and the old one is not sold any more; whoever pays it goes on paying it.

use atelier::domain::plans::Plans;
use serde_json::{Value, json};

use super::goods::{Good, Price, goods};
use super::{Form, Stripe, endpoint, form, portal, text};
use crate::error::Error;

/// Lookup keys that one request may name.
const LOOKUP_KEYS_MAX: usize = 10;
/// Stands for the id of what a dry run does not make.
const NOT_MADE: &str = "(new)";

/// A run of the set-up.
pub struct Setup<'a> {
    stripe: &'a Stripe,
    dry: bool,
    tell: &'a mut dyn FnMut(&str),
    changes: usize,
}

/// A product that is sold, with the ids that Stripe gave it.
pub struct Sold {
    /// What is sold.
    pub good: Good,
    /// The product's id.
    pub product: String,
    /// The prices' ids.
    pub prices: Vec<String>,
}

/// Brings an account to what is sold, and tells each change in a line. Returns how many there were, or would be.
///
/// # Errors
/// The first thing that went wrong. What was done before stays; the next run goes on from there.
pub fn run(stripe: &Stripe, plans: &Plans, studio: &str, dry: bool, tell: &mut dyn FnMut(&str)) -> Result<usize, Error> {
    let mut setup = Setup { stripe, dry, tell, changes: 0 };
    let goods = goods(plans);
    let products = stripe.list("/products", &Form::new())?;
    let prices = setup.known_prices(&goods)?;
    let mut sold = Vec::new();
    for good in goods {
        let product = setup.product(&good, &products)?;
        let ids = setup.prices(&good, &product, &plans.currency, &prices)?;
        sold.push(Sold { good, product, prices: ids });
    }
    setup.note_others(&sold, &products);
    portal::ensure(&mut setup, &sold)?;
    endpoint::ensure(&mut setup, studio)?;
    Ok(setup.changes)
}

impl Setup<'_> {
    /// The account.
    #[must_use]
    pub const fn stripe(&self) -> &Stripe {
        self.stripe
    }

    /// Says something that is no change.
    pub fn note(&mut self, line: &str) {
        (self.tell)(line);
    }

    /// Makes something, or says that it would be made.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn create(&mut self, what: &str, path: &str, parameters: &Form, instead_of: &str) -> Result<Value, Error> {
        self.changes += 1;
        if self.dry {
            (self.tell)(&format!("would create {what}"));
            return Ok(json!({"id": NOT_MADE}));
        }
        let made = self.stripe.create(path, parameters, instead_of)?;
        (self.tell)(&format!("created {what}: {}", text(&made, "/id")));
        Ok(made)
    }

    /// Changes something, or says that it would be changed.
    ///
    /// # Errors
    /// Stripe's refusal, or why it could not be asked.
    pub fn update(&mut self, what: &str, path: &str, parameters: &Form) -> Result<(), Error> {
        self.changes += 1;
        if self.dry {
            (self.tell)(&format!("would change {what}"));
            return Ok(());
        }
        self.stripe.update(path, parameters)?;
        (self.tell)(&format!("changed {what}"));
        Ok(())
    }

    /// The prices that have the lookup keys now.
    fn known_prices(&self, goods: &[Good]) -> Result<Vec<Value>, Error> {
        let keys: Vec<&str> = goods.iter().flat_map(|good| &good.prices).map(|price| price.lookup_key.as_str()).collect();
        let mut known = Vec::new();
        for some in keys.chunks(LOOKUP_KEYS_MAX) {
            let mut filters = form(&[("active", "true")]);
            filters.extend(some.iter().enumerate().map(|(n, key)| (format!("lookup_keys[{n}]"), (*key).to_owned())));
            known.extend(self.stripe.list("/prices", &filters)?);
        }
        Ok(known)
    }

    /// The id of a good's product: the oldest one that is sold, or the oldest.
    fn product(&mut self, good: &Good, products: &[Value]) -> Result<String, Error> {
        let active = |product: &&Value| product.get("active").and_then(Value::as_bool).unwrap_or(false);
        let ours: Vec<&Value> = products.iter().rev().filter(|product| good.is(product)).collect();
        let Some(known) = ours.iter().copied().find(active).or(ours.first().copied()) else {
            let made = self.create(&format!("product of {}", good.said()), "/products", &good.parameters(), "")?;
            return Ok(text(&made, "/id").to_owned());
        };
        let id = text(known, "/id").to_owned();
        let mut changes = Form::new();
        if !active(&known) {
            changes.extend(form(&[("active", "true")]));
        }
        if text(known, "/name") != good.name {
            changes.extend(form(&[("name", &good.name)]));
        }
        if !changes.is_empty() {
            let what: Vec<&str> = changes.iter().map(|(name, _)| name.as_str()).collect();
            self.update(&format!("{} of product {id} of {}", what.join(" and "), good.said()), &format!("/products/{id}"), &changes)?;
        }
        Ok(id)
    }

    /// The ids of a good's prices. Whatever else was its price is not sold any more.
    fn prices(&mut self, good: &Good, product: &str, currency: &str, known: &[Value]) -> Result<Vec<String>, Error> {
        let mut ids = Vec::new();
        let mut old: Vec<String> = Vec::new();
        for price in &good.prices {
            let holder = known.iter().find(|known| text(known, "/lookup_key") == price.lookup_key);
            ids.push(self.price((good, price), (product, currency), holder, &mut old)?);
        }
        if product != NOT_MADE {
            let active = self.stripe.list("/prices", &form(&[("product", product), ("active", "true")]))?;
            old.extend(active.iter().filter(|price| good.is(price)).map(|price| text(price, "/id").to_owned()));
        }
        old.sort_unstable();
        old.dedup();
        for id in old.iter().filter(|id| !ids.contains(id)) {
            let what = format!("price {id} of {}: not sold any more", good.said());
            self.update(&what, &format!("/prices/{id}"), &form(&[("active", "false")]))?;
        }
        Ok(ids)
    }

    /// The id of a price; what has its lookup key and cannot be it goes to the old ones.
    fn price(
        &mut self,
        (good, price): (&Good, &Price),
        (product, currency): (&str, &str),
        holder: Option<&Value>,
        old: &mut Vec<String>,
    ) -> Result<String, Error> {
        let holder_id = holder.map(|holder| text(holder, "/id")).unwrap_or_default();
        match holder {
            Some(holder) if price.costs(holder, product, currency) => {
                if !price.brings(holder, good) {
                    self.update(
                        &format!("credits of price {holder_id}, {}", price.said(currency)),
                        &format!("/prices/{holder_id}"),
                        &price.metadata(good),
                    )?;
                }
                return Ok(holder_id.to_owned());
            }
            Some(holder) if good.is(holder) || text(holder, "/product") == product => old.push(holder_id.to_owned()),
            // Of another product of the account: it only gives up the key.
            Some(_) | None => {}
        }
        let made = self.create(&format!("price {}", price.said(currency)), "/prices", &price.parameters(good, product, currency), holder_id)?;
        Ok(text(&made, "/id").to_owned())
    }

    /// Says what is at Stripe and not sold here: it may be another studio's.
    fn note_others(&mut self, sold: &[Sold], products: &[Value]) {
        for product in products.iter().filter(|product| product.get("active") == Some(&Value::Bool(true))) {
            let (kind, item, id) = (text(product, "/metadata/atelier_kind"), text(product, "/metadata/atelier_item"), text(product, "/id"));
            if !kind.is_empty() && !sold.iter().any(|sold| sold.product == id) {
                self.note(&format!(
                    "product {id} ({kind} {item}) is not sold here: left as it is, archive it in Stripe's dashboard if nobody sells it"
                ));
            }
        }
    }
}
