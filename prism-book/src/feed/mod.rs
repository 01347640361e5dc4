//! Market data outwards: what a venue publishes of its books, and what a subscriber makes of it.
//!
//! | feed | a message is | from | a copy is kept by |
//! |---|---|---|---|
//! | L1 | [`TopUpdate`]: the best bid and ask | [`TopFeed`] | the last message |
//! | L2, incremental | [`LevelUpdate`]: what rests at one price now | [`LevelFeed`], of changes or of [levels](crate::book::Leveled) | [`LevelCopy`] |
//! | L2, so many levels | [`LevelUpdate`]: as above, of the best levels only | [`DepthFeed`] | [`LevelCopy`] |
//! | L2, full | [`LevelSnapshot`]: all levels, or the best ones | [`LevelFeed::snapshot`] | the last message |
//! | L3 | [`OrderUpdate`]: one change of one order | [`OrderFeed`] | [`OrderCopy`] |
//!
//! All are made of the [`BookEvent`]s that a market tells. The messages of each feed are numbered from 1 without a gap;
//! a snapshot carries the number of the last message that it includes. A copy ignores what is older than its snapshot,
//! and answers a gap with [`FeedError::Gap`]: then it takes a new snapshot. A copy that has had every message is equal
//! to the book.
//!
//! ```
//! use prism_book::feed::{LevelCopy, LevelFeed};
//! use prism_book::{BookEngine, BookId, Ladder, OrderId, Price, Qty, Rested, Side};
//!
//! let (mut book, mut feed) = (Ladder::default(), LevelFeed::default());
//! let snapshot = feed.snapshot(&book, None);
//! book.insert_resting(OrderId(1), Side::Buy, Price(100), Qty(7))?;
//! let order = Rested { book: BookId(0), id: OrderId(1), side: Side::Buy, price: Price(100) };
//! let mut sent = Vec::new();
//! feed.publish(&book, &[order.added(Qty(7))], &mut |update| sent.push(update));
//!
//! let mut copy = LevelCopy::new(&snapshot);
//! for update in &sent {
//!     copy.apply(update).unwrap();
//! }
//! assert_eq!(copy.best(Side::Buy).map(|level| level.qty), Some(Qty(7)));
//! # Ok::<(), prism_book::Reject>(())
//! ```

mod depth;
mod level;
mod order;
mod top;

pub use depth::DepthFeed;
pub use level::{LevelCopy, LevelFeed, LevelSnapshot, LevelUpdate};
pub use order::{OrderCopy, OrderFeed, OrderSnapshot, OrderUpdate};
pub use top::{TopFeed, TopUpdate};

pub use prism_core::market::{BookAction, BookEvent};

use prism_core::types::OrderId;

/// Why a copy cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// Messages are missing: the copy needs a new snapshot.
    #[error("message {expected} was expected, and {got} came: a snapshot is needed")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// A message is about an order that is not there, or is there twice, or is smaller than the message says.
    #[error("message {seq} contradicts the copy's order {}", id.0)]
    Contradiction {
        /// The message.
        seq: u64,
        /// The order.
        id: OrderId,
    },
}

/// What a number in a sequence means to who has had those up to `last`.
fn follows(last: u64, seq: u64) -> Result<bool, FeedError> {
    if seq <= last {
        return Ok(false); // it was in the snapshot
    }
    if seq > last + 1 { Err(FeedError::Gap { expected: last + 1, got: seq }) } else { Ok(true) }
}
