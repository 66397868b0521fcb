//! Packs works into one archive, which is written while it is sent: one round trip to the database, and then each file from storage.

use super::signed_in;
use crate::{
    domain::{
        bundle::Bundle,
        generation::GenerationId,
        library::{ARCHIVE_BYTES_MAX, Refused},
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::library,
};

/// The archive's bytes, as they will come.
pub async fn run<P: Platform>(p: &P, who: &SessionKey, ids: &[GenerationId]) -> Result<P::Media, Error> {
    let outcome = signed_in(p, &library::bundle(who, ids, p.now())).await?;
    let files = library::read_files(outcome.rows(1)?)?;
    let bytes = files.iter().map(|file| file.bytes).sum();
    if files.is_empty() {
        return Err(Error::NotFound);
    }
    if bytes > ARCHIVE_BYTES_MAX {
        return Err(Error::Library(Refused::ArchiveTooLarge(bytes)));
    }
    let without = ids.iter().filter(|id| !files.iter().any(|file| file.id == id.as_str())).cloned().collect();
    let mut bundle = Bundle { files: Vec::new(), without };
    for file in &files {
        bundle.add(&file.model, file.created_at, file.n, &file.media_key, &file.media_type);
    }
    Ok(p.bundle(bundle).await?)
}
