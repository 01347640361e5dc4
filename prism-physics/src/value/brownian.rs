//! Arithmetic Brownian motion: normal steps of the level.

use std::io::{Read, Write};

use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::save::SaveError;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::{DEFAULT_DT, FLOOR, ValueError, above_floor, finite, not_negative, step};

/// Brownian motion with drift (Bachelier 1900): `V(t + h) = V(t) + mu h + sigma √h Z`, exact for every `h`, down
/// to a floor of one tick.
///
/// The floor bends the law only when the value gets there; choose `start` many `sigma √T` above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brownian {
    start: f64,
    mu: f64,
    sigma: f64,
    dt: Span,
    /// Mean and standard deviation of one step.
    drift: f64,
    sd: f64,
}

impl Brownian {
    /// The usual volatility, ticks/√s.
    pub const SIGMA: f64 = 1.3;

    /// Starts at `start` ticks, with drift `mu` in ticks/s and volatility `sigma` in ticks/√s, on a grid of
    /// [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` is at least 1 and `sigma` at least 0.
    pub fn new(start: f64, mu: f64, sigma: f64) -> Result<Brownian, ValueError> {
        let start = above_floor("start", start)?;
        let mu = finite("mu", mu)?;
        let sigma = not_negative("sigma", sigma)?;
        Brownian { start, mu, sigma, dt: DEFAULT_DT, drift: 0.0, sd: 0.0 }.with_dt(DEFAULT_DT)
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<Brownian, ValueError> {
        let h = step(dt)?.as_secs_f64();
        Ok(Brownian { dt, drift: self.mu * h, sd: self.sigma * math::sqrt(h), ..self })
    }
}

impl Fundamental for Brownian {
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
        values[0] = math::max(values[0] + self.drift + self.sd * rng.normal(), FLOOR);
    }

    /// A random walk; a drift is not part of the prior.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.start, kappa: 0.0, sigma: self.sigma })
    }

    fn clone_box(&self) -> Box<dyn Fundamental> {
        Box::new(*self)
    }

    fn save(&self, _: &mut dyn Write) -> Result<(), SaveError> {
        Ok(())
    }

    fn load(&mut self, _: &mut dyn Read) -> Result<(), SaveError> {
        Ok(())
    }
}
