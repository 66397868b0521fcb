//! Passwords: changed, checked, forgotten (contract: better-auth, sections 6.7 and 6.10).

use super::{
    Answer, AuthError, Context, Stop,
    body::{Fields, query},
    checks,
    context::{address, too_long, too_short},
    shapes::{Ordered, User},
};
use crate::{
    domain::settings::Settings,
    http::Response,
    lanes::{In, Owner, Password, SessionToken},
    platform::Platform,
    usecases::{
        change_password::{self, Changed, Refused},
        reset_password,
    },
};
use serde::Serialize;
use serde_json::json;

pub(super) fn refusal(refused: Refused) -> Stop {
    match refused {
        Refused::TooShort => too_short().into(),
        Refused::TooLong => too_long().into(),
        Refused::NoPassword => AuthError::new(400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found").into(),
        Refused::Wrong => AuthError::new(400, "INVALID_PASSWORD", "Invalid password").into(),
        Refused::Locked(seconds) => Stop::TooMany(seconds),
    }
}

pub(super) async fn change<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    #[derive(Serialize)]
    struct Shape {
        token: Option<In<Owner, SessionToken>>,
        user: User,
    }
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let new = Password::new(fields.text("newPassword"));
    let current = Password::new(fields.text("currentPassword"));
    let revoke = fields.optional_bool("revokeOtherSessions").unwrap_or(false);
    fields.done()?;
    let who = context.required_asker()?;
    let how = (revoke, context.remembers());
    let answered = context.required(change_password::run(context.p, &who, context.client(), (&current, &new), how).await)?;
    match answered.answer {
        Ok(Changed::Kept(session)) => Ok(Response::json(200, &Shape { token: None, user: session.user.into() })),
        Ok(Changed::Anew(opened)) => {
            context.open(opened.token.clone(), &opened.session, context.remembers());
            Ok(Response::json(200, &Shape { token: Some(In::new(opened.token)), user: opened.session.user.into() }))
        }
        Err(refused) => Err(refusal(refused)),
    }
}

pub(super) async fn verify<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let password = Password::new(fields.text("password"));
    fields.done()?;
    let who = context.required_asker()?;
    let answered = context.required(change_password::verify(context.p, &who, &password).await)?;
    match answered.answer {
        Ok(()) => Ok(Response::json(200, &json!({"status": true}))),
        // An account without a password has no password that would be right.
        Err(Refused::NoPassword) => Err(refusal(Refused::Wrong)),
        Err(refused) => Err(refusal(refused)),
    }
}

pub(super) async fn request_reset<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let email = address(&mut fields, "email");
    let redirect_to = fields.optional_text("redirectTo").unwrap_or_default();
    fields.done()?;
    if context.p.settings().mail_from.is_none() {
        return Err(AuthError::new(400, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled").into());
    }
    if let Some(email) = email {
        context.count_for(&email, "request-password-reset").await?;
        reset_password::request(context.p, context.client(), email, &redirect_to).await?;
    }
    let message = "If this email exists in our system, check your email for the reset link";
    Ok(Response::json(200, &Ordered(&[("status", true.into()), ("message", message.into())])))
}

pub(super) async fn open_reset<P: Platform>(context: &Context<'_, P>, token: &str) -> Answer<P> {
    let query = query(context.request);
    let mut fields = Fields::of_query(&query);
    let callback = fields.text("callbackURL");
    fields.done()?;
    let settings = context.p.settings();
    checks::target(settings, Some(&callback))?;
    let holds = !token.is_empty() && !callback.is_empty() && reset_password::holds(context.p, token).await?;
    let to = match (callback.is_empty(), holds) {
        (true, _) => error_page(settings),
        (false, true) => checks::absolute(settings, &callback, &[("token", token)]),
        (false, false) => checks::absolute(settings, &callback, &[("error", "INVALID_TOKEN")]),
    };
    Ok(checks::redirect(to))
}

fn error_page(settings: &Settings) -> String {
    format!("{}{}/error?error=INVALID_TOKEN", settings.public_origin, super::BASE)
}

pub(super) async fn reset<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let new = Password::new(fields.text("newPassword"));
    let token = fields.optional_text("token").filter(|token| !token.is_empty());
    fields.done()?;
    let invalid = || AuthError::new(400, "INVALID_TOKEN", "Invalid token");
    let token = token.or_else(|| context.request.parameter("token")).filter(|token| !token.is_empty()).ok_or_else(invalid)?;
    match reset_password::run(context.p, &token, &new).await? {
        Ok(()) => Ok(Response::json(200, &json!({"status": true}))),
        Err(reset_password::Refused::TooShort) => Err(too_short().into()),
        Err(reset_password::Refused::TooLong) => Err(too_long().into()),
        Err(reset_password::Refused::Token) => Err(invalid().into()),
        Err(reset_password::Refused::NoUser) => Err(AuthError::new(400, "USER_NOT_FOUND", "User not found").into()),
    }
}
