//! Chartists: they read the path of prices.

mod averages;
mod channel;
pub mod momentum;

pub use averages::Averages;
pub use channel::Channel;
pub use momentum::MomentumTrader;
