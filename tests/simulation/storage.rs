//! Media storage as the sweep leafs through it.

use crate::{
    files::file,
    sim::{BEGIN_MS, World},
};
use atelier::{
    domain::{
        picture::{MediaType, PictureFacts, size},
        time::Timestamp,
    },
    platform::{Leaf, Listed},
};
use std::collections::BTreeSet;

impl World {
    /// A page of what is stored, notes among it.
    pub fn leaf(&self, after: Option<&str>, limit: usize) -> Leaf {
        let keys: BTreeSet<&String> =
            self.media.keys().chain(self.jots.keys()).filter(|key| after.is_none_or(|after| key.as_str() > after)).collect();
        let stored_at = |key: &str| Timestamp::from_ms(self.stored_ms.get(key).copied().unwrap_or(BEGIN_MS));
        let objects = keys.iter().take(limit).map(|key| Listed { key: (*key).clone(), stored_at: stored_at(key) }).collect();
        Leaf { objects, more: keys.len() > limit }
    }
    /// What an isolate may leave that dies between storing and writing down.
    pub fn leave_orphan(&mut self) {
        let facts = PictureFacts { media_type: MediaType::Mp4, width: 1, height: 1 };
        self.stamp("01kdvdxcq0rpgjaqdgyhh9t5rg/0");
        self.media.insert("01kdvdxcq0rpgjaqdgyhh9t5rg/0".to_owned(), file(vec![1], facts));
        // And a small copy of it.
        let copy = size::key("01kdvdxcq0rpgjaqdgyhh9t5rg/0", 320);
        self.stamp(&copy);
        self.media.insert(copy, file(vec![1], facts));
    }
    /// Notes when something is stored, unless it was there.
    pub fn stamp(&mut self, key: &str) {
        let now_ms = self.now_ms;
        self.stored_ms.entry(key.to_owned()).or_insert(now_ms);
    }
}
