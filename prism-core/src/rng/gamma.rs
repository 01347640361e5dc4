//! The gamma law.

use rand_distr::{Distribution, Gamma};

use super::RngStream;
use crate::math::Real;

impl RngStream {
    /// Gamma: mean `shape · scale`, variance `shape · scale²`. NaN unless both are above 0.
    ///
    /// Marsaglia and Tsang, *A simple method for generating gamma variables*, ACM Trans. Math. Softw. 26(3), 2000.
    #[inline]
    pub fn gamma(&mut self, shape: f64, scale: f64) -> f64 {
        Gamma::new(Real(shape), Real(scale)).map_or(f64::NAN, |law| law.sample(self).0)
    }
}
