//! What a machine wants to have fetched: it does no I/O itself, so it asks its caller, and is told what came of it.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::time::SECOND_MS;

/// How long a model waits for everything that it wants to fetch.
pub(crate) const FETCH_MAX_MS: i64 = 30 * SECOND_MS;

/// Something that a machine wants to have fetched with `GET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// What to report it with, to the machine that asked.
    pub id: u64,
    /// `http://` or `https://`.
    pub url: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// A 200 with these bytes.
    Bytes(Vec<u8>),
    /// Another status.
    Status(u16),
    /// More bytes than anyone would take for a picture.
    TooLarge,
    /// No answer, or too late.
    Nothing,
}

/// What is to be fetched, and for whom: a run, and a place among its sources.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    counter: u64,
    wanted: Vec<Fetch>,
    awaited: BTreeMap<u64, (String, usize)>,
}

impl Fetches {
    /// Wants an address for a place of a run.
    pub fn want(&mut self, url: &str, run: &str, place: usize) {
        self.counter += 1;
        self.awaited.insert(self.counter, (run.to_owned(), place));
        self.wanted.push(Fetch { id: self.counter, url: url.to_owned() });
    }

    /// What was wanted since it was last asked.
    pub fn take(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.wanted)
    }

    /// The run and the place that a report is for, once.
    pub fn arrive(&mut self, id: u64) -> Option<(String, usize)> {
        self.awaited.remove(&id)
    }

    /// Nobody waits for a run's sources any more.
    pub fn forget(&mut self, run: &str) {
        self.awaited.retain(|_, (awaiting, _)| awaiting != run);
    }
}

/// What is behind a `data:` address, when it is in base64; all that vendors take.
pub(crate) fn data(url: &str) -> Option<Vec<u8>> {
    let (kind, encoded) = url.strip_prefix("data:")?.split_once(',')?;
    kind.ends_with(";base64").then(|| STANDARD.decode(encoded).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_for_one_place_and_counts_once() {
        let mut fetches = Fetches::default();
        fetches.want("http://a.example/1", "run", 0);
        fetches.want("http://a.example/2", "run", 1);
        fetches.want("http://a.example/3", "other", 0);
        let wanted = fetches.take();
        assert_eq!((wanted.len(), fetches.take().len()), (3, 0));
        assert_eq!(fetches.arrive(wanted[1].id), Some(("run".to_owned(), 1)));
        assert_eq!(fetches.arrive(wanted[1].id), None);
        fetches.forget("run");
        assert_eq!(fetches.arrive(wanted[0].id), None);
        assert_eq!(fetches.arrive(wanted[2].id), Some(("other".to_owned(), 0)));
    }

    #[test]
    fn data_is_base64_or_nothing() {
        assert_eq!(data("data:image/png;base64,AAE=").as_deref(), Some(&[0, 1][..]));
        for wrong in ["data:image/png,AAE=", "data:image/png;base64,?", "data:", "https://a.example"] {
            assert_eq!(data(wrong), None, "{wrong}");
        }
    }
}
