//! The vocabulary: every quantity a market has, as a type of its own.
//!
//! Points and distances differ ([`Price`] and [`Ticks`], [`Time`] and [`Span`]), so that adding two prices
//! does not compile. Everything is an integer; decimals appear only where people read and write.

mod cash;
mod decimal;
mod ids;
mod instruments;
mod name;
mod price;
mod qty;
mod side;
mod symbol;
mod time;

pub use cash::{Cash, FeeRate};
pub use decimal::{Decimal, DecimalError};
pub use ids::{AgentId, BookId, CurrencyId, GroupId, LinkId, OrderId, SeriesId, SymbolId, VenueId};
pub use instruments::{Book, Currency, Instrument, Instruments, InstrumentsError};
pub use name::NameError;
pub use price::{Price, Ticks};
pub use qty::Qty;
pub use side::{Side, Tif};
pub use symbol::Symbol;
pub use time::{Span, Time};
