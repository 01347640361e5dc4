//! Names as small integers. Symbols, venues, links and groups are interned once, when a simulation is
//! built, in the order of their declaration; the strings come back only at the sinks.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl $name {
            /// The id of a place in its table. The builder bounds all tables, so the place fits.
            #[inline]
            #[allow(clippy::cast_possible_truncation)]
            pub const fn from_index(at: usize) -> $name {
                $name(at as $inner)
            }

            /// The id as an index.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// One agent, counted through all groups in the order of their declaration.
    AgentId(u32)
}
id! {
    /// A group of agents.
    GroupId(u16)
}
id! {
    /// An instrument.
    SymbolId(u16)
}
id! {
    /// A venue.
    VenueId(u8)
}
id! {
    /// One symbol on one venue: what an order is sent to.
    BookId(u16)
}
id! {
    /// A class of connection: colo, broker, retail.
    LinkId(u8)
}
id! {
    /// A currency.
    CurrencyId(u8)
}
id! {
    /// A series of numbers that agents emit for the sinks.
    SeriesId(u16)
}

/// An order's id: the agent in the high half, that agent's own counter in the low half. Unique for the
/// whole run, equal in every run, and known to the agent before the venue has seen the order. The upper half of the
/// counters is [reserved](OrderId::reserved) for venues that trade in an agent's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId(pub u64);

impl OrderId {
    /// The `counter`-th id of `agent`.
    #[inline]
    pub const fn new(agent: AgentId, counter: u32) -> OrderId {
        OrderId((agent.0 as u64) << 32 | counter as u64)
    }

    /// Whose order it is.
    #[inline]
    pub const fn agent(self) -> AgentId {
        AgentId((self.0 >> 32) as u32)
    }

    /// The first counter that is reserved for the orders which venues send in an agent's name.
    pub const RESERVED: u32 = 1 << 31;

    /// The `n`-th id (modulo 2^23) that a venue may use in an agent's name; no two venues have one in common.
    pub const fn reserved(agent: AgentId, venue: VenueId, n: u32) -> OrderId {
        let counter = OrderId::RESERVED | (venue.0 as u32) << 23 | n & ((1 << 23) - 1);
        OrderId::new(agent, counter)
    }

    /// True for an id of a venue's own making, such as that of a liquidation.
    #[inline]
    pub const fn is_reserved(self) -> bool {
        self.counter() >= OrderId::RESERVED
    }

    /// The agent's own counter.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // the low half is what is asked for
    pub const fn counter(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Display for OrderId {
    /// `agent/counter`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.agent().0, self.counter())
    }
}
