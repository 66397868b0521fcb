//! Cron: leafs through media storage, and removes what belongs to nobody: files of a copy whose end was never written down, notes that have served. Every path that
//! stores a file also sees to its removal; this is for what a crash has left between the two.
//!
//! A page per run, so that the work is bounded; where it goes on is noted in storage itself. After a whole pass it rests.

use crate::{
    domain::{generation::GenerationId, picture::size, time::HOUR_MS, upload::UploadId},
    error::Error,
    platform::Platform,
    store::{orphans, submit},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Objects per run: as many as storage lists at once. A pass over a million takes 17 hours.
const PAGE: u32 = 1000;
/// What is younger may still be under way: longer than a generation may live, from its order.
const YOUNG_MS: i64 = 4 * HOUR_MS;
/// How long a pass rests after the last one ended.
const REST_MS: i64 = HOUR_MS;
/// Where it is noted how far the pass has come.
const NOTE: &str = "sweep/progress";

/// How far a pass has come.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// The last object that was looked at.
    after: Option<String>,
    /// When the next pass may begin, in milliseconds.
    rest_until: i64,
}

/// One run.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let so_far = p.jotted(NOTE).await?.and_then(|text| serde_json::from_str::<Progress>(&text).ok()).unwrap_or_default();
    let now = p.now();
    if now.ms() < so_far.rest_until {
        return Ok(());
    }
    let page = p.leaf(so_far.after.as_deref(), PAGE).await?;
    // A small copy belongs to whom its original does, and goes with it.
    let old = page.objects.iter().filter(|object| now.ms() - object.stored_at.ms() > YOUNG_MS).map(|object| size::original(&object.key));
    let old: BTreeSet<_> = old.collect();
    let (notes, files): (Vec<_>, Vec<_>) = old.into_iter().filter(|key| is_ours(key)).partition(|key| key.starts_with("run/"));
    let mut removed: Vec<String> = notes.into_iter().map(str::to_owned).collect();
    if !files.is_empty() {
        let outcome = submit(p, &orphans::find(&files)).await?;
        removed.extend(orphans::read(outcome.rows(0)?)?);
    }
    if !removed.is_empty() {
        p.log("sweep.removed", &[("objects", &removed.len().to_string())]);
        p.remove(&removed).await?;
    }
    let after = page.objects.into_iter().next_back().map(|object| object.key).filter(|_| page.more);
    let rest_until = if after.is_some() { 0 } else { now.plus_ms(REST_MS).ms() };
    let progress = serde_json::to_string(&Progress { after, rest_until }).unwrap_or_default();
    p.jot(NOTE, &progress).await?;
    Ok(())
}

/// True for a name that this program gives to what it stores for somebody. Anything else in the bucket is the operator's.
fn is_ours(key: &str) -> bool {
    match key.split_once('/') {
        Some(("upload", id)) => UploadId::parse(id).is_some(),
        Some(("run", id)) => GenerationId::parse(id).is_some(),
        Some((id, n)) => GenerationId::parse(id).is_some() && n.len() == 1 && n.bytes().all(|byte| byte.is_ascii_digit()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours() {
        for ours in ["01kdvdxcq0rpgjaqdgyhh9t5rg/0", "upload/01kdvdxcq0rpgjaqdgyhh9t5rg", "run/01kdvdxcq0rpgjaqdgyhh9t5rg"] {
            assert!(is_ours(ours), "{ours}");
        }
        for others in
            ["backup.sql", "sweep/progress", "avatars/x", "01kdvdxcq0rpgjaqdgyhh9t5rg", "01kdvdxcq0rpgjaqdgyhh9t5rg/10", "upload/x", "run/../x"]
        {
            assert!(!is_ours(others), "{others}");
        }
    }

    #[test]
    fn young_is_longer_than_a_life() {
        use crate::domain::generation::{LIFE_MS_MAX, WAIT_MS_MAX};
        const { assert!(YOUNG_MS > LIFE_MS_MAX + WAIT_MS_MAX + HOUR_MS) };
        const { assert!(YOUNG_MS + REST_MS < 12 * HOUR_MS, "so that half a day is left for the pass itself") };
    }
}
