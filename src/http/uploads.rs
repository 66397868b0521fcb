//! The routes of pictures that people bring.

use super::{
    Body, Request, Response,
    generations::{asker, cursor, limit, refuse_foreign},
    problem::Refusal,
    shapes::SizeShown,
};
use crate::{
    domain::{
        time::Timestamp,
        upload::{BYTES_MAX, UploadId},
    },
    error::Error,
    platform::{Platform, Stored},
    store::uploads::UploadRow,
    usecases::manage_uploads,
    vendors::{media_url, upload_url},
};
use serde::Serialize;

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// An upload that is expected.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct UploadOpened {
    /// Its id: what a generation names as its source, once the file has come.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: UploadId,
    /// Where to `PUT` the file, as it is. No cookie and no key are asked for.
    pub put_url: String,
    /// Until when.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// The largest file in bytes.
    pub max_bytes: usize,
}

/// A picture that somebody brought.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct UploadShown {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: UploadId,
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
    /// Small copies, smallest first: none of what is no wider, or too large to be made smaller here.
    pub sizes: Vec<SizeShown>,
    /// When it was announced.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// A page of pictures, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct UploadPage {
    /// The pictures.
    pub uploads: Vec<UploadShown>,
    /// What to pass as `cursor` for older ones; null at the end.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub next_cursor: Option<String>,
}

impl UploadShown {
    fn of(p: &impl Platform, row: UploadRow) -> Self {
        let UploadRow { id, created_at, media_type, width, height, bytes } = row;
        let (keys, now, key) = (&p.settings().media_keys, p.now(), id.media_key());
        let sizes = SizeShown::of(keys, now, &key, (&media_type, width, height, bytes));
        Self { url: media_url::path(keys, now, &key), id, media_type, width, height, bytes, sizes, created_at }
    }
    fn just_stored(p: &impl Platform, id: UploadId, stored: &Stored) -> Self {
        let row = UploadRow {
            created_at: p.now(),
            media_type: stored.facts.media_type.name().to_owned(),
            width: stored.facts.width.into(),
            height: stored.facts.height.into(),
            bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
            id,
        };
        Self::of(p, row)
    }
}

pub(super) async fn begin<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let id = manage_uploads::begin(p, &asker(p, request)?).await?;
    let put_url = upload_url::path(&p.settings().upload_keys, &id);
    Ok(Response::json(201, &UploadOpened { expires_at: id.open_until(), put_url, max_bytes: BYTES_MAX, id }))
}

pub(super) async fn take<P: Platform>(p: &P, request: &Request, last: &str) -> Answer<P> {
    let id = upload_url::open(&p.settings().upload_keys, p.now(), last).ok_or(Error::MediaRefused)?;
    let bytes = match &request.body {
        Body::Bytes(bytes) => bytes,
        Body::TooLarge => return Err(Refusal::TooLarge),
        Body::TooSlow => return Err(Refusal::TooSlow),
        Body::NoRoom => return Err(Error::Unavailable("no memory left for now").into()),
    };
    let stored = manage_uploads::take(p, &id, bytes).await?;
    Ok(Response::json(201, &UploadShown::just_stored(p, id, &stored)))
}

pub(super) async fn list<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let who = asker(p, request)?;
    let (rows, more) = manage_uploads::list(p, &who, cursor(request, UploadId::parse)?.as_ref(), limit(request)?).await?;
    let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok(Response::json(200, &UploadPage { uploads: rows.into_iter().map(|row| UploadShown::of(p, row)).collect(), next_cursor }))
}

pub(super) async fn delete<P: Platform>(p: &P, request: &Request, id: &UploadId) -> Answer<P> {
    refuse_foreign(p, request)?;
    manage_uploads::delete(p, &asker(p, request)?, id).await?;
    Ok(Response::empty(204))
}
