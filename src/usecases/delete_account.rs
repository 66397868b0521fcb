//! Deleting the account (contract: better-auth, section 6.11): at once, or by a link that is sent to its address. Two round trips.

use super::{
    Answered, Asked, Asker, Client, apply_report, ask,
    change_password::{self, Refused as PasswordRefused},
    new_id, new_mail, send_later, send_order,
};
use crate::{
    bugs::{Bug, planted},
    domain::{
        account,
        ids::{self, Alphabet},
        time::Timestamp,
    },
    error::Error,
    lanes::{MailLink, Password, VerificationValue},
    platform::Platform,
    store::{
        Batch,
        deletion::{self, Run},
        mail::{self, Mail},
        sessions::SessionRow,
        submit,
        verifications::{self, NewToken, Purpose},
    },
    vendors::{better_auth::percent_encode, mail::Message},
};
use futures_util::future::join_all;

/// Length of the token in characters (contract: better-auth, section 6.11).
const TOKEN_LEN: usize = 32;

/// Why nothing was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The password was given and not accepted.
    Password(PasswordRefused),
    /// The token is not this user's.
    Token,
    /// The session is too old to do this without a password.
    NotFresh,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The account is gone.
    Gone,
    /// A link was sent.
    LinkSent,
}

/// What the user gave.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The password.
    pub password: Option<Password>,
    /// The token of a link.
    pub token: Option<String>,
    /// Where the link leads when the account is gone.
    pub callback: String,
}

/// Deletes, or sends a link that will.
pub async fn run(p: &impl Platform, who: &Asker, client: Client, wish: Wish) -> Asked<Result<Deleted, Refused>> {
    let with_password = wish.password.is_some();
    let steps = if with_password { change_password::look(p, who) } else { Vec::new() };
    let asked = ask(p, who, steps, |outcome, first| Ok(if with_password { Some(change_password::read(p, outcome, first)?) } else { None })).await?;
    let Some(Answered { session, extended, answer: stored }) = asked else { return Ok(None) };
    let verdict = decide(p, client, &session, stored, wish).await?;
    Ok(Some(Answered { session, extended, answer: verdict }))
}

async fn decide(
    p: &impl Platform,
    client: Client,
    session: &SessionRow,
    stored: Option<change_password::Stored>,
    wish: Wish,
) -> Result<Result<Deleted, Refused>, Error> {
    let user = &session.user;
    let with_password = wish.password.is_some();
    if let Some((password, stored)) = wish.password.zip(stored)
        && let Err(refused) = change_password::compare(p, &password, stored)?
    {
        change_password::count(p, &user.id, Some(refused)).await?;
        return Ok(Err(Refused::Password(refused)));
    }
    if let Some(token) = wish.token {
        return with_token(p, session, &token).await;
    }
    if p.settings().auth.delete_verification {
        send_link(p, client, session, &wish.callback).await?;
        return Ok(Ok(Deleted::LinkSent));
    }
    if !with_password && !is_fresh(session, p.now()) {
        return Ok(Err(Refused::NotFresh));
    }
    now(p, &user.id, Vec::new()).await.map(|_| Ok(Deleted::Gone))
}

/// Deletes by a link that was opened by whoever is signed in.
pub async fn open_link(p: &impl Platform, who: &Asker, token: &str) -> Asked<Result<Deleted, Refused>> {
    let Some(asked) = ask(p, who, Vec::new(), |_, _| Ok(())).await? else { return Ok(None) };
    let verdict = with_token(p, &asked.session, token).await?;
    Ok(Some(asked.with(verdict)))
}

async fn with_token(p: &impl Platform, session: &SessionRow, token: &str) -> Result<Result<Deleted, Refused>, Error> {
    let user_id = &session.user.id;
    // The token has to be this user's: whose it is stands in the row, and is compared in the same transaction.
    let spend = if planted(Bug::DeletesWhoeverOpens) {
        verifications::spend(Purpose::DeleteAccount, token, p.now())
    } else {
        verifications::spend_of(Purpose::DeleteAccount, token, user_id, p.now())
    };
    Ok(if now(p, user_id, spend).await? { Ok(Deleted::Gone) } else { Err(Refused::Token) })
}

async fn send_link(p: &impl Platform, client: Client, session: &SessionRow, callback: &str) -> Result<(), Error> {
    let (user, now) = (&session.user, p.now());
    let token = ids::text(TOKEN_LEN, Alphabet::LowerAlphanumeric, |bytes| p.random(bytes));
    let callback = percent_encode(if callback.is_empty() { "/" } else { callback });
    let link = format!("{}/api/auth/delete-user/callback?token={token}&callbackURL={callback}", p.settings().public_origin);
    let mail = Mail {
        new: new_mail(p, Message::DeleteAccount, client.language, MailLink::new(link)),
        to: user.email.clone(),
        name: Some(user.name.clone()),
    };
    let new = NewToken { id: new_id(p), purpose: Purpose::DeleteAccount, token };
    let steps = vec![verifications::insert(&new, &VerificationValue::new(&user.id), now), mail::insert(&mail, Some(&user.id), now)];
    let batch = Batch::write(steps, vec![]);
    let outcome = submit(p, &batch).await?;
    if outcome.error().is_some_and(|error| error != crate::store::StepError::AlreadyApplied) {
        return Err(Error::Unavailable("the link was not written down"));
    }
    send_later(p, mail.new, mail.to, mail.name);
    Ok(())
}

/// Deletes, after `first`; false if `first` did not allow it. Media that storage does not remove now are removed by cron.
async fn now(p: &impl Platform, user_id: &str, first: Vec<crate::store::Step>) -> Result<bool, Error> {
    let runs = Batch::nth_write(first.len());
    let mut steps = first;
    steps.extend(deletion::steps(user_id, p.now()));
    let batch = Batch::write(steps, vec![deletion::media(user_id), crate::store::accounts::by_id(user_id)]);
    let outcome = submit(p, &batch).await?;
    let media = deletion::read_media(outcome.rows(batch.nth_read(0))?)?;
    // A first try whose answer was lost shows as the user being gone.
    let gone = outcome.committed(&batch) || outcome.may_have_been_applied() && outcome.rows(batch.nth_read(1))?.first().is_none();
    if gone {
        p.hang_up(user_id);
        // Told again to a host, a wish to stop does no harm; after a first try whose answer was lost, nobody knows what to stop.
        let runs = outcome.rows(runs).and_then(deletion::read_runs).unwrap_or_default();
        join_all(runs.iter().map(|run| stop(p, run))).await;
    }
    if gone && !media.is_empty() && p.remove(&media).await.is_err() {
        p.log("deletion.later", &[("user", user_id)]);
    }
    match (gone, outcome.error()) {
        (true, _) => Ok(true),
        (false, None) => Ok(false),
        (false, Some(_)) => Err(Error::Unavailable("the account was not deleted")),
    }
}

/// Has a host stop what it does for somebody who is gone, if it ever told its name for it.
async fn stop(p: &impl Platform, Run { id, model, host, run }: &Run) {
    if let Ok(Some(run)) = send_order::run_of(p, id, run.as_ref()).await {
        apply_report::stop(p, id, model, host, &run).await.ok();
    }
}

fn is_fresh(session: &SessionRow, now: Timestamp) -> bool {
    session.created_at > account::fresh_after(now).iso()
}
