//! What trading costs: schedules by role, by value and by lot, in tiers of traded volume.

use prism_core::types::{Cash, FeeRate, Qty};

/// What one side of a trade pays: a share of its value and an amount for each lot; negative for a rebate.
///
/// The two are rounded apart: the share half to even to the currency's unit, the amount per lot is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fee {
    /// Of the value.
    pub rate: FeeRate,
    /// For each lot, in units of the currency.
    pub per_lot: Cash,
}

impl Fee {
    /// Nothing.
    pub const NONE: Fee = Fee { rate: FeeRate::ZERO, per_lot: Cash(0) };

    /// A share of the value.
    pub const fn of_value(rate: FeeRate) -> Fee {
        Fee { rate, per_lot: Cash(0) }
    }

    /// An amount for each lot.
    pub const fn of_lots(per_lot: Cash) -> Fee {
        Fee { rate: FeeRate::ZERO, per_lot }
    }

    /// The fee on so many lots worth `value` (the nearest number, should it not fit).
    #[inline]
    pub fn on(&self, lots: i64, value: Cash) -> Cash {
        let share = self.rate.of(value);
        if self.per_lot.0 == 0 {
            return share;
        }
        Cash(share.0.saturating_add(self.per_lot.0.saturating_mul(lots)))
    }
}

/// What trades cost from some volume on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeeTier {
    /// From so many lots that the agent has traded at the venue, in all symbols.
    pub from: Qty,
    /// For the resting order.
    pub maker: Fee,
    /// For the incoming order.
    pub taker: Fee,
}

/// The fees of a venue: maker-taker (makers get a rebate, takers pay), inverted (the reverse), by value or by lot, in
/// one tier or several, and for auctions.
///
/// The tier is that of what an agent has traded before the trade.
///
/// ```
/// use prism_book::venue::{Fee, FeeTier, Fees};
/// use prism_book::Qty;
/// use prism_core::types::{Cash, FeeRate};
///
/// let bps = |tenths| Fee::of_value(FeeRate::tenth_bps(tenths));
/// let fees = Fees::new(bps(-2), bps(5))
///     .tier(FeeTier { from: Qty(1_000_000), maker: bps(-3), taker: bps(4) })
///     .auctions(Fee::of_lots(Cash(1)));
/// assert_eq!(fees.taker(Qty(0)).on(10, Cash(1_000_000)), Cash(50));
/// assert_eq!(fees.taker(Qty(1_000_000)).on(10, Cash(1_000_000)), Cash(40));
/// assert_eq!(fees.auction().on(10, Cash(1_000_000)), Cash(10));
/// # fees.check().unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fees {
    /// In the order of the volumes; the first is from nothing.
    tiers: Vec<FeeTier>,
    auction: Fee,
}

impl Default for Fees {
    /// No fees.
    fn default() -> Fees {
        Fees::new(Fee::NONE, Fee::NONE)
    }
}

impl Fees {
    /// One tier; auctions are free.
    pub fn new(maker: Fee, taker: Fee) -> Fees {
        Fees { tiers: vec![FeeTier { from: Qty::ZERO, maker, taker }], auction: Fee::NONE }
    }

    /// The same with one more tier, from a larger volume than those before.
    pub fn tier(mut self, tier: FeeTier) -> Fees {
        self.tiers.push(tier);
        self
    }

    /// The same with a fee for both sides of an auction's trades.
    pub fn auctions(mut self, fee: Fee) -> Fees {
        self.auction = fee;
        self
    }

    /// Whether the schedule can be used.
    ///
    /// # Errors
    /// A message that names the field and its range: rates from -100 % to 100 %, amounts per lot below 2^40 units,
    /// volumes that rise from tier to tier.
    pub fn check(&self) -> Result<(), String> {
        for (n, tier) in self.tiers.iter().enumerate() {
            for (role, fee) in [("maker", tier.maker), ("taker", tier.taker), ("auction", self.auction)] {
                if fee.rate.0.unsigned_abs() >= 1_000_000_000 {
                    return Err(format!("the {role} fee must be below 100 % either way"));
                }
                if fee.per_lot.0.unsigned_abs() >= 1 << 40 {
                    return Err(format!("the {role} fee per lot must be below 2^40 units either way"));
                }
            }
            if n > 0 && tier.from <= self.tiers[n - 1].from {
                return Err(format!("fee tier {} must begin at a larger volume than the one before", n + 1));
            }
        }
        Ok(())
    }

    /// True if an agent's volume makes a difference.
    #[inline]
    pub fn by_volume(&self) -> bool {
        self.tiers.len() > 1
    }

    #[inline]
    fn at(&self, traded: Qty) -> &FeeTier {
        let after = self.tiers.partition_point(|tier| tier.from <= traded);
        &self.tiers[after.max(1) - 1]
    }

    /// What the resting side pays that has traded so much before.
    #[inline]
    pub fn maker(&self, traded: Qty) -> Fee {
        if self.by_volume() { self.at(traded).maker } else { self.tiers[0].maker }
    }

    /// What the incoming side pays that has traded so much before.
    #[inline]
    pub fn taker(&self, traded: Qty) -> Fee {
        if self.by_volume() { self.at(traded).taker } else { self.tiers[0].taker }
    }

    /// What each side of an auction's trade pays.
    pub fn auction(&self) -> Fee {
        self.auction
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bps(tenths: i64) -> Fee {
        Fee::of_value(FeeRate::tenth_bps(tenths))
    }

    #[test]
    fn a_tier_begins_at_its_volume() {
        let fees = Fees::new(bps(1), bps(10))
            .tier(FeeTier { from: Qty(100), maker: bps(0), taker: bps(8) })
            .tier(FeeTier { from: Qty(1_000), maker: bps(-1), taker: bps(6) });
        let taker = |traded| fees.taker(Qty(traded)).rate.0 / 10_000;
        assert_eq!([0, 99, 100, 999, 1_000, u64::MAX].map(taker), [10, 10, 8, 8, 6, 6]);
        let maker = |traded| fees.maker(Qty(traded)).rate.0 / 10_000;
        assert_eq!([0, 100, 5_000].map(maker), [1, 0, -1]);
        assert!(fees.by_volume() && fees.check().is_ok());
    }

    #[test]
    fn by_value_and_by_lot_add_up() {
        let both = Fee { rate: FeeRate::tenth_bps(10), per_lot: Cash(-3) };
        assert_eq!(both.on(7, Cash(25_000)), Cash(2 - 21), "2.5 rounds to even");
        assert_eq!(Fee::of_lots(Cash(i64::MAX)).on(2, Cash(1)), Cash(i64::MAX), "the nearest number");
        assert_eq!(Fee::NONE.on(7, Cash(25_000)), Cash(0));
    }

    #[test]
    fn wrong_schedules_are_refused() {
        let wrong = |fees: Fees| fees.check().unwrap_err();
        assert_eq!(wrong(Fees::new(bps(100_000), bps(0))), "the maker fee must be below 100 % either way");
        assert_eq!(
            wrong(Fees::new(bps(0), Fee::of_lots(Cash(1 << 40)))),
            "the taker fee per lot must be below 2^40 units either way"
        );
        let twice = Fees::default().tier(FeeTier { from: Qty(0), ..FeeTier::default() });
        assert_eq!(wrong(twice), "fee tier 2 must begin at a larger volume than the one before");
    }
}
