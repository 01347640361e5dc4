//! L2: price levels, as increments and as snapshots.

use std::collections::BTreeMap;

use prism_core::market::{BookAction, BookEvent};
use prism_core::types::{Price, Qty, Side};

use super::{FeedError, follows};
use crate::book::{BookEngine, Level};

/// What rests at a price from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelUpdate {
    /// Number of the message, from 1.
    pub seq: u64,
    /// The side.
    pub side: Side,
    /// The price.
    pub price: Price,
    /// The total size of the displayed orders there; nothing means that the level is gone.
    pub qty: Qty,
}

/// The levels of a book at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelSnapshot {
    /// The number of the last message that is in it.
    pub seq: u64,
    /// The bids, best first.
    pub bids: Vec<Level>,
    /// The asks, best first.
    pub asks: Vec<Level>,
}

/// Publishes every level that changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct LevelFeed {
    seq: u64,
}

impl LevelFeed {
    /// Publishes the levels that these changes touched, as they are in the book now: call it after each message to the
    /// market, with what the market told of it. Changes of one level that follow one another are one update.
    #[inline]
    pub fn publish<B: BookEngine>(
        &mut self,
        book: &B,
        changes: &[BookEvent],
        told: &mut impl FnMut(LevelUpdate),
    ) {
        let mut last = None;
        for change in changes.iter().filter(|change| change.action.is_of_order()) {
            // A replacement touches two levels.
            let old = (change.action == BookAction::Replace).then_some(change.traded);
            for price in old.into_iter().chain([change.price]) {
                if last.replace((change.side, price)) != Some((change.side, price)) {
                    let qty = book.qty_at(change.side, price);
                    told(self.update(change.side, Level { price, qty }));
                }
            }
        }
    }

    /// The message of a level that has changed, as a book tells it that notes its [levels](crate::book::Leveled).
    #[inline]
    pub fn update(&mut self, side: Side, Level { price, qty }: Level) -> LevelUpdate {
        self.seq += 1;
        LevelUpdate { seq: self.seq, side, price, qty }
    }

    /// The levels of the book now, or the best `depth` of each side.
    pub fn snapshot<B: BookEngine>(&self, book: &B, depth: Option<usize>) -> LevelSnapshot {
        let depth = depth.unwrap_or(usize::MAX);
        let side = |side| book.levels(side).take(depth).collect();
        LevelSnapshot { seq: self.seq, bids: side(Side::Buy), asks: side(Side::Sell) }
    }
}

/// A subscriber's copy of the levels of a book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelCopy {
    seq: u64,
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
}

impl LevelCopy {
    /// A copy that begins with a snapshot.
    pub fn new(snapshot: &LevelSnapshot) -> LevelCopy {
        let side = |levels: &[Level]| levels.iter().map(|level| (level.price, level.qty)).collect();
        LevelCopy { seq: snapshot.seq, bids: side(&snapshot.bids), asks: side(&snapshot.asks) }
    }

    /// Applies a message. One that the snapshot includes changes nothing.
    ///
    /// # Errors
    /// [`FeedError::Gap`], with nothing changed, if a message is missing before it.
    pub fn apply(&mut self, update: &LevelUpdate) -> Result<(), FeedError> {
        if !follows(self.seq, update.seq)? {
            return Ok(());
        }
        self.seq = update.seq;
        let levels = match update.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if update.qty.is_zero() {
            levels.remove(&update.price);
        } else {
            levels.insert(update.price, update.qty);
        }
        Ok(())
    }

    /// The number of the last message.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The best level of a side.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.levels(side).next()
    }

    /// The levels of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let (bids, asks) = match side {
            Side::Buy => (Some(self.bids.iter().rev()), None),
            Side::Sell => (None, Some(self.asks.iter())),
        };
        let levels = bids.into_iter().flatten().chain(asks.into_iter().flatten());
        levels.map(|(&price, &qty)| Level { price, qty })
    }
}
