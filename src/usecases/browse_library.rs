//! Looks through the user's works: filters, search, and what was made from what. One round trip each.

use super::signed_in;
use crate::{
    domain::{credits::Credits, generation::GenerationId, library::Filter},
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        Rows, ledger, library,
        shown::{self, GenerationRow},
    },
};

/// A page of what a filter asks for.
#[derive(Debug)]
pub struct Page {
    /// The works, newest first.
    pub works: Vec<GenerationRow>,
    /// True if there are older ones.
    pub more: bool,
    /// The balance.
    pub credits: Credits,
}

/// A page, newest first, and the balance.
pub async fn page(p: &impl Platform, who: &SessionKey, filter: &Filter, cursor: Option<&GenerationId>, limit: usize) -> Result<Page, Error> {
    let batch = library::page(who, filter, cursor, limit + 1, p.settings().starting_credits, p.now());
    let outcome = signed_in(p, &batch).await?;
    let mut works = shown::read_all(outcome.rows(batch.nth_read(1))?)?;
    let more = works.len() > limit;
    works.truncate(limit);
    Ok(Page { works, more, credits: ledger::read_balance(outcome.rows(batch.nth_read(2))?)? })
}

/// Works, and what each is to the one that was asked about.
pub type Kin = Vec<(String, GenerationRow)>;

/// Where a work comes from and what came of it.
#[derive(Debug)]
pub struct Lineage {
    /// What it was made from.
    pub parents: Kin,
    /// What was made from it.
    pub children: Kin,
    /// What else was made from what it was made from.
    pub siblings: Kin,
}

/// The lineage of a work.
pub async fn lineage(p: &impl Platform, who: &SessionKey, of: &GenerationId) -> Result<Lineage, Error> {
    let outcome = signed_in(p, &library::lineage(who, of, p.now())).await?;
    outcome.rows(1)?.first().ok_or(Error::NotFound)?;
    let kin = |rows: &Rows| Ok::<_, Error>(library::read_kin(rows)?.into_iter().zip(shown::read_all(rows)?).collect());
    Ok(Lineage { parents: kin(outcome.rows(2)?)?, children: kin(outcome.rows(3)?)?, siblings: kin(outcome.rows(4)?)? })
}
