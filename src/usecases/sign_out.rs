//! Ends a session: one round trip.

use crate::{
    error::Error,
    lanes::SessionToken,
    platform::Platform,
    store::{sessions, submit},
};

/// Ends the session, if there is one.
pub async fn run(p: &impl Platform, token: &SessionToken) -> Result<(), Error> {
    submit(p, &sessions::delete(token, p.now())).await?.rows(0)?;
    Ok(())
}
