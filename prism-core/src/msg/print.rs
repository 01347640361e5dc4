//! What a venue tells everyone, and what agents tell one another.

use serde::{Deserialize, Serialize};

use crate::types::{AgentId, BookId, Price, Qty, Side};

/// A public message of a venue, heard by the groups that listen ([`Agent::hears`](crate::agent::Agent)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Print {
    /// A trade, one for each resting order that was hit.
    Trade {
        /// Where.
        book: BookId,
        /// At the resting order's price, or the price of the uncrossing.
        price: Price,
        /// How much.
        qty: Qty,
        /// The side of the incoming order; `None` in an uncrossing.
        aggressor: Option<Side>,
    },
    /// The best bid or ask changed in price or size; read it with [`Ctx::top`](crate::agent::Ctx::top).
    Moved {
        /// Where.
        book: BookId,
    },
    /// The book entered another phase of its day.
    Phase {
        /// Where.
        book: BookId,
        /// The new phase.
        phase: Phase,
    },
    /// What a call would give if it ended now.
    Indicative {
        /// Where.
        book: BookId,
        /// The price; of no meaning without a volume.
        price: Price,
        /// What would trade, in lots; zero if nothing would.
        volume: Qty,
        /// What buyers (above zero) or sellers (below) could not trade at the price, in lots.
        surplus: i64,
    },
}

impl Print {
    /// The book it is about.
    #[inline]
    pub const fn book(&self) -> BookId {
        match self {
            Print::Trade { book, .. }
            | Print::Moved { book }
            | Print::Phase { book, .. }
            | Print::Indicative { book, .. } => *book,
        }
    }
}

/// A phase of a trading day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[non_exhaustive]
pub enum Phase {
    /// Orders are matched as they come.
    #[default]
    Continuous = 0,
    /// Nothing but cancels is taken.
    Closed = 1,
    /// Orders are collected before the opening call.
    PreOpen = 2,
    /// The call that opens the day.
    Opening = 3,
    /// The call that follows a volatility interruption or a halt.
    Volatility = 4,
    /// The call that ends the day.
    Closing = 5,
    /// Trading is suspended: nothing but cancels is taken, or orders are collected for the call that follows.
    Halted = 6,
}

impl Phase {
    /// All phases, in the order of a day with what may interrupt it.
    pub const ALL: [Phase; 7] = [
        Phase::PreOpen,
        Phase::Opening,
        Phase::Continuous,
        Phase::Volatility,
        Phase::Closing,
        Phase::Halted,
        Phase::Closed,
    ];

    /// The phase of a [name](Phase::name).
    pub fn of(name: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// True in the calls, in which orders are collected for one uncrossing.
    #[inline]
    pub const fn is_call(self) -> bool {
        matches!(self, Phase::Opening | Phase::Volatility | Phase::Closing)
    }

    /// True where new orders are taken, to be matched or to be collected. Not in a halt: some venues collect orders
    /// then, and most refuse them.
    #[inline]
    pub const fn takes_orders(self) -> bool {
        !matches!(self, Phase::Closed | Phase::Halted)
    }

    /// A word for it, such as `pre_open`.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Continuous => "continuous",
            Phase::Closed => "closed",
            Phase::PreOpen => "pre_open",
            Phase::Opening => "opening",
            Phase::Volatility => "volatility",
            Phase::Closing => "closing",
            Phase::Halted => "halted",
        }
    }
}

/// A small message from one agent to another. Larger ones go on a board of the agents' own, keyed by
/// `topic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who wrote it.
    pub from: AgentId,
    /// What it is about; the agents agree on the meaning.
    pub topic: u32,
    /// First number.
    pub a: i64,
    /// Second number.
    pub b: i64,
}
