//! A kind that is declared wrongly is refused when it is registered, with everything that is wrong with it.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::scenario::{KindFault, LatencyKind, Registry, SinkKind, ValueKind};
use prism_core::spec::{Param, ParamError, Params, Series, Spec, Unit};
use prism_physics::value::Constant;

/// Declares a kind of agent with these constants.
macro_rules! agent {
    ($name:ident: $kind:literal, $doc:literal, $rule:literal, $params:expr $(, $($more:tt)*)?) => {
        #[derive(Clone)]
        struct $name;
        impl Agent for $name {}
        impl Spec for $name {
            const KIND: &'static str = $kind;
            const DOC: &'static str = $doc;
            const RULE: &'static str = $rule;
            const PARAMS: &'static [Param] = $params;
            $($($more)*)?
            fn from_params(p: &Params<'_>) -> Result<$name, ParamError> {
                if p.maybe_number("low") > p.maybe_number("high") {
                    return Err(ParamError::new("low", "must not be above `high`"));
                }
                Ok($name)
            }
        }
    };
}

const LOW: Param = Param::new("low", Unit::Number, "1", "the lower").at_least(0.0).at_most(10.0);
const HIGH: Param = Param::new("high", Unit::Number, "2", "the higher");

agent!(Right: "right", "a kind", "none", &[LOW, HIGH, Param::new("size", Unit::Lots, "2000 USDT", "depends on the currency").at_least(1.0)],
    const SERIES: &'static [Series] = &[Series { name: "gap.mid", doc: "distance from the mid, in ticks" }];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] = &[("right_low", &[("low", "0")])];
);
agent!(Nameless: "Not a name", " ", "", &[LOW, HIGH]);
agent!(Numbered: "numbered", "a kind", "none", &[LOW, HIGH],
    const NUMBER: Option<u8> = Some(41);
    const SERIES: &'static [Series] = &[Series { name: "", doc: "" }, Series { name: "x", doc: "a" }, Series { name: "x", doc: "a" }];
);
agent!(Doubled: "doubled", "a kind", "none", &[LOW, LOW, HIGH]);
agent!(Hiding: "hiding", "a kind", "none", &[LOW, HIGH, Param::new("count", Unit::Count, "1", "how many")]);
agent!(Outside: "outside", "a kind", "none", &[Param::new("low", Unit::Number, "11", "the lower").at_most(10.0), HIGH]);
agent!(Unreadable: "unreadable", "a kind", "none", &[LOW, HIGH, Param::new("every", Unit::Span, "5", "a span")]);
agent!(Choosing: "choosing", "a kind", "none", &[LOW, HIGH,
    Param::new("word", Unit::Choice(&["a", "b", "a"]), "c", "a word"),
    Param::new("none", Unit::Choice(&[]), "x", "nothing"),
    Param::optional("of", Unit::Of(" "), "no unit"),
]);
agent!(Bounded: "bounded", "a kind", "none", &[LOW, HIGH,
    Param::optional("none", Unit::Number, "no value").at_least(2.0).at_most(1.0),
    Param::optional("point", Unit::Number, "no value").above(1.0).at_most(1.0),
    Param::optional("nan", Unit::Number, "no value").at_least(f64::NAN),
    Param::optional("flag", Unit::Flag, "not a number").at_least(0.0),
    Param { needed: true, ..Param::new("both", Unit::Number, "1", "given or not") },
    Param::optional("", Unit::Number, ""),
]);
agent!(Preset: "preset", "a kind", "none", &[LOW, HIGH],
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] = &[
        ("preset", &[]),
        ("p", &[("lwo", "1"), ("low", "11"), ("low", "1")]),
        ("p", &[]),
        ("noise_trader", &[]),
    ];
);
agent!(Refusing: "refusing", "a kind", "none", &[Param::new("low", Unit::Number, "3", "the lower"), HIGH],
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] = &[("worse", &[("low", "9")])];
);

fn faults<A: Spec>() -> Vec<KindFault> {
    let mut registry = Registry::builtin();
    let before = registry.agents().iter().count();
    let error = registry.agent::<A>().map(drop).unwrap_err();
    assert_eq!((error.sort, error.kind), ("agent kind", A::KIND));
    assert!(error.to_string().starts_with(&format!("the agent kind `{}` cannot be registered: ", A::KIND)));
    assert_eq!(registry.agents().iter().count(), before, "what is refused is not there");
    error.faults
}

fn told<A: Spec>() -> Vec<String> {
    faults::<A>().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_right_is_registered() {
    let mut registry = Registry::builtin();
    registry.agent::<Right>().unwrap();
    assert!(registry.agents().find("right_low").is_some());
    registry.agent::<Right>().unwrap(); // a kind gives way to one of its name, with its presets
}

#[test]
fn every_fault_is_told_at_once() {
    assert_eq!(
        told::<Nameless>(),
        [
            "\"Not a name\" is no name for a kind: it takes small letters, digits and `_`, a letter first",
            "its doc says nothing",
            "its rule says nothing",
        ]
    );
    assert_eq!(
        told::<Numbered>(),
        [
            "its number must be from 1 to 40, not 41",
            "\"\" is no name for a series: it must say something, and fit on a line",
            "the doc of the series \"\" says nothing",
            "two series are called \"x\"",
        ]
    );
    assert_eq!(told::<Doubled>(), ["two parameters are called \"low\""]);
    assert_eq!(told::<Hiding>(), ["the parameter \"count\" hides a key that every such section has"]);
    assert_eq!(told::<Outside>(), ["the default of \"low\", \"11\": `low` must be at most 10, not 11"]);
    assert_eq!(told::<Unreadable>(), ["the default of \"every\", \"5\": `every` needs a unit of time"]);
    assert_eq!(
        told::<Choosing>(),
        [
            "two choices of \"word\" are called \"a\"",
            "the default of \"word\", \"c\": `c` is no choice for `word`",
            "the unit of \"none\" is empty",
            "the default of \"none\", \"x\": `x` is no choice for `none`",
            "the unit of \"of\" is empty",
        ]
    );
    assert_eq!(
        told::<Bounded>(),
        [
            "no value keeps the bounds of \"none\"",
            "no value keeps the bounds of \"point\"",
            "no value keeps the bounds of \"nan\"",
            "no value keeps the bounds of \"flag\"",
            "\"both\" must be given, so it cannot have a default",
            "\"\" is no name for a parameter: it takes small letters, digits and `_`, a letter first",
            "the doc of the parameter \"\" says nothing",
        ]
    );
    assert_eq!(
        told::<Preset>(),
        [
            "two presets are called \"p\"",
            "the name \"noise_trader\" is taken by the kind \"noise_trader\" or one of its presets",
            "the name \"preset\" is taken by the kind \"preset\" or one of its presets",
            "the preset \"p\" sets \"lwo\", which is no parameter",
            "\"low\" of the preset \"p\", \"11\": `low` must be at least 0 and at most 10, not 11",
            "two values of the preset \"p\" are called \"low\"",
        ]
    );
    assert_eq!(
        told::<Refusing>(),
        [
            "it refuses its own defaults: low: must not be above `high`",
            "it refuses its preset \"worse\": low: must not be above `high`",
        ]
    );
}

#[test]
fn laws_and_sinks_are_held_to_the_same() {
    let mut registry = Registry::builtin();
    let constant = ValueKind {
        kind: "still",
        doc: "never moves",
        cites: &[],
        params: const { &[Param::new("level", Unit::Number, "-1", "the level")] },
        presets: &[],
        make: |p| match p.number("level") {
            level if level >= 0.0 => Ok(Box::new(Constant::new(level).unwrap())),
            _ => Err(ParamError::new("level", "must not be negative")),
        },
    };
    let refused = registry.value(constant.clone()).map(drop).unwrap_err();
    assert_eq!(refused.sort, "law of value");
    assert!(matches!(&refused.faults[..], [KindFault::Refused { preset: None, .. }]), "{refused}");
    registry
        .value(ValueKind {
            params: const { &[Param::new("level", Unit::Number, "1", "the level")] },
            ..constant
        })
        .unwrap();

    let fixed = registry.latencies().find("fixed").unwrap().kind.clone();
    let law = LatencyKind {
        kind: "other",
        params: const { &[Param::optional("law", Unit::Text, "a text")] },
        ..fixed
    };
    let refused = registry.latency(law).map(drop).unwrap_err();
    assert_eq!(refused.faults, [KindFault::Reserved { name: "law" }]);
    let sink = SinkKind { doc: "", ..registry.sinks().find("csv").unwrap().kind.clone() };
    assert!(registry.sink(sink).is_err());
    let exchange = registry.venues().find("exchange").unwrap().kind.clone();
    let params = const { &[Param::optional("fees", Unit::Text, "hides a table")] };
    assert!(registry.venue(prism::scenario::VenueKind { params, ..exchange }).is_err());
    let plugged = registry.plugin(|registry| registry.agent::<Right>()?.agent::<Doubled>().map(drop));
    assert_eq!(plugged.map(drop).unwrap_err().kind, "doubled");
    // As an error of the facade, for `?` in a `main`.
    assert!(prism::Error::from(refused).is_kind());
}

/// What ships is put in without a look; here is the look.
#[test]
fn what_ships_could_be_registered_from_outside() {
    let shipped = Registry::builtin();
    let mut registry = Registry::empty();
    registry
        .agent::<ZeroIntelligence>()
        .and_then(|registry| registry.agent::<NoiseTrader>())
        .and_then(|registry| registry.agent::<ValueBayes>())
        .and_then(|registry| registry.agent::<MomentumTrader>())
        .and_then(|registry| registry.agent::<LadderMaker>())
        .unwrap();
    assert!(registry.agents().names().eq(shipped.agents().names()));
    for kind in shipped.values().iter() {
        registry.value(kind.clone()).unwrap();
    }
    for kind in shipped.latencies().iter() {
        registry.latency(kind.clone()).unwrap();
    }
    for kind in shipped.venues().iter() {
        registry.venue(kind.clone()).unwrap();
    }
    for kind in shipped.sinks().iter() {
        registry.sink(kind.clone()).unwrap();
    }
    let mut numbers: Vec<_> = shipped.agents().iter().filter_map(|kind| kind.make.number).collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "two kinds of one number");
}
