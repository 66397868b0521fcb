//! Reads one of the user's generations and the balance: one round trip.

use super::signed_in;
use crate::{
    domain::{credits::Credits, generation::GenerationId},
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        generations, ledger,
        shown::{self, GenerationRow},
    },
};

/// One generation and the balance.
pub async fn one(p: &impl Platform, token: &SessionKey, id: &GenerationId) -> Result<(GenerationRow, Credits), Error> {
    let outcome = signed_in(p, &generations::get(token, id, p.now())).await?;
    let row = shown::read_all(outcome.rows(1)?)?.into_iter().next().ok_or(Error::NotFound)?;
    Ok((row, ledger::read_balance(outcome.rows(2)?)?))
}
