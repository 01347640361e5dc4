//! What trading costs: schedules by role, by value and by lot, in tiers of traded volume.

use prism_core::types::{Cash, Decimal, FeeRate, Qty};

/// What one side of a trade pays: a share of its value and an amount for each lot; negative for a rebate.
///
/// The two are rounded apart, each trade's half to even to the currency's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fee {
    /// Of the value.
    pub rate: FeeRate,
    /// For each lot, in the symbol's currency; it may be less than the currency's unit.
    pub per_lot: Decimal,
}

impl Default for Fee {
    fn default() -> Fee {
        Fee::NONE
    }
}

impl Fee {
    /// Nothing.
    pub const NONE: Fee = Fee { rate: FeeRate::ZERO, per_lot: Decimal::ZERO };

    /// A share of the value.
    pub const fn of_value(rate: FeeRate) -> Fee {
        Fee { rate, per_lot: Decimal::ZERO }
    }

    /// An amount for each lot.
    pub const fn of_lots(per_lot: Decimal) -> Fee {
        Fee { rate: FeeRate::ZERO, per_lot }
    }
}

/// A fee where one unit of the currency is worth so much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ExactFee {
    rate: FeeRate,
    /// For each lot, in billionths of the unit: a share of the lots, as it were.
    per_lot: FeeRate,
}

impl ExactFee {
    /// `role` is whose fee it is, for messages.
    fn new(fee: Fee, unit: Decimal, role: &str) -> Result<ExactFee, String> {
        if fee.rate.0.unsigned_abs() >= 1_000_000_000 {
            return Err(format!("the {role} fee must be below 100 % either way"));
        }
        // What is no whole number of billionths has more digits than any fee.
        let billionths =
            fee.per_lot.times(1_000_000_000).map(|fee| fee.steps(unit).unwrap_or_else(|(below, _)| below));
        match billionths.and_then(|n| i64::try_from(n).ok()).filter(|n| n.unsigned_abs() < 1 << 62) {
            Some(per_lot) => Ok(ExactFee { rate: fee.rate, per_lot: FeeRate(per_lot) }),
            None => Err(format!("the {role} fee per lot of {} is too much in units of {unit}", fee.per_lot)),
        }
    }

    /// The fee on so many lots worth `value` (the nearest number, should it not fit).
    #[inline]
    pub(super) fn on(&self, lots: i64, value: Cash) -> Cash {
        let share = self.rate.of(value);
        if self.per_lot.0 == 0 {
            return share;
        }
        Cash(share.0.saturating_add(self.per_lot.of(Cash(lots)).0))
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
/// use prism_book::venue::{Exchange, Fee, FeeTier, Fees};
/// use prism_book::Qty;
/// use prism_book::{Decimal, FeeRate};
///
/// let bps = |tenths| Fee::of_value(FeeRate::tenth_bps(tenths));
/// // 0.3 cents for each lot in the auctions.
/// let fees = Fees::new(bps(-2), bps(5))
///     .tier(FeeTier { from: Qty(1_000_000), maker: bps(-3), taker: bps(4) })
///     .auctions(Fee::of_lots(Decimal::new(3, 3).unwrap()));
/// # let _ = Exchange::new("XPRM").fee_schedule(fees);
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
    /// One tier; in auctions both sides pay what a taker does.
    pub fn new(maker: Fee, taker: Fee) -> Fees {
        Fees { tiers: vec![FeeTier { from: Qty::ZERO, maker, taker }], auction: taker }
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

    /// True if an agent's volume makes a difference.
    pub fn by_volume(&self) -> bool {
        self.tiers.len() > 1
    }

    /// The schedule where one unit of the currency is worth so much.
    ///
    /// # Errors
    /// A message that names the field and its range: rates from -100 % to 100 %, amounts per lot below some 2^32
    /// units, volumes that rise from tier to tier.
    pub(super) fn exact(&self, unit: Decimal) -> Result<ExactFees, String> {
        let mut tiers: Vec<ExactTier> = Vec::new();
        for tier in &self.tiers {
            if tiers.last().is_some_and(|last| tier.from <= last.from) {
                let n = tiers.len() + 1;
                return Err(format!("fee tier {n} must begin at a larger volume than the one before"));
            }
            tiers.push(ExactTier {
                from: tier.from,
                maker: ExactFee::new(tier.maker, unit, "maker")?,
                taker: ExactFee::new(tier.taker, unit, "taker")?,
            });
        }
        Ok(ExactFees { tiers, auction: ExactFee::new(self.auction, unit, "auction")? })
    }
}

/// The fees of a venue in one symbol.
#[derive(Clone, Debug)]
pub(super) struct ExactFees {
    tiers: Vec<ExactTier>,
    auction: ExactFee,
}

#[derive(Clone, Copy, Debug)]
struct ExactTier {
    from: Qty,
    maker: ExactFee,
    taker: ExactFee,
}

impl ExactFees {
    #[inline]
    fn at(&self, traded: Qty) -> &ExactTier {
        if self.tiers.len() == 1 {
            return &self.tiers[0];
        }
        let after = self.tiers.partition_point(|tier| tier.from <= traded);
        &self.tiers[after.max(1) - 1]
    }

    /// What the resting and the incoming side pay in the first tier.
    #[inline(always)]
    pub(super) fn first(&self) -> (ExactFee, ExactFee) {
        let tier = &self.tiers[0];
        (tier.maker, tier.taker)
    }

    /// What the resting side pays that has traded so much before.
    #[inline]
    pub(super) fn maker(&self, traded: Qty) -> ExactFee {
        self.at(traded).maker
    }

    /// What the incoming side pays that has traded so much before.
    #[inline]
    pub(super) fn taker(&self, traded: Qty) -> ExactFee {
        self.at(traded).taker
    }

    /// What each side of an auction's trade pays.
    pub(super) fn auction(&self) -> ExactFee {
        self.auction
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn money(units: i64, scale: u8) -> Decimal {
        Decimal::new(units, scale).unwrap()
    }

    fn unit() -> Decimal {
        money(1, 2)
    }

    fn bps(tenths: i64) -> Fee {
        Fee::of_value(FeeRate::tenth_bps(tenths))
    }

    #[test]
    fn a_tier_begins_at_its_volume() {
        let fees = Fees::new(bps(1), bps(10))
            .tier(FeeTier { from: Qty(100), maker: bps(0), taker: bps(8) })
            .tier(FeeTier { from: Qty(1_000), maker: bps(-1), taker: bps(6) });
        let exact = fees.exact(unit()).unwrap();
        let on = |fee: ExactFee| fee.on(1, Cash(100_000)).0;
        assert_eq!([0, 99, 100, 999, 1_000, u64::MAX].map(|n| on(exact.taker(Qty(n)))), [10, 10, 8, 8, 6, 6]);
        assert_eq!([0, 100, 5_000].map(|n| on(exact.maker(Qty(n)))), [1, 0, -1]);
        assert!(fees.by_volume() && !Fees::default().by_volume());
    }

    #[test]
    fn by_value_and_by_lot_add_up() {
        let exact = |fee: Fee| ExactFee::new(fee, unit(), "maker").unwrap();
        let both = exact(Fee { rate: FeeRate::tenth_bps(10), per_lot: money(-3, 2) });
        assert_eq!(both.on(7, Cash(25_000)), Cash(2 - 21), "2.5 rounds to even");
        assert_eq!(exact(Fee::NONE).on(7, Cash(25_000)), Cash(0));
        // 0.30 cents a share, as at the exchanges of the US: a hundred shares cost 30 cents, one of them none.
        let third = exact(Fee::of_lots(money(30, 4)));
        assert_eq!([1, 2, 100, 101, 105].map(|lots| third.on(lots, Cash(1)).0), [0, 1, 30, 30, 32]);
        assert_eq!(exact(Fee::of_lots(money(4_000_000_000, 2))).on(i64::MAX, Cash(1)), Cash(i64::MAX));
    }

    #[test]
    fn wrong_schedules_are_refused() {
        let wrong = |fees: Fees| fees.exact(unit()).unwrap_err();
        assert_eq!(wrong(Fees::new(bps(100_000), bps(0))), "the maker fee must be below 100 % either way");
        assert_eq!(
            wrong(Fees::new(bps(0), Fee::of_lots(money(50_000_000, 0)))),
            "the taker fee per lot of 50000000 is too much in units of 0.01"
        );
        assert_eq!(
            wrong(Fees::default().auctions(bps(-100_000))),
            "the auction fee must be below 100 % either way"
        );
        let twice = Fees::default().tier(FeeTier { from: Qty(0), ..FeeTier::default() });
        assert_eq!(wrong(twice), "fee tier 2 must begin at a larger volume than the one before");
    }
}
