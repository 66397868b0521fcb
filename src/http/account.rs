//! The studio's own routes about the account: what better-auth has no route for.

use super::{
    Request, Response,
    generations::{invalid, json_object, refuse_foreign, session},
    problem::Refusal,
    shapes::{AccountSession, AccountSessionList, AccountShown, StudioShown},
};
use crate::{
    error::Error,
    platform::Platform,
    store::sessions::Ending,
    usecases::{Asked, Asker, manage_account, manage_sessions},
    vendors::{better_auth, media_url},
};
use serde_json::Value;

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// What the page has to know of the studio before anybody signs in.
pub(super) fn studio<P: Platform>(p: &P) -> Response<P::Media> {
    let settings = p.settings();
    let shown = StudioShown {
        minimum_age: settings.minimum_age,
        google: settings.google.is_some(),
        magic_link: settings.auth.magic_link,
        mail: settings.mail_from.is_some(),
        require_verification: settings.auth.require_verification,
        delete_verification: settings.auth.delete_verification,
        live: p.is_live(),
    };
    Response::json(200, &shown).with("cache-control", "public, max-age=60")
}

fn who<P: Platform>(p: &P, request: &Request) -> Result<Asker, Refusal> {
    Ok(Asker { key: session(p, request)?, extend: !better_auth::dont_remember(p.settings(), request.cookies()) })
}

fn required<T>(asked: Asked<T>) -> Result<T, Refusal> {
    Ok(asked?.ok_or(Error::Unauthenticated)?.answer)
}

pub(super) async fn get<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let (session, person) = manage_account::get(p, &who(p, request)?).await?;
    let (now, settings) = (p.now(), p.settings());
    let avatar = person.avatar_key.as_deref().map(|key| media_url::path(&settings.media_keys, now, key));
    // An age that was confirmed when less was asked for has to be confirmed again.
    let confirmed = person.age_confirmed.filter(|(_, age)| *age >= settings.minimum_age).map(|(at, _)| at);
    Ok(Response::json(200, &AccountShown::of(session.user, confirmed, person.has_password, avatar)))
}

pub(super) async fn confirm_age<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = who(p, request)?;
    let body = json_object(request)?;
    if body.get("confirmed") != Some(&Value::Bool(true)) {
        return Err(invalid("confirmed", "true: nothing else can be said here"));
    }
    required(manage_account::confirm_age(p, &who).await)?;
    Ok(Response::empty(204))
}

pub(super) async fn sessions<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let who = who(p, request)?;
    let mut list = required(manage_sessions::list(p, &who).await)?;
    list.sort_by(|one, other| other.updated_at.cmp(&one.updated_at));
    let sessions = list.into_iter().map(|session| AccountSession::of(session, &who.key)).collect();
    Ok(Response::json(200, &AccountSessionList { sessions }))
}

pub(super) async fn end_session<P: Platform>(p: &P, request: &Request, id: &str) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = who(p, request)?;
    let ended = required(manage_sessions::end(p, &who, &Ending::Id(id.to_owned())).await)?;
    if ended == 0 { Err(Error::NotFound.into()) } else { Ok(Response::empty(204)) }
}
