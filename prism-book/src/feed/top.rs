//! L1: the best bid and ask.

use crate::book::{BookEngine, Level};

/// The best bid and ask, from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopUpdate {
    /// Number of the message, from 1.
    pub seq: u64,
    /// The best bid, if there is one.
    pub bid: Option<Level>,
    /// The best ask, if there is one.
    pub ask: Option<Level>,
}

/// Publishes the best bid and ask of a book whenever they change.
#[derive(Clone, Copy, Debug, Default)]
pub struct TopFeed {
    last: TopUpdate,
}

impl TopFeed {
    /// The message that is due after something happened in the book, if its best bid or ask is another.
    pub fn publish<B: BookEngine>(&mut self, book: &B) -> Option<TopUpdate> {
        let (bid, ask) = book.top();
        if (bid, ask) == (self.last.bid, self.last.ask) {
            return None;
        }
        self.last = TopUpdate { seq: self.last.seq + 1, bid, ask };
        Some(self.last)
    }

    /// The last message, for who comes late.
    pub fn last(&self) -> TopUpdate {
        self.last
    }
}
