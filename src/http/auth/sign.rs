//! Sign-up, sign-in, sign-out, the session, magic links (contract: better-auth, sections 6.1 to 6.4 and 6.14).

use super::{
    Answer, AuthError, Context, Stop,
    body::{Fields, query},
    checks,
    context::{address, check_longest, too_short},
    shapes::{CachedSessionAndUser, Session, SessionAndUser, User},
};
use crate::{
    domain::account,
    http::Response,
    lanes::{Avatar, Email, In, Owner, Password, PersonName, SessionToken},
    platform::Platform,
    store::{accounts::NewAccount, sessions::UserRow},
    usecases::{magic_link, manage_sessions, sign_in, sign_up, social::NewcomerTerms},
};
use serde::Serialize;
use serde_json::Value;

/// A token, if a session was opened, and a user.
#[derive(Serialize)]
struct TokenAndUser {
    token: Option<In<Owner, SessionToken>>,
    user: User,
}

pub(super) async fn up<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(true)?;
    let mut fields = Fields::object_and_record(body.as_ref());
    let name = fields.text("name");
    let email = address(&mut fields, "email");
    let password = fields.text("password");
    fields.issue_if(password.is_empty(), "password", "Too small: expected string to have >=1 characters");
    let image = fields.optional_text("image");
    let callback = fields.optional_text("callbackURL").unwrap_or_default();
    let remember = fields.optional_bool("rememberMe").unwrap_or(true);
    // Not better-auth's: our page's word that the person is old enough.
    let age_confirmed = fields.raw("ageConfirmed") == Some(&Value::Bool(true));
    fields.done()?;
    checks::sign_in(context)?;
    let password = Password::new(password);
    if password.utf16_len() < account::PASSWORD_MIN {
        return Err(too_short().into());
    }
    check_longest(&password)?;
    let email = email.ok_or_else(|| AuthError::new(400, "INVALID_EMAIL", "Invalid email"))?;
    let image = image.map(Avatar::new);
    let given = sign_up::SignUp { name: PersonName::new(name), email, password, image, remember, age_confirmed, callback };
    match sign_up::run(context.p, context.client(), given).await? {
        sign_up::SignedUp::Welcome(opened) => {
            context.open(opened.token.clone(), &opened.session, remember);
            Ok(Response::json(200, &TokenAndUser { token: Some(In::new(opened.token)), user: opened.session.user.into() }))
        }
        sign_up::SignedUp::ProveAddress(account) => Ok(Response::json(200, &TokenAndUser { token: None, user: unproved(account, context.p).into() })),
        sign_up::SignedUp::EmailTaken => {
            Err(AuthError::new(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.").into())
        }
    }
}

/// The user of an account whose address has to be proved: shown alike whether it was made just now or there was another before.
fn unproved(account: NewAccount, p: &impl Platform) -> UserRow {
    let now = p.now().iso();
    UserRow {
        id: account.user_id,
        name: account.name,
        email: account.email,
        email_verified: false,
        image: account.image,
        created_at: now.clone(),
        updated_at: now,
    }
}

pub(super) async fn in_<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    #[derive(Serialize)]
    struct Shape {
        redirect: bool,
        token: In<Owner, SessionToken>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        user: User,
    }
    let body = context.body(true)?;
    let mut fields = Fields::of(body.as_ref());
    let (email, password) = (fields.text("email"), Password::new(fields.text("password")));
    let callback = fields.optional_text("callbackURL").filter(|url| !url.is_empty());
    let remember = fields.optional_bool("rememberMe").unwrap_or(true);
    fields.done()?;
    checks::sign_in(context)?;
    let email = account::email(&email).ok_or_else(|| AuthError::new(400, "INVALID_EMAIL", "Invalid email"))?;
    check_longest(&password)?;
    if context.p.settings().auth.require_verification {
        // Whoever made an account with somebody else's address must not flood that mailbox by signing in.
        context.count_for(&email, "sign-in").await?;
    }
    match sign_in::run(context.p, context.client(), &email, &password, remember, callback.as_deref().unwrap_or_default()).await? {
        sign_in::SignedIn::Welcome(opened) => {
            context.open(opened.token.clone(), &opened.session, remember);
            let shape = Shape { redirect: callback.is_some(), token: In::new(opened.token), url: callback.clone(), user: opened.session.user.into() };
            let response = Response::json(200, &shape);
            Ok(match callback {
                Some(url) => response.with("location", checks::plain(&url)),
                None => response,
            })
        }
        sign_in::SignedIn::Wrong => Err(AuthError::new(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password").into()),
        sign_in::SignedIn::Locked(seconds) => Err(Stop::TooMany(seconds)),
        sign_in::SignedIn::ProveAddress => Err(AuthError::new(403, "EMAIL_NOT_VERIFIED", "Email not verified").into()),
    }
}

pub(super) async fn out<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::optional(body.as_ref());
    fields.optional_text("callbackURL");
    fields.optional_bool("disableRedirect");
    fields.optional_text("state");
    fields.done()?;
    if let Some(who) = context.who() {
        manage_sessions::sign_out(context.p, &who.key).await?;
    }
    context.clear_session();
    Ok(Response::json(200, &serde_json::json!({"success": true})))
}

pub(super) async fn session<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let nothing = || Ok(no_store(Response::json(200, &Value::Null)));
    context.clear_stale_cache();
    let Some(who) = context.who() else { return nothing() };
    let bypass = context.request.parameter("disableCookieCache").is_some_and(|text| !text.is_empty());
    if let Some(cached) = context.cached().filter(|_| !bypass) {
        // A copy that cannot be shown counts as none.
        if let Some(shown) = CachedSessionAndUser::read(&cached) {
            return Ok(no_store(Response::json(200, &shown)));
        }
    }
    match manage_sessions::get(context.p, &who).await {
        Ok(Some(answered)) => {
            context.note(&answered);
            Ok(no_store(Response::json(200, &SessionAndUser::from(answered.session))))
        }
        Ok(None) => {
            context.clear_session();
            nothing()
        }
        Err(error) => {
            let mut response = AuthError::new(500, "FAILED_TO_GET_SESSION", "Failed to get session").response();
            response.reason = Some(error.to_string());
            Ok(no_store(response))
        }
    }
}

pub(super) fn deferred() -> AuthError {
    let words = "POST method requires deferSessionRefresh to be enabled in session config";
    AuthError::new(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", words)
}

pub(super) fn no_store<M>(response: Response<M>) -> Response<M> {
    response.with("cache-control", "no-store").with("pragma", "no-cache")
}

pub(super) async fn magic_link<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let typed = fields.text("email");
    let address = account::email(&typed);
    fields.issue_if(address.is_none(), "email", "Invalid email address");
    let name = fields.optional_text("name").map(PersonName::new);
    let callback = fields.optional_text("callbackURL").unwrap_or_default();
    let new_user_callback = fields.optional_text("newUserCallbackURL");
    let error_callback = fields.optional_text("errorCallbackURL");
    // better-auth hands it to the sender of the mail; our page says there what is to be known of a newcomer.
    let terms = fields.optional_record("metadata").map_or(NewcomerTerms::default(), NewcomerTerms::read);
    fields.done()?;
    checks::sign_in(context)?;
    let Some(address) = address else { return Err(AuthError::new(400, "INVALID_EMAIL", "Invalid email").into()) };
    context.count_for(&address, "magic-link").await?;
    let asked = magic_link::Asked { email: Email::new(typed), address, name, callback, new_user_callback, error_callback, terms };
    magic_link::request(context.p, context.client(), asked).await?;
    Ok(Response::json(200, &serde_json::json!({"status": true})))
}

pub(super) async fn open_magic_link<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    #[derive(Serialize)]
    struct Shape {
        token: In<Owner, SessionToken>,
        user: User,
        session: Session,
    }
    let query = query(context.request);
    let mut fields = Fields::of_query(&query);
    let token = fields.text("token");
    let [callback, error_callback, new_user_callback] =
        ["callbackURL", "errorCallbackURL", "newUserCallbackURL"].map(|name| fields.optional_text(name).filter(|url| !url.is_empty()));
    fields.done()?;
    let settings = context.p.settings();
    for url in [&callback, &new_user_callback, &error_callback] {
        checks::target(settings, url.as_deref())?;
    }
    let to = callback.as_deref().unwrap_or("/");
    let wrong = |code| {
        let to = error_callback.as_deref().unwrap_or(to);
        Ok(checks::redirect(checks::absolute(settings, to, &[("error", code)])))
    };
    let (opened, is_new) = match magic_link::open(context.p, context.client(), &token).await? {
        magic_link::Came::In(opened, is_new) => (opened, is_new),
        magic_link::Came::Invalid => return wrong("INVALID_TOKEN"),
        magic_link::Came::Unknown => return wrong("new_user_signup_disabled"),
    };
    context.open(opened.token.clone(), &opened.session, true);
    if callback.is_none() {
        let session = Session::of(&opened.session);
        return Ok(Response::json(200, &Shape { token: In::new(opened.token), user: opened.session.user.into(), session }));
    }
    let to = new_user_callback.as_deref().filter(|_| is_new).unwrap_or(to);
    Ok(checks::redirect(checks::absolute(settings, to, &[])))
}
