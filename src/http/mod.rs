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
        settings::{Misconfigured, Settings},
        upload,
    },
    platform::Platform,
    vendors::{callback, upload_url},
};
use routes::{Matched, Operation};

/// The OpenAPI document, made from the code by `http::openapi` and kept current by a test.
const OPENAPI: &str = include_str!("../../openapi.json");

/// The most that is read of a request's body, in bytes. Forms are small; a host's message echoes its inputs, and pictures are large, but only who knows
/// an address that we made may send so much, since the isolate's memory is everybody's.
#[must_use]
pub fn body_bytes_max(settings: &Settings, path: &str) -> usize {
    let parts = path.strip_prefix("/webhooks/").and_then(|rest| rest.split_once('/'));
    let upload = path.strip_prefix("/api/uploads/").and_then(|last| upload_url::read(&settings.upload_keys, last));
    let ours = parts.is_some_and(|(host, last)| callback::read(&settings.callback_keys, host, last).is_some());
    match path {
        _ if upload.is_some() => upload::BYTES_MAX,
        _ if ours => 8 * 1024 * 1024,
        // An invoice of a hundred lines.
        "/webhooks/stripe" => 512 * 1024,
        _ => 64 * 1024,
    }
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
