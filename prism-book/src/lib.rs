#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod auction;
pub mod book;
pub mod day;
pub mod feed;
pub mod market;
pub mod queue_position;
pub mod venue;

pub use prism_core::digest::Digest;
pub use prism_core::msg::{
    CancelReason, Display, Expiry, Order, Peg, PegTo, Phase, Reject, Session, Terms, Trigger,
};
pub use prism_core::rng::StreamKey;
pub use prism_core::types::{AgentId, BookId, OrderId, Price, Qty, Side, Span, Tif, Time};

pub use book::{Ahead, BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, Outcome, Resting, Taken};
pub use market::{
    Beyond, CallTime, Collar, DayRules, Halted, Market, MarketRules, Matching, OrderIndex, Orders, SelfTrade,
    Told,
};
pub use venue::Exchange;
