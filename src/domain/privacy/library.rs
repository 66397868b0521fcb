//! The catalogue's tables of the library.

use super::{
    Category::{Content, Key, Usage},
    Ownership::User,
    Purpose::{Security, Service},
    Retention, Table,
};

/// Folders.
pub(super) const FOLDER: Table = Table {
    name: "folder",
    owner: User("userId"),
    retention: Retention::UntilDeleted,
    columns: &[
        ("id", Key, Service),
        ("userId", Key, Service),
        ("name", Content, Service),
        ("nameKey", Content, Service),
        ("createdAt", Usage, Service),
    ],
};
/// Links by which others see a work.
pub(super) const SHARE: Table = Table {
    name: "share",
    owner: User("userId"),
    retention: Retention::UntilExpired,
    columns: &[
        ("id", Key, Security),
        ("userId", Key, Service),
        ("generationId", Key, Service),
        ("n", Usage, Service),
        ("showRecipe", Usage, Service),
        ("createdAt", Usage, Service),
        ("expiresAt", Usage, Service),
    ],
};
/// Under which number the index of words knows a generation.
pub(super) const GENERATION_WORD: Table = Table {
    name: "generation_word",
    owner: User("userId"),
    retention: Retention::UntilDeleted,
    columns: &[("n", Key, Service), ("generationId", Key, Service), ("userId", Key, Service)],
};
/// The index of words.
pub(super) const GENERATION_SEARCH: Table = Table {
    name: "generation_search",
    owner: User("userId"),
    retention: Retention::UntilDeleted,
    columns: &[("userId", Key, Service), ("prompt", Content, Service)],
};
