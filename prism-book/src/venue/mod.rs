//! What a venue adds to a book: ids, fees, money.

mod circuit;
mod clearing;
mod exchange;
mod fees;
mod floor;

pub use exchange::{Engine, Exchange};
pub use fees::{Fee, FeeTier, Fees};
