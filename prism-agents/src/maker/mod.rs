//! Market makers: they stand on both sides and live on the spread.

pub mod ladder;
mod rungs;
mod window;

pub use ladder::LadderMaker;
