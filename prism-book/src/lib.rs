#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod auction;
pub mod book;
pub mod day;
pub mod feed;
pub mod market;
pub mod venue;

pub use prism_core::digest::Digest;
pub use prism_core::msg::Reject;
pub use prism_core::types::{OrderId, Price, Qty, Side, Tif};

pub use book::{Ahead, BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, Outcome, Resting, Taken};
pub use market::SelfTrade;
pub use venue::Exchange;
