//! Laws of delay between agents and venues.
//!
//! A model describes one class of connection (a link) to all venues. Orders and reports may be delayed at random,
//! message by message; public data is delayed by a constant, which is what lets an agent read the market as it
//! was. Jitter on data is modelled by more links.

use thiserror::Error;

use prism_core::types::Span;

pub mod fixed;
pub mod lognormal;

pub use fixed::Fixed;
pub use lognormal::{Jitter, LogNormal};

/// Why a latency model could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LatencyError {
    /// A delay below zero.
    #[error("{field} must be at least 0s, but is {span}")]
    Negative {
        /// The name of the parameter.
        field: &'static str,
        /// What it was.
        span: Span,
    },
    /// A logarithmic standard deviation outside its range.
    #[error("sigma must be finite and at least 0, but is {sigma}")]
    Sigma {
        /// What it was.
        sigma: f64,
    },
}

/// Passes a delay of at least zero.
fn not_negative(field: &'static str, span: Span) -> Result<Span, LatencyError> {
    if span.is_negative() { Err(LatencyError::Negative { field, span }) } else { Ok(span) }
}
