//! What a venue adds to a book: ids, fees, money.

mod circuit;
mod clearing;
mod dark;
mod exchange;
mod fees;
mod floor;
mod protect;

pub use dark::{Dark, DarkPriority};
pub use exchange::{Engine, Exchange};
pub use fees::{Fee, FeeTier, Fees};
