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

/// The names that nearly every agent, sink and simulation needs.
///
/// ```
/// use std::sync::Arc;
/// use prism_core::prelude::*;
///
/// /// Says what it earned.
/// #[derive(Clone)]
/// struct Teller { earned: Option<(SeriesId, CurrencyId)> }
///
/// impl Agent for Teller {
///     fn on_start(&mut self, ctx: &mut Ctx<'_>) {
///         self.earned = ctx.series("earned").zip(ctx.currency(ctx.home()));
///     }
///     fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
///         if let Some((series, currency)) = self.earned {
///             ctx.emit(series, ctx.account().cash(currency).0 as f64);
///         }
///     }
/// }
///
/// /// Counts the rows of what agents say.
/// struct Count(u64);
///
/// impl Sink for Count {
///     fn wants(&self) -> Tables {
///         Table::Series.into()
///     }
///     fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
///         self.0 += batch.len() as u64;
///         Ok(())
///     }
/// }
///
/// let tellers = Group::of(Teller { earned: None }).periodic(Span::secs(1));
/// let world: Builder =
///     Simulation::builder().agents(tellers).series("earned").ties(Ties::Random).sink(Count(0));
/// # let _ = world;
/// ```
pub mod prelude {
    pub use crate::agent::{Agent, Ctx, Group, Prints, Wakes};
    pub use crate::kernel::{Builder, Run, Simulation, Ties};
    pub use crate::market::{Level, Top};
    pub use crate::msg::{
        CancelReason, Display, Expiry, Note, Order, Peg, PegTo, Phase, Print, Reject, Report, Request,
        Session, Terms, Trigger,
    };
    pub use crate::rng::{RngStream, StreamKey};
    pub use crate::sink::{Batch, Sink, SinkError, Table, Tables};
    pub use crate::types::{
        AgentId, BookId, Cash, CurrencyId, OrderId, Price, Qty, SeriesId, Side, Span, Symbol, SymbolId,
        Ticks, Tif, Time, VenueId,
    };
}
