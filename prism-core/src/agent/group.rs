//! Groups: how many agents of a type there are, when they act, and how they are connected.

use std::fmt;

use thiserror::Error;

use super::Agent;
use super::population::{Pool, Population};
use crate::memory::{NoMemory, room};
use crate::param::ParamError;
use crate::rng::{RngStream, StreamKey};
use crate::types::{AgentId, BookId, GroupId, LinkId, Span};

/// Who keeps the time of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wakes {
    /// The agents themselves, with [`Ctx::wake_in`](super::Ctx::wake_in).
    #[default]
    Own,
    /// The kernel wakes each member at the points of a Poisson process with this mean time between them.
    /// The superposed process of the whole group costs one pending event.
    Poisson(Span),
    /// The kernel wakes each member once every period; the members' turns are spread evenly over it.
    Periodic(Span),
}

/// A group of agents of one type.
///
/// ```
/// use prism_core::prelude::*;
/// #[derive(Clone)]
/// struct Idle;
/// impl Agent for Idle {}
/// let crowd = Group::of(Idle).named("idle").count(1_000).poisson(Span::millis(100)).link("retail");
/// # let _ = crowd;
/// ```
pub struct Group<A> {
    make: Make<A>,
    decl: GroupDecl,
}

/// Makes one member from its number and a stream of its own.
type Maker<A> = Box<dyn Fn(u32, &mut RngStream) -> A>;

enum Make<A> {
    Copies(A),
    Each(Maker<A>),
}

/// A group as declared, before names are looked up.
#[derive(Clone, Debug)]
pub struct GroupDecl {
    /// Its name, unique in a run; the names of its random streams come from it.
    pub name: String,
    /// The kind of its agents, for tables and summaries.
    pub kind: String,
    /// How many agents it has.
    pub count: u32,
    /// Who keeps the time.
    pub wakes: Wakes,
    /// The name of its link; empty for the default link.
    pub link: String,
    /// The names of its books, `SYMBOL` if one venue alone lists it, or `SYMBOL@VENUE`; empty for all.
    pub books: Vec<String>,
    /// True when each member trades one of the books, in turn; false when each trades all of them.
    pub dealt: bool,
    /// True when its members know the fundamental values.
    pub informed: bool,
}

impl<A: Agent> Group<A> {
    /// Copies of one agent: one of them until [`count`](Group::count) says otherwise.
    pub fn of(agent: A) -> Group<A> {
        Group::with(Make::Copies(agent))
    }

    /// Agents that differ: `make` gets the member's number and a random stream of its own,
    /// `agents/<group>/<i>/setup`.
    pub fn each(make: impl Fn(u32, &mut RngStream) -> A + 'static) -> Group<A> {
        Group::with(Make::Each(Box::new(make)))
    }

    fn with(make: Make<A>) -> Group<A> {
        let path = std::any::type_name::<A>();
        let kind = path.split('<').next().and_then(|p| p.rsplit("::").next()).unwrap_or(path);
        Group {
            make,
            decl: GroupDecl {
                name: kind.to_lowercase(),
                kind: kind.to_owned(),
                count: 1,
                wakes: Wakes::Own,
                link: String::new(),
                books: Vec::new(),
                dealt: false,
                informed: false,
            },
        }
    }

    /// Names the group; by default it has the name of its type in lower case. Two groups must not share a
    /// name.
    pub fn named(mut self, name: &str) -> Group<A> {
        name.clone_into(&mut self.decl.name);
        self
    }

    /// The kind shown in tables and summaries; by default the name of the type.
    pub fn kind(mut self, kind: &str) -> Group<A> {
        kind.clone_into(&mut self.decl.kind);
        self
    }

    /// How many members it has; none is legal.
    pub fn count(mut self, n: u32) -> Group<A> {
        self.decl.count = n;
        self
    }

    /// The kernel wakes each member at the points of a Poisson process with this mean time between them.
    pub fn poisson(self, mean: Span) -> Group<A> {
        self.wakes(Wakes::Poisson(mean))
    }

    /// The kernel wakes each member once every period, the members' turns spread evenly over it.
    pub fn periodic(self, every: Span) -> Group<A> {
        self.wakes(Wakes::Periodic(every))
    }

    /// Who keeps the time.
    pub fn wakes(mut self, wakes: Wakes) -> Group<A> {
        self.decl.wakes = wakes;
        self
    }

    /// How it is connected: the name of a link given to the builder.
    pub fn link(mut self, name: &str) -> Group<A> {
        name.clone_into(&mut self.decl.link);
        self
    }

    /// The books its members trade, `SYMBOL` or, where several venues list it, `SYMBOL@VENUE`; all books by
    /// default.
    pub fn books<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Group<A> {
        self.decl.books = names.into_iter().map(Into::into).collect();
        self
    }

    /// Each member trades one of the group's books, in turn: the third of five books goes to members 2, 7,
    /// 12 and so on.
    pub fn dealt(mut self) -> Group<A> {
        self.decl.dealt = true;
        self
    }

    /// Its members know the fundamental values.
    pub fn informed(mut self) -> Group<A> {
        self.decl.informed = true;
        self
    }
}

impl<A> fmt::Debug for Group<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.decl).finish()
    }
}

/// A group of any type of agent, as the builder takes it.
pub trait AnyGroup {
    /// What was declared.
    fn decl(&self) -> &GroupDecl;
    /// Makes the members. `key` is `agents/<group>`.
    ///
    /// # Errors
    /// The first member that is wrong, or there are more than fit the memory.
    fn populate(&self, key: StreamKey) -> Result<Box<dyn Population>, PopulateError>;
}

/// Why the members of a group cannot be made.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PopulateError {
    /// A member is wrong ([`Agent::check`]).
    #[error("agent {member}: {error}")]
    Agent {
        /// The first such member.
        member: u32,
        /// What is wrong with it.
        error: ParamError,
    },
    /// There are too many.
    #[error(transparent)]
    Memory(#[from] NoMemory),
}

impl<A: Agent> AnyGroup for Group<A> {
    fn decl(&self) -> &GroupDecl {
        &self.decl
    }

    fn populate(&self, key: StreamKey) -> Result<Box<dyn Population>, PopulateError> {
        let fit =
            |member: u32, agent: &A| agent.check().map_err(|error| PopulateError::Agent { member, error });
        let mut agents = room("the agents", self.decl.count as usize)?;
        match &self.make {
            Make::Copies(agent) => {
                fit(0, agent)?;
                agents.resize(self.decl.count as usize, agent.clone());
            }
            Make::Each(make) => {
                for member in 0..self.decl.count {
                    let agent = make(member, &mut key.index(u64::from(member)).child("setup").stream());
                    fit(member, &agent)?;
                    agents.push(agent);
                }
            }
        }
        Ok(Box::new(Pool::new(agents)))
    }
}

/// A group with its names looked up.
#[derive(Clone, Debug)]
pub(crate) struct GroupPlan {
    pub(crate) id: GroupId,
    pub(crate) first: AgentId,
    pub(crate) link: LinkId,
    pub(crate) books: Vec<BookId>,
    pub(crate) dealt: bool,
    pub(crate) informed: bool,
    pub(crate) clocked: bool,
}

impl GroupPlan {
    /// The id of a member.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // the builder bounds the number of agents
    pub(crate) fn agent(&self, member: usize) -> AgentId {
        AgentId(self.first.0 + member as u32)
    }

    /// The place of an agent of this group.
    #[inline]
    pub(crate) fn member(&self, agent: AgentId) -> usize {
        agent.0.wrapping_sub(self.first.0) as usize
    }

    /// The books of one member.
    #[inline]
    pub(crate) fn books_of(&self, member: usize) -> &[BookId] {
        if self.dealt { std::slice::from_ref(&self.books[member % self.books.len()]) } else { &self.books }
    }
}
