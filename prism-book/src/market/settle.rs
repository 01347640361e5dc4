//! Settling: what follows from a message, until nothing changes (§3 of the rule book).

use prism_core::msg::CancelReason;
use prism_core::types::{Qty, Side, Time};

use super::counting::Wanted;
use super::desk::{Desk, Taker};
use super::extra::{At, slot_of};
use super::{OrderIndex, Told};
use crate::book::BookEngine;

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Takes out what expires at `time`, in the order of the ids.
    pub(super) fn expire(&mut self, time: Time) {
        while let Some(&(_, id)) = self.back.rare.expiries.first().filter(|&&(at, _)| at == time) {
            match self.back.index.get(id).and_then(slot_of) {
                Some(slot) => self.withdraw(slot, CancelReason::Expired),
                None => drop(self.back.rare.expiries.pop_first()),
            }
        }
        self.settle();
    }

    /// Carries out what follows, until nothing does.
    ///
    /// The settling of each triggered stop comes before the next one of its look: the stops of a later look lie on
    /// those of an earlier one.
    pub(super) fn settle(&mut self) {
        loop {
            let next = if self.look_at_bands() {
                continue;
            } else if self.look_at_stops() {
                true
            } else if self.look_at_legs() || self.look_at_pegs() || self.look_at_picky() {
                continue;
            } else {
                !self.back.rare.triggered.is_empty()
            };
            if !next {
                return;
            }
            if let Some((slot, id)) = self.back.rare.triggered.pop() {
                let extra = self.back.rare.at(slot);
                if extra.id == id && extra.at == At::Coming {
                    self.enter(slot);
                }
            }
        }
    }

    /// The first hidden order that could trade its minimum quantity by now does. True if there is one.
    fn look_at_picky(&mut self) -> bool {
        if !self.trades() {
            return false;
        }
        for side in Side::BOTH {
            if self.back.rare.picky[side as usize] > 0
                && let Some(slot) = self.first_picky(side)
            {
                self.trade_picky(slot);
                return true;
            }
        }
        false
    }

    fn first_picky(&self, side: Side) -> Option<u32> {
        let rare = &*self.back.rare;
        let crosses = |price| self.shown.would_trade(side, price) || rare.hidden.would_trade(side, price);
        let reached = rare.hidden.orders(side).take_while(|(_, order)| crosses(order.price));
        reached.filter_map(|(_, order)| self.slot(order.id)).find(|&slot| {
            let extra = rare.at(slot);
            let (qty, least) = (extra.inside(), extra.least());
            let within = self.within_corridor(side, extra.price, qty);
            least > 0
                && within.is_some_and(|limit| {
                    self.counts(&Wanted { id: extra.id, side, limit, qty, slot: Some(slot) }) >= least
                })
        })
    }

    /// A hidden order trades as an incoming one, from its place.
    fn trade_picky(&mut self, slot: u32) {
        let extra = *self.back.rare.at(slot);
        let left = extra.inside();
        let (id, side) = (extra.id, extra.side);
        let limit = self.within_corridor(side, extra.price, left).unwrap_or(extra.price);
        let mut taker = Taker { id, side, limit, left, waiting: 0, slot: Some(slot), ended: None };
        self.trade(&mut taker);
        if let Some(left) = taker.ended {
            self.drop_slot(slot);
            return self.tell(Told::Cancelled { id, left: Qty(left), why: CancelReason::SelfTrade });
        }
        if taker.left == 0 {
            return self.drop_slot(slot);
        }
        if let At::Hidden(handle) = extra.at {
            self.back.rare.hidden.reduce(handle, Qty(left - taker.left));
        }
        self.tell_held(slot);
    }
}
