//! Makes an account with a password, its starting credits and its first session: one round trip.

use super::{Client, Hashing, NO_HASH, Opened, new_id, new_mail, new_session, read_opened, send_later, verify_email};
use crate::{
    error::Error,
    lanes::{Avatar, Email, Password, PersonName},
    platform::Platform,
    store::{
        Batch, StepError,
        accounts::{self, NewAccount},
        mail::{self, Mail},
        people, submit,
    },
    vendors::{mail::Message, password},
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
    /// True if the person said to be old enough.
    pub age_confirmed: bool,
    /// Where the link that proves the address leads, if it has to be proved first.
    pub callback: String,
}

/// What came of it.
#[derive(Debug)]
pub enum SignedUp {
    /// There is an account now, and a session.
    Welcome(Opened),
    /// The address has to be proved first: whether there was an account before is not told.
    ProveAddress(NewAccount),
    /// The address has an account.
    EmailTaken,
}

/// Hashes first and asks afterwards: a taken address costs the same work as a free one.
pub async fn run(p: &impl Platform, client: Client, given: SignUp) -> Result<SignedUp, Error> {
    let now = p.now();
    let settings = p.settings();
    let language = client.language;
    let session = new_session(p, client, now, given.remember);
    let account = NewAccount {
        user_id: new_id(p),
        account_id: new_id(p),
        name: given.name,
        email: given.email,
        image: given.image,
        password: password::hash(&given.password, &Hashing(p)).ok_or(NO_HASH)?,
    };
    let age = given.age_confirmed.then(|| people::confirm_age_of_new(&account.user_id, settings.minimum_age, now));
    let more: Vec<_> = age.into_iter().collect();
    if settings.auth.require_verification {
        let link = verify_email::link(p, &account.email, &account.user_id, &given.callback);
        let new = new_mail(p, Message::VerifyEmail, language, link);
        let mail = Mail { new, to: account.email.clone(), name: Some(account.name.clone()) };
        let mut steps = accounts::insert(&account, now);
        steps.extend(more);
        steps.push(mail::insert(&mail, Some(&account.user_id), now));
        let batch = Batch::write(steps, vec![]);
        let outcome = submit(p, &batch).await?;
        return match outcome.error() {
            None | Some(StepError::AlreadyApplied) => {
                send_later(p, mail.new, mail.to, mail.name);
                Ok(SignedUp::ProveAddress(account))
            }
            Some(StepError::EmailTaken) => Ok(SignedUp::ProveAddress(account)),
            Some(_) => Err(Error::Unavailable("sign-up was not applied")),
        };
    }
    let batch = accounts::sign_up(&account, &session, settings.starting_credits, more, now);
    let outcome = submit(p, &batch).await?;
    // A first try whose answer was lost shows as a session of ours that is there already.
    match (read_opened(&batch, &outcome, session.token)?, outcome.error()) {
        (Some(opened), _) => Ok(SignedUp::Welcome(opened)),
        (None, Some(StepError::EmailTaken)) => Ok(SignedUp::EmailTaken),
        (None, _) => Err(Error::Unavailable("sign-up was not applied")),
    }
}
