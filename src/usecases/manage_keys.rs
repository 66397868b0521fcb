//! API keys, and the limits to what may be spent in a day. One round trip each.

use super::signed_in;
use crate::{
    domain::{
        ids::{self, Alphabet},
        secret::sha256_text,
    },
    error::Error,
    lanes::SessionKey,
    platform::{DbError, Platform},
    store::{
        Batch, Outcome, Step,
        keys::{self, KeyRow, NewKey},
        sessions, submit,
    },
};

/// What every key begins with, so that it is known for what it is wherever it turns up.
pub const PREFIX: &str = "atk_";
/// Random characters of a key: 190 bits.
const CHARS: usize = 32;
/// Characters of it that are shown later.
const HINT_CHARS: usize = 4;

/// What the database holds of a key.
#[must_use]
pub fn key_of(secret: &str) -> Option<SessionKey> {
    let good =
        secret.len() == PREFIX.len() + CHARS && secret.starts_with(PREFIX) && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    good.then(|| SessionKey::new(format!("key:{}", sha256_text(secret))))
}

async fn ask<T>(p: &impl Platform, who: &SessionKey, step: Step, read: impl FnOnce(&Outcome) -> Result<T, DbError>) -> Result<T, Error> {
    let outcome = signed_in(p, &Batch::read(vec![sessions::user(who, p.now()), step])).await?;
    Ok(read(&outcome)?)
}

/// The keys.
pub async fn list(p: &impl Platform, who: &SessionKey) -> Result<Vec<KeyRow>, Error> {
    ask(p, who, keys::list(who, p.now()), |outcome| keys::read(outcome.rows(1)?)).await
}

/// Makes a key, and tells its secret this once.
pub async fn create(p: &impl Platform, who: &SessionKey, name: &str, day_limit: Option<i64>) -> Result<(String, KeyRow), Error> {
    let secret = format!("{PREFIX}{}", ids::text(CHARS, Alphabet::Alphanumeric, |bytes| p.random(bytes)));
    let hint: String = secret.chars().skip(secret.len() - HINT_CHARS).collect();
    let now = p.now();
    let id = ids::sortable(now, |bytes| p.random(bytes));
    let key = key_of(&secret).ok_or(Error::Unavailable("no key was made"))?;
    let new = NewKey { id: id.clone(), name: name.to_owned(), key, hint: hint.clone(), day_limit };
    let batch = Batch::read(vec![sessions::user(who, now), keys::insert(who, &new, now), keys::list(who, now)]);
    let outcome = signed_in(p, &batch).await?;
    let row = keys::read(outcome.rows(2)?)?.into_iter().find(|row| row.id == id).ok_or(Error::TooManyKeys)?;
    Ok((secret, row))
}

/// Changes a key's limit.
pub async fn limit(p: &impl Platform, who: &SessionKey, id: &str, day_limit: Option<i64>) -> Result<(), Error> {
    let changed = ask(p, who, keys::set_limit(who, id, day_limit, p.now()), |outcome| Ok(outcome.rows(1)?.changed())).await?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Ends a key. One that is gone is no error: a first try may have ended it.
pub async fn end(p: &impl Platform, who: &SessionKey, id: &str) -> Result<(), Error> {
    let batch = Batch::read(vec![sessions::user(who, p.now()), keys::delete(who, id, p.now())]);
    let outcome = submit(p, &batch).await?;
    let user = outcome.rows(0)?.first().ok_or(Error::Unauthenticated)?;
    p.hang_up(user.text("id")?);
    if outcome.rows(1)?.changed() == 0 && !outcome.may_have_been_applied() { Err(Error::NotFound) } else { Ok(()) }
}

/// Changes the account's limit.
pub async fn day_limit(p: &impl Platform, who: &SessionKey, limit: Option<i64>) -> Result<(), Error> {
    ask(p, who, keys::set_day_limit(who, limit, p.now()), |outcome| outcome.rows(1).map(|_| ())).await
}
