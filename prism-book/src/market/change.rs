//! Cancels, reductions and replaces of orders with a slot, and replaces of plain ones beside them (§5 of the rule
//! book).

use prism_core::msg::{CancelReason, Reject, Trigger};
use prism_core::types::{OrderId, Price, Qty, Tif};

use super::desk::{Desk, Found};
use super::entry::Entry;
use super::extra::{At, NONE};
use super::rules::is_market;
use super::{OrderIndex, Told, terms};
use crate::book::{BookEngine, Handle};

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    fn refuse(&mut self, id: OrderId, why: Reject, open: bool) {
        self.tell(Told::Rejected { id, why, open });
    }

    /// Takes out what is left of an order.
    pub(super) fn cancel(&mut self, id: OrderId, why: CancelReason) {
        match self.find(id) {
            Some(Found::Slot(slot)) => self.withdraw(slot, why),
            Some(Found::Plain(handle)) => {
                let left = self.shown.cancel(handle).unwrap_or_default();
                self.back.index.remove(id);
                self.tell(Told::Cancelled { id, left, why });
            }
            None => self.refuse(id, Reject::TooLate, false),
        }
    }

    /// Makes an order smaller.
    pub(super) fn reduce(&mut self, id: OrderId, by: Qty) {
        let why = CancelReason::Requested;
        match self.find(id) {
            None => self.refuse(id, Reject::TooLate, false),
            Some(_) if by.is_zero() => self.refuse(id, Reject::BadQty, true),
            Some(Found::Slot(slot)) => self.shrink(slot, by.0, why),
            Some(Found::Plain(handle)) => {
                let Some(taken) = self.shown.reduce(handle, by) else { return };
                if taken.left.is_zero() {
                    self.back.index.remove(id);
                    self.tell(Told::Cancelled { id, left: taken.qty, why });
                } else {
                    self.tell(Told::Reduced { id, left: taken.left, why });
                }
            }
        }
    }

    /// Gives an order a new price and open size.
    pub(super) fn replace(&mut self, id: OrderId, price: Price, qty: Qty) {
        let slot = match self.find(id) {
            Some(Found::Slot(slot)) => slot,
            Some(Found::Plain(handle)) => return self.replace_plain(handle, price, qty),
            None => return self.refuse(id, Reject::TooLate, false),
        };
        if let Err(why) = self.check_replace(slot, price, qty) {
            return self.refuse(id, why, true);
        }
        if self.back.rare.at(slot).terms.trigger.is_some() {
            return self.replace_stop(slot, price, qty);
        }
        let extra = *self.back.rare.at(slot);
        if let At::Waits(_) = extra.at {
            return self.replace_waiting(slot, qty);
        }
        let (was, rests) = (extra.price, matches!(extra.at, At::Shown(_) | At::Hidden(_)));
        let price = if rests && extra.terms.peg.is_none() { self.band(extra.side, price) } else { price };
        self.back.rare.at_mut(slot).limit = price;
        let larger = self.resize(slot, qty);
        if !rests {
            if extra.terms.peg.is_some() {
                self.back.rare.followed = None;
            }
            if qty.0 > extra.left {
                self.back.rare.hold(slot);
            }
            return self.tell_held(slot);
        }
        let now = match extra.terms.peg {
            Some(_) => self.peg_price(self.back.rare.at(slot)),
            None => Some(price),
        };
        if larger || now != Some(was) {
            self.back.rare.take_out(slot, self.shown);
            return self.enter(slot);
        }
        self.tell_held(slot);
    }

    fn replace_plain(&mut self, handle: Handle, price: Price, qty: Qty) {
        let Some(old) = self.shown.get(handle) else { return };
        let id = old.id;
        let sound = self.rules.size(qty).and_then(|()| self.rules.rests(old.side, price, qty));
        let keeps = price == old.price && qty <= old.left;
        let phase = |desk: &Self| if keeps { Ok(()) } else { desk.check_phase() };
        let price = match sound.and_then(|()| phase(self)).and_then(|()| self.banded(old.side, price, qty)) {
            Ok(price) => price,
            Err(why) => return self.refuse(id, why, true),
        };
        if price == old.price && qty <= old.left {
            self.shown.reduce(handle, old.left.saturating_sub(qty));
            return self.tell(Told::Accepted { id, price, left: qty });
        }
        self.shown.cancel(handle);
        self.back.index.remove(id);
        let (side, tif) = (old.side, Tif::Gtc);
        self.come_in(Entry { id, side, tif, price, qty: qty.0, min_qty: 0, slot: None });
    }

    fn check_replace(&self, slot: u32, price: Price, qty: Qty) -> Result<(), Reject> {
        self.rules.size(qty)?;
        let extra = self.back.rare.at(slot);
        if !terms::shows_enough(extra.terms.display, qty) {
            return Err(Reject::BadQty);
        }
        let unlimited = is_market(extra.side, extra.limit);
        if extra.terms.trigger.is_some() && unlimited {
            let is_price = matches!(extra.terms.trigger, Some(Trigger::Stop { .. }));
            if is_price && !self.rules.triggers(price) {
                return Err(Reject::BadPrice);
            }
            return self.check_phase();
        }
        let may_be_unlimited = extra.tif != Tif::Gtc || extra.terms.peg.is_some();
        if !(may_be_unlimited && is_market(extra.side, price)) {
            self.rules.rests(extra.side, price, qty)?;
        }
        let rests = matches!(extra.at, At::Shown(_) | At::Hidden(_));
        if rests && extra.terms.peg.is_none() {
            self.banded(extra.side, price, qty)?;
        }
        let was = if extra.terms.peg.is_some() { extra.limit } else { extra.price };
        if rests && price == was && qty.0 <= extra.left { Ok(()) } else { self.check_phase() }
    }

    /// Of a market order that waits for an uncrossing, only the size changes.
    fn replace_waiting(&mut self, slot: u32, qty: Qty) {
        if self.resize(slot, qty) {
            self.back.rare.take_out(slot, self.shown);
            self.wait_in_call(slot);
        }
        self.tell_held(slot);
    }

    /// Of a stop that is held, the price is the limit if it has one, else the stop price.
    fn replace_stop(&mut self, slot: u32, price: Price, qty: Qty) {
        let extra = *self.back.rare.at(slot);
        let waits = extra.at == At::Held;
        let new = self.back.rare.at_mut(slot);
        if !is_market(extra.side, extra.limit) {
            new.limit = price;
        } else if let Some(Trigger::Stop { price: stop }) = &mut new.terms.trigger {
            *stop = price;
            new.price = price;
        }
        let moved = new.price != extra.price;
        let larger = self.resize(slot, qty);
        if waits {
            // For its parent.
            if qty.0 > extra.left {
                self.back.rare.hold(slot);
            }
            return self.tell_held(slot);
        }
        if self.back.rare.at(slot).at == At::Held {
            return self.tell_held(slot);
        }
        if moved {
            self.back.rare.take_out(slot, self.shown);
            return self.watch(slot, false);
        }
        if larger {
            self.put_among_stops(slot);
        }
        self.tell_held(slot);
    }

    /// Gives an order another size where it is. True if what is in a book or held has to get larger, which is done
    /// for the account only.
    fn resize(&mut self, slot: u32, qty: Qty) -> bool {
        let rare = &mut *self.back.rare;
        let extra = rare.at_mut(slot);
        extra.terms.min_qty.0 = extra.least();
        let left = extra.left;
        if qty.0 <= left {
            if qty.0 < left {
                self.cut(slot, left - qty.0, false);
            }
            return false;
        }
        extra.left = qty.0;
        if extra.parent != NONE {
            extra.waiting += qty.0 - left;
            return false;
        }
        true
    }
}
