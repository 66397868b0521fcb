//! The time.

use std::time::{SystemTime, UNIX_EPOCH};

use atelier::domain::time::Timestamp;

/// The machine's time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where real time comes in")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
