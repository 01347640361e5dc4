//! What the registry holds: kinds, each with its description and how it is made.

use std::ops::Range;

use prism_book::venue::Fees;
use prism_core::agent::{AnyGroup, Group, GroupDecl, Wakes};
use prism_core::latency::LatencyModel;
use prism_core::sink::{Sink, SinkError, Tables};
use prism_core::spec::{Liquidity, Param, ParamError, Params, Series, Spec};
use prism_core::types::{AgentId, Qty, Symbol};
use prism_core::value::Fundamental;
use prism_core::venue::VenueSpec;

/// Values that a preset sets, written as in a scenario.
pub type PresetValues = &'static [(&'static str, &'static str)];

/// A kind that scenarios can name: what it is, and how one is made of its parameters.
#[derive(Clone, Debug)]
pub struct Kind<M> {
    /// Its name in scenarios.
    pub kind: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    /// Where it was published.
    pub cites: &'static [&'static str],
    /// Its parameters.
    pub params: &'static [Param],
    /// Named configurations, and the values in which they differ from the defaults.
    pub presets: &'static [(&'static str, PresetValues)],
    /// How one is made.
    pub make: M,
}

/// Makes a law of value, in ticks of the instrument of its parameters.
pub type MakeValue = fn(&Params<'_>) -> Result<Box<dyn Fundamental>, ParamError>;
/// Makes a law of delay in one direction. Of the model, orders are delayed by `order` and reports by
/// `report`; as a feed it must be [`fixed`](LatencyModel::fixed).
pub type MakeLatency = fn(&Params<'_>) -> Result<Box<dyn LatencyModel>, ParamError>;
/// Makes the declaration of a venue.
pub type MakeVenue = fn(&VenueDecl, &Params<'_>) -> Result<Box<dyn VenueSpec>, ParamError>;
/// Makes a sink, when a run begins.
pub type MakeSink = fn(Tables, &Params<'_>) -> Result<Box<dyn Sink>, SinkError>;

/// Makes a group of agents; with several sets of values, members take them in turn.
pub type MakeGroup = fn(&[Params<'_>], &GroupDecl) -> Result<Box<dyn AnyGroup>, ParamError>;

/// A law of value. Its parameter `start`, if it has one in [`Unit::Price`](prism_core::spec::Unit::Price),
/// also sets the previous close of a symbol that has none.
pub type ValueKind = Kind<MakeValue>;
/// A law of latency.
pub type LatencyKind = Kind<MakeLatency>;
/// A kind of venue.
pub type VenueKind = Kind<MakeVenue>;
/// A kind of sink.
pub type SinkKind = Kind<MakeSink>;

/// A kind of agent.
pub type AgentKind = Kind<Trader>;

/// What every venue is told, beside the parameters of its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueDecl {
    /// Its name.
    pub name: String,
    /// What it lists, one book each, in this order.
    pub symbols: Vec<Symbol>,
    /// What trades cost.
    pub fees: Fees,
    /// How many levels a side are recorded.
    pub depth: u16,
    /// The groups of agents, in order: the name of each, and its members.
    pub groups: Vec<(String, Range<u32>)>,
    /// The date that t = 0 stands for, in nanoseconds since 1970, UTC.
    pub start: i64,
}

impl VenueDecl {
    /// The members of groups; those of a name that no group has are none.
    pub fn members(&self, names: &[String]) -> impl Iterator<Item = AgentId> {
        let of =
            |name: &String| self.groups.iter().find(|(group, _)| group == name).map(|(_, ids)| ids.clone());
        names.iter().filter_map(of).flatten().map(AgentId)
    }
}

/// What the registry knows of a kind of agent, taken from its [`Spec`].
#[derive(Clone, Copy, Debug)]
pub struct Trader {
    /// Its number in the catalogue.
    pub number: Option<u8>,
    /// Its decision rule.
    pub rule: &'static str,
    /// True when each member trades one of the group's books.
    pub one_book: bool,
    /// True when it asks for the fundamental value.
    pub informed: bool,
    /// What its orders do for a book.
    pub liquidity: Liquidity,
    /// The series that it may emit.
    pub series: &'static [Series],
    /// Who keeps the time of an agent with these values. Also the check of the values.
    pub wakes: fn(&Params<'_>) -> Result<Wakes, ParamError>,
    /// The least size of the orders of an agent with these values.
    pub least_order: fn(&Params<'_>) -> Result<Qty, ParamError>,
    /// The greatest size of its orders.
    pub greatest_order: fn(&Params<'_>) -> Result<Qty, ParamError>,
    /// A group of them.
    pub group: MakeGroup,
}

impl Kind<Trader> {
    pub(super) fn of<A: Spec>() -> AgentKind {
        Kind {
            kind: A::KIND,
            doc: A::DOC,
            cites: A::CITE,
            params: A::PARAMS,
            presets: A::PRESETS,
            make: Trader {
                number: A::NUMBER,
                rule: A::RULE,
                one_book: A::ONE_BOOK,
                informed: A::INFORMED,
                liquidity: A::LIQUIDITY,
                series: A::SERIES,
                wakes: |params| A::from_params(params).map(|agent| agent.wakes()),
                least_order: |params| A::from_params(params).map(|agent| agent.least_order()),
                greatest_order: |params| A::from_params(params).map(|agent| agent.greatest_order()),
                group: group::<A>,
            },
        }
    }
}

fn group<A: Spec>(params: &[Params<'_>], decl: &GroupDecl) -> Result<Box<dyn AnyGroup>, ParamError> {
    let agents = params.iter().map(A::from_params).collect::<Result<Vec<A>, _>>()?;
    let group = match <[A; 1]>::try_from(agents) {
        Ok([agent]) => Group::of(agent),
        Err(agents) => Group::each(move |i, _| agents[i as usize % agents.len()].clone()),
    };
    let group = group
        .named(&decl.name)
        .kind(&decl.kind)
        .count(decl.count)
        .wakes(decl.wakes)
        .link(&decl.link)
        .books(decl.books.iter().cloned());
    let group = if decl.dealt { group.dealt() } else { group };
    Ok(Box::new(if decl.informed { group.informed() } else { group }))
}

/// The kinds of one sort, in the order of registration.
#[derive(Clone, Debug)]
pub struct Kinds<M>(Vec<Kind<M>>);

/// A kind that was looked up, by its own name or that of a preset.
#[derive(Debug)]
pub struct Found<'a, M> {
    /// The kind.
    pub kind: &'a Kind<M>,
    /// What the preset sets; nothing when the kind was named itself.
    pub preset: PresetValues,
}

impl<M> Default for Kinds<M> {
    fn default() -> Kinds<M> {
        Kinds(Vec::new())
    }
}

impl<M> Kinds<M> {
    /// Each kind.
    pub fn iter(&self) -> impl Iterator<Item = &Kind<M>> {
        self.0.iter()
    }

    /// The names of kinds and presets, each kind before its presets.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let of =
            |kind: &Kind<M>| std::iter::once(kind.kind).chain(kind.presets.iter().map(|(name, _)| *name));
        self.0.iter().flat_map(of)
    }

    /// The kind of this name, or the preset.
    pub fn find(&self, name: &str) -> Option<Found<'_, M>> {
        let own = self.0.iter().find(|kind| kind.kind == name).map(|kind| Found { kind, preset: &[] });
        own.or_else(|| {
            self.0.iter().find_map(|kind| {
                let (_, preset) = kind.presets.iter().find(|(preset, _)| *preset == name)?;
                Some(Found { kind, preset })
            })
        })
    }

    /// Adds a kind; one of the same name gives way to it.
    pub(super) fn add(&mut self, kind: Kind<M>) {
        match self.0.iter_mut().find(|known| known.kind == kind.kind) {
            Some(known) => *known = kind,
            None => self.0.push(kind),
        }
    }
}
