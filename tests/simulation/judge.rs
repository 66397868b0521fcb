//! The judge: whatever changes of an account was changed by the task whose turn it was, and needs a warrant: who proved what to whom.

use crate::{
    book::{Visit, Warrant},
    sim::World,
    state::{Account, Session, State, Token, User},
    vendors::Letter,
};
use atelier::domain::{
    settings::AuthOptions,
    time::{DAY_MS, Timestamp},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the judge remembers from turn to turn.
pub struct Judge {
    pub before: State,
    /// Rows that were changed until now.
    changes: u64,
    /// The passwords behind the hashes.
    plain: BTreeMap<String, String>,
    /// Hashes that were replaced or removed: whose, and in which turn.
    retired: Vec<(String, String, usize)>,
    /// Every session that ever was.
    pub opened: BTreeMap<String, Session>,
    /// Every address that a user ever had, and the last turn in which that was so.
    had: BTreeMap<(String, String), usize>,
    pub switches: AuthOptions,
}

/// One turn: what was, what is, and who did it.
struct Case<'a> {
    judge: &'a Judge,
    before: &'a State,
    after: &'a State,
    visit: &'a Visit,
    letters: &'a [Letter],
    now: String,
}

/// What a link that proves or changes an address says.
struct Claims {
    email: String,
    to: Option<String>,
    user: Option<String>,
    kind: Option<String>,
    until: i64,
}

/// The part of a link that is its token.
pub fn token_of(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    named.map_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned(), |(_, token)| token.into_owned())
}

fn claims(link: &str) -> Option<Claims> {
    let token = token_of(link);
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()?;
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    Some(Claims {
        email: text("email")?,
        to: text("updateTo"),
        user: text("userId"),
        kind: text("requestType"),
        until: claims["exp"].as_i64()? * 1000,
    })
}

impl Case<'_> {
    /// A token that was there, still held when the visit began, and is gone with this turn.
    fn taken(&self, identifier: &str) -> Option<&Token> {
        let began = Timestamp::from_ms(self.visit.began.ms).iso();
        self.before.tokens.get(identifier).filter(|token| token.expires > began && !self.after.tokens.contains_key(identifier))
    }
    fn asker(&self) -> Option<&str> {
        self.judge.opened.get(self.visit.session.as_ref()?).map(|session| session.user.as_str())
    }
    fn asks(&self, user: &str) -> bool {
        self.asker() == Some(user)
    }
    /// The address that a magic link proves in this turn.
    fn magic(&self) -> Option<String> {
        let Warrant::Magic { token } = &self.visit.warrant else { return None };
        let value: Value = serde_json::from_str(&self.taken(&format!("magic-link:{token}"))?.value).ok()?;
        Some(value["email"].as_str()?.to_lowercase())
    }
    /// The user whose password may be set in this turn, and the password.
    fn reset(&self) -> Option<(&str, &str)> {
        let Warrant::Reset { token, password } = &self.visit.warrant else { return None };
        Some((self.taken(&format!("reset-password:{token}"))?.value.as_str(), password))
    }
    /// Whom Google vouches for: id, address, whether the address is proved, and for whom a link was asked.
    fn google(&self) -> Option<(&str, &str, bool, Option<&str>)> {
        let Warrant::Callback { subject, email, verified, .. } = &self.visit.warrant else { return None };
        let state = self.visit.took_state.as_ref()?;
        Some((subject, email, *verified, state["link"]["userId"].as_str()))
    }
    /// A link that was opened, if it was sent to `to` and still held when the visit began.
    fn proved(&self, to: &str) -> Option<Claims> {
        let Warrant::Verify { link } = &self.visit.warrant else { return None };
        let sent = self.letters.iter().any(|letter| letter.link == *link && letter.to == to);
        claims(link).filter(|claims| sent && claims.until > self.visit.began.ms)
    }
    fn is_password(&self, user: &str, password: &str) -> bool {
        self.judge.is_password(user, password)
    }
    /// The same, or it was during the visit.
    fn was_password(&self, user: &str, password: &str) -> bool {
        let mut retired = self.judge.retired.iter().filter(|(of, _, turn)| of == user && *turn >= self.visit.began.turn);
        self.is_password(user, password) || retired.any(|(_, hash, _)| self.judge.plain.get(hash).is_some_and(|plain| plain == password))
    }
    fn is_fresh(&self) -> bool {
        let session = self.visit.session.as_ref().and_then(|key| self.judge.opened.get(key));
        session.is_some_and(|session| session.created > Timestamp::from_ms(self.visit.began.ms - DAY_MS).iso())
    }

    fn may_make(&self, user: &User) -> bool {
        match &self.visit.warrant {
            Warrant::SignUp { email, .. } => *email == user.email && !user.verified,
            Warrant::Magic { .. } => self.magic().as_ref() == Some(&user.email) && user.verified,
            Warrant::Callback { .. } => {
                self.google().is_some_and(|(_, email, verified, link)| email == user.email && verified == user.verified && link.is_none())
            }
            _ => false,
        }
    }
    fn may_delete(&self, id: &str) -> bool {
        match &self.visit.warrant {
            Warrant::AskDelete { password } if !self.judge.switches.delete_verification => {
                self.asks(id) && password.as_ref().map_or_else(|| self.is_fresh(), |password| self.was_password(id, password))
            }
            Warrant::Delete { token } => self.asks(id) && self.taken(&format!("delete-account-{token}")).is_some_and(|token| token.value == id),
            _ => false,
        }
    }
    fn may_move(&self, id: &str, from: &User, to: &User) -> bool {
        self.proved(&to.email).is_some_and(|claims| {
            claims.user.as_deref() == Some(id)
                && claims.email == from.email
                && claims.to.as_ref() == Some(&to.email)
                && claims.kind.as_deref() == Some("change-email-verification")
                && (from.verified == to.verified)
        })
    }
    fn may_prove(&self, id: &str, user: &User) -> bool {
        match &self.visit.warrant {
            Warrant::Verify { .. } => self
                .proved(&user.email)
                .is_some_and(|claims| claims.email == user.email && claims.to.is_none() && claims.user.is_none_or(|named| named == id)),
            Warrant::Magic { .. } => self.magic().as_ref() == Some(&user.email),
            Warrant::Callback { .. } => {
                self.google().is_some_and(|(subject, email, verified, _)| verified && email == user.email && self.has(id, subject))
            }
            _ => false,
        }
    }
    /// True if the user has that account at Google now.
    fn has(&self, user: &str, subject: &str) -> bool {
        self.after.accounts.values().any(|account| account.provider == "google" && account.user == user && account.subject == subject)
    }
    fn may_add(&self, account: &Account) -> bool {
        let (user, is_new) = (&account.user, !self.before.users.contains_key(&account.user));
        match &self.visit.warrant {
            Warrant::SignUp { .. } => is_new && account.provider == "credential",
            Warrant::Reset { .. } => account.provider == "credential" && self.reset().is_some_and(|(of, _)| of == user),
            Warrant::Callback { .. } => self.google().is_some_and(|(subject, email, verified, link)| {
                let known = self.before.users.get(user).is_some_and(|user| user.email == email);
                let both = known && verified && self.before.users.get(user).is_some_and(|user| user.verified);
                account.subject == subject && if let Some(link) = link { link == user && verified } else { is_new || both }
            }),
            _ => false,
        }
    }
    fn may_take(&self, account: &Account) -> bool {
        self.asks(&account.user) && self.visit.warrant == Warrant::Unlink || self.purges(&account.user)
    }
    /// True if a magic link proves the address of an account that somebody else may have made.
    fn purges(&self, user: &str) -> bool {
        self.before.users.get(user).is_some_and(|user| !user.verified && self.magic().as_ref() == Some(&user.email))
    }
    fn may_set(&self, account: &Account) -> bool {
        match &self.visit.warrant {
            Warrant::Reset { .. } => self.reset().is_some_and(|(of, _)| of == account.user),
            Warrant::ChangePassword { current, .. } => self.asks(&account.user) && self.is_password(&account.user, current),
            _ => false,
        }
    }
    fn may_open(&self, user: &str) -> bool {
        // Whoever had the address when the visit began is the person it is about.
        let had = |email: &str| {
            let last = self.judge.had.get(&(user.to_owned(), email.to_owned()));
            self.after.users.get(user).is_some_and(|user| user.email == email) || last.is_some_and(|turn| *turn >= self.visit.began.turn)
        };
        match &self.visit.warrant {
            Warrant::SignUp { .. } => !self.before.users.contains_key(user),
            Warrant::SignIn { email: typed, password } => had(typed) && self.is_password(user, password),
            Warrant::Magic { .. } => self.magic().is_some_and(|email| had(&email)),
            Warrant::Callback { .. } => self.google().is_some_and(|(subject, _, _, link)| link.is_none() && self.has(user, subject)),
            Warrant::ChangePassword { revoke, .. } => *revoke && self.asks(user) && self.before.hash_of(user) != self.after.hash_of(user),
            _ => false,
        }
    }
    fn may_end(&self, key: &str, session: &Session) -> bool {
        let user = &session.user;
        session.expires <= self.now
            || match &self.visit.warrant {
                Warrant::SignOut => self.visit.session.as_deref() == Some(key),
                Warrant::Revoke => self.asks(user),
                Warrant::ChangePassword { revoke, .. } => *revoke && self.asks(user),
                Warrant::Reset { .. } => self.judge.switches.revoke_on_reset && self.reset().is_some_and(|(of, _)| of == user),
                Warrant::Magic { .. } => self.purges(user),
                _ => false,
            }
    }
    fn may_give(&self, identifier: &str, token: &Token) -> bool {
        match &self.visit.warrant {
            Warrant::AskReset { email } => identifier.starts_with("reset-password:") && self.before.user_of(email) == Some(&token.value),
            Warrant::AskMagic { email } => identifier.starts_with("magic-link:") && token.value.contains(email.as_str()),
            Warrant::AskDelete { .. } => identifier.starts_with("delete-account-") && self.asks(&token.value),
            Warrant::Begin => identifier.starts_with("auth-state:"),
            _ => false,
        }
    }
    fn may_mail(&self, to: &str) -> bool {
        let own = || self.asker().is_some_and(|user| self.judge.had.contains_key(&(user.to_owned(), to.to_owned())));
        match &self.visit.warrant {
            Warrant::SignUp { email, .. }
            | Warrant::SignIn { email, .. }
            | Warrant::AskReset { email }
            | Warrant::AskMagic { email }
            | Warrant::AskVerify { email } => email == to,
            Warrant::AskChange { to: new } => new == to || own(),
            Warrant::AskDelete { .. } => own(),
            Warrant::Verify { link } => claims(link).is_some_and(|claims| claims.to.as_deref() == Some(to)),
            _ => false,
        }
    }
}

/// What is in one map and not in the other.
fn only<'a, T>(of: &'a BTreeMap<String, T>, not: &'a BTreeMap<String, T>) -> impl Iterator<Item = (&'a String, &'a T)> {
    of.iter().filter(|(key, _)| !not.contains_key(*key))
}
/// What is in both and differs.
fn changed<'a, T: PartialEq>(before: &'a BTreeMap<String, T>, after: &'a BTreeMap<String, T>) -> impl Iterator<Item = (&'a String, &'a T, &'a T)> {
    before.iter().filter_map(|(key, was)| after.get(key).filter(|is| *is != was).map(|is| (key, was, is)))
}

impl Judge {
    /// Of a world in which everybody has the same password.
    pub fn new(world: &World, password: &str, switches: AuthOptions) -> Self {
        let before = State::read(&world.database);
        let had = before.users.iter().map(|(id, user)| ((id.clone(), user.email.clone()), 0)).collect();
        let plain = before.accounts.values().map(|account| (account.password.clone(), password.to_owned())).collect();
        let opened = before.sessions.clone();
        Self { before, changes: 0, plain, retired: Vec::new(), opened, had, switches }
    }

    /// True if that was the user's password after the last turn that was judged.
    pub fn is_password(&self, user: &str, password: &str) -> bool {
        self.plain.get(self.before.hash_of(user)).is_some_and(|plain| plain == password)
    }

    /// Judges what a turn changed; true if it changed anything.
    pub fn look(&mut self, world: &World, turn: usize, visit: &mut Visit) -> Result<bool, String> {
        let changes = world.database.connection.total_changes();
        if changes == self.changes {
            return Ok(false);
        }
        self.changes = changes;
        let after = State::read(&world.database);
        if after == self.before {
            return Ok(false);
        }
        let now = Timestamp::from_ms(world.now_ms).iso();
        if let Some(state) = &visit.state {
            let identifier = format!("auth-state:{state}");
            let token = self.before.tokens.get(&identifier).filter(|_| !after.tokens.contains_key(&identifier));
            if let (Some(token), Warrant::Callback { state: named, .. }) = (token, &visit.warrant)
                && named == state
            {
                visit.took_state = serde_json::from_str(&token.value).ok();
            }
        }
        if let Warrant::Reset { token, .. } = &visit.warrant {
            visit.user = self.before.tokens.get(&format!("reset-password:{token}")).map(|token| token.value.clone()).or(visit.user.take());
        }
        let case = Case { judge: self, before: &self.before, after: &after, visit, letters: &world.letters, now };
        let (effects, mails) = case.judge()?;
        let changes = changed(&self.before.accounts, &after.accounts).map(|(_, was, _)| was);
        let replaced = only(&self.before.accounts, &after.accounts).map(|(_, was)| was).chain(changes);
        self.retired.extend(replaced.map(|was| (was.user.clone(), was.password.clone(), turn)));
        self.opened.extend(after.sessions.clone());
        if let Warrant::SignUp { password, .. } | Warrant::Reset { password, .. } | Warrant::ChangePassword { new: password, .. } = &visit.warrant {
            for account in after.accounts.values().filter(|account| !account.password.is_empty()) {
                if !self.before.accounts.values().any(|before| before.password == account.password) {
                    self.plain.insert(account.password.clone(), password.clone());
                }
            }
        }
        self.had.extend(self.before.users.iter().chain(&after.users).map(|(id, user)| ((id.clone(), user.email.clone()), turn)));
        visit.effects.extend(effects);
        visit.opened.extend(only(&after.sessions, &self.before.sessions).map(|(key, _)| key.clone()));
        visit.mails.extend(mails);
        self.before = after;
        Ok(true)
    }
}

impl Case<'_> {
    fn judge(&self) -> Result<(Vec<&'static str>, Vec<String>), String> {
        let (before, after) = (self.before, self.after);
        let mut effects = Vec::new();
        let check = |fine: bool, what: &str, of: &str| {
            if fine { Ok(()) } else { Err(format!("{what} ({of}) without a warrant: {:?} of {:?}", self.visit.warrant, self.asker())) }
        };
        for (id, user) in only(&after.users, &before.users) {
            check(self.may_make(user), "a user was made", id)?;
            effects.push("user");
        }
        for (id, _) in only(&before.users, &after.users) {
            check(self.may_delete(id), "a user was deleted", id)?;
            effects.push("gone");
        }
        for (id, was, is) in changed(&before.users, &after.users) {
            let fine = if was.email == is.email { is.verified && self.may_prove(id, is) } else { self.may_move(id, was, is) };
            check(fine, "an address was proved or changed", id)?;
            effects.push("address");
        }
        for (id, account) in only(&after.accounts, &before.accounts) {
            check(self.may_add(account), "a way to sign in was added", id)?;
            effects.push(if account.provider == "credential" { "password" } else { "link" });
        }
        for (id, account) in only(&before.accounts, &after.accounts).filter(|(_, account)| after.users.contains_key(&account.user)) {
            check(self.may_take(account), "a way to sign in was taken away", id)?;
            effects.push("unlink");
        }
        for (id, was, is) in changed(&before.accounts, &after.accounts).filter(|(_, was, is)| was.password != is.password || was.user != is.user) {
            check(was.user == is.user && self.may_set(is), "a password was set", id)?;
            effects.push("password");
        }
        for (key, session) in only(&after.sessions, &before.sessions) {
            check(self.may_open(&session.user), "a session was opened", key)?;
            effects.push("session");
        }
        for (key, session) in only(&before.sessions, &after.sessions).filter(|(_, session)| after.users.contains_key(&session.user)) {
            check(self.may_end(key, session), "a session was ended", key)?;
            effects.extend((session.expires > self.now).then_some("ended"));
        }
        self.nothing_stays()?;
        for (identifier, token) in only(&after.tokens, &before.tokens) {
            check(self.may_give(identifier, token), "a token was given", identifier)?;
        }
        for (identifier, token) in only(&before.tokens, &after.tokens).filter(|(_, token)| token.expires > self.now) {
            let served = match identifier.split(':').next().unwrap_or_default() {
                "auth-state" => {
                    self.visit.took_state.is_some() && matches!(&self.visit.warrant, Warrant::Callback { state, .. } if identifier.ends_with(state))
                }
                // A link that was to make no account is spent although it found none.
                "magic-link" => effects.contains(&"session") || self.magic().is_some() && token.value.contains(r#""existingOnly":true"#),
                // One whose user was deleted meanwhile has nothing left to do.
                "reset-password" => effects.contains(&"password") || !before.users.contains_key(&token.value),
                _ => effects.contains(&"gone") || !before.users.contains_key(&token.value),
            };
            check(served, "a token was spent", &token.value)?;
        }
        let mut mails = Vec::new();
        for (id, mail) in only(&after.mails, &before.mails) {
            check(self.may_mail(&mail.address), "a mail was written", &mail.address)?;
            mails.push(id.clone());
        }
        for (id, mail) in only(&before.mails, &after.mails) {
            let sent = self.letters.iter().any(|letter| letter.key == *id);
            let void = Timestamp::from_ms(mail.expires).iso() <= self.now || !mail.user.is_empty() && !after.users.contains_key(&mail.user);
            check(sent || void, "a mail was forgotten", id)?;
        }
        Ok((effects, mails))
    }

    /// What a deed has to end is ended with it.
    fn nothing_stays(&self) -> Result<(), String> {
        let old = |user: &str| self.after.sessions_of(user).into_iter().find(|key| self.before.sessions.contains_key(*key)).map(str::to_owned);
        let found = |what: &str, of: Option<String>| of.map_or(Ok(()), |key| Err(format!("{what}: {key}")));
        if let Some((user, _)) = self.reset().filter(|_| self.judge.switches.revoke_on_reset) {
            found("a session outlives the reset of the password", old(user))?;
        }
        let opened = only(&self.after.sessions, &self.before.sessions).next().is_some();
        if let Some(user) = self.magic().filter(|_| opened).and_then(|email| self.before.user_of(&email)).filter(|user| self.purges(user)) {
            found("a session of whoever made the account outlives the proof of its address", old(user))?;
            let planted = self.after.accounts.iter().find(|(_, account)| account.user == user).map(|(id, _)| id.clone());
            found("a way in of whoever made the account outlives the proof of its address", planted)?;
        }
        if let Warrant::ChangePassword { revoke: true, .. } = self.visit.warrant
            && let Some(user) = self.asker().filter(|user| self.before.hash_of(user) != self.after.hash_of(user))
        {
            found("a session outlives the change of the password", old(user))?;
        }
        Ok(())
    }
}
