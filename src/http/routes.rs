//! The route table: the router and the OpenAPI document are made from it.

use super::Method;
use crate::{
    domain::{
        generation::GenerationId,
        ids,
        library::{FolderId, ShareId},
        upload::UploadId,
    },
    vendors::hosts,
};

/// A route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path; `{…}` stands for one part, `{…+}` for the rest.
    pub path: &'static str,
    /// The name of the operation in the OpenAPI document.
    pub id: &'static str,
    make: fn(&str) -> Option<Operation>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    Health,
    OpenApi,
    Models,
    CreateGeneration,
    ListGenerations,
    GetGeneration(GenerationId),
    DeleteGeneration(GenerationId),
    CancelGeneration(GenerationId),
    Listen,
    ChangeGeneration(GenerationId),
    BulkGenerations,
    ZipGenerations,
    Lineage(GenerationId),
    Folders,
    MakeFolder,
    RenameFolder(FolderId),
    DeleteFolder(FolderId),
    MakeShare(GenerationId),
    Shares,
    EndShare(ShareId),
    OpenShared(String),
    BeginUpload,
    TakeUpload(String),
    ListUploads,
    DeleteUpload(UploadId),
    Media(String),
    HostWebhook(String),
    Studio,
    GetAccount,
    ConfirmAge,
    ListAccountSessions,
    EndAccountSession(String),
    Plans,
    Billing,
    BeginCheckout,
    GetCheckout(String),
    Portal,
    Invoices,
    OpenInvoice(String),
    Ledger,
    SetSpending,
    Keys,
    MakeKey,
    LimitKey(String),
    EndKey(String),
    Quote,
    StripeWebhook,
}

const fn route(method: Method, path: &'static str, id: &'static str, make: fn(&str) -> Option<Operation>) -> Route {
    Route { method, path, id, make }
}

/// Every route but better-auth's, which keep their own rules (`http::auth`).
pub const ROUTES: &[Route] = &[
    route(Method::Get, "/api/health", "health", |_| Some(Operation::Health)),
    route(Method::Get, "/api/openapi.json", "openapi", |_| Some(Operation::OpenApi)),
    route(Method::Get, "/api/models", "listModels", |_| Some(Operation::Models)),
    route(Method::Post, "/api/generations", "createGeneration", |_| Some(Operation::CreateGeneration)),
    route(Method::Get, "/api/generations", "listGenerations", |_| Some(Operation::ListGenerations)),
    route(Method::Get, "/api/generations/{id}", "getGeneration", |id| GenerationId::parse(id).map(Operation::GetGeneration)),
    route(Method::Delete, "/api/generations/{id}", "deleteGeneration", |id| GenerationId::parse(id).map(Operation::DeleteGeneration)),
    route(Method::Post, "/api/generations/{id}/cancel", "cancelGeneration", |id| GenerationId::parse(id).map(Operation::CancelGeneration)),
    route(Method::Get, "/api/live", "listen", |_| Some(Operation::Listen)),
    route(Method::Patch, "/api/generations/{id}", "changeGeneration", |id| GenerationId::parse(id).map(Operation::ChangeGeneration)),
    route(Method::Post, "/api/generations/bulk", "bulkGenerations", |_| Some(Operation::BulkGenerations)),
    route(Method::Get, "/api/generations/zip", "zipGenerations", |_| Some(Operation::ZipGenerations)),
    route(Method::Get, "/api/generations/{id}/lineage", "getLineage", |id| GenerationId::parse(id).map(Operation::Lineage)),
    route(Method::Get, "/api/folders", "listFolders", |_| Some(Operation::Folders)),
    route(Method::Post, "/api/folders", "makeFolder", |_| Some(Operation::MakeFolder)),
    route(Method::Patch, "/api/folders/{id}", "renameFolder", |id| FolderId::parse(id).map(Operation::RenameFolder)),
    route(Method::Delete, "/api/folders/{id}", "deleteFolder", |id| FolderId::parse(id).map(Operation::DeleteFolder)),
    route(Method::Post, "/api/generations/{id}/shares", "makeShare", |id| GenerationId::parse(id).map(Operation::MakeShare)),
    route(Method::Get, "/api/shares", "listShares", |_| Some(Operation::Shares)),
    route(Method::Delete, "/api/shares/{id}", "endShare", |id| ShareId::parse(id).map(Operation::EndShare)),
    route(Method::Get, "/api/shared/{token}", "openShared", |token| Some(Operation::OpenShared(token.to_owned()))),
    route(Method::Get, "/api/studio", "studio", |_| Some(Operation::Studio)),
    route(Method::Get, "/api/account", "getAccount", |_| Some(Operation::GetAccount)),
    route(Method::Post, "/api/account/age", "confirmAge", |_| Some(Operation::ConfirmAge)),
    route(Method::Get, "/api/account/sessions", "listAccountSessions", |_| Some(Operation::ListAccountSessions)),
    route(Method::Delete, "/api/account/sessions/{id}", "endAccountSession", |id| Some(Operation::EndAccountSession(id.to_owned()))),
    route(Method::Get, "/api/plans", "listPlans", |_| Some(Operation::Plans)),
    route(Method::Get, "/api/billing", "getBilling", |_| Some(Operation::Billing)),
    route(Method::Post, "/api/billing/checkouts", "beginCheckout", |_| Some(Operation::BeginCheckout)),
    route(Method::Get, "/api/billing/checkouts/{id}", "getCheckout", |id| ids::is_sortable(id).then(|| Operation::GetCheckout(id.to_owned()))),
    route(Method::Post, "/api/billing/portal", "openPortal", |_| Some(Operation::Portal)),
    route(Method::Get, "/api/billing/invoices", "listInvoices", |_| Some(Operation::Invoices)),
    route(Method::Get, "/api/billing/invoices/{key+}", "openInvoice", |key| Some(Operation::OpenInvoice(key.to_owned()))),
    route(Method::Get, "/api/ledger", "listLedger", |_| Some(Operation::Ledger)),
    route(Method::Put, "/api/spending", "setSpending", |_| Some(Operation::SetSpending)),
    route(Method::Get, "/api/keys", "listKeys", |_| Some(Operation::Keys)),
    route(Method::Post, "/api/keys", "makeKey", |_| Some(Operation::MakeKey)),
    route(Method::Put, "/api/keys/{id}", "limitKey", |id| ids::is_sortable(id).then(|| Operation::LimitKey(id.to_owned()))),
    route(Method::Delete, "/api/keys/{id}", "endKey", |id| ids::is_sortable(id).then(|| Operation::EndKey(id.to_owned()))),
    route(Method::Post, "/api/quotes", "quote", |_| Some(Operation::Quote)),
    route(Method::Post, "/webhooks/stripe", "stripeWebhook", |_| Some(Operation::StripeWebhook)),
    route(Method::Post, "/api/uploads", "beginUpload", |_| Some(Operation::BeginUpload)),
    route(Method::Get, "/api/uploads", "listUploads", |_| Some(Operation::ListUploads)),
    route(Method::Delete, "/api/uploads/{id}", "deleteUpload", |id| UploadId::parse(id).map(Operation::DeleteUpload)),
    route(Method::Put, "/api/uploads/{id}", "takeUpload", |key| Some(Operation::TakeUpload(key.to_owned()))),
    route(Method::Get, "/media/{key+}", "getMedia", |key| Some(Operation::Media(key.to_owned()))),
    route(Method::Head, "/media/{key+}", "headMedia", |key| Some(Operation::Media(key.to_owned()))),
    route(Method::Post, "/webhooks/{key+}", "hostWebhook", |key| {
        let (host, last) = key.split_once('/')?;
        (hosts::host(host).is_some() && !last.is_empty()).then(|| Operation::HostWebhook(key.to_owned()))
    }),
];

/// What the table says to a request.
pub(super) enum Matched {
    Found(Operation),
    OtherMethod(String),
    Nothing,
}

/// Looks a request up. Paths are compared as they were sent: no decoding, no folding, no forgiving of slashes.
pub(super) fn find(method: Method, path: &str) -> Matched {
    let mut allowed = Vec::new();
    for route in ROUTES {
        let Some(operation) = parameter(route.path, path).and_then(route.make) else { continue };
        if route.method == method {
            return Matched::Found(operation);
        }
        allowed.push(route.method.name());
    }
    if allowed.is_empty() { Matched::Nothing } else { Matched::OtherMethod(allowed.join(", ")) }
}

/// The part of `path` that the pattern's braces stand for; an empty text for patterns without any.
fn parameter<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, braces)) = pattern.split_once('{') else { return (pattern == path).then_some("") };
    let (name, after) = braces.split_once('}')?;
    let rest = path.strip_prefix(before)?.strip_suffix(after)?;
    let fits = !rest.is_empty() && (name.ends_with('+') || !rest.contains('/'));
    fits.then_some(rest)
}

/// A path without what is particular in it.
pub(super) fn name_for_log(path: &str) -> &'static str {
    let auth = path.starts_with("/api/auth/");
    ROUTES.iter().find(|route| parameter(route.path, path).is_some()).map_or(if auth { "/api/auth/" } else { "?" }, |route| route.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_not_routes() {
        assert!(matches!(find(Method::Get, "/api/models"), Matched::Found(Operation::Models)));
        for alias in [
            "/api/models/",
            "//api/models",
            "/API/models",
            "/api/%6dodels",
            "/api/generations/",
            "/api/generations/short",
            "/media/",
            "/webhooks/replicate/",
            "/api/generations//lineage",
            "/api/generations/lineage",
            "/api/generations/zip/",
            "/api/shared/",
            "/api/shared/a/b",
        ] {
            assert!(matches!(find(Method::Get, alias), Matched::Nothing), "{alias}");
        }
        let id = "01kdvdxcq0rpgjaqdgyhh9t5rg";
        assert!(matches!(find(Method::Get, &format!("/api/generations/{id}/lineage")), Matched::Found(Operation::Lineage(of)) if of.as_str() == id));
        assert!(matches!(find(Method::Get, "/api/generations/zip"), Matched::Found(Operation::ZipGenerations)));
        assert!(matches!(find(Method::Get, "/api/generations/bulk"), Matched::OtherMethod(allow) if allow == "POST"));
        assert!(matches!(find(Method::Get, &format!("/api/generations/{id}/shares")), Matched::OtherMethod(allow) if allow == "POST"));
        assert!(matches!(find(Method::Delete, "/api/generations"), Matched::OtherMethod(allow) if allow == "POST, GET"));
    }
}
