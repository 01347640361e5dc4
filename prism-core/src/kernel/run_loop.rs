//! One event after the other: pop, fold into the digest, deliver, push what follows.

use super::clocks::{DRAWN, Due};
use super::error::RunError;
use super::instant::Holder;
use super::{Phase, Simulation, context};
use crate::agent::{Hook, Prints};
use crate::market::Phases;
use crate::msg::Event;
use crate::msg::packed::{Delivery, sort};
use crate::types::{GroupId, Time, VenueId};

/// A group of this size and more does not stay in the cache.
const CROWD: usize = 4_096;
/// How many ticks before its own what a member needs is fetched, at least; then what that shows to be needed; then what
/// that does. The memory must have time for one stage before the next begins.
const AHEAD: [usize; 3] = [8, 4, 0];
/// For so many members at once. A prefetch waits until it is known in which page of the memory its place lies, which for
/// a crowd takes longer than all else; a processor finds that out for several places side by side. For eight it is
/// worse again: it can ask for so much only.
const TOGETHER: usize = 4;
const _: () = assert!(AHEAD[0] + TOGETHER <= DRAWN);

/// What a step comes to. The error is behind a pointer, so that the way without one is a register.
pub(super) type Step = Result<(), Box<RunError>>;

impl Simulation {
    /// Starts the run, once: sinks, agents, clocks.
    pub(super) fn begin(&mut self) -> Result<(), RunError> {
        if self.phase != Phase::Built {
            let over = self.phase != Phase::Running;
            return if over { Err(RunError::Over { at: self.now }) } else { Ok(()) };
        }
        self.phase = Phase::Running;
        let done = self.start();
        self.ended(done)
    }

    fn start(&mut self) -> Result<(), RunError> {
        let at = self.now;
        let world = self.world.clone();
        self.recorder.start(&world).map_err(|source| RunError::Sink { at, source })?;
        self.grid.record_start(&mut self.recorder);
        self.find_listeners();
        for v in 0..self.venues.len() {
            self.venues[v].venue.open(at, &mut self.out);
            self.publish(VenueId::from_index(v), GroupId(0)).map_err(|error| *error)?;
        }
        self.shared.views.phases.iter_mut().for_each(Phases::begin);
        for g in 0..self.groups.len() {
            for m in 0..self.groups[g].members.len() {
                self.call(g, m, Hook::Start);
                self.carry_out(g, m).map_err(|error| *error)?;
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
            while let Some((at, number, event)) = self.next_shuffled(until) {
                self.deliver_one(at, number, &event).map_err(|error| *error)?;
            }
        } else {
            loop {
                if let Some(tick) = self.clocks.next(until)
                    && self.comes_first(&tick)
                {
                    self.tick(&tick).map_err(|error| *error)?;
                } else if let Some((at, event)) = self.shared.post.queue.pop_before(until) {
                    let number = self.shared.post.queue.number();
                    self.deliver(at, number, &event).map_err(|error| *error)?;
                } else {
                    break;
                }
            }
        }
        if self.batch.is_empty() {
            // Whatever was due has been delivered.
            (self.now, self.number) = (self.now.max(until), u64::MAX);
        }
        self.tick_values().and_then(|()| self.check_sinks()).map_err(|error| *error)
    }

    /// True when a tick comes before everything in the queue.
    #[inline(always)]
    fn comes_first(&mut self, tick: &Due) -> bool {
        let queue = &mut self.shared.post.queue;
        queue.is_after(tick.at) || queue.next_time() == Some(tick.at) && tick.number < queue.first_number()
    }

    /// The next event, if it is due at `until` or before.
    fn next_event(&mut self, until: Time) -> Option<(Time, u64, Delivery)> {
        if let Some(tick) = self.clocks.next(until)
            && self.comes_first(&tick)
        {
            self.clocks.pop();
            self.shared.post.queue.reach(tick.at);
            return Some((tick.at, tick.number, Delivery::group_clock(tick.group, tick.member)));
        }
        let (at, event) = self.shared.post.queue.pop_before(until)?;
        Some((at, self.shared.post.queue.number(), event))
    }

    /// The same, but the requests that wait at one venue for one instant change places among themselves.
    fn next_shuffled(&mut self, until: Time) -> Option<(Time, u64, Delivery)> {
        if !self.batch.is_empty() && self.now > until {
            return None;
        }
        if self.batch.is_empty() {
            let (at, number, first) = self.next_event(until)?;
            let mut batch = std::mem::take(&mut self.batch);
            batch.push((number, first));
            while let Some((_, number, event)) = self.next_event(at) {
                batch.push((number, event));
            }
            self.now = at;
            self.shuffle(&mut batch);
            batch.reverse();
            self.batch = batch;
        }
        let (number, event) = self.batch.pop()?;
        Some((self.now, number, event))
    }

    fn shuffle(&mut self, batch: &mut [(u64, Delivery)]) {
        let Some(rng) = &mut self.ties else { return };
        for v in 0..self.venues.len() {
            let there = |event: &Delivery| {
                // What has been through a gateway has its place already.
                matches!(event.sort(), sort::NEW..=sort::REPLACE)
                    && event.venue().index() == v
                    && !event.is_served()
            };
            let places = &mut self.places;
            places.clear();
            places.extend((0..batch.len()).filter(|&i| there(&batch[i].1)));
            for n in (1..places.len()).rev() {
                let other = rng.below_u64(n as u64 + 1);
                let (one, other) = (places[n], places[usize::try_from(other).unwrap_or(n)]);
                batch.swap(one, other);
                // Requests change places, and each takes the number of its place.
                let number = batch[one].0;
                batch[one].0 = std::mem::replace(&mut batch[other].0, number);
            }
        }
    }

    pub(super) fn one_event(&mut self) -> Result<Option<Event>, RunError> {
        let next =
            if self.ties.is_some() { self.next_shuffled(Time::MAX) } else { self.next_event(Time::MAX) };
        let Some((at, number, event)) = next else { return Ok(None) };
        self.deliver_one(at, number, &event).map_err(|error| *error)?;
        let (to, msg) = event.open();
        Ok(Some(Event { at, to, msg }))
    }

    /// Wakes the member of a group whose turn it is.
    #[inline(always)]
    fn tick(&mut self, tick: &Due) -> Step {
        let Due { at, number, group: id, member } = *tick;
        (self.now, self.number) = (at, number);
        self.tick_values()?;
        self.events += 1;
        Delivery::group_clock(id, member).fold::<1>(at, &mut self.digest);
        let (g, m) = (id.index(), member as usize);
        let group = &mut self.groups[g];
        let queue = &mut self.shared.post.queue;
        queue.reach(at);
        // The next tick goes in first: what this wake-up causes at the same instant comes after it.
        if let Some((at, member)) = group.clock.next(at) {
            self.clocks.replace(Due { at, number: queue.stamp(), group: id, member });
        } else {
            self.clocks.pop();
        }
        if group.members.len() >= CROWD {
            self.fetch_members(g);
        }
        let group = &mut self.groups[g];
        if group.inbox.waits_for(m) {
            group.collect((at, number));
        }
        let (population, mut ctx) = context(group, m, at, &mut self.shared);
        population.call(m, Hook::Wake, &mut ctx);
        self.carry_out(g, m)?;
        self.check_sinks()
    }

    #[inline]
    fn tick_values(&mut self) -> Step {
        if self.grid.due.is_some_and(|due| due <= self.now) { self.step_values() } else { Ok(()) }
    }

    #[cold]
    fn step_values(&mut self) -> Step {
        let done = self.grid.advance(self.now, &mut self.shared.values, &mut self.recorder);
        done.map_err(|(symbol, value, at)| {
            let symbol = self.world.instruments.symbols()[symbol.index()].name.clone();
            Box::new(RunError::ValueNotFinite { symbol, value, at })
        })
    }

    /// The failure of a sink, if there is one.
    #[inline]
    pub(super) fn check_sinks(&mut self) -> Step {
        if self.recorder.has_failed() { self.sink_error() } else { Ok(()) }
    }

    #[cold]
    fn sink_error(&mut self) -> Step {
        let at = self.now;
        self.recorder.check().map_err(|source| Box::new(RunError::Sink { at, source }))
    }

    /// As [`deliver`](Simulation::deliver), for those who deliver one event now and then.
    #[inline(never)]
    fn deliver_one(&mut self, at: Time, number: u64, event: &Delivery) -> Step {
        if event.sort() == sort::GROUP_CLOCK {
            // It was taken out to be looked at.
            let due = Due { at, number, group: event.group(), member: event.member() };
            self.clocks.push(due);
            return self.tick(&due);
        }
        self.deliver(at, number, event)
    }

    /// Inlined into the loop, so that the words of an event go from the queue into registers one by one. Often
    /// it was pushed a moment ago, and a copy in larger pieces would have to wait for the pieces it was
    /// written in. So no reference to the event is handed on to what is not inlined.
    #[inline(always)]
    fn deliver(&mut self, at: Time, number: u64, event: &Delivery) -> Step {
        (self.now, self.number) = (at, number);
        if !self.instant.has_room(at) {
            return self.stands_still(Holder::of(event));
        }
        self.tick_values()?;
        self.events += u64::from(!event.is_counted());
        let sort = event.sort();
        match sort {
            sort::NEW..=sort::REPLACE => {
                event.fold::<3>(at, &mut self.digest);
                self.at_venue(event)?;
            }
            sort::WAKE | sort::TIMER => {
                event.fold::<1>(at, &mut self.digest);
                let g = event.group_of_agent().index();
                let m = self.groups[g].plan.member(event.agent());
                self.call(g, m, if sort == sort::WAKE { Hook::Wake } else { Hook::Timer(event.tag()) });
                self.carry_out(g, m)?;
            }
            sort::NOTE | sort::ACCEPTED..=sort::REJECTED | sort::LIQUIDATED | sort::COVERED => {
                if !event.is_counted() {
                    event.fold::<5>(at, &mut self.digest);
                }
                let g = event.group_of_agent().index();
                let m = self.groups[g].plan.member(event.agent());
                match sort {
                    sort::NOTE => self.call(g, m, Hook::Note(&event.as_note())),
                    _ => self.hear_report(g, m, event),
                }
                self.carry_out(g, m)?;
            }
            sort::VENUE_CLOCK => {
                event.fold::<1>(at, &mut self.digest);
                let venue = event.venue();
                self.venues[venue.index()].venue.on_timer(at, &mut self.out);
                self.publish(venue, GroupId(0))?;
            }
            _ => {
                event.fold::<3>(at, &mut self.digest);
                self.tell(event.group().index(), &event.as_print())?;
            }
        }
        self.check_sinks()
    }

    /// Sets a group's clock for its first tick.
    fn wind(&mut self, g: usize) {
        let group = &mut self.groups[g];
        if let Some((at, member)) = group.clock.next(self.now) {
            let number = self.shared.post.queue.stamp();
            self.clocks.push(Due { at, number, group: group.plan.id, member });
        }
    }

    /// A large crowd is not in the cache. What those need who will be woken next is fetched while others act,
    /// and for several at once, since the memory can look up many places in the time of one.
    fn fetch_members(&self, g: usize) {
        let group = &self.groups[g];
        if !group.clock.ticks().is_multiple_of(TOGETHER) {
            return;
        }
        let expect = |m: usize, stage: u8| {
            for &book in group.plan.books_of(m) {
                let venue = self.shared.instruments.books()[book.index()].venue;
                self.venues[venue.index()].venue.expect(group.plan.agent(m), book, stage);
            }
        };
        for (ticks, stage) in AHEAD.into_iter().zip(0..) {
            let members = (ticks..ticks + TOGETHER).filter_map(|ticks| group.clock.ahead(ticks));
            for m in members {
                if stage == 0 {
                    group.members[m].fetch();
                    group.population.fetch(m);
                    group.transit.fetch(m);
                }
                expect(m, stage);
            }
        }
    }

    #[inline]
    pub(super) fn call(&mut self, g: usize, member: usize, hook: Hook<'_>) {
        self.catch_up(g, member);
        let (population, mut ctx) = context(&mut self.groups[g], member, self.now, &mut self.shared);
        population.call(member, hook, &mut ctx);
    }
}
