//! The user's own account: what is known, the profile, the ways to sign in, the age. One round trip each.

use super::{Asked, Asker, ask};
use crate::{
    error::Error,
    platform::Platform,
    store::{
        Outcome,
        accounts::{self, AccountRow, Profile},
        ledger,
        people::{self, Person},
        sessions::{self, SessionRow},
        submit,
    },
};

/// What is known of the user. The first thing that the page asks for: whoever comes with a session of better-auth's own is made welcome here.
pub async fn get(p: &impl Platform, who: &Asker) -> Result<(SessionRow, Person), Error> {
    let now = p.now();
    let reads = vec![sessions::just_opened(&who.key, now), people::get(&who.key, now)];
    let batch = ledger::welcome_first(&who.key, p.settings().starting_credits, now, reads);
    let outcome = submit(p, &batch).await?;
    let session = sessions::read_session(outcome.rows(batch.nth_read(0))?)?.ok_or(Error::Unauthenticated)?;
    Ok((session, people::read(outcome.rows(batch.nth_read(1))?)?))
}

/// Notes that the user said to be as old as is asked for.
pub async fn confirm_age(p: &impl Platform, who: &Asker) -> Asked<()> {
    ask(p, who, vec![people::confirm_age(&who.key, p.settings().minimum_age, p.now())], done).await
}

/// Changes name and picture, and reads the user as changed. Our copy of the picture before goes with it.
pub async fn update(p: &impl Platform, who: &Asker, profile: &Profile) -> Asked<SessionRow> {
    let now = p.now();
    let mut more = vec![accounts::update(&who.key, profile, now), sessions::just_opened(&who.key, now)];
    if profile.image.is_some() {
        more.extend(people::drop_avatar(&who.key, now));
    }
    let asked = ask(p, who, more, |outcome, first| {
        outcome.rows(first)?;
        sessions::read_session(outcome.rows(first + 1)?)
    });
    Ok(asked.await?.map(|asked| {
        let changed = asked.answer.clone().unwrap_or_else(|| asked.session.clone());
        asked.with(changed)
    }))
}

/// The ways in which the user can sign in.
pub async fn list(p: &impl Platform, who: &Asker) -> Asked<Vec<AccountRow>> {
    ask(p, who, vec![accounts::list(&who.key, p.now())], |outcome, first| accounts::read_list(outcome.rows(first)?)).await
}

/// Takes one of them away, unless it is the last, or the session was made before `created_after`; says what there was, and whether one was
/// taken away.
pub async fn unlink(p: &impl Platform, who: &Asker, account_id: &str, created_after: &str) -> Asked<(Vec<AccountRow>, bool)> {
    let now = p.now();
    let more = vec![accounts::list(&who.key, now), accounts::unlink(&who.key, account_id, created_after, now)];
    ask(p, who, more, |outcome, first| {
        let list = accounts::read_list(outcome.rows(first)?)?;
        // A first try whose answer was lost shows as its being gone already.
        let gone = outcome.may_have_been_applied() && list.iter().all(|account| account.id != account_id);
        Ok((list, gone || outcome.rows(first + 1)?.changed() > 0))
    })
    .await
}

fn done(outcome: &Outcome, first: usize) -> Result<(), crate::platform::DbError> {
    outcome.rows(first).map(|_| ())
}
