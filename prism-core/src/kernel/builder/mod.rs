//! Declares a simulation; every problem is reported when it is built.

mod parts;

use std::sync::Arc;

use super::clocks::Clocks;
use super::error::{BuildError, BuildProblem};
use super::gateway::Gateway;
use super::instant::Instant;
use super::summary::BookStats;
use super::{GroupState, Simulation, Ties};
use crate::agent::{AnyGroup, GroupDecl, Roll, Shared};
use crate::digest::Digest;
use crate::latency::{self, LatencyModel};
use crate::rng::StreamKey;
use crate::sink::{GroupInfo, Recorder, Sink, Table, World};
use crate::transport::{Link, Post};
use crate::types::{Instruments, Span, Time};
use crate::value::Fundamental;
use crate::venue::{VenueOut, VenueSpec};
use parts::{at_most, group_state, named, twice};

/// The shortest mean time between two ticks of a group's clock: below it, rounding to nanoseconds would
/// bend the law.
pub const LEAST_GAP: Span = Span::nanos(10);

/// The events that may take place at one instant, unless [`Builder::most_at_once`] says otherwise.
pub const MOST_AT_ONCE: u64 = 10_000_000;
/// What each agent adds to that: a large crowd may well begin at one instant.
pub const MOST_AT_ONCE_EACH: u64 = 100;

/// The shortest step of a law of value: below it a run would do little else.
const LEAST_STEP: Span = Span::micros(1);

/// A simulation in the making. Names are looked up, and problems reported, by [`build`](Builder::build).
#[derive(Default)]
pub struct Builder {
    seed: u64,
    venues: Vec<Box<dyn VenueSpec>>,
    gateways: Vec<(String, Gateway)>,
    links: Vec<(String, Box<dyn LatencyModel>)>,
    groups: Vec<Box<dyn AnyGroup>>,
    values: Vec<(Vec<String>, Box<dyn Fundamental>)>,
    sinks: Vec<Box<dyn Sink>>,
    series: Vec<String>,
    ties: Ties,
    close: Option<Time>,
    consolidated: Option<Span>,
    most_at_once: Option<u64>,
}

impl Builder {
    /// The root of all random streams. 0 if not set.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// Adds a venue with the symbols it lists.
    pub fn venue(mut self, venue: impl VenueSpec + 'static) -> Builder {
        self.venues.push(Box::new(venue));
        self
    }

    /// Puts a gateway in front of a venue. Without one, requests are carried out as they arrive.
    pub fn gateway(mut self, venue: &str, gateway: Gateway) -> Builder {
        self.gateways.push((venue.to_owned(), gateway));
        self
    }

    /// The link of the groups that name none. Without it they have no delay at all.
    pub fn latency(self, model: impl LatencyModel + 'static) -> Builder {
        self.link("", model)
    }

    /// Adds a link, for [`Group::link`](crate::agent::Group::link).
    pub fn link(self, name: &str, model: impl LatencyModel + 'static) -> Builder {
        self.link_boxed(name, Box::new(model))
    }

    /// Adds a link whose model is known at run time only.
    pub fn link_boxed(mut self, name: &str, model: Box<dyn LatencyModel>) -> Builder {
        self.links.push((name.to_owned(), model));
        self
    }

    /// Adds a group of agents. Agent ids run through the groups in the order of their declaration.
    pub fn agents(self, group: impl AnyGroup + 'static) -> Builder {
        self.agents_boxed(Box::new(group))
    }

    /// Adds a group whose type is known at run time only.
    pub fn agents_boxed(mut self, group: Box<dyn AnyGroup>) -> Builder {
        self.groups.push(group);
        self
    }

    /// Gives a symbol a law of value.
    pub fn value(self, symbol: &str, law: impl Fundamental + 'static) -> Builder {
        self.values_boxed(&[symbol], Box::new(law))
    }

    /// Gives several symbols one law of value.
    pub fn values_boxed(mut self, symbols: &[&str], law: Box<dyn Fundamental>) -> Builder {
        self.values.push((symbols.iter().map(|&s| s.to_owned()).collect(), law));
        self
    }

    /// Attaches a sink. Sinks change nothing.
    pub fn sink(self, sink: impl Sink + 'static) -> Builder {
        self.sink_boxed(Box::new(sink))
    }

    /// Attaches a sink whose type is known at run time only.
    pub fn sink_boxed(mut self, sink: Box<dyn Sink>) -> Builder {
        self.sinks.push(sink);
        self
    }

    /// Declares a series of numbers that agents may emit.
    pub fn series(mut self, name: &str) -> Builder {
        self.series.push(name.to_owned());
        self
    }

    /// When the session ends, for agents that plan for it. The run may go on.
    pub fn close(mut self, close: Time) -> Builder {
        self.close = Some(close);
        self
    }

    /// Gives the run a consolidated feed: the best prices of each symbol over all of its venues
    /// ([`Ctx::consolidated`](crate::agent::Ctx::consolidated)), which everybody sees `delay` after the venues made
    /// them.
    pub fn consolidated(mut self, delay: Span) -> Builder {
        self.consolidated = Some(delay);
        self
    }

    /// In what order requests are carried out that reach a venue at the same instant.
    pub fn ties(mut self, ties: Ties) -> Builder {
        self.ties = ties;
        self
    }

    /// How many events may take place at one instant before the run ends with
    /// [`RunError::StandsStill`](super::RunError::StandsStill): an agent that wakes itself at once, whenever
    /// it wakes, would otherwise hold the clock for ever. [`MOST_AT_ONCE`], and [`MOST_AT_ONCE_EACH`] more for
    /// each agent, if not set.
    pub fn most_at_once(mut self, events: u64) -> Builder {
        self.most_at_once = Some(events);
        self
    }

    /// Builds the simulation.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first.
    pub fn build(mut self) -> Result<Simulation, BuildError> {
        let mut problems = Vec::new();
        let listed: Vec<_> =
            self.venues.iter().map(|v| (v.name().to_owned(), v.symbols().to_vec())).collect();
        let instruments = Instruments::build(&listed).unwrap_or_else(|errors| {
            problems.extend(errors.into_iter().map(BuildProblem::from));
            Instruments::default()
        });
        if problems.is_empty() && instruments.books().is_empty() {
            problems.push(BuildProblem::NoBooks);
        }
        if !self.links.iter().any(|(name, _)| name.is_empty()) {
            self.links.insert(0, (String::new(), Box::new(latency::Instant)));
        }
        named("group", self.groups.iter().map(|g| g.decl().name.as_str()), &mut problems);
        // The link without a name is the default one.
        let links = self.links.iter().map(|(name, _)| name.as_str());
        named("link", links.filter(|name| !name.is_empty()), &mut problems);
        named("series", self.series.iter().map(String::as_str), &mut problems);
        twice("venues", listed.iter().map(|(name, _)| name.as_str()), &mut problems);
        let links = || self.links.iter().map(|(name, _)| name.as_str());
        if links().filter(|name| name.is_empty()).count() > 1 {
            problems.push(BuildProblem::TwoLatencies);
        }
        twice("links", links().filter(|name| !name.is_empty()), &mut problems);
        twice("gateways", self.gateways.iter().map(|(venue, _)| venue.as_str()), &mut problems);
        twice("groups", self.groups.iter().map(|g| g.decl().name.as_str()), &mut problems);
        twice("series", self.series.iter().map(String::as_str), &mut problems);
        at_most("links", self.links.len() as u64, 1 << 8, &mut problems);
        at_most("groups", self.groups.len() as u64, 1 << 16, &mut problems);
        at_most("series", self.series.len() as u64, 1 << 16, &mut problems);
        let agents: u64 = self.groups.iter().map(|g| u64::from(g.decl().count)).sum();
        at_most("agents", agents, u64::from(u32::MAX), &mut problems);
        if !problems.is_empty() {
            return Err(BuildError { problems }); // what follows looks names up in these tables
        }

        let agents = u32::try_from(agents).unwrap_or(u32::MAX);
        let root = StreamKey::root(self.seed);
        let plans = self.plans(&instruments, &mut problems);
        let mut current = vec![None; instruments.symbols().len()];
        let mut priors = vec![None; instruments.symbols().len()];
        let grid = self.grid(&instruments, root, (&mut current, &mut priors), &mut problems);
        self.check_gateways(&instruments, &mut problems);
        let venues = self.build_venues(&instruments, root, agents, &mut problems);
        if !problems.is_empty() {
            return Err(BuildError { problems });
        }

        let mut links = Vec::new();
        let mut names = Vec::new();
        for (name, model) in std::mem::take(&mut self.links) {
            links.push(Link::new(model, listed.len()));
            names.push(name);
        }
        let views = self.views(&instruments, &links);
        let mut groups = Vec::new();
        for (group, plan) in self.groups.iter().zip(plans) {
            match group_state(&**group, plan, &instruments, &links, root) {
                Ok(state) => groups.push(state),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(BuildError { problems });
        }
        let info = |(decl, state): (&GroupDecl, &GroupState)| GroupInfo {
            name: decl.name.clone(),
            kind: decl.kind.clone(),
            first: state.plan.first,
            count: decl.count,
            link: state.plan.link,
        };
        let world = Arc::new(World {
            seed: self.seed,
            instruments: instruments.clone(),
            groups: self.groups.iter().map(|g| g.decl()).zip(&groups).map(info).collect(),
            links: names,
            series: self.series.clone(),
        });
        let each = MOST_AT_ONCE_EACH * u64::from(agents);
        let most_at_once = self.most_at_once.unwrap_or(MOST_AT_ONCE + each);
        let recorder = Recorder::new(self.sinks);
        let mut out = VenueOut::new();
        out.tell_book(recorder.wants(Table::Book));
        Ok(Simulation {
            stats: vec![BookStats::default(); instruments.books().len()],
            audience: Vec::new(),
            world,
            now: Time::ZERO,
            number: 0,
            instant: Instant::new(most_at_once),
            clocks: Clocks::default(),
            groups,
            venues,
            grid,
            shared: Shared {
                views,
                values: current,
                priors,
                close: self.close.unwrap_or(Time::MAX),
                post: Post::new(links),
                roll: Roll::new(self.groups.iter().map(|group| group.decl().count)),
                asides: Vec::new(),
                instruments,
                series: self.series,
            },
            out,
            digest: Digest::new(),
            events: 0,
            recorder,
            phase: super::Phase::Built,
            ties: match self.ties {
                Ties::Fifo => None,
                Ties::Random => Some(root.child("ties").stream()),
            },
            batch: Vec::new(),
            places: Vec::new(),
            levels: [Vec::new(), Vec::new()],
        })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups: Vec<_> = self.groups.iter().map(|g| g.decl()).collect();
        f.debug_struct("Builder").field("seed", &self.seed).field("groups", &groups).finish_non_exhaustive()
    }
}
