//! Plain requests and responses: what the outside world sees, without any runtime in it.

mod account;
mod auth;
mod billing;
mod filter;
mod folders;
mod generations;
mod headers;
mod keys;
mod library;
mod live;
mod media;
mod money;
#[cfg(not(target_arch = "wasm32"))]
pub mod openapi;
mod problem;
mod request;
mod response;
mod routes;
mod shapes;
mod shares;
mod uploads;

pub use request::{Body, Method, Request};
pub use response::{Listening, Payload, Response};
pub use routes::{ROUTES, Route};

use crate::{
    domain::{
        ids,
        picture::size,
        settings::{Misconfigured, Settings},
        time::Timestamp,
        upload,
    },
    platform::Platform,
    vendors::{callback, upload_url},
};
use routes::{Matched, Operation};

/// The OpenAPI document, made from the code by `http::openapi` and kept current by a test.
const OPENAPI: &str = include_str!("../../openapi.json");

/// How a request's body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyRules {
    /// The most that is read of it, in bytes.
    pub bytes_max: usize,
    /// Memory in bytes that is taken before any of it is read, until the request is answered.
    pub room: Option<u64>,
    /// How long it may take to come, in milliseconds, if it holds memory meanwhile.
    pub ms_max: i64,
}

/// How a body of that `Content-Length` is read. Forms are small; a host's message echoes its inputs, and pictures are large, but only who knows an address that we
/// made, and that is still good, may send so much, since the isolate's memory is everybody's.
#[must_use]
pub fn body_rules(settings: &Settings, now: Timestamp, method: Method, path: &str, length: Option<u64>) -> BodyRules {
    let parts = path.strip_prefix("/webhooks/").and_then(|rest| rest.split_once('/'));
    let last = path.strip_prefix("/api/uploads/").filter(|_| method == Method::Put);
    let upload = last.and_then(|last| upload_url::open(&settings.upload_keys, now, last));
    let ours = parts.is_some_and(|(host, last)| callback::read(&settings.callback_keys, host, last).is_some());
    let bytes_max = match path {
        _ if upload.is_some() => upload::BYTES_MAX,
        _ if ours => 8 * 1024 * 1024,
        // An invoice of a hundred lines.
        "/webhooks/stripe" => 512 * 1024,
        _ => 64 * 1024,
    };
    let room = upload.map(|_| upload::room(length));
    BodyRules { bytes_max, room, ms_max: size::TAKEN_MS }
}

/// Answers a request.
pub async fn handle<P: Platform>(p: &P, request: &Request) -> Response<P::Media> {
    let id = ids::sortable(p.now(), |bytes| p.random(bytes));
    let mut response = answer(p, request, &id).await;
    if response.status >= 500 {
        p.log(
            "request.failed",
            &[("request", &id), ("path", routes::name_for_log(&request.path)), ("reason", response.reason.as_deref().unwrap_or("?"))],
        );
    }
    headers::finish(&mut response, p.settings().is_https(), &id);
    response
}

/// Answers every request of a Worker whose configuration is incomplete: it refuses to run open.
#[must_use]
pub fn refuse_to_serve<M>(misconfigured: &Misconfigured, id: &str) -> Response<M> {
    let mut response = problem::unavailable(id, &misconfigured.to_string());
    headers::finish(&mut response, true, id);
    response
}

/// Answers who wanted to listen to a feed that did not take the connection.
#[must_use]
pub fn feed_is_away<M>(https: bool, id: &str) -> Response<M> {
    let mut response = problem::unavailable(id, "the feed did not answer");
    headers::finish(&mut response, https, id);
    response
}

async fn answer<P: Platform>(p: &P, request: &Request, id: &str) -> Response<P::Media> {
    if request.path.strip_prefix(auth::BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return auth::handle(p, request).await;
    }
    let operation = match routes::find(request.method, &request.path) {
        Matched::Found(operation) => operation,
        Matched::OtherMethod(allow) => return problem::wrong_method(id, &allow),
        Matched::Nothing => return problem::not_found(id),
    };
    let result = match operation {
        Operation::Health => Ok(Response::json(200, &serde_json::json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))),
        Operation::OpenApi => Ok(Response::fixed("application/json", OPENAPI.as_bytes())),
        Operation::Studio => Ok(account::studio(p)),
        Operation::GetAccount => account::get(p, request).await,
        Operation::ConfirmAge => account::confirm_age(p, request).await,
        Operation::ListAccountSessions => account::sessions(p, request).await,
        Operation::EndAccountSession(of) => account::end_session(p, request, &of).await,
        Operation::Models => Ok(generations::models(p)),
        Operation::Plans => Ok(billing::plans(p)),
        Operation::Billing => billing::overview(p, request).await,
        Operation::BeginCheckout => billing::begin(p, request).await,
        Operation::GetCheckout(of) => billing::checkout(p, request, &of).await,
        Operation::Portal => billing::portal(p, request).await,
        Operation::Invoices => billing::invoices(p, request).await,
        Operation::OpenInvoice(which) => billing::invoice(p, request, &which).await,
        Operation::Ledger => billing::ledger(p, request).await,
        Operation::SetSpending => keys::set_spending(p, request).await,
        Operation::Keys => keys::list(p, request).await,
        Operation::MakeKey => keys::make(p, request).await,
        Operation::LimitKey(of) => keys::limit(p, request, &of).await,
        Operation::EndKey(of) => keys::end(p, request, &of).await,
        Operation::Quote => generations::quote(p, request),
        Operation::StripeWebhook => billing::webhook(p, request).await,
        Operation::CreateGeneration => generations::create(p, request).await,
        Operation::ListGenerations => library::list(p, request).await,
        Operation::GetGeneration(of) => generations::get(p, request, &of).await,
        Operation::CancelGeneration(of) => generations::cancel(p, request, &of).await,
        Operation::DeleteGeneration(of) => generations::delete(p, request, &of).await,
        Operation::Listen => live::listen(p, request).await,
        Operation::ChangeGeneration(of) => library::change(p, request, &of).await,
        Operation::BulkGenerations => library::bulk(p, request).await,
        Operation::ZipGenerations => library::zip(p, request).await,
        Operation::Lineage(of) => library::lineage(p, request, &of).await,
        Operation::Folders => folders::list(p, request).await,
        Operation::MakeFolder => folders::make(p, request).await,
        Operation::RenameFolder(of) => folders::rename(p, request, &of).await,
        Operation::DeleteFolder(of) => folders::delete(p, request, &of).await,
        Operation::MakeShare(of) => shares::make(p, request, &of).await,
        Operation::Shares => shares::list(p, request).await,
        Operation::EndShare(of) => shares::end(p, request, &of).await,
        Operation::OpenShared(token) => shares::open(p, request, &token).await,
        Operation::BeginUpload => uploads::begin(p, request).await,
        Operation::TakeUpload(last) => uploads::take(p, request, &last).await,
        Operation::ListUploads => uploads::list(p, request).await,
        Operation::DeleteUpload(of) => uploads::delete(p, request, &of).await,
        Operation::Media(key) => media::get(p, request, &key).await,
        Operation::HostWebhook(key) => generations::webhook(p, request, &key).await,
    };
    result.unwrap_or_else(|refusal| problem::answer(id, &refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        settings::tests::example,
        upload::{BYTES_MAX, OPEN_MS, UploadId},
    };

    #[test]
    fn only_an_open_address_takes_a_large_body_and_takes_room_for_it() {
        let settings = Settings::read(example).unwrap();
        let now = Timestamp::from_ms(1_767_225_600_000);
        let path = upload_url::path(&settings.upload_keys, &UploadId::new(now, |bytes| bytes.fill(3)));
        let rules = |method, later_ms, path: &str, length| {
            let rules = body_rules(&settings, now.plus_ms(later_ms), method, path, length);
            (rules.bytes_max, rules.room)
        };
        let largest = BYTES_MAX as u64;
        assert_eq!(rules(Method::Put, 0, &path, Some(1000)), (BYTES_MAX, Some(4000)));
        assert_eq!(rules(Method::Put, OPEN_MS - 1, &path, None), (BYTES_MAX, Some(4 * largest)), "the length is not said");
        assert_eq!(rules(Method::Put, 0, &path, Some(u64::MAX)), (BYTES_MAX, Some(4 * largest)));
        assert!(4 * largest <= size::WORK_BYTES_MAX, "the largest fits");
        for (method, later_ms, path) in [(Method::Put, OPEN_MS, path.clone()), (Method::Post, 0, path.clone()), (Method::Put, 0, format!("{path}x"))]
        {
            assert_eq!(rules(method, later_ms, &path, Some(1000)), (64 * 1024, None), "{path}");
        }
    }
}
