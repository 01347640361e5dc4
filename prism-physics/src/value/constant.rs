//! A value that never moves: `V(t) = V(0)`.
//!
//! | parameter | unit | range |
//! |---|---|---|
//! | `value` | ticks | finite |
//!
//! **Reproduced**: a variance of exactly zero, `tests/values.rs::constant_has_no_variance`.

use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::{ValueError, finite};

/// A constant value, in ticks. It may be zero or negative, as that of a spread is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    value: f64,
}

impl Constant {
    /// The value, in ticks.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn new(value: f64) -> Result<Constant, ValueError> {
        Ok(Constant { value: finite("value", value)? })
    }
}

impl Fundamental for Constant {
    fn width(&self) -> usize {
        1
    }

    /// The longest there is: a constant need never be stepped.
    fn dt(&self) -> Span {
        Span::MAX
    }

    fn start(&self, values: &mut [f64]) {
        values[0] = self.value;
    }

    fn step(&mut self, _: &mut RngStream, _: &mut [f64]) {}

    /// It stays where it is.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.value, kappa: 0.0, sigma: 0.0 })
    }

    fn clone_box(&self) -> Box<dyn Fundamental> {
        Box::new(*self)
    }

    saved!(nothing);
}
