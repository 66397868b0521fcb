//! Credits of a piece of work: held before it begins, then settled or released.

use super::{command, op, repay};
use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue,
        generation::{GenerationId, HOLD_MS},
        plans::Plans,
        time::{DAY_MS, MINUTE_MS, Timestamp},
    },
    lanes::SessionKey,
    platform::DbError,
    store::{
        Rows, Scope, Step, Value,
        sql::{owner, owner_of_generation, statements},
    },
};

/// What the generation's own row says is charged: written in the same batch, one statement before.
macro_rules! charged {
    () => {
        r#"(SELECT g."charged" FROM generation g WHERE g."id" = :generation)"#
    };
}

/// The asking user's plan: that of a subscription that gives one now, or the first.
macro_rules! plan {
    () => {
        concat!(
            r#"coalesce((SELECT b."plan" FROM subscription b WHERE b."plan" IS NOT NULL AND b."status" IN ('active','trialing','past_due')
          AND json_type(:plans, '$."' || b."plan" || '"') = 'object' AND b."userId" = "#,
            owner!(),
            r#" ORDER BY b."periodEnd" DESC, b."id" LIMIT 1), :free)"#
        )
    };
}
pub(in crate::store) use plan;
/// What a user has in use now: generations that are open, and those begun within the last minute.
macro_rules! open_now {
    () => {
        concat!(r#"(SELECT count(*) FROM credit_hold h WHERE h."state" = 'open' AND h."userId" = "#, owner!(), ")")
    };
}
macro_rules! begun_lately {
    () => {
        concat!(r#"(SELECT count(*) FROM credit_hold h WHERE h."createdAt" > :minuteAgo AND h."userId" = "#, owner!(), ")")
    };
}
/// What a user has spent today (UTC), open holds included.
macro_rules! spent_today {
    () => {
        concat!(
            r#"(SELECT coalesce(sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END), 0)
          FROM credit_hold h WHERE h."createdAt" >= :today AND h."userId" = "#,
            owner!(),
            ")"
        )
    };
}

statements! {
    /// Hold: the command, if the plan allows it. Without its row the entries that follow have nothing to belong to, and all is undone.
    HOLD_OP (Scope::Owner): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") SELECT :op, 'hold', "#, owner!(), r#", NULL, :digest, :now
        WHERE EXISTS (SELECT 1 FROM (SELECT json_extract(:plans, '$."' || "#, plan!(), r#" || '"') AS "limits") l
          WHERE "#, open_now!(), r#" < json_extract(l."limits", '$.concurrent') + json_extract(l."limits", '$.waiting') AND "#, begun_lately!(), r#" < json_extract(l."limits", '$.perMinute')
          AND (json_type(l."limits", '$.models') = 'null' OR EXISTS (SELECT 1 FROM json_each(l."limits", '$.models') m WHERE m.value = :model)))"#;
    /// Hold: what is owed goes first.
    HOLD_REPAY (Scope::Owner): repay!(":op", owner!());
    /// Hold: takes from the user's live grants in the order in which they are spent, as much as is needed.
    HOLD_PARTS (Scope::Owner): r#"INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount")
        SELECT :generation, p."seq", p."userId", p."grantId", min(p."balance", :amount - p."before") FROM (
          SELECT g."id" AS "grantId", g."userId", a."balance", row_number() OVER w AS "seq",
            coalesce(sum(a."balance") OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS "before"
          FROM credit_grant g JOIN ledger_account a ON a."userId" = g."userId" AND a."id" = 'g:' || g."id" AND a."balance" > 0
          WHERE g."userId" = "#, owner!(), r#" AND g."expiresAt" > :now
          WINDOW w AS (ORDER BY g."priority", g."expiresAt", g."id")) p
        WHERE p."before" < :amount"#;
    /// Hold: the hold itself; its triggers refuse if the parts do not add up to the amount, or if a day's limit would be passed.
    HOLD_INSERT (Scope::Owner): r#"INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt", "keyId")
        VALUES (:generation, "#, owner!(), r#", :amount, :expires, :now, (SELECT k."id" FROM api_key k WHERE k."key" = :session))"#;
    /// Hold: the entries.
    HOLD_ENTRIES (Scope::Owner): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'g:' || p."grantId", 'u:' || p."userId" || ':held', p."amount", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."userId" = "#, owner!();
    /// What stands in the way of an order: the plan's limits, and what is in use of them.
    GATE (Scope::Owner): r#"SELECT l."plan", json_extract(l."limits", '$.concurrent') + json_extract(l."limits", '$.waiting') AS "most", json_extract(l."limits", '$.perMinute') AS "perMinute",
        json_type(l."limits", '$.models') = 'null' OR EXISTS (SELECT 1 FROM json_each(l."limits", '$.models') m WHERE m.value = :model) AS "model",
        "#, open_now!(), r#" AS "open", "#, begun_lately!(), r#" AS "lately"
        FROM (SELECT x."plan", json_extract(:plans, '$."' || x."plan" || '"') AS "limits" FROM (SELECT "#, plan!(), r#" AS "plan") x) l"#;
    /// What was spent today, and the limits to it.
    SPENDING (Scope::Owner): "SELECT ", spent_today!(), r#" AS "spent", (SELECT p."dayLimit" FROM person p WHERE p."userId" = "#, owner!(), r#") AS "dayLimit",
        (SELECT k."dayLimit" FROM api_key k WHERE k."key" = :session) AS "keyLimit""#;

    /// Settle: the command; its trigger refuses a hold that is not open.
    SETTLE_OP (Scope::System(OF_GENERATION)): op!("settle", ":generation", owner_of_generation!());
    /// Settle: closes the hold.
    SETTLE_HOLD (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold SET "state" = 'settled', "captured" = "#, charged!(), r#", "closedAt" = :now
        WHERE "id" = :generation AND "userId" = "#, owner_of_generation!();
    /// Settle: captures part after part until the amount is reached.
    SETTLE_PARTS (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold_part SET "captured" = max(0, min("amount", "#, charged!(), r#" -
          (SELECT coalesce(sum(p."amount"), 0) FROM credit_hold_part p WHERE p."holdId" = :generation AND p."seq" < credit_hold_part."seq")))
        WHERE "holdId" = :generation AND "userId" = "#, owner_of_generation!();
    /// Settle: what was captured is spent.
    SETTLE_SPENT (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, h."userId", 'u:' || h."userId" || ':held', 'u:' || h."userId" || ':spent', h."captured", :now
        FROM credit_hold h WHERE h."id" = :generation AND h."captured" > 0 AND h."userId" = "#, owner_of_generation!();
    /// Settle: the rest goes back to where it came from.
    SETTLE_REST (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'u:' || p."userId" || ':held', 'g:' || p."grantId", p."amount" - p."captured", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."amount" > p."captured" AND p."userId" = "#, owner_of_generation!();
    /// Release: the command.
    VOID_OP (Scope::System(OF_GENERATION)): op!("void", ":generation", owner_of_generation!());
    /// Release: closes the hold.
    VOID_HOLD (Scope::System(OF_GENERATION)): r#"UPDATE credit_hold SET "state" = 'void', "closedAt" = :now
        WHERE "id" = :generation AND "userId" = "#, owner_of_generation!();
    /// Release: everything goes back to where it came from.
    VOID_ENTRIES (Scope::System(OF_GENERATION)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT :op, p."userId", 'u:' || p."userId" || ':held', 'g:' || p."grantId", p."amount", :now
        FROM credit_hold_part p WHERE p."holdId" = :generation AND p."userId" = "#, owner_of_generation!();
    /// Settle, release: what came back repays what is owed.
    CLOSED_REPAY (Scope::System(OF_GENERATION)): repay!(":op", owner_of_generation!());
    /// What the host takes for it, in millionths of a US dollar: kept with the recipe, shown to the operator alone.
    GENERATION_COST (Scope::System(OF_GENERATION)): r#"UPDATE generation SET "cost" = :outputs * "units" *
        coalesce(json_extract(:costs, '$."' || "model" || '@' || "host" || '"'), 0) WHERE "id" = :generation"#;
    /// What a model earned and cost today, if the host has worked: sums of all users.
    MODEL_DAY_ADD (Scope::System("sums of all users, without any name")): r#"INSERT INTO model_day ("model", "day", "generations", "outputs", "credits", "cost")
        SELECT g."model", :day, 1, :outputs, coalesce(g."charged", 0), :outputs * g."units" * coalesce(json_extract(:costs, '$."' || g."model" || '@' || g."host" || '"'), 0)
        FROM generation g WHERE g."id" = :generation ON CONFLICT ("model", "day") DO UPDATE SET "generations" = "generations" + 1,
        "outputs" = "outputs" + excluded."outputs", "credits" = "credits" + excluded."credits", "cost" = "cost" + excluded."cost""#;
}

const OF_GENERATION: &str = "a signed message or the reconciler speaks of one generation: the rows are its owner's";

/// What the plans allow, as the database reads it.
#[derive(Debug, Clone)]
pub struct Limits {
    plans: String,
    free: String,
}

impl Limits {
    /// From the configuration.
    #[must_use]
    pub fn of(plans: &Plans) -> Self {
        Self { plans: plans.gate_json(), free: plans.free().id.clone() }
    }
    pub(in crate::store) fn args(&self) -> [(&'static str, Value); 2] {
        [("plans", Value::from(&self.plans)), ("free", Value::from(&self.free))]
    }
}

/// An order, as far as money is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The catalogue's id of the model.
    pub model: &'a str,
    /// The price.
    pub price: i64,
    /// What the plans allow.
    pub limits: &'a Limits,
}

fn today(now: Timestamp) -> i64 {
    now.ms() - now.ms().rem_euclid(DAY_MS)
}

fn gate_args(order: &Order<'_>, now: Timestamp) -> Vec<(&'static str, Value)> {
    let more = [("model", Value::from(order.model)), ("minuteAgo", Value::from(now.plus_ms(-MINUTE_MS).ms()))];
    [&order.limits.args()[..], &more].concat()
}

/// Holds the price of a generation. Fails with `InsufficientCredits`, `DayLimit`, `KeyLimit`, or with `NotAllowed` if the plan does not allow it.
pub fn hold(who: &[(&'static str, Value)], id: &GenerationId, order: &Order<'_>, now: Timestamp) -> Vec<Step> {
    let [op, digest] = command("hold", id.as_str(), order.price);
    let (at, amount) = (("now", Value::from(now.ms())), ("amount", Value::from(order.price)));
    let generation = ("generation", Value::from(id.as_str()));
    let with = |more: &[(&'static str, Value)]| [who, more].concat();
    let mut steps = vec![HOLD_OP.step(&with(&[&[op.clone(), digest, at.clone()][..], &gate_args(order, now)].concat()))];
    if !planted(Bug::DebtIsForgiven) {
        steps.push(HOLD_REPAY.step(&with(&[op.clone(), at.clone()])));
    }
    steps.extend([
        HOLD_PARTS.step(&with(&[generation.clone(), amount.clone(), if planted(Bug::EndedIsSpent) { ("now", Value::from(0)) } else { at.clone() }])),
        HOLD_INSERT.step(&with(&[generation.clone(), amount, ("expires", Value::from(now.plus_ms(HOLD_MS).ms())), at.clone()])),
        HOLD_ENTRIES.step(&with(&[op, generation, at])),
    ]);
    steps
}

/// Captures what the generation's row says is charged; the rest of the hold returns.
pub fn settle(id: &GenerationId, outputs: usize, now: Timestamp) -> Vec<Step> {
    let [op, digest] = command("settle", id.as_str(), 0);
    let at = ("now", Value::from(now.ms()));
    let generation = ("generation", Value::from(id.as_str()));
    let entry = [op.clone(), generation.clone(), at.clone()];
    vec![
        SETTLE_OP.step(&[op, digest, generation.clone(), at.clone()]),
        SETTLE_HOLD.step(&[generation.clone(), at]),
        SETTLE_PARTS.step(&[generation]),
        SETTLE_SPENT.step(&entry),
        SETTLE_REST.step(&entry),
        CLOSED_REPAY.step(&entry),
    ]
    .into_iter()
    .chain(cost(id, outputs, now))
    .collect()
}

/// Returns all of a generation's hold.
pub fn release(id: &GenerationId, now: Timestamp) -> Vec<Step> {
    let [op, digest] = command("void", id.as_str(), 0);
    let at = ("now", Value::from(now.ms()));
    let generation = ("generation", Value::from(id.as_str()));
    let entry = [op.clone(), generation.clone(), at.clone()];
    let mut steps = vec![VOID_OP.step(&[op, digest, generation.clone(), at.clone()]), VOID_HOLD.step(&[generation, at]), VOID_ENTRIES.step(&entry)];
    if !planted(Bug::DebtIsForgiven) {
        steps.push(CLOSED_REPAY.step(&entry));
    }
    steps
}

/// Notes what the host takes for so many outputs, and adds it to the model's day with what was charged.
pub fn cost(id: &GenerationId, outputs: usize, now: Timestamp) -> [Step; 2] {
    let of_model =
        |model: &'static catalogue::Model| model.targets.iter().map(|target| (format!("{}@{}", model.id, target.host), target.cost_micros.into()));
    let costs: serde_json::Map<_, _> = catalogue::MODELS.iter().flat_map(of_model).collect();
    let of = [
        ("generation", Value::from(id.as_str())),
        ("outputs", Value::from(outputs)),
        ("costs", Value::from(serde_json::Value::from(costs).to_string())),
    ];
    let day = [("day", Value::from(now.ms().div_euclid(DAY_MS)))];
    [GENERATION_COST.step(&of), MODEL_DAY_ADD.step(&[&of[..], &day].concat())]
}

/// Why the plan does not allow an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// The plan does not have the model.
    Model {
        /// The plan.
        plan: String,
        /// The model.
        model: String,
    },
    /// So many generations are open, those that wait included, and no more may be.
    TooManyOpen(i64),
    /// So many were begun within a minute, and no more may be.
    TooFast(i64),
}

/// What stands in the way of an order. Read with [`read_gate`].
#[must_use]
pub fn gate(who: &[(&'static str, Value)], order: &Order<'_>, now: Timestamp) -> Step {
    GATE.step(&[who, &gate_args(order, now)].concat())
}

/// Reads [`GATE`]. It was read after the order was refused: if nothing stands in the way any more, something was open then.
pub fn read_gate(rows: &Rows, model: &str) -> Result<Blocked, DbError> {
    let row = rows.first().ok_or(DbError::Shape("no gate"))?;
    Ok(if row.integer("model")? == 0 {
        Blocked::Model { plan: row.text("plan")?.to_owned(), model: model.to_owned() }
    } else if row.integer("lately")? >= row.integer("perMinute")? {
        Blocked::TooFast(row.integer("perMinute")?)
    } else {
        Blocked::TooManyOpen(row.integer("most")?)
    })
}

/// What was spent today, and the limits to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// Credits spent today (UTC), those held included.
    pub spent: i64,
    /// The account's limit.
    pub day_limit: Option<i64>,
    /// The limit of the API key that asks.
    pub key_limit: Option<i64>,
}

/// What was spent today. Read with [`read_spending`].
#[must_use]
pub fn spending(key: &SessionKey, now: Timestamp) -> Step {
    SPENDING.step(&[&crate::store::sessions::asking(key, now)[..], &[("today", Value::from(today(now)))]].concat())
}

/// Reads [`SPENDING`].
pub fn read_spending(rows: &Rows) -> Result<Spending, DbError> {
    let row = rows.first().ok_or(DbError::Shape("no spending"))?;
    Ok(Spending { spent: row.integer("spent")?, day_limit: row.integer_or_null("dayLimit")?, key_limit: row.integer_or_null("keyLimit")? })
}
