//! A builder in Rust and a scenario refuse the same values, for the same reason: the ranges of the parameters
//! are the only ones there are.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use prism_agents::kit::size::SizeLaw;
use prism_agents::kit::valuation::{Issue, Refresh, Sides};
use prism_agents::{LadderMaker, MomentumTrader, NoiseTrader, ValueBayes, ZeroIntelligence};
use prism_core::agent::AnyAgent;
use prism_core::kernel::{BuildError, BuildProblem};
use prism_core::prelude::*;
use prism_core::spec::{Param, ParamError, Spec, Unit, Value};
use prism_core::value::Prior;
use support::params::make;
use support::worlds::world;

/// How a number gets into an agent by its builder.
enum By<A> {
    Real(fn(f64) -> A),
    Whole(fn(u64) -> A),
    Ticks(fn(i64) -> A),
    Time(fn(Span) -> A),
}

use By::{Real, Ticks, Time, Whole};

/// Agents, and the value that each was given.
type Cases<A> = Vec<(A, Value)>;

fn uniform(min: u64, max: u64) -> SizeLaw {
    SizeLaw::Uniform { min: Qty(min), max: Qty(max) }
}

fn issue(low: i64, high: i64, lots: u64, refresh: Refresh) -> ZeroIntelligence {
    let issue =
        Issue { sides: Sides::Alternate, limits: (Price(low), Price(high)), lots: Qty(lots), refresh };
    ZeroIntelligence::new().issued(issue)
}

fn believing(mean: f64, kappa: f64, sigma: f64) -> ValueBayes {
    ValueBayes::new().believing(Prior { mean, kappa, sigma })
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Saturates, which is out of range still.
fn short(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn zero_intelligence() -> Vec<(&'static str, By<ZeroIntelligence>)> {
    vec![
        ("rate", Real(|x| ZeroIntelligence::new().rate(x))),
        ("price_min", Ticks(|n| ZeroIntelligence::new().prices(n, 20_000))),
        ("price_max", Ticks(|n| ZeroIntelligence::new().prices(1, n))),
        ("size", Whole(|n| ZeroIntelligence::new().size(Qty(n)))),
        ("value_min", Ticks(|n| issue(n, 20_000, 1, Refresh::Never))),
        ("value_max", Ticks(|n| issue(1, n, 1, Refresh::Never))),
        ("assigned", Whole(|n| issue(1, 9, n, Refresh::Never))),
        ("refresh", Real(|x| issue(1, 9, 1, Refresh::Drip(x)))),
        ("position_max", Whole(|n| ZeroIntelligence::new().private_values(short(n), 1.0))),
        ("private_sigma", Real(|x| ZeroIntelligence::new().private_values(3, x))),
    ]
}

fn noise_trader() -> Vec<(&'static str, By<NoiseTrader>)> {
    vec![
        ("size_min", Whole(|n| NoiseTrader::crowd().sizes(uniform(n, 50)))),
        ("size_max", Whole(|n| NoiseTrader::crowd().sizes(uniform(1, n)))),
        ("rate", Real(|x| NoiseTrader::crowd().repeat(x))),
        ("session", Time(|span| NoiseTrader::crowd().session(span))),
    ]
}

fn value_bayes() -> Vec<(&'static str, By<ValueBayes>)> {
    vec![
        ("mean", Real(|x| believing(x, 0.1, 1.0))),
        ("kappa", Real(|x| believing(100.0, x, 1.0))),
        ("sigma", Real(|x| believing(100.0, 0.1, x))),
        ("noise", Real(|x| ValueBayes::new().noise(x))),
        ("rate", Real(|x| ValueBayes::new().rate(x))),
        ("aggression", Real(|x| ValueBayes::new().aggression(x))),
        ("depth", Real(|x| ValueBayes::new().depth(x))),
        ("horizon", Time(|span| ValueBayes::new().horizon(span))),
        ("size_min", Whole(|n| ValueBayes::new().sizes(uniform(n, 50)))),
        ("size_max", Whole(|n| ValueBayes::new().sizes(uniform(1, n)))),
    ]
}

fn momentum() -> Vec<(&'static str, By<MomentumTrader>)> {
    vec![
        ("every", Time(|span| MomentumTrader::default().every(span))),
        ("short_window", Whole(|n| MomentumTrader::ma_cross(count(n), 100_000))),
        ("long_window", Whole(|n| MomentumTrader::ma_cross(1, count(n)))),
        ("band", Real(|x| MomentumTrader::default().band(x))),
        ("lot_min", Whole(|n| MomentumTrader::default().lots(Qty(n), Qty(10)))),
        ("lot_max", Whole(|n| MomentumTrader::default().lots(Qty(1), Qty(n)))),
        ("bars", Whole(|n| MomentumTrader::breakout(count(n), Span::secs(1)))),
        ("bar", Time(|span| MomentumTrader::breakout(3, span))),
        ("retrace", Real(|x| MomentumTrader::breakout(3, Span::secs(1)).retrace(x))),
        ("position_max", Whole(|n| MomentumTrader::default().position_max(Qty(n)))),
    ]
}

fn ladder_mm() -> Vec<(&'static str, By<LadderMaker>)> {
    vec![
        ("pov", Real(|x| LadderMaker::new().share(x))),
        ("min_size", Whole(|n| LadderMaker::new().size(Qty(n)))),
        ("levels", Whole(|n| LadderMaker::new().levels(short(n)))),
        ("level_spacing", Real(|x| LadderMaker::new().spacing(x).spread_cap(1.0))),
        ("spread_weight", Real(|x| LadderMaker::new().adaptive(x))),
        ("pull", Real(|x| LadderMaker::new().pull(x).spread_cap(1.0))),
        ("spread_cap", Real(|x| LadderMaker::new().spread_cap(x))),
        ("window", Real(|x| LadderMaker::new().window(x))),
        ("every", Time(|span| LadderMaker::new().every(span))),
        ("size_skew", Real(|x| LadderMaker::new().size_skew(x))),
        ("price_skew", Real(|x| LadderMaker::new().price_skew(x))),
        ("backstop", Whole(|n| LadderMaker::new().backstop(Qty(n)))),
        ("cancel_delay", Time(|span| LadderMaker::new().cancel_delay(span))),
    ]
}

/// Whole numbers at the ends of a range: those just outside it, and those just inside.
#[allow(clippy::cast_possible_truncation)] // bounds of whole numbers are whole
fn ends(param: &Param) -> [Vec<i64>; 2] {
    let sides = [(param.least, -1), (param.most, 1)];
    let bounds = sides.iter().filter_map(|(bound, outwards)| Some((bound.as_ref()?, outwards)));
    bounds
        .map(|((at, itself), outwards)| {
            let at = *at as i64;
            if *itself { (at + outwards, at) } else { (at, at - outwards) }
        })
        .unzip()
        .into()
}

/// Each parameter of a kind: just outside its range the builder makes an agent that is refused, as a scenario
/// is; at its ends one that is not.
fn holds_ranges<A: Spec>(builders: &[(&str, By<A>)]) {
    let measured = |unit| !matches!(unit, Unit::Flag | Unit::Choice(_));
    let names: BTreeSet<&str> = A::PARAMS.iter().filter(|p| measured(p.unit)).map(|p| p.name).collect();
    assert_eq!(names, builders.iter().map(|(name, _)| *name).collect(), "{}", A::KIND);
    for (name, by) in builders {
        let param = A::PARAMS.iter().find(|param| param.name == *name).unwrap();
        let [outside, inside] = ends(param);
        let whole = |n: &i64| u64::try_from(*n).unwrap();
        let (bad, good): (Cases<A>, Cases<A>) = match by {
            Real(build) => {
                let pair = |x: f64| (build(x), Value::Number(x));
                let bounds = || [param.least, param.most].into_iter().flatten();
                let beyond = [param.least.map(|(x, _)| x.next_down()), param.most.map(|(x, _)| x.next_up())];
                let mut bad: Vec<f64> = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
                bad.extend(beyond.into_iter().flatten());
                bad.extend(bounds().filter(|(_, itself)| !itself).map(|(x, _)| x));
                let good = bounds().filter(|(_, itself)| *itself).map(|(x, _)| pair(x)).collect();
                (bad.into_iter().map(pair).collect(), good)
            }
            Whole(build) if param.unit == Unit::Lots => {
                let pair = |n: u64| (build(n), Value::Lots(Qty(n)));
                let bad = outside.iter().map(whole).chain([Qty::MAX.0 + 1, u64::MAX]);
                (bad.map(pair).collect(), inside.iter().map(whole).map(pair).collect())
            }
            Whole(build) => {
                let pair = |n: &i64| (build(whole(n)), Value::Count(*n));
                (outside.iter().map(pair).collect(), inside.iter().map(pair).collect())
            }
            Ticks(build) => {
                let pair = |n: &i64| (build(*n), Value::Price(Price(*n)));
                let bad = outside.iter().chain(&[i64::MIN, -1]);
                (bad.map(pair).collect(), inside.iter().map(pair).collect())
            }
            Time(build) => {
                let pair = |n: &i64| (build(Span::nanos(*n)), Value::Span(Span::nanos(*n)));
                let bad = outside.iter().chain(&[i64::MIN, -1]);
                (bad.map(pair).collect(), inside.iter().map(pair).collect())
            }
        };
        assert!(!bad.is_empty(), "{name} of {} has no range", A::KIND);
        for (agent, value) in bad {
            let error = agent.check().unwrap_err();
            assert_eq!((error.name, Err(&error)), (*name, param.check(&value).as_ref()), "{value:?}");
        }
        for (agent, value) in good {
            assert_eq!((agent.check(), param.check(&value)), (Ok(()), Ok(())), "{name} as {value:?}");
        }
    }
}

#[test]
fn builders_hold_the_ranges_of_the_parameters() {
    holds_ranges(&zero_intelligence());
    holds_ranges(&noise_trader());
    holds_ranges(&value_bayes());
    holds_ranges(&momentum());
    holds_ranges(&ladder_mm());
}

/// What one parameter alone cannot tell.
#[test]
fn builders_hold_what_parameters_ask_of_each_other() {
    fn same<A: Spec>(agent: &A, given: &[(&str, &str)]) {
        assert_eq!(agent.check().unwrap_err(), make::<A>(given).err().unwrap());
    }
    same(&ZeroIntelligence::new().prices(7, 7), &[("price_min", "7 ticks"), ("price_max", "7 ticks")]);
    same(&issue(9, 8, 1, Refresh::Never), &[("value_min", "9 ticks"), ("value_max", "8 ticks")]);
    same(&NoiseTrader::crowd().sizes(uniform(51, 50)), &[("size", "uniform"), ("size_min", "51")]);
    same(&ValueBayes::new().sizes(uniform(20, 19)), &[("size_max", "19")]);
    same(&MomentumTrader::ma_cross(50, 50), &[("short_window", "50")]);
    same(&MomentumTrader::default().lots(Qty(11), Qty(10)), &[("lot_min", "11")]);
    let wide = LadderMaker::new().spacing(1.0);
    same(&wide, &[("level_spacing", "1")]);
    assert_eq!(wide.clone().spread_cap(2.0).check(), Ok(()));
    assert_eq!(wide.clone().pull(0.6).check(), Ok(()));
    assert_eq!(wide.clone().fixed().check(), Ok(()));
    assert_eq!(wide.adaptive(0.0).check(), Ok(()), "a window that does not move");
    assert_eq!(LadderMaker::new().pull(0.3).check().unwrap_err().name, "pull");
    // Nothing is allocated for windows that are refused.
    let endless = MomentumTrader::ma_cross(usize::MAX, usize::MAX).check().unwrap_err();
    assert_eq!(endless.name, "short_window");
    let endless = MomentumTrader::breakout(usize::MAX, Span::secs(1)).check().unwrap_err();
    assert_eq!(endless.name, "bars");
    // A period is a rate, too.
    let hasty = issue(1, 9, 1, Refresh::Periodic(Span::ZERO)).check().unwrap_err();
    assert_eq!(
        hasty.to_string(),
        "refresh: must be finite and at least 0 1/s and at most 1000 1/s, not inf 1/s"
    );
}

#[test]
fn builders_begin_with_the_defaults_of_the_parameters() {
    fn same<A: Spec + PartialEq + std::fmt::Debug>(agent: &A, preset: &[(&str, &str)]) {
        assert_eq!(*agent, make::<A>(preset).unwrap());
        assert_eq!(agent.check(), Ok(()));
    }
    same(&ZeroIntelligence::new(), &[]);
    same(&NoiseTrader::crowd(), &[]);
    same(&ValueBayes::new(), &[]);
    same(&MomentumTrader::default(), &[]);
    same(&MomentumTrader::breakout(20, Span::secs(60)), &[("rule", "breakout")]);
    same(&LadderMaker::new(), &[]);
}

/// As in a scenario, assignments have their limits where the trader quotes, unless they are given.
#[test]
fn limits_follow_the_prices() {
    let prices = [("price_min", "90 ticks"), ("price_max", "110 ticks")];
    assert_eq!(ZeroIntelligence::new().prices(90, 110), make(&prices).unwrap());
    let given = issue(50, 60, 1, Refresh::Drip(0.01)).prices(90, 110);
    let limits = [prices[0], prices[1], ("value_min", "50 ticks"), ("value_max", "60 ticks")];
    assert_eq!(given, make(&limits).unwrap());
}

/// A simulation tells of every group that has a wrong member, and of which member it is.
#[test]
fn a_simulation_refuses_wrong_agents() {
    let each = |i: u32, _: &mut RngStream| ValueBayes::new().noise(2.0 - f64::from(i));
    let BuildError { problems } = world(1, 100)
        .agents(Group::of(LadderMaker::new().levels(0)).named("makers").count(5))
        .agents(Group::of(NoiseTrader::crowd()).named("noise").count(5))
        .agents(Group::each(each).named("value").count(6))
        .agents(Group::of(AnyAgent::new(MomentumTrader::ma_cross(3, 2))).named("any"))
        .build()
        .unwrap_err();
    let wrong = |group: &str, member, param: &'static str, why: &str| BuildProblem::Agent {
        group: group.to_owned(),
        member,
        error: ParamError::new(param, why),
    };
    assert_eq!(
        problems,
        [
            wrong("makers", 0, "levels", "must be at least 1 and at most 100, not 0"),
            wrong("value", 3, "noise", "must be at least 0 ticks, not -1 ticks"),
            wrong("any", 0, "short_window", "must be below long_window, 2, not 3"),
        ]
    );
    let shown = problems[1].to_string();
    assert_eq!(shown, "agent 3 of group \"value\": noise: must be at least 0 ticks, not -1 ticks");
}

/// The parameters themselves: what is not finite is in no range.
#[test]
fn nothing_allows_what_is_no_number() {
    let free = Param::new("x", Unit::Number, "0", "any number");
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(!free.allows(x) && free.check(&Value::Number(x)).is_err());
    }
    assert_eq!(free.check(&Value::Number(f64::MAX)), Ok(()));
}
