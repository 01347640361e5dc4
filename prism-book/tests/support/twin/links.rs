//! §4.6: orders that share their quantity, and orders that wait for another one's trades.

use prism_core::msg::CancelReason;
use prism_core::types::OrderId;

use super::Twin;
use super::order::Place;

impl Twin {
    /// Makes an order a member of the group of the one that it names.
    pub(super) fn join(&mut self, id: OrderId, other: OrderId) {
        let group = self.order(other).group.unwrap_or(self.groups);
        self.groups += 1; // no number twice
        self.order_mut(other).group = Some(group);
        self.order_mut(id).group = Some(group);
    }

    /// A trade of two orders makes the others of their groups smaller.
    pub(super) fn take_off_linked(&mut self, maker: OrderId, taker: OrderId, qty: u64) {
        let groups = [self.order(maker).group, self.order(taker).group];
        let both = if groups[0] == groups[1] { &groups[..1] } else { &groups[..] };
        for group in both.iter().flatten() {
            let mut members: Vec<OrderId> = self
                .orders
                .iter()
                .filter(|order| order.group == Some(*group))
                .map(|order| order.id)
                .collect();
            members.sort_unstable();
            for id in members.into_iter().filter(|&id| id != maker && id != taker) {
                let by = qty.min(self.order(id).left);
                self.order_mut(id).take_by_link(by);
                self.tell_smaller(id, by, CancelReason::Linked);
                self.gone_or_held_if_used_up(id);
            }
        }
    }

    /// A new order that waits for its parent.
    pub(super) fn wait_for_parent_from_the_start(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        order.outside = order.left;
        self.hold(id, Place::WaitsForParent);
        if self.order(id).terms.trigger.is_some() {
            self.set_stop(id);
        }
        let price = self.order(id).told_price();
        self.accept(id, price);
    }

    /// An order has traded: as much of those that wait for it may come in.
    pub(super) fn let_legs_in(&mut self, parent: OrderId, qty: u64) {
        for leg in &mut self.orders {
            if leg.terms.after == Some(parent) && !leg.parent_gone {
                leg.due = leg.outside.min(leg.due.saturating_add(qty));
            }
        }
    }

    /// Settling, 2: the first order that waited for a parent that has traded, or is gone, comes in. True if there
    /// was one.
    pub(super) fn settle_legs(&mut self) -> bool {
        let first = self
            .orders
            .iter()
            .find(|leg| leg.place != Place::Triggered && leg.outside > 0 && (leg.due > 0 || leg.parent_gone));
        let first = first.map(|leg| leg.id);
        if let Some(id) = first {
            self.settle_leg(id);
        }
        first.is_some()
    }

    fn settle_leg(&mut self, id: OrderId) {
        let leg = self.order_mut(id);
        let never = leg.outside - leg.due;
        if leg.parent_gone && never > 0 {
            leg.drop_outside(never);
            self.tell_smaller(id, never, CancelReason::Linked);
            if self.order(id).left == 0 {
                return self.remove(id);
            }
        }
        let leg = self.order_mut(id);
        if leg.due == 0 {
            return;
        }
        leg.outside -= leg.due;
        leg.due = 0;
        let (place, stop) = (leg.place, leg.stop);
        if place == Place::Stop {
            self.move_to_end(id);
            self.accept(id, stop);
        } else if leg.terms.trigger.is_some() {
            self.hold_stop(id);
        } else {
            self.come_in(id);
        }
    }
}
