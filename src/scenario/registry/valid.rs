//! Whether a kind is declared so that scenarios can use it: told when it is registered, all at once.

use std::collections::BTreeSet;
use std::fmt;

use prism_core::spec::{Param, ParamError, Params, Unit, Value as Given};
use prism_core::types::{CurrencyId, Decimal, Instrument, Price};
use thiserror::Error;

use super::{AgentKind, Kind, Kinds, LatencyKind, PresetValues, SinkKind, Trader, ValueKind, VenueKind};
use super::{MakeLatency, MakeSink, MakeValue, MakeVenue};
use crate::diagnostic::At;
use crate::scenario::keys;
use crate::scenario::tree::{Node, Value};
use crate::scenario::units::amounts::{Market, in_range, value as amount};
use crate::scenario::units::{Measured, measured};

/// Everything that is wrong with the declaration of a kind.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("the {sort} `{kind}` cannot be registered: {}", list(.faults))]
#[non_exhaustive]
pub struct KindError {
    /// What sort of kind it is: `agent kind`, `law of value`, `law of latency`, `kind of venue`, `kind of sink`.
    pub sort: &'static str,
    /// Its name.
    pub kind: &'static str,
    /// What is wrong; at least one fault.
    pub faults: Vec<KindFault>,
}

/// One thing that is wrong with the declaration of a kind.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum KindFault {
    /// A name that scenarios and the command line could not write.
    #[error("{name:?} is no name for a {what}: it takes small letters, digits and `_`, a letter first")]
    Name {
        /// `kind`, `preset` or `parameter`.
        what: &'static str,
        /// The name.
        name: &'static str,
    },
    /// A name of a series that could not be told.
    #[error("{name:?} is no name for a series: it must say something, and fit on a line")]
    Series {
        /// The name.
        name: &'static str,
    },
    /// A text that has to say something is empty.
    #[error("{what} says nothing")]
    Silent {
        /// `its doc`, `its rule`, or whose doc.
        what: String,
    },
    /// Two things of one name.
    #[error("two {what} are called {name:?}")]
    Twice {
        /// `parameters`, `presets`, `series`, `choices of …` or `values of preset …`.
        what: String,
        /// The name.
        name: &'static str,
    },
    /// A parameter that hides a key of its section.
    #[error("the parameter {name:?} hides a key that every such section has")]
    Reserved {
        /// The parameter.
        name: &'static str,
    },
    /// A kind or preset that hides another, or is hidden by it.
    #[error("the name {name:?} is taken by the kind {by:?} or one of its presets")]
    Taken {
        /// The kind or preset.
        name: &'static str,
        /// The kind that has it.
        by: &'static str,
    },
    /// A number outside the catalogue.
    #[error("its number must be from 1 to 40, not {number}")]
    Number {
        /// The number.
        number: u8,
    },
    /// Bounds that no value keeps, or that the unit does not have.
    #[error("no value keeps the bounds of {name:?}")]
    Bounds {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter of a unit that says nothing: no words to choose from, or a unit without a text.
    #[error("the unit of {name:?} is empty")]
    Unit {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter that must be given and has a default.
    #[error("{name:?} must be given, so it cannot have a default")]
    NeededDefault {
        /// The parameter.
        name: &'static str,
    },
    /// A preset sets what is no parameter.
    #[error("the preset {preset:?} sets {name:?}, which is no parameter")]
    Unknown {
        /// The preset.
        preset: &'static str,
        /// What it sets.
        name: &'static str,
    },
    /// A default, or the value of a preset, that a scenario could not give.
    #[error("{} {text:?}: {why}", whose(*.preset, .name))]
    Value {
        /// The preset; none for the default of the parameter itself.
        preset: Option<&'static str>,
        /// The parameter.
        name: &'static str,
        /// The value as it is written.
        text: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Values that the kind itself refuses.
    #[error("it refuses {}: {why}", preset.map_or("its own defaults".to_owned(), |p| format!("its preset {p:?}")))]
    Refused {
        /// The preset; none for the defaults.
        preset: Option<&'static str>,
        /// What it says.
        why: ParamError,
    },
}

fn list(faults: &[KindFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn whose(preset: Option<&str>, name: &str) -> String {
    match preset {
        None => format!("the default of {name:?},"),
        Some(preset) => format!("{name:?} of the preset {preset:?},"),
    }
}

/// An instrument to try defaults on, like a symbol that says nothing but its name.
fn trial() -> Instrument {
    Instrument {
        name: String::new(),
        tick: Decimal::new(1, 2).unwrap_or(Decimal::ONE),
        lot: Decimal::ONE,
        currency: CurrencyId(0),
        tick_lot: 1,
        start: Price(10_000),
    }
}

pub(super) fn agent(kind: &AgentKind, known: &Kinds<Trader>) -> Result<(), KindError> {
    let mut check = Check::new("agent kind", kind, known, ("kind", keys::AGENTS));
    check.text("its rule", kind.make.rule);
    if let Some(number) = kind.make.number.filter(|number| !(1..=40).contains(number)) {
        check.fault(KindFault::Number { number });
    }
    for series in kind.make.series {
        if series.name.trim() != series.name
            || series.name.is_empty()
            || series.name.contains(char::is_control)
        {
            check.fault(KindFault::Series { name: series.name });
        }
        check.text(format_args!("the doc of the series {:?}", series.name), series.doc);
    }
    check.twice("series", kind.make.series.iter().map(|series| series.name));
    check.tries(kind, |params| (kind.make.wakes)(params).map(drop));
    check.done(kind)
}

pub(super) fn value(kind: &ValueKind, known: &Kinds<MakeValue>) -> Result<(), KindError> {
    let mut check = Check::new("law of value", kind, known, ("law", &[]));
    check.tries(kind, |params| (kind.make)(params).map(drop));
    check.done(kind)
}

pub(super) fn latency(kind: &LatencyKind, known: &Kinds<MakeLatency>) -> Result<(), KindError> {
    let mut check = Check::new("law of latency", kind, known, ("law", &[]));
    check.tries(kind, |params| (kind.make)(params).map(drop));
    check.done(kind)
}

pub(super) fn venue(kind: &VenueKind, known: &Kinds<MakeVenue>) -> Result<(), KindError> {
    Check::new("kind of venue", kind, known, ("kind", keys::VENUE)).done(kind)
}

pub(super) fn sink(kind: &SinkKind, known: &Kinds<MakeSink>) -> Result<(), KindError> {
    Check::new("kind of sink", kind, known, ("kind", keys::SINK)).done(kind)
}

/// What was found so far.
struct Check {
    sort: &'static str,
    faults: Vec<KindFault>,
}

impl Check {
    /// Looks at what kinds of every sort have in common. Their section has the key that names the kind, and
    /// others that have nothing to do with it.
    fn new<M>(
        sort: &'static str,
        kind: &Kind<M>,
        known: &Kinds<M>,
        (own, common): (&str, &[Param]),
    ) -> Check {
        let mut check = Check { sort, faults: Vec::new() };
        check.names(kind, known);
        check.text("its doc", kind.doc);
        for param in kind.params {
            check.param(param);
            // `fees.maker` stands in the table `fees`.
            let first = |key: &Param| key.name.split('.').next() == Some(param.name);
            if param.name == own || common.iter().any(first) {
                check.fault(KindFault::Reserved { name: param.name });
            }
        }
        check.twice("parameters", kind.params.iter().map(|param| param.name));
        for (preset, values) in kind.presets {
            for (name, text) in *values {
                match kind.params.iter().find(|param| param.name == *name) {
                    None => check.fault(KindFault::Unknown { preset, name }),
                    Some(param) => check.spare(param, Some(preset), text),
                }
            }
            check
                .twice(format_args!("values of the preset {preset:?}"), values.iter().map(|(name, _)| *name));
        }
        check
    }

    fn fault(&mut self, fault: KindFault) {
        self.faults.push(fault);
    }

    fn word(&mut self, what: &'static str, name: &'static str) {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.fault(KindFault::Name { what, name });
        }
    }

    fn text(&mut self, what: impl fmt::Display, text: &str) {
        if text.trim().is_empty() {
            self.fault(KindFault::Silent { what: what.to_string() });
        }
    }

    fn twice(&mut self, what: impl fmt::Display, names: impl Iterator<Item = &'static str>) {
        let mut seen = BTreeSet::new();
        for name in names.filter(|name| !seen.insert(*name)) {
            self.fault(KindFault::Twice { what: what.to_string(), name });
        }
    }

    /// The names of the kind and its presets. A kind of the same name gives way to this one, with its presets.
    fn names<M>(&mut self, kind: &Kind<M>, known: &Kinds<M>) {
        self.word("kind", kind.kind);
        let presets = || kind.presets.iter().map(|(name, _)| *name);
        presets().for_each(|name| self.word("preset", name));
        self.twice("presets", presets());
        for name in std::iter::once(kind.kind).chain(presets()) {
            let has = |other: &&Kind<M>| {
                other.kind == name || other.presets.iter().any(|(preset, _)| *preset == name)
            };
            let others = known.iter().filter(|other| other.kind != kind.kind);
            if let Some(other) = others.into_iter().find(has) {
                self.fault(KindFault::Taken { name, by: other.kind });
            }
        }
        if presets().any(|name| name == kind.kind) {
            self.fault(KindFault::Taken { name: kind.kind, by: kind.kind });
        }
    }

    fn param(&mut self, param: &'static Param) {
        let name = param.name;
        self.word("parameter", name);
        self.text(format_args!("the doc of the parameter {name:?}"), param.doc);
        let bare = match param.unit {
            Unit::Of(unit) => unit.trim().is_empty(),
            Unit::Choice(words) => words.is_empty(),
            _ => false,
        };
        if bare {
            self.fault(KindFault::Unit { name });
        }
        if let Unit::Choice(words) = param.unit {
            self.twice(format_args!("choices of {name:?}"), words.iter().copied());
        }
        let bounds = [param.least, param.most];
        let numbers =
            !matches!(param.unit, Unit::Flag | Unit::Choice(_) | Unit::Groups | Unit::Text | Unit::Path);
        let kept = match (param.least, param.most) {
            (Some((least, lowest)), Some((most, highest))) => {
                least < most || (lowest && highest && least <= most)
            }
            _ => bounds.iter().flatten().all(|(bound, _)| !bound.is_nan()),
        };
        if !kept || (!numbers && bounds.iter().any(Option::is_some)) {
            self.fault(KindFault::Bounds { name });
        }
        match param.default {
            Some(_) if param.needed => self.fault(KindFault::NeededDefault { name }),
            Some(text) => self.spare(param, None, text),
            None => {}
        }
    }

    /// A value that stands in where a scenario gives none. What depends on the instrument or its currency is
    /// left to the scenario.
    fn spare(&mut self, param: &'static Param, preset: Option<&'static str>, text: &'static str) {
        let read = measured(&bare(text), param.name, param.unit).and_then(|measured| match measured {
            Measured::Money(..) | Measured::BasisPoints(_) => Ok(()),
            plain => amount(param, &plain, None).and_then(|value| in_range(param, &value)),
        });
        if let Err(complaint) = read {
            let why = complaint.message().to_owned();
            self.fault(KindFault::Value { preset, name: param.name, text, why });
        }
    }

    /// Asks a kind without other faults whether it takes its own defaults, and its presets.
    fn tries<M>(&mut self, kind: &Kind<M>, take: impl Fn(&Params<'_>) -> Result<(), ParamError>) {
        if !self.faults.is_empty() {
            return;
        }
        let trial = trial();
        let none: (Option<&'static str>, PresetValues) = (None, &[]);
        let presets = kind.presets.iter().map(|(name, values)| (Some(*name), *values));
        for (preset, values) in std::iter::once(none).chain(presets) {
            let Some(values) = filled(kind.params, values, &trial) else { continue };
            if let Err(why) = take(&Params::new(kind.params, values, &trial)) {
                self.fault(KindFault::Refused { preset, why });
            }
        }
    }

    fn done<M>(self, kind: &Kind<M>) -> Result<(), KindError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(KindError { sort: self.sort, kind: kind.kind, faults: self.faults })
    }
}

fn bare(text: &str) -> Node {
    Node { at: At::default(), value: Value::Bare(text.to_owned()) }
}

/// The values of a preset on top of the defaults; `None` where one must be given, or needs a currency.
fn filled(
    params: &'static [Param],
    preset: PresetValues,
    instrument: &Instrument,
) -> Option<Vec<Option<Given>>> {
    let market = Market { instrument, currency: "USD", tick_at: None };
    let of = |param: &Param| {
        let set = preset.iter().find(|(name, _)| *name == param.name).map(|(_, text)| *text);
        let Some(text) = set.or(param.default) else { return if param.needed { None } else { Some(None) } };
        let measured = measured(&bare(text), param.name, param.unit).ok()?;
        let value = amount(param, &measured, Some(&market)).ok()?;
        in_range(param, &value).ok().map(|()| Some(value))
    };
    params.iter().map(of).collect()
}
