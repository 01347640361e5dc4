//! What a trader believes of a value that it sees through noise.

use prism_core::math::{exp, expm1};
use prism_core::types::{Span, Time};
use prism_core::value::Prior;
use serde::{Deserialize, Serialize};

/// The forecast of an Ornstein–Uhlenbeck value that is `value` now: mean + exp(−κ·ahead)·(value − mean).
pub fn forecast(law: &Prior, value: f64, ahead: Span) -> f64 {
    law.mean + exp(-law.kappa * ahead.as_secs_f64()) * (value - law.mean)
}

/// A normal belief about an Ornstein–Uhlenbeck value: the exact Kalman filter of noisy observations.
///
/// Before the first observation it is the law's stationary one. A random walk (κ = 0) has none: then the
/// first observation is taken as it is.
///
/// ```
/// use prism_agents::kit::belief::Belief;
/// use prism_core::{types::Time, value::Prior};
/// let mut belief = Belief::new(Prior { mean: 100.0, kappa: 0.5, sigma: 0.2 });
/// let gain = belief.observe(Time::ZERO, 100.3, 0.1);
/// assert!((gain - 0.8).abs() < 1e-12); // stationary variance 0.04 against noise 0.01
/// assert!((belief.estimate() - 100.24).abs() < 1e-12);
/// assert!((belief.variance() - 0.008).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Belief {
    law: Prior,
    estimate: f64,
    variance: f64,
    at: Time,
}

impl Belief {
    /// What is believed before anything has been seen.
    pub fn new(law: Prior) -> Belief {
        let variance =
            if law.kappa > 0.0 { law.sigma * law.sigma / (2.0 * law.kappa) } else { f64::INFINITY };
        Belief { law, estimate: law.mean, variance, at: Time::ZERO }
    }

    /// The law that the value is believed to follow.
    pub fn law(&self) -> &Prior {
        &self.law
    }

    /// The mean of the belief, in ticks.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// The variance of the belief, in ticks²; infinite before the first observation of a random walk.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Brings the belief to `now`: it moves to the mean and widens. A moment before the last changes
    /// nothing.
    pub fn propagate(&mut self, now: Time) {
        let step = now - self.at;
        if !step.is_positive() {
            return;
        }
        self.at = now;
        let secs = step.as_secs_f64();
        let Prior { kappa, sigma, .. } = self.law;
        let phi = exp(-kappa * secs);
        self.estimate = forecast(&self.law, self.estimate, step);
        let spread = if kappa > 0.0 { -expm1(-2.0 * kappa * secs) / (2.0 * kappa) } else { secs };
        self.variance = phi * phi * self.variance + sigma * sigma * spread;
    }

    /// Takes in the observation `seen` of the value with a standard deviation of `noise` ticks, made at
    /// `now`, and returns the gain: the weight of the observation, from 0 to 1.
    pub fn observe(&mut self, now: Time, seen: f64, noise: f64) -> f64 {
        self.propagate(now);
        let doubt = noise * noise;
        let gain = if self.variance.is_finite() && self.variance + doubt > 0.0 {
            self.variance / (self.variance + doubt)
        } else {
            1.0
        };
        if gain < 1.0 {
            self.estimate += gain * (seen - self.estimate);
            self.variance *= 1.0 - gain;
        } else {
            self.estimate = seen;
            self.variance = doubt;
        }
        gain
    }

    /// The forecast of the value `ahead` of the last observation, in ticks.
    pub fn forecast(&self, ahead: Span) -> f64 {
        forecast(&self.law, self.estimate, ahead)
    }
}
