//! Volatility interruptions: trading stops before a price that is too far away.

use prism_core::types::Price;

use super::{DayError, part_of};

/// How far the next trade may be from the last one, and from the last auction's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CorridorRules {
    /// From the last trade, in basis points of it; `None` for no such limit.
    pub dynamic: Option<u32>,
    /// From the price of the last auction, in basis points of it; `None` for no such limit.
    pub statics: Option<u32>,
}

/// The prices at which the next trade interrupts nothing: within the dynamic corridor around the last trade and the
/// static one around the last auction (as Deutsche Börse's volatility interruption has it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Corridor {
    rules: CorridorRules,
    dynamic: Price,
    statics: Price,
}

impl Corridor {
    /// A corridor around the previous close.
    ///
    /// # Errors
    /// A width of nothing, or of more than the price itself.
    pub fn new(rules: CorridorRules, reference: Price) -> Result<Corridor, DayError> {
        for (field, width) in [("dynamic", rules.dynamic), ("static", rules.statics)] {
            if width.is_some_and(|bp| bp == 0 || bp > 10_000) {
                return Err(DayError::Range { field, range: "1 to 10000 basis points" });
            }
        }
        Ok(Corridor { rules, dynamic: reference, statics: reference })
    }

    /// The lowest and the highest price at which the next trade interrupts nothing.
    pub fn range(&self) -> (Price, Price) {
        let around = |price: Price, bp: Option<u32>| {
            let width = bp.map_or(i64::MAX, |bp| part_of(price, bp));
            (price.0.saturating_sub(width), price.0.saturating_add(width))
        };
        let dynamic = around(self.dynamic, self.rules.dynamic);
        let statics = around(self.statics, self.rules.statics);
        (Price(dynamic.0.max(statics.0)), Price(dynamic.1.min(statics.1)))
    }

    /// A trade in continuous trading.
    pub fn on_trade(&mut self, price: Price) {
        self.dynamic = price;
    }

    /// The price of an auction.
    pub fn on_auction(&mut self, price: Price) {
        (self.dynamic, self.statics) = (price, price);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_of_both_corridors_holds() {
        let rules = CorridorRules { dynamic: Some(100), statics: Some(300) };
        let mut corridor = Corridor::new(rules, Price(10_000)).unwrap();
        assert_eq!(corridor.range(), (Price(9_900), Price(10_100)));
        corridor.on_trade(Price(10_100));
        assert_eq!(corridor.range(), (Price(9_999), Price(10_201)));
        corridor.on_trade(Price(10_250));
        assert_eq!(
            corridor.range(),
            (Price(10_147), Price(10_300)),
            "102.5 ticks, halves up; the static one above"
        );
        corridor.on_auction(Price(10_250));
        assert_eq!(corridor.range(), (Price(10_147), Price(10_353)));
    }

    #[test]
    fn a_limit_may_be_missing_and_none_may_be_empty() {
        let none = CorridorRules { dynamic: None, statics: None };
        let corridor = Corridor::new(none, Price(100)).unwrap();
        assert!(corridor.range().0 < Price(-1_000_000) && corridor.range().1 > Price(1_000_000));
        assert!(Corridor::new(CorridorRules { dynamic: Some(0), statics: None }, Price(1)).is_err());
        assert!(Corridor::new(CorridorRules { dynamic: None, statics: Some(10_001) }, Price(1)).is_err());
    }
}
