//! The wall clock, moved by as much as tests ask for.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// Wall time plus an offset.
#[derive(Debug, Default)]
pub struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// Milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        wall_ms().saturating_add(self.offset_ms())
    }

    /// How far it is ahead of the wall.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Moves it forward for everyone at once.
    pub fn advance(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

/// Milliseconds since the epoch on the wall.
#[expect(clippy::disallowed_methods, reason = "the one place where real time comes in")]
#[must_use]
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_as_told() {
        let clock = Clock::default();
        let before_ms = clock.now_ms();
        clock.advance(3_600_000);
        assert!(clock.now_ms() >= before_ms + 3_600_000);
        assert_eq!(clock.offset_ms(), 3_600_000);
    }
}
