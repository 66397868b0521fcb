//! What the database holds of accounts, read anew after every turn.

use crate::{database::Database, sim::World};
use atelier::domain::privacy::{Ownership, TABLES};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub email: String,
    pub verified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: String,
    pub provider: String,
    pub subject: String,
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: String,
    pub expires: String,
    pub created: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub value: String,
    pub expires: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub user: String,
    pub address: String,
    pub next: i64,
    pub expires: i64,
}

/// Every row of the tables of accounts, by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    pub users: BTreeMap<String, User>,
    pub accounts: BTreeMap<String, Account>,
    pub sessions: BTreeMap<String, Session>,
    pub tokens: BTreeMap<String, Token>,
    pub mails: BTreeMap<String, Mail>,
}

fn rows<const N: usize, T>(database: &Database, sql: &str, make: impl Fn([String; N]) -> T) -> BTreeMap<String, T> {
    let all = database.ask(sql).into_iter().map(|mut row| (row.remove(0), make(row.try_into().unwrap())));
    all.collect()
}

impl State {
    pub fn read(database: &Database) -> Self {
        let number = |text: &str| text.parse().unwrap();
        Self {
            users: rows(database, r#"SELECT "id", "email", "emailVerified" FROM "user""#, |[email, verified]| User {
                email,
                verified: verified == "1",
            }),
            accounts: rows(
                database,
                r#"SELECT "id", "userId", "providerId", "accountId", "password" FROM account"#,
                |[user, provider, subject, password]| Account { user, provider, subject, password },
            ),
            sessions: rows(database, r#"SELECT "token", "userId", "expiresAt", "createdAt" FROM session"#, |[user, expires, created]| Session {
                user,
                expires,
                created,
            }),
            tokens: rows(database, r#"SELECT "identifier", "value", "expiresAt" FROM verification"#, |[value, expires]| Token { value, expires }),
            mails: rows(database, r#"SELECT "id", "userId", "address", "nextAt", "expiresAt" FROM mail_outbox"#, |[user, address, next, expires]| {
                Mail { user, address, next: number(&next), expires: number(&expires) }
            }),
        }
    }
    /// The user of an address.
    pub fn user_of(&self, email: &str) -> Option<&str> {
        self.users.iter().find(|(_, user)| user.email == email).map(|(id, _)| id.as_str())
    }
    /// A user's password hash; empty if there is none.
    pub fn hash_of(&self, user: &str) -> &str {
        let credential = self.accounts.values().find(|account| account.user == user && account.provider == "credential");
        credential.map_or("", |account| account.password.as_str())
    }
    pub fn sessions_of(&self, user: &str) -> Vec<&str> {
        self.sessions.iter().filter(|(_, session)| session.user == user).map(|(key, _)| key.as_str()).collect()
    }
}

/// Each must bring back no row, at every moment that a reader can see. `{credits}` is what everybody begins with.
const ALWAYS: &[(&str, &str)] = &[
    (
        "whoever has a session has been made welcome, once",
        r#"SELECT s."userId" FROM session s WHERE (SELECT count(*) FROM ledger_account a WHERE a."userId" = s."userId") <> 7
        OR (SELECT coalesce(sum(g."amount"), 0) FROM credit_grant g WHERE g."userId" = s."userId") <> {credits}
        OR (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e WHERE e."userId" = s."userId" AND e."src" = 'u:' || e."userId" || ':issued') <> {credits}"#,
    ),
    ("nobody was made welcome twice", r#"SELECT "userId" FROM credit_grant GROUP BY "userId" HAVING count(*) > 1 OR sum("amount") <> {credits}"#),
    (
        "an account whose address nobody proved has a way in",
        r#"SELECT u."id" FROM "user" u WHERE u."emailVerified" = 0 AND NOT EXISTS (SELECT 1 FROM account a WHERE a."userId" = u."id")"#,
    ),
    ("an account at the provider is one user's", r#"SELECT "accountId" FROM account GROUP BY "providerId", "accountId" HAVING count(*) > 1"#),
    ("a user has one password", r#"SELECT "userId" FROM account WHERE "providerId" = 'credential' GROUP BY "userId" HAVING count(*) > 1"#),
    (
        "a place belongs to a session",
        r#"SELECT p."sessionId" FROM session_place p WHERE NOT EXISTS (SELECT 1 FROM session s WHERE s."id" = p."sessionId" AND s."userId" = p."userId")"#,
    ),
];

/// Checks what must hold of the rows at every moment.
pub fn always(world: &World, credits: i64) -> Result<(), String> {
    for (name, query) in ALWAYS {
        let rows = world.database.ask(&query.replace("{credits}", &credits.to_string()));
        if !rows.is_empty() {
            return Err(format!("not so: {name}: {rows:?}"));
        }
    }
    for table in TABLES {
        // The ledger names nobody and stays; the names of media are kept until storage has certainly forgotten them.
        let stays = table.name.starts_with("ledger_") || table.name.starts_with("credit_") || table.name == "media_removal";
        let Ownership::User(owner) = table.owner else { continue };
        let (name, orphan) = (table.name, format!(r#""{owner}" IS NOT NULL AND "{owner}" NOT IN (SELECT "id" FROM "user")"#));
        if !stays && !world.database.ask(&format!(r#"SELECT 1 FROM "{name}" WHERE {orphan}"#)).is_empty() {
            return Err(format!("{name} holds rows of somebody who was deleted"));
        }
    }
    Ok(())
}
