//! Messages of the model hosts, on their way to us.

use crate::sim::{ORIGIN, Sim};
use atelier::{
    http::{self, Body, Method, Request},
    platform::Platform as _,
};

/// A message of a model host.
#[derive(Clone)]
pub struct Delivery {
    pub of_fal: bool,
    pub id: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Delivery {
    /// As it arrives.
    pub fn request(&self) -> Request {
        Request {
            method: Method::Post,
            path: self.url.strip_prefix(ORIGIN).unwrap_or_default().to_owned(),
            query: String::new(),
            headers: self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
            body: Body::Bytes(self.body.clone()),
        }
    }
}

/// The same message as its host sends, sent by somebody else.
pub async fn replay(sim: Sim, delivery: Delivery) {
    let status = http::handle(&sim, &delivery.request()).await.status;
    sim.world.borrow_mut().note(&format!("  repeated {} → {status}", delivery.id));
}

/// Messages of the hosts that are due.
pub fn deliveries(sim: &Sim) -> Vec<Delivery> {
    let now = sim.now().ms();
    let mut world = sim.world.borrow_mut();
    let mut due: Vec<_> = world
        .replicate
        .advance(now)
        .into_iter()
        .map(|one| Delivery { of_fal: false, id: one.id, url: one.url, headers: one.headers, body: one.body })
        .collect();
    due.extend(world.fal.advance(now).into_iter().map(|one| Delivery {
        of_fal: true,
        id: one.id,
        url: one.url,
        headers: one.headers,
        body: one.body,
    }));
    due
}

/// Takes one of them in, if it arrives, and tells the host.
pub async fn webhook(sim: Sim, delivery: Delivery) {
    let lost = {
        let mut world = sim.world.borrow_mut();
        let fault_percent = world.fault_percent;
        world.dice.chance(fault_percent)
    };
    let status = if lost { None } else { Some(http::handle(&sim, &delivery.request()).await.status) };
    let now = sim.now().ms();
    let mut world = sim.world.borrow_mut();
    world.note(&format!("  webhook {} → {status:?}", delivery.id));
    if delivery.of_fal { world.fal.delivered(&delivery.id, status, now) } else { world.replicate.delivered(&delivery.id, status, now) }
}
