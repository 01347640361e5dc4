//! How long messages travel, and in what order they arrive.

use crate::latency::LatencyModel;
use crate::rng::{RngStream, StreamKey};
use crate::types::{Span, Time, VenueId};

/// A link with what never changes looked up.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    model: Box<dyn LatencyModel>,
    /// Per venue: the delays of orders and reports, where they are fixed.
    fixed: Vec<Option<(Span, Span)>>,
    /// Per venue: the feed delay.
    feeds: Vec<Span>,
}

impl Link {
    pub(crate) fn new(model: Box<dyn LatencyModel>, venues: usize) -> Link {
        let ids = || (0..venues).map(|v| VenueId(u8::try_from(v).unwrap_or(u8::MAX)));
        let positive = |(a, b): (Span, Span)| (a.max(Span::ZERO), b.max(Span::ZERO));
        let fixed = ids().map(|v| model.fixed(v).map(positive)).collect();
        let feeds = ids().map(|v| model.feed(v).max(Span::ZERO)).collect();
        Link { model, fixed, feeds }
    }

    pub(crate) fn feed(&self, venue: VenueId) -> Span {
        self.feeds[venue.index()]
    }
}

/// The messages of a group's members that are on their way: for each member and venue, when the last one in
/// each direction arrives, so that none overtakes another. Empty where the delays are fixed, since then
/// nothing can overtake.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transit {
    venues: usize,
    /// Per member: the stream `agents/<group>/<i>/latency`.
    streams: Vec<RngStream>,
    /// Per member and venue: the last arrivals, at the venue and at the agent.
    last: Vec<(Time, Time)>,
}

impl Transit {
    /// `key` is `agents/<group>`.
    pub(crate) fn new(link: &Link, members: u32, key: StreamKey) -> Transit {
        if link.fixed.iter().all(Option::is_some) {
            return Transit::default();
        }
        let venues = link.fixed.len();
        Transit {
            venues,
            streams: (0..members).map(|i| key.index(u64::from(i)).child("latency").stream()).collect(),
            last: vec![(Time::ZERO, Time::ZERO); members as usize * venues],
        }
    }

    /// When a request that leaves at `leave` arrives at the venue.
    #[inline]
    pub(crate) fn request(&mut self, link: &mut Link, member: usize, leave: Time, venue: VenueId) -> Time {
        if let Some((delay, _)) = link.fixed[venue.index()] {
            return leave + delay;
        }
        let delay = link.model.order(leave, venue, &mut self.streams[member]).max(Span::ZERO);
        let (last, _) = &mut self.last[member * self.venues + venue.index()];
        *last = (leave + delay).max(*last);
        *last
    }

    /// When a report that leaves the venue at `leave` arrives at the agent.
    #[inline]
    pub(crate) fn report(&mut self, link: &mut Link, member: usize, leave: Time, venue: VenueId) -> Time {
        if let Some((_, delay)) = link.fixed[venue.index()] {
            return leave + delay;
        }
        let delay = link.model.report(leave, venue, &mut self.streams[member]).max(Span::ZERO);
        let (_, last) = &mut self.last[member * self.venues + venue.index()];
        *last = (leave + delay).max(*last);
        *last
    }
}
