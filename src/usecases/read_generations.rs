//! Reads the user's generations and balance: one round trip.

use crate::{
    domain::{credits::Credits, generation::GenerationId},
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        generations::{self, GenerationRow},
        ledger, submit,
    },
};

/// One generation and the balance.
pub async fn one(p: &impl Platform, token: &SessionKey, id: &GenerationId) -> Result<(GenerationRow, Credits), Error> {
    let outcome = submit(p, &generations::get(token, id, p.now())).await?;
    if !generations::is_signed_in(outcome.rows(0)?) {
        return Err(Error::Unauthenticated);
    }
    let row = generations::read_all(outcome.rows(1)?)?.into_iter().next().ok_or(Error::NotFound)?;
    Ok((row, ledger::read_balance(outcome.rows(2)?)?))
}

/// A page of generations, newest first, and the balance. The flag tells whether there are older ones.
pub async fn page(
    p: &impl Platform,
    token: &SessionKey,
    before: Option<&GenerationId>,
    limit: usize,
) -> Result<(Vec<GenerationRow>, bool, Credits), Error> {
    let batch = generations::list(token, before, limit + 1, p.settings().starting_credits, p.now());
    let outcome = submit(p, &batch).await?;
    if !generations::is_signed_in(outcome.rows(batch.nth_read(0))?) {
        return Err(Error::Unauthenticated);
    }
    let mut rows = generations::read_all(outcome.rows(batch.nth_read(1))?)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows, more, ledger::read_balance(outcome.rows(batch.nth_read(2))?)?))
}
