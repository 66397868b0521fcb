//! better-auth's routes under `/api/auth` (contract: better-auth): its order of checks, bodies, codes and cookies.
//!
//! The order decides which error wins: rate limit, route, body, origin and redirect targets, schema, sign-in's CSRF check, session, deed.

mod account;
mod body;
mod checks;
mod context;
mod email;
mod password;
mod sessions;
mod shapes;
mod sign;
mod social;

use super::{Method, Request, Response};
use crate::{domain::rate_limit, platform::Platform};
use body::{AuthError, Stop};
use context::Context;

type Answer<P> = Result<Response<<P as Platform>::Media>, Stop>;

/// The base path; better-auth answers below it.
pub(super) const BASE: &str = "/api/auth";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint<'a> {
    SignUp,
    SignIn,
    SignOut,
    GetSession,
    DeferredSession,
    ListSessions,
    RevokeSession,
    RevokeSessions,
    RevokeOtherSessions,
    UpdateSession,
    UpdateUser,
    ChangeEmail,
    ChangePassword,
    VerifyPassword,
    RequestPasswordReset,
    OpenReset(&'a str),
    ResetPassword,
    SendVerification,
    VerifyEmail,
    SignInSocial,
    Callback(&'a str),
    LinkSocial,
    UnlinkAccount,
    ListAccounts,
    DeleteUser,
    DeleteUserCallback,
    MagicLink,
    MagicLinkVerify,
    Ok,
    Error,
}

/// A known path with another method is not found either (section 0.14), and paths are compared as they were sent.
fn endpoint(method: Method, path: &str, magic_link: bool) -> Option<Endpoint<'_>> {
    use Method::{Get, Post};
    let one_part = |prefix: &str| path.strip_prefix(prefix).filter(|part| !part.is_empty() && !part.contains('/'));
    Some(match (method, path) {
        (Post, "/sign-up/email") => Endpoint::SignUp,
        (Post, "/sign-in/email") => Endpoint::SignIn,
        (Post, "/sign-out") => Endpoint::SignOut,
        (Get, "/get-session") => Endpoint::GetSession,
        (Post, "/get-session") => Endpoint::DeferredSession,
        (Get, "/list-sessions") => Endpoint::ListSessions,
        (Post, "/revoke-session") => Endpoint::RevokeSession,
        (Post, "/revoke-sessions") => Endpoint::RevokeSessions,
        (Post, "/revoke-other-sessions") => Endpoint::RevokeOtherSessions,
        (Post, "/update-session") => Endpoint::UpdateSession,
        (Post, "/update-user") => Endpoint::UpdateUser,
        (Post, "/change-email") => Endpoint::ChangeEmail,
        (Post, "/change-password") => Endpoint::ChangePassword,
        (Post, "/verify-password") => Endpoint::VerifyPassword,
        (Post, "/request-password-reset") => Endpoint::RequestPasswordReset,
        (Post, "/reset-password") => Endpoint::ResetPassword,
        (Post, "/send-verification-email") => Endpoint::SendVerification,
        (Get, "/verify-email") => Endpoint::VerifyEmail,
        (Post, "/sign-in/social") => Endpoint::SignInSocial,
        (Post, "/link-social") => Endpoint::LinkSocial,
        (Post, "/unlink-account") => Endpoint::UnlinkAccount,
        (Get, "/list-accounts") => Endpoint::ListAccounts,
        (Post, "/delete-user") => Endpoint::DeleteUser,
        (Get, "/delete-user/callback") => Endpoint::DeleteUserCallback,
        (Post, "/sign-in/magic-link") if magic_link => Endpoint::MagicLink,
        (Get, "/magic-link/verify") if magic_link => Endpoint::MagicLinkVerify,
        (Get, "/ok") => Endpoint::Ok,
        (Get, "/error") => Endpoint::Error,
        (Get, _) if one_part("/reset-password/").is_some() => Endpoint::OpenReset(one_part("/reset-password/")?),
        (Get | Post, _) => Endpoint::Callback(one_part("/callback/")?),
        (Method::Head | Method::Put | Method::Patch | Method::Delete | Method::Other, _) => return None,
    })
}

pub(super) async fn handle<P: Platform>(p: &P, request: &Request) -> Response<P::Media> {
    let path = request.path.strip_prefix(BASE).unwrap_or_default();
    if path.is_empty() {
        return Response::empty(404);
    }
    if let Err(stop) = count(p, request, path).await {
        return stop.response();
    }
    let Some(endpoint) = endpoint(request.method, path, p.settings().auth.magic_link) else { return Response::empty(404) };
    let context = Context::new(p, request);
    let answer = answer(&context, endpoint).await;
    // An error keeps the cookies that were set before it (section 1).
    let cookies = context.into_cookies();
    let response = answer.unwrap_or_else(Stop::response);
    cookies.into_iter().fold(response, |response, cookie| response.with("set-cookie", cookie))
}

async fn answer<P: Platform>(context: &Context<'_, P>, endpoint: Endpoint<'_>) -> Answer<P> {
    match endpoint {
        Endpoint::SignUp => sign::up(context).await,
        Endpoint::SignIn => sign::in_(context).await,
        Endpoint::SignOut => sign::out(context).await,
        Endpoint::GetSession => sign::session(context).await,
        Endpoint::DeferredSession => Ok(sign::no_store(sign::deferred().response())),
        Endpoint::ListSessions => sessions::list(context).await,
        Endpoint::RevokeSession => sessions::revoke(context).await,
        Endpoint::RevokeSessions => sessions::revoke_all(context).await,
        Endpoint::RevokeOtherSessions => sessions::revoke_others(context).await,
        Endpoint::UpdateSession => sessions::update(context).await,
        Endpoint::UpdateUser => account::update(context).await,
        Endpoint::ChangeEmail => email::change(context).await,
        Endpoint::ChangePassword => password::change(context).await,
        Endpoint::VerifyPassword => password::verify(context).await,
        Endpoint::RequestPasswordReset => password::request_reset(context).await,
        Endpoint::OpenReset(token) => password::open_reset(context, token).await,
        Endpoint::ResetPassword => password::reset(context).await,
        Endpoint::SendVerification => email::send(context).await,
        Endpoint::VerifyEmail => email::verify(context).await,
        Endpoint::SignInSocial => social::sign_in(context).await,
        Endpoint::Callback(provider) => social::callback(context, provider).await,
        Endpoint::LinkSocial => social::link(context).await,
        Endpoint::UnlinkAccount => account::unlink(context).await,
        Endpoint::ListAccounts => account::list(context).await,
        Endpoint::DeleteUser => account::delete(context).await,
        Endpoint::DeleteUserCallback => account::delete_by_link(context).await,
        Endpoint::MagicLink => sign::magic_link(context).await,
        Endpoint::MagicLinkVerify => sign::open_magic_link(context).await,
        Endpoint::Ok => Ok(Response::json(200, &serde_json::json!({"ok": true}))),
        Endpoint::Error => Ok(checks::error_page(context)),
    }
}

/// Counts the request, before everything else and whatever becomes of it: here exactly, and then where every isolate of the location sees it.
async fn count<P: Platform>(p: &P, request: &Request, path: &str) -> Result<(), Stop> {
    if !p.settings().auth.rate_limit {
        return Ok(());
    }
    let rule = rate_limit::rule(path);
    let key = rate_limit::key(&context::client_address(request), path);
    p.count(&key, rule).map_err(Stop::TooMany)?;
    if p.allows(&key, rule).await { Ok(()) } else { Err(Stop::TooMany(rule.window_s)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_not_routes() {
        assert_eq!(endpoint(Method::Get, "/get-session", true), Some(Endpoint::GetSession));
        assert_eq!(endpoint(Method::Get, "/reset-password/abc", true), Some(Endpoint::OpenReset("abc")));
        assert_eq!(endpoint(Method::Post, "/callback/google", true), Some(Endpoint::Callback("google")));
        for alias in [
            "",
            "/",
            "//get-session",
            "/get-session/",
            "/Get-Session",
            "/get%2Dsession",
            "/reset-password/",
            "/callback/a/b",
            "/forget-password",
            "/set-password",
        ] {
            assert_eq!(endpoint(Method::Get, alias, true), None, "{alias}");
        }
        assert_eq!(endpoint(Method::Get, "/sign-in/email", true), None);
        assert_eq!(endpoint(Method::Post, "/sign-in/magic-link", false), None);
    }
}
