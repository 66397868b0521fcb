//! `GET /api/live`: a WebSocket that tells what becomes of the user's generations (`domain::live`).
//!
//! Whoever may read generations may listen to them. The rule of origins of unsafe methods holds here too: a WebSocket is under no same-origin policy, so that
//! the page of another site could open one with the cookies of its visitor, and read it.

use super::{
    Listening, Payload, Request, Response,
    generations::{asker, refuse_foreign},
    problem::Refusal,
};
use crate::{error::Error, platform::Platform, usecases::listen};

pub(super) async fn listen<P: Platform>(p: &P, request: &Request) -> Result<Response<P::Media>, Refusal> {
    if !p.is_live() {
        return Err(Error::NotLive.into());
    }
    if !request.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Refusal::NoUpgrade);
    }
    refuse_foreign(p, request)?;
    let user = listen::run(p, &asker(p, request)?).await?;
    // A number that is none is that of a page that has seen nothing.
    let after = request.parameter("after").and_then(|text| text.parse().ok());
    Ok(Response { body: Payload::Feed(Listening { user, after }), ..Response::empty(101) })
}
