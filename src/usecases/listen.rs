//! Lets somebody listen to what becomes of the own generations: one round trip, and none for what is heard.

use crate::{
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{Batch, sessions, submit},
};

/// Whose feed it is.
pub async fn run(p: &impl Platform, token: &SessionKey) -> Result<String, Error> {
    let outcome = submit(p, &Batch::read(vec![sessions::user(token, p.now())])).await?;
    let user = outcome.rows(0)?.first().ok_or(Error::Unauthenticated)?;
    Ok(user.text("id")?.to_owned())
}
