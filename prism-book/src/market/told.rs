//! What a market tells, in the order in which it happens.

use prism_core::msg::{CancelReason, Reject};
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
    /// The stop price of a held order was reached.
    Triggered {
        /// Which order.
        id: OrderId,
        /// What is left of it.
        left: Qty,
    },
}
