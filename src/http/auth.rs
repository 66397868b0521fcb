//! better-auth's routes under `/api/auth` (contract: better-auth): its order of checks, bodies, codes and cookies.

use super::{
    Method, Request, Response,
    auth_body::{AuthError, Fields, read},
};
use crate::{
    domain::account,
    error::Error,
    lanes::{Avatar, Email, In, IpAddress, Owner, Password, PersonName, SessionToken, UserAgent},
    platform::Platform,
    store::sessions::{SessionRow, UserRow},
    usecases::{Client, get_session, sign_in, sign_out, sign_up},
    vendors::better_auth::{self, Cookie, OriginError},
};
use serde::Serialize;
use serde_json::Value;

type Answer<P> = Result<Response<<P as Platform>::Media>, AuthError>;

/// A user as better-auth shows it: these keys, in this order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    name: In<Owner, PersonName>,
    email: In<Owner, Email>,
    email_verified: bool,
    image: Option<In<Owner, Avatar>>,
    created_at: String,
    updated_at: String,
    id: String,
}

/// A session as better-auth shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    expires_at: String,
    token: In<Owner, SessionToken>,
    created_at: String,
    updated_at: String,
    ip_address: In<Owner, IpAddress>,
    user_agent: In<Owner, UserAgent>,
    user_id: String,
    id: String,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            name: In::new(row.name),
            email: In::new(row.email),
            email_verified: row.email_verified,
            image: row.image.map(In::new),
            created_at: row.created_at,
            updated_at: row.updated_at,
            id: row.id,
        }
    }
}

pub(super) async fn handle<P: Platform>(p: &P, request: &Request) -> Response<P::Media> {
    let route = request.path.strip_prefix("/api/auth").unwrap_or_default();
    let answer = match (request.method, route) {
        (Method::Post, "/sign-up/email") => post_sign_up(p, request).await,
        (Method::Post, "/sign-in/email") => post_sign_in(p, request).await,
        (Method::Post, "/sign-out") => post_sign_out(p, request).await,
        (Method::Get, "/get-session") => session(p, request).await,
        (Method::Post, "/get-session") => Ok(no_store(deferred().response())),
        (Method::Get, "/ok") => Ok(Response::json(200, &serde_json::json!({"ok": true}))),
        (Method::Get, "/error") => Ok(error_page(request)),
        // A known path with another method is not found either (section 0.14).
        _ => return Response::empty(404),
    };
    answer.unwrap_or_else(|error| error.response())
}

async fn post_sign_up<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let body = read(request, true)?;
    check_request(p, request, body.as_ref())?;
    let mut fields = Fields::of(body.as_ref());
    let name = fields.text("name");
    let typed = fields.text("email");
    let email = account::email(&typed);
    fields.issue_if(email.is_none(), "email", "Invalid email address");
    let password = fields.text("password");
    fields.issue_if(password.is_empty(), "password", "Too small: expected string to have >=1 characters");
    let image = fields.optional_text("image");
    fields.optional_text("callbackURL");
    let remember = fields.optional_bool("rememberMe").unwrap_or(true);
    fields.done()?;
    check_origin_without_cookie(p, request)?;
    let password = Password::new(password);
    if password.utf16_len() < account::PASSWORD_MIN {
        return Err(AuthError::new(400, "PASSWORD_TOO_SHORT", "Password too short"));
    }
    check_longest(&password)?;
    let email = email.ok_or_else(|| AuthError::new(400, "INVALID_EMAIL", "Invalid email"))?;
    let given = sign_up::SignUp { name: PersonName::new(name), email, password, image: image.map(Avatar::new), remember };
    match sign_up::run(p, client(request), given).await {
        Ok(sign_up::SignedUp::Welcome(token, user)) => {
            #[derive(Serialize)]
            struct Shape {
                token: In<Owner, SessionToken>,
                user: User,
            }
            let shape = Shape { token: In::new(token.clone()), user: user.into() };
            Ok(with_session(p, request, Response::json(200, &shape), token, remember))
        }
        Ok(sign_up::SignedUp::EmailTaken) => {
            Err(AuthError::new(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email."))
        }
        Err(error) => Ok(broken(&error)),
    }
}

async fn post_sign_in<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let body = read(request, true)?;
    check_request(p, request, body.as_ref())?;
    let mut fields = Fields::of(body.as_ref());
    let (email, password) = (fields.text("email"), Password::new(fields.text("password")));
    let callback = fields.optional_text("callbackURL").filter(|url| !url.is_empty());
    let remember = fields.optional_bool("rememberMe").unwrap_or(true);
    fields.done()?;
    check_origin_without_cookie(p, request)?;
    let email = account::email(&email).ok_or_else(|| AuthError::new(400, "INVALID_EMAIL", "Invalid email"))?;
    check_longest(&password)?;
    match sign_in::run(p, client(request), &email, &password, remember).await {
        Ok(Some((token, user))) => {
            #[derive(Serialize)]
            struct Shape {
                redirect: bool,
                token: In<Owner, SessionToken>,
                #[serde(skip_serializing_if = "Option::is_none")]
                url: Option<String>,
                user: User,
            }
            let shape = Shape { redirect: callback.is_some(), token: In::new(token.clone()), url: callback.clone(), user: user.into() };
            let response = with_session(p, request, Response::json(200, &shape), token, remember);
            Ok(match callback {
                Some(url) => response.with("location", url),
                None => response,
            })
        }
        Ok(None) => Err(AuthError::new(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")),
        Err(error) => Ok(broken(&error)),
    }
}

async fn post_sign_out<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let body = read(request, false)?;
    check_request(p, request, body.as_ref())?;
    if let Some(token) = better_auth::session_token(p.settings(), request.cookies())
        && let Err(error) = sign_out::run(p, &token).await
    {
        return Ok(broken(&error));
    }
    Ok(clear_cookies(p, request, Response::json(200, &serde_json::json!({"success": true}))))
}

async fn session<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let Some(token) = better_auth::session_token(p.settings(), request.cookies()) else {
        return Ok(no_store(Response::json(200, &Value::Null)));
    };
    let asked_not_to = request.parameter("disableRefresh").is_some_and(|text| !text.is_empty());
    let remember = !better_auth::dont_remember(p.settings(), request.cookies());
    match get_session::run(p, &token, remember && !asked_not_to).await {
        Ok(Some((row, extended))) => {
            let response = no_store(Response::json(200, &show(row, token.clone())));
            let cookie = better_auth::set_session(p.settings(), &In::new(token), true);
            let response = if extended { response.with("set-cookie", cookie) } else { response };
            let cached = better_auth::is_present(p.settings(), request.cookies(), Cookie::SessionData);
            Ok(if cached { response.with("set-cookie", better_auth::clear(p.settings(), Cookie::SessionData)) } else { response })
        }
        Ok(None) => Ok(clear_cookies(p, request, no_store(Response::json(200, &Value::Null)))),
        Err(error) => {
            let mut response = AuthError::new(500, "FAILED_TO_GET_SESSION", "Failed to get session").response();
            response.reason = Some(error.to_string());
            Ok(no_store(response))
        }
    }
}

fn show(row: SessionRow, token: SessionToken) -> impl Serialize {
    #[derive(Serialize)]
    struct Shape {
        session: Session,
        user: User,
    }
    let session = Session {
        expires_at: row.expires_at,
        token: In::new(token),
        created_at: row.created_at,
        updated_at: row.updated_at,
        ip_address: In::new(row.ip_address),
        user_agent: In::new(row.user_agent),
        user_id: row.user.id.clone(),
        id: row.id,
    };
    Shape { session, user: row.user.into() }
}

/// Section 6.13: to the root, with the code if it is one.
fn error_page<M>(request: &Request) -> Response<M> {
    let code = request.parameter("error").unwrap_or_default();
    let plain = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'_-".contains(&byte));
    Response::empty(302).with("location", format!("/?error={}", if plain { &code } else { "UNKNOWN" }))
}

fn deferred() -> AuthError {
    let words = "POST method requires deferSessionRefresh to be enabled in session config";
    AuthError::new(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", words)
}

/// Unhandled failures are a 500 with an empty body (section 1).
fn broken<M>(error: &Error) -> Response<M> {
    Response { reason: Some(error.to_string()), ..Response::empty(500) }
}

fn no_store<M>(response: Response<M>) -> Response<M> {
    response.with("cache-control", "no-store").with("pragma", "no-cache")
}

fn with_session<P: Platform>(p: &P, request: &Request, response: Response<P::Media>, token: SessionToken, remember: bool) -> Response<P::Media> {
    let settings = p.settings();
    let response = response.with("set-cookie", better_auth::set_session(settings, &In::new(token), remember));
    if !remember {
        response.with("set-cookie", better_auth::set_dont_remember(settings))
    } else if better_auth::is_present(settings, request.cookies(), Cookie::DontRemember) {
        response.with("set-cookie", better_auth::clear(settings, Cookie::DontRemember))
    } else {
        response
    }
}

fn clear_cookies<P: Platform>(p: &P, request: &Request, response: Response<P::Media>) -> Response<P::Media> {
    better_auth::clear_all(p.settings(), request.cookies()).into_iter().fold(response, |response, cookie| response.with("set-cookie", cookie))
}

fn client(request: &Request) -> Client {
    Client {
        ip_address: IpAddress::new(account::client_address(request.header("cf-connecting-ip"))),
        user_agent: UserAgent::new(request.header("user-agent").unwrap_or_default()),
    }
}

fn check_longest(password: &Password) -> Result<(), AuthError> {
    if password.utf16_len() > account::PASSWORD_MAX { Err(AuthError::new(400, "PASSWORD_TOO_LONG", "Password too long")) } else { Ok(()) }
}

/// Section 8: origin of a request with any cookie, then the targets of every redirecting field.
fn check_request(p: &impl Platform, request: &Request, body: Option<&Value>) -> Result<(), AuthError> {
    if request.header("cookie").is_some() {
        check_origin(p, request)?;
    }
    let fields = [
        ("callbackURL", "callbackURL", "INVALID_CALLBACK_URL"),
        ("redirectTo", "redirectURL", "INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ];
    for (field, shown, code) in fields {
        let in_query = || request.parameter(field).filter(|_| field == "callbackURL").map(Value::from);
        let target = match body.and_then(|body| body.get(field)).cloned().or_else(in_query) {
            None | Some(Value::Null | Value::Bool(false)) => continue,
            Some(Value::String(target)) => target,
            Some(_) => return Err(AuthError { status: 400, code: None, message: format!("Invalid {field}: expected a string") }),
        };
        if !target.is_empty() && !better_auth::is_trusted_target(p.settings(), &target) {
            return Err(AuthError::new(403, code, format!("Invalid {shown}")));
        }
    }
    Ok(())
}

/// Section 8, sign-in CSRF check: a request without a cookie that a browser made, or that names its origin.
fn check_origin_without_cookie(p: &impl Platform, request: &Request) -> Result<(), AuthError> {
    if request.header("cookie").is_some() {
        return Ok(());
    }
    let fetch = |name| request.header(name).filter(|value| !value.is_empty());
    let (site, mode) = (fetch("sec-fetch-site"), fetch("sec-fetch-mode"));
    if site == Some("cross-site") && mode == Some("navigate") {
        let words = "Cross-site navigation login blocked. This request appears to be a CSRF attack.";
        return Err(AuthError::new(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", words));
    }
    let named = ["origin", "referer"].into_iter().any(|name| request.header(name).is_some());
    let by_browser = site.is_some() || mode.is_some() || fetch("sec-fetch-dest").is_some();
    if by_browser || named { check_origin(p, request) } else { Ok(()) }
}

fn check_origin(p: &impl Platform, request: &Request) -> Result<(), AuthError> {
    better_auth::check_origin(p.settings(), request.header("origin"), request.header("referer")).map_err(|error| match error {
        OriginError::Missing => AuthError::new(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
        OriginError::Untrusted => AuthError::new(403, "INVALID_ORIGIN", "Invalid origin"),
    })
}
