//! Market makers: they stand on both sides and live on the spread.

pub mod ladder;

pub use ladder::LadderMaker;
