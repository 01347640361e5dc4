//! What a market tells, in the order in which it happens.

use prism_core::msg::{CancelReason, Phase, Reject};
use prism_core::types::{OrderId, Price, Qty, Side};

/// One thing that happened in a market. What is `left` of an order is always its whole open size, displayed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    /// The order is in the market, at this price: it rests, or is held at its stop price or its limit.
    Accepted {
        /// Which order.
        id: OrderId,
        /// At what price.
        price: Price,
        /// How much of it.
        left: Qty,
    },
    /// The message was refused.
    Rejected {
        /// Which order.
        id: OrderId,
        /// Why.
        why: Reject,
        /// True when an order of this id is still there.
        open: bool,
    },
    /// Two orders traded, at the resting one's price.
    Trade {
        // In an order in which no two neighbours are neighbours in a report: else both are copied at once, and a
        // processor waits for what was written in two pieces a moment ago.
        /// How much.
        qty: Qty,
        /// At what price.
        price: Price,
        /// The side of the incoming order.
        aggressor: Side,
        /// The resting order.
        maker: OrderId,
        /// What is left of the resting order.
        maker_left: Qty,
        /// The incoming order.
        taker: OrderId,
        /// What is left of the incoming order.
        taker_left: Qty,
    },
    /// The order got smaller without a trade.
    Reduced {
        /// Which order.
        id: OrderId,
        /// What is left of it.
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
    /// Two orders traded in an uncrossing.
    Crossed {
        /// The order that bought.
        buy: OrderId,
        /// The order that sold.
        sell: OrderId,
        /// The price of the uncrossing.
        price: Price,
        /// How much.
        qty: Qty,
        /// What is left of the buy.
        buy_left: Qty,
        /// What is left of the sell.
        sell_left: Qty,
    },
    /// The orders that were collected are uncrossed: the trades follow.
    Uncrossed {
        /// The one price.
        price: Price,
        /// How much trades (the largest number, should it not fit).
        volume: Qty,
        /// What buyers (above zero) or sellers (below) cannot trade (the nearest number, should it not fit).
        surplus: i64,
    },
    /// What the uncrossing would give now, in a call; a volume of zero if nothing would trade.
    Indicative {
        /// At which price; the last one if nothing would trade.
        price: Price,
        /// How much would trade.
        volume: Qty,
        /// What buyers (above zero) or sellers could not trade.
        surplus: i64,
    },
    /// The market goes over to another phase.
    Phase {
        /// The one that ends.
        from: Phase,
        /// The one that begins.
        to: Phase,
    },
    /// The stop price of a held order was reached.
    Triggered {
        /// Which order.
        id: OrderId,
        /// What is left of it.
        left: Qty,
    },
}
