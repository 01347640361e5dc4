//! L2 of the best levels only.

use prism_core::types::{Qty, Side};

use super::level::{LevelSnapshot, LevelUpdate};
use crate::book::{BookEngine, Level};

/// Publishes the changes of the best levels of each side. A level that others push out is told as gone, and one that
/// comes back as new; so a copy never has more than those, and never less.
#[derive(Clone, Debug)]
pub struct DepthFeed {
    seq: u64,
    depth: usize,
    told: [Vec<Level>; 2],
    now: Vec<Level>,
}

impl DepthFeed {
    /// Of the best `depth` levels of each side.
    pub fn new(depth: usize) -> DepthFeed {
        DepthFeed { seq: 0, depth, told: [Vec::new(), Vec::new()], now: Vec::new() }
    }

    /// Publishes what is different from the last time, sides in turn, best first: call it after each message to the
    /// market that changed the book. Its cost is that of the levels that it publishes, not of the changes.
    pub fn publish<B: BookEngine>(&mut self, book: &B, told: &mut impl FnMut(LevelUpdate)) {
        for side in Side::BOTH {
            self.now.clear();
            self.now.extend(book.levels(side).take(self.depth));
            let old = &mut self.told[side as usize];
            let better = |a: &Level, b: &Level| match side {
                Side::Buy => a.price > b.price,
                Side::Sell => a.price < b.price,
            };
            let mut send = |level: Level| {
                self.seq += 1;
                told(LevelUpdate { seq: self.seq, side, price: level.price, qty: level.qty });
            };
            let (mut olds, mut news) = (old.iter().peekable(), self.now.iter().peekable());
            loop {
                match (olds.peek(), news.peek()) {
                    (None, None) => break,
                    (Some(&&gone), None) => {
                        send(Level { qty: Qty::ZERO, ..gone });
                        olds.next();
                    }
                    (Some(&&gone), Some(&new)) if better(&gone, new) => {
                        send(Level { qty: Qty::ZERO, ..gone });
                        olds.next();
                    }
                    (Some(&&same), Some(&&new)) if same.price == new.price => {
                        if same.qty != new.qty {
                            send(new);
                        }
                        olds.next();
                        news.next();
                    }
                    (_, Some(&&new)) => {
                        send(new);
                        news.next();
                    }
                }
            }
            std::mem::swap(old, &mut self.now);
        }
    }

    /// What has been told, for who comes late.
    pub fn snapshot(&self) -> LevelSnapshot {
        let [bids, asks] = self.told.clone();
        LevelSnapshot { seq: self.seq, bids, asks }
    }
}
