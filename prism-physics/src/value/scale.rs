//! What a law of value moves: the level itself, or its logarithm.
//!
//! | | level | logarithm |
//! |---|---|---|
//! | values | at least one tick, [`FLOOR`] | above zero |
//! | drift `mu` | ticks/s | 1/s, of the mean: the logarithm drifts by `mu - sigma²/2` |
//! | volatility `sigma` | ticks/√s, usually 1.3 | 1/√s, usually 1.3e-4 |
//!
//! Both usual volatilities are about 2 % in a day of 23,400 s at 10,000 ticks.

use std::fmt::Debug;

use prism_core::math;

use super::{FLOOR, ValueError, above_floor, positive};

/// The coordinate in which a law's steps are normal: [`Level`] or [`Log`].
pub trait Scale: sealed::Scale + Copy + Debug + PartialEq + Send + 'static {
    /// The usual volatility: ticks/√s of the level, 1/√s of the logarithm.
    const SIGMA: f64;
}

/// A law of the level. It stops at [`FLOOR`], which bends it only when the value gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level;

/// A law of the logarithm. Its values are always positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log;

impl Scale for Level {
    const SIGMA: f64 = 1.3;
}

impl Scale for Log {
    const SIGMA: f64 = 1.3e-4;
}

pub(super) mod sealed {
    use super::ValueError;

    /// What the laws need of a scale.
    pub trait Scale {
        /// Passes a value at which a law may start.
        fn start(value: f64) -> Result<f64, ValueError>;
        /// The drift of the coordinate, per second.
        fn drift(mu: f64, sigma: f64) -> f64;
        /// `value` after its coordinate has moved by `mean + noise`.
        fn moved(value: f64, mean: f64, noise: f64) -> f64;
        /// How far apart the coordinates of `value` and `from` are.
        fn apart(value: f64, from: f64) -> f64;
        /// The value whose coordinate is so far from that of `from`.
        fn away(from: f64, apart: f64) -> f64;
        /// A volatility of the coordinate in ticks/√s, where the value is `at` ticks.
        fn in_ticks(sigma: f64, at: f64) -> f64;
    }
}

impl sealed::Scale for Level {
    fn start(value: f64) -> Result<f64, ValueError> {
        above_floor("start", value)
    }

    fn drift(mu: f64, _: f64) -> f64 {
        mu
    }

    #[inline]
    fn moved(value: f64, mean: f64, noise: f64) -> f64 {
        math::max(value + mean + noise, FLOOR)
    }

    #[inline]
    fn apart(value: f64, from: f64) -> f64 {
        value - from
    }

    #[inline]
    fn away(from: f64, apart: f64) -> f64 {
        math::max(from + apart, FLOOR)
    }

    fn in_ticks(sigma: f64, _: f64) -> f64 {
        sigma
    }
}

impl sealed::Scale for Log {
    fn start(value: f64) -> Result<f64, ValueError> {
        positive("start", value)
    }

    fn drift(mu: f64, sigma: f64) -> f64 {
        mu - 0.5 * sigma * sigma
    }

    #[inline]
    fn moved(value: f64, mean: f64, noise: f64) -> f64 {
        value * math::exp(mean + noise)
    }

    #[inline]
    fn apart(value: f64, from: f64) -> f64 {
        math::ln(value / from)
    }

    #[inline]
    fn away(from: f64, apart: f64) -> f64 {
        from * math::exp(apart)
    }

    fn in_ticks(sigma: f64, at: f64) -> f64 {
        sigma * at
    }
}
