//! Which party answers which path.

use serde_json::{Value, json};

use super::{Parties, Shared};
use crate::{
    replicate::{Outage, Request, Response},
    time::rfc3339,
};

/// Answers a request, but for its picture, which needs no lock. The vendor's and the mail's requests are recorded; the controls' are not.
pub(super) fn answer(shared: &Shared, request: &Request) -> Response {
    let path = request.path.split('?').next().unwrap_or_default();
    let mut parties = shared.parties();
    let now_ms = shared.clock.now_ms();
    let controls = path.starts_with("/sandbox/") || path.starts_with("/mailbox");
    if !controls {
        parties.traffic.record(now_ms, &request.method, &request.path, &request.headers, &request.body);
    }
    match (request.method.as_str(), path) {
        _ if path.starts_with("/replicate/") => parties.replicate.begin(now_ms, request),
        ("POST", "/mail/emails") => mail(&mut parties, now_ms, request),
        ("GET", "/mailbox" | "/mailbox/") => page(&parties.mailbox.page()),
        ("GET", "/mailbox/messages") => Response::json(200, &parties.mailbox.json()),
        ("GET", "/sandbox/health") => Response::json(200, &health(shared)),
        ("POST", "/sandbox/clock") => clock(shared, request),
        ("GET", "/sandbox/traffic") => Response::json(200, &parties.traffic.json()),
        ("DELETE", "/sandbox/traffic") => {
            parties.traffic.clear();
            Response::bytes(204, "application/json", Vec::new())
        }
        ("GET", "/sandbox/replicate/predictions") => Response::json(200, &audit(&parties)),
        ("POST", "/sandbox/replicate/outage") => outage(&mut parties, request),
        _ => Response::problem(404, "Not found", "The sandbox has nothing at this path; see sandbox/README.md."),
    }
}

fn mail(parties: &mut Parties, now_ms: i64, request: &Request) -> Response {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    match parties.mailbox.accept(now_ms, bearer, &request.body) {
        Ok(id) => Response::json(200, &json!({"id": id})),
        Err(refusal) => {
            let body = json!({"statusCode": refusal.status, "name": refusal.name, "message": refusal.message});
            Response::json(refusal.status, &body)
        }
    }
}

fn page(html: &str) -> Response {
    let response = Response::bytes(200, "text/html; charset=utf-8", html.as_bytes().to_vec());
    response.with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
}

fn health(shared: &Shared) -> Value {
    json!({"status": "ok", "now": rfc3339(shared.clock.now_ms()), "offsetMs": shared.clock.offset_ms()})
}

fn clock(shared: &Shared, request: &Request) -> Response {
    let by_ms = serde_json::from_slice::<Value>(&request.body).ok().and_then(|body| body.get("advanceMs")?.as_i64()).filter(|by_ms| *by_ms >= 0);
    let Some(by_ms) = by_ms else {
        return Response::problem(422, "Invalid input", "The body is {\"advanceMs\": n} with a whole number of 0 or more.");
    };
    shared.clock.advance(by_ms);
    Response::json(200, &health(shared))
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

fn outage(parties: &mut Parties, request: &Request) -> Response {
    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let outage = match body.get("mode").and_then(Value::as_str) {
        Some("down") => Outage::Down,
        Some("up") => Outage::Up,
        Some("mute-webhooks") => Outage::MuteWebhooks,
        Some("deliver-webhooks") => Outage::DeliverWebhooks,
        _ => {
            let detail = "The body is {\"mode\": …}, one of \"down\", \"up\", \"mute-webhooks\", \"deliver-webhooks\".";
            return Response::problem(422, "Invalid input", detail);
        }
    };
    parties.replicate.outage(outage);
    Response::bytes(204, "application/json", Vec::new())
}
