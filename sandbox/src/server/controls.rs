//! The controls of tests and developers: what the vendors would never offer.

use serde_json::{Value, json};

use super::{Parties, Shared};
use crate::{
    exchange::{Request, Response},
    fal,
    google::{self, Forgery, Person},
    mailbox, openai, replicate,
    time::rfc3339,
};

/// How long an answer takes when the vendor is slow and nobody says how slow.
const DELAY_MS: u64 = 30_000;
const DELAY_MS_MAX: u64 = 600_000;
/// Whose token is minted when nobody is named.
const ANYBODY: &str = "ada@gmail.com";

pub(super) fn answer(shared: &Shared, parties: &mut Parties, now_ms: i64, request: &Request, path: &str) -> Response {
    match (request.method.as_str(), path) {
        ("GET", "/mailbox" | "/mailbox/") => parties.mailbox.page(),
        // Browsers ask for it on every page; it is no vendor's.
        ("GET", "/favicon.ico") => done(),
        ("GET", "/mailbox/messages") => Response::json(200, &parties.mailbox.json()),
        ("GET", "/sandbox/health") => Response::json(200, &health(shared, parties)),
        ("POST", "/sandbox/clock") => clock(shared, parties, request),
        ("GET", "/sandbox/traffic") => Response::json(200, &parties.traffic.json()),
        ("DELETE", "/sandbox/traffic") => {
            parties.traffic.clear();
            done()
        }
        ("GET", "/sandbox/replicate/predictions") => Response::json(200, &audit(parties)),
        ("POST", "/sandbox/replicate/outage") => replicate_outage(parties, request),
        ("GET", "/sandbox/fal/requests") => Response::json(200, &fal_audit(parties)),
        ("POST", "/sandbox/fal/outage") => fal_outage(parties, request),
        ("POST", "/sandbox/fal/rotate") => Response::json(200, &parties.fal.rotate()),
        ("GET", "/sandbox/openai/requests") => {
            Response::json(200, &json!({"requests": parties.openai.requests().map(Value::from).collect::<Vec<_>>()}))
        }
        ("POST", "/sandbox/openai/outage") => openai_outage(parties, request),
        ("POST", "/sandbox/mail/outage") => mail_outage(parties, request),
        ("POST", "/sandbox/google/outage") => google_outage(parties, request),
        ("POST", "/sandbox/google/rotate") => Response::json(200, &parties.google.rotate()),
        ("POST", "/sandbox/google/people") => person(parties, request),
        ("POST", "/sandbox/google/id-token") => id_token(parties, now_ms, request),
        (method, _) => match path.strip_prefix("/sandbox/stripe/") {
            Some(name) => parties.stripe.control(now_ms, method, name, &request.body),
            None => nothing_here(),
        },
    }
}

pub(super) fn nothing_here() -> Response {
    Response::problem(404, "Not found", "The sandbox has nothing at this path; see sandbox/README.md.")
}

fn done() -> Response {
    Response::bytes(204, "application/json", Vec::new())
}

fn invalid(detail: &str) -> Response {
    Response::problem(422, "Invalid input", detail)
}

fn health(shared: &Shared, parties: &Parties) -> Value {
    let messages = parties.replicate.messages() + parties.fal.messages();
    json!({"status": "ok", "now": rfc3339(shared.clock.now_ms()), "offsetMs": shared.clock.offset_ms(), "messages": messages})
}

fn clock(shared: &Shared, parties: &Parties, request: &Request) -> Response {
    let by_ms = serde_json::from_slice::<Value>(&request.body).ok().and_then(|body| body.get("advanceMs")?.as_i64()).filter(|by_ms| *by_ms >= 0);
    let Some(by_ms) = by_ms else {
        return invalid("The body is {\"advanceMs\": n} with a whole number of 0 or more.");
    };
    shared.clock.advance(by_ms);
    Response::json(200, &health(shared, parties))
}

fn audit(parties: &Parties) -> Value {
    let predictions = parties.replicate.predictions().map(|prediction| {
        json!({
            "id": prediction.id,
            "model": prediction.model,
            "status": prediction.status.name(),
            "webhook": prediction.webhook,
            "files": prediction.files,
            "createdAt": rfc3339(prediction.created_ms),
            "completedAt": prediction.completed_ms.map(rfc3339),
            "billed": prediction.billed,
            "dataRemoved": prediction.data_removed,
        })
    });
    json!({"predictions": predictions.collect::<Vec<_>>()})
}

fn fal_audit(parties: &Parties) -> Value {
    let requests = parties.fal.requests().map(|request| {
        json!({
            "id": request.id,
            "model": request.model,
            "status": request.status.name(),
            "result": request.result,
            "webhook": request.webhook,
            "files": request.files,
            "createdAt": rfc3339(request.created_ms),
            "completedAt": request.completed_ms.map(rfc3339),
            "billed": request.billed,
            "dataRemoved": request.data_removed,
        })
    });
    json!({"requests": requests.collect::<Vec<_>>()})
}

/// The mode and the delay of an outage's body.
fn mode(request: &Request) -> (String, u64) {
    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let delay_ms = body.get("delayMs").and_then(Value::as_u64).unwrap_or(DELAY_MS).min(DELAY_MS_MAX);
    (body.get("mode").and_then(Value::as_str).unwrap_or_default().to_owned(), delay_ms)
}

fn replicate_outage(parties: &mut Parties, request: &Request) -> Response {
    let outage = match mode(request).0.as_str() {
        "down" => replicate::Outage::Down,
        "up" => replicate::Outage::Up,
        "mute-webhooks" => replicate::Outage::MuteWebhooks,
        "deliver-webhooks" => replicate::Outage::DeliverWebhooks,
        _ => return invalid("The body is {\"mode\": …}, one of \"down\", \"up\", \"mute-webhooks\", \"deliver-webhooks\"."),
    };
    parties.replicate.outage(outage);
    done()
}

fn fal_outage(parties: &mut Parties, request: &Request) -> Response {
    let Some(outage) = fal::Outage::named(&mode(request).0) else {
        return invalid("The body is {\"mode\": …}, one of \"down\", \"up\", \"mute-webhooks\", \"deliver-webhooks\".");
    };
    parties.fal.outage(outage);
    done()
}

fn openai_outage(parties: &mut Parties, request: &Request) -> Response {
    let (mode, delay_ms) = mode(request);
    let Some(outage) = openai::Outage::named(&mode, delay_ms) else {
        return invalid("The body is {\"mode\": …}, one of \"up\", \"down\", \"slow\" (with \"delayMs\"), \"lost-answer\", \"throttled\".");
    };
    parties.openai.outage(outage);
    done()
}

fn mail_outage(parties: &mut Parties, request: &Request) -> Response {
    let (mode, delay_ms) = mode(request);
    let Some(outage) = mailbox::Outage::named(&mode, delay_ms) else {
        return invalid("The body is {\"mode\": …}, one of \"up\", \"down\", \"slow\" (with \"delayMs\"), \"lost-answer\", \"throttled\".");
    };
    parties.mailbox.outage(outage);
    done()
}

fn google_outage(parties: &mut Parties, request: &Request) -> Response {
    let (mode, delay_ms) = mode(request);
    let Some(outage) = google::Outage::named(&mode, delay_ms) else {
        return invalid(
            "The body is {\"mode\": …}, one of \"up\", \"down\", \"slow\" (with \"delayMs\"), \"garbage\", \"no-id-token\", \"invalid-grant\", \
             \"redirect\", \"keys-down\".",
        );
    };
    parties.google.outage(outage);
    done()
}

fn person(parties: &mut Parties, request: &Request) -> Response {
    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(person) = text("email").and_then(|email| Person::new(email, text("name").unwrap_or_default())) else {
        return invalid("The body is {\"email\": …}, and if you like \"name\", \"email_verified\", \"picture\" (true or false), \"hd\", \"sub\".");
    };
    let yes = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(true);
    let person = Person {
        email_verified: yes("email_verified"),
        picture: yes("picture"),
        hd: text("hd").map(str::to_owned),
        sub: text("sub").map_or_else(|| person.sub.clone(), str::to_owned),
        ..person
    };
    let shown = json!({
        "sub": person.sub,
        "email": person.email,
        "email_verified": person.email_verified,
        "name": person.name,
        "picture": person.picture,
        "hd": person.hd,
    });
    parties.google.meet(person);
    Response::json(200, &shown)
}

fn id_token(parties: &mut Parties, now_ms: i64, request: &Request) -> Response {
    let Ok(body @ Value::Object(_)) = serde_json::from_slice::<Value>(&request.body) else {
        return invalid("The body is a JSON object: {\"person\", \"claims\", \"header\", \"key\", \"next\"}, none of which is needed.");
    };
    let forgery = match Forgery::read(&body) {
        Ok(forgery) => forgery,
        Err(fault) => return invalid(&fault),
    };
    if body.get("next").and_then(Value::as_bool) == Some(true) {
        parties.google.forge_next(forgery);
        return done();
    }
    let Some(person) = parties.google.person(body.get("person").and_then(Value::as_str).unwrap_or(ANYBODY)) else {
        return invalid("person is an e-mail address.");
    };
    Response::json(200, &json!({"id_token": parties.google.mint(now_ms, &person, &forgery)}))
}
