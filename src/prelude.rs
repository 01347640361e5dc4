//! The names a user types.

pub use prism_agents::kit::size::SizeLaw;
pub use prism_agents::{LadderMaker, MomentumTrader, NoiseTrader, ValueBayes, ZeroIntelligence};
pub use prism_book::venue::Exchange;
pub use prism_core::prelude::*;
pub use prism_core::types::FeeRate;
pub use prism_physics::latency::{Fixed, LogNormal};
pub use prism_physics::value::{Brownian, GeometricBrownian, OrnsteinUhlenbeck};
