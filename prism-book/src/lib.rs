//! Under construction.
#![forbid(unsafe_code)]

pub mod book;

pub use book::{Ahead, BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, Outcome, Resting, Taken};
