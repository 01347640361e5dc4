//! How an incoming order trades (§4.2 of the rule book).

use std::cell::Cell;

use prism_core::msg::CancelReason;
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

use super::desk::{Desk, Taker, better, reaches};
use super::extra::{At, slot_of};
use super::{Matching, OrderIndex, SelfTrade, Told};
use crate::book::{BookEngine, Fill, Handle, Incoming, Remark};

/// A hidden order that trades next: its price, its place in the hidden book, its slot.
type Hidden = (Price, Handle, u32);

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Trades while the order reaches anything, and until self-trade prevention ends it.
    pub(super) fn trade(&mut self, taker: &mut Taker) {
        let other = !taker.side;
        while taker.left > 0 && taker.ended.is_none() {
            let hidden = self.next_hidden(taker);
            let shown = self.shown.best(other).map(|level| level.price).filter(|&price| taker.reaches(price));
            match (shown, hidden) {
                (Some(price), Some(hidden)) if better(other, hidden.0, price) => {
                    self.trade_hidden(taker, hidden);
                }
                (Some(price), hidden) => self.trade_shown(taker, price, hidden.map(|hidden| hidden.0)),
                (None, Some(hidden)) => self.trade_hidden(taker, hidden),
                (None, None) => return,
            }
        }
    }

    /// The first hidden order that the incoming one does not pass over.
    fn next_hidden(&self, taker: &Taker) -> Option<Hidden> {
        let (rare, other) = (&*self.back.rare, !taker.side);
        if !rare.hidden.would_trade(taker.side, taker.limit) {
            return None;
        }
        let reached = rare.hidden.orders(other).take_while(|(_, order)| taker.reaches(order.price));
        reached
            .filter_map(|(handle, order)| Some((order.price, handle, self.slot(order.id)?)))
            .find(|&(_, _, slot)| rare.at(slot).least() <= taker.left)
    }

    /// The slot of an order, if it has one.
    pub(super) fn slot(&self, id: OrderId) -> Option<u32> {
        self.back.index.get(id).and_then(slot_of)
    }

    fn trade_hidden(&mut self, taker: &mut Taker, (price, handle, slot): Hidden) {
        let maker = self.back.rare.at(slot).id;
        if self.is_own(taker, maker) {
            return self.meet_own(taker, maker, handle, Some(slot));
        }
        let Some(taken) = self.back.rare.hidden.execute(handle, Qty(taker.left)) else { return };
        let fill = Fill { maker, handle, price, qty: taken.qty, left: taken.left };
        self.shown.remark(Remark::Hidden { id: maker, side: !taker.side, price, qty: taken.qty });
        self.back.hit_slot(taker, &fill, slot);
        self.links();
    }

    /// Trades with the best displayed level, and, if nothing speaks against it, with those behind it down to
    /// `bound`, the price of a hidden order.
    fn trade_shown(&mut self, taker: &mut Taker, price: Price, bound: Option<Price>) {
        let (rules, other) = (self.rules, !taker.side);
        if rules.matching != Matching::PriceTime {
            return self.divide(taker, price);
        }
        // Peaks are displayed anew behind the level that is at hand.
        let mark = self.back.rare.marked.best(other).map(|level| level.price);
        let (marked, bound) = (mark == Some(price), bound.unwrap_or(taker.limit));
        let limit = match mark {
            Some(_) if marked => price,
            Some(mark) if reaches(taker.side, bound, mark) => Price(mark.0 - taker.side.sign()),
            _ => bound,
        };
        let order =
            Incoming { id: taker.id, side: taker.side, tif: Tif::Ioc, qty: Qty(taker.left), price: limit };
        let back = &mut self.back;
        let (own, stop) = (Cell::new(false), Cell::new(false));
        let agent = taker.id.agent();
        let prevent = rules.self_trade != SelfTrade::Allow;
        let mut goes_on = |maker: OrderId| {
            own.set(prevent && maker.agent() == agent);
            !own.get() && !stop.get()
        };
        self.shown.take(order, &mut goes_on, &mut |fill| {
            back.hit(taker, &fill, marked);
            stop.set(back.linked.is_some());
        });
        self.refill();
        self.links();
        if own.get() && !stop.get() {
            self.meet_first(taker);
        }
    }

    /// The order of the same agent that is first in the best displayed level is met.
    fn meet_first(&mut self, taker: &mut Taker) {
        let other = !taker.side;
        let first = self.shown.best(other).and_then(|best| self.shown.head(other, best.price));
        let Some((handle, maker)) = first.and_then(|handle| Some((handle, self.shown.get(handle)?))) else {
            return;
        };
        self.meet_own(taker, maker.id, handle, self.slot(maker.id));
    }

    /// True if the two must not trade.
    #[inline]
    pub(super) fn is_own(&self, taker: &Taker, maker: OrderId) -> bool {
        self.rules.self_trade != SelfTrade::Allow && maker.agent() == taker.id.agent()
    }

    /// Self-trade prevention: the order would trade with `maker`.
    pub(super) fn meet_own(&mut self, taker: &mut Taker, maker: OrderId, handle: Handle, slot: Option<u32>) {
        let why = CancelReason::SelfTrade;
        let rule = self.rules.self_trade;
        if matches!(rule, SelfTrade::CancelOldest | SelfTrade::CancelBoth) {
            if let Some(slot) = slot {
                self.withdraw(slot, why);
            } else if let Some(left) = self.shown.cancel(handle) {
                self.back.index.remove(maker);
                self.tell(Told::Cancelled { id: maker, left, why });
            }
        }
        match rule {
            SelfTrade::CancelOldest => {}
            SelfTrade::Decrement => self.decrement(taker, maker, handle, slot),
            SelfTrade::Allow | SelfTrade::CancelNewest | SelfTrade::CancelBoth => {
                taker.ended = Some(taker.left);
            }
        }
    }

    /// Both get smaller by what would have traded.
    fn decrement(&mut self, taker: &mut Taker, maker: OrderId, handle: Handle, slot: Option<u32>) {
        let why = CancelReason::SelfTrade;
        let by = Qty(taker.left);
        let back = &mut self.back;
        let hidden = slot.is_some_and(|slot| matches!(back.rare.at(slot).at, At::Hidden(_)));
        let taken = if hidden { back.rare.hidden.reduce(handle, by) } else { self.shown.reduce(handle, by) };
        let Some(taken) = taken else { return };
        let mut left = taken.left;
        if let Some(slot) = slot {
            let extra = back.rare.at_mut(slot);
            extra.left -= taken.qty.0;
            left = Qty(extra.left);
            let reserve = extra.reserve;
            if left.is_zero() {
                back.rare.forget(slot, back.index);
            } else if taken.left.is_zero() {
                back.emptied(slot, maker, reserve);
            }
        } else if left.is_zero() {
            back.index.remove(maker);
        }
        self.refill();
        self.tell(if left.is_zero() {
            Told::Cancelled { id: maker, left: taken.qty, why }
        } else {
            Told::Reduced { id: maker, left, why }
        });
        taker.left -= taken.qty.0;
        if let Some(slot) = taker.slot {
            self.back.rare.at_mut(slot).left -= taken.qty.0;
        }
        if taker.left + taker.waiting == 0 {
            taker.ended = Some(taken.qty.0);
        } else {
            let left = Qty(taker.left + taker.waiting);
            self.tell(Told::Reduced { id: taker.id, left, why });
        }
    }

    /// The best price of an order that one of this side, limit and size would trade with, whoever's it is.
    pub(super) fn best_match(&self, side: Side, limit: Price, qty: u64) -> Option<Price> {
        let probe = Taker { id: OrderId(0), side, limit, left: qty, waiting: 0, slot: None, ended: None };
        let shown = self.shown.best(!side).map(|level| level.price).filter(|&price| probe.reaches(price));
        let hidden = self.next_hidden(&probe).map(|hidden| hidden.0);
        match (shown, hidden) {
            (Some(shown), Some(hidden)) => Some(if better(!side, hidden, shown) { hidden } else { shown }),
            (shown, hidden) => shown.or(hidden),
        }
    }
}
