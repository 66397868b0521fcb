//! Sign-in elsewhere: Google (contract: better-auth, section 6.12).

use super::{
    Answer, AuthError, BASE, Context, Stop,
    body::{self, Fields, query},
    checks,
    shapes::{Ordered, User},
};
use crate::{
    bugs::{Bug, planted},
    domain::settings::Google,
    http::{Method, Response},
    lanes::{In, OAuthCode, OAuthToken, Owner, SessionToken},
    platform::Platform,
    usecases::{
        id_token::{self, Direct, Refused},
        manage_sessions,
        social::{self, Begin, Comeback, Ended, NewcomerTerms},
    },
    vendors::{better_auth, google},
};
use serde::Serialize;
use serde_json::Value;

/// What a body asks for.
struct Wanted {
    provider: String,
    begin: Begin,
    direct: Option<Direct>,
    redirect: bool,
}

/// Reads a body in the order of the schema; the two routes differ in it a little.
fn read(body: Option<&Value>, link: bool) -> Result<Wanted, AuthError> {
    let mut fields = Fields::of(body);
    let callback = fields.optional_text("callbackURL");
    let new_user_callback = if link { None } else { fields.optional_text("newUserCallbackURL") };
    let mut error_callback = if link { None } else { fields.optional_text("errorCallbackURL") };
    let provider = fields.raw("provider").and_then(Value::as_str).map(str::to_owned);
    if fields.object().is_some() && provider.is_none() {
        fields.issue("provider", "Invalid input");
    }
    let provider = provider.unwrap_or_default();
    let disable = |fields: &mut Fields<'_>| fields.optional_bool("disableRedirect").unwrap_or(false);
    let sign_up = |fields: &mut Fields<'_>| fields.optional_bool("requestSignUp");
    let mut disabled = if link { false } else { disable(&mut fields) };
    let direct = fields.optional_object("idToken").map(|mut token| {
        let direct = Direct {
            token: OAuthToken::new(token.text("token")),
            nonce: token.optional_text("nonce").filter(|nonce| !nonce.is_empty()),
            access: token.optional_text("accessToken").map(OAuthToken::new),
            refresh: token.optional_text("refreshToken").map(OAuthToken::new),
        };
        if !link {
            token.optional_number("expiresAt");
            user(&mut token);
        }
        fields.absorb(token);
        direct
    });
    let request_sign_up = if link { sign_up(&mut fields) } else { None };
    let scopes = fields.optional_texts("scopes");
    let request_sign_up = if link { request_sign_up } else { sign_up(&mut fields) };
    if link {
        error_callback = fields.optional_text("errorCallbackURL");
        disabled = disable(&mut fields);
    }
    let login_hint = fields.optional_text("loginHint");
    let additional_params = params(&mut fields);
    let additional_data = fields.optional_record("additionalData").cloned().unwrap_or_default();
    fields.done()?;
    let begin = Begin { callback, new_user_callback, error_callback, scopes, login_hint, additional_params, additional_data, request_sign_up };
    Ok(Wanted { provider, begin, direct, redirect: !disabled })
}

/// What Apple's sign-in sends along; Google's does not, and nothing is made of it.
fn user(token: &mut Fields<'_>) {
    let Some(mut user) = token.optional_object("user") else { return };
    if let Some(mut name) = user.optional_object("name") {
        name.optional_text("firstName");
        name.optional_text("lastName");
        user.absorb(name);
    }
    user.optional_text("email");
    token.absorb(user);
}

fn params(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    let Some(record) = fields.optional_record("additionalParams") else { return Vec::new() };
    for (name, _) in record.iter().filter(|(_, value)| !value.is_string()) {
        let kind = body::kind(record.get(name));
        fields.issue(&format!("additionalParams.{name}"), &format!("Invalid input: expected string, received {kind}"));
    }
    if record.keys().any(|name| google::RESERVED.contains(&name.as_str())) {
        let words = format!("additionalParams cannot include reserved OAuth parameters: {}", google::RESERVED.join(", "));
        fields.issue("additionalParams", &words);
    }
    record.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn provider<P: Platform>(context: &Context<'_, P>, name: &str) -> Result<Google, Stop> {
    let known = context.p.settings().google.clone().filter(|_| name == google::PROVIDER);
    known.ok_or_else(|| AuthError::new(404, "PROVIDER_NOT_FOUND", "Provider not found").into())
}

pub(super) async fn sign_in<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    #[derive(Serialize)]
    struct Shape {
        redirect: bool,
        token: In<Owner, SessionToken>,
        user: User,
    }
    let body = context.body(false)?;
    let wanted = read(body.as_ref(), false)?;
    let provider = provider(context, &wanted.provider)?;
    if let Some(direct) = &wanted.direct {
        let terms = NewcomerTerms::read(&wanted.begin.additional_data);
        let opened = id_token::sign_in(context.p, context.client(), &provider.client_id, direct, terms).await?;
        let opened = opened.map_err(|refused| refusal(refused, false))?;
        context.open(opened.token.clone(), &opened.session, true);
        return Ok(Response::json(200, &Shape { redirect: false, token: In::new(opened.token), user: opened.session.user.into() }));
    }
    let begun = social::begin(context.p, &provider, wanted.begin).await?;
    context.state(Some(&begun.state));
    Ok(begun_response(begun.url, wanted.redirect))
}

pub(super) async fn link<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let wanted = read(body.as_ref(), true)?;
    let who = context.required_asker()?;
    if let Some(direct) = &wanted.direct {
        let Ok(provider) = provider(context, &wanted.provider) else {
            context.required(manage_sessions::get(context.p, &who).await)?;
            return Err(AuthError::new(404, "PROVIDER_NOT_FOUND", "Provider not found").into());
        };
        let answered = context.required(id_token::link(context.p, &who, &provider.client_id, direct).await)?;
        answered.answer.map_err(|refused| refusal(refused, true))?;
        return Ok(Response::json(200, &Ordered(&[("url", "".into()), ("status", true.into()), ("redirect", false.into())])));
    }
    let answered = context.required(manage_sessions::get(context.p, &who).await)?;
    let provider = provider(context, &wanted.provider)?;
    let Some(token) = context.token() else { return Err(super::context::unauthorized().into()) };
    let begun = social::begin_link(context.p, &provider, &answered.session, token, wanted.begin).await?;
    context.state(Some(&begun.state));
    Ok(begun_response(begun.url, wanted.redirect))
}

fn begun_response<M>(url: String, redirect: bool) -> Response<M> {
    let response = Response::json(200, &Ordered(&[("url", url.as_str().into()), ("redirect", redirect.into())]));
    if redirect { response.with("location", url) } else { response }
}

fn refusal(refused: Refused, link: bool) -> AuthError {
    match refused {
        Refused::Token => AuthError::new(401, "INVALID_TOKEN", "Invalid token"),
        Refused::NoEmail => AuthError::new(401, "USER_EMAIL_NOT_FOUND", "User email not found"),
        Refused::Unknown => AuthError::new(401, "OAUTH_LINK_ERROR", "signup disabled"),
        Refused::Foreign if link => AuthError::new(409, "SOCIAL_ACCOUNT_ALREADY_LINKED", "Social account already linked"),
        Refused::NotLinked | Refused::Foreign => AuthError::new(401, "OAUTH_LINK_ERROR", "account not linked"),
        Refused::Failed => AuthError::new(417, "LINKING_FAILED", "Account not linked - unable to create account"),
        Refused::NotAllowed => AuthError::new(401, "LINKING_NOT_ALLOWED", "Account not linked - linking not allowed"),
        Refused::OtherEmail => AuthError::new(401, "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED", "Account not linked - different emails not allowed"),
    }
}

/// The fields of a callback that are passed on; Google adds others.
const KNOWN: [&str; 7] = ["code", "error", "device_id", "error_description", "state", "user", "iss"];

pub(super) async fn callback<P: Platform>(context: &Context<'_, P>, provider: &str) -> Answer<P> {
    let query = query(context.request);
    let body = if context.request.method == Method::Post { context.body(true)? } else { None };
    let mut fields = Fields::optional(body.as_ref());
    for name in KNOWN {
        fields.optional_text(name);
    }
    let mut in_query = Fields::of_query(&query);
    for name in KNOWN {
        in_query.optional_text(name);
    }
    fields.done()?;
    in_query.done()?;
    if context.request.method == Method::Post {
        return Ok(repeat(context, provider, body.as_ref(), &query));
    }
    let text = |name: &str| query.get(name).and_then(Value::as_str).map(str::to_owned);
    let origin = &context.p.settings().public_origin;
    let error_page = format!("{origin}{BASE}/error");
    let Some(state) = text("state").filter(|state| !state.is_empty()) else {
        return Ok(checks::redirect(checks::with_query(&error_page, &[("error", "state_not_found")])));
    };
    let named = better_auth::state(context.p.settings(), context.request.cookies());
    let back = Comeback {
        cookie_matches: named.as_ref() == Some(&state) || planted(Bug::StateOfAnyBrowser),
        state,
        provider_known: provider == google::PROVIDER,
        code: text("code").filter(|code| !code.is_empty()).map(OAuthCode::new),
        error: text("error").filter(|error| !error.is_empty()),
        error_description: text("error_description").filter(|text| !text.is_empty()),
    };
    let Ended { to, error, opened, spent } = social::come_back(context.p, context.client(), back).await?;
    if spent {
        context.state(None);
    }
    if let Some(opened) = opened {
        context.open(opened.token.clone(), &opened.session, true);
    }
    let to = to.unwrap_or(error_page);
    Ok(checks::redirect(match error {
        None => to,
        Some((code, None)) => checks::with_query(&to, &[("error", &code)]),
        Some((code, Some(description))) => checks::with_query(&to, &[("error", &code), ("error_description", &description)]),
    }))
}

/// A callback by POST comes back as GET: only then do browsers send the cookies of `SameSite=Lax`.
fn repeat<P: Platform>(context: &Context<'_, P>, provider: &str, body: Option<&Value>, query: &Value) -> Response<P::Media> {
    let field = |name: &str| {
        let value = query.get(name).or_else(|| body?.get(name));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    let known = KNOWN.into_iter().filter_map(|name| Some((name, field(name)?)));
    let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(known).finish();
    checks::redirect(format!("{}{BASE}/callback/{provider}?{pairs}", context.p.settings().public_origin))
}
