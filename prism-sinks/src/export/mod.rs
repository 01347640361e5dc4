//! A run as recorded market data: what an exchange of the real world would have published of it.
//!
//! [`Lobster`] writes message and order-book files, [`Itch`] NASDAQ TotalView-ITCH 5.0. Both are sinks of the table
//! `book` ([`prism_core::sink::Table::Book`]), the changes of resting orders one by one, and want it from the
//! beginning of the run on: later they would meet orders that they have never heard of, which is an error.
//!
//! *Days.* A file holds one day, from midnight UTC to midnight, by the run's start on the calendar. Where a run goes
//! on past midnight, the next file begins with the orders that rest, announced anew in the order of their queues.
//!
//! *Units.* Prices are in 1/10,000 of the currency; a tick that is no multiple of that is an error. Sizes are in
//! shares where the lot is a whole number of them, and in lots where it is not.
//!
//! *Auctions and halts.* An order that trades in an uncrossing leaves the book without a trade of its own: the
//! uncrossing is one trade, which counts all of its volume once, also that of orders which were not displayed. The phases
//! of a day are the formats' trading states, told at each change:
//!
//! | phase | ITCH trading action (H): state, reason | LOBSTER type 7 |
//! |---|---|---|
//! | pre-open, opening call, closing call | Q; `PREO`, `OPEN`, `CLOS` | 0: quotes |
//! | continuous | T | 1: trading |
//! | volatility call | P, `LUDP` | -1: halted |
//! | halted, closed | H; `HALT`, `SHUT` | -1: halted |
//!
//! *Order numbers* count from 1 in each file. A replaced order leaves under its number and joins under a new one, as
//! at the exchange.

mod calendar;
mod file;
mod itch;
mod lobster;
mod resting;
mod state;
mod units;

pub use calendar::Start;
pub use file::Files;
pub use itch::Itch;
pub use lobster::Lobster;
