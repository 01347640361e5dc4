//! What a venue adds to a book: ids, fees, money.

mod circuit;
mod clearing;
mod dark;
mod exchange;
mod exposure;
mod fees;
mod floor;
mod house;
mod liquidation;
mod margin;
mod protect;
mod reporter;
mod short_sales;

pub use dark::{Dark, DarkPriority};
pub use exchange::{Engine, Exchange};
pub use fees::{Fee, FeeTier, Fees};
pub use margin::{MarginRules, Requirement};
pub use short_sales::{PriceTest, ShortSales};
