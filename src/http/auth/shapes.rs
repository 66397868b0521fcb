//! What better-auth's routes show: its key sets, in its order (contract: better-auth, section 6).

use crate::{
    lanes::{Avatar, Email, In, IpAddress, Owner, PersonName, SessionKey, Subject, UserAgent},
    store::{
        accounts::AccountRow,
        sessions::{ListedSession, SessionRow, UserRow},
    },
    vendors::cookie_cache::Cached,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// An object whose keys stay in this order.
pub(super) struct Ordered<'a>(pub &'a [(&'static str, Value)]);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    name: In<Owner, PersonName>,
    email: In<Owner, Email>,
    email_verified: bool,
    image: Option<In<Owner, Avatar>>,
    created_at: String,
    updated_at: String,
    id: String,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            name: In::new(row.name),
            email: In::new(row.email),
            email_verified: row.email_verified,
            image: row.image.map(In::new),
            created_at: row.created_at,
            updated_at: row.updated_at,
            id: row.id,
        }
    }
}

/// A session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    expires_at: String,
    token: In<Owner, SessionKey>,
    created_at: String,
    updated_at: String,
    ip_address: In<Owner, IpAddress>,
    user_agent: In<Owner, UserAgent>,
    user_id: String,
    id: String,
}

impl From<ListedSession> for Session {
    fn from(row: ListedSession) -> Self {
        Self {
            expires_at: row.expires_at,
            token: In::new(row.key),
            created_at: row.created_at,
            updated_at: row.updated_at,
            ip_address: In::new(row.ip_address),
            user_agent: In::new(row.user_agent),
            user_id: row.user_id,
            id: row.id,
        }
    }
}

impl Session {
    pub fn of(row: &SessionRow) -> Self {
        Self {
            expires_at: row.expires_at.clone(),
            token: In::new(row.key.clone()),
            created_at: row.created_at.clone(),
            updated_at: row.updated_at.clone(),
            ip_address: In::new(row.ip_address.clone()),
            user_agent: In::new(row.user_agent.clone()),
            user_id: row.user.id.clone(),
            id: row.id.clone(),
        }
    }
}

/// A session with its user.
#[derive(Serialize)]
pub(super) struct SessionAndUser {
    session: Session,
    user: User,
}

impl From<SessionRow> for SessionAndUser {
    fn from(row: SessionRow) -> Self {
        Self { session: Session::of(&row), user: row.user.into() }
    }
}

/// A session with its user as they stand in the cookie cache, in the order in which better-auth shows them from there.
#[derive(Serialize)]
pub(super) struct CachedSessionAndUser {
    session: CachedSession,
    user: CachedUser,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedSession {
    id: String,
    created_at: String,
    updated_at: String,
    user_id: String,
    expires_at: String,
    token: Value,
    ip_address: Value,
    user_agent: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedUser {
    id: String,
    created_at: String,
    updated_at: String,
    email: Value,
    email_verified: bool,
    name: Value,
    image: Value,
}

impl CachedSessionAndUser {
    /// Reads what the owner's own signed cookie brought back.
    pub fn read(cached: &Cached) -> Option<Self> {
        let (session, user) = (serde_json::from_str(cached.session.get()).ok()?, serde_json::from_str(cached.user.get()).ok()?);
        Some(Self { session, user })
    }
}

/// A way to sign in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    #[serde(rename = "accountId")]
    subject: In<Owner, Subject>,
    provider_id: String,
    user_id: String,
    created_at: String,
    updated_at: String,
    id: String,
    scopes: Vec<String>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let scopes = row.scope.as_deref().unwrap_or_default().split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        Self {
            subject: In::new(row.account_id),
            provider_id: row.provider_id,
            user_id: row.user_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            id: row.id,
            scopes,
        }
    }
}
