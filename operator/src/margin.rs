//! What models earn: what was charged for them, in money, beside what their host takes. A credit is counted at the least that it is sold for.

use atelier::domain::catalogue;
use atelier::domain::plans::Plans;
use atelier::domain::time::{DAY_MS, Timestamp};
use serde_json::{Value, json};

use crate::error::Error;
use crate::hrana::Database;

const DAYS: &str = r#"SELECT "model", "day", "generations", "outputs", "credits", "cost" FROM model_day WHERE "day" > :from AND "day" <= :today ORDER BY "day", "model""#;

/// Sums of a model, of a day, or of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Successful generations.
    pub generations: i64,
    /// Outputs of these.
    pub outputs: i64,
    /// Credits charged.
    pub credits: i64,
    /// What these are worth, in millionths of the currency.
    pub revenue: i64,
    /// What the host takes, in millionths of a US dollar.
    pub cost: i64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.generations += other.generations;
        self.outputs += other.outputs;
        self.credits += other.credits;
        self.revenue += other.revenue;
        self.cost += other.cost;
    }

    /// What is left.
    #[must_use]
    pub const fn margin(&self) -> i64 {
        self.revenue - self.cost
    }

    /// What is left in hundredths of the revenue, rounded down; nothing without revenue.
    #[must_use]
    pub const fn percent(&self) -> Option<i64> {
        if self.revenue > 0 { Some((self.margin() * 100).div_euclid(self.revenue)) } else { None }
    }

    /// Whether it was sold for less than it cost.
    #[must_use]
    pub const fn below_cost(&self) -> bool {
        self.cost > self.revenue
    }

    fn json(&self) -> Value {
        json!({"generations": self.generations, "outputs": self.outputs, "credits": self.credits, "revenueMicros": self.revenue, "costMicros": self.cost,
            "marginMicros": self.margin(), "marginPercent": self.percent(), "belowCost": self.below_cost()})
    }
}

/// A model, with what it is sold for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its id.
    pub id: String,
    /// What it earned.
    pub sums: Sums,
    /// Credits of one output and what its host takes for it; nothing if it is not in the catalogue any more.
    pub list: Option<List>,
}

/// What one output costs, by the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// In credits.
    pub credits: i64,
    /// What these are worth, in millionths of the currency.
    pub value: i64,
    /// What the host takes, in millionths of a US dollar.
    pub cost: i64,
}

impl List {
    /// Whether each output is sold for less than it costs.
    #[must_use]
    pub const fn below_cost(&self) -> bool {
        self.value < self.cost
    }
}

/// The sums of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margin {
    /// How many days, today included.
    pub days: i64,
    /// Of which currency revenue is.
    pub currency: String,
    /// What a credit is worth, in millionths of it.
    pub credit_value: i64,
    /// By model.
    pub models: Vec<Model>,
    /// By day and model: `YYYY-MM-DD`.
    pub by_day: Vec<(String, String, Sums)>,
    /// Of everything.
    pub total: Sums,
}

/// Reads the sums of the last days.
///
/// # Errors
/// Why the database could not be asked.
pub fn read(database: &Database, plans: &Plans, days: i64, now: Timestamp) -> Result<Margin, Error> {
    let today = now.ms().div_euclid(DAY_MS);
    let rows = database.ask(DAYS, &[("from", json!(today.saturating_sub(days))), ("today", json!(today))])?;
    Ok(sum(&rows, plans, days))
}

fn sum(rows: &[Vec<String>], plans: &Plans, days: i64) -> Margin {
    let credit_value = plans.credit_value_micros();
    let list = |model: &catalogue::Model| {
        let credits = plans.price_of(model);
        List { credits, value: credits * credit_value, cost: model.targets.first().map_or(0, |target| target.cost_micros) }
    };
    let offered = catalogue::MODELS.iter().map(|model| Model { id: model.id.to_owned(), sums: Sums::default(), list: Some(list(model)) });
    let mut margin =
        Margin { days, currency: plans.currency.clone(), credit_value, models: offered.collect(), by_day: Vec::new(), total: Sums::default() };
    for row in rows {
        let number = |n: usize| row.get(n).and_then(|cell| cell.parse::<i64>().ok()).unwrap_or(0);
        let id = row.first().cloned().unwrap_or_default();
        let credits = number(4);
        let sums = Sums { generations: number(2), outputs: number(3), credits, revenue: credits * credit_value, cost: number(5) };
        let day: String = Timestamp::from_ms(number(1) * DAY_MS).iso().chars().take(10).collect();
        margin.total.add(&sums);
        match margin.models.iter_mut().find(|model| model.id == id) {
            Some(model) => model.sums.add(&sums),
            None => margin.models.push(Model { id: id.clone(), sums, list: None }),
        }
        margin.by_day.push((day, id, sums));
    }
    margin
}

impl Margin {
    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let model = |model: &Model| {
            let list = model
                .list
                .map(|list| json!({"credits": list.credits, "valueMicros": list.value, "costMicros": list.cost, "belowCost": list.below_cost()}));
            with(json!({"model": model.id, "listPrice": list}), &model.sums)
        };
        let day = |(day, id, sums): &(String, String, Sums)| with(json!({"day": day, "model": id}), sums);
        json!({"days": self.days, "currency": self.currency, "creditValueMicros": self.credit_value, "costCurrency": "usd",
            "models": self.models.iter().map(model).collect::<Vec<_>>(), "byDay": self.by_day.iter().map(day).collect::<Vec<_>>(), "total": self.total.json()})
    }

    /// For people: two tables, and what is sold below its cost.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![
            format!(
                "The last {} days; a credit is worth {} {} at least, costs are in US dollars",
                self.days,
                money(self.credit_value),
                self.currency.to_uppercase()
            ),
            String::new(),
            head("model"),
        ];
        lines.extend(self.models.iter().map(|model| line(&model.id, &model.sums)));
        lines.push(line("total", &self.total));
        if !self.by_day.is_empty() {
            lines.extend([String::new(), head("day")]);
            lines.extend(self.by_day.iter().map(|(day, id, sums)| line(&format!("{day} {id}"), sums)));
        }
        let warnings = self.warnings();
        if !warnings.is_empty() {
            lines.push(String::new());
            lines.extend(warnings);
        }
        lines.join("\n")
    }

    /// A sentence for each model that is sold below its cost.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for model in &self.models {
            let sums = &model.sums;
            if sums.below_cost() {
                warnings.push(format!("{} was sold below cost: it brought {} and cost {}", model.id, money(sums.revenue), money(sums.cost)));
            }
            if let Some(list) = model.list.filter(List::below_cost) {
                let (value, cost) = (money(list.value), money(list.cost));
                warnings.push(format!("{} is sold below cost: an output brings {value} ({} credits) and costs {cost}", model.id, list.credits));
            }
        }
        warnings
    }
}

fn with(mut object: Value, sums: &Sums) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut object, sums.json()) {
        fields.extend(more);
    }
    object
}

fn head(first: &str) -> String {
    format!("{first:<32}{:>12}{:>9}{:>9}{:>13}{:>13}{:>13}{:>7}", "generations", "outputs", "credits", "revenue", "cost", "margin", "%")
}

fn line(name: &str, sums: &Sums) -> String {
    let percent = sums.percent().map_or_else(|| "-".to_owned(), |percent| percent.to_string());
    let Sums { generations, outputs, credits, revenue, cost } = *sums;
    let (revenue, cost, margin) = (money(revenue), money(cost), money(sums.margin()));
    format!("{name:<32}{generations:>12}{outputs:>9}{credits:>9}{revenue:>13}{cost:>13}{margin:>13}{percent:>7}")
}

/// Millionths with four digits after the point.
fn money(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let hundreds = (micros.unsigned_abs() + 50) / 100;
    format!("{sign}{}.{:04}", hundreds / 10_000, hundreds % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[[&str; 6]]) -> Vec<Vec<String>> {
        cells.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn sums_are_of_models_and_of_days() {
        // A credit of the standard plans is worth 8125 millionths.
        let rows = rows(&[
            ["flux-dev", "20000", "2", "3", "12", "75000"],
            ["flux-dev", "20001", "1", "1", "4", "25000"],
            ["gone", "20001", "1", "1", "1", "9000"],
        ]);
        let margin = sum(&rows, &Plans::standard(), 30);
        let model = |id: &str| margin.models.iter().find(|model| model.id == id).expect("it is there");
        let dev = model("flux-dev");
        assert_eq!(dev.sums, Sums { generations: 3, outputs: 4, credits: 16, revenue: 130_000, cost: 100_000 });
        assert_eq!((dev.sums.margin(), dev.sums.percent(), dev.sums.below_cost()), (30_000, Some(23), false));
        assert!(model("gone").sums.below_cost() && model("gone").list.is_none() && model("flux-schnell").sums.percent().is_none());
        assert_eq!(margin.total, Sums { generations: 4, outputs: 5, credits: 17, revenue: 138_125, cost: 109_000 });
        assert_eq!(margin.by_day.first().map(|(day, ..)| day.as_str()), Some("2024-10-04"));
        assert_eq!(margin.warnings(), ["gone was sold below cost: it brought 0.0081 and cost 0.0090"]);
        assert_eq!(margin.json().pointer("/models/1/marginMicros"), Some(&json!(30_000)));
        assert!(margin.table().contains("2024-10-05 gone"));
    }

    #[test]
    fn a_price_below_cost_is_said_before_anything_is_sold() {
        let mut plans = Plans::standard();
        plans.prices.insert("flux-dev".to_owned(), 3);
        let warnings = sum(&[], &plans, 1).warnings();
        assert_eq!(warnings, ["flux-dev is sold below cost: an output brings 0.0244 (3 credits) and costs 0.0250"]);
    }

    #[test]
    fn amounts_are_rounded() {
        assert_eq!((money(8_125).as_str(), money(-30_049).as_str(), money(12_000_050).as_str()), ("0.0081", "-0.0300", "12.0001"));
    }
}
