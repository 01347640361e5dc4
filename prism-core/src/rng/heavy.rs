//! Laws with heavy tails: log-normal, Pareto, Student, Weibull.

use rand_distr::{Distribution, LogNormal, StudentT, Weibull};

use super::RngStream;
use crate::math::{Real, exp};

impl RngStream {
    /// Log-normal: `exp(mu + sigma Z)` with Z standard normal; median `exp(mu)`, mean `exp(mu + sigma²/2)`.
    /// NaN unless `sigma` is finite and at least 0.
    #[inline]
    pub fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        if sigma >= 0.0 {
            LogNormal::new(Real(mu), Real(sigma)).map_or(f64::NAN, |law| law.sample(self).0)
        } else {
            f64::NAN // `rand_distr` would take a negative one
        }
    }

    /// Pareto: above x ≥ `scale` with probability `(scale / x)^shape`. NaN unless both are above 0.
    ///
    /// As `scale · exp(E / shape)` with E exponential, which is four times as fast as a power of a uniform number
    /// and does not cut the tail at the smallest of them.
    #[inline]
    pub fn pareto(&mut self, scale: f64, shape: f64) -> f64 {
        if scale > 0.0 && shape > 0.0 { scale * exp(self.exp1() / shape) } else { f64::NAN }
    }

    /// Student's t with `nu` degrees of freedom: variance `nu / (nu - 2)` above 2; standard normal if `nu` is
    /// infinite. NaN unless `nu` is above 0.
    #[inline]
    pub fn student_t(&mut self, nu: f64) -> f64 {
        if nu == f64::INFINITY {
            return self.normal();
        }
        StudentT::new(Real(nu)).map_or(f64::NAN, |law| law.sample(self).0)
    }

    /// Weibull: above x with probability `exp(-(x / scale)^shape)`. NaN unless both are above 0.
    #[inline]
    pub fn weibull(&mut self, scale: f64, shape: f64) -> f64 {
        Weibull::new(Real(scale), Real(shape)).map_or(f64::NAN, |law| law.sample(self).0)
    }
}
