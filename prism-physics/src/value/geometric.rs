//! Geometric Brownian motion: normal steps of the logarithm.

use std::io::{Read, Write};

use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::save::SaveError;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::{DEFAULT_DT, ValueError, finite, not_negative, positive, step};

/// Geometric Brownian motion (Samuelson 1965): `V(t + h) = V(t) exp((mu - sigma²/2) h + sigma √h Z)`, exact for
/// every `h`. Always positive, with mean `V(0) exp(mu t)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeometricBrownian {
    start: f64,
    mu: f64,
    sigma: f64,
    dt: Span,
    /// Mean and standard deviation of the logarithm's step.
    drift: f64,
    sd: f64,
}

impl GeometricBrownian {
    /// The usual volatility, 1/√s: about 2 % in a day of 6.5 hours.
    pub const SIGMA: f64 = 1.3e-4;

    /// Starts at `start` ticks, grows at rate `mu` in 1/s, with volatility `sigma` in 1/√s, on a grid of
    /// [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` is above 0 and `sigma` at least 0.
    pub fn new(start: f64, mu: f64, sigma: f64) -> Result<GeometricBrownian, ValueError> {
        let start = positive("start", start)?;
        let mu = finite("mu", mu)?;
        let sigma = not_negative("sigma", sigma)?;
        GeometricBrownian { start, mu, sigma, dt: DEFAULT_DT, drift: 0.0, sd: 0.0 }.with_dt(DEFAULT_DT)
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<GeometricBrownian, ValueError> {
        let h = step(dt)?.as_secs_f64();
        let drift = (self.mu - 0.5 * self.sigma * self.sigma) * h;
        Ok(GeometricBrownian { dt, drift, sd: self.sigma * math::sqrt(h), ..self })
    }
}

impl Fundamental for GeometricBrownian {
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
        values[0] *= math::exp(self.drift + self.sd * rng.normal());
    }

    /// A random walk with the volatility in ticks that it has at the start.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.start, kappa: 0.0, sigma: self.sigma * self.start })
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
