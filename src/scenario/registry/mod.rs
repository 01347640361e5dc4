//! The only list of kinds: agents, laws of value and of latency, venues, sinks.

mod builtin;
mod dark;
mod exchange;
mod kind;
mod sinks;
mod valid;

pub(crate) use dark::is_dark;
pub(crate) use exchange::{Outlook, exact_amounts, outlook};
pub use kind::{
    AgentKind, Found, Kind, Kinds, LatencyKind, MakeGroup, MakeLatency, MakeSink, MakeValue, MakeVenue,
    PresetValues, SinkKind, Trader, ValueKind, VenueDecl, VenueKind,
};

pub use valid::{KindError, KindFault};

use prism_core::spec::Spec;
#[cfg(feature = "cli")]
pub(crate) use sinks::TEXTS;
pub(crate) use sinks::{OVERWRITE, STDOUT};

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
        builtin::register(&mut registry);
        sinks::register(&mut registry);
        registry
    }

    /// Adds a kind of agent.
    ///
    /// # Errors
    /// Everything that is wrong with its declaration. Its defaults, and those of each preset, must be values
    /// that [`Spec::from_params`] takes for an instrument with a tick of 0.01 at 100.00, so far as they do not
    /// depend on the currency.
    pub fn agent<A: Spec>(&mut self) -> Result<&mut Registry, KindError> {
        let kind = AgentKind::of::<A>();
        valid::agent(&kind, &self.agents)?;
        self.agents.add(kind);
        Ok(self)
    }

    /// Adds a law of value.
    ///
    /// # Errors
    /// As for [`agent`](Registry::agent).
    pub fn value(&mut self, kind: ValueKind) -> Result<&mut Registry, KindError> {
        valid::value(&kind, &self.values)?;
        self.values.add(kind);
        Ok(self)
    }

    /// Adds a law of latency.
    ///
    /// # Errors
    /// As for [`agent`](Registry::agent).
    pub fn latency(&mut self, kind: LatencyKind) -> Result<&mut Registry, KindError> {
        valid::latency(&kind, &self.latency)?;
        self.latency.add(kind);
        Ok(self)
    }

    /// Adds a kind of venue.
    ///
    /// # Errors
    /// Everything that is wrong with its declaration.
    pub fn venue(&mut self, kind: VenueKind) -> Result<&mut Registry, KindError> {
        valid::venue(&kind, &self.venues)?;
        self.venues.add(kind);
        Ok(self)
    }

    /// Adds a kind of sink.
    ///
    /// # Errors
    /// Everything that is wrong with its declaration; none is made to find out.
    pub fn sink(&mut self, kind: SinkKind) -> Result<&mut Registry, KindError> {
        valid::sink(&kind, &self.sinks)?;
        self.sinks.add(kind);
        Ok(self)
    }

    /// Lets a function add what it has: the way in for crates with several kinds.
    ///
    /// # Errors
    /// Those of the function.
    pub fn plugin(
        &mut self,
        register: impl FnOnce(&mut Registry) -> Result<(), KindError>,
    ) -> Result<&mut Registry, KindError> {
        register(self)?;
        Ok(self)
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
