//! What does not change: the account, the models and their versions.

use serde_json::{Value, json};

use super::{
    models::{self, MODELS, Model},
    schema,
};
use crate::exchange::{Response, query};

/// When every model of the sandbox is said to have been made.
const CREATED_AT: &str = "2025-01-01T00:00:00.000000Z";
/// The newest release of the vendor's model server that the contract was written from.
const COG_VERSION: &str = "0.23.1";

/// `GET /account`.
pub(super) fn account() -> Response {
    Response::json(200, &json!({"type": "organization", "username": "atelier", "name": "Atelier sandbox"}))
}

/// `GET /models`.
pub(super) fn list() -> Response {
    page(&MODELS.iter().map(model_json).collect::<Vec<_>>())
}

/// `GET /models/{owner}/{name}`.
pub(super) fn model(path: &str) -> Response {
    models::find(path).map_or_else(missing, |model| Response::json(200, &model_json(model)))
}

/// `GET /models/{owner}/{name}/versions`.
pub(super) fn versions(path: &str) -> Response {
    models::find(path).map_or_else(missing, |model| page(&[version_json(model)]))
}

/// `GET /models/{owner}/{name}/versions/{id}`.
pub(super) fn version(path: &str, id: &str) -> Response {
    let model = models::find(path).filter(|model| model.version() == id);
    model.map_or_else(missing, |model| Response::json(200, &version_json(model)))
}

/// `GET /search?query=`: models whose name or description has the text.
pub(super) fn search(query_text: &str) -> Response {
    let wanted = query(query_text).into_iter().find(|(name, _)| name == "query").map(|(_, value)| value.to_lowercase()).unwrap_or_default();
    let fits = |model: &&Model| format!("{} {}", model.path(), model.description).to_lowercase().contains(&wanted);
    let found: Vec<Value> = MODELS.iter().filter(fits).map(|model| json!({"model": model_json(model), "metadata": {}})).collect();
    Response::json(200, &json!({"query": wanted, "models": found, "collections": [], "pages": []}))
}

fn model_json(model: &Model) -> Value {
    json!({
        "url": format!("https://replicate.com/{}", model.path()),
        "owner": model.owner,
        "name": model.name,
        "description": model.description,
        "visibility": "public",
        "is_official": model.official,
        "github_url": null,
        "paper_url": null,
        "license_url": null,
        "cover_image_url": null,
        "run_count": 0,
        "default_example": null,
        "latest_version": version_json(model),
    })
}

fn version_json(model: &Model) -> Value {
    json!({
        "id": model.version(),
        "created_at": CREATED_AT,
        "cog_version": COG_VERSION,
        "openapi_schema": schema::openapi(model),
    })
}

fn page(results: &[Value]) -> Response {
    Response::json(200, &json!({"next": null, "previous": null, "results": results}))
}

fn missing() -> Response {
    Response::detail(404, "The requested resource could not be found.")
}
