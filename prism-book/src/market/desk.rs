//! A market while it carries out a message: its two books, the orders with terms, the index, and whoever is told.

use prism_core::msg::CancelReason;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::extra::{At, NONE, Rare, slot_of};
use super::session::TradingDay;
use super::{MarketRules, OrderIndex, Told};
use crate::book::{BookEngine, Fill, Handle};

/// A market at work.
pub(super) struct Desk<'a, B, I, T> {
    pub(super) rules: &'a MarketRules,
    /// The displayed book.
    pub(super) shown: &'a mut B,
    pub(super) back: Back<'a, B, I, T>,
}

/// All but the displayed book, so that this may trade meanwhile.
pub(super) struct Back<'a, B, I, T> {
    pub(super) last: &'a mut Price,
    pub(super) rare: &'a mut Rare<B>,
    pub(super) index: &'a mut I,
    pub(super) told: &'a mut T,
    pub(super) day: Option<&'a mut TradingDay>,
    /// The latest trade, if orders are linked to one of the two.
    pub(super) linked: Option<Linked>,
}

/// Where an order is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// In the displayed book, without a slot.
    Plain(Handle),
    /// It has a slot.
    Slot(u32),
}

/// A trade of an order that shares its quantity with others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linked {
    pub(super) qty: u64,
    /// The slot and the group of the resting order.
    pub(super) maker: (u32, u32),
    /// Those of the incoming one.
    pub(super) taker: (u32, u32),
    /// The resting one is to be held, once the links are done.
    pub(super) holds: bool,
}

/// An order while it trades.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) limit: Price,
    pub(super) left: u64,
    /// What of it waits for its parent meanwhile.
    pub(super) waiting: u64,
    pub(super) slot: Option<u32>,
    /// Self-trade prevention has ended it, with so much that did not trade.
    pub(super) ended: Option<u64>,
}

impl Taker {
    /// True if it takes this price of the other side.
    #[inline]
    pub(super) fn reaches(&self, price: Price) -> bool {
        reaches(self.side, self.limit, price)
    }
}

/// True if an order of `side` with this limit takes `price`.
#[inline]
pub(super) fn reaches(side: Side, limit: Price, price: Price) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

/// True if `a` is a better price than `b` for the orders of `side` to rest at.
#[inline]
pub(super) fn better(side: Side, a: Price, b: Price) -> bool {
    match side {
        Side::Buy => a > b,
        Side::Sell => a < b,
    }
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Back<'_, B, I, T> {
    /// One resting order is hit. `marked`: it may have a slot.
    #[inline]
    pub(super) fn hit(&mut self, taker: &mut Taker, fill: &Fill, marked: bool) {
        if marked && let Some(slot) = self.index.get(fill.maker).and_then(slot_of) {
            return self.hit_slot(taker, fill, slot);
        }
        if fill.left.is_zero() {
            self.index.remove(fill.maker);
        }
        self.print(taker, fill, fill.left, (NONE, NONE));
    }

    /// The same, of an order with a slot.
    pub(super) fn hit_slot(&mut self, taker: &mut Taker, fill: &Fill, slot: u32) {
        let extra = self.rare.at_mut(slot);
        extra.left -= fill.qty.0;
        let (left, reserve, group, id) = (extra.left, extra.reserve, extra.group, extra.id);
        self.rare.parent_traded(slot, fill.qty.0);
        self.print(taker, fill, Qty(left), (slot, group));
        if left == 0 {
            self.rare.forget(slot, self.index);
        } else if fill.left.is_zero() {
            match &mut self.linked {
                Some(linked) if reserve == 0 => linked.holds = true,
                _ => self.emptied(slot, id, reserve),
            }
        }
    }

    /// What of an order was in its book is used up, and it is not gone.
    pub(super) fn emptied(&mut self, slot: u32, id: OrderId, reserve: u64) {
        if reserve > 0 {
            self.rare.used_up.push((slot, id));
        } else {
            self.rare.hold(slot);
        }
    }

    /// Notes the last price for the next look at the stops.
    pub(super) fn note_last(&mut self) {
        self.rare.print(*self.last);
    }

    #[inline]
    fn print(&mut self, taker: &mut Taker, fill: &Fill, maker_left: Qty, maker: (u32, u32)) {
        *self.last = fill.price;
        if let Some(day) = &mut self.day {
            day.on_trade(fill.price);
        }
        self.note_last();
        taker.left -= fill.qty.0;
        let mut group = NONE;
        if let Some(slot) = taker.slot {
            let extra = self.rare.at_mut(slot);
            extra.left -= fill.qty.0;
            group = extra.group;
            self.rare.parent_traded(slot, fill.qty.0);
        }
        if (maker.1, group) != (NONE, NONE) {
            let taker = (taker.slot.unwrap_or(NONE), group);
            self.linked = Some(Linked { qty: fill.qty.0, maker, taker, holds: false });
        }
        (self.told)(
            self.index,
            Told::Trade {
                maker: fill.maker,
                taker: taker.id,
                aggressor: taker.side,
                price: fill.price,
                qty: fill.qty,
                maker_left,
                taker_left: Qty(taker.left + taker.waiting),
            },
        );
    }
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Where an order is, if it is in this market.
    pub(super) fn find(&self, id: OrderId) -> Option<Found> {
        let place = self.back.index.get(id)?;
        match slot_of(place) {
            // The index may serve other markets, too.
            Some(slot) => self.back.rare.holds(slot, id).then_some(Found::Slot(slot)),
            None => self.shown.locate(place, id).map(Found::Plain),
        }
    }

    #[inline]
    pub(super) fn tell(&mut self, told: Told) {
        (self.back.told)(self.back.index, told);
    }

    /// Takes an order with a slot out, for good. Nothing is told.
    pub(super) fn drop_slot(&mut self, slot: u32) {
        self.back.rare.take_out(slot, self.shown);
        self.back.rare.forget(slot, self.back.index);
    }

    /// Takes all that is left of an order with a slot out.
    pub(super) fn withdraw(&mut self, slot: u32, why: CancelReason) {
        let extra = self.back.rare.at(slot);
        let (id, left) = (extra.id, Qty(extra.left));
        self.drop_slot(slot);
        self.tell(Told::Cancelled { id, left, why });
    }

    /// Makes an order with a slot smaller by `by`, at most all of it; it keeps its place.
    pub(super) fn shrink(&mut self, slot: u32, by: u64, why: CancelReason) {
        if by >= self.back.rare.at(slot).left {
            return self.withdraw(slot, why);
        }
        self.cut(slot, by, why == CancelReason::Linked);
        let extra = self.back.rare.at(slot);
        let told = Told::Reduced { id: extra.id, left: Qty(extra.left), why };
        self.tell(told);
    }

    /// Takes `by`, which is less than all, off an order with a slot. What waits gets smaller last if a link does it,
    /// first if the owner does.
    pub(super) fn cut(&mut self, slot: u32, by: u64, link: bool) {
        let extra = *self.back.rare.at(slot);
        let first = if link { 0 } else { by.min(extra.waiting) };
        let reserve = extra.reserve.min(by - first);
        let now = extra.inside().min(by - first - reserve);
        let waiting = by - reserve - now;
        let rare = &mut *self.back.rare;
        let to = rare.at_mut(slot);
        to.left -= by;
        to.reserve -= reserve;
        to.waiting -= waiting;
        to.owed = if link { to.owed.saturating_sub(waiting) } else { to.owed.min(to.waiting) };
        match extra.at {
            At::Shown(handle) => {
                self.shown.reduce(handle, Qty(now));
            }
            At::Hidden(handle) => {
                rare.hidden.reduce(handle, Qty(now));
            }
            At::Waits(handle) => {
                rare.call.reduce(handle, Qty(now));
            }
            // What was worth too much to have a price may have one now.
            At::Held => rare.followed = None,
            At::Stop(..) | At::Coming | At::Free => {}
        }
        let left = rare.at(slot);
        if left.left == left.waiting && extra.at != At::Held {
            rare.take_out(slot, self.shown);
            rare.hold(slot);
        }
    }

    /// What a trade takes off the orders that are linked to the two.
    pub(super) fn links(&mut self) {
        let Some(Linked { qty, maker, taker, holds }) = self.back.linked.take() else { return };
        let second = if taker.1 == maker.1 { NONE } else { taker.1 };
        for group in [maker.1, second] {
            let mut n = 0;
            while group != NONE
                && let Some(&(_, slot)) = self.back.rare.sets.members(group).get(n)
            {
                let left = self.back.rare.at(slot).left;
                if slot != maker.0 && slot != taker.0 {
                    self.shrink(slot, qty, CancelReason::Linked);
                    n += usize::from(left > qty);
                } else {
                    n += 1;
                }
            }
        }
        if holds {
            self.back.rare.hold(maker.0);
        }
    }

    /// Displays the next peaks of the icebergs that have used theirs up.
    pub(super) fn refill(&mut self) {
        let rare = &mut *self.back.rare;
        for n in 0..rare.used_up.len() {
            let (slot, id) = rare.used_up[n];
            let extra = *rare.at(slot);
            if extra.id != id || !matches!(extra.at, At::Shown(_)) || extra.reserve == 0 {
                continue;
            }
            let peak = rare.peak(extra.terms.display, extra.reserve);
            if let Ok(handle) = self.shown.insert_resting(id, extra.side, extra.price, Qty(peak)) {
                let arrival = rare.next_arrival();
                let extra = rare.at_mut(slot);
                extra.at = At::Shown(handle);
                extra.reserve -= peak;
                extra.arrival = arrival;
            }
        }
        rare.used_up.clear();
    }
}
