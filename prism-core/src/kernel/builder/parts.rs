//! The parts of a simulation, made of what was declared: names are looked up, and what is wrong is reported.

use std::collections::BTreeSet;

use super::super::clocks::Clock;
use super::super::error::BuildProblem;
use super::super::gateway::Server;
use super::super::inbox::Inbox;
use super::super::summary::GroupStats;
use super::super::values::ValueGrid;
use super::super::{GroupState, VenueState};
use super::{Builder, LEAST_GAP, LEAST_STEP};
use crate::agent::{Accounts, AnyGroup, Arena, GroupDecl, GroupPlan, Member, PopulateError, Views, Wakes};
use crate::market::{Cursor, DepthTape, Phases, Tape, Watch};
use crate::memory::{NoMemory, room};
use crate::rng::StreamKey;
use crate::transport::{Link, Transit};
use crate::types::{
    AgentId, BookId, GroupId, Instruments, LinkId, NameError, Price, Span, SymbolId, VenueId,
};
use crate::value::Prior;
use crate::venue::{VenueError, VenuePlace};

impl Builder {
    pub(super) fn plans(
        &self,
        instruments: &Instruments,
        problems: &mut Vec<BuildProblem>,
    ) -> Vec<GroupPlan> {
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

    pub(super) fn grid(
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

    pub(super) fn check_gateways(&self, instruments: &Instruments, problems: &mut Vec<BuildProblem>) {
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

    pub(super) fn build_venues(
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
                    let first = instruments.books_on(id).next().unwrap_or_default();
                    let books = instruments.books_on(id).count();
                    let watches = spec.watches().is_some();
                    match own.map(|(_, rules)| Server::new(*rules, agents)).transpose() {
                        Ok(gateway) => {
                            let gateway = gateway.map(Box::new);
                            venues.push(VenueState { venue, gateway, watches, first, books });
                        }
                        Err(none) => problems.push(self.too_many(spec.name(), agents, none)),
                    }
                }
                Err(VenueError::Memory(none)) => problems.push(self.too_many(spec.name(), agents, none)),
                Err(VenueError::Declared(why)) => {
                    problems.push(BuildProblem::Venue { name: spec.name().to_owned(), why });
                }
            }
        }
        venues
    }

    /// A venue has no memory for its agents, most of which are of one group.
    fn too_many(&self, venue: &str, agents: u32, none: NoMemory) -> BuildProblem {
        let largest = self.groups.iter().map(|group| group.decl()).max_by_key(|decl| decl.count);
        let most = largest
            .map_or_else(String::new, |decl| format!(", of which group {:?} has {}", decl.name, decl.count));
        let owner = format!("the {agents} agents at venue {venue}{most}");
        BuildProblem::Memory { owner, what: none.what, bytes: none.bytes }
    }

    pub(super) fn views(&self, instruments: &Instruments, links: &[Link]) -> Views {
        let watched =
            self.venues.iter().map(|venue| venue.watches()).chain([self.consolidated]).flatten().max();
        let latest = watched.unwrap_or(Span::ZERO).max(Span::ZERO);
        let slowest = |venue: VenueId| links.iter().map(|link| link.feed(venue)).fold(latest, Span::max);
        let mut views = Views::default();
        for book in instruments.books() {
            let close: Price = instruments.symbols()[book.symbol.index()].start;
            views.tapes.push(Tape::new(slowest(book.venue), close));
            views.phases.push(Phases::new(slowest(book.venue)));
            let levels = self.venues[book.venue.index()].depth();
            views.depths.push((levels > 0).then(|| DepthTape::new(levels, slowest(book.venue))));
        }
        let books = instruments.books().len();
        let watch = |delay: Option<Span>| delay.map(|delay| Watch::new(delay.max(Span::ZERO), books));
        views.consolidated = watch(self.consolidated);
        views.watches = self.venues.iter().map(|venue| watch(venue.watches())).collect();
        views.books_of = instruments
            .symbols()
            .iter()
            .enumerate()
            .map(|(s, _)| instruments.books_of(SymbolId::from_index(s)).collect())
            .collect();
        for link in links {
            for book in instruments.books() {
                views.readers.push((link.feed(book.venue), Cursor::default(), Cursor::default()));
            }
        }
        views
    }
}

pub(super) fn group_state(
    group: &dyn AnyGroup,
    plan: GroupPlan,
    instruments: &Instruments,
    links: &[Link],
    root: StreamKey,
) -> Result<GroupState, BuildProblem> {
    let decl = group.decl();
    let key = root.child("agents").child(&decl.name);
    let too_many = |none: NoMemory| BuildProblem::Memory {
        owner: format!("group {:?} with {} agents", decl.name, decl.count),
        what: none.what,
        bytes: none.bytes,
    };
    let population = group.populate(key).map_err(|error| match error {
        PopulateError::Agent { member, error } => {
            BuildProblem::Agent { group: decl.name.clone(), member, error }
        }
        PopulateError::Memory(none) => too_many(none),
    })?;
    let mut members = room("the orders", decl.count as usize).map_err(too_many)?;
    members.extend((0..decl.count).map(|i| Member::new(key.index(u64::from(i)).stream())));
    let silent = !population.hears_reports();
    Ok(GroupState {
        accounts: Accounts::new(decl.count as usize, &plan.books, instruments).map_err(too_many)?,
        arena: Arena::default(),
        clock: Clock::new(decl.wakes, decl.count, key.child("clock").stream()),
        transit: Transit::new(&links[plan.link.index()], decl.count, key).map_err(too_many)?,
        inbox: if silent { Inbox::new(decl.count as usize) } else { Inbox::default() },
        population,
        members,
        listeners: Vec::new(),
        stats: GroupStats::new(decl.count as usize).map_err(too_many)?,
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

pub(super) fn twice<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a str>,
    problems: &mut Vec<BuildProblem>,
) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            problems.push(BuildProblem::Twice { what, name: name.to_owned() });
        }
    }
}

pub(super) fn named<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a str>,
    problems: &mut Vec<BuildProblem>,
) {
    let bad = |name: &str| NameError::check(name, true).err().map(|why| (name.to_owned(), why));
    problems.extend(names.filter_map(bad).map(|(name, why)| BuildProblem::Name { what, name, why }));
}

pub(super) fn at_most(what: &'static str, given: u64, limit: u64, problems: &mut Vec<BuildProblem>) {
    if given > limit {
        problems.push(BuildProblem::TooMany { what, given, limit });
    }
}
