//! Mean reversion: the Ornstein–Uhlenbeck process of the level, or of the logarithm.
//!
//! | parameter | unit of [`OrnsteinUhlenbeck`] | of [`LogOrnsteinUhlenbeck`] | usual | range |
//! |---|---|---|---|---|
//! | `start` | ticks | ticks | | ≥ 1; logarithm > 0 |
//! | `k` | 1/s | 1/s | ln 2 / 86,400 s | ≥ 0 |
//! | `theta` | ticks | ticks | | > 0 |
//! | `sigma` | ticks/√s | 1/√s | 1.3; logarithm 1.3e-4 | ≥ 0 |
//! | `dt` | time | time | 100 ms | ≥ 1 ns |
//!
//! `dV = k (theta - V) dt + sigma dW`, stepped by its exact transition
//! `V(t + h) = theta + (V(t) - theta) exp(-k h) + sigma √((1 - exp(-2 k h)) / 2k) Z`, which tends to Brownian
//! motion as `k` tends to zero. In the long run the variance is `sigma² / 2k`, the autocorrelation `exp(-k τ)`;
//! the half-life of a displacement is `ln 2 / k`. The other form is the same for `ln V` around `ln theta`, so
//! that `theta` is the median in the long run.
//!
//! **Sources**: G. E. Uhlenbeck, L. S. Ornstein, *On the theory of the Brownian motion*, Phys. Rev. 36, 1930;
//! the transition as in D. T. Gillespie, *Exact numerical simulation of the Ornstein–Uhlenbeck process*, Phys.
//! Rev. E 54, 1996; the logarithm as in E. S. Schwartz, *The stochastic behavior of commodity prices*, J.
//! Finance 52(3), 1997, model 1.
//! **Differences**: the level stops at a floor of one tick; Schwartz's drift is given by its long-run level.
//! **Reproduced**: stationary variance, half-life, autocorrelation, and the rate that a regression recovers,
//! `tests/values.rs`.

use std::marker::PhantomData;

use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::scale::{Level, Log, Scale};
use super::{DEFAULT_DT, ValueError, not_negative, positive, step};

/// A level that reverts to `theta`, down to a floor of one tick.
pub type OrnsteinUhlenbeck = MeanReversion<Level>;

/// A value whose logarithm reverts to that of `theta`: always positive.
pub type LogOrnsteinUhlenbeck = MeanReversion<Log>;

/// Mean reversion on a [`Scale`]: see the [module](self).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanReversion<S> {
    start: f64,
    theta: f64,
    k: f64,
    sigma: f64,
    dt: Span,
    /// What is left of a displacement after one step, and the standard deviation of what comes in.
    decay: f64,
    sd: f64,
    scale: PhantomData<S>,
}

impl<S: Scale> MeanReversion<S> {
    /// The usual rate of reversion, 1/s: a half-life of 24 hours.
    pub const RATE: f64 = std::f64::consts::LN_2 / 86_400.0;
    /// The usual volatility: [`Scale::SIGMA`].
    pub const SIGMA: f64 = S::SIGMA;

    /// Starts at `start` ticks and reverts to `theta` ticks at rate `k` in 1/s, with volatility `sigma`
    /// (ticks/√s; logarithm 1/√s), on a grid of [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` is at least 1 (logarithm: above 0), `theta` above 0, `k` and `sigma` at
    /// least 0.
    pub fn new(start: f64, k: f64, theta: f64, sigma: f64) -> Result<MeanReversion<S>, ValueError> {
        let start = S::start(start)?;
        let theta = positive("theta", theta)?;
        let k = not_negative("k", k)?;
        let sigma = not_negative("sigma", sigma)?;
        let (decay, sd) = (1.0, 0.0);
        let law = MeanReversion { start, theta, k, sigma, dt: DEFAULT_DT, decay, sd, scale: PhantomData };
        law.with_dt(DEFAULT_DT)
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<MeanReversion<S>, ValueError> {
        let h = step(dt)?.as_secs_f64();
        // (1 - exp(-x)) / x at x = 2 k h, which tends to one as the rate tends to zero: Brownian motion.
        let x = 2.0 * self.k * h;
        let share = if x > 0.0 { -math::expm1(-x) / x } else { 1.0 };
        Ok(MeanReversion {
            dt,
            decay: math::exp(-self.k * h),
            sd: self.sigma * math::sqrt(h * share),
            ..self
        })
    }
}

impl<S: Scale> Fundamental for MeanReversion<S> {
    fn width(&self) -> usize {
        1
    }

    fn dt(&self) -> Span {
        self.dt
    }

    fn start(&self, values: &mut [f64]) {
        values[0] = self.start;
    }

    fn step(&mut self, rng: &mut RngStream, values: &mut [f64]) {
        let apart = S::apart(values[0], self.theta) * self.decay + self.sd * rng.normal();
        values[0] = S::away(self.theta, apart);
    }

    /// The law itself; that of the logarithm with the volatility in ticks that it has at `theta`.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.theta, kappa: self.k, sigma: S::in_ticks(self.sigma, self.theta) })
    }

    fn clone_box(&self) -> Box<dyn Fundamental> {
        Box::new(*self)
    }

    saved!(nothing);
}
