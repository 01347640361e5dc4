//! Every kind of agent behind one type, so that a test can go through them all.

use prism_agents::{LadderMaker, MomentumTrader, NoiseTrader, ValueBayes, ZeroIntelligence};
use prism_core::agent::{AnyGroup, Group, Wakes};
use prism_core::spec::{Liquidity, Param, ParamError, Spec};

use super::params::make;

pub type Given<'a> = &'a [(&'a str, &'a str)];
pub type Preset = (&'static str, Given<'static>);

/// A group in the making: its parameters, its name, its books (all if empty), how many, and whose clock.
pub struct Wanted<'a> {
    pub given: Given<'a>,
    pub name: &'a str,
    pub books: &'a [&'a str],
    pub count: u32,
    /// The kind's own if `None`.
    pub wakes: Option<Wakes>,
}

pub struct Kind {
    pub name: &'static str,
    pub number: Option<u8>,
    pub doc: &'static str,
    pub rule: &'static str,
    pub cite: &'static [&'static str],
    pub params: &'static [Param],
    pub presets: &'static [Preset],
    pub liquidity: Liquidity,
    pub type_name: &'static str,
    /// The source file.
    pub source: &'static str,
    pub group: fn(&Wanted<'_>) -> Box<dyn AnyGroup>,
    pub wakes: fn(Given<'_>) -> Wakes,
    pub check: fn(Given<'_>) -> Result<(), ParamError>,
    /// The state of a fresh agent, and that of another one that has read it.
    pub saved: fn(Given<'_>) -> [Vec<u8>; 2],
}

fn kind<A: Spec>(source: &'static str) -> Kind {
    let path = std::any::type_name::<A>();
    Kind {
        name: A::KIND,
        number: A::NUMBER,
        doc: A::DOC,
        rule: A::RULE,
        cite: A::CITE,
        params: A::PARAMS,
        presets: A::PRESETS,
        liquidity: A::LIQUIDITY,
        type_name: path.rsplit("::").next().unwrap_or(path),
        source,
        group: |wanted| {
            let agent = make::<A>(wanted.given).unwrap();
            let wakes = wanted.wakes.unwrap_or(agent.wakes());
            let group = Group::of(agent).kind(A::KIND).named(wanted.name).count(wanted.count).wakes(wakes);
            let group = group.books(wanted.books.iter().copied());
            Box::new(if A::INFORMED { group.informed() } else { group })
        },
        wakes: |given| make::<A>(given).unwrap().wakes(),
        check: |given| make::<A>(given).map(|_| ()),
        saved: |given| {
            let (mut first, mut second) = (Vec::new(), Vec::new());
            make::<A>(given).unwrap().save(&mut first).unwrap();
            let mut other = make::<A>(&[]).unwrap();
            other.load(&mut first.as_slice()).unwrap();
            other.save(&mut second).unwrap();
            [first, second]
        },
    }
}

/// All kinds, in the order of the catalogue.
pub fn all() -> Vec<Kind> {
    vec![
        kind::<ZeroIntelligence>(include_str!("../../src/flow/zero_intelligence.rs")),
        kind::<NoiseTrader>(include_str!("../../src/flow/noise_trader.rs")),
        kind::<ValueBayes>(include_str!("../../src/informed/value_bayes.rs")),
        kind::<MomentumTrader>(include_str!("../../src/chartist/momentum.rs")),
        kind::<LadderMaker>(include_str!("../../src/maker/ladder.rs")),
    ]
}

/// Every kind with its defaults and with each of its presets.
pub fn all_configurations() -> Vec<(Kind, String, Given<'static>)> {
    let mut list = Vec::new();
    for (n, kind) in all().into_iter().enumerate() {
        for (name, given) in kind.presets.iter().copied() {
            list.push((all().swap_remove(n), name.to_owned(), given));
        }
        let name = kind.name.to_owned();
        list.push((kind, name, &[]));
    }
    list
}
