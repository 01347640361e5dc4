//! How orders come in and come to rest (§4.1 of the rule book).

use prism_core::msg::{CancelReason, Display, Order, Reject, Session, Terms, Trigger};
use prism_core::types::{OrderId, Price, Qty, Side, Tif, Time};

use super::counting::Wanted;
use super::desk::{Desk, Found, Taker};
use super::extra::{At, Extra};
use super::{OrderIndex, Told, terms};
use crate::book::BookEngine;

/// An order as it comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) tif: Tif,
    /// Its limit, or its peg's price.
    pub(super) price: Price,
    pub(super) qty: u64,
    pub(super) min_qty: u64,
    pub(super) slot: Option<u32>,
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Takes a new order without terms in, or refuses it. Not yet settled.
    pub(super) fn plain_order(&mut self, id: OrderId, order: &Order) {
        let Order { side, mut tif, qty, mut price, .. } = *order;
        let mut sound = self.check_plain(id, order).and_then(|()| self.banded(side, price, qty));
        if tif == Tif::PostOnly {
            sound = sound.and_then(|price| self.post(side, price, qty, false));
            tif = Tif::Gtc;
        }
        match sound {
            Ok(at) => price = at,
            Err(why) => return self.tell(Told::Rejected { id, why, open: why == Reject::DuplicateId }),
        }
        self.come_in(Entry { id, side, tif, price, qty: qty.0, min_qty: 0, slot: None });
    }

    /// Takes a new order in, or refuses it. Not yet settled.
    pub(super) fn new_order(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms) {
        if let Err(why) = self.check_new(now, id, order, terms) {
            let open = why == Reject::DuplicateId;
            return self.tell(Told::Rejected { id, why, open });
        }
        let terms = terms::effective(order, terms);
        let Order { side, mut tif, qty, mut price, .. } = *order;
        let trades = self.trades();
        let waits = terms.trigger.is_some() || terms.after.is_some() || terms.session != Session::Any;
        let at_once = tif == Tif::Fok || tif == Tif::Ioc && !terms.min_qty.is_zero();
        if !waits && !trades && (at_once || tif == Tif::PostOnly && terms.oco.is_some()) {
            return self.tell(Told::Rejected { id, why: Reject::Closed, open: false });
        }
        if !waits && terms.peg.is_none() {
            price = match self.banded(side, price, qty) {
                Ok(price) => price,
                Err(why) => return self.tell(Told::Rejected { id, why, open: false }),
            };
        }
        let in_a_call = terms.session != Session::Any || !trades;
        if terms.market_to_limit && !in_a_call {
            // From here on an ordinary limit order.
            let Some(best) = self.best_match(side, self.band(side, price), qty.0) else {
                return self.tell(Told::Cancelled { id, left: qty, why: CancelReason::TimeInForce });
            };
            if let Err(why) = self.rules.rests(side, best, qty) {
                return self.tell(Told::Rejected { id, why, open: false });
            }
            (tif, price) = (Tif::Gtc, best);
        }
        if tif == Tif::PostOnly {
            price = match self.post(side, price, qty, terms.slide) {
                Ok(price) => price,
                Err(why) => return self.tell(Told::Rejected { id, why, open: false }),
            };
            tif = Tif::Gtc;
        }
        let plain = Terms { market_to_limit: terms.market_to_limit && in_a_call, slide: false, ..terms };
        if plain.is_plain()
            || (plain == Terms { min_qty: terms.min_qty, ..Terms::default() } && tif == Tif::Ioc)
        {
            let min_qty = terms.min_qty.0;
            return self.come_in(Entry { id, side, tif, price, qty: qty.0, min_qty, slot: None });
        }
        let extra = Extra::new(id, side, tif, price, qty, plain);
        match self.back.rare.enter(extra, self.back.index) {
            Ok(slot) => self.first_time(slot),
            Err(why) => self.tell(Told::Rejected { id, why, open: false }),
        }
    }

    fn check_new(&self, now: Time, id: OrderId, order: &Order, terms: &Terms) -> Result<(), Reject> {
        if self.back.index.get(id).is_some() {
            return Err(Reject::DuplicateId);
        }
        self.rules.size(order.qty)?;
        if self.never_trades(terms) {
            return Err(Reject::BadTerms);
        }
        terms::check(now, id, order, terms)?;
        let gone = |other: Option<OrderId>| other.is_some_and(|other| self.find(other).is_none());
        if gone(terms.oco) || gone(terms.after) {
            return Err(Reject::TooLate);
        }
        let of_a_call = |slot| self.back.rare.at(slot).terms.session != Session::Any;
        if terms.oco.and_then(|other| self.slot(other)).is_some_and(of_a_call) {
            return Err(Reject::BadTerms);
        }
        if let Some(Trigger::Stop { price }) = terms.trigger
            && !self.rules.triggers(price)
        {
            return Err(Reject::BadPrice);
        }
        if !order.is_market() || terms.peg.is_none() {
            self.check_price(order)?;
        }
        self.check_phase()
    }

    fn check_plain(&self, id: OrderId, order: &Order) -> Result<(), Reject> {
        if self.back.index.get(id).is_some() {
            return Err(Reject::DuplicateId);
        }
        self.rules.size(order.qty)?;
        self.check_price(order)?;
        self.check_phase()
    }

    fn check_price(&self, order: &Order) -> Result<(), Reject> {
        if order.is_market() && matches!(order.tif, Tif::Ioc | Tif::Fok) {
            return Ok(()); // it trades at the prices of resting orders, which were looked at when they came
        }
        self.rules.rests(order.side, order.price, order.qty)
    }

    /// The price of a post-only order.
    fn post(&self, side: Side, price: Price, qty: Qty, slide: bool) -> Result<Price, Reject> {
        if !self.trades() {
            return Ok(price);
        }
        let Some(best) = self.best_match(side, price, qty.0) else { return Ok(price) };
        let behind = best.0.checked_sub(side.sign()).map(|price| self.rules.rounded(side, Price(price)));
        let behind = behind.filter(|_| slide).ok_or(Reject::WouldTrade)?;
        self.rules.rests(side, behind, qty).map(|()| behind).map_err(|_| Reject::WouldTrade)
    }

    /// An order with a slot, new in the market: it is linked, and waits or comes in.
    fn first_time(&mut self, slot: u32) {
        let terms = self.back.rare.at(slot).terms;
        if let Some(other) = terms.oco {
            self.join(slot, other);
            if !self.trades()
                && let Some(other) = self.slot(other)
            {
                self.hold_resting(other);
            }
        }
        if let Some(parent) = terms.after {
            self.wait_for(slot, parent);
        } else if self.waits_for_phase(&terms) {
            self.back.rare.hold(slot);
            self.tell_held(slot);
        } else {
            self.arrive(slot);
        }
    }

    /// An order with a slot that waits neither for a parent nor for a call comes in.
    pub(super) fn arrive(&mut self, slot: u32) {
        if self.back.rare.at(slot).terms.trigger.is_some() {
            self.watch(slot, true);
        } else {
            self.enter(slot);
        }
    }

    /// An order with a slot comes in, from "its price" on.
    pub(super) fn enter(&mut self, slot: u32) {
        let extra = *self.back.rare.at(slot);
        if !self.trades() && extra.tif != Tif::Fok && self.back.rare.is_linked(&extra) {
            self.back.rare.hold(slot);
            return self.tell_held(slot);
        }
        let price = if extra.terms.peg.is_some() {
            let Some(price) = self.peg_price(&extra) else {
                self.back.rare.hold(slot);
                return self.tell_held(slot);
            };
            price
        } else {
            match self.banded(extra.side, extra.limit, Qty(extra.left)) {
                Ok(price) => price,
                Err(why) => {
                    self.drop_slot(slot);
                    return self.tell(Told::Rejected { id: extra.id, why, open: false });
                }
            }
        };
        if extra.terms.peg.is_none() {
            self.back.rare.at_mut(slot).limit = price;
        }
        if extra.terms.market_to_limit && self.trades() {
            return self.enter_at_best(slot);
        }
        self.come_in(Entry {
            id: extra.id,
            side: extra.side,
            tif: extra.tif,
            price,
            qty: extra.inside(),
            min_qty: extra.least(),
            slot: Some(slot),
        });
    }

    /// A market-to-limit order that waited for an uncrossing comes in when orders trade again.
    fn enter_at_best(&mut self, slot: u32) {
        let extra = *self.back.rare.at(slot);
        let (side, qty) = (extra.side, Qty(extra.inside()));
        let Some(price) = self.best_match(side, self.band(side, extra.limit), qty.0) else {
            return self.withdraw(slot, CancelReason::TimeInForce);
        };
        if let Err(why) = self.rules.rests(side, price, qty) {
            self.drop_slot(slot);
            return self.tell(Told::Rejected { id: extra.id, why, open: false });
        }
        let order = self.back.rare.at_mut(slot);
        (order.limit, order.tif, order.terms.market_to_limit) = (price, Tif::Gtc, false);
        self.enter(slot);
    }

    /// From "fill or kill" on.
    pub(super) fn come_in(&mut self, entry: Entry) {
        let Entry { id, side, tif, price, qty, min_qty, slot } = entry;
        if !self.trades() {
            return self.collect(entry);
        }
        let reach = self.band(side, price);
        let within = self.within_corridor(side, reach, qty);
        let least = if tif == Tif::Fok { qty } else { min_qty };
        let would_do = least == 0
            || within.is_some_and(|limit| self.counts(&Wanted { id, side, limit, qty, slot }) >= least);
        if !would_do && tif != Tif::Gtc {
            if let Some(slot) = slot {
                self.drop_slot(slot);
            }
            return self.tell(Told::Rejected { id, why: Reject::NotFilled, open: false });
        }
        let waiting = slot.map_or(0, |slot| self.back.rare.at(slot).waiting);
        let mut taker = Taker { id, side, limit: price, left: qty, waiting, slot, ended: None };
        if would_do && let Some(limit) = within {
            taker.limit = limit;
            self.trade(&mut taker);
        }
        if let Some(left) = taker.ended {
            self.cancel_rest(&taker, left, CancelReason::SelfTrade);
        } else if taker.left == 0 {
            match slot {
                Some(slot) if waiting == 0 => self.drop_slot(slot),
                Some(slot) => self.back.rare.hold(slot),
                None => {}
            }
        } else if least == 0 && self.is_interrupted(side, reach, taker.left) {
            self.interrupt(Entry { qty: taker.left, ..entry });
        } else if tif == Tif::Gtc {
            self.rest(&taker, price);
        } else {
            self.cancel_rest(&taker, taker.left, CancelReason::TimeInForce);
        }
    }

    fn cancel_rest(&mut self, taker: &Taker, left: u64, why: CancelReason) {
        if let Some(slot) = taker.slot {
            self.drop_slot(slot);
        }
        self.tell(Told::Cancelled { id: taker.id, left: Qty(left + taker.waiting), why });
    }

    /// Puts what is left at the end of its queue.
    pub(super) fn rest(&mut self, taker: &Taker, price: Price) {
        let Taker { id, side, left, .. } = *taker;
        let accepted = Told::Accepted { id, price, left: Qty(left + taker.waiting) };
        let Some(slot) = taker.slot else { return self.rest_plain(id, side, price, Qty(left), accepted) };
        let rare = &mut *self.back.rare;
        let arrival = rare.next_arrival();
        let extra = rare.at_mut(slot);
        (extra.price, extra.arrival) = (price, arrival);
        let (display, picky) = (extra.terms.display, !extra.terms.min_qty.is_zero());
        if display == Display::Hidden {
            if let Ok(handle) = rare.hidden.insert_resting(id, side, price, Qty(left)) {
                rare.at_mut(slot).at = At::Hidden(handle);
                rare.picky[side as usize] += u32::from(picky);
            }
            return self.tell(accepted);
        }
        if rare.becomes_plain(slot) {
            return self.rest_plain(id, side, price, Qty(left), accepted);
        }
        let peak = rare.peak(display, left);
        if let Ok(handle) = self.shown.insert_resting(id, side, price, Qty(peak)) {
            rare.at_mut(slot).reserve = left - peak;
            rare.shows(slot, handle);
        }
        self.tell(accepted);
    }

    fn rest_plain(&mut self, id: OrderId, side: Side, price: Price, left: Qty, accepted: Told) {
        match self.shown.insert_resting(id, side, price, left) {
            Ok(handle) if self.back.index.set(id, handle.place()).is_ok() => self.tell(accepted),
            Ok(handle) => {
                // No agent's own ids come here; the order is taken out as if it had never rested.
                self.shown.cancel(handle);
                self.tell(Told::Cancelled { id, left, why: CancelReason::Venue });
            }
            Err(why) => self.tell(Told::Rejected { id, why, open: false }),
        }
    }

    /// Tells that an order is held, or has a new price or size where it is.
    pub(super) fn tell_held(&mut self, slot: u32) {
        let extra = self.back.rare.at(slot);
        let told = Told::Accepted { id: extra.id, price: extra.told_price(), left: Qty(extra.left) };
        self.tell(told);
    }

    /// The slot of an order that is there, which it gets if it had none.
    pub(super) fn with_slot(&mut self, id: OrderId) -> Option<u32> {
        let handle = match self.find(id)? {
            Found::Slot(slot) => return Some(slot),
            Found::Plain(handle) => handle,
        };
        let order = self.shown.get(handle)?;
        let extra = Extra::new(id, order.side, Tif::Gtc, order.price, order.left, Terms::default());
        let slot = self.back.rare.enter(extra, self.back.index).ok()?;
        let rare = &mut *self.back.rare;
        rare.at_mut(slot).arrival = rare.next_arrival();
        rare.shows(slot, handle);
        Some(slot)
    }
}

impl Extra {
    /// The price that the owner is told: the stop price, the price at which the order rests, or the limit.
    pub(super) fn told_price(&self) -> Price {
        let held = matches!(self.at, At::Held | At::Waits(_));
        if self.terms.trigger.is_some() || !held { self.price } else { self.limit }
    }
}
