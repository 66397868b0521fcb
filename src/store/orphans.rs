//! Files in media storage that no row speaks of.

use super::{Batch, Rows, Scope, Value, sql::statements};
use crate::platform::DbError;

statements! {
    /// Which of these belong to nobody: no output, no upload, and no generation that may still be storing it. Keys say whose they might be.
    ORPHANS (Scope::System("the sweeper looks for files of every user's that no row speaks of")): r#"SELECT k.value AS "key" FROM json_each(:keys) k
        WHERE NOT EXISTS (SELECT 1 FROM generation_output o WHERE o."mediaKey" = k.value)
        AND NOT EXISTS (SELECT 1 FROM upload u WHERE k.value LIKE 'upload/%' AND u."id" = substr(k.value, 8))
        AND NOT EXISTS (SELECT 1 FROM generation g WHERE g."id" = substr(k.value, 1, 26) AND g."finishedAt" IS NULL)"#;
}

/// Looks the keys up. Read with [`read`].
#[must_use]
pub fn find(keys: &[&str]) -> Batch {
    Batch::read(vec![ORPHANS.step(&[("keys", Value::from(serde_json::Value::from(keys).to_string()))])])
}

/// Reads [`ORPHANS`]: the keys that belong to nobody.
pub fn read(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| Ok(row.text("key")?.to_owned())).collect()
}
