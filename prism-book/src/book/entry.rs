//! The terms on which orders come in, the same for every engine.

use prism_core::msg::Reject;
use prism_core::types::{Price, Qty, Side, Tif};

/// True when no price is too bad for the order.
#[inline]
pub(super) fn is_market(side: Side, price: Price) -> bool {
    match side {
        Side::Buy => price == Price::MAX,
        Side::Sell => price == Price::MIN,
    }
}

/// What is refused whatever the state of the book.
#[inline]
pub(crate) fn check(side: Side, tif: Tif, price: Price, qty: Qty) -> Result<(), Reject> {
    if qty.is_zero() || qty > Qty::MAX {
        return Err(Reject::BadQty);
    }
    if matches!(tif, Tif::Gtc | Tif::PostOnly) && is_market(side, price) {
        return Err(Reject::BadPrice);
    }
    Ok(())
}
