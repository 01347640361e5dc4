//! Declares a simulation; every problem is reported when it is built.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clocks::{Clock, Clocks};
use super::error::{BuildError, BuildProblem};
use super::gateway::{Gateway, Server};
use super::inbox::Inbox;
use super::instant::Instant;
use super::summary::{BookStats, GroupStats};
use super::values::ValueGrid;
use super::{GroupState, Simulation, Ties, VenueState};
use crate::agent::{Accounts, AnyGroup, Arena, GroupDecl, GroupPlan, Member, Roll, Shared, Views, Wakes};
use crate::digest::Digest;
use crate::latency::{self, LatencyModel};
use crate::market::{Cursor, DepthTape, Tape, Watch};
use crate::rng::StreamKey;
use crate::sink::{GroupInfo, Recorder, Sink, World};
use crate::transport::{Link, Post, Transit};
use crate::types::{
    AgentId, BookId, GroupId, Instruments, LinkId, NameError, Price, Span, SymbolId, Time, VenueId,
};
use crate::value::{Fundamental, Prior};
use crate::venue::{VenueOut, VenuePlace, VenueSpec};

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
            out: VenueOut::new(),
            digest: Digest::new(),
            events: 0,
            recorder: Recorder::new(self.sinks),
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

    fn plans(&self, instruments: &Instruments, problems: &mut Vec<BuildProblem>) -> Vec<GroupPlan> {
        let mut first = 0;
        let mut plans = Vec::new();
        for group in &self.groups {
            let decl = group.decl();
            let unknown = |what, name: &str| BuildProblem::Unknown {
                user: format!("group {:?}", decl.name),
                what,
                name: name.to_owned(),
            };
            let link = self.links.iter().position(|(name, _)| *name == decl.link);
            if link.is_none() {
                problems.push(unknown("link", &decl.link));
            }
            let mut books: Vec<BookId> = Vec::new();
            for name in &decl.books {
                match instruments.book_named(name) {
                    Some(book) if books.contains(&book) => problems.push(BuildProblem::Twice {
                        what: "books of a group",
                        name: format!("{name} ({})", decl.name),
                    }),
                    Some(book) => books.push(book),
                    None => match instruments.symbol_named(name) {
                        Some(symbol) => problems.push(BuildProblem::Ambiguous {
                            group: decl.name.clone(),
                            name: name.clone(),
                            choices: instruments.books_of(symbol).map(|b| instruments.full_name(b)).collect(),
                        }),
                        None => problems.push(unknown("book", name)),
                    },
                }
            }
            if decl.books.is_empty() {
                books = (0..instruments.books().len()).map(BookId::from_index).collect();
            }
            check_wakes(decl, problems);
            plans.push(GroupPlan {
                id: GroupId::from_index(plans.len()),
                first: AgentId(first),
                link: LinkId::from_index(link.unwrap_or(0)),
                books,
                dealt: decl.dealt,
                informed: decl.informed,
                clocked: decl.wakes != Wakes::Own,
            });
            first += decl.count;
        }
        plans
    }

    fn grid(
        &mut self,
        instruments: &Instruments,
        root: StreamKey,
        (current, priors): (&mut [Option<f64>], &mut [Option<Prior>]),
        problems: &mut Vec<BuildProblem>,
    ) -> ValueGrid {
        let mut grid = ValueGrid::default();
        let mut taken: BTreeSet<SymbolId> = BTreeSet::new();
        for (names, law) in std::mem::take(&mut self.values) {
            let before = problems.len();
            let mut symbols = Vec::new();
            for name in &names {
                match instruments.symbol_named(name) {
                    None => problems.push(BuildProblem::Unknown {
                        user: "a law of value".to_owned(),
                        what: "symbol",
                        name: name.clone(),
                    }),
                    Some(symbol) if !taken.insert(symbol) => {
                        problems.push(BuildProblem::TwoValues { symbol: name.clone() });
                    }
                    Some(symbol) => symbols.push(symbol),
                }
            }
            if law.width() != names.len() {
                problems.push(BuildProblem::ValueWidth { expected: law.width(), given: names.len() });
            }
            if law.dt() < LEAST_STEP {
                let owner = format!("the law of value of {}", names.join(", "));
                problems.push(BuildProblem::SpanRange {
                    owner,
                    field: "step",
                    least: LEAST_STEP,
                    given: law.dt(),
                });
            }
            if problems.len() == before && !symbols.is_empty() {
                for (n, symbol) in symbols.iter().enumerate() {
                    priors[symbol.index()] = law.prior(n);
                }
                let key = root.child("value").child(&names.join("+"));
                grid.add(law, symbols.clone(), key.stream(), current);
                for (symbol, name) in symbols.iter().map(|symbol| symbol.index()).zip(&names) {
                    let start = current[symbol].map(|start| ("start", start));
                    let prior = priors[symbol];
                    let prior =
                        prior.iter().flat_map(|p| [("mean", p.mean), ("kappa", p.kappa), ("sigma", p.sigma)]);
                    let wrong = start.into_iter().chain(prior).filter(|(_, given)| !given.is_finite());
                    problems.extend(wrong.map(|(field, given)| BuildProblem::NotFinite {
                        symbol: name.clone(),
                        field,
                        given,
                    }));
                }
            }
        }
        grid
    }

    fn check_gateways(&self, instruments: &Instruments, problems: &mut Vec<BuildProblem>) {
        for (venue, gateway) in &self.gateways {
            if !instruments.venues().contains(venue) {
                problems.push(BuildProblem::Unknown {
                    user: "a gateway".to_owned(),
                    what: "venue",
                    name: venue.clone(),
                });
            }
            problems.extend(gateway.problems(venue));
        }
    }

    fn build_venues(
        &self,
        instruments: &Instruments,
        root: StreamKey,
        agents: u32,
        problems: &mut Vec<BuildProblem>,
    ) -> Vec<VenueState> {
        let mut venues = Vec::new();
        for (v, spec) in self.venues.iter().enumerate() {
            let id = VenueId::from_index(v);
            let key = root.child("venue").child(spec.name());
            let place = VenuePlace { id, instruments, agents, key };
            match spec.build(&place) {
                Ok(venue) => {
                    let own = self.gateways.iter().find(|(venue, _)| venue == spec.name());
                    let gateway = own.map(|(_, rules)| Box::new(Server::new(*rules, agents)));
                    let first = instruments.books_on(id).next().unwrap_or_default();
                    let books = instruments.books_on(id).count();
                    let watches = spec.watches().is_some();
                    venues.push(VenueState { venue, gateway, watches, first, books });
                }
                Err(why) => problems.push(BuildProblem::Venue { name: spec.name().to_owned(), why }),
            }
        }
        venues
    }

    fn views(&self, instruments: &Instruments, links: &[Link]) -> Views {
        let watched =
            self.venues.iter().map(|venue| venue.watches()).chain([self.consolidated]).flatten().max();
        let latest = watched.unwrap_or(Span::ZERO).max(Span::ZERO);
        let slowest = |venue: VenueId| links.iter().map(|link| link.feed(venue)).fold(latest, Span::max);
        let mut views = Views::default();
        for book in instruments.books() {
            let close: Price = instruments.symbols()[book.symbol.index()].start;
            views.tapes.push(Tape::new(slowest(book.venue), close));
            let levels = self.venues[book.venue.index()].depth();
            views.depths.push((levels > 0).then(|| DepthTape::new(levels, slowest(book.venue))));
        }
        let books = instruments.books().len();
        let watch = |delay: Option<Span>| delay.map(|delay| Watch::new(delay.max(Span::ZERO), books));
        views.consolidated = watch(self.consolidated);
        views.watches = self.venues.iter().map(|venue| watch(venue.watches())).collect();
        views.books_of = vec![Vec::new(); instruments.symbols().len()];
        for (n, book) in instruments.books().iter().enumerate() {
            views.books_of[book.symbol.index()].push(BookId::from_index(n));
        }
        for link in links {
            for book in instruments.books() {
                views.readers.push((link.feed(book.venue), Cursor::default(), Cursor::default()));
            }
        }
        views
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups: Vec<_> = self.groups.iter().map(|g| g.decl()).collect();
        f.debug_struct("Builder").field("seed", &self.seed).field("groups", &groups).finish_non_exhaustive()
    }
}

fn group_state(
    group: &dyn AnyGroup,
    plan: GroupPlan,
    instruments: &Instruments,
    links: &[Link],
    root: StreamKey,
) -> Result<GroupState, BuildProblem> {
    let decl = group.decl();
    let key = root.child("agents").child(&decl.name);
    let population = group.populate(key).map_err(|(member, error)| BuildProblem::Agent {
        group: decl.name.clone(),
        member,
        error,
    })?;
    let members = (0..decl.count).map(|i| Member::new(key.index(u64::from(i)).stream())).collect();
    let silent = !population.hears_reports();
    Ok(GroupState {
        accounts: Accounts::new(decl.count as usize, &plan.books, instruments),
        arena: Arena::default(),
        clock: Clock::new(decl.wakes, decl.count, key.child("clock").stream()),
        transit: Transit::new(&links[plan.link.index()], decl.count, key),
        inbox: if silent { Inbox::new(decl.count as usize) } else { Inbox::default() },
        population,
        members,
        listeners: Vec::new(),
        stats: GroupStats::new(decl.count as usize),
        plan,
    })
}

fn check_wakes(decl: &GroupDecl, problems: &mut Vec<BuildProblem>) {
    let (field, span) = match decl.wakes {
        Wakes::Own => return,
        Wakes::Poisson(mean) => ("mean time between wake-ups", mean),
        Wakes::Periodic(every) => ("period", every),
    };
    let least = LEAST_GAP * i64::from(decl.count.max(1));
    if span < least {
        let owner = format!("group {:?}", decl.name);
        problems.push(BuildProblem::SpanRange { owner, field, least, given: span });
    }
}

fn twice<'a>(what: &'static str, names: impl Iterator<Item = &'a str>, problems: &mut Vec<BuildProblem>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            problems.push(BuildProblem::Twice { what, name: name.to_owned() });
        }
    }
}

fn named<'a>(what: &'static str, names: impl Iterator<Item = &'a str>, problems: &mut Vec<BuildProblem>) {
    let bad = |name: &str| NameError::check(name, true).err().map(|why| (name.to_owned(), why));
    problems.extend(names.filter_map(bad).map(|(name, why)| BuildProblem::Name { what, name, why }));
}

fn at_most(what: &'static str, given: u64, limit: u64, problems: &mut Vec<BuildProblem>) {
    if given > limit {
        problems.push(BuildProblem::TooMany { what, given, limit });
    }
}
