//! How much an order would trade at once ("Counting" in §4.2 of the rule book).

use prism_core::types::{OrderId, Price, Side};

use super::desk::{Desk, better, reaches};
use super::extra::NONE;
use super::{Matching, OrderIndex, SelfTrade, Told};
use crate::book::{BookEngine, Resting};

/// What is counted for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) limit: Price,
    pub(super) qty: u64,
    pub(super) slot: Option<u32>,
}

/// A count under way.
struct Count {
    left: u64,
    /// What has been counted of orders of each group.
    groups: Vec<(u32, u64)>,
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// How much of what is wanted would trade, at most all of it.
    pub(super) fn counts(&self, wanted: &Wanted) -> u64 {
        let (rare, other) = (&*self.back.rare, !wanted.side);
        let within = |price: Price| reaches(wanted.side, wanted.limit, price);
        if self.rules.self_trade == SelfTrade::Allow
            && rare.grouped == 0
            && !rare.marked.would_trade(wanted.side, wanted.limit)
            && !rare.hidden.would_trade(wanted.side, wanted.limit)
        {
            let mut left = wanted.qty;
            for level in self.shown.levels(other).take_while(|level| within(level.price)) {
                left = left.saturating_sub(level.qty.0);
                if left == 0 {
                    break;
                }
            }
            return wanted.qty - left;
        }
        let mut count = Count { left: wanted.qty, groups: Vec::new() };
        let orders = |book: &B| -> Vec<Resting> {
            book.orders(other).map(|(_, order)| order).take_while(|order| within(order.price)).collect()
        };
        let (shown, hidden) = (orders(self.shown), orders(&rare.hidden));
        let (mut shown, mut hidden) = (&shown[..], &hidden[..]);
        while count.left > 0 {
            let next = match (shown.first(), hidden.first()) {
                (Some(a), Some(b)) if better(other, b.price, a.price) => b.price,
                (Some(a), _) => a.price,
                (None, Some(b)) => b.price,
                (None, None) => break,
            };
            let level = shown.partition_point(|order| !better(other, next, order.price));
            let unseen = hidden.partition_point(|order| !better(other, next, order.price));
            if !self.count_level(wanted, &mut count, &shown[..level])
                || !self.count_hidden(wanted, &mut count, &hidden[..unseen])
            {
                break;
            }
            (shown, hidden) = (&shown[level..], &hidden[unseen..]);
        }
        wanted.qty - count.left
    }

    fn own(&self, wanted: &Wanted, maker: OrderId) -> bool {
        self.rules.self_trade != SelfTrade::Allow && maker.agent() == wanted.id.agent()
    }

    /// True for an order that is linked to the one that comes in, and could trade with it: what others trade makes it
    /// smaller, so that nothing of it is certain.
    fn partner(&self, wanted: &Wanted, maker: OrderId) -> bool {
        let group = self.group(wanted.slot);
        self.rules.self_trade == SelfTrade::Allow && group != NONE && group == self.group(self.slot(maker))
    }

    /// Counts a displayed level. False if counting ends in it.
    fn count_level(&self, wanted: &Wanted, count: &mut Count, level: &[Resting]) -> bool {
        let stops = self.rules.self_trade != SelfTrade::CancelOldest;
        let met = |count: &Count, order: &Resting| {
            let slot = self.slot(order.id);
            self.own(wanted, order.id) && self.taken_by_group(wanted, count, slot) < self.whole(slot, order)
        };
        let own = stops && level.iter().any(|order| met(count, order));
        if own && self.rules.matching != Matching::PriceTime {
            return false;
        }
        // Peaks come before the next ones, and an own order may be between them.
        for order in level.iter().filter(|_| own) {
            if met(count, order) {
                return false;
            }
            if !self.own(wanted, order.id) {
                let slot = self.slot(order.id);
                self.add(wanted, count, slot, self.whole(slot, order), order.left.0);
            }
        }
        let counts = |order: &&Resting| !self.own(wanted, order.id) && !self.partner(wanted, order.id);
        for order in level.iter().filter(counts) {
            let slot = self.slot(order.id);
            let mut whole = self.whole(slot, order);
            // What its group has taken off an order includes what has been counted of itself.
            if own && self.group(slot) == NONE {
                whole -= order.left.0;
            }
            self.add(wanted, count, slot, whole, u64::MAX);
        }
        true
    }

    /// Counts the hidden orders of one price. False if counting ends there.
    fn count_hidden(&self, wanted: &Wanted, count: &mut Count, level: &[Resting]) -> bool {
        for order in level {
            let Some(slot) = self.slot(order.id) else { continue };
            let extra = self.back.rare.at(slot);
            let taken = self.taken_by_group(wanted, count, Some(slot));
            let there = (extra.left - extra.waiting).saturating_sub(taken);
            let passed_over = extra.least().min(there) > count.left;
            if there == 0 || passed_over || self.partner(wanted, order.id) {
                continue;
            }
            if self.own(wanted, order.id) {
                if self.rules.self_trade != SelfTrade::CancelOldest {
                    return false;
                }
                continue;
            }
            self.add(wanted, count, Some(slot), extra.left - extra.waiting, u64::MAX);
        }
        true
    }

    /// What of a resting order may trade, displayed or not.
    fn whole(&self, slot: Option<u32>, order: &Resting) -> u64 {
        slot.map_or(order.left.0, |slot| {
            let extra = self.back.rare.at(slot);
            extra.left - extra.waiting
        })
    }

    fn group(&self, slot: Option<u32>) -> u32 {
        slot.map_or(NONE, |slot| self.back.rare.at(slot).group)
    }

    /// What the orders counted so far would have taken off this one.
    fn taken_by_group(&self, wanted: &Wanted, count: &Count, slot: Option<u32>) -> u64 {
        let group = self.group(slot);
        if group == NONE {
            return 0;
        }
        if group == self.group(wanted.slot) {
            return wanted.qty - count.left;
        }
        count.groups.iter().find(|of| of.0 == group).map_or(0, |of| of.1)
    }

    /// Counts an order of `whole` lots, at most `most` of them.
    fn add(&self, wanted: &Wanted, count: &mut Count, slot: Option<u32>, whole: u64, most: u64) {
        let taken = self.taken_by_group(wanted, count, slot);
        let qty = whole.saturating_sub(taken).min(most).min(count.left);
        count.left -= qty;
        let group = self.group(slot);
        if group != NONE {
            match count.groups.iter_mut().find(|of| of.0 == group) {
                Some(of) => of.1 += qty,
                None => count.groups.push((group, qty)),
            }
        }
    }
}
