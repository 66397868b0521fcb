//! What is sold: plans, packs of credits, prices of models. One JSON text of the operator's (`PLANS`, or the checkout's plans.json); what is
//! shown, granted, limited and made at the payment provider follows from it.

use super::catalogue::{self, Model};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is sold. The first plan is what everybody has who subscribed to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Plans {
    /// Three lower-case letters.
    pub currency: String,
    /// Hours that a plan goes on after its period while its invoice is unpaid.
    pub grace_hours: i64,
    /// The plans, in the order shown.
    pub plans: Vec<Plan>,
    /// Credits without a subscription, in the order shown.
    pub packs: Vec<Pack>,
    /// Credits per output by model, where the catalogue's price does not count.
    #[serde(default)]
    pub prices: BTreeMap<String, i64>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Plan {
    /// Our name for it, stable.
    pub id: String,
    /// The name shown.
    pub name: Named,
    /// Credits per month.
    pub credits: i64,
    /// How many further periods unused credits stay.
    pub rollover: i64,
    /// Generations that may be begun in a minute.
    pub per_minute: i64,
    /// Generations that may be at model hosts at once.
    pub concurrent: i64,
    /// Generations that may wait for their turn beside those.
    #[serde(default = "waiting")]
    pub waiting: i64,
    /// The models that may be used; all, if there is no list.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub models: Option<Vec<String>>,
    /// How it can be paid.
    pub prices: Vec<PlanPrice>,
}

/// How many may wait if a plan does not say it: enough for an evening's ideas, and few enough to be done within the hour that they wait at most.
const fn waiting() -> i64 {
    20
}

/// A price of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PlanPrice {
    /// How often it is paid.
    pub interval: Interval,
    /// In the currency's smallest unit.
    pub amount: i64,
}

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Interval {
    /// Each month.
    Month,
    /// Each year: twelve months' credits at once.
    Year,
}

/// Credits that are bought once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Pack {
    /// Our name for it, stable.
    pub id: String,
    /// How many credits.
    pub credits: i64,
    /// In the currency's smallest unit.
    pub amount: i64,
    /// How many months they last.
    pub months: i64,
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Named {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Interval {
    /// The word for it, also at the payment provider.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }
    /// How many months it has.
    #[must_use]
    pub const fn months(self) -> i64 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
        }
    }
}

impl Plan {
    /// The price for an interval, if it is sold by it.
    #[must_use]
    pub fn price(&self, interval: Interval) -> Option<&PlanPrice> {
        self.prices.iter().find(|price| price.interval == interval)
    }
    /// Credits that one payment brings.
    #[must_use]
    pub const fn credits_per_period(&self, interval: Interval) -> i64 {
        self.credits * interval.months()
    }
    /// The name of a price of this plan at the payment provider.
    #[must_use]
    pub fn lookup_key(&self, interval: Interval) -> String {
        format!("atelier_{}_{}", self.id, interval.name())
    }
    /// True if the model may be used.
    #[must_use]
    pub fn allows(&self, model: &Model) -> bool {
        self.models.as_ref().is_none_or(|models| models.iter().any(|id| id == model.id))
    }
}

impl Pack {
    /// The name of its price at the payment provider.
    #[must_use]
    pub fn lookup_key(&self) -> String {
        format!("atelier_{}", self.id)
    }
}

/// Currencies whose smallest unit is the major one, and those with a thousandth, as the payment provider counts them.
const WHOLE: [&str; 15] = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THOUSANDTHS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

impl Plans {
    /// Reads and checks an operator's text. The error says what is wrong and where.
    pub fn parse(json: &str) -> Result<Self, String> {
        let plans: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        plans.check()?;
        Ok(plans)
    }

    /// The plans of the checkout.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn standard() -> Self {
        Self::parse(include_str!("../../plans.json")).expect("plans.json is in order")
    }

    /// The plan of that id.
    #[must_use]
    pub fn plan(&self, id: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// The pack of that id.
    #[must_use]
    pub fn pack(&self, id: &str) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.id == id)
    }

    /// What everybody has who subscribed to nothing.
    ///
    /// # Panics
    /// Never: [`Plans::parse`] refuses an empty list.
    #[must_use]
    pub fn free(&self) -> &Plan {
        self.plans.first().expect("there is a first plan")
    }

    /// Credits that one output of the model costs.
    #[must_use]
    pub fn price_of(&self, model: &Model) -> i64 {
        self.prices.get(model.id).copied().unwrap_or(model.credits)
    }

    /// The limits of every plan by its id, for the database: `{"free": {"perMinute", "concurrent", "waiting", "models"}, …}`.
    #[must_use]
    pub fn gate_json(&self) -> String {
        let gate = |plan: &Plan| serde_json::json!({"perMinute": plan.per_minute, "concurrent": plan.concurrent, "waiting": plan.waiting, "models": plan.models});
        serde_json::Value::Object(self.plans.iter().map(|plan| (plan.id.clone(), gate(plan))).collect()).to_string()
    }

    /// What a credit brings at least, in millionths of the currency's major unit: over all that is sold; 0 if nothing is.
    #[must_use]
    pub fn credit_value_micros(&self) -> i64 {
        let unit = match self.currency.as_str() {
            currency if WHOLE.contains(&currency) => 1_000_000,
            currency if THOUSANDTHS.contains(&currency) => 1_000,
            _ => 10_000,
        };
        let by_plan = |plan: &Plan| plan.prices.iter().map(|price| (price.amount, plan.credits_per_period(price.interval))).collect::<Vec<_>>();
        let sold = self.plans.iter().flat_map(by_plan).chain(self.packs.iter().map(|pack| (pack.amount, pack.credits)));
        sold.filter(|(_, credits)| *credits > 0).map(|(amount, credits)| amount * unit / credits).min().unwrap_or(0)
    }

    fn check(&self) -> Result<(), String> {
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("currency {:?} is not three lower-case letters", self.currency));
        }
        within("graceHours", self.grace_hours, 0, 720)?;
        let Some(free) = self.plans.first() else {
            return Err("there is no plan: the first is what everybody has without a subscription".to_owned());
        };
        if !free.prices.is_empty() {
            return Err(format!("plan {}: the first plan is what everybody has without a subscription, so it has no prices", free.id));
        }
        let mut ids = BTreeSet::new();
        for id in self.plans.iter().map(|plan| &plan.id).chain(self.packs.iter().map(|pack| &pack.id)) {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if !(1..=40).contains(&id.len()) || !id.bytes().all(plain) {
                return Err(format!("id {id:?} is not 1 to 40 of a to z, 0 to 9 and -"));
            }
            if !ids.insert(id) {
                return Err(format!("id {id} is there twice"));
            }
        }
        self.plans.iter().try_for_each(|plan| plan.check().map_err(|wrong| format!("plan {}: {wrong}", plan.id)))?;
        self.packs.iter().try_for_each(|pack| pack.check().map_err(|wrong| format!("pack {}: {wrong}", pack.id)))?;
        for (id, credits) in &self.prices {
            known(id).map_err(|wrong| format!("prices: {wrong}"))?;
            within(&format!("prices: {id}"), *credits, 1, 1_000_000)?;
        }
        Ok(())
    }
}

impl Plan {
    fn check(&self) -> Result<(), String> {
        if self.name.en.trim().is_empty() || self.name.fr.trim().is_empty() {
            return Err("name is empty".to_owned());
        }
        within("credits", self.credits, 0, 100_000_000)?;
        within("rollover", self.rollover, 0, 24)?;
        within("perMinute", self.per_minute, 1, 1_000_000)?;
        within("concurrent", self.concurrent, 1, 1_000_000)?;
        within("waiting", self.waiting, 0, 1_000_000)?;
        if let Some(models) = &self.models {
            if models.is_empty() {
                return Err("models is empty: null means all of them".to_owned());
            }
            models.iter().try_for_each(|id| known(id))?;
        }
        for (i, price) in self.prices.iter().enumerate() {
            within(&format!("amount by {}", price.interval.name()), price.amount, 50, 99_999_999)?;
            if self.prices.iter().skip(i + 1).any(|other| other.interval == price.interval) {
                return Err(format!("the price by {} is there twice", price.interval.name()));
            }
        }
        Ok(())
    }
}

impl Pack {
    fn check(&self) -> Result<(), String> {
        within("credits", self.credits, 1, 100_000_000)?;
        within("amount", self.amount, 50, 99_999_999)?;
        within("months", self.months, 1, 120)
    }
}

fn within(name: &str, value: i64, minimum: i64, maximum: i64) -> Result<(), String> {
    if (minimum..=maximum).contains(&value) { Ok(()) } else { Err(format!("{name} is {value}, not a whole number from {minimum} to {maximum}")) }
}

fn known(id: &str) -> Result<(), String> {
    let names = || catalogue::MODELS.iter().map(|model| model.id).collect::<Vec<_>>().join(", ");
    let found = catalogue::model(id).is_some_and(|model| model.id == id);
    if found { Ok(()) } else { Err(format!("there is no model {id:?}, there are {}", names())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn changed(pointer: &str, value: &Value) -> Result<Plans, String> {
        let mut plans = serde_json::to_value(Plans::standard()).unwrap();
        *plans.pointer_mut(pointer).unwrap() = value.clone();
        Plans::parse(&plans.to_string())
    }

    #[test]
    fn the_standard_plans() {
        let plans = Plans::standard();
        assert_eq!(plans.free().id, "free");
        let studio = plans.plan("studio").unwrap();
        assert_eq!((studio.credits_per_period(Interval::Month), studio.credits_per_period(Interval::Year)), (1_000, 12_000));
        assert_eq!((studio.lookup_key(Interval::Year).as_str(), studio.price(Interval::Month).unwrap().amount), ("atelier_studio_year", 1_200));
        let pack = plans.pack("pack-500").unwrap();
        assert_eq!((pack.lookup_key().as_str(), pack.credits), ("atelier_pack-500", 500));
        assert!(plans.plan("pack-500").is_none() && plans.pack("studio").is_none());
        let gate: Value = serde_json::from_str(&plans.gate_json()).unwrap();
        assert_eq!(gate["free"], json!({"perMinute": 30, "concurrent": 8, "waiting": 20, "models": null}));
        assert_eq!(gate.as_object().unwrap().len(), 3);
        // The yearly price of the largest plan: 390.00 for 48,000 credits.
        assert_eq!(plans.credit_value_micros(), 8_125);
        assert_eq!(Plans::parse(&serde_json::to_string(&plans).unwrap()).unwrap(), plans);
    }

    #[test]
    fn prices_and_models_by_plan() {
        let plans = changed("/prices", &json!({"flux-dev": 9})).unwrap();
        let model = |id| catalogue::model(id).unwrap();
        assert_eq!((plans.price_of(model("flux-dev")), plans.price_of(model("flux-schnell"))), (9, 1));
        assert!(plans.free().allows(model("flux-dev")));
        let plans = changed("/plans/0/models", &json!(["flux-schnell"])).unwrap();
        assert!(plans.free().allows(model("flux-schnell")) && !plans.free().allows(model("flux-dev")));
        assert_eq!(serde_json::from_str::<Value>(&plans.gate_json()).unwrap()["free"]["models"], json!(["flux-schnell"]));
    }

    #[test]
    fn a_credit_in_other_currencies() {
        assert_eq!(changed("/currency", &json!("jpy")).unwrap().credit_value_micros(), 812_500);
        assert_eq!(changed("/currency", &json!("kwd")).unwrap().credit_value_micros(), 812);
        let nothing = r#"{"currency":"eur","graceHours":0,"plans":[{"id":"f","name":{"en":"F","fr":"F"},"credits":5,"rollover":0,
            "perMinute":1,"concurrent":1,"prices":[]}],"packs":[]}"#;
        assert_eq!(Plans::parse(nothing).unwrap().credit_value_micros(), 0);
    }

    #[test]
    fn what_is_refused_is_named() {
        for (pointer, value, words) in [
            ("/currency", json!("USD"), "currency"),
            ("/currency", json!("us"), "currency"),
            ("/graceHours", json!(-1), "graceHours is -1"),
            ("/plans", json!([]), "no plan"),
            ("/plans/0/prices", json!([{"interval": "month", "amount": 100}]), "plan free: the first plan"),
            ("/plans/1/id", json!("Studio"), "id \"Studio\""),
            ("/plans/1/id", json!(""), "id \"\""),
            ("/plans/1/id", json!("a".repeat(41)), "1 to 40"),
            ("/plans/1/id", json!("pack-500"), "pack-500 is there twice"),
            ("/plans/1/name/fr", json!(" "), "plan studio: name"),
            ("/plans/1/name", json!({"en": "x"}), "missing field `fr`"),
            ("/plans/1/credits", json!(100_000_001), "plan studio: credits"),
            ("/plans/1/credits", json!(1.5), "floating point"),
            ("/plans/1/rollover", json!(25), "rollover"),
            ("/plans/1/perMinute", json!(0), "perMinute"),
            ("/plans/1/concurrent", json!(0), "concurrent"),
            ("/plans/1/models", json!(["nope"]), "no model \"nope\""),
            ("/plans/1/models", json!(["black-forest-labs/flux-dev"]), "no model"),
            ("/plans/1/models", json!([]), "null means all"),
            ("/plans/1/prices/0/amount", json!(49), "plan studio: amount by month is 49"),
            ("/plans/1/prices/0/amount", json!(100_000_000), "amount"),
            ("/plans/1/prices/1/interval", json!("month"), "by month is there twice"),
            ("/plans/1/prices/1/interval", json!("week"), "week"),
            ("/packs/0/credits", json!(0), "pack pack-500: credits"),
            ("/packs/0/amount", json!(0), "pack pack-500: amount"),
            ("/packs/0/months", json!(121), "pack pack-500: months"),
            ("/packs/0", json!({"id": "p", "credits": 1, "amount": 50, "months": 1, "price": 3}), "unknown field `price`"),
            ("/prices", json!({"nope": 3}), "prices: there is no model"),
            ("/prices", json!({"flux-dev": 0}), "prices: flux-dev is 0"),
        ] {
            let error = changed(pointer, &value).expect_err(pointer);
            assert!(error.contains(words), "{pointer}: {error}");
        }
        assert!(Plans::parse("").is_err() && Plans::parse("[]").is_err());
    }
}
