//! PRISM: markets made of agents. Thousands to millions of traders, real matching engines, nanosecond time,
//! and the same answer every time you ask.
//!
//! ```
//! use prism::prelude::*;
//!
//! /// Fades every move away from where it last traded.
//! #[derive(Clone)]
//! struct Fader { anchor: Option<f64> }
//!
//! impl Agent for Fader {
//!     fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
//!         let book = ctx.home();
//!         let seen = ctx.top(book).reference();
//!         let anchor = *self.anchor.get_or_insert(seen);
//!         let side = if seen > anchor { Side::Sell } else { Side::Buy };
//!         let price = Price::round(anchor) + Ticks(side.sign() * -2);
//!         ctx.cancel_all(book);
//!         ctx.order(Order::limit(book, side, Qty(5), price));
//!     }
//! }
//!
//! let mut sim = Simulation::builder()
//!     .seed(7)
//!     .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00")))
//!     .latency(Fixed::new(Span::micros(50))?)
//!     .agents(Group::of(Fader { anchor: None }).count(10).poisson(Span::millis(50)))
//!     .build()?;
//! let run = sim.run_for(Span::mins(1))?;
//! assert_eq!(run.orders, run.groups[0].orders);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod drive;
mod error;
#[cfg(feature = "parquet")]
pub mod execute;
pub mod prelude;
pub mod profile;
pub mod replay;
pub mod run;
pub mod scenario;

pub use error::{Error, Result};
pub use prism_agents as agents;
pub use prism_book as book;
pub use prism_core as core;
pub use prism_physics as physics;
pub use prism_sinks as sinks;

/// The README's program runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
