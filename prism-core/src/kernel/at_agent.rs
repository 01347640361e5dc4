//! A message at its agent, and the way out of what the agent asks for.

use super::Simulation;
use super::delivery::Delivery;
use super::error::RunError;
use super::run_loop::Step;
use crate::agent::{Action, Fault, Hook, Member, Prints};
use crate::msg::{Print, Reject, Report, Request};
use crate::sink::SeriesRow;
use crate::types::GroupId;

impl Simulation {
    /// Brings the agent's account and working orders up to date.
    #[inline]
    pub(super) fn book_report(&mut self, g: usize, m: usize, report: &Report) {
        let group = &mut self.groups[g];
        let Member { orders, purse, .. } = &mut group.members[m];
        let counter = report.id().counter();
        let Some(working) = group.arena.get_mut(orders, counter) else { return };
        match *report {
            Report::Accepted { price, left, .. } => (working.price, working.left) = (price, left),
            Report::Filled { price, qty, left, fee, .. } => {
                working.left = left;
                let (book, side) = (working.book, working.side);
                group.accounts.fill((m, purse), (book, side), (price, qty, fee));
                if left.is_zero() {
                    group.arena.close(orders, counter);
                }
            }
            Report::Reduced { left, .. } => working.left = left,
            Report::Cancelled { .. } | Report::Rejected { open: false, .. } => {
                group.arena.close(orders, counter);
            }
            Report::Rejected { open: true, .. } => {}
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

    /// Carries out what an agent asked for in the hook that has just returned.
    #[inline]
    pub(super) fn carry_out(&mut self, g: usize, m: usize) -> Step {
        // Most reports are only taken note of.
        if self.shared.outbox.is_empty() && self.shared.fault.is_none() {
            return Ok(());
        }
        self.carry_out_all(g, m)
    }

    #[inline(never)]
    fn carry_out_all(&mut self, g: usize, m: usize) -> Step {
        if self.shared.fault.is_some() {
            return self.misuse(g);
        }
        for n in 0..self.shared.outbox.len() {
            let action = self.shared.outbox[n];
            self.act_on(g, m, &action);
        }
        self.shared.outbox.clear();
        Ok(())
    }

    #[cold]
    fn misuse(&mut self, g: usize) -> Step {
        self.shared.outbox.clear();
        let at = self.now;
        match self.shared.fault.take() {
            Some(Fault::WakeInClockedGroup) => {
                Err(Box::new(RunError::WakeInClockedGroup { group: self.world.groups[g].name.clone(), at }))
            }
            None => Ok(()),
        }
    }

    #[inline]
    fn act_on(&mut self, g: usize, m: usize, action: &Action) {
        let group = &mut self.groups[g];
        let me = group.plan.agent(m);
        let home = GroupId::from_index(g);
        match *action {
            Action::Request { leave, ref req } => {
                if group.plan.books_of(m).contains(&req.book()) {
                    let venue = self.shared.instruments.books()[req.book().index()].venue;
                    let link = &mut self.links[group.plan.link.index()];
                    let at = group.transit.request(link, m, leave, venue);
                    self.queue.push(at, Delivery::request(venue, req, home));
                } else if let Request::New { id, .. } = *req {
                    // Never reaches a venue: the agent's own connection refuses it.
                    let refused = Report::Rejected { id, why: Reject::UnknownBook, open: false };
                    self.queue.push(leave, Delivery::report(me, &refused, home));
                }
            }
            Action::Wake { at, tag } => self.queue.push(at, Delivery::wake(me, tag, home)),
            Action::Note { leave, to, ref note } => {
                if let Some(place) = self.place_of(to) {
                    self.queue.push(leave, Delivery::note(to, note, place.group));
                }
            }
            Action::Emit { series, value } => {
                self.recorder.series(SeriesRow {
                    at: self.now.nanos(),
                    series: series.0,
                    agent: me.0,
                    value,
                });
            }
        }
    }
}
