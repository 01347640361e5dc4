//! An incoming order while it meets resting ones.

use prism_core::market::Rested;
use prism_core::msg::{CancelReason, Report};
use prism_core::types::{BookId, Cash, FeeRate, OrderId, Price, Qty, Side};
use prism_core::venue::{Trade, VenueOut};

use super::clearing::{Clearing, Firsts, Leg};
use crate::book::{Fill, Outcome};

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
    /// The order that this one replaces, until it has been told that it left the book.
    pub(super) replaced: Option<(Rested, Qty)>,
    pub(super) out: &'a mut VenueOut,
}

impl Taking<'_> {
    /// Tells that the order which this one replaces has left the book, if that is still to be told.
    pub(super) fn tell_replaced(&mut self) {
        if let Some((old, left)) = self.replaced.take() {
            self.out.book_event(|| old.deleted(left));
        }
    }

    /// Tells what became of an order that was replaced; `left` was left of it before.
    pub(super) fn told(&mut self, outcome: &Outcome, price: Price, before: Qty) {
        let (id, book, side) = self.order;
        let now = Rested { book, id, side, price };
        match *outcome {
            Outcome::Kept { left } if left < before => {
                self.out.book_event(|| now.reduced(before.saturating_sub(left), left));
            }
            Outcome::Kept { .. } | Outcome::Refused(_) => {}
            Outcome::Rests { left, .. } => match self.replaced {
                Some((old, _)) => self.out.book_event(|| now.replaced(left, old.price)),
                None => self.out.book_event(|| now.added(left)),
            },
            Outcome::Filled | Outcome::Cancelled { .. } => self.tell_replaced(),
        }
    }

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
        if self.out.tells_book() {
            self.tell_replaced();
            let rested = Rested { book, id: maker, side: !side, price };
            self.out.book_event(|| rested.executed(qty, left, price));
        }
        self.out.trade(Trade { book, price, qty, aggressor: side, maker, taker });
        self.out.report(Report::Filled { id: maker, price, qty, left, fee: fees.0, maker: true });
        self.out.report(Report::Filled { id: taker, price, qty, left: self.left, fee: fees.1, maker: false });
    }
}
