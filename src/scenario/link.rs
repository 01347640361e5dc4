//! A link put together from a law for each direction.

use std::io::{Read, Write};

use prism_core::latency::LatencyModel;
use prism_core::rng::RngStream;
use prism_core::save::SaveError;
use prism_core::types::{Span, Time, VenueId};

/// Orders by one model, reports by another, public data after a constant.
#[derive(Clone, Debug)]
pub(crate) struct Directions {
    pub(crate) order: Box<dyn LatencyModel>,
    pub(crate) report: Box<dyn LatencyModel>,
    pub(crate) feed: Span,
}

impl LatencyModel for Directions {
    fn order(&mut self, now: Time, venue: VenueId, rng: &mut RngStream) -> Span {
        self.order.order(now, venue, rng)
    }

    fn report(&mut self, now: Time, venue: VenueId, rng: &mut RngStream) -> Span {
        self.report.report(now, venue, rng)
    }

    fn feed(&self, _: VenueId) -> Span {
        self.feed
    }

    fn fixed(&self, venue: VenueId) -> Option<(Span, Span)> {
        Some((self.order.fixed(venue)?.0, self.report.fixed(venue)?.1))
    }

    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(self.clone())
    }

    fn save(&self, to: &mut dyn Write) -> Result<(), SaveError> {
        self.order.save(to)?;
        self.report.save(to)
    }

    fn load(&mut self, from: &mut dyn Read) -> Result<(), SaveError> {
        self.order.load(from)?;
        self.report.load(from)
    }
}
