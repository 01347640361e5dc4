#![doc = include_str!("../README.md")]

pub mod agent;
pub mod digest;
pub mod kernel;
pub mod latency;
pub mod market;
pub mod math;
pub mod memory;
pub mod msg;
pub mod param;
pub mod rng;
pub mod save;
pub mod sink;
pub mod spec;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transport;
pub mod types;
pub mod value;
pub mod venue;

/// The names nearly every agent needs.
pub mod prelude {
    pub use crate::agent::{Agent, Ctx, Group, Prints, Wakes};
    pub use crate::kernel::{Run, Simulation};
    pub use crate::market::{Level, Top};
    pub use crate::msg::{
        CancelReason, Display, Expiry, Note, Order, Peg, PegTo, Phase, Print, Reject, Report, Request,
        Session, Terms, Trigger,
    };
    pub use crate::rng::{RngStream, StreamKey};
    pub use crate::types::{
        AgentId, BookId, Cash, OrderId, Price, Qty, Side, Span, Symbol, SymbolId, Ticks, Tif, Time, VenueId,
    };
}
