//! The traders of PRISM.
#![forbid(unsafe_code)]

pub mod chartist;
pub mod flow;
pub mod informed;
pub mod kit;
pub mod maker;

pub use chartist::MomentumTrader;
pub use flow::{NoiseTrader, ZeroIntelligence};
pub use informed::ValueBayes;
pub use maker::LadderMaker;
