//! Sessions: read, listed, ended. One round trip each.

use super::{Asked, Asker, ask};
use crate::{
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::{
        sessions::{self, Ending, ListedSession},
        submit,
    },
};

/// The session and its user, extended once a day.
pub async fn get(p: &impl Platform, who: &Asker) -> Asked<()> {
    ask(p, who, Vec::new(), |_, _| Ok(())).await
}

/// The user's sessions.
pub async fn list(p: &impl Platform, who: &Asker) -> Asked<Vec<ListedSession>> {
    ask(p, who, vec![sessions::list(&who.key, p.now())], |outcome, first| sessions::read_list(outcome.rows(first)?)).await
}

/// Ends sessions of the user's; says how many. A first try whose answer was lost counts as one.
pub async fn end(p: &impl Platform, who: &Asker, ending: &Ending) -> Asked<u64> {
    let steps = vec![sessions::revoke(&who.key, p.now(), ending)];
    let asked = ask(p, who, steps, |outcome, first| Ok(outcome.rows(first)?.changed().max(outcome.may_have_been_applied().into()))).await?;
    if let Some(answered) = asked.as_ref().filter(|answered| answered.answer > 0) {
        p.hang_up(&answered.session.user.id);
    }
    Ok(asked)
}

/// Signs out: ends the session, if there is one.
pub async fn sign_out(p: &impl Platform, key: &SessionKey) -> Result<(), Error> {
    let outcome = submit(p, &sessions::delete(key, p.now())).await?;
    if let Some(ended) = outcome.rows(0)?.first() {
        p.hang_up(ended.text("userId")?);
    }
    Ok(())
}
