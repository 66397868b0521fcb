//! The people who have an account there.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longer addresses cannot receive mail.
const EMAIL_BYTES_MAX: usize = 254;

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 21 digits, the same for the same e-mail address.
    pub sub: String,
    /// As it stands in the token.
    pub email: String,
    /// Whether the vendor vouches for the address.
    pub email_verified: bool,
    /// The whole name, if there is one.
    pub name: Option<String>,
    /// Whether there is a portrait.
    pub picture: bool,
    /// The domain of a Workspace account.
    pub hd: Option<String>,
}

impl Person {
    /// A verified person with a portrait, or `None` when the text is not an e-mail address.
    #[must_use]
    pub fn new(email: &str, name: &str) -> Option<Self> {
        let email = email.trim();
        let (local, domain) = email.rsplit_once('@')?;
        let odd = |letter: char| letter.is_whitespace() || letter.is_control() || "<>\"'(),:;\\@".contains(letter);
        if local.is_empty() || domain.is_empty() || email.len() > EMAIL_BYTES_MAX || local.contains(odd) || domain.contains(odd) {
            return None;
        }
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        Some(Self { sub: sub(email), email: email.to_owned(), email_verified: true, name, picture: true, hd: None })
    }

    /// What a token tells about the person, as far as the scopes allow.
    pub(super) fn claims(&self, scopes: &[String], base_url: &str) -> serde_json::Map<String, Value> {
        let asked = |short: &str| scopes.iter().any(|scope| scope == short);
        let mut claims = serde_json::Map::new();
        let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        put("sub", json!(self.sub));
        if let Some(hd) = &self.hd {
            put("hd", json!(hd));
        }
        if asked("email") {
            put("email", json!(self.email));
            put("email_verified", json!(self.email_verified));
        }
        if asked("profile") {
            if let Some(name) = &self.name {
                let (given, family) = name.rsplit_once(' ').map_or((name.as_str(), None), |(given, family)| (given, Some(family)));
                put("name", json!(name));
                put("given_name", json!(given));
                if let Some(family) = family {
                    put("family_name", json!(family));
                }
            }
            if self.picture {
                put("picture", json!(format!("{base_url}/pictures/{}", self.sub)));
            }
        }
        claims
    }
}

/// 21 digits, of which the first is 1.
fn sub(email: &str) -> String {
    let hash = Sha256::digest(email.to_lowercase());
    let number = hash.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    format!("1{:020}", number % 10_u128.pow(20))
}

/// Everybody who was met, by e-mail address in lower case.
#[derive(Debug)]
pub(super) struct People {
    known: BTreeMap<String, Person>,
    /// Addresses in the order in which the page shows them.
    shown: Vec<String>,
}

/// More than a page can show; a load test must not fill the memory.
const KNOWN_MAX: usize = 10_000;
/// The ones that stand ready, and some that were met lately.
const SHOWN_MAX: usize = 12;

impl People {
    /// Those who stand ready. No mail can reach them: the names at the large vendor are shorter than it allows, and the
    /// other domains are reserved.
    pub fn ready() -> Self {
        let mut people = Self { known: BTreeMap::new(), shown: Vec::new() };
        let ready = [
            Person::new("ada@gmail.com", "Ada Lovelace"),
            Person::new("grace@mail.example", "Grace Hopper").map(|person| Person { email_verified: false, picture: false, ..person }),
            Person::new("mary@studio.example", "Mary Shelley").map(|person| Person { hd: Some("studio.example".into()), ..person }),
            Person::new("anon@gmail.com", "").map(|person| Person { picture: false, ..person }),
        ];
        for person in ready.into_iter().flatten() {
            people.keep(person);
        }
        people
    }

    /// The person of an address, or of a `sub`.
    pub fn find(&self, hint: &str) -> Option<&Person> {
        let by_address = self.known.get(&hint.trim().to_lowercase());
        by_address.or_else(|| self.known.values().find(|person| person.sub == hint))
    }

    /// The person of an address: somebody known, or a new one whose name follows from the address.
    pub fn of(&mut self, email: &str) -> Option<Person> {
        if let Some(person) = self.find(email) {
            return Some(person.clone());
        }
        let person = Person::new(email, &name_from(email))?;
        self.keep(person.clone());
        Some(person)
    }

    pub fn keep(&mut self, person: Person) {
        let key = person.email.to_lowercase();
        if self.known.len() >= KNOWN_MAX && !self.known.contains_key(&key) {
            return;
        }
        if self.known.insert(key.clone(), person).is_none() && self.shown.len() < SHOWN_MAX {
            self.shown.push(key);
        }
    }

    pub fn shown(&self) -> impl Iterator<Item = &Person> {
        self.shown.iter().filter_map(|key| self.known.get(key))
    }
}

/// `ada.lovelace@…` is Ada Lovelace.
fn name_from(email: &str) -> String {
    let local = email.trim().split(['@', '+']).next().unwrap_or_default();
    let words = local.split(['.', '_', '-']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
