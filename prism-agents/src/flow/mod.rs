//! Zero-intelligence and statistical flow: orders that no view of the future moves.

pub mod noise_trader;
pub mod zero_intelligence;

pub use noise_trader::NoiseTrader;
pub use zero_intelligence::ZeroIntelligence;
