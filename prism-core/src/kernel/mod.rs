//! The kernel: it carries messages between agents and venues in the order (time, insertion).

mod at_agent;
mod at_venue;
mod builder;
mod clocks;
mod error;
mod inbox;
mod run_loop;
mod summary;
mod values;

use std::sync::Arc;

pub use builder::{Builder, LEAST_GAP};
pub use error::{BuildError, BuildProblem, RunError, RunWarning};
pub use summary::{BookSummary, GroupSummary, Run};

use crate::agent::{Accounts, Agent, Arena, Ctx, GroupPlan, Hook, Member, Pool, Population, Prints, Shared};
use crate::digest::Digest;
use crate::market::{Level, Top};
use crate::msg::Event;
use crate::msg::packed::Delivery;
use crate::rng::RngStream;
use crate::sink::{AgentRow, Recorder, Table, World};
use crate::transport::Transit;
use crate::types::{AgentId, BookId, Cash, CurrencyId, GroupId, Span, SymbolId, Time, VenueId};
use crate::venue::{Venue, VenueOut};
use clocks::{Clock, Clocks};
use inbox::Inbox;
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
    /// A sink's failure, or an agent's misuse of its context.
    pub fn run_for(&mut self, span: Span) -> Result<Run, RunError> {
        let until = self.now + span.max(Span::ZERO);
        self.advance(until)?;
        Ok(self.summary())
    }

    /// Delivers everything due until `until`, that instant included, and sets the clock to it.
    ///
    /// # Errors
    /// A sink's failure, or an agent's misuse of its context.
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
    /// A sink's failure, or an agent's misuse of its context.
    pub fn step(&mut self) -> Result<Option<Event>, RunError> {
        self.begin()?;
        let done = self.one_event();
        self.ended(done)
    }

    /// Ends the run: agents hear [`on_stop`](Agent::on_stop), the last batches go out, the sinks finish.
    /// Without sinks and agents that care, there is no need for it.
    ///
    /// # Errors
    /// A sink's failure.
    pub fn finish(&mut self) -> Result<Run, RunError> {
        if self.phase != Phase::Finished {
            self.begin()?;
            self.phase = Phase::Finished;
            self.number = u64::MAX;
            for g in 0..self.groups.len() {
                for m in 0..self.groups[g].members.len() {
                    self.call(g, m, Hook::Stop);
                    self.carry_out(g, m).map_err(|error| *error)?;
                }
            }
            self.record_agents();
            let at = self.now;
            let done = self.recorder.finish().map_err(|source| RunError::Sink { at, source });
            self.ended(done)?;
        }
        Ok(self.summary())
    }

    /// Hands the rows so far to the sinks without ending the run, and says what it came to so far: for a run
    /// that is about to be given up.
    ///
    /// # Errors
    /// A sink's failure.
    pub fn flush(&mut self) -> Result<Run, RunError> {
        let at = self.now;
        self.recorder.flush().map_err(|source| RunError::Sink { at, source })?;
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

    /// A twin with the same past and the same coming chance, and no sinks. What happens to one does not
    /// happen to the other, so the difference between them is the effect of what was done to one.
    pub fn fork(&self) -> Simulation {
        Simulation {
            world: self.world.clone(),
            now: self.now,
            number: self.number,
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
        self.carry_out(g, m).map_err(|error| *error)?;
        Ok(Some(result))
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The names behind the ids.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Messages delivered so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// When the next message is due; `None` when none waits.
    pub fn next_time(&self) -> Option<Time> {
        if !self.batch.is_empty() {
            return Some(self.now);
        }
        let tick = self.clocks.next(Time::MAX).map(|tick| tick.at);
        let event = self.shared.post.queue.next_time();
        tick.into_iter().chain(event).min()
    }

    /// Messages that wait to be delivered.
    pub fn pending(&self) -> usize {
        let inboxes = self.groups.iter().flat_map(|group| group.inbox.under_way((self.now, self.number)));
        self.shared.post.queue.len() + self.clocks.len() + self.batch.len() + inboxes.count()
    }

    /// Trades so far, over all books.
    pub fn trades(&self) -> u64 {
        self.stats.iter().map(|book| book.trades).sum()
    }

    /// The best bid and ask of a book as they are now, without delay.
    ///
    /// # Panics
    /// If there is no such book.
    pub fn top(&self, book: BookId) -> Top {
        self.venue_of(book).top(book)
    }

    fn venue_of(&self, book: BookId) -> &dyn Venue {
        let venue: VenueId = self.world.instruments.books()[book.index()].venue;
        &*self.venues[venue.index()].venue
    }

    /// What an agent has been paid less what it has paid, fees included, over all venues: the true figure,
    /// not what its reports have told it.
    pub fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash {
        self.venues.iter().map(|v| v.venue.cash(agent, currency)).fold(Cash::ZERO, |a, b| a + b)
    }

    /// An agent's true position in a symbol over all venues, in lots.
    pub fn position(&self, agent: AgentId, symbol: SymbolId) -> i64 {
        self.venues.iter().map(|v| v.venue.position(agent, symbol)).sum()
    }

    /// The fees that all venues have taken in a currency, in its units.
    pub fn fees(&self, currency: CurrencyId) -> i128 {
        self.venues.iter().map(|v| v.venue.fees(currency)).sum()
    }

    /// The fingerprint of every event so far and of the state of the venues.
    pub fn digest(&self) -> u64 {
        let mut digest = self.digest;
        digest.word(self.events);
        for state in &self.venues {
            state.venue.digest(&mut digest);
        }
        digest.value()
    }

    /// The agents of type `A`, of all groups, in the order of their ids.
    pub fn members<A: Agent>(&self) -> impl Iterator<Item = &A> {
        self.groups
            .iter()
            .filter_map(|group| group.population.as_any().downcast_ref::<Pool<A>>())
            .flat_map(Pool::agents)
    }

    /// What the run has come to so far.
    pub fn summary(&self) -> Run {
        let table = &self.world.instruments;
        let books: Vec<BookSummary> = self
            .stats
            .iter()
            .enumerate()
            .map(|(b, stats)| {
                let book = BookId::from_index(b);
                summary::book_summary(book, stats, self.now, self.top(book))
            })
            .collect();
        let groups: Vec<GroupSummary> =
            self.world.groups.iter().zip(&self.groups).map(|(info, g)| self.group_summary(info, g)).collect();
        let total = |of: fn(&GroupStats) -> u64| self.groups.iter().map(|g| of(&g.stats)).sum();
        Run {
            digest: self.digest(),
            time: self.now,
            events: self.events,
            requests: total(|s| s.requests),
            orders: total(|s| s.orders),
            cancels: total(|s| s.cancels),
            trades: self.trades(),
            volume: self.stats.iter().map(|book| book.volume).sum(),
            agents: self.world.groups.iter().map(|g| g.count).sum(),
            fees: (0..table.currencies().len()).map(|c| self.fees(CurrencyId::from_index(c))).collect(),
            warnings: self.warnings(&groups),
            books,
            groups,
            world: self.world.clone(),
        }
    }

    fn group_summary(&self, info: &crate::sink::GroupInfo, group: &GroupState) -> GroupSummary {
        let table = &self.world.instruments;
        let mut pnl = vec![0.0; table.currencies().len()];
        for m in 0..group.members.len() {
            if !group.stats.has_traded(m) {
                continue;
            }
            let agent = group.plan.agent(m);
            for (c, pnl) in pnl.iter_mut().enumerate() {
                *pnl += self.cash(agent, CurrencyId::from_index(c)).0 as f64;
            }
            for (s, symbol) in table.symbols().iter().enumerate() {
                let id = SymbolId::from_index(s);
                let position = self.position(agent, id);
                if position != 0
                    && let Some(book) = table.book_of(id)
                {
                    let mark = self.top(book).reference();
                    pnl[symbol.currency.index()] += position as f64 * mark * symbol.tick_lot as f64;
                }
            }
        }
        GroupSummary {
            name: info.name.clone(),
            kind: info.kind.clone(),
            count: info.count,
            traded: group.stats.traded(),
            requests: group.stats.requests,
            orders: group.stats.orders,
            cancels: group.stats.cancels,
            trades: group.stats.fills,
            volume: group.stats.volume,
            pnl,
        }
    }

    fn warnings(&self, groups: &[GroupSummary]) -> Vec<RunWarning> {
        let silent = |(summary, group): (&GroupSummary, &GroupState)| {
            let idle = summary.count > 0 && summary.requests == 0 && self.now > Time::ZERO;
            (idle && !group.plan.clocked).then(|| RunWarning::IdleGroup { group: summary.name.clone() })
        };
        groups.iter().zip(&self.groups).filter_map(silent).collect()
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
