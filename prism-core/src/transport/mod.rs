//! Messages on their way: how long they travel, and the queue in which they wait.

pub mod queue;
mod route;
mod terms;

use crate::msg::packed::Delivery;
use crate::types::{GroupId, LinkId, Span, Time, VenueId};
use queue::EventQueue;
pub(crate) use route::{Link, Transit};
use terms::TermsBeside;

/// Everything on its way, and the links that it travels by.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) queue: EventQueue<Delivery>,
    pub(crate) terms: TermsBeside,
    links: Vec<Link>,
}

/// Where a message comes from or goes to: a member of a group, with the group's link and the messages of its
/// members under way.
pub(crate) struct Address<'a> {
    pub(crate) group: GroupId,
    pub(crate) member: usize,
    pub(crate) link: LinkId,
    pub(crate) transit: &'a mut Transit,
}

impl Post {
    pub(crate) fn new(links: Vec<Link>) -> Post {
        Post { queue: EventQueue::new(), terms: TermsBeside::default(), links }
    }

    /// Sends a request that leaves its agent at `leave`.
    #[inline(always)]
    #[allow(clippy::needless_pass_by_value)] // it is made for this call
    pub(crate) fn send(&mut self, leave: Time, request: Delivery, from: Address<'_>, to: VenueId) {
        let at = from.transit.request((&mut self.links, from.link), from.member, leave, to);
        self.queue.push(at, request.at_venue(to, from.group));
    }

    /// When a report that leaves a venue now reaches its agent.
    #[inline(always)]
    #[allow(clippy::needless_pass_by_value)] // it is made for this call
    pub(crate) fn arrival(&mut self, now: Time, venue: VenueId, to: Address<'_>) -> Time {
        to.transit.report((&mut self.links, to.link), to.member, now, venue)
    }

    /// How late a link hears a venue's public messages.
    #[inline]
    pub(crate) fn feed(&self, link: LinkId, venue: VenueId) -> Span {
        self.links[link.index()].feed(venue)
    }
}
