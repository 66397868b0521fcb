//! Credits: whole numbers, held before work is paid for, then settled or released.

use super::time::{DAY_MS, Timestamp};
use serde::Serialize;

/// A user's balance as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Credits {
    /// What can be spent now: the sum of the next three.
    pub available: i64,
    /// Of it, what the plan brought.
    pub plan: i64,
    /// Of it, what was bought beside the plan.
    pub top_up: i64,
    /// Of it, what was given away.
    pub given: i64,
    /// What open generations have reserved.
    pub held: i64,
    /// What is owed because a payment was taken back after its credits were spent. The next credits repay it first.
    pub debt: i64,
    /// What ends soon, if anything does.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub expiring: Option<Expiring>,
}

/// Credits that end within two weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Expiring {
    /// How many.
    pub amount: i64,
    /// When the first of them end.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// How long before their end credits are said to be expiring, in milliseconds: two weeks.
pub const EXPIRING_MS: i64 = 14 * DAY_MS;

/// The priority of credits given away: spent before bought ones, since they expire sooner.
pub const PROMO_PRIORITY: i64 = 5;
/// The priority of what a plan brings: it ends with the period.
pub const PLAN_PRIORITY: i64 = 10;
/// The priority of what was bought beside the plan: it lasts longest.
pub const TOPUP_PRIORITY: i64 = 20;

/// How long credits can be spent that come back after their own end (a dispute that was won, a refund), in milliseconds: 30 days.
pub const RESTORED_MS: i64 = 30 * DAY_MS;

/// How long starting credits last, in milliseconds: a year.
pub const STARTING_CREDITS_MS: i64 = 365 * DAY_MS;

/// What is captured of a hold when so many of the asked outputs came: never more than was held.
#[must_use]
pub fn charge(price_each: i64, delivered: usize, held: i64) -> i64 {
    i64::try_from(delivered).unwrap_or(i64::MAX).saturating_mul(price_each).clamp(0, held)
}

#[cfg(test)]
mod tests {
    use super::charge;

    #[test]
    fn a_charge_never_exceeds_its_hold() {
        assert_eq!(charge(3, 2, 12), 6);
        assert_eq!(charge(3, 9, 12), 12);
        assert_eq!(charge(3, 0, 12), 0);
    }
}
