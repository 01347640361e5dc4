#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod auction;
pub mod book;
pub mod day;
pub mod feed;
pub mod market;
pub mod queue_position;
pub mod venue;

// Whatever the signatures of this crate mention, so that its users need no other.
pub use prism_core::digest::Digest;
pub use prism_core::market::{BookAction, BookEvent, Rested, Top};
pub use prism_core::memory::NoMemory;
pub use prism_core::msg::{
    CancelReason, Display, Expiry, Order, Peg, PegTo, Phase, Reject, Report, Request, Session, Terms, Trigger,
};
pub use prism_core::rng::{RngStream, StreamKey};
pub use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, Decimal, FeeRate, Instrument, Instruments, OrderId, Price, Qty, Side,
    Span, Symbol, SymbolId, Tif, Time, VenueId,
};
pub use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};

pub use book::{
    Ahead, BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, Outcome, Resting, Taken, Watched,
};
pub use market::{
    Beyond, CallTime, Collar, DayRules, Halted, Limits, Market, MarketRules, Matching, Open, OrderIndex,
    Orders, SelfTrade, Told,
};
pub use venue::Exchange;
