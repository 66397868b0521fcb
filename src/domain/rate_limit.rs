//! better-auth's rate limiter, in memory (contract: better-auth, section 9): a request counts against its client and its path, and
//! the count begins anew when nothing was allowed for a whole window.

use crate::domain::{
    secret::sha256_text,
    time::{SECOND_MS, Timestamp},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// The bucket of all whose address is unknown.
const NO_ADDRESS: &str = "no-trusted-ip";
/// Longer paths are none of ours; they are counted by their digest, so that a stranger's long path costs no more than a short one.
const PATH_BYTES_MAX: usize = 96;

/// How many requests may come before one has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The gap that ends a count, in seconds.
    pub window_s: i64,
    /// The requests that are allowed without such a gap.
    pub max: u32,
}

/// What the router makes of a path: no slashes at its end.
fn normal(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/" } else { path }
}

/// The rule of a path (below `/api/auth`). The magic link's own rule comes before the general one of sign-in.
#[must_use]
pub fn rule(path: &str) -> Rule {
    let path = normal(path);
    let begins = |with: &[&str]| with.iter().any(|prefix| path.starts_with(prefix));
    if begins(&["/sign-in/magic-link", "/magic-link/verify"]) {
        Rule { window_s: 60, max: 5 }
    } else if begins(&["/sign-in", "/sign-up", "/change-password", "/change-email"]) {
        Rule { window_s: 10, max: 3 }
    } else if matches!(path, "/request-password-reset" | "/send-verification-email") || path.starts_with("/forget-password") {
        Rule { window_s: 60, max: 3 }
    } else {
        Rule { window_s: 10, max: 100 }
    }
}

/// Whom and what a request is counted against: the client's address (IPv6 by /64, as the edge gives it) and the path.
#[must_use]
pub fn key(ip: &str, path: &str) -> String {
    let (ip, path) = (if ip.is_empty() { NO_ADDRESS } else { ip }, normal(path));
    if path.len() <= PATH_BYTES_MAX { format!("{ip}|{path}") } else { format!("{ip}|{}", sha256_text(path)) }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    requests: u32,
    last: Timestamp,
    window_ms: i64,
    /// Its place among those of the same moment.
    turn: u64,
}

/// The counts of one process. Holds so many keys at most, and forgets the one that was longest without an allowed request.
#[derive(Debug)]
pub struct Limiter {
    counts: BTreeMap<String, Count>,
    by_age: BTreeMap<(Timestamp, u64), String>,
    keys_max: usize,
    turns: u64,
}

impl Limiter {
    /// A limiter for at most `keys_max` keys.
    #[must_use]
    pub const fn new(keys_max: usize) -> Self {
        Self { counts: BTreeMap::new(), by_age: BTreeMap::new(), keys_max, turns: 0 }
    }

    /// Counts a request. The error is the time to wait in whole seconds, rounded up; a refused request does not make it longer.
    pub fn ask(&mut self, key: &str, rule: Rule, now: Timestamp) -> Result<(), i64> {
        let window_ms = rule.window_s.saturating_mul(SECOND_MS);
        let turn = self.turns;
        let count = match self.counts.entry(key.to_owned()) {
            Entry::Vacant(free) => free.insert(Count { requests: 1, last: now, window_ms, turn }),
            Entry::Occupied(known) => {
                let known = known.into_mut();
                let gap = now.ms().saturating_sub(known.last.ms());
                if gap < window_ms && known.requests >= rule.max {
                    return Err((window_ms - gap + SECOND_MS - 1).div_euclid(SECOND_MS));
                }
                self.by_age.remove(&(known.last, known.turn));
                *known = Count { requests: if gap < window_ms { known.requests + 1 } else { 1 }, last: now, window_ms, turn };
                known
            }
        };
        self.by_age.insert((count.last, count.turn), key.to_owned());
        self.turns += 1;
        self.forget(now);
        Ok(())
    }

    /// Forgets what says nothing any more, and the stalest of what is too much.
    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.by_age.first_entry() {
            let ended = self.counts.get(oldest.get()).is_none_or(|count| count.last.plus_ms(count.window_ms) <= now);
            if !ended && self.counts.len() <= self.keys_max {
                return;
            }
            self.counts.remove(&oldest.remove());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const RULE: Rule = Rule { window_s: 10, max: 3 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(1_767_225_600_000 + ms)
    }

    #[test]
    fn rules_of_the_contract() {
        let (few, mails, links, many) = ((10, 3), (60, 3), (60, 5), (10, 100));
        for (path, expected) in [
            ("/sign-in/email", few),
            ("/sign-in/social/", few),
            ("/sign-up/email", few),
            ("/change-password", few),
            ("/change-email", few),
            ("/request-password-reset", mails),
            ("/send-verification-email", mails),
            ("/forget-password/x", mails),
            ("/sign-in/magic-link", links),
            ("/magic-link/verify", links),
            ("/get-session", many),
            ("/reset-password", many),
            ("/request-password-reset/x", many),
            ("/nothing", many),
            ("", many),
        ] {
            let rule = rule(path);
            assert_eq!((rule.window_s, rule.max), expected, "{path}");
        }
    }

    #[test]
    fn keys() {
        assert_eq!(key("1.2.3.4", "/sign-in/email"), "1.2.3.4|/sign-in/email");
        assert_eq!(key("1.2.3.4", "/sign-in/email//"), "1.2.3.4|/sign-in/email");
        assert_eq!(key("", "/"), "no-trusted-ip|/");
        let long = key("::1", &format!("/{}", "x".repeat(20_000)));
        assert!(long.starts_with("::1|") && long.len() < 60, "{long}");
    }

    /// The window is a gap after the last allowed request, and a refused one does not move it.
    #[test]
    fn a_gap_and_not_a_fixed_window() {
        let mut limiter = Limiter::new(10);
        for ms in [0, 6_000, 9_000] {
            assert_eq!(limiter.ask("a", RULE, at(ms)), Ok(()));
        }
        assert_eq!(limiter.ask("a", RULE, at(9_001)), Err(10));
        assert_eq!(limiter.ask("a", RULE, at(18_000)), Err(1));
        assert_eq!(limiter.ask("a", RULE, at(18_999)), Err(1));
        assert_eq!(limiter.ask("b", RULE, at(18_999)), Ok(()));
        assert_eq!(limiter.ask("a", RULE, at(19_000)), Ok(()));
    }

    #[test]
    fn the_stalest_is_forgotten() {
        let mut limiter = Limiter::new(2);
        for (key, ms) in [("a", 0), ("b", 1), ("a", 2), ("a", 3)] {
            assert_eq!(limiter.ask(key, RULE, at(ms)), Ok(()));
        }
        assert_eq!(limiter.ask("c", RULE, at(4)), Ok(()));
        assert_eq!(limiter.counts.keys().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(limiter.ask("a", RULE, at(5)), Err(10));
        assert_eq!(limiter.ask("d", RULE, at(60_000)), Ok(()));
        assert_eq!((limiter.counts.len(), limiter.by_age.len()), (1, 1));
    }

    /// better-auth's `decideConsume`, written down again as plainly as possible.
    fn model(seen: &mut HashMap<String, (u32, i64)>, key: &str, rule: Rule, now: i64) -> Result<(), i64> {
        let window = rule.window_s * 1000;
        match seen.get_mut(key) {
            Some((count, last)) if now - *last < window => {
                if *count >= rule.max {
                    let left = *last + window - now;
                    return Err(left / 1000 + i64::from(left % 1000 > 0));
                }
                (*count, *last) = (*count + 1, now);
            }
            _ => {
                seen.insert(key.to_owned(), (1, now));
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn as_the_model(steps in prop::collection::vec((0_usize..4, 0_i64..9_000), 0..200)) {
            let rules = [RULE, RULE, Rule { window_s: 60, max: 3 }, Rule { window_s: 1, max: 1 }];
            let (mut limiter, mut seen, mut ms) = (Limiter::new(100), HashMap::new(), 0);
            for (who, gap) in steps {
                ms += gap;
                let key = key(&who.to_string(), "/x");
                prop_assert_eq!(limiter.ask(&key, rules[who], at(ms)), model(&mut seen, &key, rules[who], at(ms).ms()));
            }
        }

        #[test]
        fn never_more_keys_than_allowed(steps in prop::collection::vec(("[a-z]", 0_i64..3_000, 1_i64..60), 0..200)) {
            let (mut limiter, mut ms) = (Limiter::new(5), 0);
            for (key, gap, window_s) in steps {
                ms += gap;
                let _ = limiter.ask(&key, Rule { window_s, max: 2 }, at(ms));
                prop_assert!(limiter.counts.len() <= 5);
                prop_assert_eq!(limiter.counts.len(), limiter.by_age.len());
            }
        }
    }
}
