//! The orders that rest in one book, under the numbers of a file.

use std::collections::BTreeMap;

use prism_core::types::Side;

/// An order in the units of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Its number in the file.
    pub(super) number: u64,
    pub(super) side: Side,
    pub(super) price: i64,
    pub(super) left: u64,
}

/// The book.
#[derive(Debug, Default)]
pub(super) struct Resting {
    /// Numbers by the ids of the run.
    numbers: BTreeMap<u64, u64>,
    /// Ids and orders by number. A number is given when an order joins a queue, so this is the order of every queue.
    orders: BTreeMap<u64, (u64, Order)>,
    /// Sizes by price: bids, asks.
    levels: [BTreeMap<i64, u64>; 2],
}

impl Resting {
    /// An order joins the end of its queue. False if it rests already.
    pub(super) fn add(&mut self, id: u64, order: Order) -> bool {
        if self.numbers.contains_key(&id) {
            return false;
        }
        self.numbers.insert(id, order.number);
        self.orders.insert(order.number, (id, order));
        let level = self.levels[order.side as usize].entry(order.price).or_default();
        *level = level.saturating_add(order.left);
        true
    }

    /// `qty` leaves an order, all of it at most. The order as it was; `None` if there is no such order.
    pub(super) fn take(&mut self, id: u64, qty: u64) -> Option<Order> {
        let number = *self.numbers.get(&id)?;
        let (_, order) = self.orders.get_mut(&number)?;
        let was = *order;
        let qty = qty.min(was.left);
        order.left -= qty;
        if order.left == 0 {
            self.orders.remove(&number);
            self.numbers.remove(&id);
        }
        let levels = &mut self.levels[was.side as usize];
        if let Some(level) = levels.get_mut(&was.price) {
            *level = level.saturating_sub(qty);
            if *level == 0 {
                levels.remove(&was.price);
            }
        }
        Some(was)
    }

    /// What rests under an id.
    pub(super) fn get(&self, id: u64) -> Option<Order> {
        let number = self.numbers.get(&id)?;
        self.orders.get(number).map(|(_, order)| *order)
    }

    /// Whether a price is among the best `levels` of its side, or would be with an order at it.
    pub(super) fn is_among(&self, side: Side, price: i64, levels: usize) -> bool {
        let better = |(other, _): &(i64, u64)| match side {
            Side::Buy => *other > price,
            Side::Sell => *other < price,
        };
        self.levels(side).take(levels).take_while(better).count() < levels
    }

    /// The levels of a side, best first.
    pub(super) fn levels(&self, side: Side) -> impl Iterator<Item = (i64, u64)> + '_ {
        let levels = &self.levels[side as usize];
        let (mut bids, mut asks) = (levels.iter().rev(), levels.iter());
        std::iter::from_fn(move || match side {
            Side::Buy => bids.next(),
            Side::Sell => asks.next(),
        })
        .map(|(&price, &size)| (price, size))
    }

    /// Takes all orders out, in the order of their queues.
    pub(super) fn drain(&mut self) -> Vec<(u64, Order)> {
        self.numbers.clear();
        self.levels = Default::default();
        std::mem::take(&mut self.orders).into_values().collect()
    }
}
