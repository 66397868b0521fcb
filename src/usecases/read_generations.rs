//! Reads one of the user's generations and the balance: one round trip.

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
