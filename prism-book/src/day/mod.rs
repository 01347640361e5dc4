//! What a trading day adds to a market: its phases, and the safeguards that stop it.
//!
//! Each of these is a state machine of its own that is told of trades, quotes and times and answers with what
//! follows; none knows a book. [`Schedule`] says which phase it is and when the next begins, with random ends.
//! [`Bands`] are price bands around a moving reference, with limit states and pauses. A [`Corridor`] interrupts
//! trading before a price that is too far from the last one. A [`Breaker`] halts everything after a great fall.
//! [`TickTable`] and [`LotRule`] say which prices and sizes are good.
//!
//! Widths are in basis points and prices in whole ticks, and every comparison is exact.

mod bands;
mod breaker;
mod corridor;
mod lots;
mod schedule;
mod tick_table;

pub use bands::{BandWidth, Bands, BandsRules, LimitState, Quote};
pub use breaker::{Breaker, BreakerRules, Halt, HaltLevel};
pub use corridor::{Corridor, CorridorRules};
pub use lots::LotRule;
pub use schedule::{Change, Day, Schedule, Stage};
pub use tick_table::TickTable;

use prism_core::types::Price;

/// What is wrong with the rules of a trading day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DayError {
    /// A number is out of its range.
    #[error("`{field}` must be {range}")]
    Range {
        /// Which one.
        field: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// The parts of a table are not in their order.
    #[error("the {field} must begin later one after another; {at} does not")]
    Order {
        /// Which table.
        field: &'static str,
        /// The first part that does not.
        at: i64,
    },
}

/// `price` × `bp` / 10,000 in ticks, without the sign, to the nearest, halves up.
fn part_of(price: Price, bp: u32) -> i64 {
    let part = (i128::from(price.0.unsigned_abs()) * i128::from(bp) * 2 + 10_000) / 20_000;
    i64::try_from(part).unwrap_or(i64::MAX)
}
