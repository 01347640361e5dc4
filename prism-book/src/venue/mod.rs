//! What a venue adds to a book: ids, fees, money.

mod clearing;
mod exchange;
mod self_trade;
mod taking;

pub use exchange::{Engine, Exchange};
