//! Where orders meet: limit order books with price-time priority, and an exchange around them.
#![forbid(unsafe_code)]

pub mod book;
pub mod venue;

pub use book::{Ahead, BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, Outcome, Resting, Taken};
pub use venue::Exchange;
