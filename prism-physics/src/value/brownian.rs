//! Brownian motion: independent normal steps of the level, or of the logarithm.
//!
//! | parameter | unit of [`Brownian`] | of [`GeometricBrownian`] | usual | range |
//! |---|---|---|---|---|
//! | `start` | ticks | ticks | | ≥ 1; geometric > 0 |
//! | `mu` | ticks/s | 1/s | 0 | finite |
//! | `sigma` | ticks/√s | 1/√s | 1.3; geometric 1.3e-4 | ≥ 0 |
//! | `dt` | time | time | 100 ms | ≥ 1 ns |
//!
//! Arithmetic: `V(t + h) = V(t) + mu h + sigma √h Z`. Geometric:
//! `V(t + h) = V(t) exp((mu - sigma²/2) h + sigma √h Z)`, with mean `V(0) exp(mu t)` and variance
//! `V(0)² exp(2 mu t) (exp(sigma² t) - 1)`. Z is standard normal; both are exact for every step `h`.
//!
//! **Sources**: L. Bachelier, *Théorie de la spéculation*, Annales scientifiques de l'É.N.S. 17, 1900; P. A.
//! Samuelson, *Rational theory of warrant pricing*, Industrial Management Review 6(2), 1965.
//! **Differences**: the level stops at a floor of one tick.
//! **Reproduced**: mean, variance and law of one step and of two half steps, `tests/values.rs`.

use std::marker::PhantomData;

use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::scale::{Level, Log, Scale};
use super::{DEFAULT_DT, ValueError, finite, not_negative, step};

/// Brownian motion of the level, down to a floor of one tick: choose `start` many `sigma √T` above it.
pub type Brownian = BrownianMotion<Level>;

/// Brownian motion of the logarithm: always positive.
pub type GeometricBrownian = BrownianMotion<Log>;

/// Brownian motion with drift on a [`Scale`]: see the [module](self).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrownianMotion<S> {
    start: f64,
    mu: f64,
    sigma: f64,
    dt: Span,
    /// Mean and standard deviation of one step.
    drift: f64,
    sd: f64,
    scale: PhantomData<S>,
}

impl<S: Scale> BrownianMotion<S> {
    /// The usual volatility: [`Scale::SIGMA`].
    pub const SIGMA: f64 = S::SIGMA;

    /// Starts at `start` ticks, with drift `mu` (ticks/s; geometric 1/s) and volatility `sigma` (ticks/√s;
    /// geometric 1/√s), on a grid of [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` is at least 1 (geometric: above 0) and `sigma` at least 0.
    pub fn new(start: f64, mu: f64, sigma: f64) -> Result<BrownianMotion<S>, ValueError> {
        let start = S::start(start)?;
        let mu = finite("mu", mu)?;
        let sigma = not_negative("sigma", sigma)?;
        let law =
            BrownianMotion { start, mu, sigma, dt: DEFAULT_DT, drift: 0.0, sd: 0.0, scale: PhantomData };
        law.with_dt(DEFAULT_DT)
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<BrownianMotion<S>, ValueError> {
        let h = step(dt)?.as_secs_f64();
        let drift = S::drift(self.mu, self.sigma) * h;
        Ok(BrownianMotion { dt, drift, sd: self.sigma * math::sqrt(h), ..self })
    }
}

impl<S: Scale> Fundamental for BrownianMotion<S> {
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
        values[0] = S::moved(values[0], self.drift, self.sd * rng.normal());
    }

    /// A random walk with the volatility in ticks that it has at the start; a drift is not part of the prior.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.start, kappa: 0.0, sigma: S::in_ticks(self.sigma, self.start) })
    }

    fn clone_box(&self) -> Box<dyn Fundamental> {
        Box::new(*self)
    }

    saved!(nothing);
}
