//! What the API shows of money: the shapes of its JSON.

use crate::{
    domain::{
        credits::Credits,
        plans::{Named, Pack, Plan, PlanPrice, Plans},
        time::Timestamp,
    },
    store::{
        billing::{Checkout, Due, InvoiceRow, SubscriptionRow},
        ledger::{Entry, Spending},
    },
    usecases::read_billing::Overview,
};
use serde::Serialize;

/// What a plan allows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PlanLimits {
    /// Generations that may be begun in a minute.
    pub per_minute: i64,
    /// Generations that may be at model hosts at once.
    pub concurrent: i64,
    /// Generations that may wait for their turn beside those.
    pub waiting: i64,
    /// The models; null means all.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub models: Option<Vec<String>>,
}

/// A plan on sale.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PlanShown {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Named,
    /// Credits a month.
    pub credits: i64,
    /// For how many further periods unused credits stay.
    pub rollover: i64,
    /// What it allows.
    pub limits: PlanLimits,
    /// What it costs, in the currency's minor unit; empty for the plan that everybody has.
    pub prices: Vec<PlanPrice>,
}

/// What is on sale.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PlanList {
    /// True if money is taken here.
    pub enabled: bool,
    /// The currency, ISO 4217, lower case.
    pub currency: String,
    /// The plans; the first is the one without a subscription.
    pub plans: Vec<PlanShown>,
    /// Credits beside a plan.
    pub packs: Vec<Pack>,
}

/// The user's plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct CurrentPlan {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Named,
    /// Credits a month.
    pub credits: i64,
    /// Stripe's word for where the subscription stands; null without one.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub status: Option<String>,
    /// When the next period begins.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub renews_at: Option<Timestamp>,
    /// When it ends, if it was cancelled.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub ends_at: Option<Timestamp>,
    /// What it allows.
    pub limits: PlanLimits,
}

/// What was spent today, and the account's limit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SpendingShown {
    /// Credits that may be spent in a day (UTC); null means as many as there are.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub day_limit: Option<i64>,
    /// Credits spent today, those held included.
    pub spent_today: i64,
    /// True from four fifths of the limit on.
    pub alert: bool,
}

/// An invoice that was not paid.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct DueShown {
    /// Stripe's id of it.
    pub invoice: String,
    /// What is due, in the currency's minor unit.
    pub amount: i64,
    /// The currency.
    pub currency: String,
    /// When Stripe tries again.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub next_attempt_at: Option<Timestamp>,
}

/// What a user has, has bought and owes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct BillingShown {
    /// True if it is not real money.
    pub test_mode: bool,
    /// The balance.
    pub credits: Credits,
    /// The user's plan.
    pub plan: CurrentPlan,
    /// What was spent today.
    pub spending: SpendingShown,
    /// An invoice that was not paid.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub due: Option<DueShown>,
    /// What is on sale.
    #[serde(flatten)]
    pub sale: PlanList,
}

/// A purchase that was begun.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct CheckoutOpened {
    /// Our id of it.
    pub id: String,
    /// Stripe's page.
    pub url: String,
}

/// A purchase.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct CheckoutShown {
    /// Our id of it.
    pub id: String,
    /// `plan` or `topup`.
    pub kind: &'static str,
    /// The plan and its interval, or the pack.
    pub item: String,
    /// Credits that were promised.
    pub credits: i64,
    /// `open`, `pending`, `paid`, `failed` or `expired`.
    pub state: &'static str,
    /// The balance.
    pub balance: Credits,
}

/// Where to go on.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct PortalOpened {
    /// Stripe's portal, good for a short while.
    pub url: String,
}

/// An invoice.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct InvoiceShown {
    /// Stripe's id of it.
    pub id: String,
    /// The number printed on it.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub number: Option<String>,
    /// `plan`, `topup` or `other`.
    pub kind: &'static str,
    /// Stripe's word for where it stands.
    pub status: String,
    /// The currency.
    pub currency: String,
    /// The sum, in the currency's minor unit.
    pub total: i64,
    /// What is due of it.
    pub amount_due: i64,
    /// When it was made.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it was paid.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub paid_at: Option<Timestamp>,
}

/// The invoices, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct InvoiceList {
    /// The invoices.
    pub invoices: Vec<InvoiceShown>,
}

/// An entry of the ledger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct LedgerEntry {
    /// Its id.
    pub id: String,
    /// When.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// `grant`, `hold`, `settle`, `void`, `refund`, `claw`, `restore` or `expire`.
    pub kind: String,
    /// What it did to the credits that can be spent.
    pub amount: i64,
    /// What was spent, of a settlement.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub charged: Option<i64>,
    /// The generation that it was for, which may have been deleted.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub generation: Option<String>,
    /// The generation's model; null if it was deleted.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub model: Option<String>,
    /// Whose credits: `plan`, `topup`, `promo` or `goodwill`.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub grant: Option<String>,
    /// Until when these last.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// The invoice that they were paid by.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub invoice: Option<String>,
}

/// A page of the ledger, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct LedgerPage {
    /// The entries.
    pub entries: Vec<LedgerEntry>,
    /// What to pass as `cursor` for older ones; null at the end.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub next_cursor: Option<String>,
    /// The balance.
    pub credits: Credits,
}

/// What a generation would cost.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct QuoteShown {
    /// To be sent with the order, which then costs no more.
    pub quote: String,
    /// The model.
    pub model: &'static str,
    /// The price in credits.
    pub price: i64,
    /// Until when it holds.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
}

impl PlanLimits {
    fn of(plan: &Plan) -> Self {
        Self { per_minute: plan.per_minute, concurrent: plan.concurrent, waiting: plan.waiting, models: plan.models.clone() }
    }
}

impl PlanList {
    /// Shows what is on sale.
    pub fn of(plans: &Plans, enabled: bool) -> Self {
        let shown = |plan: &Plan| PlanShown {
            id: plan.id.clone(),
            name: plan.name.clone(),
            credits: plan.credits,
            rollover: plan.rollover,
            limits: PlanLimits::of(plan),
            prices: plan.prices.clone(),
        };
        Self { enabled, currency: plans.currency.clone(), plans: plans.plans.iter().map(shown).collect(), packs: plans.packs.clone() }
    }
}

impl SpendingShown {
    /// Shows what was spent today.
    pub fn of(spending: Spending) -> Self {
        let alert = spending.day_limit.is_some_and(|limit| spending.spent.saturating_mul(5) >= limit.saturating_mul(4));
        Self { day_limit: spending.day_limit, spent_today: spending.spent, alert }
    }
}

impl CurrentPlan {
    /// The plan that a subscription gives, or the one that everybody has. A plan that is not sold any more keeps its name, and the limits of the first.
    fn of(plans: &Plans, subscription: Option<SubscriptionRow>) -> Self {
        let subscription = subscription.filter(SubscriptionRow::lives);
        let given = subscription.as_ref().filter(|row| row.gives_plan()).and_then(|row| plans.plan(row.plan.as_deref()?));
        let plan = given.unwrap_or_else(|| plans.free());
        let ends_at = subscription.as_ref().and_then(|row| row.cancel_at);
        Self {
            id: plan.id.clone(),
            name: plan.name.clone(),
            credits: plan.credits,
            renews_at: subscription.as_ref().filter(|_| ends_at.is_none()).and_then(|row| row.period_end),
            ends_at,
            status: subscription.map(|row| row.status),
            limits: PlanLimits::of(plan),
        }
    }
}

impl BillingShown {
    /// Shows the overview.
    pub fn of(plans: &Plans, live: Option<bool>, overview: Overview) -> Self {
        let due = |due: Due| DueShown { invoice: due.invoice, amount: due.amount, currency: due.currency, next_attempt_at: due.next_attempt_at };
        Self {
            test_mode: live == Some(false),
            credits: overview.credits,
            plan: CurrentPlan::of(plans, overview.subscription),
            spending: SpendingShown::of(overview.spending),
            due: overview.due.map(due),
            sale: PlanList::of(plans, live.is_some()),
        }
    }
}

impl CheckoutShown {
    /// Shows a purchase.
    pub fn of(checkout: Checkout, balance: Credits) -> Self {
        let kind = if checkout.item.is_plan { "plan" } else { "topup" };
        Self { id: checkout.id, kind, item: checkout.item.name, credits: checkout.item.credits, state: checkout.state.name(), balance }
    }
}

impl InvoiceShown {
    /// Shows an invoice.
    pub fn of(row: InvoiceRow) -> Self {
        let InvoiceRow { id, number, kind, status, currency, total, amount_due, created_at, paid_at, urls: _ } = row;
        Self { id, number, kind, status, currency, total, amount_due, created_at, paid_at }
    }
}

impl LedgerEntry {
    /// Shows an entry.
    pub fn of(entry: Entry) -> Self {
        let kind = if entry.kind == "claw" && entry.amount > 0 { "restore".to_owned() } else { entry.kind };
        let (grant, expires_at) = entry.grant.unzip();
        Self {
            id: entry.id,
            at: entry.at,
            kind,
            amount: entry.amount,
            charged: entry.charged,
            generation: entry.generation,
            model: entry.model,
            grant,
            expires_at,
            invoice: entry.invoice,
        }
    }
}
