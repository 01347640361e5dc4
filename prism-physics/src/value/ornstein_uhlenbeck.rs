//! Mean reversion, of the level and of the logarithm.

use std::io::{Read, Write};

use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::save::SaveError;
use prism_core::types::Span;
use prism_core::value::{Fundamental, Prior};

use super::{DEFAULT_DT, FLOOR, ValueError, above_floor, not_negative, positive, step};

/// One step of a process that reverts to zero at rate `k` (Uhlenbeck and Ornstein 1930; the exact transition is
/// Gillespie's, *Exact numerical simulation of the Ornstein-Uhlenbeck process*, Phys. Rev. E 54, 1996):
/// `x(t + h) = x(t) exp(-k h) + sigma √((1 - exp(-2 k h)) / 2k) Z`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reversion {
    k: f64,
    sigma: f64,
    dt: Span,
    /// What is left of the displacement after one step, and the standard deviation of what comes in.
    decay: f64,
    sd: f64,
}

impl Reversion {
    /// The usual rate, 1/s: a half-life of one day of 86,400 s.
    const RATE: f64 = std::f64::consts::LN_2 / 86_400.0;

    fn new(k: f64, sigma: f64) -> Result<Reversion, ValueError> {
        let k = not_negative("k", k)?;
        let sigma = not_negative("sigma", sigma)?;
        Reversion { k, sigma, dt: DEFAULT_DT, decay: 1.0, sd: 0.0 }.with_dt(DEFAULT_DT)
    }

    fn with_dt(self, dt: Span) -> Result<Reversion, ValueError> {
        let h = step(dt)?.as_secs_f64();
        // (1 - exp(-x)) / x at x = 2 k h, which tends to one as the rate tends to zero: Brownian motion.
        let x = 2.0 * self.k * h;
        let share = if x > 0.0 { -math::expm1(-x) / x } else { 1.0 };
        Ok(Reversion { dt, decay: math::exp(-self.k * h), sd: self.sigma * math::sqrt(h * share), ..self })
    }

    #[inline]
    fn step(&self, rng: &mut RngStream, x: f64) -> f64 {
        x * self.decay + self.sd * rng.normal()
    }
}

/// A level that reverts to `theta`: `dV = k (theta - V) dt + sigma dW`, stepped exactly, down to a floor of one
/// tick.
///
/// In the long run its standard deviation is `sigma / √(2k)` and its half-life `ln 2 / k`; at `k = 0` it is
/// Brownian motion. The floor bends the law only when the value gets there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrnsteinUhlenbeck {
    start: f64,
    theta: f64,
    reversion: Reversion,
}

impl OrnsteinUhlenbeck {
    /// The usual rate of reversion, 1/s: a half-life of 24 hours.
    pub const RATE: f64 = Reversion::RATE;
    /// The usual volatility, ticks/√s.
    pub const SIGMA: f64 = super::Brownian::SIGMA;

    /// Starts at `start` ticks and reverts to `theta` ticks at rate `k` in 1/s, with volatility `sigma` in
    /// ticks/√s, on a grid of [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` is at least 1, `theta` above 0, `k` and `sigma` at least 0.
    pub fn new(start: f64, k: f64, theta: f64, sigma: f64) -> Result<OrnsteinUhlenbeck, ValueError> {
        let start = above_floor("start", start)?;
        let theta = positive("theta", theta)?;
        Ok(OrnsteinUhlenbeck { start, theta, reversion: Reversion::new(k, sigma)? })
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<OrnsteinUhlenbeck, ValueError> {
        Ok(OrnsteinUhlenbeck { reversion: self.reversion.with_dt(dt)?, ..self })
    }
}

impl Fundamental for OrnsteinUhlenbeck {
    fn width(&self) -> usize {
        1
    }

    fn dt(&self) -> Span {
        self.reversion.dt
    }

    fn start(&self, values: &mut [f64]) {
        values[0] = self.start;
    }

    fn step(&mut self, rng: &mut RngStream, values: &mut [f64]) {
        let next = self.theta + self.reversion.step(rng, values[0] - self.theta);
        values[0] = math::max(next, FLOOR);
    }

    /// The law itself.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.theta, kappa: self.reversion.k, sigma: self.reversion.sigma })
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

/// A value whose logarithm reverts to that of `theta`: `d ln V = k (ln theta - ln V) dt + sigma dW`, stepped
/// exactly (Schwartz 1997, *The stochastic behavior of commodity prices*, J. Finance 52, model 1 with its long-run
/// level of the logarithm given). Always positive; `theta` is the median in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogOrnsteinUhlenbeck {
    start: f64,
    theta: f64,
    reversion: Reversion,
}

impl LogOrnsteinUhlenbeck {
    /// The usual rate of reversion, 1/s: a half-life of 24 hours.
    pub const RATE: f64 = Reversion::RATE;
    /// The usual volatility, 1/√s.
    pub const SIGMA: f64 = super::GeometricBrownian::SIGMA;

    /// Starts at `start` ticks and reverts to a median of `theta` ticks at rate `k` in 1/s, with volatility
    /// `sigma` in 1/√s, on a grid of [`DEFAULT_DT`].
    ///
    /// # Errors
    /// Unless all are finite, `start` and `theta` are above 0, `k` and `sigma` at least 0.
    pub fn new(start: f64, k: f64, theta: f64, sigma: f64) -> Result<LogOrnsteinUhlenbeck, ValueError> {
        let start = positive("start", start)?;
        let theta = positive("theta", theta)?;
        Ok(LogOrnsteinUhlenbeck { start, theta, reversion: Reversion::new(k, sigma)? })
    }

    /// The same process on a grid of step `dt`.
    ///
    /// # Errors
    /// If `dt` is below a nanosecond.
    pub fn with_dt(self, dt: Span) -> Result<LogOrnsteinUhlenbeck, ValueError> {
        Ok(LogOrnsteinUhlenbeck { reversion: self.reversion.with_dt(dt)?, ..self })
    }
}

impl Fundamental for LogOrnsteinUhlenbeck {
    fn width(&self) -> usize {
        1
    }

    fn dt(&self) -> Span {
        self.reversion.dt
    }

    fn start(&self, values: &mut [f64]) {
        values[0] = self.start;
    }

    fn step(&mut self, rng: &mut RngStream, values: &mut [f64]) {
        let away = self.reversion.step(rng, math::ln(values[0] / self.theta));
        values[0] = self.theta * math::exp(away);
    }

    /// The law around its long-run level, in ticks.
    fn prior(&self, _: usize) -> Option<Prior> {
        Some(Prior { mean: self.theta, kappa: self.reversion.k, sigma: self.reversion.sigma * self.theta })
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
