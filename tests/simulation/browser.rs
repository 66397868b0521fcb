//! A browser: cookies, and requests whose answers may get lost on the way.

use crate::{
    book::{Desk, Warrant},
    sim::{ORIGIN, Sim},
};
use atelier::http::{self, Body, Method, Payload, Request};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// What a browser keeps.
#[derive(Default)]
pub struct Browser {
    pub cookies: BTreeMap<String, String>,
    /// The client's address.
    pub address: String,
    /// Sign-ins at Google that were begun here: where the browser was sent, and whether it was to link.
    pub begun: Vec<String>,
}

pub type Tab = Rc<RefCell<Browser>>;

/// An answer that arrived.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub body: Value,
    /// What it sets of cookies: name and value; an empty value takes one away.
    pub cookies: Vec<(String, String)>,
}

impl Reply {
    /// True if it says that something is wrong.
    pub fn is_refusal(&self) -> bool {
        let location = self.location.as_deref().unwrap_or_default();
        (400..500).contains(&self.status) || self.status == 302 && (location.contains("error=") || location.contains("/api/auth/error"))
    }
    /// True if it says that all is well.
    pub fn is_success(&self) -> bool {
        matches!(self.status, 200..400) && !self.is_refusal()
    }
}

impl Browser {
    pub fn header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
    fn take(&mut self, reply: &Reply) {
        for (name, value) in &reply.cookies {
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.clone(), value.clone());
            }
        }
    }
}

/// A request, as the page or a person would make it. `url` is a path with its query.
pub fn request(browser: &Browser, method: Method, url: &str, body: Option<&Value>) -> Request {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers = BTreeMap::from([
        ("origin".to_owned(), ORIGIN.to_owned()),
        ("cf-connecting-ip".to_owned(), browser.address.clone()),
        ("cf-ipcountry".to_owned(), "CA".to_owned()),
    ]);
    if !browser.cookies.is_empty() {
        headers.insert("cookie".to_owned(), browser.header());
    }
    if body.is_some() {
        headers.insert("content-type".to_owned(), "application/json".to_owned());
    }
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    Request { method, path: path.to_owned(), query: query.to_owned(), headers, body: Body::Bytes(body) }
}

/// Sends a request with what it may bring about written down, and takes the cookies of the answer; none if the answer is lost.
pub async fn visit(sim: &Sim, desk: &Desk, tab: &Tab, warrant: Warrant, (method, url, body): (Method, &str, Option<Value>)) -> Option<Reply> {
    let request = request(&tab.borrow(), method, url, body.as_ref());
    let visit = desk.borrow_mut().begin(sim, warrant, request.cookies());
    let response = http::handle(sim, &request).await;
    let header = |name: &str| response.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let cookies = response.headers.iter().filter(|(name, _)| *name == "set-cookie").filter_map(|(_, cookie)| {
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let body = match &response.body {
        Payload::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Empty | Payload::Fixed(_) | Payload::Media(_) | Payload::Feed(_) => Value::Null,
    };
    let reply = Reply { status: response.status, location: header("location"), body, cookies: cookies.collect() };
    let mut world = sim.world.borrow_mut();
    let target = reply.location.as_deref().unwrap_or_default();
    world.note(&format!("  {visit} → {} {target} {} {}", reply.status, reply.body["code"], response.reason.unwrap_or_default()));
    desk.borrow_mut().answered(visit, reply.clone(), world.now_ms);
    let percent = world.fault_percent;
    if world.dice.chance(percent / 2) {
        world.note("  the answer is lost");
        return None;
    }
    tab.borrow_mut().take(&reply);
    Some(reply)
}
