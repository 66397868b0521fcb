//! What is kept outside of the database.

use super::{
    Category::{Key, Technical, Usage},
    Ownership::User,
    Purpose::Service,
    Retention, Table,
};

/// What a user's pages were told lately, in the user's Durable Object (`domain::live`).
pub const LIVE: Table = Table {
    name: "live",
    owner: User("name"),
    retention: Retention::Hours(2),
    columns: &[("name", Key, Service), ("n", Technical, Service), ("generation", Key, Service), ("status", Usage, Service)],
};
