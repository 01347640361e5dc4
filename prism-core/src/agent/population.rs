//! How the kernel holds and calls the agents of a group.

use std::any::Any;
use std::fmt;
use std::io::{Read, Write};

use super::{Agent, Ctx, Prints};
use crate::memory::prefetch;
use crate::msg::{Note, Print, Report};
use crate::save::{SaveError, unsaved};

/// Which hook of an agent is called, with its message.
#[derive(Clone, Copy, Debug)]
pub enum Hook<'a> {
    /// [`Agent::on_start`].
    Start,
    /// [`Agent::on_wake`].
    Wake,
    /// [`Agent::on_timer`].
    Timer(u32),
    /// [`Agent::on_report`].
    Report(&'a Report),
    /// [`Agent::on_print`].
    Print(&'a Print),
    /// [`Agent::on_note`].
    Note(&'a Note),
    /// [`Agent::on_stop`].
    Stop,
}

/// What the kernel dispatches to: the agents of one group. [`Pool`] is the usual one; a vectorised crowd
/// may write its own.
pub trait Population: Send {
    /// How many members there are.
    fn len(&self) -> usize;

    /// True without members.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls a hook of one member. `ctx` is that member's.
    fn call(&mut self, member: usize, hook: Hook<'_>, ctx: &mut Ctx<'_>);

    /// A hint that a member will soon be called: a large population can fetch its memory. Nothing may depend
    /// on it.
    fn fetch(&self, member: usize) {
        let _ = member;
    }

    /// False when no member wants [`Agent::on_report`]: reports are then booked without a call.
    fn hears_reports(&self) -> bool {
        true
    }

    /// What a member wants to hear.
    fn hears(&self, member: u32) -> Prints;

    /// A copy, for forks.
    fn clone_box(&self) -> Box<dyn Population>;

    /// The population itself, for [`Simulation::members`](crate::kernel::Simulation::members).
    fn as_any(&self) -> &dyn Any;

    unsaved!();
}

impl Clone for Box<dyn Population> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

impl fmt::Debug for dyn Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Population of {}", self.len())
    }
}

/// Agents of one type, side by side in memory.
#[derive(Clone, Debug)]
pub struct Pool<A> {
    agents: Vec<A>,
}

impl<A> Pool<A> {
    /// A pool of these agents.
    pub fn new(agents: impl IntoIterator<Item = A>) -> Pool<A> {
        Pool { agents: agents.into_iter().collect() }
    }

    /// The agents, in order.
    pub fn agents(&self) -> impl Iterator<Item = &A> {
        self.agents.iter()
    }
}

impl<A: Agent> Population for Pool<A> {
    fn len(&self) -> usize {
        self.agents.len()
    }

    #[inline]
    fn call(&mut self, member: usize, hook: Hook<'_>, ctx: &mut Ctx<'_>) {
        let agent = &mut self.agents[member];
        match hook {
            Hook::Start => agent.on_start(ctx),
            Hook::Wake => agent.on_wake(ctx),
            Hook::Timer(tag) => agent.on_timer(tag, ctx),
            Hook::Report(report) => agent.on_report(report, ctx),
            Hook::Print(print) => agent.on_print(print, ctx),
            Hook::Note(note) => agent.on_note(note, ctx),
            Hook::Stop => agent.on_stop(ctx),
        }
    }

    #[inline]
    fn fetch(&self, member: usize) {
        if let Some(agent) = self.agents.get(member) {
            prefetch(agent);
        }
    }

    fn hears_reports(&self) -> bool {
        self.agents.iter().any(A::hears_reports)
    }

    fn hears(&self, member: u32) -> Prints {
        self.agents[member as usize].hears()
    }

    fn clone_box(&self) -> Box<dyn Population> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn save(&self, to: &mut dyn Write) -> Result<(), SaveError> {
        self.agents.iter().try_for_each(|agent| agent.save(to))
    }

    fn load(&mut self, from: &mut dyn Read) -> Result<(), SaveError> {
        self.agents.iter_mut().try_for_each(|agent| agent.load(from))
    }
}
