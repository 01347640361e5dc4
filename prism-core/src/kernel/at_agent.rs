//! A message at its agent, and the way out of what the agent asks for.

use super::error::RunError;
use super::inbox::Due;
use super::run_loop::Step;
use super::{GroupState, Simulation};
use crate::agent::{Accounts, Arena, Aside, Hook, Member, Prints};
use crate::msg::Print;
use crate::msg::packed::{Delivery, sort};
use crate::sink::SeriesRow;
use crate::types::{Cash, Price, Qty};

impl Simulation {
    /// A report has come as an event. Inlined for the reason of [`deliver`](Simulation::deliver).
    #[inline(always)]
    pub(super) fn hear_report(&mut self, g: usize, m: usize, event: &Delivery) {
        self.catch_up(g, m);
        let group = &mut self.groups[g];
        group.books().book(m, event);
        if !group.inbox.exists() {
            self.call(g, m, Hook::Report(&event.as_report()));
        }
    }

    /// Books what has arrived for a member without an event.
    #[inline]
    pub(super) fn catch_up(&mut self, g: usize, m: usize) {
        if self.groups[g].inbox.waits_for(m) {
            let now = (self.now, self.number);
            self.groups[g].collect(now);
        }
    }

    /// Tells the members of a group that listen.
    pub(super) fn tell(&mut self, g: usize, print: &Print) -> Step {
        let (book, sort) = (print.book().index(), Prints::of(print));
        for n in 0..self.groups[g].listeners[book].len() {
            let (member, hears) = self.groups[g].listeners[book][n];
            if hears.has(sort) {
                self.call(g, member as usize, Hook::Print(print));
                self.carry_out(g, member as usize)?;
            }
        }
        Ok(())
    }

    /// Carries out what an agent asked for in the hook that has just returned, beside its messages: those are
    /// under way.
    #[inline]
    pub(super) fn carry_out(&mut self, g: usize, m: usize) -> Step {
        if self.shared.asides.is_empty() { Ok(()) } else { self.carry_out_asides(g, m) }
    }

    #[cold]
    fn carry_out_asides(&mut self, g: usize, m: usize) -> Step {
        let (at, group) = (self.now, &self.groups[g]);
        for aside in self.shared.asides.drain(..) {
            match aside {
                Aside::Emit { series, value } => self.recorder.series(SeriesRow {
                    at: at.nanos(),
                    series: series.0,
                    agent: group.plan.agent(m).0,
                    value,
                }),
                Aside::TooManyOrders => {
                    let group = self.world.groups[g].name.clone();
                    return Err(Box::new(RunError::TooManyOrders { group, at }));
                }
                Aside::WakeInClockedGroup => {
                    let group = self.world.groups[g].name.clone();
                    return Err(Box::new(RunError::WakeInClockedGroup { group, at }));
                }
            }
        }
        Ok(())
    }
}

impl GroupState {
    /// Whether a report can wait in the inbox; if not, it takes the way through the queue.
    #[inline(always)]
    pub(super) fn takes_mail(&mut self, now: Due) -> bool {
        self.inbox.takes() || self.makes_room(now)
    }

    #[inline(never)]
    fn makes_room(&mut self, now: Due) -> bool {
        if self.inbox.turns_away() {
            return false;
        }
        self.collect(now);
        self.inbox.takes()
    }

    /// Books the reports that have arrived without an event.
    #[inline(never)]
    pub(super) fn collect(&mut self, now: Due) {
        let GroupState { plan, inbox, members, accounts, arena, .. } = self;
        let mut books = Books { members, accounts, arena };
        let member = |report: &Delivery| plan.member(report.agent());
        let fetch = |books: &Books<'_>, m: usize| books.members[m].fetch();
        inbox.collect(now, &mut books, member, fetch, Books::book);
    }

    #[inline]
    fn books(&mut self) -> Books<'_> {
        Books { members: &mut self.members, accounts: &mut self.accounts, arena: &mut self.arena }
    }
}

/// What the agents of a group know of their orders, money and positions.
struct Books<'a> {
    members: &'a mut [Member],
    accounts: &'a mut Accounts,
    arena: &'a mut Arena,
}

impl Books<'_> {
    /// Brings a member's account and working orders up to date with a report.
    #[inline(always)]
    fn book(&mut self, m: usize, report: &Delivery) {
        let Member { orders, purse, .. } = &mut self.members[m];
        let Some(working) = self.arena.get_mut(orders, report.order().counter()) else {
            return self.book_venues(m, report);
        };
        let sort = report.sort();
        if sort == sort::FILLED {
            let (price, qty) = report.fill();
            self.accounts.fill((m, purse), (working.book, working.side), (price, qty, report.fee()));
        }
        if report.ends() {
            working.end();
            orders.ended();
        } else if sort != sort::REJECTED {
            working.left = report.left();
            if sort == sort::ACCEPTED {
                (working.price, _) = report.fill();
            }
        }
    }

    /// The same, with a report of an order that is not the agent's own: its venue has traded for it, or has paid for
    /// it.
    #[cold]
    fn book_venues(&mut self, m: usize, report: &Delivery) {
        let member = (m, &mut self.members[m].purse);
        let (book, side) = report.closing();
        match report.sort() {
            sort::LIQUIDATED => {
                let (price, qty) = report.fill();
                self.accounts.fill(member, (book, side), (price, qty, report.fee()));
            }
            sort::COVERED => {
                let paid = Cash(report.fee().0.saturating_neg());
                self.accounts.fill(member, (book, side), (Price(0), Qty::ZERO, paid));
            }
            _ => {}
        }
    }
}
