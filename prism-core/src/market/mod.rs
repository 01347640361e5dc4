//! What the market looks like, and how it looks from far away.
//!
//! Every book has a tape: a ring of its recent tops with their times. An agent reads it as of
//! `now - feed delay`, so it cannot see what has not reached it yet.

mod book_event;
mod consolidated;
mod depth;
mod phases;
mod tape;
mod top;

pub use book_event::{BookAction, BookEvent, Rested};
pub(crate) use consolidated::Watch;
pub use consolidated::{BestPrice, Consolidated};
pub(crate) use depth::DepthTape;
pub(crate) use phases::Phases;
pub(crate) use tape::{Cursor, Tape};
pub use top::{Level, Top};
