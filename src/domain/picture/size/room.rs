//! How much memory an isolate may spend on pictures at once: it has little, and everybody's requests live in it.

use crate::domain::time::{MINUTE_MS, Timestamp};

/// What is taken ends by itself: a request that is cut off gives nothing back.
const TAKEN_MS: i64 = MINUTE_MS;

/// Memory that is shared by requests.
#[derive(Debug)]
pub struct Room {
    bytes: u64,
    taken: Vec<(u64, Timestamp, u64)>,
    next: u64,
}

impl Room {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self { bytes, taken: Vec::new(), next: 0 }
    }
    /// Takes some, if there is so much left. What is given is for [`Room::leave`].
    pub fn take(&mut self, bytes: u64, now: Timestamp) -> Option<u64> {
        self.taken.retain(|(_, until, _)| *until > now);
        let left = self.bytes - self.taken.iter().map(|(.., bytes)| bytes).sum::<u64>();
        if bytes > left {
            return None;
        }
        self.next += 1;
        self.taken.push((self.next, now.plus_ms(TAKEN_MS), bytes));
        Some(self.next)
    }
    /// Gives it back.
    pub fn leave(&mut self, ticket: u64) {
        self.taken.retain(|(taken, ..)| *taken != ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let mut room = Room::new(100);
        let now = Timestamp::from_ms(0);
        let first = room.take(60, now).unwrap();
        assert_eq!(room.take(41, now), None);
        let second = room.take(40, now).unwrap();
        room.leave(first);
        room.leave(first);
        assert_eq!(room.take(61, now), None);
        assert!(room.take(60, now).is_some());
        room.leave(second);
        assert_eq!(room.take(100, now), None);
        assert!(room.take(100, now.plus_ms(TAKEN_MS)).is_some(), "a request that was cut off");
    }
}
