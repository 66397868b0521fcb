//! The book of visits: what every request was allowed to bring about, what it did bring about, and what it was told.

use crate::{browser::Reply, sim::Sim};
use atelier::{
    lanes::{Database, In},
    platform::Platform as _,
    vendors::better_auth,
};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// What a request may bring about, as whoever makes it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warrant {
    /// It looks, or begins something: it changes nothing of anybody's account.
    Nothing,
    SignUp {
        email: String,
        password: String,
    },
    SignIn {
        email: String,
        password: String,
    },
    SignOut,
    /// Ends sessions of the asking user's.
    Revoke,
    AskReset {
        email: String,
    },
    Reset {
        token: String,
        password: String,
    },
    AskMagic {
        email: String,
    },
    Magic {
        token: String,
    },
    AskVerify {
        email: String,
    },
    /// Opens a link that proves an address, or changes it.
    Verify {
        link: String,
    },
    AskChange {
        to: String,
    },
    ChangePassword {
        current: String,
        new: String,
        revoke: bool,
    },
    /// Begins a sign-in or a link at Google.
    Begin,
    /// Comes back from Google as somebody.
    Callback {
        state: String,
        subject: String,
        email: String,
        verified: bool,
    },
    Unlink,
    /// Deletes the account, or asks for a link that does.
    AskDelete {
        password: Option<String>,
    },
    Delete {
        token: String,
    },
    Cron,
}

/// A moment: the turn, for what came first, and the time, for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub turn: usize,
    pub ms: i64,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Visit {
    pub warrant: Warrant,
    pub began: Moment,
    /// When it was answered, or died.
    pub ended: Option<Moment>,
    /// What it was told.
    pub reply: Option<Reply>,
    /// What the database holds of the session that asks.
    pub session: Option<String>,
    /// The sign-in at Google that the browser knows of.
    pub state: Option<String>,
    /// Whose password its token sets.
    pub user: Option<String>,
    /// What it changed.
    pub effects: Vec<&'static str>,
    /// The sessions that it opened.
    pub opened: Vec<String>,
    /// The mails that it wrote down.
    pub mails: Vec<String>,
    /// What its sign-in's state says, once it has taken it.
    pub took_state: Option<Value>,
}

/// All visits, by number, and whose turn it is.
#[derive(Default)]
pub struct Book {
    pub visits: Vec<Visit>,
    pub turn: usize,
    /// The task that runs.
    pub running: u64,
    /// The visit that each task is making.
    pub current: BTreeMap<u64, usize>,
    /// Visits that were answered and not yet looked at.
    pub fresh: Vec<usize>,
}

pub type Desk = Rc<RefCell<Book>>;

impl Visit {
    fn new(warrant: Warrant, began: Moment) -> Self {
        Self {
            warrant,
            began,
            ended: None,
            reply: None,
            session: None,
            state: None,
            user: None,
            effects: Vec::new(),
            opened: Vec::new(),
            mails: Vec::new(),
            took_state: None,
        }
    }
    /// Of a task that visits nobody: it may change nothing.
    pub fn of_nobody() -> Self {
        Self::new(Warrant::Nothing, Moment { turn: 0, ms: 0 })
    }
}

impl Book {
    /// Writes a visit of the running task down.
    pub fn begin(&mut self, sim: &Sim, warrant: Warrant, cookies: &str) -> usize {
        let token = better_auth::session_token(sim.settings(), cookies);
        let session = token.map(|token| text(In::<Database, _>::new(token.key(sim.settings().auth.hash_sessions))));
        let ms = sim.now().ms();
        let visit = self.visits.len();
        sim.world.borrow_mut().note(&format!("  {visit}: {warrant:?}"));
        let state = better_auth::state(sim.settings(), cookies);
        self.visits.push(Visit { session, state, ..Visit::new(warrant, Moment { turn: self.turn, ms }) });
        self.current.insert(self.running, visit);
        visit
    }
    pub fn answered(&mut self, visit: usize, reply: Reply, ms: i64) {
        self.visits[visit].ended = Some(Moment { turn: self.turn, ms });
        self.visits[visit].reply = Some(reply);
        self.fresh.push(visit);
    }
    /// The task is over, or dead.
    pub fn over(&mut self, task: u64, ms: i64) {
        if let Some(visit) = self.current.remove(&task) {
            let now = Moment { turn: self.turn, ms };
            self.visits[visit].ended.get_or_insert(now);
        }
    }
    /// The visit whose turn it was.
    pub fn visiting(&mut self) -> Option<&mut Visit> {
        let visit = *self.current.get(&self.running)?;
        Some(&mut self.visits[visit])
    }
}

/// The text of a datum on its way to the database.
fn text(datum: impl serde::Serialize) -> String {
    serde_json::to_value(datum).unwrap().as_str().unwrap().to_owned()
}
