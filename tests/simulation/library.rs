//! The library in the history of generations: folders, favourites, many works at once, archives, and links. What people were told of links is held against
//! what a link shows later; the rest is the auditor's.

use crate::{
    malice::somebody_is_gone,
    run::{read, request},
    sim::Sim,
    wishes,
};
use atelier::http::{self, Method, Payload};
use serde_json::{Value, json};
use std::{cell::RefCell, rc::Rc};

/// What somebody knows of a link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Whose it is.
    cookie: String,
    id: String,
    token: String,
    generation: String,
    recipe: bool,
    /// Its owner was told that it is gone.
    ended: bool,
}

/// The links of everybody.
pub type Links = Rc<RefCell<Vec<Link>>>;

async fn ask(sim: &Sim, cookie: &str, method: Method, path: &str, query: &str, body: &Value) -> (u16, Value) {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let mut request = request(method, path, cookie, bytes);
    query.clone_into(&mut request.query);
    let response = http::handle(sim, &request).await;
    let answer = read(&response);
    sim.world.borrow_mut().note(&format!("  {method:?} {path}?{query} → {}", response.status));
    let expected = matches!(response.status, 200 | 201 | 204 | 400 | 404 | 409 | 413 | 503) || response.status == 401 && somebody_is_gone(sim);
    assert!(expected, "{method:?} {path}?{query} {body}: {} {answer}", response.status);
    (response.status, answer)
}

/// Somebody puts works in order, or looks for some.
pub async fn tidy(sim: Sim, cookie: String) {
    let choose = |end: u64| sim.world.borrow_mut().dice.below(end);
    let folders = ask(&sim, &cookie, Method::Get, "/api/folders", "", &Value::Null).await.1;
    let folders: Vec<String> = folders["folders"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect();
    let folder = if folders.is_empty() { None } else { Some(folders[sim.world.borrow_mut().dice.index(folders.len())].clone()) };
    // A name of a few: some are taken.
    let name = ["Winter", "winter", "Été", "E\u{301}te\u{301}", "Sea"][usize::try_from(choose(5)).unwrap()];
    let name = json!({"name": name});
    let work = wishes::any(&sim, &cookie).await.and_then(|one| one["id"].as_str().map(str::to_owned));
    let of = |id: &Option<String>, last: &str| id.as_ref().map(|id| format!("/api/generations/{id}{last}"));
    match choose(9) {
        0 | 1 => drop(ask(&sim, &cookie, Method::Post, "/api/folders", "", &name).await),
        2 => {
            if let Some(folder) = folder {
                ask(&sim, &cookie, Method::Patch, &format!("/api/folders/{folder}"), "", &name).await;
            }
        }
        3 => {
            if let Some(folder) = folder {
                ask(&sim, &cookie, Method::Delete, &format!("/api/folders/{folder}"), "", &Value::Null).await;
            }
        }
        4 | 5 => {
            if let Some(path) = of(&work, "") {
                ask(&sim, &cookie, Method::Patch, &path, "", &json!({"favourite": choose(2) == 0, "folder": folder})).await;
            }
        }
        6 => {
            let Some(work) = work else { return };
            let other = wishes::any(&sim, &cookie).await.and_then(|one| one["id"].as_str().map(str::to_owned)).unwrap_or_else(|| work.clone());
            let body = json!({"ids": [work, other], "action": "move", "folder": folder});
            ask(&sim, &cookie, Method::Post, "/api/generations/bulk", "", &body).await;
        }
        7 => {
            let query =
                ["q=fox", "q=sea%20dus", "status=saving,running", "folder=none&favourite=true", "kind=upscale"][usize::try_from(choose(5)).unwrap()];
            ask(&sim, &cookie, Method::Get, "/api/generations", query, &Value::Null).await;
        }
        _ => {
            let Some(path) = of(&work, "/lineage") else { return };
            ask(&sim, &cookie, Method::Get, &path, "", &Value::Null).await;
            let mut request = request(Method::Get, "/api/generations/zip", &cookie, Vec::new());
            request.query = format!("ids={}", work.unwrap_or_default());
            let response = http::handle(&sim, &request).await;
            let begins = match &response.body {
                Payload::Media(bytes) => bytes.starts_with(b"PK"),
                _ => response.status != 200,
            };
            assert!(begins, "an archive: {}", response.status);
        }
    }
}

/// Somebody shares a work, or takes a link back, or opens one.
pub async fn share(sim: Sim, cookie: String, links: Links) {
    let what = sim.world.borrow_mut().dice.below(5);
    match what {
        0 | 1 => {}
        2 => {
            let Some(link) = links.borrow().iter().rfind(|link| link.cookie == cookie).cloned() else { return };
            let (status, _) = ask(&sim, &cookie, Method::Delete, &format!("/api/shares/{}", link.id), "", &Value::Null).await;
            if matches!(status, 204 | 404) {
                links.borrow_mut().iter_mut().filter(|one| one.id == link.id).for_each(|one| one.ended = true);
            }
            return;
        }
        _ => {
            let all = links.borrow().clone();
            if all.is_empty() {
                return;
            }
            let link = all[sim.world.borrow_mut().dice.index(all.len())].clone();
            return open(&sim, &link).await;
        }
    }
    let Some(work) = wishes::any(&sim, &cookie).await else { return };
    let (generation, recipe) = (work["id"].as_str().unwrap().to_owned(), sim.world.borrow_mut().dice.below(2) == 0);
    let (status, made) =
        ask(&sim, &cookie, Method::Post, &format!("/api/generations/{generation}/shares"), "", &json!({"recipe": recipe, "days": 7})).await;
    if status == 201 {
        let token = made["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let id = made["id"].as_str().unwrap().to_owned();
        links.borrow_mut().push(Link { cookie, id, token, generation, recipe, ended: false });
    }
}

/// Opens a link as somebody without an account does.
async fn open(sim: &Sim, link: &Link) {
    let (status, shown) = ask(sim, "", Method::Get, &format!("/api/shared/{}", link.token), "", &Value::Null).await;
    let mut world = sim.world.borrow_mut();
    if status == 200 && link.ended {
        world.complain(&format!("the link {} shows {} although it was taken back", link.id, link.generation));
    }
    if status == 200 && (shown["recipe"].is_null() == link.recipe || shown["outputs"].as_array().is_none_or(Vec::is_empty)) {
        world.complain(&format!("the link {link:?} shows {shown}"));
    }
}

/// When all is quiet: a link shows what its owner wants, or nothing; and what was deleted is shown by none.
pub async fn check(sim: Sim, links: Links) {
    let all = links.borrow().clone();
    for link in all {
        open(&sim, &link).await;
        let is_there = |sim: &Sim| !sim.world.borrow().database.ask_about(r#"SELECT 1 FROM share WHERE "id" = ?1"#, &[&link.id]).is_empty();
        let has_work =
            |sim: &Sim| !sim.world.borrow().database.ask_about(r#"SELECT 1 FROM generation WHERE "id" = ?1"#, &[&link.generation]).is_empty();
        if is_there(&sim) && (link.ended || !has_work(&sim)) {
            sim.world.borrow_mut().complain(&format!("the link {} is kept although nothing is shown by it", link.id));
        }
    }
}
