//! What the program does, one deed per file. Each reads like a paragraph and holds no key of a vendor.

pub mod apply_report;
pub mod apply_stripe;
pub mod arrange_library;
pub mod ask_host;
pub mod begin_checkout;
pub mod browse_library;
pub mod bundle_works;
pub mod cancel_generation;
pub mod change_email;
pub mod change_password;
pub mod compare_stripe;
pub mod create_generation;
pub mod delete_account;
pub mod delete_generation;
pub mod expire_credits;
pub mod google;
pub mod id_token;
pub mod listen;
pub mod magic_link;
pub mod manage_account;
pub mod manage_folders;
pub mod manage_keys;
pub mod manage_sessions;
pub mod manage_shares;
pub mod manage_uploads;
mod mark;
pub mod read_billing;
pub mod read_generations;
pub mod receive_stripe;
pub mod receive_webhook;
pub mod reconcile;
pub mod reset_password;
pub mod room;
pub mod run_queued;
pub mod send_mail;
pub mod send_order;
pub mod serve_media;
pub mod sign_in;
pub mod sign_up;
pub mod social;
pub mod sweep_media;
pub mod take_turns;
pub mod verify_email;

use crate::{
    domain::{account, ids, time::Timestamp},
    error::Error,
    lanes::{Email, IpAddress, MailLink, PersonName, Place, SessionKey, SessionToken, UserAgent},
    platform::{Later, Platform},
    store::{
        Batch, Outcome, Step,
        mail::{Mail, NewMail},
        sessions::{self, NewSession, SessionRow},
        submit,
    },
    vendors::{
        mail::{Language, Message},
        password,
    },
};

/// Where a request comes from, for sign-in safety.
#[derive(Debug, Clone)]
pub struct Client {
    /// The edge's client address.
    pub ip_address: IpAddress,
    /// The client's description of itself.
    pub user_agent: UserAgent,
    /// The country, two letters, if the edge knows it.
    pub country: Option<Place>,
    /// The city, if the edge knows it.
    pub city: Option<Place>,
    /// In which language mail is written.
    pub language: Language,
}

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its token, for the cookie.
    pub token: SessionToken,
    /// The session and its user.
    pub session: SessionRow,
}

/// Who asks, by a validly signed cookie.
#[derive(Debug, Clone)]
pub struct Asker {
    /// What the database holds of the session's token.
    pub key: SessionKey,
    /// True if the session may be extended: false if it ends with the browser, or if that was not wanted.
    pub extend: bool,
}

/// What a deed that needs a session brought: nothing without one.
pub type Asked<T> = Result<Option<Answered<T>>, Error>;

/// The session of a request, and what was asked for.
#[derive(Debug, Clone)]
pub struct Answered<T> {
    /// The session.
    pub session: SessionRow,
    /// True if it was extended by this request.
    pub extended: bool,
    /// What was asked for.
    pub answer: T,
}

impl<T> Answered<T> {
    /// The same session with another answer.
    pub fn with<U>(self, answer: U) -> Answered<U> {
        Answered { session: self.session, extended: self.extended, answer }
    }
}

/// Asks for the session, extends it once a day, and takes `more` steps, each with its owner predicate: one round trip. `read` gets the outcome and the index of
/// the first of `more`.
pub async fn ask<T>(
    p: &impl Platform,
    who: &Asker,
    more: Vec<Step>,
    read: impl FnOnce(&Outcome, usize) -> Result<T, crate::platform::DbError>,
) -> Asked<T> {
    let batch = sessions::asked(&who.key, p.now(), who.extend, more);
    let outcome = submit(p, &batch).await?;
    let Some((session, extended)) = sessions::read_asked(&batch, &outcome)? else { return Ok(None) };
    Ok(Some(Answered { session, extended, answer: read(&outcome, batch.nth_read(1))? }))
}

/// Takes a batch whose first read is who asks: nothing without a session that is good.
async fn signed_in(p: &impl Platform, batch: &Batch) -> Result<Outcome, Error> {
    let outcome = submit(p, batch).await?;
    outcome.rows(batch.nth_read(0))?.first().ok_or(Error::Unauthenticated)?;
    Ok(outcome)
}

/// What hashing a password takes of the platform.
struct Hashing<'a, P>(&'a P);

impl<P: Platform> password::Means for Hashing<'_, P> {
    fn random(&self, into: &mut [u8]) {
        self.0.random(into);
    }
    fn nfkc(&self, text: &str) -> String {
        self.0.nfkc(text)
    }
    fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; password::KEY_BYTES]> {
        self.0.scrypt(password, salt)
    }
}

/// Why there is no answer where a password could not be hashed.
const NO_HASH: Error = Error::Unavailable("scrypt is not to be had");

/// A session with a new id and token, not yet written down.
fn new_session(p: &impl Platform, client: Client, now: Timestamp, remember: bool) -> NewSession {
    let life = if remember { account::SESSION_MS } else { account::SESSION_SHORT_MS };
    let token = SessionToken::new(new_id(p));
    NewSession {
        id: new_id(p),
        key: token.key(p.settings().auth.hash_sessions),
        token,
        expires_at: now.plus_ms(life),
        ip_address: client.ip_address,
        user_agent: client.user_agent,
        country: client.country,
        city: client.city,
    }
}

/// A new id as better-auth makes them.
fn new_id(p: &impl Platform) -> String {
    ids::auth_id(|bytes| p.random(bytes))
}

/// A mail about to be asked for.
fn new_mail(p: &impl Platform, message: Message, language: Language, link: MailLink) -> NewMail {
    NewMail { id: ids::sortable(p.now(), |bytes| p.random(bytes)), message, language, link }
}

/// Sends a mail after the reply. That it is in the outbox makes sure that it goes out even if this is lost.
fn send_later(p: &impl Platform, new: NewMail, to: Email, name: Option<PersonName>) {
    p.later(Later::Mail(Box::new(Mail { new, to, name })));
}

/// The session that `batch` opened, its first read being [`sessions::just_opened`]; none if it opened none.
fn read_opened(batch: &Batch, outcome: &Outcome, token: SessionToken) -> Result<Option<Opened>, Error> {
    let session = sessions::read_session(outcome.rows(batch.nth_read(0))?)?;
    Ok(session.map(|session| Opened { token, session }))
}
