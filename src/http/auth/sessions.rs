//! Session management (contract: better-auth, section 6.5).

use super::{Answer, AuthError, Context, Stop, body::Fields, shapes::Session};
use crate::{
    domain::account,
    http::Response,
    lanes::SessionToken,
    platform::Platform,
    store::sessions::{Ending, SessionRow},
    usecases::manage_sessions,
};
use serde_json::json;

pub(super) async fn list<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let who = context.required_asker()?;
    let answered = context.required(manage_sessions::list(context.p, &who).await)?;
    check_fresh(context.p, &answered.session)?;
    let sessions: Vec<_> = answered.answer.into_iter().map(Session::from).collect();
    Ok(Response::json(200, &sessions))
}

/// Refuses a session that is older than a day.
pub(super) fn check_fresh(p: &impl Platform, session: &SessionRow) -> Result<(), Stop> {
    let fresh = session.created_at > account::fresh_after(p.now()).iso();
    if fresh { Ok(()) } else { Err(AuthError::new(403, "SESSION_NOT_FRESH", "Session is not fresh").into()) }
}

pub(super) async fn revoke<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    let mut fields = Fields::of(body.as_ref());
    let token = SessionToken::new(fields.text("token"));
    fields.done()?;
    let who = context.required_asker()?;
    let hashed = context.p.settings().auth.hash_sessions;
    let own = token.key(hashed) == who.key || token.key(false) == who.key;
    context.required(manage_sessions::end(context.p, &who, &Ending::Token(token)).await)?;
    if own {
        context.clear_session();
    }
    Ok(done())
}

pub(super) async fn revoke_all<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    context.body(false)?;
    let who = context.required_asker()?;
    context.required(manage_sessions::end(context.p, &who, &Ending::All).await)?;
    context.clear_session();
    Ok(done())
}

pub(super) async fn revoke_others<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    context.body(false)?;
    let who = context.required_asker()?;
    context.required(manage_sessions::end(context.p, &who, &Ending::Others).await)?;
    Ok(done())
}

/// There are no fields of a session that a user could change.
pub(super) async fn update<P: Platform>(context: &Context<'_, P>) -> Answer<P> {
    let body = context.body(false)?;
    Fields::record(body.as_ref()).done()?;
    let who = context.required_asker()?;
    context.required(manage_sessions::get(context.p, &who).await)?;
    Err(AuthError::plain(400, "No fields to update").into())
}

fn done<M>() -> Response<M> {
    Response::json(200, &json!({"status": true}))
}
