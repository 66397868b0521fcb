//! The reference: what the studio has to say at last, computed from what Stripe has, by rules as short as they can be.

use super::clients::Memory;
use crate::{auditor, sim::World};
use atelier::vendors::stripe::LISTED;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Stripe forgets keys of requests, and with them which customer it made for whom.
const FORGOTTEN_S: i64 = 86_400;
/// How long Stripe keeps events, less what the last run may not have looked at yet.
const KEPT_S: (i64, i64) = (30 * 86_400 - 3_600, 3_600);

struct Grant {
    kind: String,
    payment: String,
    amount: i64,
    clawed: i64,
}

struct Reference<'a> {
    world: &'a World,
    /// Customers that the studio knows, with their users.
    users: BTreeMap<String, String>,
    living: BTreeSet<String>,
    grants: BTreeMap<String, Grant>,
    events: Vec<Value>,
}

pub fn at_last(world: &World, memory: &Memory) -> Result<(), String> {
    let customers = world.database.ask(r#"SELECT "customerId", "userId" FROM stripe_customer"#);
    let grants = r#"SELECT "id", "kind", "chargeRef", "amount", "clawed" FROM credit_grant WHERE "kind" <> 'promo'"#;
    let grant = |row: Vec<String>| {
        let [id, kind, payment, amount, clawed] = <[String; 5]>::try_from(row).unwrap();
        (id, Grant { kind, payment, amount: amount.parse().unwrap(), clawed: clawed.parse().unwrap() })
    };
    let reference = Reference {
        world,
        users: customers.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect(),
        living: world.database.ask(r#"SELECT "id" FROM "user""#).into_iter().map(|row| row[0].clone()).collect(),
        grants: world.database.ask(grants).into_iter().map(grant).collect(),
        events: world.stripe.objects("event").collect(),
    };
    reference.top_ups(memory)?;
    reference.gifts(memory)?;
    reference.plans()?;
    reference.reversals()?;
    reference.subscriptions()?;
    reference.one_plan(memory)?;
    reference.invoices()?;
    reference.inbox()?;
    reference.customers(memory)?;
    reference.nothing_is_left()?;
    auditor::always(world)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn int(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

impl Reference<'_> {
    /// The user of an object's customer, if the studio knows it; and whether the account still exists.
    fn user(&self, object: &Value) -> Option<(&str, bool)> {
        let user = self.users.get(text(object, "/customer"))?;
        Some((user, self.living.contains(user)))
    }

    /// Compares a grant with what it should be. An account that is gone may have left before.
    fn expect(&self, id: &str, kind: &str, credits: i64, living: bool) -> Result<(), String> {
        match self.grants.get(id) {
            Some(grant) if grant.kind == kind && grant.amount == credits => Ok(()),
            Some(grant) => Err(format!("{id} brought {} credits ({}) and should have brought {credits}", grant.amount, grant.kind)),
            None if credits == 0 || !living => Ok(()),
            None => Err(format!("{id} is paid for, and its {credits} credits were never granted")),
        }
    }

    /// Every pack that was paid brought its credits, once; nothing else brought any.
    fn top_ups(&self, memory: &Memory) -> Result<(), String> {
        let mut paid = BTreeSet::new();
        for session in self.world.stripe.objects("checkout.session").filter(|session| text(session, "/payment_status") == "paid") {
            let Some((_, living)) = self.user(&session) else {
                if memory.pages.iter().any(|page| page.session == text(&session, "/id")) {
                    return Err(format!("somebody was led to {}, and its customer is not known", text(&session, "/id")));
                }
                continue;
            };
            if text(&session, "/mode") == "payment" {
                self.expect(text(&session, "/id"), "topup", text(&session, "/metadata/atelier_credits").parse().unwrap(), living)?;
                paid.insert(text(&session, "/id").to_owned());
            }
        }
        match self.grants.iter().find(|(id, grant)| grant.kind == "topup" && !paid.contains(*id)) {
            Some((id, _)) => Err(format!("credits were granted for {id}, which nobody paid")),
            None => Ok(()),
        }
    }

    /// What the operator gave was given once, whole.
    fn gifts(&self, memory: &Memory) -> Result<(), String> {
        let wrong = |(id, grant): &(&String, &Grant)| grant.kind == "goodwill" && memory.given.get(*id) != Some(&grant.amount);
        match self.grants.iter().find(wrong) {
            Some((id, grant)) => Err(format!("{id} brought {} credits", grant.amount)),
            None => Ok(()),
        }
    }

    /// Over the paid invoices of a subscription's period only what exceeds the highest sum so far brings credits.
    fn plans(&self) -> Result<(), String> {
        let mut periods: BTreeMap<(String, i64), Vec<Value>> = BTreeMap::new();
        let of_subscription = |invoice: &Value| text(invoice, "/parent/subscription_details/subscription").to_owned();
        for invoice in
            self.world.stripe.objects("invoice").filter(|invoice| text(invoice, "/status") == "paid" && !of_subscription(invoice).is_empty())
        {
            let ends = lines(&invoice).map(|line| int(line, "/period/end")).max().unwrap_or_default();
            periods.entry((of_subscription(&invoice), ends)).or_default().push(invoice);
        }
        let mut seen = BTreeSet::new();
        for invoices in periods.values_mut() {
            invoices.sort_by_key(|invoice| (int(invoice, "/status_transitions/paid_at"), int(invoice, "/created")));
            let (mut sum, mut highest) = (0, 0);
            for invoice in invoices {
                sum += lines(invoice).map(|line| self.credits_of(line)).sum::<i64>();
                let Some((_, living)) = self.user(invoice) else { continue };
                self.expect(text(invoice, "/id"), "plan", (sum - highest).max(0), living)?;
                highest = highest.max(sum);
                seen.insert(text(invoice, "/id").to_owned());
            }
        }
        match self.grants.iter().find(|(id, grant)| grant.kind == "plan" && !seen.contains(*id)) {
            Some((id, _)) => Err(format!("credits were granted for {id}, which nobody paid")),
            None => Ok(()),
        }
    }

    /// What part of its price's credits a line was paid for, rounded down.
    fn credits_of(&self, line: &Value) -> i64 {
        let price = self.world.stripe.object(text(line, "/pricing/price_details/price")).unwrap_or_default();
        let credits: i64 = text(&price, "/metadata/atelier_credits").parse().unwrap_or_default();
        (credits * int(line, "/amount")).div_euclid(int(&price, "/unit_amount").max(1))
    }

    /// Of every grant as large a part is gone, rounded up, as went back of its payment.
    fn reversals(&self) -> Result<(), String> {
        for (id, grant) in &self.grants {
            let intent = self.world.stripe.object(&grant.payment).unwrap_or_default();
            let charge = self.world.stripe.object(text(&intent, "/latest_charge")).unwrap_or_default();
            let withheld = |dispute: &Value| {
                let status = text(dispute, "/status");
                text(dispute, "/charge") == text(&charge, "/id") && !matches!(status, "won" | "prevented") && !status.starts_with("warning_")
            };
            let disputed: i64 = self.world.stripe.objects("dispute").filter(withheld).map(|dispute| int(&dispute, "/amount")).sum();
            let charged = int(&charge, "/amount").max(1);
            let reversed = (int(&charge, "/amount_refunded") + disputed).min(charged);
            let gone = (grant.amount * reversed + charged - 1) / charged;
            if gone != grant.clawed {
                return Err(format!("{} of the {} credits of {id} were taken back, and should be {gone}", grant.clawed, grant.amount));
            }
        }
        Ok(())
    }

    fn subscriptions(&self) -> Result<(), String> {
        let rows =
            r#"SELECT "id", "status", coalesce("price", ''), coalesce("periodEnd", 0) / 1000, coalesce("cancelAt", 0) / 1000 FROM subscription"#;
        let rows: BTreeMap<_, _> = self.world.database.ask(rows).into_iter().map(|row| (row[0].clone(), row)).collect();
        for one in self.world.stripe.objects("subscription") {
            let Some((_, living)) = self.user(&one) else { continue };
            let item = &one["items"]["data"][0];
            let expected = [text(&one, "/id"), text(&one, "/status"), text(item, "/price/id")].map(str::to_owned);
            let times = [int(item, "/current_period_end"), int(&one, "/cancel_at")].map(|time| time.to_string());
            let row = rows.get(text(&one, "/id")).ok_or_else(|| format!("{} is not known", text(&one, "/id")))?;
            // Of one that has ended nobody asks when it would have.
            let ended = text(&one, "/status") == "canceled";
            if row[..if ended { 2 } else { 3 }] != expected[..if ended { 2 } else { 3 }] || !ended && row[3..] != times[..] {
                return Err(format!("the subscription is {row:?} here and {expected:?} {times:?} at Stripe"));
            }
            if !living && !ended {
                return Err(format!("{} goes on, and its account is gone", text(&one, "/id")));
            }
        }
        Ok(())
    }

    /// Nobody was led into two subscriptions at once.
    fn one_plan(&self, memory: &Memory) -> Result<(), String> {
        let mut led: BTreeMap<usize, Vec<(i64, i64)>> = BTreeMap::new();
        let sessions: BTreeMap<_, _> = memory.pages.iter().map(|page| (&page.session, page.person)).collect();
        for (session, person) in sessions {
            let session = self.world.stripe.object(session).unwrap_or_default();
            let Some(one) = self.world.stripe.object(text(&session, "/subscription")) else { continue };
            let ended = one["ended_at"].as_i64().unwrap_or(i64::MAX);
            led.entry(person).or_default().push((int(&one, "/created"), ended));
        }
        for (person, times) in &mut led {
            times.sort_unstable();
            if times.windows(2).any(|pair| pair[1].0 < pair[0].1) {
                return Err(format!("{person} was led into two subscriptions at once"));
            }
        }
        Ok(())
    }

    fn invoices(&self) -> Result<(), String> {
        let rows = r#"SELECT "id", "status", "amountPaid" FROM invoice"#;
        let rows: BTreeMap<_, _> = self.world.database.ask(rows).into_iter().map(|row| (row[0].clone(), row)).collect();
        for invoice in self.world.stripe.objects("invoice").filter(|invoice| text(invoice, "/status") != "draft") {
            if self.user(&invoice).is_none() {
                continue;
            }
            let expected = [text(&invoice, "/id").to_owned(), text(&invoice, "/status").to_owned(), int(&invoice, "/amount_paid").to_string()];
            if rows.get(&expected[0]).is_none_or(|row| row[..] != expected[..]) {
                return Err(format!("the invoice is {:?} here and {expected:?} at Stripe", rows.get(&expected[0])));
            }
        }
        Ok(())
    }

    /// Everything that Stripe still lists was taken in, and nothing waits for a customer who is known.
    fn inbox(&self) -> Result<(), String> {
        let known: BTreeSet<_> = self.world.database.ask(r#"SELECT "id" FROM stripe_event"#).into_iter().map(|row| row[0].clone()).collect();
        let now = self.world.now_ms / 1_000;
        for event in &self.events {
            let age = now - int(event, "/created");
            if age < KEPT_S.0 && age > KEPT_S.1 && LISTED.contains(&text(event, "/type")) && !known.contains(text(event, "/id")) {
                return Err(format!("{} {} was never taken in", text(event, "/id"), text(event, "/type")));
            }
        }
        let parked =
            r#"SELECT e."id", e."type" FROM stripe_event e JOIN stripe_customer c ON c."customerId" = e."customerId" WHERE e."outcome" = 'parked'"#;
        let parked = self.world.database.ask(parked);
        if parked.is_empty() { Ok(()) } else { Err(format!("waits for somebody who is known: {parked:?}")) }
    }

    /// Everybody has one customer at Stripe; an account that is gone has none.
    fn customers(&self, memory: &Memory) -> Result<(), String> {
        let deleted = self.events.iter().filter(|event| text(event, "/type") == "customer.deleted").map(|event| text(event, "/data/object/id"));
        let deleted: BTreeSet<_> = deleted.collect();
        let gone = |customer: &Value| deleted.contains(text(customer, "/id"));
        for person in &memory.people {
            let theirs = self.world.stripe.objects("customer").filter(|customer| text(customer, "/metadata/reference") == person.reference);
            let (known, unknown): (Vec<_>, Vec<_>) = theirs.partition(|customer| self.users.contains_key(text(customer, "/id")));
            let living: Vec<_> = known.iter().filter(|customer| !gone(customer)).map(|customer| text(customer, "/id")).collect();
            if living.len() > 1 || !living.is_empty() && !self.living.contains(&person.id) {
                return Err(format!("{} is {living:?} at Stripe", person.id));
            }
            // One whose making was never heard of is made again when Stripe has forgotten the request, not before: unless one was deleted there, of which
            // nobody here can know.
            let all: Vec<_> = known.iter().chain(&unknown).collect();
            let mut made: Vec<_> = all.iter().map(|customer| int(customer, "/created")).collect();
            made.sort_unstable();
            if !all.iter().any(|customer| gone(customer)) && made.windows(2).any(|pair| pair[1] - pair[0] < FORGOTTEN_S) {
                return Err(format!("{} became a customer twice within a day", person.id));
            }
        }
        Ok(())
    }

    /// Nothing is open, and no credits lie where nobody can spend them.
    fn nothing_is_left(&self) -> Result<(), String> {
        let now = self.world.now_ms - 3_600_000;
        let left = [
            r#"SELECT "id" FROM credit_hold WHERE "state" = 'open'"#.to_owned(),
            r#"SELECT "id" FROM generation WHERE "finishedAt" IS NULL"#.to_owned(),
            format!(
                r#"SELECT a."id" FROM ledger_account a JOIN credit_grant g ON a."id" = 'g:' || g."id" WHERE a."balance" > 0 AND g."expiresAt" <= {now}"#
            ),
            r#"SELECT "customerId" FROM stripe_customer WHERE "removeAt" IS NOT NULL AND "deletedAt" IS NULL"#.to_owned(),
        ];
        match left.iter().find_map(|query| self.world.database.ask(query).into_iter().next()) {
            Some(row) => Err(format!("left over: {row:?}")),
            None => Ok(()),
        }
    }
}

fn lines(invoice: &Value) -> impl Iterator<Item = &Value> {
    invoice["lines"]["data"].as_array().into_iter().flatten()
}
