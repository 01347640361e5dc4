//! How orders are collected for an uncrossing (§7.2 of the rule book).

use prism_core::msg::{CancelReason, Expiry, Reject, Session, Terms};
use prism_core::types::{OrderId, Price, Qty, Tif};

use crate::book::BookEngine;
use crate::market::desk::{Desk, Taker};
use crate::market::entry::Entry;
use crate::market::extra::{At, Extra, NONE};
use crate::market::rules::is_market;
use crate::market::{OrderIndex, Told};

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// An order comes in while nothing trades.
    pub(in crate::market) fn collect(&mut self, entry: Entry) {
        let Entry { id, side, tif, price, qty, min_qty, slot } = entry;
        if tif == Tif::Fok || tif == Tif::Ioc && min_qty > 0 {
            if let Some(slot) = slot {
                self.drop_slot(slot);
            }
            return self.tell(Told::Rejected { id, why: Reject::Closed, open: false });
        }
        if let Some(slot) = slot.filter(|&slot| self.back.rare.at(slot).terms.peg.is_some()) {
            self.back.rare.hold(slot);
            return self.tell_held(slot);
        }
        let slot = match slot {
            None if tif == Tif::Ioc => {
                let extra = Extra::new(id, side, tif, price, Qty(qty), Terms::default());
                match self.back.rare.enter(extra, self.back.index) {
                    Ok(slot) => Some(slot),
                    Err(why) => return self.tell(Told::Rejected { id, why, open: false }),
                }
            }
            slot => slot,
        };
        if let Some(slot) = slot.filter(|_| is_market(side, price)) {
            self.wait_in_call(slot);
            return self.tell_held(slot);
        }
        let waiting = slot.map_or(0, |slot| self.back.rare.at(slot).waiting);
        let taker = Taker { id, side, limit: price, left: qty, waiting, slot, ended: None };
        self.rest(&taker, price);
    }

    /// Puts a market order behind those that wait for the uncrossing.
    pub(in crate::market) fn wait_in_call(&mut self, slot: u32) {
        let rare = &mut *self.back.rare;
        let Extra { id, side, .. } = *rare.at(slot);
        let handle = rare.call.add(id, side, Qty(rare.at(slot).inside()));
        let arrival = rare.next_arrival();
        let extra = rare.at_mut(slot);
        extra.arrival = arrival;
        extra.at = handle.map_or(At::Held, At::Waits);
    }

    /// What took part in an uncrossing alone, and is left, goes. `price` is that of the uncrossing.
    pub(super) fn end_of_call(&mut self, price: Option<Price>) {
        let took_part = |extra: &Extra| match extra.at {
            At::Waits(_) => true,
            At::Shown(_) | At::Hidden(_) => extra.tif == Tif::Ioc || extra.terms.session != Session::Any,
            At::Stop(..) | At::Held | At::Coming | At::Free => false,
        };
        for (slot, id) in self.chosen(took_part, |extra| extra.arrival) {
            let extra = *self.back.rare.at(slot);
            if extra.id != id || !took_part(&extra) {
                continue;
            }
            let left = Qty(extra.left);
            let stays = extra.terms.market_to_limit && extra.terms.session == Session::Any;
            let rests = price.filter(|&price| stays && self.rules.rests(extra.side, price, left).is_ok());
            let Some(price) = rests else {
                self.withdraw(slot, CancelReason::TimeInForce);
                continue;
            };
            self.back.rare.take_out(slot, self.shown);
            let order = self.back.rare.at_mut(slot);
            (order.limit, order.tif, order.terms) = (price, Tif::Gtc, Terms::default());
            let Extra { id, side, waiting, .. } = *order;
            let left = order.inside();
            let taker = Taker { id, side, limit: price, left, waiting, slot: Some(slot), ended: None };
            self.rest(&taker, price);
        }
    }

    /// Day orders end.
    pub(super) fn end_of_day(&mut self) {
        for (slot, id) in self.chosen(|extra| extra.terms.expiry == Expiry::Day, |extra| extra.id.0) {
            if self.back.rare.holds(slot, id) {
                self.withdraw(slot, CancelReason::Expired);
            }
        }
    }

    /// The orders of a call come in when it begins.
    pub(super) fn begin_session(&mut self, session: Session) {
        let waits = |extra: &Extra| extra.at == At::Held && extra.terms.session == session;
        for (slot, id) in self.chosen(waits, |extra| extra.arrival) {
            if self.back.rare.holds(slot, id) {
                self.enter(slot);
            }
        }
    }

    /// Linked orders that rest are held.
    pub(super) fn hold_linked(&mut self) {
        let linked = |extra: &Extra| self.back.rare.is_linked(extra) && extra.is_in_market();
        for (slot, _) in self.chosen(linked, |extra| extra.id.0) {
            self.hold_resting(slot);
        }
    }

    /// An order that is in a book, or waits for the uncrossing, is held.
    pub(in crate::market) fn hold_resting(&mut self, slot: u32) {
        if self.back.rare.at(slot).is_in_market() {
            self.back.rare.take_out(slot, self.shown);
            self.back.rare.hold(slot);
            self.tell_held(slot);
        }
    }

    /// Linked orders that were held come in.
    pub(super) fn release_linked(&mut self) {
        let held = |extra: &Extra| {
            extra.at == At::Held
                && extra.group != NONE
                && extra.inside() > 0
                && extra.terms.peg.is_none()
                && extra.terms.trigger.is_none()
        };
        for (slot, id) in self.chosen(held, |extra| extra.id.0) {
            self.look_at_bands();
            let extra = self.back.rare.at(slot);
            // One of them may have interrupted trading again.
            if extra.id == id && held(extra) && self.trades() {
                self.enter(slot);
            }
        }
    }

    /// The slots of some orders, in an order of their own.
    fn chosen<K: Ord>(
        &self,
        which: impl Fn(&Extra) -> bool,
        by: impl Fn(&Extra) -> K,
    ) -> Vec<(u32, OrderId)> {
        let slots = self.back.rare.slots.iter().zip(0..);
        let mut chosen: Vec<_> = slots
            .filter(|(extra, _)| extra.at != At::Free && which(extra))
            .map(|(extra, slot)| (by(extra), slot, extra.id))
            .collect();
        chosen.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        chosen.into_iter().map(|(_, slot, id)| (slot, id)).collect()
    }
}

impl Extra {
    /// True for an order that is in a book, or among those that wait for an uncrossing.
    fn is_in_market(&self) -> bool {
        matches!(self.at, At::Shown(_) | At::Hidden(_) | At::Waits(_))
    }
}
