//! A message at its agent, and the way out of what the agent asks for.

use super::Simulation;
use super::error::RunError;
use crate::agent::{Action, Fault, Hook, Prints};
use crate::msg::{Msg, Print, Reject, Report, Request, To};
use crate::sink::SeriesRow;
use crate::types::AgentId;

impl Simulation {
    #[inline]
    pub(super) fn at_agent(&mut self, agent: AgentId, msg: &Msg) -> Result<(), RunError> {
        let Some((g, m)) = self.place_of(agent) else { return Ok(()) };
        match msg {
            Msg::Report(report) => {
                self.book_report(g, m, report);
                self.call(g, m, Hook::Report(report));
            }
            Msg::Wake { tag: None } => self.call(g, m, Hook::Wake),
            Msg::Wake { tag: Some(tag) } => self.call(g, m, Hook::Timer(*tag)),
            Msg::Note(note) => self.call(g, m, Hook::Note(note)),
            Msg::Clock | Msg::Request(_) | Msg::Print(_) => {}
        }
        self.carry_out(g, m)
    }

    /// Brings the agent's account and working orders up to date.
    #[inline]
    fn book_report(&mut self, g: usize, m: usize, report: &Report) {
        let group = &mut self.groups[g];
        let orders = &mut group.members[m].orders;
        let counter = report.id().counter();
        let Some(working) = group.arena.get_mut(orders, counter) else { return };
        match *report {
            Report::Accepted { price, left, .. } => (working.price, working.left) = (price, left),
            Report::Filled { price, qty, left, fee, .. } => {
                working.left = left;
                let (book, side) = (working.book, working.side);
                let place = (&self.shared.instruments, book);
                group.accounts.fill(m, place, side, price, qty, fee);
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
    pub(super) fn tell(&mut self, g: usize, print: &Print) -> Result<(), RunError> {
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
    pub(super) fn carry_out(&mut self, g: usize, m: usize) -> Result<(), RunError> {
        if self.shared.outbox.is_empty() && self.shared.fault.is_none() {
            return self.check_sinks();
        }
        if let Some(Fault::WakeInClockedGroup) = self.shared.fault.take() {
            let group = self.world.groups[g].name.clone();
            return Err(RunError::WakeInClockedGroup { group, at: self.now });
        }
        let mut outbox = std::mem::take(&mut self.shared.outbox);
        let me = self.groups[g].plan.agent(m);
        for action in outbox.drain(..) {
            match action {
                Action::Request { leave, req } => {
                    let group = &mut self.groups[g];
                    if group.plan.books_of(m).contains(&req.book()) {
                        let venue = self.shared.instruments.books()[req.book().index()].venue;
                        let link = &mut self.links[group.plan.link.index()];
                        let at = group.transit.request(link, m, leave, venue);
                        self.push(at, To::Venue(venue), Msg::Request(req));
                    } else if let Request::New { id, .. } = req {
                        // Never reaches a venue: the agent's own connection refuses it.
                        let refused = Report::Rejected { id, why: Reject::UnknownBook, open: false };
                        self.push(leave, To::Agent(me), Msg::Report(refused));
                    }
                }
                Action::Wake { at, tag } => self.push(at, To::Agent(me), Msg::Wake { tag }),
                Action::Note { leave, to, note } => {
                    if self.place_of(to).is_some() {
                        self.push(leave, To::Agent(to), Msg::Note(note));
                    }
                }
                Action::Emit { series, value } => self.recorder.series(SeriesRow {
                    at: self.now.nanos(),
                    series: series.0,
                    agent: me.0,
                    value,
                }),
            }
        }
        self.shared.outbox = outbox;
        self.check_sinks()
    }
}
