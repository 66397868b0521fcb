//! Opens a session for a person who knows the password: two round trips, the hash lies between them.

use super::{Client, new_session};
use crate::{
    error::Error,
    lanes::{Database, Email, In, Password, SessionToken},
    platform::Platform,
    store::{
        Batch, StepError, accounts,
        sessions::{self, UserRow},
        submit,
    },
    vendors::password,
};

/// The session's token and the user; none if address and password do not belong together. Unknown addresses and accounts without
/// a password take the same work as a wrong password (contract: better-auth, section 3.3).
pub async fn run(
    p: &impl Platform,
    client: Client,
    email: &Email,
    given: &Password,
    remember: bool,
) -> Result<Option<(SessionToken, UserRow)>, Error> {
    let outcome = submit(p, &accounts::credential(email)).await?;
    let nfkc = |text: &str| p.nfkc(text);
    let found = accounts::read_credential(outcome.rows(0)?)?;
    let user = if let Some((user, Some(hash))) = found {
        password::verify(given, In::<Database, _>::new(hash).text(), nfkc).then_some(user)
    } else {
        password::verify_nobody(given, nfkc);
        None
    };
    let Some(user) = user else { return Ok(None) };
    let now = p.now();
    let session = new_session(p, client, now, remember);
    let batch = Batch::write(vec![sessions::insert(&session, &user.id, now)], vec![]);
    let outcome = submit(p, &batch).await?;
    match outcome.error() {
        None | Some(StepError::AlreadyApplied) => Ok(Some((session.token, user))),
        Some(_) => Err(Error::Unavailable("the session was not written")),
    }
}
