//! What people do: mostly with what is theirs, sometimes with what is others'.

use crate::{
    accounts::{NOBODY, PASSWORD, Scheduler, TARGET, tab},
    book::{Desk, Warrant},
    browser::{Reply, Tab, visit},
    judge::token_of,
    sim::{ORIGIN, Sim},
};
use atelier::http::Method;
use atelier_sandbox::{exchange, google};
use serde_json::{Value, json};
use std::rc::Rc;

/// Somebody with two addresses, a browser and a telephone, and an account at Google for the first address.
pub struct Person {
    pub emails: [String; 2],
    /// Every password that the person ever chose.
    pub passwords: Vec<String>,
    pub tab: Tab,
    pub telephone: Tab,
}

impl Person {
    pub fn new(sim: &Sim, number: usize, email: &str) -> Self {
        let mut world = sim.world.borrow_mut();
        let email_verified = world.dice.chance(75);
        let picture = world.dice.chance(30);
        world.google.meet(google::Person { email_verified, picture, ..google::Person::new(email, "Ada Lovelace").unwrap() });
        let (local, domain) = email.split_once('@').unwrap();
        Self {
            emails: [email.to_owned(), format!("{local}.new@{domain}")],
            passwords: vec![PASSWORD.to_owned()],
            tab: tab(format!("203.0.113.{number}")),
            telephone: tab(format!("198.51.100.{number}")),
        }
    }
}

type Call = (Method, String, Option<Value>);

fn post(url: &str, body: Value) -> Call {
    (Method::Post, format!("/api/auth{url}"), Some(body))
}
fn get(url: &str) -> Call {
    (Method::Get, url.to_owned(), None)
}

impl Scheduler {
    /// Somebody's browser: mostly the person's own.
    fn tab(&self, person: usize) -> Tab {
        let whose = if self.roll(10) == 0 { self.index(self.people.len()) } else { person };
        Rc::clone(if self.roll(4) == 0 { &self.people[whose].telephone } else { &self.people[whose].tab })
    }
    /// Somebody's address: mostly the person's own.
    fn email(&self, person: usize) -> String {
        let whose = if self.roll(4) == 0 { self.index(self.people.len()) } else { person };
        self.people[whose].emails[usize::from(self.roll(6) == 0)].clone()
    }
    /// One request, as often at once as impatient people make it.
    fn send(&mut self, tab: &Tab, warrant: &Warrant, call: &Call, copies: u64) {
        let more = if self.roll(2) == 0 { self.roll(copies + 1) } else { 0 };
        for _ in 0..=more {
            let (tab, warrant, (method, url, body)) = (Rc::clone(tab), warrant.clone(), call.clone());
            self.start(&url.clone(), move |sim, desk| async move {
                visit(&sim, &desk, &tab, warrant, (method, &url, body)).await;
            });
        }
    }

    /// Somebody does something.
    pub fn act(&mut self) {
        let person = self.index(self.people.len());
        let tab = self.tab(person);
        let email = self.email(person);
        let signed_in = tab.borrow().cookies.keys().any(|name| name.ends_with("session_token"));
        match self.roll(100) {
            0..2 => self.guess(TARGET),
            2..4 => self.guess(NOBODY),
            4 => self.guess_at_once(),
            5..32 => self.open_letter(person),
            32..44 => self.go_on_at_google(person),
            // Whoever is not signed in mostly wants to be.
            _ if signed_in || self.roll(5) == 0 => self.live(person, email, &tab),
            _ => self.come(person, email, &tab),
        }
    }

    /// Somebody wants to be signed in.
    fn come(&mut self, person: usize, email: String, tab: &Tab) {
        match self.roll(100) {
            0..28 => self.begin_at_google(tab),
            28..53 => {
                let body = json!({"email": email, "callbackURL": "/", "metadata": {"ageConfirmed": true, "existingOnly": self.roll(5) == 0}});
                self.send(tab, &Warrant::AskMagic { email }, &post("/sign-in/magic-link", body), 1);
            }
            53..66 => {
                let body = json!({"email": email, "redirectTo": "/reset"});
                self.send(tab, &Warrant::AskReset { email }, &post("/request-password-reset", body), 1);
            }
            66..73 => self.ask_verify(email, tab),
            73..84 => self.sign_up(person, email, tab),
            _ => self.sign_in(person, email, tab),
        }
    }

    /// Somebody does what one does with an account.
    fn live(&mut self, person: usize, email: String, tab: &Tab) {
        match self.roll(100) {
            0..15 => self.begin_at_google(tab),
            15..25 => self.ask_verify(email, tab),
            25..40 => {
                let body = json!({"newEmail": email, "callbackURL": "/"});
                self.send(tab, &Warrant::AskChange { to: email }, &post("/change-email", body), 0);
            }
            40..50 => self.ask_delete(person, tab),
            50..63 => self.sessions(tab),
            63..73 => {
                let tab = Rc::clone(tab);
                self.start("unlink", move |sim, desk| unlink(sim, desk, tab));
            }
            73..80 => self.change_password(person, tab),
            // Whatever is being made for somebody has to go with the account.
            80..88 => {
                let body = json!({"model": "flux-schnell", "prompt": format!("a sea at dusk {}", self.roll(1_000)), "outputs": 1 + self.roll(2)});
                self.send(tab, &Warrant::Nothing, &(Method::Post, "/api/generations".to_owned(), Some(body)), 1);
            }
            88..91 => self.send(tab, &Warrant::Nothing, &post("/update-user", json!({"name": "Grace", "image": null})), 0),
            _ => {
                let calls = [get("/api/account"), get("/api/auth/get-session"), get("/api/auth/list-accounts"), get("/api/auth/list-sessions")];
                let call = &calls[self.index(calls.len())];
                self.send(tab, &Warrant::Nothing, call, 0);
            }
        }
    }

    fn ask_verify(&mut self, email: String, tab: &Tab) {
        let body = json!({"email": email});
        self.send(tab, &Warrant::AskVerify { email }, &post("/send-verification-email", body), 1);
    }
    fn sign_up(&mut self, person: usize, email: String, tab: &Tab) {
        let password = format!("password of {person}");
        let body = json!({"name": "Ada", "email": email, "password": password, "ageConfirmed": true});
        self.people[person].passwords.push(password.clone());
        self.send(tab, &Warrant::SignUp { email, password }, &post("/sign-up/email", body), 0);
    }
    /// A password that the person remembers: mostly the last one.
    fn password(&self, person: usize) -> String {
        let passwords = &self.people[person].passwords;
        let index = if self.roll(4) == 0 { self.index(passwords.len()) } else { passwords.len() - 1 };
        passwords[index].clone()
    }
    fn sign_in(&mut self, person: usize, email: String, tab: &Tab) {
        let password = self.password(person);
        let body = json!({"email": email, "password": password, "rememberMe": self.roll(2) == 0});
        self.send(tab, &Warrant::SignIn { email, password }, &post("/sign-in/email", body), 1);
        // Meanwhile, elsewhere, the same account may be proved to be somebody else's.
        self.open_letter(person);
    }
    fn change_password(&mut self, person: usize, tab: &Tab) {
        let (current, new) = (self.password(person), format!("changed by {person}, {}", self.roll(100)));
        let revoke = self.roll(2) == 0;
        let body = json!({"currentPassword": current, "newPassword": new, "revokeOtherSessions": revoke});
        self.people[person].passwords.push(new.clone());
        self.send(tab, &Warrant::ChangePassword { current, new, revoke }, &post("/change-password", body), 1);
    }
    fn ask_delete(&mut self, person: usize, tab: &Tab) {
        let password = (self.roll(3) == 0).then(|| self.password(person));
        let body = if let Some(password) = &password { json!({"password": password}) } else { json!({}) };
        self.send(tab, &Warrant::AskDelete { password }, &post("/delete-user", body), 1);
    }
    fn sessions(&mut self, tab: &Tab) {
        match self.roll(4) {
            0 => self.send(tab, &Warrant::SignOut, &post("/sign-out", json!({})), 0),
            1 => self.send(tab, &Warrant::Revoke, &post("/revoke-sessions", json!({})), 0),
            2 => self.send(tab, &Warrant::Revoke, &post("/revoke-other-sessions", json!({})), 0),
            _ => {
                let tab = Rc::clone(tab);
                self.start("end a session", move |sim, desk| end_session(sim, desk, tab));
            }
        }
    }

    /// Somebody opens a link: the newest, or one that lies about; sometimes twice, or in somebody else's browser.
    fn open_letter(&mut self, person: usize) {
        let emails = self.people[person].emails.clone();
        let sim = self.sim();
        let links: Vec<_> =
            sim.world.borrow().letters.iter().filter(|letter| emails.contains(&letter.to)).map(|letter| letter.link.clone()).collect();
        if links.is_empty() {
            return;
        }
        let unopened = links.iter().rev().find(|link| !self.opened.contains(*link)).cloned();
        let again = links[self.index(links.len())].clone();
        let Some(link) = (if self.roll(6) == 0 { Some(again) } else { unopened }) else { return };
        let tab = self.tab(person);
        self.opened.insert(link.clone());
        let url = link.strip_prefix(ORIGIN).unwrap_or_default().to_owned();
        let token = token_of(&link);
        if url.starts_with("/api/auth/magic-link/") {
            self.send(&tab, &Warrant::Magic { token }, &get(&url), 2);
        } else if url.starts_with("/api/auth/verify-email") {
            self.send(&tab, &Warrant::Verify { link }, &get(&url), 1);
        } else if url.starts_with("/api/auth/delete-user/") {
            // Whoever gets hold of such a link is to delete nobody with it.
            let tab = if self.roll(2) == 0 { Rc::clone(&self.people[self.index(self.people.len())].tab) } else { tab };
            self.send(&tab, &Warrant::Delete { token }, &get(&url), 1);
        } else if self.roll(4) > 0 {
            let password = format!("set anew by {person}, {}", self.roll(100));
            self.people[person].passwords.push(password.clone());
            let body = json!({"newPassword": password, "token": token});
            self.send(&tab, &Warrant::Reset { token, password }, &post("/reset-password", body), 1);
        } else {
            self.send(&tab, &Warrant::Nothing, &get(&url), 0);
        }
    }

    fn begin_at_google(&mut self, tab: &Tab) {
        if !tab.borrow().begun.is_empty() && self.roll(4) > 0 {
            return;
        }
        let tab = Rc::clone(tab);
        let route = if self.roll(3) == 0 { "/link-social" } else { "/sign-in/social" };
        let body = json!({"provider": "google", "callbackURL": "/", "additionalData": {"ageConfirmed": true, "existingOnly": self.roll(6) == 0}});
        self.start(route, move |sim, desk| async move {
            let reply = visit(&sim, &desk, &tab, Warrant::Begin, (Method::Post, &format!("/api/auth{route}"), Some(body))).await;
            if let Some(url) = reply.filter(Reply::is_success).and_then(|reply| reply.body["url"].as_str().map(str::to_owned)) {
                tab.borrow_mut().begun.push(url);
            }
        });
    }

    /// Somebody who was sent to Google chooses an account there, and comes back: mostly in the same browser.
    fn go_on_at_google(&mut self, person: usize) {
        let tabs = self.people.iter().flat_map(|person| [&person.tab, &person.telephone]);
        let waiting: Vec<_> = tabs.filter(|tab| !tab.borrow().begun.is_empty()).map(Rc::clone).collect();
        if waiting.is_empty() {
            return;
        }
        let tab = Rc::clone(&waiting[self.index(waiting.len())]);
        let again = self.roll(6) == 0;
        let Some(url) = (if again { tab.borrow().begun.last().cloned() } else { tab.borrow_mut().begun.pop() }) else { return };
        let who = if self.roll(5) == 0 { self.index(self.people.len()) } else { person };
        let email = self.people[who].emails[0].clone();
        let sim = self.sim();
        let answer = {
            let mut world = sim.world.borrow_mut();
            let now = world.now_ms;
            let request = exchange::Request {
                method: "POST".to_owned(),
                path: url.strip_prefix("http://127.0.0.1:9").unwrap_or_default().to_owned(),
                headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
                body: format!("account={}", exchange::encode(&email)).into_bytes(),
            };
            let answer = world.google.handle(now, &request);
            world.google.person(&email).zip(answer.header("location").map(str::to_owned))
        };
        let Some((known, location)) = answer else { return };
        let Some(url) = location.strip_prefix(ORIGIN) else { return };
        let state = exchange::query(url.split_once('?').map_or("", |(_, query)| query)).into_iter().find(|(name, _)| name == "state");
        let state = state.map(|(_, state)| state).unwrap_or_default();
        let warrant = Warrant::Callback { state, subject: known.sub, email: email.to_lowercase(), verified: known.email_verified };
        // Whoever is made to open a stranger's way back must not end up in the stranger's account.
        let there = if self.roll(8) == 0 { self.tab(self.index(self.people.len())) } else { tab };
        self.send(&there, &warrant, &get(url), 1);
    }

    /// Somebody guesses, from everywhere.
    fn guess(&mut self, email: &'static str) {
        self.start(&format!("guesses at {email}"), move |sim, desk| async move {
            for _ in 0..14 {
                guess_once(&sim, &desk, email).await;
            }
        });
    }
    fn guess_at_once(&mut self) {
        if self.in_step {
            for _ in 0..60 {
                self.start("guess", move |sim, desk| async move { guess_once(&sim, &desk, TARGET).await });
            }
        }
    }
}

async fn guess_once(sim: &Sim, desk: &Desk, email: &str) {
    let (number, address) = {
        let dice = &mut sim.world.borrow_mut().dice;
        (dice.below(1_000_000), format!("192.0.2.{}", dice.below(250)))
    };
    let password = format!("wrong {number}");
    let body = json!({"email": email, "password": password});
    visit(sim, desk, &tab(address), Warrant::SignIn { email: email.to_owned(), password }, (Method::Post, "/api/auth/sign-in/email", Some(body)))
        .await;
}

async fn unlink(sim: Sim, desk: Desk, tab: Tab) {
    let Some(list) = visit(&sim, &desk, &tab, Warrant::Nothing, (Method::Get, "/api/auth/list-accounts", None)).await else { return };
    let Some(all) = list.body.as_array().filter(|all| !all.is_empty()) else { return };
    let id = all[sim.world.borrow_mut().dice.index(all.len())]["id"].clone();
    visit(&sim, &desk, &tab, Warrant::Unlink, (Method::Post, "/api/auth/unlink-account", Some(json!({"accountId": id})))).await;
}

async fn end_session(sim: Sim, desk: Desk, tab: Tab) {
    let Some(list) = visit(&sim, &desk, &tab, Warrant::Nothing, (Method::Get, "/api/account/sessions", None)).await else { return };
    let Some(all) = list.body["sessions"].as_array().filter(|all| !all.is_empty()) else { return };
    let id = all[sim.world.borrow_mut().dice.index(all.len())]["id"].as_str().unwrap_or_default().to_owned();
    visit(&sim, &desk, &tab, Warrant::Revoke, (Method::Delete, &format!("/api/account/sessions/{id}"), None)).await;
}
