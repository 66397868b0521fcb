//! Changing the address (contract: better-auth, section 6.8): the old address agrees first, if it was proved; then the new one proves itself.

use super::{Answered, Asked, Asker, Client, ask, new_mail, send_later, verify_email::link_of};
use crate::{
    lanes::Email,
    platform::Platform,
    store::{
        Batch, accounts,
        mail::{self, Mail},
        submit,
    },
    vendors::{
        jwt::{Claims, RequestType},
        mail::Message,
    },
};

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is the address already.
    Same,
    /// No mail can be sent here.
    NoMail,
}

/// Sends the first link. A taken address gets the same answer, and no mail.
pub async fn run(p: &impl Platform, who: &Asker, client: Client, new: Email, callback: &str) -> Asked<Result<(), Refused>> {
    let taken = vec![accounts::by_email(&new)];
    let asked = ask(p, who, taken, |outcome, first| Ok(accounts::read_one_user(outcome.rows(first)?)?.is_some())).await?;
    let Some(Answered { session, extended, answer: taken }) = asked else { return Ok(None) };
    let user = session.user.clone();
    let answered = |answer| Ok(Some(Answered { session, extended, answer }));
    if user.email == new {
        return answered(Err(Refused::Same));
    }
    if p.settings().mail_from.is_none() {
        return answered(Err(Refused::NoMail));
    }
    if taken {
        return answered(Ok(()));
    }
    let (request_type, message, to) = if user.email_verified {
        (RequestType::ChangeEmailConfirmation, Message::ChangeEmailConfirm, user.email.clone())
    } else {
        (RequestType::ChangeEmailVerification, Message::ChangeEmailVerify, new.clone())
    };
    let claims = Claims { email: user.email, update_to: Some(new), request_type: Some(request_type), user_id: Some(user.id.clone()) };
    let mail = Mail { new: new_mail(p, message, client.language, link_of(p, &claims, callback)), to, name: Some(user.name) };
    submit(p, &Batch::read(vec![mail::insert(&mail, Some(&user.id), p.now())])).await?.rows(0)?;
    send_later(p, mail.new, mail.to, mail.name);
    answered(Ok(()))
}
