//! Every order in which the messages of a story can come, each of them twice, ends in one state.

use super::{
    clients::{Memory, Minds, buy},
    compare,
    post::webhook,
    shop, studio,
};
use crate::{database::Database, sim::Sim};
use atelier_sandbox::stripe::Delivery;
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Messages of one story at most: their orders are 720.
const MESSAGES_MAX: usize = 6;

/// All that follows from messages, but for the times at which they came.
const STATE: [&str; 8] = [
    r#"SELECT "id", "userId", "kind", "chargeRef", "amount", "priority", "clawed", CASE "kind" WHEN 'plan' THEN "expiresAt" END FROM credit_grant ORDER BY 1"#,
    r#"SELECT "id", "balance" FROM ledger_account ORDER BY 1"#,
    r#"SELECT "id", "userId", "status", "plan", "price", "periodStart", "periodEnd", "cancelAt", "endedAt" FROM subscription ORDER BY 1"#,
    r#"SELECT "id", "status", "total", "amountDue", "amountPaid", "paidAt", "nextAttemptAt" FROM invoice ORDER BY 1"#,
    r#"SELECT "id", "charged", "reversed", "chargeId" FROM payment ORDER BY 1"#,
    r#"SELECT "id", "state", "invoiceId" FROM checkout ORDER BY 1"#,
    r#"SELECT "id", "customerId", "outcome" FROM stripe_event ORDER BY 1"#,
    r#"SELECT "id" FROM mail_outbox ORDER BY 1"#,
];

type State = Vec<Vec<Vec<String>>>;

fn finish(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(Waker::noop())) != Poll::Ready(()) {}
}

struct Story {
    sim: Sim,
    minds: Minds,
}

impl Story {
    fn new() -> Self {
        let sim = studio(7);
        let people = vec![shop::sign_up(&sim, 0)];
        Self { minds: Rc::new(RefCell::new(Memory { people, ..Memory::default() })), sim }
    }
    /// Begins a purchase and goes through with it.
    fn buys(&self, wish: Value) -> String {
        finish(buy(self.sim.clone(), Rc::clone(&self.minds), 0, wish));
        let session = self.minds.borrow().pages.last().unwrap().session.clone();
        self.happens("pay", &json!({"session": session, "how": "paid"}));
        session
    }
    fn happens(&self, name: &str, body: &Value) -> Value {
        let world = &mut *self.sim.world.borrow_mut();
        world.now_ms += 2_000;
        shop::control(world, name, body).unwrap()
    }
    fn has(&self, kind: &str, field: &str) -> String {
        self.sim.world.borrow().stripe.objects(kind).last().unwrap()[field].as_str().unwrap().to_owned()
    }
    /// What Stripe sends now, of these types, in the order of its own.
    fn messages(&self, types: &[&str]) -> Vec<Delivery> {
        let world = &mut *self.sim.world.borrow_mut();
        world.now_ms += 1_000;
        let now = world.now_ms;
        let kind = |delivery: &Delivery| serde_json::from_slice::<Value>(&delivery.body).unwrap()["type"].as_str().unwrap().to_owned();
        world.stripe.advance(now).into_iter().filter(|delivery| types.contains(&kind(delivery).as_str())).collect()
    }
    fn take(&self, delivery: &Delivery) {
        self.sim.world.borrow_mut().now_ms += 10;
        finish(webhook(self.sim.clone(), delivery.clone()));
    }
    fn state(&self) -> State {
        STATE.map(|query| self.sim.world.borrow().database.ask(query)).into()
    }

    /// Tells it in every order, each message twice: once in that order, and once more so many others later. Answers the state that all of them end in.
    /// If the customer is known `late` only, cron has to do what the messages could not.
    fn in_every_order(&self, messages: &[Delivery], late: bool) -> State {
        assert!((3..=MESSAGES_MAX).contains(&messages.len()), "{} messages", messages.len());
        let (before, began) = (Database::copy(&self.sim.world.borrow().database.connection), self.sim.world.borrow().now_ms);
        let mut end: Option<State> = None;
        let mut told = 0;
        permutations(messages.len(), &mut |order| {
            told += 1;
            {
                let mut world = self.sim.world.borrow_mut();
                world.database = Database::copy(&before.connection);
                world.now_ms = began;
                world.trace.clear();
            }
            if late {
                self.sql("CREATE TEMP TABLE known AS SELECT * FROM stripe_customer; DELETE FROM stripe_customer");
            }
            let apart = told % messages.len();
            for (at, message) in order.iter().enumerate() {
                self.take(&messages[*message]);
                if at >= apart {
                    self.take(&messages[order[at - apart]]);
                }
            }
            for message in &order[order.len() - apart..] {
                self.take(&messages[*message]);
            }
            if late {
                self.sql("INSERT INTO stripe_customer SELECT * FROM known");
                finish(compare(self.sim.clone()));
                finish(compare(self.sim.clone()));
            }
            let state = self.state();
            let expected = end.get_or_insert_with(|| state.clone());
            assert_eq!(&state, expected, "in the order {order:?}: {:#?}", self.sim.world.borrow().trace);
        });
        end.unwrap()
    }
    fn sql(&self, text: &str) {
        self.sim.world.borrow().database.connection.execute_batch(text).unwrap();
    }
    /// The credits that can be spent, less what is owed.
    fn credits(&self) -> String {
        let balance = r#"SELECT sum("balance") FROM ledger_account WHERE "kind" IN ('grant','debt')"#;
        self.sim.world.borrow().database.ask(balance)[0][0].clone()
    }
}

/// Every permutation of so many, by Heap's algorithm.
fn permutations(count: usize, tell: &mut impl FnMut(&[usize])) {
    fn go(left: usize, order: &mut Vec<usize>, tell: &mut impl FnMut(&[usize])) {
        if left <= 1 {
            return tell(order);
        }
        for at in 0..left {
            go(left - 1, order, tell);
            if at + 1 < left {
                order.swap(if left.is_multiple_of(2) { at } else { 0 }, left - 1);
            }
        }
    }
    go(count, &mut (0..count).collect(), tell);
}

const PURCHASE: [&str; 6] = [
    "customer.subscription.created",
    "customer.subscription.updated",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "checkout.session.completed",
];

#[test]
fn a_first_purchase_in_every_order() {
    let story = Story::new();
    story.buys(json!({"plan": "studio"}));
    let messages = story.messages(&PURCHASE);
    let in_time = story.in_every_order(&messages, false);
    assert_eq!((messages.len(), story.credits().as_str()), (6, "44"));
    // Messages that come before it is known whose they are end in the same state.
    let parked: Vec<_> = messages.into_iter().skip(1).collect();
    let late = story.in_every_order(&parked, true);
    assert_eq!((&late[..6], story.credits().as_str()), (&in_time[..6], "44"));
}

#[test]
fn a_renewal_in_every_order() {
    let story = Story::new();
    story.buys(json!({"plan": "studio"}));
    story.messages(&PURCHASE).iter().for_each(|message| story.take(message));
    story.happens("renew", &json!({"subscription": story.has("subscription", "id")}));
    let messages = story.messages(&PURCHASE);
    story.in_every_order(&messages, false);
    assert_eq!(story.credits(), "74");
}

#[test]
fn a_change_of_plan_in_every_order() {
    let story = Story::new();
    story.buys(json!({"plan": "studio"}));
    story.messages(&PURCHASE).iter().for_each(|message| story.take(message));
    {
        let (subscription, world) = (story.has("subscription", "id"), &mut *story.sim.world.borrow_mut());
        let item = world.stripe.object(&subscription).unwrap()["items"]["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/subscriptions/{subscription}");
        // Up, down, and up again: three invoices, of which two are paid for.
        for key in ["atelier_atelier_month", "atelier_studio_month", "atelier_atelier_month"] {
            world.now_ms += 5_000;
            let price = shop::price(world, key);
            shop::api(world, "POST", &path, &[("items[0][id]", &item), ("items[0][price]", &price), ("proration_behavior", "always_invoice")]);
        }
    }
    let messages = story.messages(&["customer.subscription.updated", "invoice.paid"]);
    story.in_every_order(&messages, false);
    // What the larger plan has more than the smaller one came once, less what a few seconds are worth.
    assert!(["123", "124"].contains(&story.credits().as_str()), "{}", story.credits());
}

#[test]
fn a_pack_a_refund_and_a_dispute_in_every_order() {
    let story = Story::new();
    let session = story.buys(json!({"pack": "pack-large"}));
    story.happens("refund", &json!({"session": session, "amount": 600}));
    let dispute = story.happens("dispute", &json!({"session": session, "amount": 1_200}));
    story.happens("dispute", &json!({"dispute": dispute["id"], "how": "lost"}));
    let messages = story.messages(&[
        "checkout.session.completed",
        "refund.created",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]);
    story.in_every_order(&messages, false);
    // Three quarters of 50 went back, rounded up.
    assert_eq!((messages.len(), story.credits().as_str()), (6, "26"));
}

#[test]
fn what_comes_back_in_every_order() {
    let story = Story::new();
    let session = story.buys(json!({"pack": "pack-small"}));
    let refund = story.happens("refund", &json!({"session": session}));
    story.happens("refund", &json!({"refund": refund["id"], "how": "fails"}));
    let dispute = story.happens("dispute", &json!({"session": session}));
    story.happens("dispute", &json!({"dispute": dispute["id"], "how": "won"}));
    let types = ["checkout.session.completed", "charge.refunded", "refund.failed", "charge.dispute.created", "charge.dispute.closed"];
    let messages = story.messages(&types);
    story.in_every_order(&messages, false);
    assert_eq!((messages.len(), story.credits().as_str()), (5, "26"));
}
