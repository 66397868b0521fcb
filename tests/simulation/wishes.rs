//! What people wish of generations that they have ordered: that they go away, or stop. And a plan under which they have to wait for each other.

use crate::{
    auditor::Book,
    malice::somebody_is_gone,
    run::{read, request},
    sim::Sim,
};
use atelier::http::{self, Method};
use serde_json::Value;
use std::{cell::RefCell, rc::Rc};

/// The variables of a studio where one generation of a user's may be at a host, and three wait.
pub const NARROW: [(&str, &str); 1] = [(
    "PLANS",
    r#"{"currency":"usd","graceHours":48,"plans":[{"id":"free","name":{"en":"Free","fr":"Gratuit"},"credits":0,"rollover":0,"perMinute":1000,"concurrent":1,"waiting":3,
        "models":null,"prices":[]}],"packs":[]}"#,
)];

/// Any of a user's, as the list shows them.
pub async fn any(sim: &Sim, cookie: &str) -> Option<Value> {
    let list = read(&http::handle(sim, &request(Method::Get, "/api/generations", cookie, Vec::new())).await);
    let all = list["generations"].as_array().filter(|all| !all.is_empty())?;
    let index = sim.world.borrow_mut().dice.index(all.len());
    Some(all[index].clone())
}

/// Somebody deletes a generation.
pub async fn delete_one(sim: Sim, cookie: String, book: Rc<RefCell<Book>>) {
    let Some(one) = any(&sim, &cookie).await else { return };
    let id = one["id"].as_str().unwrap().to_owned();
    // Even if the answer is lost it may be gone.
    book.borrow_mut().deleted.push(id.clone());
    let response = http::handle(&sim, &request(Method::Delete, &format!("/api/generations/{id}"), &cookie, Vec::new())).await;
    sim.world.borrow_mut().note(&format!("  delete {id} → {}", response.status));
    assert!(matches!(response.status, 204 | 404 | 409 | 503) || response.status == 401 && somebody_is_gone(&sim), "{}", read(&response));
}

/// Somebody stops a generation, and some do so twice.
pub async fn cancel_one(sim: Sim, cookie: String) {
    let Some(one) = any(&sim, &cookie).await else { return };
    let path = format!("/api/generations/{}/cancel", one["id"].as_str().unwrap());
    let again = sim.world.borrow_mut().dice.below(2);
    for _ in 0..=again {
        let response = http::handle(&sim, &request(Method::Post, &path, &cookie, Vec::new())).await;
        let answer = read(&response);
        sim.world.borrow_mut().note(&format!("  {path} → {} {}", response.status, answer["generation"]["status"].as_str().unwrap_or_default()));
        assert!(matches!(response.status, 200 | 404 | 409 | 503) || response.status == 401 && somebody_is_gone(&sim), "{answer}");
        let (status, charged) = (&answer["generation"]["status"], &answer["generation"]["charged"]);
        assert!(status != "canceled" || charged == 0, "{answer}");
    }
}
