//! L3: order by order.

use std::collections::BTreeMap;

use prism_core::market::{BookAction, BookEvent};
use prism_core::types::{OrderId, Side};

use super::{FeedError, follows};
use crate::book::{BookEngine, Handle, Resting};

/// One change of one displayed order, or what else is told of the book, which leaves a copy as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderUpdate {
    /// Number of the message, from 1.
    pub seq: u64,
    /// What happened.
    pub event: BookEvent,
}

/// The displayed orders of a book at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// The number of the last message that is in it.
    pub seq: u64,
    /// The orders in their priority: bids, then asks.
    pub orders: Vec<Resting>,
}

/// Numbers the changes of the orders of a book.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFeed {
    seq: u64,
}

impl OrderFeed {
    /// The message of a change.
    #[inline]
    pub fn publish(&mut self, event: BookEvent) -> OrderUpdate {
        self.seq += 1;
        OrderUpdate { seq: self.seq, event }
    }

    /// The orders of the book now.
    pub fn snapshot<B: BookEngine>(&self, book: &B) -> OrderSnapshot {
        let orders = Side::BOTH.into_iter().flat_map(|side| book.orders(side).map(|(_, order)| order));
        OrderSnapshot { seq: self.seq, orders: orders.collect() }
    }
}

/// A subscriber's copy of a book, with every order in its place in the queue.
#[derive(Clone, Debug, Default)]
pub struct OrderCopy<B> {
    seq: u64,
    book: B,
    places: BTreeMap<OrderId, Handle>,
}

impl<B: BookEngine> OrderCopy<B> {
    /// A copy that begins with a snapshot.
    ///
    /// # Errors
    /// [`FeedError::Contradiction`] if an order is in it twice or cannot rest.
    pub fn new(snapshot: &OrderSnapshot) -> Result<OrderCopy<B>, FeedError> {
        let mut copy = OrderCopy { seq: snapshot.seq, book: B::default(), places: BTreeMap::new() };
        for order in &snapshot.orders {
            copy.insert(order)?;
        }
        Ok(copy)
    }

    fn insert(&mut self, order: &Resting) -> Result<(), FeedError> {
        let wrong = FeedError::Contradiction { seq: self.seq, id: order.id };
        if self.places.contains_key(&order.id) {
            return Err(wrong);
        }
        let handle =
            self.book.insert_resting(order.id, order.side, order.price, order.left).map_err(|_| wrong)?;
        self.places.insert(order.id, handle);
        Ok(())
    }

    /// Applies a message. One that the snapshot includes changes nothing.
    ///
    /// # Errors
    /// [`FeedError::Gap`], with nothing changed, if a message is missing before it;
    /// [`FeedError::Contradiction`] if it says of an order what cannot be.
    pub fn apply(&mut self, update: &OrderUpdate) -> Result<(), FeedError> {
        if !follows(self.seq, update.seq)? {
            return Ok(());
        }
        self.seq = update.seq;
        if !update.event.action.is_of_order() {
            return Ok(());
        }
        let BookEvent { action, side, id, price, qty, left, .. } = update.event;
        let wrong = FeedError::Contradiction { seq: update.seq, id };
        if action == BookAction::Add {
            return self.insert(&Resting { id, side, price, left: qty });
        }
        let handle = self.places.get(&id).copied().ok_or(wrong)?;
        if action == BookAction::Replace {
            self.book.cancel(handle).ok_or(wrong)?;
            self.places.remove(&id);
            return self.insert(&Resting { id, side, price, left: qty });
        }
        let taken = self.book.execute(handle, qty).ok_or(wrong)?;
        if left.is_zero() {
            self.places.remove(&id);
        }
        if taken.left == left { Ok(()) } else { Err(wrong) }
    }

    /// The number of the last message.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The copy.
    pub fn book(&self) -> &B {
        &self.book
    }

    /// Where an order is in it.
    pub fn place(&self, id: OrderId) -> Option<Handle> {
        self.places.get(&id).copied()
    }
}
