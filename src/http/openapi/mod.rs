//! The OpenAPI document, made from the route table and the shapes. Native only: the Worker serves the committed result, which
//! `tests/openapi.rs` keeps current (`UPDATE=1 cargo test --test openapi` writes it anew).

#![expect(clippy::indexing_slicing, clippy::needless_pass_by_value, reason = "JSON values are indexed by names, natively, at build time")]

mod auth;
mod billing;
mod library;
mod live;
mod uploads;

use super::{
    Method,
    folders::{FolderList, FolderShown},
    keys::{KeyList, KeyMade, KeyShown},
    library::{BulkOutcome, BulkResult, BulkShown, KinShown, LineageShown, ParentShown},
    money::{
        BillingShown, CheckoutOpened, CheckoutShown, CurrentPlan, DueShown, InvoiceList, InvoiceShown, LedgerEntry, LedgerPage, PlanLimits, PlanList,
        PlanShown, PortalOpened, QuoteShown, SpendingShown,
    },
    routes::ROUTES,
    shapes::{
        AccountSession, AccountSessionList, AccountShown, AccountUser, FailureShown, Generation, GenerationPage, ModelList, OneGeneration,
        OrderedGeneration, Output, SourceShown, StudioShown,
    },
    shares::{ShareList, ShareShown, SharedOutput, SharedRecipe, SharedWork},
    uploads::{UploadOpened, UploadPage, UploadShown},
};
use crate::domain::{
    catalogue::{Accepts, Described, Input, Kind, Model, PromptLimits, Role, Unit},
    credits::{Credits, Expiring},
    generation::{FailureCode, Status},
    library::Relation,
    plans::{Interval, Named, Pack, PlanPrice},
};
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(
    Accepts,
    AccountSession,
    AccountSessionList,
    AccountShown,
    AccountUser,
    BillingShown,
    BulkOutcome,
    BulkResult,
    BulkShown,
    CheckoutOpened,
    CheckoutShown,
    Credits,
    CurrentPlan,
    Described,
    DueShown,
    Expiring,
    FailureCode,
    FailureShown,
    FolderList,
    FolderShown,
    Generation,
    GenerationPage,
    Input,
    Interval,
    InvoiceList,
    InvoiceShown,
    KeyList,
    KeyMade,
    KeyShown,
    KinShown,
    Kind,
    LedgerEntry,
    LedgerPage,
    LineageShown,
    Model,
    ModelList,
    Named,
    OneGeneration,
    OrderedGeneration,
    Output,
    Pack,
    ParentShown,
    PlanLimits,
    PlanList,
    PlanPrice,
    PlanShown,
    PortalOpened,
    PromptLimits,
    QuoteShown,
    Relation,
    Role,
    ShareList,
    ShareShown,
    SharedOutput,
    SharedRecipe,
    SharedWork,
    SourceShown,
    SpendingShown,
    Status,
    StudioShown,
    Unit,
    UploadOpened,
    UploadPage,
    UploadShown
)))]
struct Components;

/// The document.
///
/// # Panics
/// If a route has no description here, or a type no schema: the build machine sees it, no user can.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = route.path.replace("+}", "}");
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[route.method.name().to_ascii_lowercase()] = describe(route.method, route.id);
    }
    for (path, method, operation) in auth::operations() {
        paths.insert(path, json!({ method: operation }));
    }
    let mut schemas = serde_json::to_value(Components::openapi().components).expect("schemas serialise")["schemas"].take();
    schemas["Problem"] = problem_schema();
    schemas["NewGeneration"] = new_generation_schema();
    schemas["NewQuote"] = billing::new_quote_schema();
    schemas["User"] = user_schema();
    schemas["AuthError"] =
        json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}, "code": {"type": "string"}}});
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Atelier",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An AI creative studio at the edge. Sessions are better-auth's: a signed, HttpOnly cookie.",
            "license": {"name": "Apache-2.0 OR MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "better-auth.session_token"},
                "key": {"type": "http", "scheme": "bearer", "description": "An API key of POST /api/keys"},
            },
        },
    })
}

fn schema(name: &str) -> Value {
    json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}})
}

fn problems(list: &[(&str, &str)]) -> Map<String, Value> {
    let content = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    list.iter().map(|(status, words)| ((*status).to_owned(), json!({"description": words, "content": content}))).collect()
}

/// The operations that take an API key: works with all that belongs to them, prices, and pictures that works start from.
const TAKES_KEY: [&str; 18] = [
    "quote",
    "createGeneration",
    "listGenerations",
    "getGeneration",
    "deleteGeneration",
    "cancelGeneration",
    "changeGeneration",
    "bulkGenerations",
    "zipGenerations",
    "getLineage",
    "listen",
    "listFolders",
    "makeFolder",
    "renameFolder",
    "deleteFolder",
    "beginUpload",
    "listUploads",
    "deleteUpload",
];

fn operation(id: &str, summary: &str, session: bool, good: (&str, Value), bad: &[(&str, &str)]) -> Value {
    let mut responses = problems(bad);
    responses.extend(problems(&[("503", "Temporarily unavailable")]));
    responses.insert(good.0.to_owned(), good.1);
    let security = match session {
        true if TAKES_KEY.contains(&id) => json!([{"session": []}, {"key": []}]),
        true => json!([{"session": []}]),
        false => json!([]),
    };
    json!({"operationId": id, "summary": summary, "security": security, "responses": responses})
}

fn described(words: &str, content: Value) -> Value {
    json!({"description": words, "content": content})
}

fn describe(method: Method, id: &str) -> Value {
    let signed_out = ("401", "unauthenticated");
    let path_id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-z]{26}$"}}]);
    match id {
        "health" => {
            operation(id, "The Worker runs", false, ("200", described("It runs", json!({"application/json": {"schema": {"type": "object"}}}))), &[])
        }
        "openapi" => {
            operation(id, "This document", false, ("200", described("OpenAPI 3.1", json!({"application/json": {"schema": {"type": "object"}}}))), &[])
        }
        "studio" => operation(id, "What the operator has switched on", false, ("200", described("The studio", schema("StudioShown"))), &[]),
        "getAccount" => operation(id, "The user's account", true, ("200", described("The account", schema("AccountShown"))), &[signed_out]),
        "confirmAge" => {
            let bad = [("400", "invalid_input"), signed_out, ("403", "foreign_origin")];
            let mut operation = operation(id, "Say to be old enough", true, ("204", json!({"description": "Noted"})), &bad);
            let body = json!({"type": "object", "required": ["confirmed"], "properties": {"confirmed": {"type": "boolean", "const": true}}});
            operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": body}}});
            operation
        }
        "listAccountSessions" => {
            operation(id, "The user's sessions", true, ("200", described("The sessions", schema("AccountSessionList"))), &[signed_out])
        }
        "endAccountSession" => {
            let bad = [signed_out, ("403", "foreign_origin"), ("404", "not_found")];
            let mut operation = operation(id, "End one of the user's sessions", true, ("204", json!({"description": "It has ended"})), &bad);
            operation["parameters"] = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
            operation
        }
        "listModels" => operation(id, "The models on sale", false, ("200", described("The catalogue", schema("ModelList"))), &[]),
        "createGeneration" => {
            let bad = [
                ("400", "invalid_input, unknown_model or invalid_json"),
                signed_out,
                ("402", "insufficient_credits or spending_limit"),
                ("403", "foreign_origin or model_not_in_plan"),
                ("413", "body_too_large"),
                ("415", "unsupported_media_type"),
                ("422", "idempotency_key_reused, quote_expired or quote_refused"),
                ("429", "too_many_open or too_fast"),
                ("502", "host_refused: nothing is charged"),
            ];
            let mut operation = operation(
                id,
                "Order a generation",
                true,
                ("202", described("Credits are held, the host has the order", schema("OrderedGeneration"))),
                &bad,
            );
            operation["parameters"] = json!([{
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "The same key with the same body answers with the same generation, for a day; with another body it is refused.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }]);
            operation["requestBody"] = json!({"required": true, "content": schema("NewGeneration")});
            operation
        }
        "getGeneration" | "deleteGeneration" => {
            let delete = method == Method::Delete;
            let good = if delete {
                ("204", json!({"description": "Row and media are gone"}))
            } else {
                ("200", described("The generation", schema("OneGeneration")))
            };
            let also = if delete { ("409", "generation_open") } else { ("404", "not_found") };
            let summary = if delete { "Delete a generation that has ended" } else { "One generation" };
            let mut operation = operation(id, summary, true, good, &[signed_out, ("404", "not_found"), also]);
            operation["parameters"] = path_id;
            operation
        }
        "cancelGeneration" => {
            let good = ("200", described("The generation: canceled, or about to be, which `cancelRequestedAt` tells", schema("OneGeneration")));
            let bad = [signed_out, ("403", "foreign_origin"), ("404", "not_found"), ("409", "too_late or cannot_stop")];
            let mut operation = operation(id, "Stop a generation. What was stopped is not charged", true, good, &bad);
            operation["parameters"] = path_id;
            operation
        }
        "getMedia" | "headMedia" => {
            let content = json!({"image/*": {"schema": {"type": "string", "contentMediaType": "image/*"}}});
            let mut operation = operation(
                id,
                "A kept output, at the signed address that the generation shows",
                false,
                ("200", described("The file", content)),
                &[("400", "invalid_input: it cannot be had without what it says of itself"), ("403", "media_refused"), ("404", "not_found")],
            );
            for (status, words) in
                [("206", "The part asked for by Range"), ("304", "Unchanged since If-None-Match"), ("416", "The range lies outside of the file")]
            {
                operation["responses"][status] = json!({"description": words});
            }
            operation["parameters"] = json!([
                {"name": "key", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "exp", "in": "query", "required": true, "schema": {"type": "integer"}},
                {"name": "w", "in": "query", "required": false, "schema": {"type": "integer"}, "description": "A small copy, `w` pixels wide; part of what is signed"},
                {"name": "sig", "in": "query", "required": true, "schema": {"type": "string"}},
                {"name": "plain", "in": "query", "required": false, "schema": {"type": "string"}, "allowEmptyValue": true,
                 "description": "`&plain` at the end of an address without `w`: the picture without the recipe and other words in its file"},
            ]);
            operation
        }
        "hostWebhook" => {
            let bad = [("400", "The message is about no run"), ("401", "webhook_refused: address, signature or age"), ("413", "body_too_large")];
            let mut operation = operation(
                id,
                "Messages of model hosts, each signed as its host does: `{host}/{generation}.{mac}`",
                false,
                ("200", described("Applied, or applied before", json!({"application/json": {"schema": {"type": "object"}}}))),
                &bad,
            );
            operation["parameters"] = json!([{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}]);
            operation
        }
        other => billing::describe(other)
            .or_else(|| uploads::describe(other))
            .or_else(|| live::describe(other))
            .or_else(|| library::describe(other))
            .unwrap_or_else(|| panic!("route {other} has no description")),
    }
}

fn page_parameters() -> Value {
    json!([
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 30}},
        {"name": "cursor", "in": "query", "schema": {"type": "string", "pattern": "^[0-9a-z]{26}$"}},
    ])
}

fn user_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "required": ["name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id"],
        "properties": {
            "name": text, "email": text, "emailVerified": {"type": "boolean"}, "image": {"type": ["string", "null"]},
            "createdAt": {"type": "string", "format": "date-time"}, "updatedAt": {"type": "string", "format": "date-time"}, "id": text,
        },
    })
}

fn new_generation_schema() -> Value {
    json!({
        "type": "object",
        "required": ["model", "prompt"],
        "description": "Further inputs are those of the model, as GET /api/models lists them.",
        "properties": {
            "model": {"type": "string", "description": "An id of GET /api/models", "example": "flux-schnell"},
            "prompt": {"type": "string", "minLength": 1, "maxLength": 4000},
            "quote": {"type": "string", "description": "What POST /api/quotes answered"},
            "parent": {
                "type": "object", "description": "What it is made from, by its words and inputs", "required": ["id", "relation"],
                "properties": {"id": {"type": "string"}, "relation": {"$ref": "#/components/schemas/Relation"}},
            },
            "aspectRatio": {"type": "string"}, "outputs": {"type": "integer"}, "seed": {"type": "integer"}, "outputFormat": {"type": "string"},
        },
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. `code` is stable; `detail` is for people.",
        "required": ["type", "title", "status", "code", "requestId"],
        "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "code": {"type": "string"}, "detail": {"type": "string"},
            "requestId": {"type": "string"}, "field": {"type": "string"}, "limit": {"type": ["string", "integer"]}, "needed": {"type": "integer"},
            "available": {"type": "integer"}, "generation": {"type": "string"}, "shortfall": {"type": "integer"},
            "cheaper": {"type": ["object", "null"], "required": ["model", "price"], "properties": {"model": {"type": "string"}, "price": {"type": "integer"}}},
            "scope": {"type": "string", "enum": ["account", "key"]}, "resetsAt": {"type": "string", "format": "date-time"}, "plan": {"type": "string"}, "model": {"type": "string"},
        },
    })
}
