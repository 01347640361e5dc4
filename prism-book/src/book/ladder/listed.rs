//! What is ahead of an order, and the way around to orders that are listed because someone asked.

use prism_core::types::Qty;

use super::cells::NONE;
use super::fenwick::{Sum, steps};
use super::{Ladder, Resting, Taken};

/// Orders that are walked past before a queue is listed: as many as are cheaper to walk past.
const NEAR: u32 = 32;

impl Ladder {
    /// The level of an order, listed or not.
    pub(super) fn level_of(&self, order: u32) -> u32 {
        self.positions.level(order).unwrap_or(self.cells.at(order).level())
    }

    /// Takes `by` off a listed order.
    #[cold]
    #[inline(never)]
    pub(super) fn take_listed(&mut self, order: u32, by: u64) -> Taken {
        let there = self.cells.at(order).qty;
        if by < there {
            self.positions.shrink(order, by);
            let level = self.level_of(order);
            let row = self.cells.at_mut(level);
            row.qty = row.qty.wrapping_sub(by);
            self.cells.at_mut(order).qty = there - by;
            return Taken { qty: Qty(by), left: Qty(there - by) };
        }
        self.positions.strike(order, &mut self.cells);
        self.take(order, by)
    }

    /// Takes a listed order out.
    #[cold]
    #[inline(never)]
    pub(super) fn remove_listed(&mut self, order: u32) -> Resting {
        let old = self.resting(order);
        self.take_listed(order, u64::MAX);
        old
    }

    /// Strikes the listed ones of the orders that an incoming order of `left` lots is about to reach on a side, down
    /// to the key `limit`.
    #[cold]
    #[inline(never)]
    pub(super) fn strike_reach(&mut self, side: usize, limit: i64, mut left: u64) {
        let mut level = self.sides[side].best;
        while left != 0 && level != NONE && self.cells.at(level).key() >= limit {
            let total = self.total(level);
            if self.positions.has_tree(level) {
                if u128::from(left) >= total {
                    self.positions.strike_all(level, &mut self.cells);
                } else {
                    self.positions.strike_front(level, left, &mut self.cells);
                }
            }
            left = u64::try_from(u128::from(left).saturating_sub(total)).unwrap_or(0);
            level = self.sides[side].next(self.cells.at(level).key(), &self.cells);
        }
    }

    /// What is before an order in its queue.
    pub(super) fn sum_ahead(&mut self, order: u32) -> Sum {
        let level = self.level_of(order);
        let (mut at, mut sum) = (order, Sum::default());
        for _ in 0..=NEAR {
            if self.positions.lists(at) {
                break;
            }
            let before = self.cells.at(at).prev;
            if before == level {
                return sum;
            }
            steps::count();
            sum = sum.and(Sum::one(self.cells.at(before).qty));
            at = before;
        }
        if !self.positions.lists(at) {
            self.positions.list(at, level, &mut self.cells);
        }
        sum = sum.and(self.positions.before(at));
        // A head that was partly filled is not listed.
        let mut head = self.cells.at(level).next;
        while !self.positions.lists(head) {
            steps::count();
            sum = sum.and(Sum::one(self.cells.at(head).qty));
            head = self.cells.at(head).next;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use prism_core::types::{OrderId, Price, Side, Tif};

    use super::*;
    use crate::book::{BookEngine, Handle, Incoming, Outcome};

    fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        }
    }

    /// A hundred thousand orders at one price, and as many changes with a question each.
    #[test]
    fn a_question_takes_logarithmic_time() {
        const ORDERS: u64 = 100_000;
        let (mut book, mut below) = (Ladder::default(), numbers(7));
        let rest = |book: &mut Ladder, id| {
            book.insert_resting(OrderId(id), Side::Buy, Price(10), Qty(1 + id % 9)).expect("a sound order")
        };
        let mut orders: Vec<Handle> = (0..ORDERS).map(|id| rest(&mut book, id)).collect();
        let last = *orders.last().expect("orders");
        steps::taken();
        assert_eq!(book.ahead(last).expect("it rests").orders, ORDERS - 1);
        let first = steps::taken();
        assert!(first < 4 * ORDERS, "the first question listed {ORDERS} orders in {first} steps");
        let mut total = 0;
        for id in ORDERS..2 * ORDERS {
            if id % 4 == 0 {
                let taker = Incoming {
                    id: OrderId(id),
                    side: Side::Sell,
                    tif: Tif::Ioc,
                    qty: Qty(7),
                    price: Price(1),
                };
                assert_eq!(book.submit(taker, &mut |_| {}), Outcome::Filled);
            }
            // Any of these may have traded by now.
            book.cancel(orders.swap_remove(below(orders.len())));
            orders.push(rest(&mut book, id));
            book.ahead(orders[below(orders.len())]);
            total += steps::taken();
            // A path of at most 18 nodes for each change and one for the question, the orders nearby, the listing.
            assert!(total < 50 * ORDERS, "{total} steps for {} changes and questions", id - ORDERS);
        }
        book.check().expect("a sound book");
        // Nothing has come since the last listing: no question is more than a path and the orders nearby.
        let last = *orders.last().expect("orders");
        book.ahead(last).expect("it rests");
        steps::taken();
        for asked in orders {
            book.ahead(asked);
            let steps = steps::taken();
            assert!(steps <= u64::from(NEAR) + 1 + 18, "{steps} steps");
        }
    }

    /// Whoever never asks pays nothing.
    #[test]
    fn nothing_is_listed_before_someone_asks_far_back() {
        let mut book = Ladder::default();
        let mut orders = Vec::new();
        for id in 0..100 {
            orders.push(book.insert_resting(OrderId(id), Side::Sell, Price(5), Qty(2)).expect("sound"));
        }
        book.ahead(orders[32]).expect("it rests");
        assert!(!book.positions.any());
        assert_eq!(book.ahead(orders[33]).expect("it rests").qty, Qty(66));
        assert!(book.positions.any());
        steps::taken();
        book.clear();
        assert!(!book.positions.any());
        assert_eq!((book.ahead(orders[0]), book.ahead(orders[50])), (None, None));
    }
}
