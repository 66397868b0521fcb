//! Pictures in the history of generations: brought, thrown away, worked on, and fetched by the hosts.

use crate::{
    malice::somebody_is_gone,
    run::{read, request},
    sim::{ORIGIN, Sim},
};
use atelier::{
    domain::{
        bundle::{Bundle, NOTE},
        time::Timestamp,
        zip::Archive,
    },
    http::{self, Body, Method, Payload, Request},
    platform::{Platform as _, Stored},
};
use atelier_sandbox::fetching::{Fetch, Fetched};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// The pictures that somebody has brought.
pub type Shelf = Rc<RefCell<Vec<String>>>;

/// What a host wants to have fetched.
pub struct Wanted {
    of_fal: bool,
    fetch: Fetch,
}

/// What the hosts want to have fetched now.
pub fn wanted(sim: &Sim) -> Vec<Wanted> {
    let mut world = sim.world.borrow_mut();
    let mut wanted: Vec<_> = world.replicate.fetches().into_iter().map(|fetch| Wanted { of_fal: false, fetch }).collect();
    wanted.extend(world.fal.fetches().into_iter().map(|fetch| Wanted { of_fal: true, fetch }));
    wanted
}

/// A host fetches a source from us, if the network lets it.
pub async fn fetch(sim: Sim, Wanted { of_fal, fetch: Fetch { id, url } }: Wanted) {
    let lost = {
        let mut world = sim.world.borrow_mut();
        let fault_percent = world.fault_percent;
        world.dice.chance(fault_percent)
    };
    let (path, query) = url.strip_prefix(ORIGIN).and_then(|target| target.split_once('?')).expect("sources are at addresses of ours");
    let request =
        Request { method: Method::Get, path: path.to_owned(), query: query.to_owned(), headers: BTreeMap::new(), body: Body::Bytes(vec![]) };
    let response = if lost { None } else { Some(http::handle(&sim, &request).await) };
    let fetched = match response.map(|response| (response.status, response.body)) {
        Some((200, Payload::Media(bytes))) => Fetched::Bytes(bytes),
        Some((status, _)) => Fetched::Status(status),
        None => Fetched::Nothing,
    };
    let now = sim.now().ms();
    let mut world = sim.world.borrow_mut();
    if of_fal { world.fal.fetched(now, id, fetched) } else { world.replicate.fetched(now, id, fetched) }
}

/// A picture as somebody has it: one that a model has painted for anybody.
pub fn any(sim: &Sim) -> Option<Vec<u8>> {
    let world = sim.world.borrow();
    world.media.values().find(|(_, stored)| stored.facts.media_type.name().starts_with("image/")).map(|(bytes, _)| bytes.clone())
}

/// Announces a picture and brings it; sometimes twice, sometimes never.
pub async fn bring(sim: Sim, cookie: String, shelf: Shelf) {
    let Some(picture) = any(&sim) else { return };
    let announced = http::handle(&sim, &request(Method::Post, "/api/uploads", &cookie, b"{}".to_vec())).await;
    assert!(matches!(announced.status, 201 | 409 | 503) || announced.status == 401 && somebody_is_gone(&sim), "{}", read(&announced));
    let announced = read(&announced);
    let Some(id) = announced["id"].as_str().map(str::to_owned) else { return };
    let put = request(Method::Put, announced["putUrl"].as_str().unwrap(), "", picture);
    let copies = sim.world.borrow_mut().dice.below(3);
    for _ in 0..copies {
        let stored = http::handle(&sim, &put).await;
        sim.world.borrow_mut().note(&format!("  upload {id} → {}", stored.status));
        assert!(matches!(stored.status, 201 | 403 | 404 | 503), "{}", read(&stored));
    }
    shelf.borrow_mut().push(id);
}

/// Throws a picture away.
pub async fn throw_away(sim: Sim, cookie: String, id: String) {
    let gone = http::handle(&sim, &request(Method::Delete, &format!("/api/uploads/{id}"), &cookie, vec![])).await;
    sim.world.borrow_mut().note(&format!("  throw away {id} → {}", gone.status));
    assert!(matches!(gone.status, 204 | 404 | 503) || gone.status == 401 && somebody_is_gone(&sim), "{}", read(&gone));
}

/// An order that starts from a picture, if there is one: brought, or made here before.
pub fn order(sim: &Sim, user: &str, shelf: &Shelf, prompt: &str) -> Option<Value> {
    let mut world = sim.world.borrow_mut();
    let mut pictures = shelf.borrow().clone();
    let made = r#"SELECT "generationId" || '/' || "n" FROM generation_output WHERE "userId" = ?1 AND "mediaType" LIKE 'image/%'"#;
    pictures.extend(world.database.ask_about(made, &[&user]).into_iter().map(|row| row[0].clone()));
    if pictures.is_empty() {
        return None;
    }
    let mut any = || pictures[world.dice.index(pictures.len())].clone();
    let (one, other) = (any(), any());
    let mut order = match world.dice.below(6) {
        0 => json!({"model": "flux-kontext-pro", "image": one}),
        1 => json!({"model": "nano-banana-blend", "images": [one, other]}),
        2 => json!({"model": "flux-dev-remix", "image": one, "strength": 0.5}),
        3 => return Some(json!({"model": "real-esrgan", "image": one})),
        4 => return Some(json!({"model": "background-remover", "image": one})),
        _ => json!({"model": "seedance-1-pro-animate", "image": one, "lastImage": other, "duration": 2}),
    };
    order["prompt"] = json!(prompt);
    Some(order)
}

/// An archive as the edge writes it, all at once.
pub fn bundle(media: &BTreeMap<String, (Vec<u8>, Stored)>, bundle: &Bundle, now: Timestamp) -> Vec<u8> {
    let (mut archive, mut written, mut gone) = (Archive::default(), Vec::new(), Vec::new());
    for file in &bundle.files {
        match media.get(&file.media_key) {
            Some((bytes, _)) => written.extend(archive.file(&file.name, file.at, bytes).unwrap()),
            None => gone.push(file.name.as_str()),
        }
    }
    if let Some(note) = bundle.note(&gone) {
        written.extend(archive.file(NOTE, now, note.as_bytes()).unwrap());
    }
    written.extend(archive.close().unwrap());
    written
}
