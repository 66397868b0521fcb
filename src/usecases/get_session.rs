//! Reads a session, and extends it once a day: one round trip.

use crate::{
    error::Error,
    lanes::SessionToken,
    platform::Platform,
    store::{
        sessions::{self, SessionRow},
        submit,
    },
};

/// The session and its user, and whether it was extended; none if there is none any more. `extend` is false for a session that ends
/// with the browser.
pub async fn run(p: &impl Platform, token: &SessionToken, extend: bool) -> Result<Option<(SessionRow, bool)>, Error> {
    let batch = sessions::get(token, p.now(), extend);
    let outcome = submit(p, &batch).await?;
    let session = sessions::read_session(outcome.rows(batch.nth_read(0))?)?;
    let extended = outcome.rows(sessions::REFRESH_STEP).is_ok_and(|rows| rows.changed() > 0);
    Ok(session.map(|session| (session, extended)))
}
