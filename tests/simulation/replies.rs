//! What was said has to be so: a success is durable, a refusal changed nothing, a mail that was promised is written down, and whoever
//! guesses passwords is not listened to for long.

use crate::{
    book::{Book, Visit, Warrant},
    judge::Judge,
    sim::Sim,
    state::State,
};
use atelier::{
    domain::time::MINUTE_MS,
    lanes::{Database, In},
    platform::Platform as _,
    vendors::better_auth,
};
use std::collections::BTreeMap;

/// Wrong passwords in a row before nobody is listened to.
const WRONG_MAX: usize = 10;
/// Passwords that are looked at without a right one between them.
const LOOKS_MAX: usize = 50;
/// The shortest lock.
const LOCK_MS: i64 = 15 * MINUTE_MS;
/// Tries that lie closer together than this are in a row. Five minutes less than the program's, for what passes between a request and its effect.
const ROW_MS: i64 = 10 * MINUTE_MS;

/// Since which turn an address has had the user that it has, or none, and since when that user's address is as proved as it is.
#[derive(Default)]
pub struct Addresses(BTreeMap<String, (Option<(String, bool)>, usize)>);

/// Whose an address was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Somebody {
        proved: bool,
    },
    /// One's and another's, or proved meanwhile.
    Changed,
}

impl Addresses {
    pub fn note(&mut self, state: &State, turn: usize) {
        let now: BTreeMap<_, _> = state.users.iter().map(|(id, user)| (user.email.clone(), (id.clone(), user.verified))).collect();
        for (email, user) in &now {
            let known = self.0.entry(email.clone()).or_insert((None, 0));
            if known.0.as_ref() != Some(user) {
                *known = (Some(user.clone()), turn);
            }
        }
        for (email, known) in &mut self.0 {
            if known.0.is_some() && !now.contains_key(email) {
                *known = (None, turn);
            }
        }
    }
    /// Whose an address has been all the time since a visit began.
    fn since(&self, email: &str, visit: &Visit) -> Owner {
        match self.0.get(email) {
            Some((_, since)) if *since > visit.began.turn => Owner::Changed,
            None | Some((None, _)) => Owner::Nobody,
            Some((Some((_, proved)), _)) => Owner::Somebody { proved: *proved },
        }
    }
}

/// Looks at an answer that was just given.
pub fn check(sim: &Sim, judge: &Judge, addresses: &Addresses, book: &Book, number: usize) -> Result<(), String> {
    let visit = &book.visits[number];
    let Some(reply) = &visit.reply else { return Ok(()) };
    let state = &judge.before;
    // What is asked once more because the answer was lost may find another world: its session ended by itself, or its password replaced
    // by the next one.
    let asker = || visit.session.as_ref().and_then(|key| judge.opened.get(key)).map(|session| session.user.as_str());
    let overtaken = match &visit.warrant {
        Warrant::Revoke => reply.status == 401 && visit.session.as_ref().is_some_and(|key| !state.sessions.contains_key(key)),
        Warrant::Reset { password, .. } => visit.user.as_deref().is_some_and(|user| !judge.is_password(user, password)),
        Warrant::ChangePassword { new, .. } => asker().is_some_and(|user| !judge.is_password(user, new)),
        Warrant::SignIn { email, password } => state.user_of(email).is_none_or(|user| !judge.is_password(user, password)),
        _ => false,
    };
    let overtaken = overtaken || !visit.opened.is_empty() && visit.opened.iter().all(|key| !state.sessions.contains_key(key));
    if reply.is_refusal() && !visit.effects.is_empty() && !overtaken {
        return Err(format!("refused, and did {:?}: {:?} → {reply:?}", visit.effects, visit.warrant));
    }
    given(sim, judge, visit)?;
    tries(book, number)?;
    if !reply.is_success() {
        return Ok(());
    }
    let asker = asker().filter(|user| state.users.contains_key(*user));
    let did = |what: &str| visit.effects.contains(&what);
    let fine = match &visit.warrant {
        // Where addresses are proved first, one that is taken gets the same answer.
        Warrant::SignUp { email, .. } => did("user") || reply.body["token"].is_null() && addresses.since(email, visit) != Owner::Nobody,
        Warrant::SignIn { .. } | Warrant::Magic { .. } => did("session"),
        Warrant::Callback { .. } => did("session") || visit.took_state.as_ref().is_some_and(|state| state["link"].is_object()),
        Warrant::SignOut => visit.session.as_ref().is_none_or(|key| !state.sessions.contains_key(key)),
        Warrant::Reset { .. } => did("password") || visit.user.as_ref().is_some_and(|user| !state.users.contains_key(user)),
        Warrant::ChangePassword { .. } => did("password"),
        Warrant::Unlink => did("unlink"),
        // Of two at once, one does it.
        Warrant::Delete { .. } => asker.is_none(),
        Warrant::AskDelete { .. } if !judge.switches.delete_verification => asker.is_none(),
        // The others are judged by what they change, and by the mail that they promise.
        _ => true,
    };
    let promised = match &visit.warrant {
        Warrant::AskReset { email } => matches!(addresses.since(email, visit), Owner::Somebody { .. }),
        Warrant::AskMagic { .. } => true,
        Warrant::AskVerify { email } => addresses.since(email, visit) == Owner::Somebody { proved: false },
        Warrant::AskChange { to } => asker.is_some() && addresses.since(to, visit) == Owner::Nobody,
        Warrant::AskDelete { .. } => asker.is_some() && judge.switches.delete_verification,
        Warrant::SignUp { .. } => did("user") && reply.body["token"].is_null(),
        _ => false,
    };
    if !fine {
        return Err(format!("said to be done, and was not: {:?} → {reply:?}", visit.warrant));
    }
    // What was written down is sent or expires: the judge lets no row vanish otherwise.
    if promised && visit.mails.is_empty() {
        return Err(format!("a mail was promised and is nowhere: {:?}", visit.warrant));
    }
    Ok(())
}

/// A cookie that opens a session is of one that was written down, by this visit or before it.
fn given(sim: &Sim, judge: &Judge, visit: &Visit) -> Result<(), String> {
    let cookies = visit.reply.iter().flat_map(|reply| &reply.cookies).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let Some(token) = better_auth::session_token(sim.settings(), &cookies) else { return Ok(()) };
    let key = serde_json::to_value(In::<Database, _>::new(token.key(sim.settings().auth.hash_sessions))).unwrap();
    let known = key.as_str().is_some_and(|key| judge.opened.contains_key(key));
    if known { Ok(()) } else { Err(format!("a session was given out that there never was: {:?}", visit.warrant)) }
}

/// Nobody is listened to who was wrong too often, and never too many at once: known and unknown addresses alike.
fn tries(book: &Book, number: usize) -> Result<(), String> {
    let visit = &book.visits[number];
    let Warrant::SignIn { email, .. } = &visit.warrant else { return Ok(()) };
    let looked = |visit: &Visit| visit.reply.as_ref().is_some_and(|reply| matches!(reply.status, 200 | 401));
    if !looked(visit) {
        return Ok(());
    }
    // Whatever forgives: a password that may have been right, or a new one.
    let forgives = |other: &Visit| match &other.warrant {
        Warrant::SignIn { email: of, password } => of == email && !password.starts_with("wrong"),
        Warrant::Reset { .. } => true,
        _ => false,
    };
    let clear = book.visits.iter().filter(|other| forgives(other)).map(|other| other.ended.map_or(usize::MAX, |ended| ended.turn)).max();
    let tries = book.visits.iter().filter(|other| matches!(&other.warrant, Warrant::SignIn { email: of, .. } if of == email) && looked(other));
    let mut tries: Vec<_> =
        tries.filter_map(|other| Some((other.began, other.ended?))).filter(|(began, _)| clear.is_none_or(|turn| began.turn > turn)).collect();
    tries.sort_by_key(|(_, ended)| ended.turn);
    // The last run of tries that lie close together.
    let first = (1..tries.len()).rev().find(|at| tries[*at].1.ms - tries[at - 1].0.ms >= ROW_MS).unwrap_or(0);
    let row = &tries[first..];
    if row.len() > LOOKS_MAX {
        return Err(format!("{} passwords of {email} were looked at", row.len()));
    }
    let before: Vec<_> = row.iter().filter(|(_, ended)| ended.turn < visit.began.turn).collect();
    let closed = before.get(WRONG_MAX - 1).is_some_and(|(began, _)| visit.began.ms < began.ms + LOCK_MS);
    if closed && visit.reply.as_ref().is_some_and(|reply| reply.status == 401) {
        return Err(format!("a password of {email} was looked at after {} wrong ones", before.len()));
    }
    Ok(())
}
