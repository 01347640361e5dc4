//! PRISM's core: the vocabulary of a market, the ports that the other crates implement, and the kernel
//! that carries messages between agents and venues in exact, reproducible order.
#![forbid(unsafe_code)]

pub mod kernel;
pub mod msg;
pub mod types;

/// The names nearly every agent needs.
pub mod prelude {
    pub use crate::msg::{Note, Order, Print, Reject, Report, Request};
    pub use crate::types::{
        AgentId, BookId, Cash, OrderId, Price, Qty, Side, Span, SymbolId, Ticks, Tif, Time, VenueId,
    };
}
