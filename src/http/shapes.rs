//! What the API shows: the shapes of its JSON, which the OpenAPI document describes from these types.

use crate::{
    domain::{
        catalogue::Model,
        credits::Credits,
        generation::{GenerationId, Status},
        secret::Key,
        time::Timestamp,
    },
    lanes::{In, Owner, Prompt},
    store::generations::GenerationRow,
    vendors::media_url,
};
use serde::Serialize;

/// The catalogue.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ModelList {
    /// The models on sale; the first is the default.
    pub models: &'static [Model],
}

/// A generation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Generation {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, example = "01j9zq3v9x0c7m2k4t8w6r5n1a"))]
    pub id: GenerationId,
    /// The catalogue's id of the model.
    pub model: String,
    /// Where it stands.
    pub status: Status,
    /// What was asked for.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub prompt: In<Owner, Prompt>,
    /// All inputs, defaults and the drawn seed included.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = std::collections::BTreeMap<String, serde_json::Value>))]
    pub inputs: serde_json::Value,
    /// Credits held for it.
    pub price: i64,
    /// Credits charged; null while it runs, 0 if it failed.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub charged: Option<i64>,
    /// When it was ordered.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When the host began.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub finished_at: Option<Timestamp>,
    /// Why there is no output.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub failure: Option<FailureShown>,
    /// What came out.
    pub outputs: Vec<Output>,
}

/// Why a generation ended without output. Nothing was charged.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FailureShown {
    /// What kind of failure it was.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = crate::domain::generation::FailureCode))]
    pub code: String,
    /// The host's words, or ours.
    pub detail: String,
}

/// A kept output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Output {
    /// A signed address on this origin, good for 6 to 12 hours.
    pub url: String,
    /// Its type, told by its content.
    pub media_type: String,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
    /// Size in bytes.
    pub bytes: i64,
}

/// One generation and the balance.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct OneGeneration {
    /// The generation.
    pub generation: Generation,
    /// The balance.
    pub credits: Credits,
}

/// A page of generations, newest first, and the balance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct GenerationPage {
    /// The generations.
    pub generations: Vec<Generation>,
    /// What to pass as `cursor` for older ones; null at the end.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub next_cursor: Option<String>,
    /// The balance.
    pub credits: Credits,
}

impl Generation {
    /// Shows a row, with media addresses signed now.
    pub fn show(row: GenerationRow, media_key: &Key, now: Timestamp) -> Self {
        let outputs = row.outputs.into_iter().map(|output| Output {
            url: media_url::path(media_key, now, &output.media_key),
            media_type: output.media_type,
            width: output.width,
            height: output.height,
            bytes: output.bytes,
        });
        Self {
            id: row.id,
            model: row.model,
            status: row.status,
            prompt: In::new(row.prompt),
            inputs: row.inputs,
            price: row.price,
            charged: row.charged,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            failure: row.failure.map(|(code, detail)| FailureShown { code, detail }),
            outputs: outputs.collect(),
        }
    }
}
