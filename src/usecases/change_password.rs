//! The user's own password: changed, or only checked. Two round trips; the hashes lie between them.

use super::{Answered, Asked, Asker, Client, Hashing, NO_HASH, Opened, ask, new_session, read_opened};
use crate::{
    domain::account,
    error::Error,
    lanes::{Database, In, Password, PasswordHash},
    platform::{DbError, Platform},
    store::{
        Batch, Outcome, accounts,
        sessions::{self, SessionRow},
        submit, tries,
    },
    vendors::password,
};

/// Why a password was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The new one is too short.
    TooShort,
    /// One of them is too long.
    TooLong,
    /// The account has no password.
    NoPassword,
    /// It is not the password.
    Wrong,
    /// There were too many wrong ones: another try counts after so many seconds.
    Locked(i64),
}

/// How the user's password stood before it was looked at.
pub(super) struct Stored {
    hash: Option<PasswordHash>,
    locked: Option<i64>,
}

/// The steps that count a try and read the hash.
pub(super) fn look(p: &impl Platform, who: &Asker) -> Vec<crate::store::Step> {
    let mut steps = tries::begin_own(&who.key, p.now());
    steps.push(accounts::own_credential(&who.key, p.now()));
    steps
}

/// Reads the steps of [`look`].
pub(super) fn read(p: &impl Platform, outcome: &Outcome, first: usize) -> Result<Stored, DbError> {
    let locked = tries::read_lock(outcome.rows(first)?, outcome.rows(first + 1)?, p.now())?;
    Ok(Stored { hash: accounts::read_hash(outcome.rows(first + 2)?)?, locked })
}

/// Compares a password with the stored one.
pub(super) fn compare(p: &impl Platform, given: &Password, stored: Stored) -> Result<Result<PasswordHash, Refused>, Error> {
    if given.utf16_len() > account::PASSWORD_MAX {
        return Ok(Err(Refused::TooLong));
    }
    if let Some(seconds) = stored.locked {
        return Ok(Err(Refused::Locked(seconds)));
    }
    let Some(hash) = stored.hash else { return Ok(Err(Refused::NoPassword)) };
    let right = password::verify(given, In::<Database, _>::new(hash.clone()).text(), &Hashing(p)).ok_or(NO_HASH)?;
    Ok(if right { Ok(hash) } else { Err(Refused::Wrong) })
}

/// Writes down how a comparison ended, if it has to be.
pub(super) async fn count(p: &impl Platform, user_id: &str, refused: Option<Refused>) -> Result<(), Error> {
    let subject = tries::Subject::user(user_id);
    let step = match refused {
        None => tries::end(&subject),
        Some(Refused::Wrong) => tries::wrong(&subject, p.now()),
        Some(Refused::TooShort | Refused::TooLong | Refused::NoPassword | Refused::Locked(_)) => return Ok(()),
    };
    submit(p, &Batch::read(vec![step])).await?.rows(0)?;
    Ok(())
}

/// Says whether a password is the user's.
pub async fn verify(p: &impl Platform, who: &Asker, given: &Password) -> Asked<Result<(), Refused>> {
    let Some(asked) = ask(p, who, look(p, who), |outcome, first| read(p, outcome, first)).await? else { return Ok(None) };
    let Answered { session, extended, answer } = asked;
    let verdict = compare(p, given, answer)?;
    count(p, &session.user.id, verdict.as_ref().err().copied()).await?;
    Ok(Some(Answered { session, extended, answer: verdict.map(|_| ()) }))
}

/// What came of a change.
#[derive(Debug)]
pub enum Changed {
    /// The session goes on.
    Kept(Box<SessionRow>),
    /// Every session was ended, and this one opened.
    Anew(Box<Opened>),
}

/// Changes the password; ends every session and opens a new one if that is wanted.
pub async fn run(
    p: &impl Platform,
    who: &Asker,
    client: Client,
    (current, new): (&Password, &Password),
    (revoke, remember): (bool, bool),
) -> Asked<Result<Changed, Refused>> {
    let Some(asked) = ask(p, who, look(p, who), |outcome, first| read(p, outcome, first)).await? else { return Ok(None) };
    let Answered { session, extended, answer: stored } = asked;
    let answered = |answer| Ok(Some(Answered { session: session.clone(), extended, answer }));
    if new.utf16_len() < account::PASSWORD_MIN {
        return answered(Err(Refused::TooShort));
    }
    if new.utf16_len() > account::PASSWORD_MAX {
        return answered(Err(Refused::TooLong));
    }
    let old = match compare(p, current, stored)? {
        Ok(old) => old,
        Err(refused) => {
            count(p, &session.user.id, Some(refused)).await?;
            return answered(Err(refused));
        }
    };
    let new = password::hash(new, &Hashing(p)).ok_or(NO_HASH)?;
    let now = p.now();
    let user_id = &session.user.id;
    let mut steps = accounts::change_password(user_id, &old, &new, now);
    steps.push(tries::end(&tries::Subject::user(user_id)));
    if !revoke {
        let batch = Batch::write(steps, vec![]);
        let outcome = submit(p, &batch).await?;
        return if outcome.committed(&batch) {
            answered(Ok(Changed::Kept(Box::new(session.clone()))))
        } else {
            // Somebody else changed it meanwhile: what was given is not the password any more.
            answered(Err(Refused::Wrong))
        };
    }
    let opened = new_session(p, client, now, remember);
    steps.push(sessions::end_all(user_id));
    steps.extend(sessions::open(&opened, user_id, p.settings().starting_credits, now));
    let batch = Batch::write(steps, vec![sessions::just_opened(&opened.key, now)]);
    let outcome = submit(p, &batch).await?;
    match read_opened(&batch, &outcome, opened.token)? {
        Some(opened) => {
            p.hang_up(user_id);
            answered(Ok(Changed::Anew(Box::new(opened))))
        }
        None => answered(Err(Refused::Wrong)),
    }
}
