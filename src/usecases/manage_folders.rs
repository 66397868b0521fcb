//! Folders of works: made, renamed, listed, deleted. One round trip each.

use super::signed_in;
use crate::{
    domain::library::{FolderId, Refused},
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        StepError,
        folders::{self, FolderRow, Name},
    },
};

/// A name as it is kept. Two that differ by case or composition alone are the same.
fn name_of(p: &impl Platform, shown: &str) -> Name {
    Name { shown: shown.to_owned(), key: p.nfkc(shown).to_lowercase() }
}

/// The folders by name.
pub async fn list(p: &impl Platform, who: &SessionKey) -> Result<Vec<FolderRow>, Error> {
    Ok(folders::read(signed_in(p, &folders::list(who, p.now())).await?.rows(1)?)?)
}

/// Makes a folder.
pub async fn create(p: &impl Platform, who: &SessionKey, name: &str) -> Result<FolderRow, Error> {
    let id = FolderId::new(p.now(), |bytes| p.random(bytes));
    let outcome = signed_in(p, &folders::create(who, &id, &name_of(p, name), p.now())).await?;
    // There it is: made now, or by a first try whose answer was lost.
    match (folders::read(outcome.rows(2)?)?.into_iter().next(), outcome.error()) {
        (Some(made), _) => Ok(made),
        (None, Some(StepError::FolderTaken)) => Err(Error::Library(Refused::FolderExists)),
        (None, Some(_)) => Err(Error::Unavailable("the folder was not made")),
        (None, None) => Err(Error::Library(Refused::TooManyFolders)),
    }
}

/// Renames a folder.
pub async fn rename(p: &impl Platform, who: &SessionKey, id: &FolderId, name: &str) -> Result<FolderRow, Error> {
    let outcome = signed_in(p, &folders::rename(who, id, &name_of(p, name), p.now())).await?;
    match outcome.error() {
        Some(StepError::FolderTaken) => Err(Error::Library(Refused::FolderExists)),
        Some(_) => Err(Error::Unavailable("the folder was not renamed")),
        None => folders::read(outcome.rows(2)?)?.into_iter().next().ok_or(Error::NotFound),
    }
}

/// Deletes a folder. Its works stay.
pub async fn delete(p: &impl Platform, who: &SessionKey, id: &FolderId) -> Result<(), Error> {
    let outcome = signed_in(p, &folders::delete(who, id, p.now())).await?;
    if outcome.rows(1)?.changed() == 0 && !outcome.may_have_been_applied() { Err(Error::NotFound) } else { Ok(()) }
}
