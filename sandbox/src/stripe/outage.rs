//! What can be wrong with the API, and how an answer travels then.

use super::Stripe;
use crate::exchange::{Response, Transfer};

/// How the API is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It answers.
    Up,
    /// Everything answers 503 with a page, and nothing happens.
    Down,
    /// Every answer comes after this many milliseconds on the wall; what was asked for happens at once.
    Slow(u64),
    /// 429, and nothing happens.
    Throttled,
    /// Answers to writes come that late, long after any time limit; what was asked for happens at once.
    LateAnswer(u64),
    /// Writes happen, and the connection ends without an answer.
    LostAnswer,
    /// What was asked for happens, and the answer is 200 with a page instead of JSON.
    Garbage,
}

impl Outage {
    /// By the name of its mode in a control's body.
    #[must_use]
    pub fn named(name: &str, delay_ms: u64) -> Option<Self> {
        match name {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            "slow" => Some(Self::Slow(delay_ms)),
            "throttled" => Some(Self::Throttled),
            "late-answer" => Some(Self::LateAnswer(delay_ms)),
            "lost-answer" => Some(Self::LostAnswer),
            "garbage" => Some(Self::Garbage),
            _ => None,
        }
    }

    /// How long the answer to a request stays away; other requests with its key find it in flight as long.
    pub(super) const fn delay_ms(self, writes: bool) -> u64 {
        match self {
            Self::Slow(delay_ms) => delay_ms,
            Self::LateAnswer(delay_ms) if writes => delay_ms,
            _ => 0,
        }
    }

    /// The answer as it travels.
    pub(super) fn spoil(self, writes: bool, mut response: Response) -> Response {
        response.delay_ms = self.delay_ms(writes);
        match self {
            Self::LostAnswer if writes => response.transfer = Transfer::Dropped,
            Self::Garbage => return Response::broken(200),
            _ => {}
        }
        response
    }
}

impl Stripe {
    /// The outage for one more request; the last of those it was meant for ends it.
    pub(super) fn outage_now(&mut self, writes: bool) -> Outage {
        let outage = self.outage;
        // One that is about writes does not wear off by reading.
        if !writes && matches!(outage, Outage::LateAnswer(_) | Outage::LostAnswer) {
            return outage;
        }
        if let Some(left) = &mut self.outage_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.outage(Outage::Up, None);
            }
        }
        outage
    }
}
