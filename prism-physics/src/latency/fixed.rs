//! The same delay for every message.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `delay` | time | | ≥ 0 s | in every direction, unless one of the others is given |
//! | `order` | time | `delay` | ≥ 0 s | agent to venue |
//! | `report` | time | `delay` | ≥ 0 s | venue to agent, reports |
//! | `feed` | time | `delay` | ≥ 0 s | venue to agent, public data |
//!
//! It draws nothing, and says so ([`LatencyModel::fixed`]).

use prism_core::latency::LatencyModel;
use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::types::{Span, Time, VenueId};

use super::{LatencyError, not_negative};

/// Constant delays: one for orders, one for reports, one for public data.
///
/// ```
/// use prism_core::prelude::*;
/// use prism_physics::latency::Fixed;
///
/// // A co-located link that gets its data over a slower line.
/// let link = Fixed::new(Span::micros(5))?.with_feed(Span::micros(80))?;
/// # Ok::<(), prism_physics::latency::LatencyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    order: Span,
    report: Span,
    feed: Span,
}

impl Fixed {
    /// This delay in every direction.
    ///
    /// # Errors
    /// If it is below zero.
    pub fn new(delay: Span) -> Result<Fixed, LatencyError> {
        let delay = not_negative("delay", delay)?;
        Ok(Fixed { order: delay, report: delay, feed: delay })
    }

    /// This delay from agent to venue.
    ///
    /// # Errors
    /// If it is below zero.
    pub fn with_order(self, delay: Span) -> Result<Fixed, LatencyError> {
        Ok(Fixed { order: not_negative("order", delay)?, ..self })
    }

    /// This delay from venue to agent, for reports.
    ///
    /// # Errors
    /// If it is below zero.
    pub fn with_report(self, delay: Span) -> Result<Fixed, LatencyError> {
        Ok(Fixed { report: not_negative("report", delay)?, ..self })
    }

    /// This delay from venue to agent, for public data.
    ///
    /// # Errors
    /// If it is below zero.
    pub fn with_feed(self, delay: Span) -> Result<Fixed, LatencyError> {
        Ok(Fixed { feed: not_negative("feed", delay)?, ..self })
    }
}

impl LatencyModel for Fixed {
    fn order(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        self.order
    }

    fn report(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        self.report
    }

    fn feed(&self, _: VenueId) -> Span {
        self.feed
    }

    fn fixed(&self, _: VenueId) -> Option<(Span, Span)> {
        Some((self.order, self.report))
    }

    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }

    saved!(nothing);
}
