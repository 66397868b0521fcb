//! What happens at Stripe: people pay or do not, banks take money back, the operator changes things, somebody forges messages.

use super::{
    clients::{Memory, Page},
    shop::{self, PRICES},
};
use crate::sim::World;
use atelier_sandbox::stripe::{Mode, Outage};
use serde_json::{Value, json};

/// One thing happens, a little later than the last: Stripe counts in seconds, and so do the rules about what comes first.
pub fn happen(world: &mut World, memory: &mut Memory) {
    world.now_ms += 1_000 + i64::try_from(world.dice.below(3_000)).unwrap();
    match world.dice.below(100) {
        0..38 => pay(world, memory),
        38..46 => renew(world),
        46..60 => refund(world),
        60..76 => dispute(world),
        76..84 => change(world),
        84..87 => lose_customer(world),
        87..94 => forge(world, memory),
        _ => mode(world),
    }
}

fn pick(world: &mut World, kind: &str, fits: impl Fn(&Value) -> bool) -> Option<String> {
    let ids: Vec<_> = world.stripe.objects(kind).filter(fits).filter_map(|object| object["id"].as_str().map(str::to_owned)).collect();
    if ids.is_empty() {
        return None;
    }
    let index = world.dice.index(ids.len());
    Some(ids[index].clone())
}

/// Somebody goes on at a page that is open: mostly one that somebody was led to.
fn pay(world: &mut World, memory: &Memory) {
    let open = |world: &World, session: &str| world.stripe.object(session).is_some_and(|session| session["status"] == "open");
    let told: Vec<&Page> = memory.pages.iter().filter(|page| open(world, &page.session)).collect();
    let session = if told.is_empty() || world.dice.chance(10) {
        pick(world, "checkout.session", |session| session["status"] == "open")
    } else {
        let index = world.dice.index(told.len());
        Some(told[index].session.clone())
    };
    let Some(session) = session else { return };
    let how = match world.dice.below(20) {
        0..12 => "paid",
        12..15 => "later",
        15..18 => "later-fails",
        18 => "declined",
        _ => "expired",
    };
    shop::control(world, "pay", &json!({"session": session, "how": how}));
}

fn renew(world: &mut World) {
    if let Some(id) = pick(world, "subscription", |one| one["ended_at"].is_null()) {
        let how = if world.dice.chance(70) { "paid" } else { "failed" };
        shop::control(world, "renew", &json!({"subscription": id, "how": how}));
    }
}

fn refund(world: &mut World) {
    if world.dice.chance(25)
        && let Some(id) = pick(world, "refund", |refund| refund["status"] == "succeeded")
    {
        shop::control(world, "refund", &json!({"refund": id, "how": "fails"}));
    } else if let Some(id) = pick(world, "charge", |charge| charge["status"] == "succeeded" && charge["refunded"] == false) {
        let amount = world.stripe.object(&id).and_then(|charge| charge["amount"].as_u64()).unwrap_or(1);
        let body = if world.dice.chance(40) { json!({"charge": id}) } else { json!({"charge": id, "amount": 1 + world.dice.below(amount)}) };
        shop::control(world, "refund", &body);
    }
}

fn dispute(world: &mut World) {
    if world.dice.chance(60)
        && let Some(id) = pick(world, "dispute", |dispute| !matches!(dispute["status"].as_str(), Some("won" | "prevented" | "warning_closed")))
    {
        let how = ["review", "won", "won", "lost", "appeal", "prevented"][world.dice.index(6)];
        shop::control(world, "dispute", &json!({"dispute": id, "how": how}));
    } else if let Some(id) = pick(world, "charge", |charge| charge["status"] == "succeeded" && charge["disputed"] == false) {
        let how = if world.dice.chance(25) { "inquiry" } else { "open" };
        let amount = world.stripe.object(&id).and_then(|charge| charge["amount"].as_u64()).unwrap_or(1);
        let part = world.dice.chance(30);
        let body = if part { json!({"charge": id, "how": how, "amount": 1 + world.dice.below(amount)}) } else { json!({"charge": id, "how": how}) };
        shop::control(world, "dispute", &body);
    }
}

/// A bank takes money back, or gives back what it took.
pub fn reconsider(world: &mut World) {
    world.now_ms += 1_000;
    let taken = pick(world, "dispute", |dispute| dispute["status"] == "needs_response");
    let paid = pick(world, "charge", |charge| charge["status"] == "succeeded" && charge["disputed"] == false);
    if let Some(id) = taken {
        shop::control(world, "dispute", &json!({"dispute": id, "how": "won"}));
    } else if let Some(id) = paid {
        shop::control(world, "dispute", &json!({"charge": id, "how": "open"}));
    }
}

/// The operator changes a subscription: the plan with the next invoice or at once, or its end.
fn change(world: &mut World) {
    let Some(id) = pick(world, "subscription", |one| one["ended_at"].is_null()) else { return };
    let path = format!("/subscriptions/{id}");
    if world.dice.chance(20) {
        world.note("  Stripe: the subscription is ended");
        shop::api(world, "DELETE", &path, &[]);
        return;
    }
    let item = world.stripe.object(&id).and_then(|one| one["items"]["data"][0]["id"].as_str().map(str::to_owned)).unwrap_or_default();
    let choice = world.dice.index(PRICES.len());
    let price = shop::price(world, PRICES[choice]);
    let behaviour = ["create_prorations", "always_invoice", "none"][world.dice.index(3)];
    world.note(&format!("  Stripe: {id} goes over to {}, {behaviour}", PRICES[choice]));
    shop::api(world, "POST", &path, &[("items[0][id]", &item), ("items[0][price]", &price), ("proration_behavior", behaviour)]);
}

/// The operator deletes a customer at Stripe.
fn lose_customer(world: &mut World) {
    if world.dice.chance(50)
        && let Some(id) = pick(world, "customer", |_| true)
    {
        world.note(&format!("  Stripe: {id} is deleted"));
        shop::api(world, "DELETE", &format!("/customers/{id}"), &[]);
    }
}

/// Messages that are not Stripe's, are too old, or are of the other mode; and some that say again what is known.
fn forge(world: &mut World, memory: &mut Memory) {
    let kinds = [
        ("checkout.session.completed", "checkout.session"),
        ("invoice.paid", "invoice"),
        ("charge.refunded", "charge"),
        ("customer.subscription.deleted", "subscription"),
        ("customer.deleted", "customer"),
    ];
    let (kind, object) = kinds[world.dice.index(kinds.len())];
    let Some(id) = pick(world, object, |_| true) else { return };
    let event = json!({"type": kind, "data": {"object": id}});
    let (refused, body) = match world.dice.below(4) {
        0 => (true, json!({"event": event, "secret": "whsec_of_somebody_else_who_is_not_us"})),
        1 => (true, json!({"event": event, "ageSeconds": 500, "listed": false})),
        2 => (false, json!({"event": event, "livemode": true, "listed": false})),
        _ => (false, json!({"event": event, "listed": false})),
    };
    if let Some(made) = shop::control(world, "emit", &body)
        && refused
    {
        memory.forged.extend(made["id"].as_str().map(str::to_owned));
    }
}

/// How messages travel from now on.
fn mode(world: &mut World) {
    let mode = [Mode::Normal, Mode::Normal, Mode::Twice, Mode::Reorder, Mode::TwoIds, Mode::Mute][world.dice.index(6)];
    world.note(&format!("  Stripe: messages travel {mode:?}"));
    world.stripe.webhooks(mode);
}

/// What goes wrong with Stripe's interface.
pub fn outage(world: &mut World) {
    let outage = [
        Outage::Up,
        Outage::Up,
        Outage::Up,
        Outage::Down,
        Outage::Throttled,
        Outage::Slow(30_000),
        Outage::LateAnswer(60_000),
        Outage::LostAnswer,
        Outage::Garbage,
    ][world.dice.index(9)];
    world.note(&format!("  Stripe is {outage:?}"));
    let times = world.dice.chance(50).then(|| 1 + world.dice.below(6));
    world.stripe.outage(outage, times);
}
