//! Those who mean ill, or know no better: orders that make no sense, files that are not what they say, messages that no host sent, and accounts that are
//! deleted while something is made for them. What they are told is checked here; what they bring about, by the auditor.

use crate::{
    messages::Delivery,
    pictures,
    run::{read, request},
    sim::Sim,
};
use atelier::http::{self, Method};
use serde_json::json;

/// What the keys of orders begin with that must never come to anything.
pub const NONSENSE: &str = "nonsense";

/// True if somebody's session ended with the account.
pub fn somebody_is_gone(sim: &Sim) -> bool {
    sim.world.borrow().database.ask(r#"SELECT "id" FROM "user""#).len() < crate::run::USERS
}

/// An order that is refused, whatever it is that is wrong with it.
pub async fn order_nonsense(sim: Sim, cookie: String, user: String, key: String) {
    let foreign = {
        let world = sim.world.borrow();
        let of_others = r#"SELECT "generationId" || '/' || "n" FROM generation_output WHERE "userId" <> ?1
            UNION ALL SELECT "id" FROM upload WHERE "userId" <> ?1 AND "storedAt" IS NOT NULL"#;
        world.database.ask_about(of_others, &[&user]).pop().map(|mut row| row.remove(0))
    };
    let bodies = [
        b"{".to_vec(),
        b"[]".to_vec(),
        text(&json!({"model": "flux-schnell"})),
        text(&json!({"model": "flux-schnell", "prompt": "   "})),
        text(&json!({"model": "flux-schnell", "prompt": "x".repeat(50_000)})),
        text(&json!({"model": "flux-schnell", "prompt": "x", "outputs": 99})),
        text(&json!({"model": "flux-schnell", "prompt": "x", "outputs": "two"})),
        text(&json!({"model": "flux-schnell", "prompt": "x", "seed": -1})),
        text(&json!({"model": "flux-schnell", "prompt": "x", "colour": "red"})),
        text(&json!({"model": "flux-schnell", "prompt": "x", "image": "00000000000000000000000000"})),
        text(&json!({"model": "flux-nobody", "prompt": "x"})),
        text(&json!({"model": "flux-kontext-pro", "prompt": "x"})),
        text(&json!({"model": "flux-kontext-pro", "prompt": "x", "image": "https://example.com/a.png"})),
        text(&json!({"model": "flux-kontext-pro", "prompt": "x", "image": "00000000000000000000000000"})),
        text(&json!({"model": "nano-banana-blend", "prompt": "x", "images": []})),
        // Somebody else's, if there is one.
        text(&json!({"model": "flux-kontext-pro", "prompt": "x", "image": foreign})),
    ];
    let body = bodies[sim.world.borrow_mut().dice.index(bodies.len())].clone();
    let shown = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
    let mut request = request(Method::Post, "/api/generations", &cookie, body);
    request.headers.insert("idempotency-key".to_owned(), key);
    let response = http::handle(&sim, &request).await;
    sim.world.borrow_mut().note(&format!("  nonsense {shown} → {}", response.status));
    // An account without credits, or with enough on its way, is told that first.
    let refused = matches!(response.status, 400 | 402 | 404 | 429 | 503) || response.status == 401 && somebody_is_gone(&sim);
    assert!(refused, "{shown}: {} {}", response.status, read(&response));
}

/// Announces a picture and brings something else.
pub async fn bring_rubbish(sim: Sim, cookie: String) {
    const PNG: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    const SCRIPT: &[u8] = b"<script>alert(1)</script>";
    let picture = pictures::any(&sim);
    let announced = http::handle(&sim, &request(Method::Post, "/api/uploads", &cookie, b"{}".to_vec())).await;
    let answer = read(&announced);
    let Some((id, url)) = answer["id"].as_str().zip(answer["putUrl"].as_str()) else { return };
    // A header that speaks of 60 000 × 60 000 pixels.
    let bomb = [&PNG[..], &[0, 0, 0, 13], b"IHDR", &60_000_u32.to_be_bytes(), &60_000_u32.to_be_bytes(), &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat();
    let polyglot = picture.map(|picture| [&picture[..], SCRIPT].concat());
    let rubbish = [
        Vec::new(),
        br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#.to_vec(),
        b"<!doctype html><script>alert(1)</script>".to_vec(),
        [&PNG[..], SCRIPT].concat(),
        [b"GIF89a", SCRIPT].concat(),
        bomb,
        polyglot.unwrap_or_default(),
    ];
    let file = rubbish[sim.world.borrow_mut().dice.index(rubbish.len())].clone();
    let stored = http::handle(&sim, &request(Method::Put, url, "", file)).await;
    sim.world.borrow_mut().note(&format!("  rubbish {id} → {}", stored.status));
    // A picture that something hangs on is taken in without it.
    assert!(matches!(stored.status, 201 | 400 | 403 | 404 | 503), "{}", read(&stored));
    let world = sim.world.borrow();
    let kept = world.media.get(&format!("upload/{id}"));
    assert!(kept.is_none_or(|(bytes, _)| !bytes.windows(SCRIPT.len()).any(|part| part == SCRIPT)), "{id} was stored as it came");
}

/// Somebody deletes the account, whatever is being made for it.
pub async fn delete_account(sim: Sim, cookie: String) {
    let response = http::handle(&sim, &request(Method::Post, "/api/auth/delete-user", &cookie, b"{}".to_vec())).await;
    sim.world.borrow_mut().note(&format!("  delete account → {}", response.status));
    let answered = matches!(response.status, 200 | 500 | 503) || response.status == 401 && somebody_is_gone(&sim);
    assert!(answered, "{} {}", response.status, read(&response));
}

/// A message as somebody sends it who is not the host: with other words, of another time, or to another address.
pub async fn forge(sim: Sim, delivery: Delivery, other: Option<String>) {
    let Delivery { mut url, mut body, mut headers, .. } = delivery.clone();
    let way = sim.world.borrow_mut().dice.below(5);
    match way {
        // The end that the forger would like.
        0 => {
            let words = String::from_utf8_lossy(&body).into_owned();
            let turned = match (words.contains("\"succeeded\""), words.contains("\"failed\"")) {
                (true, _) => words.replace("\"succeeded\"", "\"failed\""),
                (_, true) => words.replace("\"failed\"", "\"succeeded\""),
                _ => words.replace("\"OK\"", "\"ERROR\"").replace("\"processing\"", "\"failed\"").replace("\"starting\"", "\"failed\""),
            };
            body = if turned == words { format!("{words} ").into_bytes() } else { turned.into_bytes() };
        }
        1 => {
            for (_, value) in headers.iter_mut().filter(|(name, _)| name.to_ascii_lowercase().ends_with("timestamp")) {
                *value = (value.parse::<i64>().unwrap_or_default() + 1).to_string();
            }
        }
        2 => headers.clear(),
        3 => url = format!("{}0000000000000000", &url[..url.len() - 16]),
        // What one run is told, said of another: what the host signs for Replicate names its address.
        _ => match other
            .filter(|other| *other != url && !delivery.of_fal && url.contains("/webhooks/replicate/") && other.contains("/webhooks/replicate/"))
        {
            Some(other) => url = other,
            None => headers.clear(),
        },
    }
    let response = http::handle(&sim, &Delivery { url, headers, body, ..delivery.clone() }.request()).await;
    sim.world.borrow_mut().note(&format!("  forged message ({way}) of {} → {}", delivery.id, response.status));
    if !matches!(response.status, 401 | 503) {
        sim.world.borrow_mut().complain(&format!("a forged message ({way}) of {} was answered {}", delivery.id, response.status));
    }
}

fn text(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
