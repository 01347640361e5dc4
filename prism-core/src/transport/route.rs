//! How long messages travel, and in what order they arrive.

use crate::latency::LatencyModel;
use crate::memory::{NoMemory, filled, prefetch, room};
use crate::rng::{RngStream, StreamKey};
use crate::types::{LinkId, Span, Time, VenueId};

/// The delays of orders and reports.
type Delays = (Span, Span);

/// A link with what never changes looked up.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    model: Box<dyn LatencyModel>,
    /// Per venue: the delays, where they are fixed.
    fixed: Vec<Option<Delays>>,
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
/// each direction arrives, so that none overtakes another. Where all delays are fixed, nothing can.
#[derive(Clone, Debug)]
pub(crate) struct Transit {
    /// As the link has it, at hand.
    fixed: Vec<Option<Delays>>,
    ways: Vec<Way>,
    /// Per member: the last arrivals at and from the venues after the first.
    others: Vec<Arrivals>,
    venues: usize,
}

/// All links, and which of them is meant.
pub(crate) type Links<'a> = (&'a mut [Link], LinkId);

/// The random delays of a member and its last arrivals at the first venue and back: one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Way {
    /// The stream `agents/<group>/<i>/latency`.
    stream: RngStream,
    first: Arrivals,
}

/// When the last request arrives at the venue, and the last report at the agent.
#[derive(Clone, Copy, Debug, Default)]
struct Arrivals {
    there: Time,
    back: Time,
}

impl Transit {
    /// `key` is `agents/<group>`.
    pub(crate) fn new(link: &Link, members: u32, key: StreamKey) -> Result<Transit, NoMemory> {
        let fixed = link.fixed.clone();
        if fixed.iter().all(Option::is_some) {
            return Ok(Transit { fixed, ways: Vec::new(), others: Vec::new(), venues: 0 });
        }
        let way = |i: u32| Way {
            stream: key.index(u64::from(i)).child("latency").stream(),
            first: Arrivals::default(),
        };
        let venues = link.fixed.len();
        let mut ways = room("the messages under way", members as usize)?;
        ways.extend((0..members).map(way));
        let others = filled("the messages under way", members as usize * (venues - 1), Arrivals::default())?;
        Ok(Transit { fixed, ways, others, venues })
    }

    /// Looks at a member's line without waiting for it, so that it will be in the cache.
    #[inline]
    pub(crate) fn fetch(&self, member: usize) {
        if let Some(way) = self.ways.get(member) {
            prefetch(way);
        }
    }

    /// When a request that leaves at `leave` arrives at the venue.
    #[inline(always)]
    pub(crate) fn request(&mut self, links: Links<'_>, member: usize, leave: Time, venue: VenueId) -> Time {
        match self.fixed[venue.index()] {
            Some((delay, _)) => leave + delay,
            None => self.drawn_request(links, member, leave, venue),
        }
    }

    #[inline(never)]
    fn drawn_request(&mut self, links: Links<'_>, member: usize, leave: Time, venue: VenueId) -> Time {
        let draw = |link: &mut Link, stream: &mut RngStream| link.model.order(leave, venue, stream);
        self.drawn(links, (member, venue), leave, draw, |last| &mut last.there)
    }

    /// When a report that leaves the venue at `leave` arrives at the agent.
    #[inline(always)]
    pub(crate) fn report(&mut self, links: Links<'_>, member: usize, leave: Time, venue: VenueId) -> Time {
        match self.fixed[venue.index()] {
            Some((_, delay)) => leave + delay,
            None => self.drawn_report(links, member, leave, venue),
        }
    }

    #[inline(never)]
    fn drawn_report(&mut self, links: Links<'_>, member: usize, leave: Time, venue: VenueId) -> Time {
        let draw = |link: &mut Link, stream: &mut RngStream| link.model.report(leave, venue, stream);
        self.drawn(links, (member, venue), leave, draw, |last| &mut last.back)
    }

    /// The arrival of a message whose delay is drawn, which is not before that of the one ahead of it.
    #[inline(always)]
    fn drawn(
        &mut self,
        (links, link): Links<'_>,
        (member, venue): (usize, VenueId),
        leave: Time,
        draw: impl FnOnce(&mut Link, &mut RngStream) -> Span,
        ahead: impl FnOnce(&mut Arrivals) -> &mut Time,
    ) -> Time {
        let Way { stream, first } = &mut self.ways[member];
        let ahead = ahead(match venue.index().checked_sub(1) {
            None => first,
            Some(n) => &mut self.others[member * (self.venues - 1) + n],
        });
        let delay = draw(&mut links[link.index()], stream).max(Span::ZERO);
        *ahead = (leave + delay).max(*ahead);
        *ahead
    }
}
