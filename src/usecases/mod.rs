//! What the program does, one deed per file. Each reads like a paragraph and holds no key of a vendor.

pub mod apply_prediction;
pub mod create_generation;
pub mod delete_generation;
pub mod get_session;
pub mod read_generations;
pub mod receive_webhook;
pub mod reconcile;
pub mod serve_media;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;

use crate::{
    domain::{account, ids, time::Timestamp},
    lanes::{IpAddress, SessionToken, UserAgent},
    platform::Platform,
    store::sessions::NewSession,
};

/// Where a request comes from, for sign-in safety.
#[derive(Debug, Clone)]
pub struct Client {
    /// The edge's client address.
    pub ip_address: IpAddress,
    /// The client's description of itself.
    pub user_agent: UserAgent,
}

/// A session with a new id and token, not yet written down.
fn new_session(p: &impl Platform, client: Client, now: Timestamp, remember: bool) -> NewSession {
    let life = if remember { account::SESSION_MS } else { account::SESSION_SHORT_MS };
    NewSession {
        id: ids::auth_id(|bytes| p.random(bytes)),
        token: SessionToken::new(ids::auth_id(|bytes| p.random(bytes))),
        expires_at: now.plus_ms(life),
        ip_address: client.ip_address,
        user_agent: client.user_agent,
    }
}
