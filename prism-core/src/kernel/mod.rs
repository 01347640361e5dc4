//! The kernel: it carries messages between agents and venues in the order (time, insertion).

mod at_agent;
mod at_venue;
mod builder;
mod clocks;
mod error;
mod gateway;
mod inbox;
mod inspect;
mod instant;
mod run_loop;
mod summary;
mod values;

use std::sync::Arc;

pub use builder::{Builder, LEAST_GAP, MOST_AT_ONCE, MOST_AT_ONCE_EACH};
pub use error::{BuildError, BuildProblem, RunError, RunWarning};
pub use gateway::{Gateway, GatewaySummary};
pub use summary::{BookSummary, GroupSummary, PhaseSummary, Run};

use crate::agent::{Accounts, Arena, Aside, Ctx, GroupPlan, Hook, Member, Population, Prints, Shared};
use crate::digest::Digest;
use crate::market::Level;
use crate::msg::Event;
use crate::msg::packed::Delivery;
use crate::rng::RngStream;
use crate::sink::{AgentRow, Recorder, Sink, Table, World};
use crate::transport::Transit;
use crate::types::{AgentId, BookId, GroupId, Side, Span, SymbolId, Time};
use crate::venue::{Venue, VenueOut};
use clocks::{Clock, Clocks};
use gateway::Server;
use inbox::Inbox;
use instant::Instant;
use summary::{BookStats, GroupStats};
use values::ValueGrid;

/// In what order requests are carried out that reach one venue at the same instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// In the order in which they were sent.
    #[default]
    Fifo,
    /// Shuffled, by a random stream of its own.
    Random,
}

/// How far a simulation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Built,
    Running,
    Finished,
    Failed,
}

#[derive(Clone, Debug)]
struct GroupState {
    plan: GroupPlan,
    population: Box<dyn Population>,
    members: Vec<Member>,
    accounts: Accounts,
    arena: Arena,
    clock: Clock,
    transit: Transit,
    inbox: Inbox,
    /// Per book: the members that listen to it, and to what.
    listeners: Vec<Vec<(u32, Prints)>>,
    stats: GroupStats,
}

#[derive(Clone, Debug)]
struct VenueState {
    venue: Box<dyn Venue>,
    gateway: Option<Box<Server>>,
    /// True if it is shown what other venues quote.
    watches: bool,
    /// Its books are this one and the following.
    first: BookId,
    books: usize,
}

impl VenueState {
    /// True for a book of this venue.
    #[inline(always)]
    fn lists(&self, book: BookId) -> bool {
        book.index().wrapping_sub(self.first.index()) < self.books
    }

    /// The best `levels` of a side. A venue may be wrong about how many it was asked for.
    fn depth(&self, book: BookId, side: Side, levels: usize, into: &mut Vec<Level>) {
        into.clear();
        self.venue.depth(book, side, levels, into);
        into.truncate(levels);
    }
}

/// A market and everyone in it.
///
/// One thread takes messages from a queue in the order (time, insertion) and delivers them; equal times run
/// first come, first served. Everything random comes from named streams under one seed. So a simulation
/// is a function of its declaration and its seed, and its [`digest`](Simulation::digest) says which.
#[derive(Debug)]
pub struct Simulation {
    world: Arc<World>,
    now: Time,
    /// How many events were pushed before the one that is being delivered.
    number: u64,
    instant: Instant,
    clocks: Clocks,
    groups: Vec<GroupState>,
    venues: Vec<VenueState>,
    grid: ValueGrid,
    shared: Shared,
    out: VenueOut,
    digest: Digest,
    events: u64,
    stats: Vec<BookStats>,
    /// Per book: the groups in which someone listens to it, and to what.
    audience: Vec<Vec<(GroupId, Prints)>>,
    recorder: Recorder,
    phase: Phase,
    /// The stream that shuffles ties, if they are shuffled.
    ties: Option<RngStream>,
    /// What is still to be delivered of an instant whose requests were shuffled, the next one last.
    batch: Vec<(u64, Delivery)>,
    /// The places in `batch` of the requests that change places.
    places: Vec<usize>,
    levels: [Vec<Level>; 2],
}

impl Simulation {
    /// Begins to declare a simulation.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Runs for `span` of simulated time from where it is, and says what the run came to so far. May be
    /// called again to go on.
    ///
    /// # Errors
    /// A sink's failure, an agent's misuse of its context, or a venue that speaks of a book it does not list.
    pub fn run_for(&mut self, span: Span) -> Result<Run, RunError> {
        let until = self.now + span.max(Span::ZERO);
        self.advance(until)?;
        Ok(self.summary())
    }

    /// Delivers everything due until `until`, that instant included, and sets the clock to it.
    ///
    /// # Errors
    /// A sink's failure, an agent's misuse of its context, or a venue that speaks of a book it does not list.
    pub fn advance(&mut self, until: Time) -> Result<(), RunError> {
        self.begin()?;
        let done = self.run_loop(until);
        self.ended(done)
    }

    /// Remembers that the run is over after an error: what was lost then cannot be made good.
    fn ended<T>(&mut self, done: Result<T, RunError>) -> Result<T, RunError> {
        if done.is_err() {
            self.phase = Phase::Failed;
        }
        done
    }

    /// Delivers the next event, whenever it is due, and returns it; `None` when there is none. For debuggers
    /// and tests. Reports to agents that do not hear them
    /// ([`Agent::HEARS_REPORTS`](crate::agent::Agent::HEARS_REPORTS)) are no events of their own.
    ///
    /// # Errors
    /// A sink's failure, an agent's misuse of its context, or a venue that speaks of a book it does not list.
    pub fn step(&mut self) -> Result<Option<Event>, RunError> {
        self.begin()?;
        let done = self.one_event();
        self.ended(done)
    }

    /// Ends the run: agents hear [`on_stop`](crate::agent::Agent::on_stop), the last batches go out, the sinks finish.
    /// Without sinks and agents that care, there is no need for it.
    ///
    /// # Errors
    /// A sink's failure.
    pub fn finish(&mut self) -> Result<Run, RunError> {
        if self.phase != Phase::Finished {
            self.begin()?;
            let done = self.stop();
            self.ended(done)?;
            self.phase = Phase::Finished;
        }
        Ok(self.summary())
    }

    fn stop(&mut self) -> Result<(), RunError> {
        let at = self.now;
        self.number = u64::MAX;
        // What agents send now goes nowhere.
        let queue = std::mem::take(&mut self.shared.post.queue);
        for g in 0..self.groups.len() {
            for m in 0..self.groups[g].members.len() {
                self.call(g, m, Hook::Stop);
                self.shared.asides.retain(|aside| matches!(aside, Aside::Emit { .. }));
                self.carry_out(g, m).map_err(|error| *error)?;
            }
        }
        self.shared.post.queue = queue;
        self.record_agents();
        self.recorder.finish().map_err(|source| RunError::Sink { at, source })
    }

    /// Hands the rows so far to the sinks without ending the run, and says what it came to so far: for a run
    /// that is about to be given up.
    ///
    /// # Errors
    /// A sink's failure, also one that ended the run before.
    pub fn flush(&mut self) -> Result<Run, RunError> {
        let at = self.now;
        let done = self.recorder.flush().map_err(|source| RunError::Sink { at, source });
        self.ended(done)?;
        Ok(self.summary())
    }

    fn record_agents(&mut self) {
        if !self.recorder.wants(Table::Agents) {
            return;
        }
        for (g, group) in self.groups.iter().enumerate() {
            for m in (0..group.members.len()).filter(|&m| group.stats.has_traded(m)) {
                let agent = group.plan.agent(m);
                let mut symbols: Vec<SymbolId> = Vec::new();
                for book in group.plan.books_of(m) {
                    let symbol = self.world.instruments.books()[book.index()].symbol;
                    if symbols.contains(&symbol) {
                        continue;
                    }
                    symbols.push(symbol);
                    let currency = self.world.instruments.symbols()[symbol.index()].currency;
                    self.recorder.agent(AgentRow {
                        agent: agent.0,
                        group: GroupId::from_index(g).0,
                        symbol: symbol.0,
                        position: self.position(agent, symbol),
                        cash: self.cash(agent, currency).0,
                    });
                }
            }
        }
    }

    /// A twin with the same past and the same coming chance, and no sinks until some are
    /// [attached](Simulation::attach). What happens to one does not
    /// happen to the other, so the difference between them is the effect of what was done to one.
    pub fn fork(&self) -> Simulation {
        Simulation {
            world: self.world.clone(),
            now: self.now,
            number: self.number,
            instant: self.instant,
            clocks: self.clocks.clone(),
            groups: self.groups.clone(),
            venues: self.venues.clone(),
            grid: self.grid.clone(),
            shared: self.shared.clone(),
            out: VenueOut::new(),
            digest: self.digest,
            events: self.events,
            stats: self.stats.clone(),
            audience: self.audience.clone(),
            recorder: Recorder::default(),
            phase: self.phase,
            ties: self.ties.clone(),
            batch: self.batch.clone(),
            places: Vec::new(),
            levels: [Vec::new(), Vec::new()],
        }
    }

    /// Adds a sink. It gets the rows from here on, also in a run that has begun and in a fork.
    ///
    /// # Errors
    /// [`RunError::Over`] after the end, and a sink's failure.
    pub fn attach(&mut self, sink: impl Sink + 'static) -> Result<(), RunError> {
        let at = self.now;
        let world = match self.phase {
            Phase::Built => None,
            Phase::Running => Some(&self.world),
            Phase::Finished | Phase::Failed => return Err(RunError::Over { at }),
        };
        let done =
            self.recorder.attach(Box::new(sink), world).map_err(|source| RunError::Sink { at, source });
        self.out.tell_book(self.recorder.wants(Table::Book));
        self.ended(done)
    }

    /// Acts for an agent from outside, now: `act` gets its context, and what it asks for is carried out as
    /// if the agent had asked. `None` if there is no such agent.
    ///
    /// # Errors
    /// A sink's failure, or a misuse of the context.
    pub fn act<T>(
        &mut self,
        agent: AgentId,
        act: impl FnOnce(&mut Ctx<'_>) -> T,
    ) -> Result<Option<T>, RunError> {
        self.begin()?;
        let Some(place) = self.shared.roll.place(agent) else { return Ok(None) };
        let (g, m) = (place.group.index(), place.member as usize);
        self.number = u64::MAX;
        self.catch_up(g, m);
        let result = act(&mut context(&mut self.groups[g], m, self.now, &mut self.shared).1);
        let done = self.carry_out(g, m).map_err(|error| *error);
        self.ended(done)?;
        Ok(Some(result))
    }
}

/// One member's context, beside the population it belongs to.
#[inline]
fn context<'a>(
    group: &'a mut GroupState,
    member: usize,
    now: Time,
    shared: &'a mut Shared,
) -> (&'a mut dyn Population, Ctx<'a>) {
    let ctx = Ctx {
        now,
        me: group.plan.agent(member),
        index: member,
        member: &mut group.members[member],
        accounts: &group.accounts,
        arena: &mut group.arena,
        plan: &group.plan,
        transit: &mut group.transit,
        shared,
    };
    (&mut *group.population, ctx)
}
