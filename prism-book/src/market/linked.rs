//! Orders that share their quantity, and legs that wait for their parent (§4.6 of the rule book).

use prism_core::msg::CancelReason;
use prism_core::types::{OrderId, Qty};

use super::desk::Desk;
use super::extra::{At, NONE};
use super::{OrderIndex, Told};
use crate::book::BookEngine;

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// An order joins the group of another one.
    pub(super) fn join(&mut self, slot: u32, other: OrderId) {
        let Some(member) = self.with_slot(other) else { return };
        let rare = &mut *self.back.rare;
        let mut group = rare.at(member).group;
        if group == NONE {
            group = rare.sets.begin();
            rare.sets.join(group, other, member);
            rare.at_mut(member).group = group;
            rare.grouped += 1;
        }
        rare.sets.join(group, rare.at(slot).id, slot);
        rare.at_mut(slot).group = group;
        rare.grouped += 1;
    }

    /// An order is held until its parent trades.
    pub(super) fn wait_for(&mut self, slot: u32, parent: OrderId) {
        let Some(parent) = self.with_slot(parent) else { return };
        let last = *self.back.last;
        let rare = &mut *self.back.rare;
        let mut family = rare.at(parent).family;
        if family == NONE {
            family = rare.sets.begin();
            rare.at_mut(parent).family = family;
        }
        rare.sets.join(family, rare.at(slot).id, slot);
        let leg = rare.at_mut(slot);
        leg.parent = parent;
        leg.waiting = leg.left;
        leg.best = last;
        leg.price = leg.stop_price(last);
        rare.hold(slot);
        self.tell_held(slot);
    }

    /// Of the legs whose parent has traded or is gone, the first comes in. True if there is one.
    pub(super) fn look_at_legs(&mut self) -> bool {
        let rare = &mut *self.back.rare;
        let ready = rare.due.iter().copied().filter(|&leg| rare.at(leg).at != At::Coming);
        let Some(slot) = ready.min_by_key(|&leg| rare.at(leg).arrival) else { return false };
        rare.due.retain(|&leg| leg != slot);
        let orphan = rare.at(slot).parent == NONE;
        let never = if orphan { rare.at(slot).waiting - rare.at(slot).owed } else { 0 };
        if never > 0 {
            let leg = rare.at_mut(slot);
            leg.waiting -= never;
            leg.left -= never;
            let (id, left) = (leg.id, Qty(leg.left));
            if left.is_zero() {
                self.drop_slot(slot);
                self.tell(Told::Cancelled { id, left: Qty(never), why: CancelReason::Linked });
                return true;
            }
            self.tell(Told::Reduced { id, left, why: CancelReason::Linked });
        }
        let rare = &mut *self.back.rare;
        let leg = rare.at_mut(slot);
        let part = std::mem::take(&mut leg.owed);
        if part == 0 {
            return true;
        }
        let nothing_yet = leg.inside() == 0 && leg.reserve == 0;
        leg.waiting -= part;
        if matches!(leg.at, At::Stop(..)) {
            self.put_among_stops(slot);
            self.tell_held(slot);
        } else {
            rare.take_out(slot, self.shown);
            if nothing_yet {
                self.arrive(slot);
            } else {
                self.enter(slot);
            }
        }
        true
    }
}
