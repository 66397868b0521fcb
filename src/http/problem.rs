//! Errors as `application/problem+json` (RFC 9457) with a stable `code`. 4xx say what to do; 5xx say nothing but a request id.

use super::Response;
use crate::{
    domain::library::{self, ARCHIVE_BYTES_MAX},
    error::Error,
    store::ledger::Blocked,
};
use serde_json::{Map, Value, json};

/// What is wrong with a request before any use case sees it, or what a use case said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A use case's error.
    Deed(Error),
    /// The body is too large.
    TooLarge,
    /// The body took too long to come.
    TooSlow,
    /// The content type is not JSON.
    NotJsonType,
    /// The body is not JSON, or not an object.
    NotJson,
    /// The request comes from another site.
    ForeignOrigin,
    /// Only a WebSocket can listen.
    NoUpgrade,
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Deed(error.into())
    }
}

/// Builds a problem.
fn problem<M>(id: &str, status: u16, code: &str, title: &str, more: Value) -> Response<M> {
    let mut body = Map::new();
    body.insert("type".to_owned(), Value::from(format!("urn:atelier:problem:{code}")));
    body.insert("title".to_owned(), Value::from(title));
    body.insert("status".to_owned(), Value::from(status));
    body.insert("code".to_owned(), Value::from(code));
    if let Value::Object(more) = more {
        body.extend(more);
    }
    body.insert("requestId".to_owned(), Value::from(id));
    let mut response = Response::json(status, &body);
    response.headers.clear();
    response.with("content-type", "application/problem+json")
}

/// The answer to a refusal.
pub fn answer<M>(id: &str, refusal: &Refusal) -> Response<M> {
    let detail = |text: &str| json!({ "detail": text });
    match refusal {
        Refusal::TooLarge => problem(id, 413, "body_too_large", "The request is too large", detail("Send a smaller body.")),
        Refusal::TooSlow => {
            problem(id, 408, "body_too_slow", "The file took too long to come", detail("Send a smaller file, or try where the connection is better."))
        }
        Refusal::NotJsonType => {
            problem(id, 415, "unsupported_media_type", "Only JSON is accepted", detail("Send the body with Content-Type: application/json."))
        }
        Refusal::NotJson => problem(id, 400, "invalid_json", "The body is not a JSON object", detail("Send one JSON object.")),
        Refusal::ForeignOrigin => problem(id, 403, "foreign_origin", "Requests of other sites are refused", detail("Use the studio's own page.")),
        Refusal::NoUpgrade => {
            problem(id, 426, "upgrade_required", "This is a WebSocket", detail("Send Upgrade: websocket.")).with("upgrade", "websocket")
        }
        Refusal::Deed(error) => of_error(id, error),
    }
}

fn of_error<M>(id: &str, error: &Error) -> Response<M> {
    match error {
        Error::Unauthenticated => problem(id, 401, "unauthenticated", "Sign in first", json!({"detail": "There is no valid session."})),
        Error::NotFound => not_found(id),
        Error::Invalid { field, limit } => problem(
            id,
            400,
            "invalid_input",
            "An input is not accepted",
            json!({"detail": format!("{field}: {limit}"), "field": field, "limit": limit}),
        ),
        Error::UnknownModel => {
            problem(id, 400, "unknown_model", "There is no such model", json!({"detail": "GET /api/models lists the models.", "field": "model"}))
        }
        Error::InsufficientCredits { needed, available, cheaper } => problem(
            id,
            402,
            "insufficient_credits",
            "Not enough credits",
            json!({"detail": format!("This costs {needed} credits; {available} are available."), "needed": needed, "available": available,
                "shortfall": needed - available, "cheaper": cheaper.map(|(model, price)| json!({"model": model, "price": price}))}),
        ),
        Error::SpendingLimit { of_key, limit, resets_at } => problem(
            id,
            402,
            "spending_limit",
            "The day's limit would be passed",
            json!({"detail": format!("The limit is {limit} credits a day; a new day begins at {}.", resets_at.iso()),
                "scope": if *of_key { "key" } else { "account" }, "limit": limit, "resetsAt": resets_at}),
        ),
        Error::Blocked(Blocked::Model { plan, model }) => problem(
            id,
            403,
            "model_not_in_plan",
            "The plan does not have this model",
            json!({"detail": "Another plan has it: GET /api/plans.", "plan": plan, "model": model, "field": "model"}),
        ),
        Error::Blocked(Blocked::TooManyOpen(limit)) => problem(
            id,
            429,
            "too_many_open",
            "As many are running or waiting as the plan allows",
            json!({"detail": "Wait until one of them has ended.", "limit": limit}),
        ),
        Error::Blocked(Blocked::TooFast(limit)) => {
            let words = json!({"detail": format!("At most {limit} a minute."), "limit": limit});
            problem(id, 429, "too_fast", "Too many within a minute", words).with("retry-after", "60")
        }
        Error::QuoteExpired => problem(id, 422, "quote_expired", "The quote has expired", json!({"detail": "Ask for a new one.", "field": "quote"})),
        Error::QuoteRefused => {
            problem(id, 422, "quote_refused", "The quote is not for this request", json!({"detail": "Ask for a new one.", "field": "quote"}))
        }
        Error::BillingOff => problem(id, 409, "billing_off", "Nothing is sold here", json!({"detail": "The operator has switched payments off."})),
        Error::AlreadySubscribed => {
            problem(id, 409, "already_subscribed", "There is a subscription already", json!({"detail": "Change it in the portal instead."}))
        }
        Error::NoCustomer => problem(id, 409, "no_customer", "Nothing was bought yet", json!({"detail": "There is nothing to look after."})),
        Error::TooManyUploads => {
            problem(id, 409, "too_many_uploads", "There are too many pictures that nothing uses", json!({"detail": "Delete some, or use them."}))
        }
        Error::Library(refused) => of_library(id, *refused),
        Error::TooManyRequests { wait_s } => {
            let words = json!({"detail": format!("Wait {wait_s} seconds.")});
            problem(id, 429, "too_many_requests", "Too many requests", words).with("retry-after", wait_s.to_string())
        }
        Error::TooManyKeys => problem(id, 409, "too_many_keys", "There are too many API keys", json!({"detail": "End one that is not used."})),
        Error::KeyReused => problem(
            id,
            422,
            "idempotency_key_reused",
            "The idempotency key belongs to another request",
            json!({"detail": "Repeat a request with the same body, or use a new key."}),
        ),
        Error::TooLate => problem(id, 409, "too_late", "It has ended already", json!({"detail": "There is nothing to stop any more."})),
        Error::CannotStop => {
            problem(id, 409, "cannot_stop", "Its host cannot stop it", json!({"detail": "This host answers with the result itself. Wait for it."}))
        }
        Error::GenerationOpen => {
            problem(id, 409, "generation_open", "It is still running", json!({"detail": "It can be deleted once it has ended."}))
        }
        Error::HostRefused { generation } => problem(
            id,
            502,
            "host_refused",
            "The model host refused the request",
            json!({"detail": "Nothing was charged. The generation says why.", "generation": generation}),
        ),
        Error::WebhookRefused(reason) => {
            let mut response = problem(id, 401, "webhook_refused", "The message is not accepted", json!({"detail": reason}));
            response.reason = Some((*reason).to_owned());
            response
        }
        Error::NotLive => problem(id, 501, "live_off", "There are no live updates here", json!({"detail": "Ask GET /api/generations instead."})),
        Error::MediaRefused => problem(id, 403, "media_refused", "The address is not valid", json!({"detail": "It was changed, or it has expired."})),
        Error::Unavailable(reason) => unavailable(id, reason),
    }
}

fn of_library<M>(id: &str, refused: library::Refused) -> Response<M> {
    match refused {
        library::Refused::FolderExists => {
            problem(id, 409, "folder_exists", "There is a folder of that name", json!({"detail": "Choose another name.", "field": "name"}))
        }
        library::Refused::TooManyFolders => {
            problem(id, 409, "too_many_folders", "There are too many folders", json!({"detail": "Delete one: its works stay."}))
        }
        library::Refused::TooManyShares => {
            problem(id, 409, "too_many_shares", "There are too many links", json!({"detail": "Take one back that is not used."}))
        }
        library::Refused::NothingToShare => {
            problem(id, 409, "nothing_to_share", "There is nothing to see", json!({"detail": "Only what came to a good end can be shared."}))
        }
        library::Refused::ArchiveTooLarge(bytes) => {
            let words = json!({"detail": format!("These are {bytes} bytes; {ARCHIVE_BYTES_MAX} fit. Choose fewer."), "limit": ARCHIVE_BYTES_MAX});
            problem(id, 409, "archive_too_large", "The files are too large for one archive", words)
        }
    }
}

/// 404, the same for what does not exist and for what belongs to somebody else.
pub fn not_found<M>(id: &str) -> Response<M> {
    problem(id, 404, "not_found", "Not found", json!({"detail": "There is nothing here."}))
}

/// 405
pub fn wrong_method<M>(id: &str, allow: &str) -> Response<M> {
    problem(id, 405, "method_not_allowed", "The method is not allowed here", json!({"detail": format!("Allowed: {allow}.")})).with("allow", allow)
}

/// 503, which tells nothing.
pub fn unavailable<M>(id: &str, reason: &str) -> Response<M> {
    let mut response = problem(id, 503, "unavailable", "Temporarily unavailable", json!({})).with("retry-after", "5");
    response.reason = Some(reason.to_owned());
    response
}
