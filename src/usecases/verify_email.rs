//! Proving an address: links by mail that carry a signed token (contract: better-auth, section 6.9). Nothing of them is stored.

use super::{Answered, Asker, Client, ask, new_id, new_mail, send_later};
use crate::{
    error::Error,
    lanes::{Email, MailLink},
    platform::Platform,
    store::{
        Batch, StepError, accounts,
        mail::{self, Mail},
        sessions::UserRow,
        submit,
    },
    vendors::{
        better_auth::percent_encode,
        jwt::{self, Claims, RequestType},
        mail::Message,
    },
};

/// The link for some claims. `callback` is where it leads; nothing stands for the root.
pub(super) fn link_of(p: &impl Platform, claims: &Claims, callback: &str) -> MailLink {
    let settings = p.settings();
    let token = jwt::sign(&settings.auth_keys, claims, p.now());
    let callback = percent_encode(if callback.is_empty() { "/" } else { callback });
    MailLink::new(format!("{}/api/auth/verify-email?token={token}&callbackURL={callback}", settings.public_origin))
}

/// The link that proves an address of one user's.
pub(super) fn link(p: &impl Platform, email: &Email, user_id: &str, callback: &str) -> MailLink {
    let claims = Claims { email: email.clone(), update_to: None, request_type: None, user_id: Some(user_id.to_owned()) };
    link_of(p, &claims, callback)
}

/// Whoever is not signed in waits at least so long for an answer, in milliseconds.
const FLOOR_MS: i64 = 500;

/// Why no link was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The user who is signed in has another address.
    OtherAddress,
    /// The address was proved before.
    Proved,
}

/// Sends a link. Whoever is not signed in gets the same answer for every address, and it takes the same work.
pub async fn send(p: &impl Platform, who: Option<&Asker>, client: Client, email: Email, callback: &str) -> Result<Sent, Error> {
    let session = match who {
        Some(who) => ask(p, who, Vec::new(), |_, _| Ok(())).await?,
        None => None,
    };
    let now = p.now();
    if let Some(asked) = session {
        let user = &asked.session.user;
        if user.email != email {
            return Ok(Sent { asked: Some(asked), refused: Some(NotSent::OtherAddress) });
        }
        if user.email_verified {
            return Ok(Sent { asked: Some(asked), refused: Some(NotSent::Proved) });
        }
        let link = link(p, &user.email, &user.id, callback);
        let mail = Mail { new: new_mail(p, Message::VerifyEmail, client.language, link), to: user.email.clone(), name: Some(user.name.clone()) };
        submit(p, &Batch::read(vec![mail::insert(&mail, Some(&user.id), now)])).await?.rows(0)?;
        send_later(p, mail.new, mail.to, mail.name);
        return Ok(Sent { asked: Some(asked), refused: None });
    }
    let began = p.now();
    let outcome = submit(p, &Batch::read(vec![accounts::by_email(&email)])).await?;
    let user = accounts::read_one_user(outcome.rows(0)?)?;
    // For an unknown address a link is made for a user who does not exist, and written down for nobody.
    let user_id = user.map_or_else(|| new_id(p), |user| user.id);
    let new = new_mail(p, Message::VerifyEmail, client.language, link(p, &email, &user_id, callback));
    let batch = Batch::write(vec![mail::insert_for(&new, &email, true, now)], vec![mail::just_asked(&new)]);
    let outcome = submit(p, &batch).await?;
    for mail in mail::read(outcome.rows(batch.nth_read(0))?)? {
        send_later(p, mail.new, mail.to, mail.name);
    }
    // The work is the same for every address; the floor is better-auth's (contract, section 3.3).
    p.pause(began.ms() + FLOOR_MS - p.now().ms()).await;
    Ok(Sent { asked: None, refused: None })
}

/// What came of [`send`].
#[derive(Debug, Clone)]
pub struct Sent {
    /// The session, if there was one.
    pub asked: Option<Answered<()>>,
    /// Why nothing was sent.
    pub refused: Option<NotSent>,
}

/// Why a link proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not one of ours, or for something else.
    Token,
    /// It has expired.
    Expired,
    /// The account is gone.
    NoUser,
    /// Somebody else is signed in.
    OtherUser,
}

/// What a link did.
#[derive(Debug)]
pub enum Verified {
    /// The address is proved.
    Proved,
    /// The old address agreed: a link went to the new one.
    AskedNew,
    /// The account has the new address.
    Changed(Box<UserRow>),
}

/// Opens a link. `who` is whoever is signed in, whose session comes back for its cookies.
pub async fn open(
    p: &impl Platform,
    who: Option<&Asker>,
    client: Client,
    token: &str,
    callback: &str,
) -> Result<(Option<Answered<()>>, Result<Verified, Refused>), Error> {
    let claims = match jwt::verify(&p.settings().auth_keys, token, p.now()) {
        Ok(claims) => claims,
        Err(jwt::Refused::Expired) => return Ok((None, Err(Refused::Expired))),
        Err(jwt::Refused::Invalid) => return Ok((None, Err(Refused::Token))),
    };
    if let Some(new) = claims.update_to.clone() {
        return change(p, who, client, &claims, new, callback).await;
    }
    let now = p.now();
    let steps = vec![accounts::by_email(&claims.email), accounts::verify_by_email(&claims.email, claims.user_id.as_deref(), now)];
    let outcome = submit(p, &Batch::read(steps)).await?;
    let user = accounts::read_one_user(outcome.rows(0)?)?;
    outcome.rows(1)?;
    Ok((
        None,
        match user {
            None => Err(Refused::NoUser),
            Some(user) if claims.user_id.as_ref().is_some_and(|id| *id != user.id) => Err(Refused::Token),
            Some(_) => Ok(Verified::Proved),
        },
    ))
}

/// Opens a link that is about a change of the address. It counts for the account that asked and for nobody else, whoever is signed in
/// (better-auth 1.7.16).
async fn change(
    p: &impl Platform,
    who: Option<&Asker>,
    client: Client,
    claims: &Claims,
    new: Email,
    callback: &str,
) -> Result<(Option<Answered<()>>, Result<Verified, Refused>), Error> {
    let Some(user_id) = claims.user_id.as_deref() else { return Ok((None, Err(Refused::Token))) };
    let outcome = submit(p, &Batch::read(vec![accounts::by_id(user_id)])).await?;
    let Some(user) = accounts::read_one_user(outcome.rows(0)?)? else { return Ok((None, Err(Refused::NoUser))) };
    if user.email != claims.email {
        return Ok((None, Err(Refused::Token)));
    }
    let asked = match who {
        Some(who) => ask(p, who, Vec::new(), |_, _| Ok(())).await?,
        None => None,
    };
    if asked.as_ref().is_some_and(|asked| asked.session.user.id != user.id) {
        return Ok((asked, Err(Refused::OtherUser)));
    }
    let now = p.now();
    if claims.request_type == Some(RequestType::ChangeEmailConfirmation) {
        let next = Claims { request_type: Some(RequestType::ChangeEmailVerification), ..claims.clone() };
        let new_mail = new_mail(p, Message::ChangeEmailVerify, client.language, link_of(p, &next, callback));
        let mail = Mail { new: new_mail, to: new, name: Some(user.name) };
        submit(p, &Batch::read(vec![mail::insert(&mail, Some(&user.id), now)])).await?.rows(0)?;
        send_later(p, mail.new, mail.to, mail.name);
        return Ok((asked, Ok(Verified::AskedNew)));
    }
    // Links without a type are of an older version: they were sent to the old address, so the new one is not proved.
    let legacy = claims.request_type != Some(RequestType::ChangeEmailVerification);
    let mut steps = vec![accounts::set_email(&user.id, &claims.email, &new, now)];
    let mut mail = None;
    if legacy {
        steps.push(accounts::set_unverified(&user.id, now));
        let message = new_mail(p, Message::VerifyEmail, client.language, link(p, &new, &user.id, callback));
        let asked_for = Mail { new: message, to: new, name: Some(user.name) };
        steps.push(mail::insert(&asked_for, Some(&user.id), now));
        mail = Some(asked_for);
    }
    let batch = Batch::write(steps, vec![accounts::by_id(&user.id)]);
    let outcome = submit(p, &batch).await?;
    if !outcome.committed(&batch) && outcome.error() != Some(StepError::AlreadyApplied) {
        // The new address got an account meanwhile.
        return Ok((asked, Err(Refused::Token)));
    }
    if let Some(mail) = mail {
        send_later(p, mail.new, mail.to, mail.name);
    }
    let changed = accounts::read_one_user(outcome.rows(batch.nth_read(0))?)?.ok_or(Error::Unavailable("the user is gone"))?;
    let asked = asked.map(|mut asked| {
        asked.session.user = changed.clone();
        asked
    });
    Ok((asked, Ok(Verified::Changed(Box::new(changed)))))
}
