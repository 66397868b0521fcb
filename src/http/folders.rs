//! The routes of folders.

use super::{
    Request, Response,
    generations::{asker, invalid, json_object, known, refuse_foreign},
    problem::Refusal,
};
use crate::{
    domain::{
        library::{FOLDER_CHARS_MAX, FolderId, folder_name},
        time::Timestamp,
    },
    platform::Platform,
    store::folders::FolderRow,
    usecases::manage_folders,
};
use serde::Serialize;
use serde_json::Value;

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// A folder of works.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FolderShown {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: FolderId,
    /// Its name.
    pub name: String,
    /// How many works are in it.
    pub works: i64,
    /// When it was made.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// The folders by name.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FolderList {
    /// The folders.
    pub folders: Vec<FolderShown>,
}

impl FolderShown {
    fn of(row: FolderRow) -> Self {
        let FolderRow { id, name, created_at, works } = row;
        Self { id, name, works, created_at }
    }
}

/// The name in a body.
fn name(request: &Request) -> Result<String, Refusal> {
    let body = json_object(request)?;
    known(&body, &["name"])?;
    let name = body.get("name").and_then(Value::as_str).and_then(folder_name);
    name.map(str::to_owned).ok_or_else(|| invalid("name", &format!("1 to {FOLDER_CHARS_MAX} characters")))
}

pub(super) async fn list<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let folders = manage_folders::list(p, &asker(p, request)?).await?;
    Ok(Response::json(200, &FolderList { folders: folders.into_iter().map(FolderShown::of).collect() }))
}

pub(super) async fn make<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = asker(p, request)?;
    let made = manage_folders::create(p, &who, &name(request)?).await?;
    Ok(Response::json(201, &FolderShown::of(made)))
}

pub(super) async fn rename<P: Platform>(p: &P, request: &Request, id: &FolderId) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = asker(p, request)?;
    let renamed = manage_folders::rename(p, &who, id, &name(request)?).await?;
    Ok(Response::json(200, &FolderShown::of(renamed)))
}

pub(super) async fn delete<P: Platform>(p: &P, request: &Request, id: &FolderId) -> Answer<P> {
    refuse_foreign(p, request)?;
    manage_folders::delete(p, &asker(p, request)?, id).await?;
    Ok(Response::empty(204))
}
