//! Which sizes are good.

use prism_core::types::Qty;

use super::DayError;

/// The round lot of a market, and whether odd lots are taken.
///
/// A symbol's own lot is the unit, and a round lot so many of them. Where odd lots are taken, they rest and trade as
/// any order, but a level counts for the best bid and ask only with its whole round lots, as in the United States
/// (Regulation NMS): a price where less than a round lot rests is not the best price for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LotRule {
    round: u64,
    odd: bool,
}

impl Default for LotRule {
    /// Every size is a round one.
    fn default() -> LotRule {
        LotRule { round: 1, odd: true }
    }
}

impl LotRule {
    /// A rule for round lots of `round` units; with or without `odd` lots.
    ///
    /// # Errors
    /// A round lot of nothing.
    pub fn new(round: Qty, odd: bool) -> Result<LotRule, DayError> {
        if round.is_zero() {
            return Err(DayError::Range { field: "round lot", range: "1 lot or more" });
        }
        Ok(LotRule { round: round.0, odd })
    }

    /// True if an order may have this size.
    pub fn fits(&self, qty: Qty) -> bool {
        !qty.is_zero() && (self.odd || qty.0.is_multiple_of(self.round))
    }

    /// The least size that is allowed and not below this one (itself, if there is none).
    pub fn up(&self, qty: Qty) -> Qty {
        if self.odd { qty } else { qty.0.checked_next_multiple_of(self.round).map_or(qty, Qty) }
    }

    /// The part of a level's size that others see in the best bid and ask: its whole round lots.
    pub fn shown(&self, level: Qty) -> Qty {
        Qty(level.0 - level.0 % self.round)
    }

    /// True where every size is a round one.
    pub fn is_plain(&self) -> bool {
        self.round == 1
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn odd_lots_trade_but_do_not_make_the_best_price() {
        let rule = LotRule::new(Qty(100), true).unwrap();
        assert!(rule.fits(Qty(1)) && rule.fits(Qty(250)) && !rule.fits(Qty(0)));
        assert_eq!([99, 100, 250].map(|qty| rule.shown(Qty(qty)).0), [0, 100, 200]);
        let strict = LotRule::new(Qty(100), false).unwrap();
        assert!(strict.fits(Qty(200)) && !strict.fits(Qty(250)));
        assert!(LotRule::new(Qty(0), true).is_err());
        assert!(LotRule::default().is_plain() && LotRule::default().shown(Qty(7)) == Qty(7));
    }
}
