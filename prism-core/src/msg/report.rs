//! What a venue tells the owner of an order.

use serde::{Deserialize, Serialize};

use crate::types::{BookId, Cash, OrderId, Price, Qty, Side};

/// A report from a venue to one agent. A rejection is data, never an error: it is a normal event of a
/// market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// The order, or what the trades before it left of it, rests in the book. Also the answer to a
    /// replace, with the size that now rests.
    Accepted {
        /// Which order.
        id: OrderId,
        /// The price it rests at.
        price: Price,
        /// What rests.
        left: Qty,
    },
    /// Some of the order traded.
    Filled {
        /// Which order.
        id: OrderId,
        /// The price: always that of the resting order.
        price: Price,
        /// How much, in this trade.
        qty: Qty,
        /// What is left of the order; nothing means that it is done.
        left: Qty,
        /// What the owner pays for this trade (negative: receives).
        fee: Cash,
        /// True when this order was the resting one.
        maker: bool,
    },
    /// The order became smaller and kept its place.
    Reduced {
        /// Which order.
        id: OrderId,
        /// What is left.
        left: Qty,
        /// Why.
        why: CancelReason,
    },
    /// The order is gone.
    Cancelled {
        /// Which order.
        id: OrderId,
        /// What was taken out.
        left: Qty,
        /// Why.
        why: CancelReason,
    },
    /// The stop price of a held order was reached: from here on it is an ordinary one.
    Triggered {
        /// Which order.
        id: OrderId,
        /// What is left of it.
        left: Qty,
    },
    /// The request was refused; what rests stays as it was.
    Rejected {
        /// Which order.
        id: OrderId,
        /// Why.
        why: Reject,
        /// True when an order of this id still rests, such as after a refused replace. A refused new order
        /// is gone. A gateway does not look into the book: of what it refuses, it says true of all but new orders.
        open: bool,
    },
    /// The venue has traded for the agent, which had too little margin: its position is smaller now. The order was
    /// the venue's, and is not among the agent's own.
    Liquidated {
        /// The venue's order, one of those [reserved](OrderId::is_reserved) for venues.
        id: OrderId,
        /// Where.
        book: BookId,
        /// What the venue did for the agent: buy or sell.
        side: Side,
        /// The price: always that of the resting order.
        price: Price,
        /// How much, in this trade.
        qty: Qty,
        /// What the agent pays for this trade (negative: receives).
        fee: Cash,
    },
    /// The agent has lost more than it had, and the venue bears the rest: it has been paid so much.
    Covered {
        /// An id [reserved](OrderId::is_reserved) for venues.
        id: OrderId,
        /// Where the loss was made.
        book: BookId,
        /// What the venue has paid to the agent.
        loss: Cash,
    },
}

impl Report {
    /// The order it is about.
    #[inline]
    pub const fn id(&self) -> OrderId {
        match self {
            Report::Accepted { id, .. }
            | Report::Filled { id, .. }
            | Report::Reduced { id, .. }
            | Report::Cancelled { id, .. }
            | Report::Triggered { id, .. }
            | Report::Rejected { id, .. }
            | Report::Liquidated { id, .. }
            | Report::Covered { id, .. } => *id,
        }
    }
}

/// Why an order was taken out of the market, or made smaller, without a trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[non_exhaustive]
pub enum CancelReason {
    /// Its owner asked for it.
    #[default]
    Requested = 0,
    /// It was immediate or cancel, or a market order, and nothing more was there to trade with.
    TimeInForce = 1,
    /// It would have traded with an order of the same agent.
    SelfTrade = 2,
    /// Its time is over: the time or the day until which it was good, or the call that it was for.
    Expired = 3,
    /// An order that it is linked to traded, or is gone.
    Linked = 4,
    /// The venue took it out: at a halt or at the close.
    Venue = 5,
    /// It would have traded at a worse price than another venue shows, and its venue does not allow that.
    TradeThrough = 6,
    /// Its owner has too little margin, and the venue closes the position.
    Liquidation = 7,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[non_exhaustive]
pub enum Reject {
    /// The venue does not list the book.
    UnknownBook = 0,
    /// The size is zero, or above the venue's limit.
    BadQty = 1,
    /// The price is outside the venue's limits, or an order without a limit was to rest.
    BadPrice = 2,
    /// A post-only order would have traded.
    WouldTrade = 3,
    /// A fill-or-kill order could not be filled in full.
    NotFilled = 4,
    /// The order is not in the book: it was filled or cancelled before the request came.
    TooLate = 5,
    /// The id is already in use.
    DuplicateId = 6,
    /// The order belongs to someone else.
    NotYours = 7,
    /// The book does not take orders now.
    Closed = 8,
    /// The sender has sent as much as the venue's [gateway](crate::kernel::Gateway) takes in its window.
    RateLimit = 9,
    /// The queue of the venue's [gateway](crate::kernel::Gateway) is full.
    QueueFull = 10,
    /// The terms contradict one another or the order, or the venue does not know them.
    BadTerms = 11,
    /// The order was to expire before it came.
    BadTime = 12,
    /// It would have traded at a worse price than another venue shows, and its venue does not allow that.
    TradeThrough = 13,
    /// Its price is outside the price bands, and its venue does not reprice such orders.
    OutsideBands = 14,
    /// The agent's equity does not carry it, or the venue is closing the agent's position.
    NoMargin = 15,
    /// It would sell what the agent does not have, and the venue's rules for short sales do not allow that now.
    ShortSale = 16,
}

impl Reject {
    /// All reasons, each in the place of its number.
    pub const ALL: [Reject; 17] = [
        Reject::UnknownBook,
        Reject::BadQty,
        Reject::BadPrice,
        Reject::WouldTrade,
        Reject::NotFilled,
        Reject::TooLate,
        Reject::DuplicateId,
        Reject::NotYours,
        Reject::Closed,
        Reject::RateLimit,
        Reject::QueueFull,
        Reject::BadTerms,
        Reject::BadTime,
        Reject::TradeThrough,
        Reject::OutsideBands,
        Reject::NoMargin,
        Reject::ShortSale,
    ];

    /// A word for it, such as `bad_qty`.
    pub const fn name(self) -> &'static str {
        match self {
            Reject::UnknownBook => "unknown_book",
            Reject::BadQty => "bad_qty",
            Reject::BadPrice => "bad_price",
            Reject::WouldTrade => "would_trade",
            Reject::NotFilled => "not_filled",
            Reject::TooLate => "too_late",
            Reject::DuplicateId => "duplicate_id",
            Reject::NotYours => "not_yours",
            Reject::Closed => "closed",
            Reject::RateLimit => "rate_limit",
            Reject::QueueFull => "queue_full",
            Reject::BadTerms => "bad_terms",
            Reject::BadTime => "bad_time",
            Reject::TradeThrough => "trade_through",
            Reject::OutsideBands => "outside_bands",
            Reject::NoMargin => "no_margin",
            Reject::ShortSale => "short_sale",
        }
    }
}

const _: () = {
    let mut n = 0;
    while n < Reject::ALL.len() {
        assert!(Reject::ALL[n] as usize == n);
        n += 1;
    }
};
