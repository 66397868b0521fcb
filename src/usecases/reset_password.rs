//! A forgotten password: a link by mail, and the new password that it allows to set.

use super::{Client, Hashing, NO_HASH, new_id, new_mail, send_later};
use crate::{
    bugs::{Bug, planted},
    domain::{
        account,
        ids::{self, Alphabet},
    },
    error::Error,
    lanes::{Email, MailLink, Password},
    platform::Platform,
    store::{
        Batch, accounts, mail, sessions, submit, tries,
        verifications::{self, NewToken, Purpose},
    },
    vendors::{better_auth::percent_encode, mail::Message, password},
};

/// Length of the token in characters (contract: better-auth, section 6.10).
const TOKEN_LEN: usize = 24;

/// Sends a link, if there is such an account; the answer does not say whether there is. One round trip.
pub async fn request(p: &impl Platform, client: Client, email: Email, redirect_to: &str) -> Result<(), Error> {
    let now = p.now();
    let token = ids::text(TOKEN_LEN, Alphabet::Alphanumeric, |bytes| p.random(bytes));
    let link = format!("{}/api/auth/reset-password/{token}?callbackURL={}", p.settings().public_origin, percent_encode(redirect_to));
    let new = new_mail(p, Message::ResetPassword, client.language, MailLink::new(link));
    let token = NewToken { id: new_id(p), purpose: Purpose::ResetPassword, token };
    let steps = vec![verifications::insert_for(&token, &email, now), mail::insert_for(&new, &email, false, now)];
    let batch = Batch::write(steps, vec![mail::just_asked(&new)]);
    let outcome = submit(p, &batch).await?;
    for mail in mail::read(outcome.rows(batch.nth_read(0))?)? {
        send_later(p, mail.new, mail.to, mail.name);
    }
    Ok(())
}

/// True if a token still holds. It is not spent. One round trip.
pub async fn holds(p: &impl Platform, token: &str) -> Result<bool, Error> {
    let outcome = submit(p, &Batch::read(vec![verifications::look(Purpose::ResetPassword, token)])).await?;
    Ok(verifications::read_live(outcome.rows(0)?, p.now())?.is_some())
}

/// Why no password was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The new one is too short.
    TooShort,
    /// The new one is too long.
    TooLong,
    /// The token is unknown, spent or has expired.
    Token,
    /// The account is gone.
    NoUser,
}

/// Sets the password that a token allows to set, and spends the token: of many at once one succeeds. Two round trips.
pub async fn run(p: &impl Platform, token: &str, new: &Password) -> Result<Result<(), Refused>, Error> {
    if new.utf16_len() < account::PASSWORD_MIN {
        return Ok(Err(Refused::TooShort));
    }
    if new.utf16_len() > account::PASSWORD_MAX {
        return Ok(Err(Refused::TooLong));
    }
    let outcome =
        submit(p, &Batch::read(vec![verifications::look(Purpose::ResetPassword, token), verifications::user_of(Purpose::ResetPassword, token)]))
            .await?;
    let Some(value) = verifications::read_live(outcome.rows(0)?, p.now())? else { return Ok(Err(Refused::Token)) };
    let Some(user) = accounts::read_one_user(outcome.rows(1)?)? else { return Ok(Err(Refused::NoUser)) };
    let user_id = verifications::text_of(&value);
    let hash = password::hash(new, &Hashing(p)).ok_or(NO_HASH)?;
    let now = p.now();
    let spend = verifications::spend(Purpose::ResetPassword, token, now);
    let mut steps = if planted(Bug::ResetSpendsLater) { Vec::new() } else { spend.clone() };
    steps.extend(accounts::set_password(&user_id, &new_id(p), &hash, now));
    // Whoever has the mailbox is the user: what others tried meanwhile counts no more.
    steps.push(tries::end(&tries::Subject::address(&p.settings().counter_key, &user.email)));
    steps.push(tries::end(&tries::Subject::user(&user_id)));
    if p.settings().auth.revoke_on_reset && !planted(Bug::SessionsSurviveReset) {
        steps.push(sessions::end_all(&user_id));
    }
    let batch = Batch::write(steps, vec![accounts::has_hash(&user_id, &hash)]);
    let outcome = submit(p, &batch).await?;
    if planted(Bug::ResetSpendsLater) {
        submit(p, &Batch::write(spend, vec![])).await?;
    }
    // A first try whose answer was lost shows as our hash being there already.
    let set = outcome.committed(&batch) || outcome.rows(batch.nth_read(0))?.first().is_some();
    if set {
        p.hang_up(&user_id);
    }
    Ok(if set { Ok(()) } else { Err(Refused::Token) })
}
