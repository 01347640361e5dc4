//! What a venue adds to a book: ids, fees, money.

mod clearing;
mod exchange;
mod floor;

pub use exchange::{Engine, Exchange};
