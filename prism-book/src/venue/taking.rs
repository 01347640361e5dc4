//! An incoming order while it meets resting ones.

use prism_core::msg::{CancelReason, Report};
use prism_core::types::{BookId, Cash, FeeRate, OrderId, Price, Qty, Side};
use prism_core::venue::{Trade, VenueOut};

use super::clearing::{Clearing, Firsts, Leg};
use crate::book::Fill;

/// An incoming order while it trades.
pub(super) struct Taking<'a> {
    pub(super) place: usize,
    pub(super) market: (&'a mut Price, i64),
    pub(super) fees: (FeeRate, FeeRate),
    pub(super) orders: &'a mut Firsts,
    pub(super) clearing: &'a mut Clearing,
    pub(super) order: (OrderId, BookId, Side),
    pub(super) left: Qty,
    /// Why what is left of it is cancelled, should it be.
    pub(super) ends: CancelReason,
    pub(super) out: &'a mut VenueOut,
}

impl Taking<'_> {
    /// One resting order is hit: money and shares change hands, and both sides and the public are told.
    #[inline]
    pub(super) fn fill(&mut self, fill: &Fill) {
        let Fill { maker, price, qty, left, .. } = *fill;
        let (taker, book, side) = self.order;
        let (last, tick_lot) = &mut self.market;
        **last = price;
        self.left = self.left.saturating_sub(qty);
        let lots = qty.signed();
        let value = Cash(lots * price.0 * *tick_lot); // what rests was checked to fit
        let fees = (self.fees.0.of(value), self.fees.1.of(value));
        for (id, side, fee) in [(maker, !side, fees.0), (taker, side, fees.1)] {
            let leg = Leg { agent: id.agent(), side, fee };
            self.clearing.book(self.orders, leg, self.place, lots, value);
        }
        if left.is_zero() {
            self.orders.remove(maker);
        }
        self.out.trade(Trade { book, price, qty, aggressor: side, maker, taker });
        self.out.report(Report::Filled { id: maker, price, qty, left, fee: fees.0, maker: true });
        self.out.report(Report::Filled { id: taker, price, qty, left: self.left, fee: fees.1, maker: false });
    }
}
