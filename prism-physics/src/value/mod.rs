//! Laws of fundamental value.
//!
//! Every law here is a Markov process in the value itself, stepped on a grid by its exact transition, with the
//! coefficients of one step computed when the law is made. The values, which the kernel keeps, are the whole
//! state: a law has nothing of its own to save, and a value that is moved from outside (a shock) goes on from
//! where it was put.
//!
//! Units: values in ticks, time in seconds, rates in 1/s; a volatility is in ticks/√s for laws of the level and
//! in 1/√s for laws of the logarithm ([`scale`]). Values are not rounded to ticks: whoever observes them rounds.

use thiserror::Error;

use prism_core::types::Span;

pub mod brownian;
pub mod constant;
pub mod ornstein_uhlenbeck;
pub mod scale;

pub use brownian::{Brownian, GeometricBrownian};
pub use constant::Constant;
pub use ornstein_uhlenbeck::{LogOrnsteinUhlenbeck, OrnsteinUhlenbeck};

/// The grid step of a law that is not told otherwise.
///
/// At the usual 1.3 ticks/√s a value moves by 0.4 ticks in 100 ms, less than can be traded on; at one second it
/// would move by more than a tick, at the same instant for all who watch it.
pub const DEFAULT_DT: Span = Span::millis(100);

/// Where laws of the level stop falling, in ticks: a price of nothing has no market.
pub const FLOOR: f64 = 1.0;

/// Why a law of value could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// A parameter outside its range.
    #[error("{field} must be {range}, but is {value}")]
    Parameter {
        /// The name of the parameter.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A grid step that is not positive.
    #[error("dt must be at least 1ns, but is {dt}")]
    Dt {
        /// What it was.
        dt: Span,
    },
}

/// Passes a finite number.
fn finite(field: &'static str, value: f64) -> Result<f64, ValueError> {
    check(field, value, value.is_finite(), "finite")
}

/// Passes a finite number of at least zero.
fn not_negative(field: &'static str, value: f64) -> Result<f64, ValueError> {
    check(field, value, value.is_finite() && value >= 0.0, "finite and at least 0")
}

/// Passes a finite number above zero.
fn positive(field: &'static str, value: f64) -> Result<f64, ValueError> {
    check(field, value, value.is_finite() && value > 0.0, "finite and above 0")
}

/// Passes a finite number at or above [`FLOOR`].
fn above_floor(field: &'static str, value: f64) -> Result<f64, ValueError> {
    check(field, value, value.is_finite() && value >= FLOOR, "finite and at least 1 tick")
}

fn check(field: &'static str, value: f64, fits: bool, range: &'static str) -> Result<f64, ValueError> {
    if fits { Ok(value) } else { Err(ValueError::Parameter { field, value, range }) }
}

/// Passes a grid step of at least a nanosecond.
fn step(dt: Span) -> Result<Span, ValueError> {
    if dt.is_positive() { Ok(dt) } else { Err(ValueError::Dt { dt }) }
}
