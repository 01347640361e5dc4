//! What a line of a recording says.

use prism_core::types::Side;
use serde::Serialize;

/// One line of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// When it was received, nanoseconds since 1970 by the recorder's clock, if the line says so.
    pub local_ns: Option<i64>,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The book as the exchange gives it on request, its best levels.
    Snapshot(Snapshot),
    /// The levels that changed.
    Depth(Depth),
    /// The best bid and offer.
    Ticker(Ticker),
    /// A trade.
    Trade(Trade),
}

/// A snapshot: its levels are all that the book has, as deep as was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The id of the last update that it contains.
    pub last_update: u64,
    /// Futures: time of the exchange, ms.
    pub time_ms: Option<i64>,
}

/// An update of the depth: each of its levels has this size from now on, 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Time of the exchange, ms.
    pub time_ms: i64,
    /// Id of the first update in it.
    pub first: u64,
    /// Id of the last update in it.
    pub last: u64,
    /// Futures: id of the last update of the message before.
    pub previous: Option<u64>,
}

/// The best bid and offer after an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ticker {
    /// Futures: time of the exchange, ms.
    pub time_ms: Option<i64>,
    /// Id of the update.
    pub update: u64,
    /// Best bid as price and size, 1/10⁸; a size of 0 is no bid.
    pub bid_e8: (i64, u64),
    /// Best ask as price and size, 1/10⁸; a size of 0 is no ask.
    pub ask_e8: (i64, u64),
}

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trade {
    /// Time of the exchange, ms.
    pub time_ms: i64,
    /// Number of the trade.
    pub id: u64,
    /// Price, 1/10⁸.
    pub price_e8: i64,
    /// Size, 1/10⁸.
    pub qty_e8: u64,
    /// Side of the aggressor.
    pub aggressor: Side,
    /// Whether it was matched in the book; futures also tell of positions taken over, which were not.
    pub market: bool,
}

impl Event {
    /// The time of the exchange, ms since 1970, where the message tells it.
    pub fn time_ms(&self) -> Option<i64> {
        match self {
            Event::Snapshot(snapshot) => snapshot.time_ms,
            Event::Depth(depth) => Some(depth.time_ms),
            Event::Ticker(ticker) => ticker.time_ms,
            Event::Trade(trade) => Some(trade.time_ms),
        }
    }
}
