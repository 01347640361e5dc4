//! What a venue adds to a book: ids, fees, money.

mod clearing;
mod exchange;
mod order_table;

pub use exchange::{Engine, Exchange};
