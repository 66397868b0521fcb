//! Messages on their way to the studio.

use super::{ISOLATES, Scheduler};
use crate::{
    messages,
    sim::{ORIGIN, Sim},
};
use atelier::{
    http::{self, Body, Method, Request},
    vendors::stripe::TYPES,
};
use atelier_sandbox::stripe::Delivery;
use serde_json::Value;

impl Scheduler {
    /// Messages that are due set out; some never arrive, or days later.
    pub fn deliver(&mut self) {
        let sim = self.isolates[0].clone();
        for delivery in messages::deliveries(&sim) {
            let isolate = self.index(ISOLATES - 1);
            self.start(isolate, "message of the host", |sim| messages::webhook(sim, delivery));
        }
        let now = sim.world.borrow().now_ms;
        let due = sim.world.borrow_mut().stripe.advance(now);
        for delivery in due {
            let (matters, lost_until) = match self.posted.get(&delivery.event) {
                Some(known) => *known,
                None => self.post(&delivery),
            };
            if !matters {
                sim.world.borrow_mut().stripe.delivered(&delivery.id, Some(200), now);
            } else if now < lost_until {
                sim.world.borrow_mut().stripe.delivered(&delivery.id, None, now);
            } else {
                let isolate = self.index(ISOLATES - 1);
                self.start(isolate, "message of Stripe's", |sim| webhook(sim, delivery));
            }
        }
    }

    /// A new message: whether it is one of those that the endpoint wants, and until when it is lost.
    fn post(&mut self, delivery: &Delivery) -> (bool, i64) {
        let event: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
        let kind = event["type"].as_str().unwrap_or_default();
        let world = &mut *self.isolates[0].world.borrow_mut();
        // Almost: others are to be taken and to mean nothing.
        let matters = TYPES.contains(&kind) || world.dice.chance(3);
        let lost_until = match world.dice.below(100) {
            _ if self.calm => 0,
            0..4 => i64::MAX,
            4..12 => world.now_ms + i64::try_from(world.dice.below(3 * 86_400_000)).unwrap(),
            12..20 => world.now_ms + i64::try_from(world.dice.below(600_000)).unwrap(),
            _ => 0,
        };
        if matters {
            let lost = if lost_until > 0 { ", lost" } else { "" };
            world.note(&format!("  message {} {kind} {}{lost}", delivery.event, event["data"]["object"]["id"]));
        }
        self.posted.insert(delivery.event.clone(), (matters, lost_until));
        (matters, lost_until)
    }
}

/// Takes a message of Stripe's in, and tells Stripe, unless that is lost.
pub async fn webhook(sim: Sim, delivery: Delivery) {
    let request = Request {
        method: Method::Post,
        path: delivery.url.strip_prefix(ORIGIN).unwrap_or_default().to_owned(),
        query: String::new(),
        headers: delivery.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
        body: Body::Bytes(delivery.body),
    };
    let response = http::handle(&sim, &request).await;
    let mut world = sim.world.borrow_mut();
    let reason = response.reason.unwrap_or_default();
    world.note(&format!("  message {} → {} {reason}", delivery.event, response.status));
    let percent = world.fault_percent;
    let status = if world.dice.chance(percent) { None } else { Some(response.status) };
    let now = world.now_ms;
    world.stripe.delivered(&delivery.id, status, now);
}
