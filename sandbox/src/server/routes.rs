//! Which party answers which path.

use super::{Shared, controls};
use crate::exchange::{Request, Response};

/// Answers a request, but for its picture, which needs no lock. The vendors' requests are recorded; the controls' are not.
pub(super) fn answer(shared: &Shared, request: &Request) -> Response {
    let path = request.path.split('?').next().unwrap_or_default();
    let mut parties = shared.parties();
    let now_ms = shared.clock.now_ms();
    if path.starts_with("/sandbox/") || path.starts_with("/mailbox") || path == "/favicon.ico" {
        return controls::answer(shared, &mut parties, now_ms, request, path);
    }
    parties.traffic.record(now_ms, &request.method, &request.path, &request.headers, &request.body);
    match (request.method.as_str(), path) {
        _ if path.starts_with("/replicate/") => parties.replicate.begin(now_ms, request),
        _ if path.starts_with("/fal/") => parties.fal.begin(now_ms, request),
        _ if path.starts_with("/openai/") => parties.openai.begin(now_ms, request),
        _ if path.starts_with("/google/") => parties.google.begin(now_ms, request),
        // The vendor's client can be told a host, but no path before `/v1`.
        _ if path.starts_with("/stripe/") || path.starts_with("/v1/") => parties.stripe.handle(now_ms, request),
        ("POST", "/mail/emails") => parties.mailbox.handle(now_ms, request),
        _ => controls::nothing_here(),
    }
}
