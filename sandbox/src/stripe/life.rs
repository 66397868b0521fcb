//! What happens by itself: renewals, collection and its retries, ends, delayed payments.

use serde_json::{Value, json};

use super::{
    Stripe,
    invoices::{Line, Of, subscription_of},
    payments::Means,
    plan_change::bill_for,
    seconds, shapes,
    value::{at, entries, int, lay, owned, set, text, yes},
};
use crate::time::{DAY_MS, HOUR_MS, civil, days};

/// How long a renewal's invoice stays a draft.
const DRAFT_MS: i64 = HOUR_MS;
/// A century of days.
const PERIODS_MAX: i64 = 36_525;
const DAY_S: i64 = DAY_MS / 1_000;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A checkout session runs out.
    Expire(String),
    /// The debit of a checkout session is known to have worked, or not.
    Settle(String, bool),
    /// A subscription's period ends.
    Renew(String),
    /// The time comes that a subscription was to end at.
    End(String),
    /// A draft becomes final and is collected.
    Finalize(String),
    /// An invoice is tried again.
    Retry(String),
    /// Events that were collected go out.
    Release,
}

impl Stripe {
    /// Plans a step.
    pub(super) fn plan(&mut self, at_ms: i64, step: Step) {
        self.counter += 1;
        self.steps.insert((at_ms, self.counter), step);
    }

    /// Takes every step that is due, each at its own time.
    pub(super) fn settle(&mut self, now_ms: i64) {
        while let Some(entry) = self.steps.first_entry() {
            let at_ms = entry.key().0;
            if at_ms > now_ms {
                break;
            }
            let step = entry.remove();
            self.take(at_ms, step);
        }
    }

    /// A step whose time was changed since finds another time than its own, and does nothing.
    pub(super) fn take(&mut self, at_ms: i64, step: Step) {
        let moment = seconds(at_ms);
        let is = |machine: &Self, id: &str, path: &str| machine.store.any(id).is_some_and(|object| at(object, path) == &Value::from(moment));
        match step {
            Step::Release => self.release(at_ms),
            Step::Expire(session) => self.expire_session(at_ms, &session),
            Step::Settle(session, succeeds) => self.settle_session(at_ms, &session, succeeds),
            Step::Renew(id) if is(self, &id, "/items/data/0/current_period_end") => self.period_ended(at_ms, &id, false),
            Step::End(id) if is(self, &id, "/cancel_at") && self.lives(&id) => self.end_subscription(at_ms, &id, "cancellation_requested"),
            Step::Finalize(id) => self.collect(at_ms, &id),
            Step::Retry(id) if is(self, &id, "/next_payment_attempt") => {
                let means = self.means_for(&id);
                self.try_invoice(at_ms, &id, means);
            }
            Step::Renew(_) | Step::End(_) | Step::Retry(_) => {}
        }
    }

    pub(super) fn lives(&self, subscription: &str) -> bool {
        self.store.any(subscription).is_some_and(|subscription| at(subscription, "/ended_at").is_null())
    }

    /// The period of a subscription ends: so does the subscription, or the next period begins. A renewal that is asked for
    /// is collected at once.
    pub(super) fn period_ended(&mut self, now_ms: i64, id: &str, at_once: bool) {
        let Some(subscription) = self.store.any(id).cloned().filter(|_| self.lives(id)) else {
            return;
        };
        let item = at(&subscription, "/items/data/0");
        let (start, end) = (int(item, "/current_period_start"), int(item, "/current_period_end"));
        let cancel_at = at(&subscription, "/cancel_at").as_i64();
        if yes(&subscription, "/cancel_at_period_end") || cancel_at.is_some_and(|cancel_at| cancel_at <= end) {
            return self.end_subscription(now_ms, id, "cancellation_requested");
        }
        let planned = at(&subscription, "/_next").clone();
        let price = if planned.is_null() { at(item, "/price").clone() } else { planned.clone() };
        // Another interval is counted from here.
        let interval = |price: &Value| at(price, "/recurring").clone();
        let anchor = if interval(&price) == interval(at(item, "/price")) { int(&subscription, "/billing_cycle_anchor") } else { end };
        let next = period_end(anchor, &price, end);
        let quantity = int(item, "/quantity");
        let line = Line {
            amount: int(&price, "/unit_amount") * quantity,
            description: self.described(&price, quantity),
            price: &price,
            quantity,
            period: (end, next),
            metadata: at(&subscription, "/metadata").clone(),
            taxed: yes(&subscription, "/automatic_tax/enabled"),
            of: Of::Item { subscription: id, item: text(item, "/id") },
        };
        let mut bill = bill_for(&subscription, "subscription_cycle", (start, end));
        bill.lines = entries(&subscription, "/_pending").to_vec();
        bill.lines.insert(0, self.line(&line));
        let invoice = self.draft(now_ms, bill);
        let fresh = shapes::item(text(item, "/id"), id, int(item, "/created"), &price, quantity, (end, next));
        self.change(now_ms, "customer.subscription.updated", id, |subscription| {
            if planned.is_null() {
                set(subscription, "/items/data/0/current_period_start", end);
                set(subscription, "/items/data/0/current_period_end", next);
            } else {
                set(subscription, "/items/data/0", fresh);
            }
            lay(subscription, json!({"latest_invoice": invoice, "_pending": [], "_next": null, "schedule": null, "billing_cycle_anchor": anchor}));
            if text(subscription, "/status") == "trialing" {
                set(subscription, "/status", "active");
            }
        });
        self.tell_of(now_ms, "invoice.created", &invoice);
        self.plan(next * 1_000, Step::Renew(id.to_owned()));
        if at_once {
            self.collect(now_ms, &invoice);
        } else {
            self.quietly(&invoice, |invoice| set(invoice, "/automatically_finalizes_at", seconds(now_ms + DRAFT_MS)));
            self.plan(now_ms + DRAFT_MS, Step::Finalize(invoice));
        }
    }

    /// Makes a draft final and tries to collect it.
    fn collect(&mut self, now_ms: i64, invoice: &str) {
        if self.store.any(invoice).is_some_and(|invoice| yes(invoice, "/auto_advance") && text(invoice, "/status") == "draft") {
            self.quietly(invoice, |invoice| set(invoice, "/automatically_finalizes_at", Value::Null));
            self.finalize(now_ms, invoice, None);
            let means = self.means_for(invoice);
            self.try_invoice(now_ms, invoice, means);
        }
    }

    pub(super) fn means_for(&self, invoice: &str) -> Means {
        let customer = self.store.any(invoice).map(|invoice| owned(invoice, "/customer")).unwrap_or_default();
        if self.card_works(&customer) { Means::Card } else { Means::Declined }
    }

    /// An invoice was paid: its subscription is active, when nothing else is owed.
    pub(super) fn recovered(&mut self, now_ms: i64, invoice: &str) {
        let subscription = self.store.any(invoice).map(|invoice| subscription_of(invoice).to_owned()).unwrap_or_default();
        let owes = |other: &Value| subscription_of(other) == subscription && text(other, "/status") == "open" && yes(other, "/auto_advance");
        let method = self.id("pm");
        if subscription.is_empty() || self.store.all("invoice").any(owes) {
            return;
        }
        self.change(now_ms, "customer.subscription.updated", &subscription, |subscription| {
            if matches!(text(subscription, "/status"), "incomplete" | "past_due" | "unpaid") {
                set(subscription, "/status", "active");
                if at(subscription, "/default_payment_method").is_null() {
                    set(subscription, "/default_payment_method", method);
                }
            }
        });
    }

    /// An invoice was not paid: its subscription waits for the next attempt, or ends after the last.
    pub(super) fn dunned(&mut self, now_ms: i64, invoice: &str, retry_ms: Option<i64>) {
        let subscription = self.store.any(invoice).map(|invoice| subscription_of(invoice).to_owned()).unwrap_or_default();
        if !self.lives(&subscription) {
            return;
        }
        let Some(retry_ms) = retry_ms else {
            return self.end_subscription(now_ms, &subscription, "payment_failed");
        };
        self.plan(seconds(retry_ms) * 1_000, Step::Retry(invoice.to_owned()));
        self.change(now_ms, "customer.subscription.updated", &subscription, |subscription| {
            if matches!(text(subscription, "/status"), "active" | "trialing") {
                set(subscription, "/status", "past_due");
            }
        });
    }
}

/// The first end of a period after a moment, counted from the day that the first one began on: the 31st becomes the last
/// of shorter months, and comes back in longer ones.
pub(super) fn period_end(anchor: i64, price: &Value, after: i64) -> i64 {
    let count = int(price, "/recurring/interval_count").max(1);
    let (of_day, day) = (anchor.rem_euclid(DAY_S), anchor.div_euclid(DAY_S));
    let later = |periods: i64| match text(price, "/recurring/interval") {
        "day" => anchor + periods * count * DAY_S,
        "week" => anchor + periods * count * 7 * DAY_S,
        interval => {
            let (year, month, of_month) = civil(day);
            let months = (month - 1) + periods * count * if interval == "year" { 12 } else { 1 };
            let (year, month) = (year + months.div_euclid(12), months.rem_euclid(12) + 1);
            let first = days(year, month, 1);
            let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
            (first + (of_month - 1).min(next - first - 1)) * DAY_S + of_day
        }
    };
    // Periods are days at least, and few: counting them all costs nothing.
    (0..PERIODS_MAX).map(later).find(|end| *end > after).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse;

    fn end(anchor: &str, interval: &str, after: &str) -> Option<i64> {
        let price = json!({"recurring": {"interval": interval, "interval_count": 1}});
        Some(period_end(parse(anchor)? / 1_000, &price, parse(after)? / 1_000) * 1_000)
    }

    #[test]
    fn periods_end_on_the_day_they_began_on() {
        assert_eq!(end("2026-01-01", "month", "2026-01-01"), parse("2026-02-01"));
        assert_eq!(end("2026-01-31T12:00:00Z", "month", "2026-01-31T12:00:00Z"), parse("2026-02-28T12:00:00Z"));
        assert_eq!(end("2026-01-31T12:00:00Z", "month", "2026-02-28T12:00:00Z"), parse("2026-03-31T12:00:00Z"));
        assert_eq!(end("2028-02-29", "year", "2028-02-29"), parse("2029-02-28"));
        assert_eq!(end("2028-02-29", "year", "2031-06-01"), parse("2032-02-29"));
        assert_eq!(end("2026-12-15", "month", "2026-12-15"), parse("2027-01-15"));
        assert_eq!(end("2026-01-01", "week", "2026-01-09"), parse("2026-01-15"));
    }
}
