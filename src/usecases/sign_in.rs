//! Opens a session for a person who knows the password: two round trips, the hash lies between them.

use super::{Client, Hashing, NO_HASH, Opened, new_mail, new_session, read_opened, send_later, verify_email};
use crate::{
    bugs::{Bug, planted},
    error::Error,
    lanes::{Database, Email, In, Password},
    platform::Platform,
    store::{
        Batch, accounts,
        mail::{self, Mail},
        sessions, submit, tries,
    },
    vendors::{mail::Message, password},
};

/// What came of it.
#[derive(Debug)]
pub enum SignedIn {
    /// A session was opened.
    Welcome(Box<Opened>),
    /// Address and password do not belong together, or there is no such account.
    Wrong,
    /// There were too many wrong passwords: another try counts after so many seconds.
    Locked(i64),
    /// The address has to be proved first; a link was sent to it.
    ProveAddress,
}

/// Unknown addresses and accounts without a password take the same work as a wrong password (contract: better-auth, section 3.3), and
/// are locked like any other.
pub async fn run(p: &impl Platform, client: Client, email: &Email, given: &Password, remember: bool, callback: &str) -> Result<SignedIn, Error> {
    let settings = p.settings();
    let subject = tries::Subject::address(&settings.counter_key, email);
    let mut steps = tries::begin(&subject, p.now());
    steps.push(accounts::credential(email));
    let outcome = submit(p, &Batch::read(steps)).await?;
    if let Some(seconds) = tries::read_lock(outcome.rows(0)?, outcome.rows(1)?, p.now())? {
        return Ok(SignedIn::Locked(seconds));
    }
    let found = accounts::read_credential(outcome.rows(2)?)?;
    let counted = found.is_some() || !planted(Bug::UnknownAreNotCounted);
    let right = if let Some((user, Some(hash))) = found {
        password::verify(given, In::<Database, _>::new(hash.clone()).text(), &Hashing(p)).ok_or(NO_HASH)?.then_some((user, hash))
    } else {
        password::verify_nobody(given, &Hashing(p));
        None
    };
    let now = p.now();
    let Some((user, hash)) = right else {
        if counted {
            submit(p, &Batch::read(vec![tries::wrong(&subject, now)])).await?.rows(0)?;
        }
        return Ok(SignedIn::Wrong);
    };
    if settings.auth.require_verification && !user.email_verified {
        let link = verify_email::link(p, &user.email, &user.id, callback);
        let mail = Mail { new: new_mail(p, Message::VerifyEmail, client.language, link), to: user.email, name: Some(user.name) };
        submit(p, &Batch::read(vec![mail::insert(&mail, Some(&user.id), now), tries::end(&subject)])).await?.rows(1)?;
        send_later(p, mail.new, mail.to, mail.name);
        return Ok(SignedIn::ProveAddress);
    }
    let session = new_session(p, client, now, remember);
    // A password that was taken away or replaced while it was looked at opens nothing.
    let mut steps = if planted(Bug::PasswordLookedAtOnce) { Vec::new() } else { vec![accounts::still_has(&user.id, &hash)] };
    steps.extend(sessions::open(&session, &user.id, settings.starting_credits, now));
    steps.push(tries::end(&subject));
    let batch = Batch::write(steps, vec![sessions::just_opened(&session.key, now)]);
    let outcome = submit(p, &batch).await?;
    let opened = read_opened(&batch, &outcome, session.token)?;
    match (opened, outcome.error()) {
        (Some(opened), _) => Ok(SignedIn::Welcome(Box::new(opened))),
        (None, None) => Ok(SignedIn::Wrong),
        (None, Some(_)) => Err(Error::Unavailable("the session was not written")),
    }
}
