//! Waits for memory: an isolate has little of it, and everybody's requests live in it.

use crate::{error::Error, platform::Platform};

/// How long a request waits for memory that others use, or for a copy that another makes, in steps of [`STEP_MS`].
const STEPS: usize = 100;
const STEP_MS: i64 = 50;

/// What waiting for memory came to.
#[derive(Debug)]
pub enum Room {
    /// There is room, until the ticket is given back.
    Taken(u64),
    /// Nobody needs it any more: somebody else made the copy.
    Made,
    /// There is none.
    None,
}

/// Waits for so many bytes of memory, to make `copy` if one is made.
pub async fn wait(p: &impl Platform, copy: Option<&str>, bytes: u64) -> Result<Room, Error> {
    for _ in 0..STEPS {
        if let Some(ticket) = p.take_room(copy, bytes) {
            return Ok(Room::Taken(ticket));
        }
        p.pause(STEP_MS).await;
        if let Some(copy) = copy
            && p.look(copy).await?.is_some()
        {
            return Ok(Room::Made);
        }
    }
    Ok(p.take_room(copy, bytes).map_or(Room::None, Room::Taken))
}
