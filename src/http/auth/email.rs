//! Addresses: proved and changed (contract: better-auth, sections 6.8 and 6.9).

use super::{
    Answer, AuthError, Context,
    body::{Fields, query},
    checks,
    context::address,
    shapes::{Ordered, User},
};
use crate::{
    http::Response,
    platform::Platform,
    usecases::{
        change_email,
        verify_email::{self, NotSent, Refused, Verified},
    },
};
use serde::Serialize;
use serde_json::{Value, json};

pub(super) async fn change<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let new = address(&mut fields, "newEmail");
    let callback = fields.optional_text("callbackURL").unwrap_or_default();
    fields.done()?;
    let who = context.required_asker()?;
    let Some(new) = new else { return Err(AuthError::new(400, "INVALID_EMAIL", "Invalid email").into()) };
    context.count_for(&new, "change-email").await?;
    let answered = context.required(change_email::run(context.p, &who, context.client(), new, &callback).await)?;
    match answered.answer {
        Ok(()) => Ok(Response::json(200, &json!({"status": true}))),
        Err(change_email::Refused::Same) => Err(AuthError::plain(400, "Email is the same").into()),
        Err(change_email::Refused::NoMail) => Err(AuthError::plain(400, "Verification email isn't enabled").into()),
    }
}

pub(super) async fn send<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let email = address(&mut fields, "email");
    let callback = fields.optional_text("callbackURL").unwrap_or_default();
    fields.done()?;
    if context.p.settings().mail_from.is_none() {
        return Err(AuthError::new(400, "VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled").into());
    }
    let Some(email) = email else { return Err(AuthError::new(400, "INVALID_EMAIL", "Invalid email").into()) };
    context.count_for(&email, "send-verification-email").await?;
    let who = context.who();
    let sent = verify_email::send(context.p, who.as_ref(), context.client(), email, &callback).await?;
    match &sent.asked {
        Some(asked) => context.note(asked),
        None if who.is_some() => context.clear_session(),
        None => {}
    }
    match sent.refused {
        None => Ok(Response::json(200, &json!({"status": true}))),
        Some(NotSent::OtherAddress) => Err(AuthError::new(400, "EMAIL_MISMATCH", "Email mismatch").into()),
        Some(NotSent::Proved) => Err(AuthError::new(400, "EMAIL_ALREADY_VERIFIED", "Email is already verified").into()),
    }
}

pub(super) async fn verify<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    #[derive(Serialize)]
    struct Shape {
        status: bool,
        user: User,
    }
    let query = query(context.request);
    let mut fields = Fields::of_query(&query);
    let token = fields.text("token");
    let callback = fields.optional_text("callbackURL").filter(|url| !url.is_empty());
    fields.done()?;
    checks::target(context.p.settings(), callback.as_deref())?;
    let who = context.who();
    let to = callback.as_deref().unwrap_or_default();
    let (asked, verdict) = verify_email::open(context.p, who.as_ref(), context.client(), &token, to).await?;
    let refused = |code: &'static str, message: &str| match &callback {
        Some(callback) => Ok(checks::redirect(checks::with_query(callback, &[("error", code)]))),
        None => Err(AuthError::new(401, code, message).into()),
    };
    let verified = match verdict {
        Ok(verified) => verified,
        Err(Refused::Token) => return refused("INVALID_TOKEN", "Invalid token"),
        Err(Refused::Expired) => return refused("TOKEN_EXPIRED", "Token expired"),
        Err(Refused::NoUser) => return refused("USER_NOT_FOUND", "User not found"),
        Err(Refused::OtherUser) => return refused("INVALID_USER", "Invalid user"),
    };
    if let (Some(asked), Verified::Changed(_)) = (&asked, &verified) {
        context.reopen(&asked.session);
    }
    if let Some(callback) = callback {
        return Ok(checks::redirect(callback));
    }
    Ok(match verified {
        Verified::Proved => Response::json(200, &Ordered(&[("status", true.into()), ("user", Value::Null)])),
        Verified::AskedNew => Response::json(200, &json!({"status": true})),
        Verified::Changed(user) => Response::json(200, &Shape { status: true, user: (*user).into() }),
    })
}
