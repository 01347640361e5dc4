//! The best bid and ask.

use crate::types::{Price, Qty, Side, Ticks};

/// A price and the size that rests there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// The total size of the resting orders, never nothing.
    pub qty: Qty,
}

/// The best bid and ask of a book with their sizes, and the last traded price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Top {
    // A size of nothing stands for an empty side, so that a top is five words; `bid` and `ask` tell.
    bid: Level,
    ask: Level,
    last: Price,
}

impl Top {
    /// A top of book. `last` is the price of the last trade, or the previous close before the first.
    #[inline]
    pub fn new(bid: Option<Level>, ask: Option<Level>, last: Price) -> Top {
        Top { bid: bid.unwrap_or_default(), ask: ask.unwrap_or_default(), last }
    }

    /// The best bid, if there is one.
    #[inline]
    pub fn bid(&self) -> Option<Level> {
        (!self.bid.qty.is_zero()).then_some(self.bid)
    }

    /// The best ask, if there is one.
    #[inline]
    pub fn ask(&self) -> Option<Level> {
        (!self.ask.qty.is_zero()).then_some(self.ask)
    }

    /// The best level of `side`.
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        match side {
            Side::Buy => self.bid(),
            Side::Sell => self.ask(),
        }
    }

    /// The price of the last trade; before the first, the previous close.
    #[inline]
    pub fn last(&self) -> Price {
        self.last
    }

    /// The mid price in ticks, when both sides are there.
    #[inline]
    pub fn mid(&self) -> Option<f64> {
        let (bid, ask) = (self.bid()?, self.ask()?);
        Some((bid.price.0 as f64 + ask.price.0 as f64) * 0.5)
    }

    /// The reference price in ticks: the mid, else the last trade, else the previous close.
    #[inline]
    pub fn reference(&self) -> f64 {
        self.mid().unwrap_or(self.last.0 as f64)
    }

    /// Ask minus bid, when both sides are there.
    #[inline]
    pub fn spread(&self) -> Option<Ticks> {
        Some(self.ask()?.price - self.bid()?.price)
    }

    /// The micro-price in ticks: the touch prices weighted by the opposite sizes, (b·Qa + a·Qb)/(Qa + Qb).
    #[inline]
    pub fn micro(&self) -> Option<f64> {
        let (bid, ask) = (self.bid()?, self.ask()?);
        let (qb, qa) = (bid.qty.0 as f64, ask.qty.0 as f64);
        Some((bid.price.0 as f64 * qa + ask.price.0 as f64 * qb) / (qa + qb))
    }

    /// The queue imbalance (Qb − Qa)/(Qb + Qa), from -1 to 1; an empty side counts as nothing.
    #[inline]
    pub fn imbalance(&self) -> Option<f64> {
        let (qb, qa) = (self.bid.qty.0 as f64, self.ask.qty.0 as f64);
        (qb + qa > 0.0).then(|| (qb - qa) / (qb + qa))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(price: i64, qty: u64) -> Level {
        Level { price: Price(price), qty: Qty(qty) }
    }

    #[test]
    fn measures() {
        let top = Top::new(Some(level(99, 30)), Some(level(102, 10)), Price(100));
        assert_eq!(top.mid(), Some(100.5));
        assert_eq!(top.spread(), Some(Ticks(3)));
        assert_eq!(top.micro(), Some((99.0 * 10.0 + 102.0 * 30.0) / 40.0));
        assert_eq!(top.imbalance(), Some(0.5));
    }

    #[test]
    fn one_side_is_no_mid() {
        let top = Top::new(None, Some(level(102, 10)), Price(100));
        assert_eq!((top.mid(), top.spread(), top.bid()), (None, None, None));
        assert_eq!(top.reference().to_bits(), 100f64.to_bits());
        assert_eq!(top.imbalance(), Some(-1.0));
        assert_eq!(Top::default().imbalance(), None);
    }
}
