//! A request to one of better-auth's routes while it is answered: who asks, and the cookies that the answer sets.

use super::{
    AuthError, Stop,
    body::{self, Fields},
    checks,
    shapes::{Session, User},
};
use crate::{
    domain::{account, rate_limit::Rule},
    http::Request,
    lanes::{Email, In, IpAddress, Password, Place, SessionToken, UserAgent},
    platform::Platform,
    store::sessions::SessionRow,
    usecases::{Answered, Asked, Asker, Client},
    vendors::{
        better_auth::{self, Cookie},
        cookie_cache::{self, Cached},
        mail::Language,
    },
};
use core::cell::RefCell;
use serde_json::Value;

/// Requests about one account that are allowed from all addresses together: a mailbox is not to be flooded.
const PER_ACCOUNT: Rule = Rule { window_s: 60, max: 5 };

/// More than any browser says of itself.
const USER_AGENT_CHARS_MAX: usize = 1024;

pub(super) struct Context<'a, P> {
    pub p: &'a P,
    pub request: &'a Request,
    token: Option<SessionToken>,
    cookies: RefCell<Vec<String>>,
}

impl<'a, P: Platform> Context<'a, P> {
    pub fn new(p: &'a P, request: &'a Request) -> Self {
        let token = better_auth::session_token(p.settings(), request.cookies());
        Self { p, request, token, cookies: RefCell::default() }
    }
    pub fn into_cookies(self) -> Vec<String> {
        self.cookies.into_inner()
    }
    /// Takes back what was set for the session before: each of its cookies is set once.
    fn forget_session_cookies(&self) {
        self.cookies.borrow_mut().retain(|cookie| !cookie.contains("better-auth.session_"));
    }
    fn set(&self, cookie: String) {
        self.cookies.borrow_mut().push(cookie);
    }

    /// The body, and the checks that follow its reading.
    pub fn body(&self, form_too: bool) -> Result<Option<Value>, Stop> {
        let body = body::read(self.request, form_too)?;
        checks::request(self, body.as_ref())?;
        Ok(body)
    }

    /// The token of a validly signed cookie.
    pub fn token(&self) -> Option<&SessionToken> {
        self.token.as_ref()
    }
    /// True if the user wants to be remembered.
    pub fn remembers(&self) -> bool {
        !better_auth::dont_remember(self.p.settings(), self.request.cookies())
    }
    /// Who asks, if the cookie is validly signed.
    pub fn who(&self) -> Option<Asker> {
        let key = self.token.as_ref()?.key(self.p.settings().auth.hash_sessions);
        Some(Asker { key, extend: self.remembers() && !self.refuses_refresh() })
    }
    /// Who asks; 401 without a validly signed cookie.
    pub fn required_asker(&self) -> Result<Asker, Stop> {
        self.who().ok_or_else(|| unauthorized().into())
    }
    /// The session of what was asked, with the cookies that follow from it; 401 without one.
    pub fn required<T>(&self, asked: Asked<T>) -> Result<Answered<T>, Stop> {
        let Some(answered) = asked? else {
            self.clear_session();
            return Err(unauthorized().into());
        };
        self.note(&answered);
        Ok(answered)
    }
    /// The cookies of a session that was read from the database: with its full life if it was extended, and the cache's copy.
    pub fn note<T>(&self, answered: &Answered<T>) {
        if answered.extended
            && let Some(token) = &self.token
        {
            self.set(better_auth::set_session(self.p.settings(), &In::new(token.clone()), true));
        }
        if self.remembers() && !self.refuses_refresh() {
            self.cache(&answered.session, true);
        }
    }
    /// True if the request asks for its session not to be extended: any text says so, as in better-auth (section 4.4).
    fn refuses_refresh(&self) -> bool {
        self.request.parameter("disableRefresh").is_some_and(|text| !text.is_empty())
    }

    /// Sets the cookies of a session that was opened.
    pub fn open(&self, token: SessionToken, session: &SessionRow, remember: bool) {
        let settings = self.p.settings();
        self.forget_session_cookies();
        self.set(better_auth::set_session(settings, &In::new(token), remember));
        if !remember {
            self.set(better_auth::set_dont_remember(settings));
        } else if better_auth::dont_remember(settings, self.request.cookies()) {
            self.set(better_auth::clear(settings, Cookie::DontRemember));
        }
        self.cache(session, remember);
    }
    /// Sets the cookies of the asking session anew, with what changed of its user.
    pub fn reopen(&self, session: &SessionRow) {
        let settings = self.p.settings();
        let remember = self.remembers();
        self.forget_session_cookies();
        if let Some(token) = &self.token {
            self.set(better_auth::set_session(settings, &In::new(token.clone()), remember));
        }
        if !remember {
            self.set(better_auth::set_dont_remember(settings));
        }
        self.cache(session, remember);
    }
    fn cache(&self, session: &SessionRow, remember: bool) {
        let settings = self.p.settings();
        if !settings.auth.cookie_cache {
            return;
        }
        let now = self.p.now();
        let text = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        let (shown, user) = (text(serde_json::to_string(&Session::of(session))), text(serde_json::to_string(&User::from(session.user.clone()))));
        let life_ms = if remember { account::CACHE_MS } else { account::CACHE_SHORT_MS };
        let value = cookie_cache::write(settings.auth_keys.first(), &shown, &user, now, now.plus_ms(life_ms));
        for cookie in better_auth::set_cache(settings, &value, remember) {
            self.set(cookie);
        }
    }
    /// What the cookie cache says of the session, if it is on, holds, and is of the session that the cookie names.
    pub fn cached(&self) -> Option<Cached> {
        let settings = self.p.settings();
        let key = self.token.as_ref()?.key(settings.auth.hash_sessions);
        if !settings.auth.cookie_cache {
            return None;
        }
        let value = better_auth::cache(settings, self.request.cookies())?;
        cookie_cache::read(&settings.auth_keys, &value, self.p.now()).filter(|cached| cached.session_token.key(false) == key)
    }
    /// Clears the cookie cache where the request carries it although it is off.
    pub fn clear_stale_cache(&self) {
        let settings = self.p.settings();
        if !settings.auth.cookie_cache {
            for cookie in better_auth::clear_cache(settings, self.request.cookies()) {
                self.set(cookie);
            }
        }
    }
    /// Clears the cookies of a session.
    pub fn clear_session(&self) {
        for cookie in better_auth::clear_all(self.p.settings(), self.request.cookies()) {
            self.set(cookie);
        }
    }
    /// Sets or clears the cookie of a sign-in elsewhere.
    pub fn state(&self, state: Option<&str>) {
        self.set(match state {
            Some(state) => better_auth::set_state(self.p.settings(), state),
            None => better_auth::clear(self.p.settings(), Cookie::State),
        });
    }

    /// Where the request comes from.
    pub fn client(&self) -> Client {
        let place = |name| self.request.header(name).filter(|text| (1..=80).contains(&text.chars().count())).map(Place::new);
        Client {
            ip_address: IpAddress::new(client_address(self.request)),
            user_agent: UserAgent::new(self.request.header("user-agent").unwrap_or_default().chars().take(USER_AGENT_CHARS_MAX).collect::<String>()),
            // XX: unknown; T1: Tor.
            country: place("cf-ipcountry").filter(|_| !matches!(self.request.header("cf-ipcountry"), Some("XX" | "T1"))),
            city: place("cf-ipcity"),
            language: Language::from_accept_language(self.request.header("accept-language").unwrap_or_default()),
        }
    }
    /// Counts a request about one account, whoever makes it.
    pub async fn count_for(&self, email: &Email, what: &str) -> Result<(), Stop> {
        let settings = self.p.settings();
        if !settings.auth.rate_limit {
            return Ok(());
        }
        let key = format!("account:{}|{what}", email.counter(&settings.counter_key));
        if self.p.allows(&key, PER_ACCOUNT).await { Ok(()) } else { Err(Stop::TooMany(PER_ACCOUNT.window_s)) }
    }
}

pub(super) fn unauthorized() -> AuthError {
    AuthError::new(401, "UNAUTHORIZED", "Unauthorized")
}

/// The client's address: what the edge says, and nothing else.
pub(super) fn client_address(request: &Request) -> String {
    account::client_address(request.header("cf-connecting-ip"))
}

/// Refuses a password that is too long to be looked at.
pub(super) fn check_longest(password: &Password) -> Result<(), AuthError> {
    if password.utf16_len() > account::PASSWORD_MAX { Err(too_long()) } else { Ok(()) }
}
pub(super) fn too_long() -> AuthError {
    AuthError::new(400, "PASSWORD_TOO_LONG", "Password too long")
}
pub(super) fn too_short() -> AuthError {
    AuthError::new(400, "PASSWORD_TOO_SHORT", "Password too short")
}

/// A required address in the form that accounts have.
pub(super) fn address(fields: &mut Fields<'_>, name: &str) -> Option<Email> {
    let email = account::email(&fields.text(name));
    fields.issue_if(email.is_none(), name, "Invalid email address");
    email
}
