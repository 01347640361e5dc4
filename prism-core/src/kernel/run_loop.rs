//! One event after the other: pop, fold into the digest, deliver, push what follows.

use super::error::RunError;
use super::fold::fold;
use super::{Phase, Simulation, context};
use crate::agent::{Hook, Prints};
use crate::msg::{Event, Msg, To};
use crate::types::{AgentId, GroupId, Time, VenueId};

/// An event without its time, as the queue holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) to: To,
    pub(crate) msg: Msg,
}

impl Simulation {
    /// Starts the run, once: sinks, agents, clocks.
    pub(super) fn begin(&mut self) -> Result<(), RunError> {
        if self.phase != Phase::Built {
            return Ok(());
        }
        self.phase = Phase::Running;
        let at = self.now;
        let world = self.world.clone();
        self.recorder.start(&world).map_err(|source| RunError::Sink { at, source })?;
        self.grid.record_start(&mut self.recorder);
        self.find_listeners();
        for g in 0..self.groups.len() {
            for m in 0..self.groups[g].members.len() {
                self.call(g, m, Hook::Start);
                self.carry_out(g, m)?;
            }
            self.wind(g);
        }
        Ok(())
    }

    fn find_listeners(&mut self) {
        let books = self.world.instruments.books().len();
        self.audience = vec![Vec::new(); books];
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.listeners = vec![Vec::new(); books];
            for (m, member) in (0..group.members.len()).zip(0..) {
                let hears = group.population.hears(member);
                if !hears.is_empty() {
                    for book in group.plan.books_of(m) {
                        group.listeners[book.index()].push((member, hears));
                    }
                }
            }
            for (book, listeners) in group.listeners.iter().enumerate() {
                let all = listeners.iter().fold(Prints::NONE, |all, (_, hears)| all | *hears);
                if !all.is_empty() {
                    self.audience[book].push((GroupId::from_index(g), all));
                }
            }
        }
    }

    pub(super) fn run_loop(&mut self, until: Time) -> Result<(), RunError> {
        if self.ties.is_some() {
            self.run_shuffled(until)?;
        } else {
            while let Some((at, event)) = self.queue.pop_before(until) {
                self.deliver(at, event)?;
            }
        }
        self.now = self.now.max(until);
        self.tick_values();
        self.check_sinks()
    }

    /// The same, but the requests that wait at one venue for one instant change places among themselves.
    fn run_shuffled(&mut self, until: Time) -> Result<(), RunError> {
        while let Some((at, first)) = self.queue.pop_before(until) {
            let mut batch = std::mem::take(&mut self.batch);
            batch.push(first);
            while let Some((_, event)) = self.queue.pop_before(at) {
                batch.push(event);
            }
            if batch.len() > 1
                && let Some(rng) = &mut self.ties
            {
                for v in 0..self.venues.len() {
                    let there = |event: &Delivery| {
                        event.to == To::Venue(VenueId::from_index(v)) && matches!(event.msg, Msg::Request(_))
                    };
                    let places: Vec<usize> = (0..batch.len()).filter(|&i| there(&batch[i])).collect();
                    for n in (1..places.len()).rev() {
                        let other = rng.below_u64(n as u64 + 1);
                        batch.swap(places[n], places[usize::try_from(other).unwrap_or(n)]);
                    }
                }
            }
            for event in batch.drain(..) {
                self.deliver(at, event)?;
            }
            self.batch = batch;
        }
        Ok(())
    }

    pub(super) fn one_event(&mut self) -> Result<Option<Event>, RunError> {
        let Some((at, event)) = self.queue.pop() else { return Ok(None) };
        self.deliver(at, event)?;
        self.check_sinks()?;
        Ok(Some(Event { at, to: event.to, msg: event.msg }))
    }

    #[inline]
    fn tick_values(&mut self) {
        if self.grid.due.is_some_and(|due| due <= self.now) {
            self.grid.advance(self.now, &mut self.shared.values, &mut self.recorder);
        }
    }

    #[inline]
    pub(super) fn check_sinks(&mut self) -> Result<(), RunError> {
        let at = self.now;
        self.recorder.check().map_err(|source| RunError::Sink { at, source })
    }

    #[inline]
    pub(super) fn push(&mut self, at: Time, to: To, msg: Msg) {
        self.queue.push(at, Delivery { to, msg });
    }

    #[inline]
    fn deliver(&mut self, at: Time, event: Delivery) -> Result<(), RunError> {
        self.now = at;
        self.tick_values();
        self.events += 1;
        fold(&mut self.digest, at, &event);
        match (event.to, event.msg) {
            (To::Venue(venue), Msg::Request(req)) => self.at_venue(venue, &req),
            (To::Venue(venue), _) => {
                let state = &mut self.venues[venue.index()];
                state.venue.on_timer(at, &mut self.out);
                self.publish(venue);
            }
            (To::Agent(agent), msg) => return self.at_agent(agent, &msg),
            (To::Group(group), Msg::Clock) => {
                let g = group.index();
                let member = self.groups[g].clock.member() as usize;
                // The next tick goes in first: what this wake-up causes at the same instant comes after it.
                self.wind(g);
                self.call(g, member, Hook::Wake);
                return self.carry_out(g, member);
            }
            (To::Group(group), Msg::Print(print)) => return self.tell(group.index(), &print),
            (To::Group(_), _) => {}
        }
        self.check_sinks()
    }

    fn wind(&mut self, g: usize) {
        if let Some(at) = self.groups[g].clock.next(self.now) {
            self.push(at, To::Group(GroupId::from_index(g)), Msg::Clock);
        }
    }

    #[inline]
    pub(super) fn call(&mut self, g: usize, member: usize, hook: Hook<'_>) {
        let (population, mut ctx) = context(&mut self.groups[g], member, self.now, &mut self.shared);
        population.call(member, hook, &mut ctx);
    }

    /// Group and place of an agent.
    #[inline]
    pub(super) fn place_of(&self, agent: AgentId) -> Option<(usize, usize)> {
        let g = self.groups.partition_point(|group| group.plan.first <= agent).checked_sub(1)?;
        // Groups without members share their first id with the next; the last of them is the one that counts.
        let member = (agent.0 - self.groups[g].plan.first.0) as usize;
        (member < self.groups[g].members.len()).then_some((g, member))
    }
}
