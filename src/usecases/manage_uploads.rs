//! Pictures that people bring: announced, brought to an address of their own, listed, deleted. One round trip each.

use super::signed_in;
use crate::{
    domain::{
        picture,
        upload::{PIXELS_MAX, SIDE_MIN, UploadId},
    },
    error::Error,
    lanes::SessionKey,
    platform::{Platform, Stored},
    store::{Batch, submit, uploads},
};

/// Expects a picture.
pub async fn begin(p: &impl Platform, who: &SessionKey) -> Result<UploadId, Error> {
    let id = UploadId::new(p.now(), |bytes| p.random(bytes));
    let outcome = signed_in(p, &uploads::begin(who, &id, p.now())).await?;
    match outcome.error() {
        // A first try whose answer was lost.
        Some(crate::store::StepError::AlreadyApplied) => Ok(id),
        Some(_) => Err(Error::Unavailable("the upload was not noted")),
        None if outcome.rows(1)?.first().is_none() => Err(Error::TooManyUploads),
        None => Ok(id),
    }
}

/// Takes a picture in: without what it says of whoever took it. The file is stored before the row says so, so that no row points to nothing. A second
/// file for the same upload changes nothing.
pub async fn take(p: &impl Platform, id: &UploadId, bytes: &[u8]) -> Result<Stored, Error> {
    let refused = |limit: String| Error::Invalid { field: "body".to_owned(), limit };
    let (facts, cleaned) = picture::clean(bytes).map_err(|why| refused(format!("a PNG, JPEG or WebP that does not move ({why})")))?;
    if u64::from(facts.width) * u64::from(facts.height) > PIXELS_MAX {
        return Err(refused(format!("at most {PIXELS_MAX} pixels")));
    }
    if facts.width.min(facts.height) < SIDE_MIN {
        return Err(refused(format!("at least {SIDE_MIN} pixels wide and high")));
    }
    let stored = p.store(&id.media_key(), &cleaned, facts, None).await?;
    let outcome = submit(p, &uploads::stored(id, &stored, p.now())).await?;
    if outcome.rows(0)?.first().is_none() {
        // It was deleted meanwhile: the file must not outlive it.
        p.remove(&[id.media_key()]).await?;
        return Err(Error::NotFound);
    }
    Ok(stored)
}

/// A page of pictures, and whether there are more.
pub async fn list(p: &impl Platform, who: &SessionKey, before: Option<&UploadId>, limit: usize) -> Result<(Vec<uploads::UploadRow>, bool), Error> {
    let outcome = signed_in(p, &uploads::list(who, before, limit + 1, p.now())).await?;
    let mut rows = uploads::read(outcome.rows(1)?)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows, more))
}

/// Deletes a picture. What was made from it stays.
pub async fn delete(p: &impl Platform, who: &SessionKey, id: &UploadId) -> Result<(), Error> {
    let batch = uploads::delete(who, id, p.now());
    let outcome = signed_in(p, &batch).await?;
    if outcome.committed(&batch) && outcome.rows(Batch::nth_write(1))?.changed() == 0 && !outcome.may_have_been_applied() {
        return Err(Error::NotFound);
    }
    if p.remove(&[id.media_key()]).await.is_err() {
        p.log("delete.media.later", &[("upload", id.as_str())]);
    }
    Ok(())
}
