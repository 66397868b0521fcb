//! Links by which others see a work: made, listed, taken back, opened. One round trip each.

use super::signed_in;
use crate::{
    bugs::{Bug, planted},
    domain::{
        generation::GenerationId,
        library::{Refused, SHARE_DAYS_MAX, ShareId},
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        shares::{self, NewShare, ShareRow, Shared},
        submit,
    },
    vendors::share_link,
};

/// What is to be shared.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The work.
    pub generation: GenerationId,
    /// Which of its outputs; all of them if there is none.
    pub n: Option<i64>,
    /// True if words and inputs are shown too.
    pub recipe: bool,
    /// For how many days.
    pub days: i64,
}

/// Makes a link.
pub async fn create(p: &impl Platform, who: &SessionKey, wish: Wish) -> Result<ShareRow, Error> {
    let now = p.now();
    let id = ShareId::new(now, |bytes| p.random(bytes));
    let expires_at = ShareId::ends(now, wish.days.clamp(1, SHARE_DAYS_MAX));
    let new = NewShare { id, generation: wish.generation, n: wish.n, recipe: wish.recipe, expires_at };
    let outcome = signed_in(p, &shares::create(who, &new, now)).await?;
    if let Some(made) = shares::read(outcome.rows(3)?)?.into_iter().next() {
        return Ok(made);
    }
    match shares::read_look(outcome.rows(2)?)? {
        None => Err(Error::NotFound),
        Some(false) => Err(Error::Library(Refused::NothingToShare)),
        Some(true) if outcome.error().is_none() => Err(Error::Library(Refused::TooManyShares)),
        Some(true) => Err(Error::Unavailable("the link was not made")),
    }
}

/// The links that have not ended, newest first: of all works, or of one.
pub async fn list(p: &impl Platform, who: &SessionKey, of: Option<&GenerationId>) -> Result<Vec<ShareRow>, Error> {
    Ok(shares::read(signed_in(p, &shares::list(who, of, p.now())).await?.rows(1)?)?)
}

/// Takes a link back: from now on it is as unknown as one that never was.
pub async fn end(p: &impl Platform, who: &SessionKey, id: &ShareId) -> Result<(), Error> {
    if planted(Bug::LinkIsForEver) {
        return Ok(());
    }
    let outcome = signed_in(p, &shares::delete(who, id, p.now())).await?;
    if outcome.rows(1)?.changed() == 0 && !outcome.may_have_been_applied() { Err(Error::NotFound) } else { Ok(()) }
}

/// What a link shows to whoever has it. The database is not asked about one that we did not make.
pub async fn open(p: &impl Platform, token: &str) -> Result<Shared, Error> {
    let id = share_link::read(&p.settings().share_keys, token).ok_or(Error::NotFound)?;
    let outcome = submit(p, &shares::open(&id, p.now())).await?;
    shares::read_shared(outcome.rows(0)?)?.ok_or(Error::NotFound)
}
