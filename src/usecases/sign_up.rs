//! Makes an account with a password, its starting credits and its first session: one round trip.

use super::{Client, new_session};
use crate::{
    domain::ids,
    error::Error,
    lanes::{Avatar, Email, Password, PersonName, SessionToken},
    platform::Platform,
    store::{
        StepError,
        accounts::{self, NewAccount},
        sessions::{self, UserRow},
        submit,
    },
    vendors::password,
};

/// What the person gave.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The name, which may be empty.
    pub name: PersonName,
    /// The address.
    pub email: Email,
    /// The password, of a length that is accepted.
    pub password: Password,
    /// The picture's address.
    pub image: Option<Avatar>,
    /// False if the session shall end with the browser.
    pub remember: bool,
}

/// What came of it.
#[derive(Debug)]
pub enum SignedUp {
    /// There is an account now, and a session.
    Welcome(SessionToken, UserRow),
    /// The address has an account.
    EmailTaken,
}

/// Hashes first and asks afterwards: a taken address costs the same work as a free one.
pub async fn run(p: &impl Platform, client: Client, given: SignUp) -> Result<SignedUp, Error> {
    let now = p.now();
    let session = new_session(p, client, now, given.remember);
    let account = NewAccount {
        user_id: ids::auth_id(|bytes| p.random(bytes)),
        account_id: ids::auth_id(|bytes| p.random(bytes)),
        name: given.name,
        email: given.email,
        image: given.image,
        password: password::hash(&given.password, |salt| p.random(salt), |text| p.nfkc(text)),
    };
    let batch = accounts::sign_up(&account, &session, p.settings().starting_credits, now);
    let outcome = submit(p, &batch).await?;
    // A first try whose answer was lost shows as a session of ours that is there already.
    let user = sessions::read_session(outcome.rows(batch.nth_read(0))?)?.map(|session| session.user);
    match (user, outcome.error()) {
        (Some(user), _) => Ok(SignedUp::Welcome(session.token, user)),
        (None, Some(StepError::EmailTaken)) => Ok(SignedUp::EmailTaken),
        (None, _) => Err(Error::Unavailable("sign-up was not applied")),
    }
}
