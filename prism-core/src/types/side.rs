//! The two sides of a market and how long an order stays.

use std::ops::Not;

use serde::{Deserialize, Serialize};

/// The side of an order, or of the aggressor of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Side {
    /// Bids; gains shares, pays cash.
    Buy = 0,
    /// Asks; gives shares, receives cash.
    Sell = 1,
}

impl Side {
    /// Both sides, buy first.
    pub const BOTH: [Side; 2] = [Side::Buy, Side::Sell];

    /// +1 for a buy, -1 for a sell.
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
}

impl Not for Side {
    type Output = Side;
    #[inline]
    fn not(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }
}

/// Time in force: what happens to the part of an order that does not trade at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Tif {
    /// Good till cancelled: rests in the book.
    #[default]
    Gtc = 0,
    /// Immediate or cancel: the rest is cancelled.
    Ioc = 1,
    /// Fill or kill: trades in full at once, or not at all.
    Fok = 2,
    /// Rests, or is rejected if any of it would trade at once.
    PostOnly = 3,
}
