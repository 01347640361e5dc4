//! A base delay with log-normal jitter, drawn for every message.
//!
//! | parameter | unit | range | meaning |
//! |---|---|---|---|
//! | `base` | time | ≥ 0 s | what no message undercuts |
//! | `median` | time | ≥ 0 s | median of what is added to it |
//! | `sigma` | number | ≥ 0, finite | standard deviation of the logarithm of what is added |
//! | `feed` | time | ≥ 0 s | public data, always the same |
//!
//! A message takes `base + median exp(sigma Z)` with a standard normal Z of its own, to the nearest nanosecond:
//! mean `base + median exp(sigma²/2)`, variance `median² exp(sigma²) (exp(sigma²) - 1)`. The kernel keeps an
//! agent's messages in the order of sending, so one sent shortly after a slow one arrives together with it.
//!
//! **Source**: N. L. Johnson, S. Kotz, N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, 2nd
//! ed., Wiley 1994, chapter 14.
//! **Reproduced**: mean, median and both variances, `tests/latency.rs`.

use prism_core::latency::LatencyModel;
use prism_core::math;
use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::types::{Span, Time, VenueId};

use super::{LatencyError, not_negative};

/// The delay of one direction: `base + median · exp(sigma Z)`, to the nearest nanosecond.
///
/// The base is what distance and wire cost and no message undercuts; the jitter is what queues and computers add,
/// small for most and large for few. Its mean is `median · exp(sigma² / 2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    base: Span,
    /// What is added when it does not vary: the median, for `sigma` zero.
    steady: Option<Span>,
    /// Logarithm of the median in nanoseconds.
    mu: f64,
    sigma: f64,
}

impl Jitter {
    /// A base, the median of the jitter on top of it, and the standard deviation of its logarithm. With a median
    /// or a `sigma` of zero the delay is constant.
    ///
    /// # Errors
    /// If `base` or `median` is below zero, or `sigma` below zero or not finite.
    pub fn new(base: Span, median: Span, sigma: f64) -> Result<Jitter, LatencyError> {
        let base = not_negative("base", base)?;
        let median = not_negative("median", median)?;
        if !(0.0..=f64::MAX).contains(&sigma) {
            return Err(LatencyError::Sigma { sigma });
        }
        let varies = median.is_positive() && sigma > 0.0;
        let mu = if varies { math::ln(median.as_nanos() as f64) } else { 0.0 };
        Ok(Jitter { base, steady: (!varies).then_some(median), mu, sigma })
    }

    /// A delay without jitter.
    ///
    /// # Errors
    /// If it is below zero.
    pub fn none(base: Span) -> Result<Jitter, LatencyError> {
        Jitter::new(base, Span::ZERO, 0.0)
    }

    /// The delay, if it never varies.
    fn constant(&self) -> Option<Span> {
        self.steady.map(|jitter| self.base + jitter)
    }

    #[inline]
    fn draw(&self, rng: &mut RngStream) -> Span {
        let jitter = match self.steady {
            Some(jitter) => jitter,
            #[allow(clippy::cast_possible_truncation)] // positive; saturates at 292 years
            None => Span::nanos((rng.lognormal(self.mu, self.sigma) + 0.5) as i64),
        };
        self.base + jitter
    }
}

/// Random delays of orders and reports, each by a [`Jitter`], and a constant delay of public data.
///
/// ```
/// use prism_core::prelude::*;
/// use prism_physics::latency::{Jitter, LogNormal};
///
/// // 1 ms of distance, typically 200 µs of queues, now and then several times that.
/// let there = Jitter::new(Span::millis(1), Span::micros(200), 0.3)?;
/// let link = LogNormal::new(there, Span::millis(1))?;
/// # Ok::<(), prism_physics::latency::LatencyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    order: Jitter,
    report: Jitter,
    feed: Span,
}

impl LogNormal {
    /// Orders and reports by the same law, drawn independently, and public data after `feed`.
    ///
    /// # Errors
    /// If `feed` is below zero.
    pub fn new(both: Jitter, feed: Span) -> Result<LogNormal, LatencyError> {
        Ok(LogNormal { order: both, report: both, feed: not_negative("feed", feed)? })
    }

    /// Another law for reports.
    pub fn with_report(self, report: Jitter) -> LogNormal {
        LogNormal { report, ..self }
    }
}

impl LatencyModel for LogNormal {
    fn order(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        self.order.draw(rng)
    }

    fn report(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        self.report.draw(rng)
    }

    fn feed(&self, _: VenueId) -> Span {
        self.feed
    }

    fn fixed(&self, _: VenueId) -> Option<(Span, Span)> {
        Some((self.order.constant()?, self.report.constant()?))
    }

    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }

    saved!(nothing);
}
