//! Which prices and sizes are good: the limits, the tick table and the lot rule of the market.

use prism_core::msg::Reject;
use prism_core::types::{Price, Qty, Side};

use super::Twin;
use super::order::{in_range, is_market};

impl Twin {
    /// True for a size that a new order may have.
    pub(super) fn is_good_size(&self, qty: Qty) -> bool {
        !qty.is_zero() && qty <= Qty::MAX && self.rules.lots.fits(qty)
    }

    /// True for a price that is on the tick table and within the limits.
    pub(super) fn is_good_price(&self, price: Price) -> bool {
        let limits = self.rules.limits;
        limits.lowest <= price && price <= limits.highest && self.rules.ticks.fits(price)
    }

    /// Why an order of a good size may not rest at a price.
    pub(super) fn unsound(&self, side: Side, price: Price, qty: u64) -> Option<Reject> {
        let worth = u128::from(price.0.unsigned_abs()) * u128::from(qty);
        if is_market(side, price) || !self.is_good_price(price) {
            Some(Reject::BadPrice)
        } else if worth.min(u64::MAX.into()) > self.rules.limits.worth.into() {
            Some(Reject::BadQty)
        } else {
            None
        }
    }

    /// The next price on the tick table, from one on, away from the other side.
    pub(super) fn on_the_table(&self, side: Side, ticks: i128) -> Option<Price> {
        let mut price = in_range(side, ticks)?;
        while !self.rules.ticks.fits(price) {
            price = in_range(side, i128::from(price.0) - i128::from(side.sign()))?;
        }
        Some(price)
    }
}
