//! What is sold, as Stripe is to have it: one product for each plan and each pack, with a price by each interval.

use atelier::domain::plans::{Interval, Plans};
use serde_json::Value;

use super::{Form, form, text};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// `plan` or `pack`.
    pub kind: &'static str,
    /// The plan's or the pack's id.
    pub item: String,
    /// The name shown.
    pub name: String,
    /// Its prices.
    pub prices: Vec<Price>,
}

/// A price of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The name by which the Worker finds it.
    pub lookup_key: String,
    /// How often it is paid; once, if never again.
    pub interval: Option<Interval>,
    /// In the currency's smallest unit.
    pub amount: i64,
    /// Credits that one payment brings.
    pub credits: i64,
}

/// Everything that is sold for money, plans first.
#[must_use]
pub fn goods(plans: &Plans) -> Vec<Good> {
    let paid = plans.plans.iter().filter(|plan| !plan.prices.is_empty());
    let plan = paid.map(|plan| {
        let price = |price: &atelier::domain::plans::PlanPrice| Price {
            lookup_key: plan.lookup_key(price.interval),
            interval: Some(price.interval),
            amount: price.amount,
            credits: plan.credits_per_period(price.interval),
        };
        Good { kind: "plan", item: plan.id.clone(), name: plan.name.en.clone(), prices: plan.prices.iter().map(price).collect() }
    });
    let pack = plans.packs.iter().map(|pack| Good {
        kind: "pack",
        item: pack.id.clone(),
        name: format!("{} credits", pack.credits),
        prices: vec![Price { lookup_key: pack.lookup_key(), interval: None, amount: pack.amount, credits: pack.credits }],
    });
    plan.chain(pack).collect()
}

impl Good {
    /// What it is, in the operator's words.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{} {} ({})", self.kind, self.item, self.name)
    }

    /// Whether an object of Stripe's says that it is this one's.
    #[must_use]
    pub fn is(&self, object: &Value) -> bool {
        text(object, "/metadata/atelier_kind") == self.kind && text(object, "/metadata/atelier_item") == self.item
    }

    /// The product to make.
    #[must_use]
    pub fn parameters(&self) -> Form {
        form(&[("name", &self.name), ("metadata[atelier_kind]", self.kind), ("metadata[atelier_item]", &self.item)])
    }
}

impl Price {
    /// What it is, in the operator's words: `1200 usd every month (in its smallest unit) for 1000 credits`.
    #[must_use]
    pub fn said(&self, currency: &str) -> String {
        let every = self.interval.map(|interval| format!(" every {}", interval.name())).unwrap_or_default();
        format!("{}: {} {currency}{every} (in its smallest unit) for {} credits", self.lookup_key, self.amount, self.credits)
    }

    /// The price to make, for a product.
    #[must_use]
    pub fn parameters(&self, good: &Good, product: &str, currency: &str) -> Form {
        let amount = self.amount.to_string();
        let mut parameters = form(&[
            ("product", product),
            ("currency", currency),
            ("unit_amount", &amount),
            ("lookup_key", &self.lookup_key),
            ("transfer_lookup_key", "true"),
        ]);
        if let Some(interval) = self.interval {
            parameters.extend(form(&[("recurring[interval]", interval.name())]));
        }
        parameters.extend(self.metadata(good));
        parameters
    }

    /// What the Worker reads of it.
    #[must_use]
    pub fn metadata(&self, good: &Good) -> Form {
        let credits = self.credits.to_string();
        form(&[("metadata[atelier_kind]", good.kind), ("metadata[atelier_item]", &good.item), ("metadata[atelier_credits]", &credits)])
    }

    /// Whether a price of Stripe's costs the same, as often, for the same product. None of that can be changed.
    #[must_use]
    pub fn costs(&self, price: &Value, product: &str, currency: &str) -> bool {
        let count = price.pointer("/recurring/interval_count").and_then(Value::as_i64).unwrap_or(1);
        text(price, "/product") == product
            && text(price, "/currency") == currency
            && price.get("unit_amount").and_then(Value::as_i64) == Some(self.amount)
            && text(price, "/recurring/interval") == self.interval.map_or("", Interval::name)
            && count == 1
    }

    /// Whether it brings the same credits, and says whose it is.
    #[must_use]
    pub fn brings(&self, price: &Value, good: &Good) -> bool {
        good.is(price) && text(price, "/metadata/atelier_credits") == self.credits.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_costs_nothing_is_no_product() {
        let goods = goods(&Plans::standard());
        let items: Vec<_> = goods.iter().map(|good| (good.kind, good.item.as_str(), good.prices.len())).collect();
        assert_eq!(
            items,
            [("plan", "studio", 2), ("plan", "atelier", 2), ("pack", "pack-500", 1), ("pack", "pack-2000", 1), ("pack", "pack-6000", 1)]
        );
        let yearly = goods.iter().flat_map(|good| &good.prices).find(|price| price.lookup_key == "atelier_studio_year").expect("it is sold");
        assert_eq!((yearly.amount, yearly.credits), (12_000, 12_000));
    }

    #[test]
    fn a_price_is_compared_by_what_cannot_be_changed() {
        let goods = goods(&Plans::standard());
        let (good, price) = goods.iter().find_map(|good| Some((good, good.prices.first()?))).expect("it is sold");
        let known = json!({"product": "prod_1", "currency": "usd", "unit_amount": 1_200, "recurring": {"interval": "month", "interval_count": 1},
            "metadata": {"atelier_kind": "plan", "atelier_item": "studio", "atelier_credits": "1000"}});
        assert!(price.costs(&known, "prod_1", "usd") && price.brings(&known, good));
        assert!(!price.costs(&known, "prod_2", "usd") && !price.costs(&known, "prod_1", "eur"));
        for (pointer, value) in [
            ("/unit_amount", json!(1_201)),
            ("/recurring", Value::Null),
            ("/recurring/interval", json!("year")),
            ("/recurring/interval_count", json!(2)),
        ] {
            let mut other = known.clone();
            *other.pointer_mut(pointer).expect("it is there") = value;
            assert!(!price.costs(&other, "prod_1", "usd"), "{pointer}");
        }
    }
}
