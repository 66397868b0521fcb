//! What must hold at every moment that a reader can see.

use super::clients::Memory;
use crate::sim::World;
use atelier::store::ledger::invariants;
use std::collections::BTreeMap;

/// As far as clocks may differ, and a second for what is rounded: whoever is ahead takes credits for ended that are about to end.
const APART_MS: i64 = 301_000;
/// Everything is looked at after so many changes.
const WHOLE_EVERY: usize = 80;
/// What takes its time, and more of it while nothing works: looked at when all is well.
const AT_LAST: &str = "paid_checkout_has_grant";
/// Invariants that are looked at after every change: what breaks them may be mended a moment later.
const EACH_TIME: [&str; 4] = ["debt_only_when_empty", "clawed_as_reversed", "held_equals_open_holds", "user_sums_to_zero"];

#[derive(Default)]
pub struct Auditor {
    changes: u64,
    looked: usize,
    /// The last entry that was looked at.
    entry: i64,
    /// When each subscription was last read, and whether it had ended.
    subscriptions: BTreeMap<String, (i64, bool)>,
    invariants: Vec<invariants::Invariant>,
}

impl Auditor {
    /// Looks at what changed.
    pub fn look(&mut self, world: &World, memory: &Memory) -> Result<(), String> {
        let changes = world.database.connection.total_changes();
        if std::mem::replace(&mut self.changes, changes) == changes {
            return Ok(());
        }
        self.looked += 1;
        world.database.at(world.now_ms + APART_MS);
        if self.looked.is_multiple_of(WHOLE_EVERY) {
            return self.whole(world, memory, false);
        }
        self.invariants(world, |name| EACH_TIME.contains(&name))?;
        self.entries(world, memory)?;
        self.subscriptions(world)
    }

    /// Looks at everything.
    pub fn whole(&mut self, world: &World, memory: &Memory, at_last: bool) -> Result<(), String> {
        world.database.at(world.now_ms + APART_MS);
        self.invariants(world, |name| at_last || name != AT_LAST)?;
        self.entries(world, memory)?;
        self.subscriptions(world)?;
        messages(world, memory)?;
        promises(world, memory)
    }

    fn invariants(&mut self, world: &World, of: impl Fn(&str) -> bool) -> Result<(), String> {
        if self.invariants.is_empty() {
            self.invariants = invariants::all();
        }
        for one in self.invariants.iter().filter(|one| of(one.name)) {
            let rows = world.database.ask(one.sql);
            if !rows.is_empty() {
                return Err(format!("not so: {} ({}): {rows:?}", one.name, one.words));
            }
        }
        Ok(())
    }

    /// What was granted and held since the last look.
    fn entries(&mut self, world: &World, memory: &Memory) -> Result<(), String> {
        let new = r#"SELECT e."n", o."kind", e."src", e."dst", e."userId", substr(o."id", 6), g."id", g."kind", g."expiresAt", h."createdAt", h."keyId" FROM ledger_entry e
            JOIN ledger_op o ON o."id" = e."opId" LEFT JOIN credit_grant g ON 'g:' || g."id" = CASE o."kind" WHEN 'grant' THEN e."dst" ELSE e."src" END
            LEFT JOIN credit_hold h ON o."kind" = 'hold' AND h."id" = substr(o."id", 6) WHERE e."n" > ?1 ORDER BY e."n""#;
        for row in world.database.ask_about(new, &[&self.entry]) {
            self.entry = row[0].parse().unwrap();
            let (kind, grant) = (row[1].as_str(), row[6].as_str());
            if kind == "grant" && row[2].ends_with(":issued") {
                paid_for(world, memory, grant, &row[7])?;
            }
            if kind == "hold" && row[3].ends_with(":held") {
                if number(&row[8]) <= number(&row[9]) {
                    return Err(format!("{} took credits of {grant}, which had ended", row[5]));
                }
                within_limits(world, &row[4], number(&row[9]), &row[10])?;
            }
        }
        Ok(())
    }

    /// A subscription never goes back to what was read before, and what has ended stays so.
    fn subscriptions(&mut self, world: &World) -> Result<(), String> {
        for row in world.database.ask(r#"SELECT "id", "seenAt", "status" FROM subscription"#) {
            let (seen, ended) = (number(&row[1]), row[2] == "canceled" || row[2] == "incomplete_expired");
            let (seen_before, ended_before) = self.subscriptions.get(&row[0]).copied().unwrap_or((seen, ended));
            if !ended && (ended_before || seen < seen_before) {
                return Err(format!("{} went back to what was read before: {}", row[0], row[2]));
            }
            self.subscriptions.insert(row[0].clone(), (seen, ended));
        }
        Ok(())
    }
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

/// Nothing is granted before it is paid.
fn paid_for(world: &World, memory: &Memory, grant: &str, kind: &str) -> Result<(), String> {
    let object = world.stripe.object(grant).unwrap_or_default();
    let paid = match kind {
        "topup" => object["payment_status"] == "paid" && object["mode"] == "payment",
        "plan" => object["status"] == "paid" && object["object"] == "invoice",
        _ => grant.starts_with("signup:") || memory.given.contains_key(grant),
    };
    if paid { Ok(()) } else { Err(format!("credits for {grant}, which is not paid: {} {}", object["status"], object["payment_status"])) }
}

/// No day's limit is passed by what was just held.
fn within_limits(world: &World, user: &str, at: i64, key: &str) -> Result<(), String> {
    let day = at - at.rem_euclid(86_400_000);
    let spent = r#"SELECT sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END) AS "all",
        sum(CASE WHEN h."keyId" = ?2 THEN CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END END) AS "byKey",
        (SELECT p."dayLimit" FROM person p WHERE p."userId" = ?1) AS "limit", (SELECT k."dayLimit" FROM api_key k WHERE k."id" = ?2) AS "keyLimit"
        FROM credit_hold h WHERE h."userId" = ?1 AND h."createdAt" BETWEEN ?3 AND ?3 + 86399999"#;
    let row = &world.database.ask_about(spent, &[&user, &key, &day])[0];
    let passed = |spent: &str, limit: &str| !limit.is_empty() && number(spent) > number(limit);
    if passed(&row[0], &row[2]) || passed(&row[1], &row[3]) {
        return Err(format!("{user} has spent {row:?} in a day"));
    }
    Ok(())
}

/// What nobody at Stripe has signed is not there, and what is of the other mode means nothing.
fn messages(world: &World, memory: &Memory) -> Result<(), String> {
    for row in world.database.ask(r#"SELECT "id", "livemode", "outcome" FROM stripe_event"#) {
        if memory.forged.contains(&row[0]) {
            return Err(format!("{} was forged, and taken in", row[0]));
        }
        if row[1] == "1" && row[2] != "ignored" {
            return Err(format!("{} is of the other mode, and was {}", row[0], row[2]));
        }
    }
    Ok(())
}

/// What was quoted is not charged above it.
fn promises(world: &World, memory: &Memory) -> Result<(), String> {
    for row in world.database.ask(r#"SELECT "id", "amount" FROM credit_hold"#) {
        if let Some(most) = memory.quoted.get(&row[0]).filter(|most| number(&row[1]) > **most) {
            return Err(format!("{} was quoted for {most}, and {} are held", row[0], row[1]));
        }
    }
    Ok(())
}
