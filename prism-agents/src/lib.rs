//! The traders of PRISM: models from the literature, one file a kind.
//!
//! | number | kind | type | what it does |
//! |---|---|---|---|
//! | 1 | `zero_intelligence` | [`ZeroIntelligence`] | quotes a uniformly random price, within its budget or not at all mindful of it |
//! | 5 | `noise_trader` | [`NoiseTrader`] | one order at a random time of the day, on a random side, at whatever price is offered |
//! | 12 | `value_bayes` | [`ValueBayes`] | sees the fundamental value through noise, believes what the Kalman filter says, and trades towards it |
//! | 15 | `momentum` | [`MomentumTrader`] | buys what has risen and sells what has fallen, by one of two rules of technical analysis |
//! | 26 | `ladder_mm` | [`LadderMaker`] | several levels on each side of the mid, as large as the recent volume allows |
//!
//! Every kind is a struct that implements [`Agent`](prism_core::agent::Agent), to be put into a group in Rust,
//! and [`Spec`](prism_core::spec::Spec), so that a scenario can name it:
//!
//! ```
//! use prism_agents::{LadderMaker, NoiseTrader};
//! use prism_book::Exchange;
//! use prism_core::prelude::*;
//!
//! let maker = LadderMaker::new().levels(5).size(Qty(100)).window(4.0).spacing(0.5);
//! let mut sim = Simulation::builder()
//!     .seed(7)
//!     .venue(Exchange::new("XPRM").list(Symbol::new("ACME")))
//!     .agents(Group::of(maker).named("makers").count(2).periodic(Span::secs(10)))
//!     .agents(Group::of(NoiseTrader::crowd()).named("noise").count(200).poisson(Span::mins(1)))
//!     .build()?;
//! let run = sim.run_for(Span::mins(10))?;
//! assert!(run.trades > 1_000);
//! assert_eq!(run.groups[1].traded, 200); // every one of them came
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A builder takes any number. What it was made of is held against the ranges of its parameters when the
//! simulation is built (or at once, by [`Agent::check`](prism_core::agent::Agent::check)), and refused with the
//! same words as in a scenario:
//!
//! ```
//! # use prism_agents::LadderMaker;
//! # use prism_book::Exchange;
//! # use prism_core::prelude::*;
//! let wrong = LadderMaker::new().window(f64::NAN);
//! assert_eq!(wrong.check().unwrap_err().name, "window");
//! let built = Simulation::builder()
//!     .venue(Exchange::new("XPRM").list(Symbol::new("ACME")))
//!     .agents(Group::of(LadderMaker::new().levels(500)).named("makers").count(2))
//!     .build();
//! assert_eq!(
//!     built.unwrap_err().to_string(),
//!     "agent 0 of group \"makers\": levels: must be at least 1 and at most 100, not 500"
//! );
//! ```
//!
//! # How to read an agent's file
//!
//! Each begins with one sentence, the table of its parameters (a test compares it with
//! [`Spec::PARAMS`](prism_core::spec::Spec::PARAMS)), and the equations with the symbols of the paper. Then
//! **Paper** says where the model comes from, **Differences** what is not as there, and **Reproduced** which
//! of its numbers a test finds again. The struct holds parameters first, then state; `on_wake` is the
//! decision. Prices in formulas are ticks, sizes lots, time seconds.
//!
//! Conventions that hold for all:
//!
//! - An agent draws from its own random stream only, in the order in which its rule names the draws.
//! - A group's clock wakes its members; without one they keep the time of the catalogue themselves
//!   ([`kit::clock`]).
//! - There is no intraday profile of activity: rates are the same at any time of the day, and only
//!   [`NoiseTrader`] knows how late it is, by the law of its arrivals.
//! - Passive prices round away from the market, marketable ones into it; nothing is ever sent at a price
//!   below one tick or of no size ([`kit::quotes`]).
//! - Where a side of the book is empty and a rule needs it, nothing is done until the next wake-up.
//! - State is a serde value, so a world with these agents can be saved; nothing is allocated per wake-up.
//!
//! This crate is not for venues, laws of value or statistics: it knows the market only through
//! [`Ctx`](prism_core::agent::Ctx).
#![forbid(unsafe_code)]

pub mod chartist;
pub mod flow;
pub mod informed;
pub mod kit;
pub mod maker;

pub use chartist::MomentumTrader;
pub use flow::{NoiseTrader, ZeroIntelligence};
pub use informed::ValueBayes;
pub use maker::LadderMaker;
