//! The gateway of a venue: one server that takes requests first come, first served, and a limit on how many an
//! agent may send.
//!
//! With a service time of *s* it lets a request through *s* after it has begun with it, and it begins when it has
//! let the one before through. So what is sent into a crowd arrives late, and load makes latency: requests that
//! come at random at a share *x* of the rate 1/*s* wait *x s* / (2 (1 − *x*)) on average for their turn (the M/D/1
//! queue; Pollaczek 1930, Khinchin 1932; L. Kleinrock, *Queueing Systems* 1, 1975, §5.6).
//!
//! The limit counts in windows, as CME Globex does on iLink (*Messaging Controls*, CME Group client systems wiki): a
//! window begins with the first request of an agent that is counted; at its end the count is nothing again, and the
//! next window begins with the next request. What comes above the limit is refused at once and takes no service.

use super::error::BuildProblem;
use crate::memory::{NoMemory, filled};
use crate::msg::Reject;
use crate::msg::packed::{Delivery, sort};
use crate::types::{Span, Time, VenueId};

/// What stands between the links and a venue; see [`Builder::gateway`](super::Builder::gateway). Each part may be
/// left out, and without any it does nothing.
///
/// A request is counted against the limit, then it finds its place in the queue, and at the end of its service the
/// venue carries it out; reports and prints leave then. What is refused is answered on arrival with
/// [`Rejected`](crate::msg::Report::Rejected). Requests pass in the order in which they came, so of one agent none
/// overtakes another; those that come at one instant, in the order of the [ties](super::Ties).
///
/// ```
/// use prism_core::kernel::Gateway;
/// use prism_core::types::Span;
///
/// // A hundred thousand requests a second, and 1,500 in three seconds from each agent, cancels not counted.
/// let gateway = Gateway::new().service(Span::micros(10)).limit(1_500, Span::secs(3)).exempt_cancels();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    service: Span,
    limit: Option<(u32, Span)>,
    exempt_cancels: bool,
    max_queue: Option<u32>,
}

impl Gateway {
    /// One that does nothing.
    pub const fn new() -> Gateway {
        Gateway { service: Span::ZERO, limit: None, exempt_cancels: false, max_queue: None }
    }

    /// How long each request takes. Zero (the default) or more.
    pub const fn service(mut self, each: Span) -> Gateway {
        self.service = each;
        self
    }

    /// At most so many requests of an agent in each of its windows, at least 1 in at least 1 ns. The others are
    /// refused for [`Reject::RateLimit`].
    pub const fn limit(mut self, requests: u32, window: Span) -> Gateway {
        self.limit = Some((requests, window));
        self
    }

    /// Neither counts nor refuses cancels for the limit, so that an agent can always leave the market.
    pub const fn exempt_cancels(mut self) -> Gateway {
        self.exempt_cancels = true;
        self
    }

    /// At most so many requests wait, the one in service not counted. What finds the queue full is refused for
    /// [`Reject::QueueFull`], cancels too. Without it the queue has no end.
    pub const fn max_queue(mut self, waiting: u32) -> Gateway {
        self.max_queue = Some(waiting);
        self
    }

    /// What is wrong with the gateway of a venue.
    pub(super) fn problems(&self, venue: &str) -> impl Iterator<Item = BuildProblem> {
        let owner = || format!("the gateway of {venue}");
        let short = |field, least, given: Span| {
            (given < least).then(|| BuildProblem::SpanRange { owner: owner(), field, least, given })
        };
        let none = self.limit.is_some_and(|(requests, _)| requests == 0);
        let window = self.limit.map_or(LEAST_WINDOW, |(_, window)| window);
        [
            short("service", Span::ZERO, self.service),
            short("window", LEAST_WINDOW, window),
            none.then(|| BuildProblem::CountRange { owner: owner(), field: "limit", least: 1, given: 0 }),
        ]
        .into_iter()
        .flatten()
    }
}

const LEAST_WINDOW: Span = Span::nanos(1);

/// What becomes of a request on its arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is carried out now.
    Now,
    /// It is carried out then.
    At(Time),
    /// It is not.
    Refused(Reject),
}

/// A gateway at work.
#[derive(Clone, Debug)]
pub(super) struct Server {
    rules: Gateway,
    /// When the last request so far will have been served.
    free: Time,
    /// For each agent, if there is a limit.
    windows: Vec<Window>,
    stats: Stats,
}

/// What an agent has sent of late.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    /// The first instant after it.
    end: Time,
    used: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stats {
    passed: u64,
    over_limit: u64,
    queue_full: u64,
    largest_queue: u64,
    /// Over all that passed, in ns.
    wait: u128,
    longest: Span,
}

impl Server {
    pub(super) fn new(rules: Gateway, agents: u32) -> Result<Server, NoMemory> {
        let limited = rules.limit.map_or(0, |_| agents as usize);
        let windows = filled("the windows of the gateway", limited, Window::default())?;
        Ok(Server { rules, free: Time::ZERO, windows, stats: Stats::default() })
    }

    /// Takes in a request that arrives now.
    ///
    /// What waits is not counted one by one. As each takes as long as the others, the time until the server is free
    /// says how many there are, and the queue itself is the kernel's.
    pub(super) fn arrive(&mut self, now: Time, request: &Delivery) -> Entry {
        if !self.counts_in(now, request) {
            self.stats.over_limit += 1;
            return Entry::Refused(Reject::RateLimit);
        }
        let service = self.rules.service;
        if !service.is_positive() {
            self.stats.passed += 1;
            return Entry::Now;
        }
        let wait = self.free - now;
        if wait.is_positive() {
            // With it, as many wait as there were before it, the one in service included.
            let queue = wait.as_nanos().unsigned_abs().div_ceil(service.as_nanos().unsigned_abs());
            if self.rules.max_queue.is_some_and(|most| queue > u64::from(most)) {
                self.stats.queue_full += 1;
                return Entry::Refused(Reject::QueueFull);
            }
            self.stats.largest_queue = self.stats.largest_queue.max(queue);
            self.stats.wait += u128::from(wait.as_nanos().unsigned_abs());
            self.stats.longest = self.stats.longest.max(wait);
        }
        self.stats.passed += 1;
        self.free = self.free.max(now) + service;
        Entry::At(self.free)
    }

    /// Counts a request against the limit of its sender; false if it is above.
    fn counts_in(&mut self, now: Time, request: &Delivery) -> bool {
        let Some((most, span)) = self.rules.limit else { return true };
        if self.rules.exempt_cancels && request.sort() == sort::CANCEL {
            return true;
        }
        let Some(window) = self.windows.get_mut(request.order().agent().index()) else { return true };
        if now >= window.end {
            *window = Window { end: now + span, used: 0 };
        }
        let within = window.used < most;
        window.used += u32::from(within);
        within
    }

    pub(super) fn summary(&self, venue: VenueId) -> GatewaySummary {
        let Stats { passed, over_limit, queue_full, largest_queue, wait, longest } = self.stats;
        let mean = wait.checked_div(u128::from(passed)).unwrap_or_default();
        GatewaySummary {
            venue,
            passed,
            rejected_by_rate: over_limit,
            rejected_by_queue: queue_full,
            largest_queue,
            mean_wait: Span::nanos(i64::try_from(mean).unwrap_or(i64::MAX)),
            max_wait: longest,
        }
    }
}

/// The figures of the gateway of one venue over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewaySummary {
    /// The venue.
    pub venue: VenueId,
    /// Requests that were let in, those that still wait for their turn included.
    pub passed: u64,
    /// Requests refused for [`Reject::RateLimit`].
    pub rejected_by_rate: u64,
    /// Requests refused for [`Reject::QueueFull`].
    pub rejected_by_queue: u64,
    /// The most requests that waited at once, the one in service not counted.
    pub largest_queue: u64,
    /// How long those that were let in wait for their turn on average, their own service not counted, to the
    /// nanosecond below.
    pub mean_wait: Span,
    /// The longest such wait.
    pub max_wait: Span,
}
