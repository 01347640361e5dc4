//! The way of plain orders, as long as they meet only their like: the displayed book and the index are all it touches.
//!
//! Nothing is decided here that the [`Desk`](super::desk::Desk) would decide otherwise; whatever needs more than this
//! is handed over to it.

use prism_core::msg::{CancelReason, Order, Reject};
use prism_core::types::{BookId, OrderId, Price, Qty, Tif, Time};

use super::desk::reaches;
use super::entry::Entry;
use super::extra::slot_of;
use super::{Market, OrderIndex, Told};
use crate::book::{BookEngine, Fill, Handle, Incoming, Outcome};

/// What a message about an order finds.
#[derive(Clone, Copy)]
pub(super) enum Plain {
    /// A displayed order without terms, about which only its owner has to be told.
    At(Handle),
    /// No order.
    Gone,
    /// It is for the desk to see.
    No,
}

/// What becomes of the resting order of a fill, and what is told of it. `left` is what is left of the incoming one.
#[inline(always)]
fn filled<I: OrderIndex>(
    (id, order): (OrderId, &Order),
    fill: &Fill,
    left: Qty,
    index: &mut I,
    told: &mut impl FnMut(&mut I, Told),
) {
    if fill.left.is_zero() {
        index.remove(fill.maker);
    }
    told(
        index,
        Told::Trade {
            maker: fill.maker,
            taker: id,
            aggressor: order.side,
            price: fill.price,
            qty: fill.qty,
            maker_left: fill.left,
            taker_left: left,
        },
    );
}

/// Tells that an order is refused. Out of line, as what follows, so that where orders rest nothing of it is left.
#[inline(never)]
pub(super) fn refuse<I: OrderIndex>(
    id: OrderId,
    why: Reject,
    index: &mut I,
    told: &mut impl FnMut(&mut I, Told),
) {
    told(index, Told::Rejected { id, why, open: why == Reject::DuplicateId });
}

/// Tells that what is left of an order does not rest.
#[inline(never)]
fn expire<I: OrderIndex>(
    (id, left): (OrderId, Qty),
    why: CancelReason,
    index: &mut I,
    told: &mut impl FnMut(&mut I, Told),
) {
    told(index, Told::Cancelled { id, left, why });
}

impl<B: BookEngine> Market<B> {
    /// True if an order would trade with a displayed or a hidden one.
    #[inline(always)]
    pub(crate) fn meets_anything(&self, order: &Order) -> bool {
        let Order { side, price, .. } = *order;
        self.shown.would_trade(side, price)
            || self.veiled && self.rare.as_ref().is_some_and(|rare| rare.hidden.would_trade(side, price))
    }

    /// Why a plain order is refused before it is looked at what it meets.
    #[inline(always)]
    fn refusal<I: OrderIndex>(&self, id: OrderId, order: &Order, index: &I) -> Option<Reject> {
        if index.get(id).is_some() {
            return Some(Reject::DuplicateId);
        }
        // A market order trades at the prices of resting orders, which were looked at when they came.
        let sound = match self.rules.size(order.qty) {
            Ok(()) if !order.is_market() => self.rules.rests(order.side, order.price, order.qty),
            sound => sound,
        };
        sound.err()
    }

    /// Tells what became of an order that has come to rest.
    #[inline(always)]
    fn rests<I: OrderIndex>(
        &mut self,
        (id, price): (OrderId, Price),
        (handle, left): (Handle, Qty),
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        if index.set(id, handle.place()).is_ok() {
            told(index, Told::Accepted { id, price, left });
        } else {
            // No agent's own ids come here; the order is taken out as if it had never rested.
            self.shown.cancel(handle);
            expire((id, left), CancelReason::Venue, index, told);
        }
    }

    /// An order that meets nothing.
    #[inline(always)]
    pub(super) fn rest_plain<I: OrderIndex>(
        &mut self,
        id: OrderId,
        order: &Order,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        let Order { side, tif, qty, price, .. } = *order;
        if let Some(why) = self.refusal(id, order, index) {
            return refuse(id, why, index, told);
        }
        match self.shown.submit(Incoming { id, side, tif, qty, price }, &mut |_| {}) {
            Outcome::Rests { handle, left } => self.rests((id, price), (handle, left), index, told),
            Outcome::Cancelled { left } => expire((id, left), CancelReason::TimeInForce, index, told),
            Outcome::Refused(why) => refuse(id, why, index, told),
            Outcome::Filled | Outcome::Kept { .. } => {}
        }
    }

    /// An order that is good till cancelled, or immediate or cancel, and trades: with plain orders of others for as long
    /// as there are any. From the first order on that is not one of those it is the desk's, and so are the stops that
    /// these trades reach.
    #[inline(never)]
    pub(super) fn trade_plain<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        order: &Order,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        if let Some(why) = self.refusal(id, order, index) {
            return refuse(id, why, index, told);
        }
        let Order { side, tif, qty, price, .. } = *order;
        let bound = self.rare.as_ref().and_then(|rare| rare.first_with_terms(!side));
        let bound = bound.filter(|&at| reaches(side, price, at));
        let limit = bound.map_or(price, |at| Price(at.0 - side.sign()));
        let first = self.shown.best(!side).map_or(limit, |best| best.price);
        let (agent, prevents) = (id.agent(), self.prevents);
        let (last, mut left, mut own) = (&mut self.last, qty, false);
        let mut goes_on = |maker: OrderId| {
            own = prevents && maker.agent() == agent;
            !own
        };
        let walk = Incoming { id, side, tif: Tif::Ioc, qty, price: limit };
        let rest = self.shown.take(walk, &mut goes_on, &mut |fill| {
            *last = fill.price;
            left = left.saturating_sub(fill.qty);
            filled((id, order), &fill, left, index, told);
        });
        let mut stops = false;
        if rest < qty
            && let Some(rare) = &mut self.rare
        {
            // Prices went one way only: what the first and the last one do not reach, none does.
            stops = rare.print(first) | rare.print(self.last);
        }
        if own || !rest.is_zero() && bound.is_some() {
            let entry = Entry { id, side, tif, price, qty: rest.0, min_qty: 0, slot: None };
            return self.at_desk(now, index, told, |desk| desk.come_in(entry));
        }
        if !rest.is_zero() && tif == Tif::Ioc {
            expire((id, rest), CancelReason::TimeInForce, index, told);
        } else if !rest.is_zero()
            && let Ok(handle) = self.shown.insert_resting(id, side, price, rest)
        {
            self.rests((id, price), (handle, rest), index, told);
        }
        if stops {
            self.at_desk(now, index, told, |_| {});
        }
    }

    /// Where an order is that is nobody's but the book's.
    #[inline(always)]
    pub(super) fn plain<I: OrderIndex>(&self, now: Time, id: OrderId, index: &I) -> Plain {
        let place = index.get(id);
        if !self.calm || now >= self.due || place.and_then(slot_of).is_some() {
            return Plain::No;
        }
        place.and_then(|place| self.shown.locate(place, id)).map_or(Plain::Gone, Plain::At)
    }

    #[inline(always)]
    pub(super) fn cancel_plain<I: OrderIndex>(
        &mut self,
        id: OrderId,
        order: Handle,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        let Some(left) = self.shown.cancel(order) else { return };
        index.remove(id);
        told(index, Told::Cancelled { id, left, why: CancelReason::Requested });
    }

    pub(super) fn reduce_plain<I: OrderIndex>(
        &mut self,
        id: OrderId,
        order: Handle,
        by: Qty,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        let (why, Some(taken)) = (CancelReason::Requested, self.shown.reduce(order, by)) else { return };
        if taken.left.is_zero() {
            index.remove(id);
            told(index, Told::Cancelled { id, left: taken.qty, why });
        } else {
            told(index, Told::Reduced { id, left: taken.left, why });
        }
    }

    /// Gives an order another price and size, if it then trades with nothing. False if it is not for here to see.
    pub(super) fn replace_plain<I: OrderIndex>(
        &mut self,
        (id, order): (OrderId, Handle),
        (price, qty): (Price, Qty),
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) -> bool {
        let Some(old) = self.shown.get(order) else { return false };
        let sound = self.rules.size(qty).and_then(|()| self.rules.rests(old.side, price, qty));
        let moved = Order { book: BookId(0), side: old.side, tif: Tif::Gtc, qty, price };
        if sound.is_err() || self.meets_anything(&moved) {
            return false;
        }
        match self.shown.replace_resting(order, price, qty) {
            Outcome::Rests { handle, left } => {
                index.remove(id);
                self.rests((id, price), (handle, left), index, told);
            }
            Outcome::Kept { left } => told(index, Told::Accepted { id, price, left }),
            _ => return false,
        }
        true
    }
}
