//! The call auction: orders are collected, one price is found, and everything that can trade trades at it.
//!
//! [`Curves`] are the demand and the supply, and [`Curves::clearing`] finds the price from them alone.
//! [`Call`] is a call on a book: it keeps the market orders, which have no place in a book, answers what the
//! auction would give now, and holds it ([`Call::uncross`]). During a call limit orders go into the book with
//! [`insert_resting`](crate::BookEngine::insert_resting) and are changed with
//! [`replace_resting`](crate::BookEngine::replace_resting), neither of which matches; a book that is crossed
//! works as any other.
//!
//! Everything is exact: prices and sizes are integers and totals have 128 bits.
//!
//! # The price
//!
//! The demand D at a price is what buys at it, the supply S what sells: market orders and all limits as good or
//! better. V = min(D, S) trades, and X = D - S is the surplus. Of the [`Candidates`]
//!
//! 1. those with the greatest V,
//! 2. of these the ones with the smallest |X|;
//! 3. if X > 0 at all that are left, the highest; if X < 0 at all, the lowest (market pressure);
//! 4. otherwise the reference price, kept between the lowest and the highest that are left. If X > 0 at some and
//!    X < 0 at others, between the highest of the former and the lowest of the latter, so that nobody with a
//!    better price than the auction's is passed over. It has the greatest V too.
//!
//! [`Tie::Reference`] puts "the one nearest the reference price, the upper of two" in the place of 3 and 4.
//! The reference price is a candidate of its own where neither side has a limit order to trade at it: market
//! orders that trade only with each other take it. Without any volume there is no price.
//!
//! This order of rules (volume, surplus, pressure, reference) is that of Deutsche Börse, *Market Model for the
//! Trading Venue Xetra*, price determination in auctions; the variant is Euronext's and Nasdaq's.

mod call;
mod curves;
mod pro_rata;

pub use call::Call;
pub use curves::Curves;
pub(crate) use curves::exact;

use prism_core::types::{OrderId, Price, Qty, Side};

use crate::book::Handle;

/// The prices that an auction may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Candidates {
    /// The prices at which limit orders rest.
    #[default]
    Limits,
    /// Every tick from the lowest limit to the highest.
    Ticks,
}

/// What decides between candidates of equal volume and equal surplus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tie {
    /// The side of the surplus, then the reference price.
    #[default]
    Pressure,
    /// The reference price. Orders better than the auction's price are then not sure to trade.
    Reference,
}

/// Who trades at the one price level that can trade only in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Allocation {
    /// Those who came first.
    #[default]
    Time,
    /// All, in proportion to their size; the lots that do not divide go to the largest remainders, the first to
    /// come among equals.
    ProRata,
}

/// The rules of an auction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The prices that it may have.
    pub candidates: Candidates,
    /// What decides between equals.
    pub tie: Tie,
    /// Who trades at the marginal level.
    pub allocation: Allocation,
}

/// The result of an auction; the indicative one while the call lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Clearing {
    /// The one price of all trades.
    pub price: Price,
    /// How much trades, in lots; never zero.
    pub volume: u128,
    /// Demand less supply at the price, in lots: what buyers (above zero) or sellers (below) cannot trade.
    pub surplus: i128,
}

/// One order's part in an auction. The price is the auction's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Execution {
    /// Whose order it is.
    pub id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// The order's own limit; `None` for a market order.
    pub limit: Option<Price>,
    /// The order's place, in the book or, for a market order, in the [`Call`]; stale from now on if nothing is
    /// left.
    pub handle: Handle,
    /// How much traded.
    pub qty: Qty,
    /// What is left of the order.
    pub left: Qty,
}
