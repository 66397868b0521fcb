//! Credits: whole numbers, held before work is paid for, then settled or released.

use serde::Serialize;

/// A user's balance as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Credits {
    /// What can be spent now.
    pub available: i64,
    /// What open generations have reserved.
    pub held: i64,
}

/// The priority of credits given away: spent before bought ones, since they expire sooner.
pub const PROMO_PRIORITY: i64 = 5;

/// How long starting credits last, in milliseconds: a year.
pub const STARTING_CREDITS_MS: i64 = 365 * super::time::DAY_MS;

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
