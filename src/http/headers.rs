//! Headers of every response of the Worker. The page's own are in `web/public/_headers`.

use super::Response;

/// Adds what every response has to say, unless it has said so itself.
pub fn finish<M>(response: &mut Response<M>, https: bool, request_id: &str) {
    let always = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in always {
        if !response.has(name) {
            response.headers.push((name, value.to_owned()));
        }
    }
    if https {
        response.headers.push(("strict-transport-security", "max-age=63072000; includeSubDomains".to_owned()));
    }
    response.headers.push(("x-request-id", request_id.to_owned()));
}
