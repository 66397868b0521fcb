//! How much memory an isolate may spend on pictures at once: it has little, and everybody's requests live in it.

use crate::domain::time::{MINUTE_MS, Timestamp};

/// What is taken ends by itself, after this time in milliseconds: a request that is cut off gives nothing back.
pub const TAKEN_MS: i64 = 2 * MINUTE_MS;

/// Memory that is shared by requests.
#[derive(Debug)]
pub struct Room {
    bytes: u64,
    taken: Vec<Taken>,
    next: u64,
}

#[derive(Debug)]
struct Taken {
    ticket: u64,
    /// What is being made.
    what: Option<String>,
    bytes: u64,
    until: Timestamp,
}

impl Room {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self { bytes, taken: Vec::new(), next: 0 }
    }
    /// Takes some for making `what`, if there is so much left and nobody else is making it. What is given is for [`Room::leave`].
    pub fn take(&mut self, what: Option<&str>, bytes: u64, now: Timestamp) -> Option<u64> {
        self.taken.retain(|taken| taken.until > now);
        let left = self.bytes - self.taken.iter().map(|taken| taken.bytes).sum::<u64>();
        let underway = what.is_some() && self.taken.iter().any(|taken| taken.what.as_deref() == what);
        if bytes > left || underway {
            return None;
        }
        self.next += 1;
        self.taken.push(Taken { ticket: self.next, what: what.map(str::to_owned), bytes, until: now.plus_ms(TAKEN_MS) });
        Some(self.next)
    }
    /// Gives it back.
    pub fn leave(&mut self, ticket: u64) {
        self.taken.retain(|taken| taken.ticket != ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let mut room = Room::new(100);
        let now = Timestamp::from_ms(0);
        let first = room.take(None, 60, now).unwrap();
        assert_eq!(room.take(None, 41, now), None);
        let second = room.take(None, 40, now).unwrap();
        room.leave(first);
        room.leave(first);
        assert_eq!(room.take(None, 61, now), None);
        assert!(room.take(None, 60, now).is_some());
        room.leave(second);
        assert_eq!(room.take(None, 100, now), None);
        assert!(room.take(None, 100, now.plus_ms(TAKEN_MS)).is_some(), "a request that was cut off");
    }

    #[test]
    fn nothing_is_made_twice_at_once() {
        let mut room = Room::new(100);
        let now = Timestamp::from_ms(0);
        let first = room.take(Some("a"), 10, now).unwrap();
        assert_eq!(room.take(Some("a"), 10, now), None);
        assert!(room.take(Some("b"), 10, now).is_some());
        room.leave(first);
        assert!(room.take(Some("a"), 10, now).is_some());
    }
}
