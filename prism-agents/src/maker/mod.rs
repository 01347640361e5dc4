//! Market makers: they stand on both sides and live on the spread.

pub mod ladder;
mod rungs;

pub use ladder::LadderMaker;
