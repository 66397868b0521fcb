//! What the operator does by hand: gives credits, and gives back what was charged for work.

use super::clients::Minds;
use crate::sim::Sim;
use atelier::{
    domain::{generation::GenerationId, time::DAY_MS},
    platform::Platform as _,
    store::{
        ledger::{Cause, NewGrant, grant_by_operator, refund_by_operator},
        submit,
    },
};

/// Gives credits away; does it again with the same key if the answer was lost.
pub async fn give(sim: Sim, minds: Minds, person: usize, key: String) {
    let user = minds.borrow().people[person].id.clone();
    let (cause, amount, days) = {
        let dice = &mut sim.world.borrow_mut().dice;
        let cause = if dice.chance(50) { Cause::Goodwill } else { Cause::Promotion };
        (cause, i64::try_from(1 + dice.below(20)).unwrap(), i64::try_from(1 + dice.below(30)).unwrap())
    };
    let grant = NewGrant { cause, source: key.clone(), payment: None, amount, expires_at: sim.now().plus_ms(days * DAY_MS) };
    minds.borrow_mut().given.insert(key, amount);
    for _ in 0..2 {
        let batch = grant_by_operator(&user, &grant, sim.now());
        let Ok(outcome) = submit(&sim, &batch).await else { continue };
        sim.world.borrow_mut().note(&format!("  the operator gives {amount}: {:?}", outcome.error()));
        return;
    }
}

/// Gives back a part of what was charged for a generation.
pub async fn make_good(sim: Sim, key: String) {
    let charged = sim.world.borrow().database.ask(r#"SELECT "id", "captured" FROM credit_hold WHERE "captured" > 0 ORDER BY "id""#);
    if charged.is_empty() {
        return;
    }
    let (id, amount) = {
        let dice = &mut sim.world.borrow_mut().dice;
        let row = &charged[dice.index(charged.len())];
        // Sometimes more than there was.
        (GenerationId::parse(&row[0]).unwrap(), 1 + i64::try_from(dice.below(row[1].parse::<u64>().unwrap() + 2)).unwrap())
    };
    for _ in 0..2 {
        let (batch, _) = refund_by_operator(&id, amount, &key, sim.now());
        let Ok(outcome) = submit(&sim, &batch).await else { continue };
        sim.world.borrow_mut().note(&format!("  the operator gives back {amount} for {id}: {:?}", outcome.error()));
        return;
    }
}
