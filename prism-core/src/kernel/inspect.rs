//! What can be read off a simulation from outside, without delay and without changing it.

use std::sync::Arc;

use super::summary::{self, GroupStats};
use super::{BookSummary, GatewaySummary, GroupState, GroupSummary, Run, RunWarning, Simulation, VenueState};
use crate::agent::{Agent, Pool};
use crate::market::{Level, Top};
use crate::msg::Reject;
use crate::sink::World;
use crate::types::{AgentId, BookId, Cash, CurrencyId, Side, SymbolId, Time, VenueId};

impl Simulation {
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

    /// Messages that wait to be delivered. Reports to agents that do not hear them are booked without being
    /// delivered, and most of them are not among these.
    pub fn pending(&self) -> usize {
        self.shared.post.queue.len() + self.clocks.len() + self.batch.len()
    }

    /// Trades so far, over all books.
    pub fn trades(&self) -> u64 {
        self.stats.iter().map(|book| book.trades).sum()
    }

    /// The best bid and ask of a book as they are now, without delay; those of a book that does not exist are none.
    pub fn top(&self, book: BookId) -> Top {
        self.venue_of(book).map_or_else(Top::default, |state| state.venue.top(book))
    }

    fn venue_of(&self, book: BookId) -> Option<&VenueState> {
        let venue: VenueId = self.world.instruments.books().get(book.index())?.venue;
        self.venues.get(venue.index())
    }

    /// What an agent has been paid less what it has paid, fees included, over all venues: the true figure,
    /// not what its reports have told it.
    pub fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash {
        Cash(total(self.venues.iter().map(|state| state.venue.cash(agent, currency).0)))
    }

    /// An agent's true position in a symbol over all venues, in lots.
    pub fn position(&self, agent: AgentId, symbol: SymbolId) -> i64 {
        total(self.venues.iter().map(|state| state.venue.position(agent, symbol)))
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
            gateways: self.gateways().collect(),
            warnings: self.warnings(&groups),
            books,
            groups,
            world: self.world.clone(),
        }
    }

    fn gateways(&self) -> impl Iterator<Item = GatewaySummary> {
        let of = |(v, state): (usize, &VenueState)| {
            state.gateway.as_ref().map(|server| server.summary(VenueId::from_index(v)))
        };
        self.venues.iter().enumerate().filter_map(of)
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
            refused: Reject::ALL
                .into_iter()
                .zip(group.stats.refused)
                .filter(|(_, count)| *count > 0)
                .collect(),
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

    /// The book called `SYMBOL`, if one venue alone lists it, or `SYMBOL@VENUE`.
    pub fn book(&self, name: &str) -> Option<BookId> {
        self.world.instruments.book_named(name)
    }

    /// The symbol called `name`.
    pub fn symbol(&self, name: &str) -> Option<SymbolId> {
        self.world.instruments.symbol_named(name)
    }

    /// The agents of the group called `name`, in order.
    pub fn group(&self, name: &str) -> Option<impl Iterator<Item = AgentId> + use<>> {
        let group = self.world.groups.iter().find(|group| group.name == name)?;
        let first = group.first.0;
        Some((first..first + group.count).map(AgentId))
    }

    /// The best levels of one side of a book as they are now, without delay: `levels` of them at most, also
    /// where the book records no depth. A book that does not exist has none.
    pub fn depth(&self, book: BookId, side: Side, levels: usize) -> Vec<Level> {
        let mut into = Vec::new();
        if let Some(state) = self.venue_of(book) {
            state.depth(book, side, levels, &mut into);
        }
        into
    }
}

/// A sum over venues, each of which keeps its own within 64 bits: at the end of its range where it does not fit.
fn total(of: impl Iterator<Item = i64>) -> i64 {
    let total: i128 = of.map(i128::from).sum();
    i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })
}
