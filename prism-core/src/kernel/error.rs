//! What can go wrong while a simulation is built or run.

use thiserror::Error;

use crate::param::ParamError;
use crate::sink::SinkError;
use crate::types::{AgentId, BookId, InstrumentsError, NameError, Time};

/// One thing that is wrong with a declared simulation.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum BuildProblem {
    /// A symbol is declared wrongly.
    #[error(transparent)]
    Instrument(#[from] InstrumentsError),
    /// Nothing to trade.
    #[error("a simulation needs at least one venue with at least one symbol")]
    NoBooks,
    /// A name that cannot be used.
    #[error("name {name:?} of a {what} {why}")]
    Name {
        /// `group`, `link` or `series`.
        what: &'static str,
        /// The name.
        name: String,
        /// The rule that it breaks.
        why: NameError,
    },
    /// A name is used twice.
    #[error("two {what} are called {name:?}")]
    Twice {
        /// `venues`, `gateways`, `groups`, `links` or `series`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two links without a name.
    #[error(
        "latency is given twice: it is the link of all groups that name none, so others need a name (link)"
    )]
    TwoLatencies,
    /// A name is not declared.
    #[error("{user} names the {what} {name:?}, which is not declared")]
    Unknown {
        /// Who names it.
        user: String,
        /// `link`, `book`, `symbol` or `venue`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A group names a symbol that several venues list.
    #[error("group {group:?} names the book {name:?}, which may be {}", .choices.join(" or "))]
    Ambiguous {
        /// The group.
        group: String,
        /// The symbol.
        name: String,
        /// The names of its books.
        choices: Vec<String>,
    },
    /// A symbol has two laws of value.
    #[error("symbol {symbol} has two laws of value")]
    TwoValues {
        /// The symbol.
        symbol: String,
    },
    /// A law of value values another number of symbols than it is given.
    #[error("a law of value for {expected} symbols is given {given}")]
    ValueWidth {
        /// What it values.
        expected: usize,
        /// What it is given.
        given: usize,
    },
    /// A law of value begins, or tells of itself, with something that is no number.
    #[error("{field} of the law of value of {symbol} must be finite, not {given}")]
    NotFinite {
        /// The symbol.
        symbol: String,
        /// `start`, or the `mean`, `kappa` or `sigma` of its prior.
        field: &'static str,
        /// What was given.
        given: f64,
    },
    /// A span is outside its range.
    #[error("{field} of {owner} must be at least {least}, not {given}")]
    SpanRange {
        /// Whose it is.
        owner: String,
        /// Which.
        field: &'static str,
        /// The least allowed.
        least: crate::types::Span,
        /// What was given.
        given: crate::types::Span,
    },
    /// A number is below its range.
    #[error("{field} of {owner} must be at least {least}, not {given}")]
    CountRange {
        /// Whose it is.
        owner: String,
        /// Which.
        field: &'static str,
        /// The least allowed.
        least: u64,
        /// What was given.
        given: u64,
    },
    /// More than there are ids for.
    #[error("too many {what}: {given}, at most {limit}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        given: u64,
        /// The most there can be.
        limit: u64,
    },
    /// An agent was made of something that its kind does not allow.
    #[error("agent {member} of group {group:?}: {error}")]
    Agent {
        /// The group.
        group: String,
        /// The first such member.
        member: u32,
        /// The parameter, what it was and what it may be.
        error: ParamError,
    },
    /// There are more agents than fit the memory.
    #[error("no memory for {what} of {owner}: {bytes} bytes asked for")]
    Memory {
        /// Whose it was to be: the agents of a group, or all of them at a venue.
        owner: String,
        /// What was to lie there.
        what: &'static str,
        /// How much was asked for at once.
        bytes: u64,
    },
    /// A venue could not be built.
    #[error("venue {name}: {why}")]
    Venue {
        /// The venue.
        name: String,
        /// What is wrong, with the field and its range.
        why: String,
    },
}

/// Everything that is wrong with a declared simulation.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{}", list(.problems))]
pub struct BuildError {
    /// The problems, in the order of declaration; at least one.
    pub problems: Vec<BuildProblem>,
}

impl BuildError {
    /// True when the simulation is as it should be, and the machine too small for it.
    pub fn is_memory(&self) -> bool {
        self.problems.iter().all(|problem| matches!(problem, BuildProblem::Memory { .. }))
    }
}

fn list(problems: &[BuildProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a run ended early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// An agent of a clocked group asked to be woken: its wake-ups would multiply without bound.
    #[error(
        "P0301: at {at}, an agent of group {group:?} asked to be woken, but the kernel keeps that group's time"
    )]
    WakeInClockedGroup {
        /// The group.
        group: String,
        /// When.
        at: Time,
    },
    /// The members of a group have more working orders than its tables can hold: up to 2^32 places, of which a
    /// quarter at least are used.
    #[error("at {at}, the agents of group {group:?} have more working orders than can be kept of one group")]
    TooManyOrders {
        /// The group.
        group: String,
        /// When.
        at: Time,
    },
    /// So much took place at one instant that the clock would never go on: somebody acts without delay, over
    /// and over.
    #[error(
        "P0303: at {at}, time stands still: after {events} events at this instant (most_at_once) there is one more, from or for {who}; \
         something is asked for or answered without delay, over and over"
    )]
    StandsStill {
        /// The instant.
        at: Time,
        /// The most events that it may have.
        events: u64,
        /// Whose event was the one too many, unless it was a venue's or one for a whole group.
        agent: Option<AgentId>,
        /// The same in words, with the name of the group.
        who: String,
    },
    /// A law of value came to something that is no number.
    #[error("P0304: at {at}, the law of value of {symbol} came to {value}, which is no number to trade on")]
    ValueNotFinite {
        /// The symbol.
        symbol: String,
        /// What it came to.
        value: f64,
        /// When.
        at: Time,
    },
    /// A venue spoke of a book that it does not list: there is nobody to tell.
    #[error("at {at}, venue {venue} spoke of {book:?}, which is none of its books")]
    UnlistedBook {
        /// The venue.
        venue: String,
        /// The book that it named.
        book: BookId,
        /// When.
        at: Time,
    },
    /// The run was finished, or ended by an error, before.
    #[error("the run is over since {at}: it was finished, or ended by an error")]
    Over {
        /// When it ended.
        at: Time,
    },
    /// A sink failed.
    #[error("at {at}, a sink failed: {source}")]
    Sink {
        /// When.
        at: Time,
        /// How.
        source: SinkError,
    },
}

/// Something that looks wrong about a run, though it could be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RunWarning {
    /// Nobody in a group that keeps its own time has sent anything.
    #[error("group {group:?} keeps its own time and sent nothing: no first wake-up, or nothing to act on?")]
    IdleGroup {
        /// The group.
        group: String,
    },
}

impl RunWarning {
    /// Its number, under which `prism explain` has a page.
    pub const fn code(&self) -> &'static str {
        match self {
            RunWarning::IdleGroup { .. } => "W0301",
        }
    }
}
