//! The user, the ways to sign in, deletion (contract: better-auth, sections 6.6, 6.11 and 6.12).

use super::{
    Answer, AuthError, Context, Stop,
    body::{Fields, query},
    checks,
    context::check_longest,
    password,
    sessions::check_fresh,
    shapes::{Account, Ordered},
};
use crate::{
    domain::account::fresh_after,
    http::Response,
    lanes::{Avatar, Password, PersonName},
    platform::Platform,
    store::accounts::Profile,
    usecases::{
        delete_account::{self, Deleted, Refused, Wish},
        manage_account,
    },
};
use serde_json::{Value, json};

pub(super) async fn update<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::record(body.as_ref());
    let name = fields.optional_text("name").map(PersonName::new);
    let image = match fields.raw("image") {
        Some(Value::Null) => Some(None),
        _ => fields.optional_text("image").map(|image| Some(Avatar::new(image))),
    };
    let truthy = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && *value != "" && value.as_f64() != Some(0.0);
    let email = fields.raw("email").is_some_and(truthy);
    fields.done()?;
    let who = context.required_asker()?;
    if email || name.is_none() && image.is_none() {
        context.required(crate::usecases::manage_sessions::get(context.p, &who).await)?;
        return Err(if email {
            AuthError::new(400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated").into()
        } else {
            AuthError::plain(400, "No fields to update").into()
        });
    }
    let answered = context.required(manage_account::update(context.p, &who, &Profile { name, image }).await)?;
    context.reopen(&answered.answer);
    Ok(Response::json(200, &json!({"status": true})))
}

pub(super) async fn list<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let who = context.required_asker()?;
    let answered = context.required(manage_account::list(context.p, &who).await)?;
    let accounts: Vec<_> = answered.answer.into_iter().map(Account::from).collect();
    Ok(Response::json(200, &accounts))
}

pub(super) async fn unlink<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let id = fields.text("accountId");
    fields.done()?;
    let who = context.required_asker()?;
    let after = fresh_after(context.p.now()).iso();
    let answered = context.required(manage_account::unlink(context.p, &who, &id, &after).await)?;
    check_fresh(context.p, &answered.session)?;
    let (accounts, unlinked) = answered.answer;
    if unlinked {
        Ok(Response::json(200, &json!({"status": true})))
    } else if accounts.len() <= 1 {
        Err(AuthError::new(400, "FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account").into())
    } else {
        Err(AuthError::new(400, "ACCOUNT_NOT_FOUND", "Account not found").into())
    }
}

pub(super) async fn delete<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let callback = fields.optional_text("callbackURL").unwrap_or_default();
    let password = fields.optional_text("password").filter(|text| !text.is_empty()).map(Password::new);
    let token = fields.optional_text("token").filter(|text| !text.is_empty());
    fields.done()?;
    let who = context.required_asker()?;
    let wish = Wish { password, token, callback };
    let too_long = wish.password.as_ref().is_some_and(|password| check_longest(password).is_err());
    let answered = context.required(delete_account::run(context.p, &who, context.client(), wish).await)?;
    debug_assert!(!too_long || answered.answer.is_err(), "a password that is too long is refused");
    match answered.answer {
        Ok(Deleted::Gone) => {
            context.clear_session();
            Ok(deleted("User deleted"))
        }
        Ok(Deleted::LinkSent) => Ok(deleted("Verification email sent")),
        Err(refused) => Err(refusal(refused)),
    }
}

pub(super) async fn delete_by_link<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let query = query(context.request);
    let mut fields = Fields::of_query(&query);
    let token = fields.text("token");
    let callback = fields.optional_text("callbackURL").filter(|url| !url.is_empty());
    fields.done()?;
    checks::target(context.p.settings(), callback.as_deref())?;
    let nobody = || AuthError::new(404, "FAILED_TO_GET_USER_INFO", "Failed to get user info");
    let who = context.who().ok_or_else(nobody)?;
    let Some(answered) = delete_account::open_link(context.p, &who, &token).await? else {
        context.clear_session();
        return Err(nobody().into());
    };
    match answered.answer {
        Ok(Deleted::Gone | Deleted::LinkSent) => {
            context.clear_session();
            Ok(callback.map_or_else(|| deleted("User deleted"), checks::redirect))
        }
        Err(refused) => {
            context.note(&answered);
            Err(refusal(refused))
        }
    }
}

fn deleted<M>(message: &str) -> Response<M> {
    Response::json(200, &Ordered(&[("success", true.into()), ("message", message.into())]))
}

fn refusal(refused: Refused) -> Stop {
    match refused {
        Refused::Password(refused) => password::refusal(refused),
        Refused::Token => AuthError::new(404, "INVALID_TOKEN", "Invalid token").into(),
        Refused::NotFresh => AuthError::new(400, "SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action.").into(),
    }
}
