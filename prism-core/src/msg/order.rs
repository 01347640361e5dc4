//! An order as an agent writes it.

use serde::{Deserialize, Serialize};

use crate::types::{BookId, Price, Qty, Side, Tif};

/// An order: where, which side, how much, at what price, and for how long.
///
/// ```
/// use prism_core::prelude::*;
/// let bid = Order::limit(BookId(0), Side::Buy, Qty(5), Price(9_999)).tif(Tif::PostOnly);
/// assert_eq!(bid.tif, Tif::PostOnly);
/// assert!(Order::market(BookId(0), Side::Sell, Qty(5)).is_market());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Where it goes.
    pub book: BookId,
    /// Buy or sell.
    pub side: Side,
    /// What happens to the part that does not trade at once.
    pub tif: Tif,
    /// How much.
    pub qty: Qty,
    /// The worst price that is accepted.
    pub price: Price,
}

impl Order {
    /// A limit order, good till cancelled.
    #[inline]
    pub const fn limit(book: BookId, side: Side, qty: Qty, price: Price) -> Order {
        Order { book, side, tif: Tif::Gtc, qty, price }
    }

    /// A market order: immediate or cancel, at the worst price its side can name.
    #[inline]
    pub const fn market(book: BookId, side: Side, qty: Qty) -> Order {
        let price = match side {
            Side::Buy => Price::MAX,
            Side::Sell => Price::MIN,
        };
        Order { book, side, tif: Tif::Ioc, qty, price }
    }

    /// The same order with another time in force.
    #[inline]
    pub const fn tif(mut self, tif: Tif) -> Order {
        self.tif = tif;
        self
    }

    /// True when no price is too bad for it.
    #[inline]
    pub const fn is_market(&self) -> bool {
        match self.side {
            Side::Buy => self.price.0 == Price::MAX.0,
            Side::Sell => self.price.0 == Price::MIN.0,
        }
    }
}
