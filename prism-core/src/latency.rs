//! The port for latency: how long messages travel.

use crate::rng::RngStream;
use crate::save::{boxed, unsaved};
use crate::saved;
use crate::types::{Span, Time, VenueId};

/// The delays of one class of connection.
///
/// `order` and `report` may be drawn for every message, from a stream of the agent's own; the kernel keeps
/// arrivals in the order of sending, per agent and venue. `feed` is constant, which is what lets an agent
/// read the market as it was without an event for every update.
pub trait LatencyModel: Send {
    /// Agent to venue, for a message that leaves `now`. A negative span counts as none.
    fn order(&mut self, now: Time, venue: VenueId, rng: &mut RngStream) -> Span;

    /// Venue to agent, for a report that leaves `now`. A negative span counts as none.
    fn report(&mut self, now: Time, venue: VenueId, rng: &mut RngStream) -> Span;

    /// Venue to agent, for public data: constant for the whole run.
    fn feed(&self, venue: VenueId) -> Span;

    /// The delays of `order` and `report` if they never change, so that nothing need be drawn.
    fn fixed(&self, venue: VenueId) -> Option<(Span, Span)> {
        let _ = venue;
        None
    }

    /// A copy, for forks.
    fn clone_box(&self) -> Box<dyn LatencyModel>;

    unsaved!();
}

boxed!(LatencyModel);

/// No delay at all: the default link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Instant;

impl LatencyModel for Instant {
    fn order(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::ZERO
    }
    fn report(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::ZERO
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::ZERO
    }
    fn fixed(&self, _: VenueId) -> Option<(Span, Span)> {
        Some((Span::ZERO, Span::ZERO))
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }
    saved!(nothing);
}
