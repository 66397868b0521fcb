//! What a user's open pages are told: which of the user's generations stands where now. Ids and states, never content.
//!
//! An event's number is the time at which it was told, pushed on where two fall together. So there is no counter to be kept: numbers go on growing after
//! everything was forgotten, and a page that comes back with the number it saw last has missed just what is kept above it.

use super::{
    generation::{GenerationId, Status},
    time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp},
};

/// Events are kept this long, for who was away. Who was away for longer reads the list.
pub const KEEP_MS: i64 = HOUR_MS;
/// Events that are kept at once; the oldest make room.
pub const EVENTS_MAX: usize = 200;
/// Connections of one user that are open at once; the oldest makes room.
pub const SOCKETS_MAX: usize = 20;
/// A connection is ended after this time: who comes again is asked again who it is. Below [`KEEP_MS`], so that nothing is missed by it.
pub const SOCKET_MS: i64 = 50 * MINUTE_MS;
/// How far the clock may go back when a feed moves to another machine.
const SKEW_MS: i64 = 10 * SECOND_MS;
/// A feed is not woken more often than this only to be swept.
const SWEEP_MS: i64 = 5 * MINUTE_MS;

/// How a connection is ended. Codes from 4000 on are the application's own (RFC 6455, section 7.4.2).
pub mod closing {
    /// What came is not what a page sends.
    pub const REFUSED: u16 = 1008;
    /// It has been open for long: come again.
    pub const AGED: u16 = 4000;
    /// A session has ended: come again, if yours has not.
    pub const ENDED: u16 = 4001;
    /// There are too many: come again when you are looked at.
    pub const CROWDED: u16 = 4002;
}

/// What has become of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stands there now.
    Status(Status),
    /// It was deleted.
    Deleted,
}

impl Change {
    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status(status) => status.name(),
            Self::Deleted => "deleted",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == Self::Deleted.name() { Some(Self::Deleted) } else { Status::from_name(name).map(Self::Status) }
    }
    /// How far along it is. Messages overtake each other; what is told never goes back.
    const fn rank(self) -> u8 {
        match self {
            Self::Status(Status::Queued) => 0,
            Self::Status(Status::Starting) => 1,
            Self::Status(Status::Running) => 2,
            Self::Status(Status::Saving) => 3,
            Self::Status(Status::Succeeded | Status::Failed | Status::Canceled | Status::Expired) => 4,
            Self::Deleted => 5,
        }
    }
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The generation.
    pub generation: GenerationId,
    /// What has become of it.
    pub change: Change,
}

impl Event {
    /// That a generation stands there.
    #[must_use]
    pub fn status(generation: &GenerationId, status: Status) -> Self {
        Self { generation: generation.clone(), change: Change::Status(status) }
    }
    /// As a query. Ids and names need no escaping.
    #[must_use]
    pub fn query(&self) -> String {
        format!("generation={}&status={}", self.generation, self.change.name())
    }
    /// From [`Event::query`].
    #[must_use]
    pub fn read(query: &str) -> Option<Self> {
        let field = |name| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value);
        Some(Self { generation: GenerationId::parse(field("generation")?)?, change: Change::from_name(field("status")?)? })
    }
}

/// An event that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number: milliseconds.
    pub n: i64,
    /// What was told.
    pub event: Event,
}

impl Told {
    /// The message. Ids and names need no escaping.
    #[must_use]
    pub fn message(&self) -> String {
        format!(r#"{{"n":{},"generation":"{}","status":"{}"}}"#, self.n, self.event.generation, self.event.change.name())
    }
}

/// The last that is said to who has just come: what it has heard until now is complete up to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// The number.
    pub n: i64,
    /// True if what was missed is not known (any more): the list has to be read.
    pub reset: bool,
}

impl Hello {
    /// The message.
    #[must_use]
    pub fn message(self) -> String {
        format!(r#"{{"n":{}{}}}"#, self.n, if self.reset { r#","reset":true"# } else { "" })
    }
}

/// What a user's pages were told lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    events: Vec<Told>,
    /// The number of the last event that made room before its time.
    lost: i64,
}

impl Feed {
    /// From [`Feed::write`]. What cannot be read was written by another version: then everything until now counts as missed.
    #[must_use]
    pub fn read(text: Option<&str>, now: Timestamp) -> Self {
        let Some(text) = text else { return Self::default() };
        let event = |line: &str| {
            let (n, event) = line.split_once(' ')?;
            Some(Told { n: n.parse().ok()?, event: Event::read(event)? })
        };
        let read = || {
            let (lost, events) = text.split_once('\n')?;
            Some(Self { lost: lost.parse().ok()?, events: events.lines().map(event).collect::<Option<_>>()? })
        };
        read().unwrap_or(Self { events: Vec::new(), lost: now.ms() })
    }
    /// As it is stored: the last number that made room, then a line for each event.
    #[must_use]
    pub fn write(&self) -> String {
        let events = self.events.iter().map(|told| format!("{} {}\n", told.n, told.event.query()));
        core::iter::once(format!("{}\n", self.lost)).chain(events).collect()
    }
    /// True if nothing is left to be kept.
    #[must_use]
    pub fn is_empty(&self, now: Timestamp) -> bool {
        self.events.is_empty() && self.lost < now.plus_ms(-KEEP_MS).ms()
    }
    /// Takes an event; none if it says nothing new.
    pub fn take(&mut self, event: &Event, now: Timestamp) -> Option<&Told> {
        self.forget(now);
        let before = self.events.iter().rev().find(|told| told.event.generation == event.generation);
        if before.is_some_and(|told| told.event.change.rank() >= event.change.rank()) {
            return None;
        }
        let n = now.ms().max(self.last() + 1);
        if self.events.len() >= EVENTS_MAX {
            self.lost = self.events.remove(0).n;
        }
        self.events.push(Told { n, event: event.clone() });
        self.events.last()
    }
    /// What somebody has missed who saw the number `after` last.
    #[must_use]
    pub fn missed(&self, after: Option<i64>, now: Timestamp) -> (&[Told], Hello) {
        let known =
            after.filter(|after| (now.plus_ms(-KEEP_MS).ms()..=now.plus_ms(SKEW_MS).ms().max(self.last())).contains(after) && *after >= self.lost);
        let first = self.events.partition_point(|told| known.is_none_or(|after| told.n <= after));
        let hello = Hello { n: self.last().max(now.plus_ms(-SKEW_MS).ms()), reset: known.is_none() };
        (self.events.get(first..).unwrap_or_default(), hello)
    }
    /// Forgets what is too old.
    pub fn forget(&mut self, now: Timestamp) {
        let oldest = now.plus_ms(-KEEP_MS).ms();
        self.events.retain(|told| told.n >= oldest);
    }
    /// When the feed has to be looked after next, if somebody has listened since `listening_since`; never, if there is nothing.
    #[must_use]
    pub fn next_sweep(&self, listening_since: Option<i64>, now: Timestamp) -> Option<Timestamp> {
        // An event that is just as old as it may be is forgotten a millisecond later.
        let forgets = self.events.first().map(|told| told.n + KEEP_MS + 1);
        let lost = (self.lost > 0).then_some(self.lost + KEEP_MS + 1);
        let closes = listening_since.map(|since| since + SOCKET_MS);
        let due = [forgets, lost, closes].into_iter().flatten().min()?;
        Some(Timestamp::from_ms(due.max(now.plus_ms(SWEEP_MS).ms())))
    }
    fn last(&self) -> i64 {
        self.events.last().map_or(self.lost, |told| told.n)
    }
}

/// True if a connection that was opened then has to be ended.
#[must_use]
pub fn is_aged(opened: i64, now: Timestamp) -> bool {
    now.ms() - opened >= SOCKET_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::privacy::{LIVE, Retention};

    const T0: i64 = 1_767_225_600_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(T0 + ms)
    }
    fn generation(n: u8) -> GenerationId {
        GenerationId::new(at(i64::from(n)), |bytes| bytes.fill(n))
    }
    fn event(n: u8, name: &str) -> Event {
        Event { generation: generation(n), change: Change::from_name(name).unwrap() }
    }
    fn names(told: &[Told]) -> Vec<&str> {
        told.iter().map(|told| told.event.change.name()).collect()
    }

    #[test]
    fn events_survive_their_query_and_nothing_else_is_one() {
        for name in ["queued", "running", "saving", "succeeded", "deleted"] {
            assert_eq!(Event::read(&event(7, name).query()), Some(event(7, name)));
        }
        for bad in ["", "generation=x&status=queued", "status=queued", "generation", "generation=&status="] {
            assert_eq!(Event::read(bad), None, "{bad}");
        }
        assert_eq!(Event::read(&event(7, "queued").query().replace("queued", "paused")), None);
    }

    #[test]
    fn numbers_grow_also_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut feed = Feed::default();
        let mut numbers = Vec::new();
        for (n, ms) in [(1, 0), (2, 0), (3, -5_000), (4, 9)] {
            numbers.push(feed.take(&event(n, "queued"), at(ms)).unwrap().n - T0);
        }
        assert_eq!(numbers, [0, 1, 2, 9]);
    }

    #[test]
    fn what_is_told_never_goes_back_and_is_told_once() {
        let mut feed = Feed::default();
        for (name, is_new) in [
            ("queued", true),
            ("running", true),
            ("starting", false),
            ("running", false),
            ("succeeded", true),
            ("failed", false),
            ("deleted", true),
            ("succeeded", false),
        ] {
            assert_eq!(feed.take(&event(1, name), at(0)).is_some(), is_new, "{name}");
        }
        assert!(feed.take(&event(2, "queued"), at(0)).is_some(), "each for itself");
    }

    #[test]
    fn who_comes_back_gets_what_was_missed_and_nothing_twice() {
        let mut feed = Feed::default();
        let first = feed.take(&event(1, "queued"), at(0)).unwrap().n;
        feed.take(&event(1, "running"), at(1_000));
        feed.take(&event(1, "succeeded"), at(2_000));
        let (missed, hello) = feed.missed(Some(first), at(3_000));
        assert_eq!((names(missed), hello), (vec!["running", "succeeded"], Hello { n: T0 + 2_000, reset: false }));
        let (missed, _) = feed.missed(Some(T0 + 2_000), at(3_000));
        assert!(missed.is_empty());
    }

    #[test]
    fn who_is_new_or_was_away_for_too_long_reads_the_list() {
        let mut feed = Feed::default();
        feed.take(&event(1, "queued"), at(0));
        for after in [None, Some(0), Some(-1), Some(i64::MAX), Some(i64::MIN), Some(T0 - KEEP_MS - 1), Some(T0 + 60_000)] {
            let (missed, hello) = feed.missed(after, at(0));
            assert_eq!((missed.len(), hello.reset), (0, true), "{after:?}");
        }
        // Nothing is kept, and nothing was missed: a page that only had to come again reads nothing.
        let (_, hello) = Feed::default().missed(Some(T0), at(SOCKET_MS));
        assert!(!hello.reset);
        assert_eq!(hello.message(), format!(r#"{{"n":{}}}"#, T0 + SOCKET_MS - SKEW_MS));
    }

    #[test]
    fn the_number_of_a_hello_hides_nothing_that_a_slower_clock_tells_next() {
        let mut feed = Feed::default();
        let (_, hello) = feed.missed(None, at(0));
        feed.take(&event(1, "queued"), at(-SKEW_MS + 1));
        assert_eq!(names(feed.missed(Some(hello.n), at(10)).0), ["queued"]);
    }

    #[test]
    fn the_ring_has_an_end_and_says_so() {
        let mut feed = Feed::default();
        let first = feed.take(&event(0, "queued"), at(0)).unwrap().n;
        for n in 1..=u8::try_from(EVENTS_MAX).unwrap() {
            feed.take(&event(n, "queued"), at(i64::from(n)));
        }
        assert_eq!(feed.missed(Some(first), at(500)).0.len(), EVENTS_MAX, "the first was seen, and the rest is there");
        assert!(!feed.missed(Some(first), at(500)).1.reset);
        assert!(feed.missed(Some(first - 1), at(500)).1.reset, "the first made room");
        assert!(feed.write().len() < 32 * 1024, "far below what one value may hold");
    }

    #[test]
    fn nothing_is_kept_for_longer_than_is_said() {
        let mut feed = Feed::default();
        feed.take(&event(1, "queued"), at(0));
        feed.take(&event(1, "running"), at(MINUTE_MS));
        let sweep = feed.next_sweep(None, at(MINUTE_MS)).unwrap();
        feed.forget(sweep);
        assert_eq!(feed.events.len(), 1);
        let sweep = feed.next_sweep(None, sweep).unwrap();
        feed.forget(sweep);
        assert!(feed.is_empty(sweep));
        assert!(matches!(LIVE.retention, Retention::Hours(hours) if sweep.ms() - T0 <= i64::from(hours) * HOUR_MS));
        assert_eq!(feed.next_sweep(None, sweep), None, "what is empty needs no looking after");
    }

    #[test]
    fn a_full_ring_is_remembered_for_as_long_as_it_matters() {
        let mut feed = Feed { events: Vec::new(), lost: T0 };
        assert!(!feed.is_empty(at(KEEP_MS)));
        let sweep = feed.next_sweep(None, at(0)).unwrap();
        feed.forget(sweep);
        assert!(feed.is_empty(sweep));
    }

    #[test]
    fn connections_end_before_what_they_would_miss_is_forgotten() {
        const { assert!(SOCKET_MS + SWEEP_MS < KEEP_MS) };
        let feed = Feed::default();
        assert_eq!(feed.next_sweep(Some(T0), at(0)), Some(at(SOCKET_MS)));
        assert_eq!(feed.next_sweep(Some(T0), at(SOCKET_MS - 1)), Some(at(SOCKET_MS - 1 + SWEEP_MS)), "not woken all the time");
        assert!(is_aged(T0, at(SOCKET_MS)) && !is_aged(T0, at(SOCKET_MS - 1)));
    }

    #[test]
    fn what_is_stored_is_what_the_catalogue_says_and_another_version_is_no_accident() {
        let mut feed = Feed::default();
        feed.take(&event(1, "queued"), at(0));
        let text = feed.write();
        assert_eq!(Feed::read(Some(&text), at(0)), feed);
        let id = generation(1);
        assert_eq!(text, format!("0\n{T0} generation={id}&status=queued\n"));
        let sent: serde_json::Value = serde_json::from_str(&feed.events[0].message()).unwrap();
        assert_eq!(sent, serde_json::json!({"n": T0, "generation": id, "status": "queued"}));
        let listed: Vec<_> = LIVE.columns.iter().map(|(name, ..)| *name).collect();
        assert_eq!(listed, ["name", "n", "generation", "status"], "what is stored, under the user's id as the object's name");
        assert_eq!(Feed::read(None, at(0)), Feed::default());
        for other in ["", "{}", "0", "x\n", "0\nx", &text.replace("queued", "paused")] {
            assert!(Feed::read(Some(other), at(0)).missed(Some(T0 - 1), at(1)).1.reset, "{other}");
        }
    }
}
