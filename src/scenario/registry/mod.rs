//! The only list of kinds: agents, laws of value and of latency, venues, sinks.

mod builtin;
mod kind;
mod sinks;

pub use kind::{
    AgentKind, Found, Kind, Kinds, LatencyKind, MakeGroup, MakeLatency, MakeSink, MakeValue, MakeVenue,
    PresetValues, SinkKind, Trader, ValueKind, VenueDecl, VenueKind,
};

use prism_core::spec::Spec;
#[cfg(feature = "cli")]
pub(crate) use sinks::{STDOUT, TEXTS};

/// The kinds that scenarios can name.
///
/// ```
/// use prism::scenario::Registry;
/// let registry = Registry::builtin();
/// assert!(registry.values().find("ornstein_uhlenbeck").is_some());
/// ```
///
/// What is registered later under the same name replaces what was there.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    agents: Kinds<Trader>,
    values: Kinds<MakeValue>,
    latency: Kinds<MakeLatency>,
    venues: Kinds<MakeVenue>,
    sinks: Kinds<MakeSink>,
}

impl Registry {
    /// No kind at all.
    pub fn empty() -> Registry {
        Registry::default()
    }

    /// Everything that ships with PRISM.
    pub fn builtin() -> Registry {
        let mut registry = Registry::empty();
        registry.plugin(builtin::register).plugin(sinks::register);
        registry
    }

    /// Adds a kind of agent.
    pub fn agent<A: Spec>(&mut self) -> &mut Registry {
        self.agents.add(AgentKind::of::<A>());
        self
    }

    /// Adds a law of value.
    pub fn value(&mut self, kind: ValueKind) -> &mut Registry {
        self.values.add(kind);
        self
    }

    /// Adds a law of latency.
    pub fn latency(&mut self, kind: LatencyKind) -> &mut Registry {
        self.latency.add(kind);
        self
    }

    /// Adds a kind of venue.
    pub fn venue(&mut self, kind: VenueKind) -> &mut Registry {
        self.venues.add(kind);
        self
    }

    /// Adds a kind of sink.
    pub fn sink(&mut self, kind: SinkKind) -> &mut Registry {
        self.sinks.add(kind);
        self
    }

    /// Lets a function add what it has: the way in for crates with several kinds.
    pub fn plugin(&mut self, register: impl FnOnce(&mut Registry)) -> &mut Registry {
        register(self);
        self
    }

    /// The kinds of agents.
    pub fn agents(&self) -> &Kinds<Trader> {
        &self.agents
    }

    /// The laws of value.
    pub fn values(&self) -> &Kinds<MakeValue> {
        &self.values
    }

    /// The laws of latency.
    pub fn latencies(&self) -> &Kinds<MakeLatency> {
        &self.latency
    }

    /// The kinds of venues.
    pub fn venues(&self) -> &Kinds<MakeVenue> {
        &self.venues
    }

    /// The kinds of sinks.
    pub fn sinks(&self) -> &Kinds<MakeSink> {
        &self.sinks
    }
}
