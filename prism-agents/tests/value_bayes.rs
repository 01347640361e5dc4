//! Value traders: what they believe, and what they do about it.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use prism_agents::kit::belief::{Belief, forecast};
use prism_agents::kit::size::SizeLaw;
use prism_agents::{LadderMaker, NoiseTrader, ValueBayes};
use prism_core::kernel::Builder;
use prism_core::math::{exp, expm1, powi};
use prism_core::prelude::*;
use prism_core::testing::Step;
use prism_core::value::Prior;
use prism_physics::value::{Brownian, Constant, OrnsteinUhlenbeck};
use proptest::prelude::*;
use support::worlds::{BOOK, each_request, orders, quoting, requests, secs, world};

/// Mean and variance of a stationary Ornstein–Uhlenbeck value at the last of `times`, given all observations
/// at once: the covariance matrix is built and the normal equations are solved by elimination.
fn all_at_once(law: &Prior, times: &[f64], seen: &[f64], noise: f64) -> (f64, f64) {
    let n = times.len();
    let stationary = law.sigma * law.sigma / (2.0 * law.kappa);
    let cov = |i: usize, j: usize| stationary * exp(-law.kappa * (times[i] - times[j]).abs());
    // Columns: the covariance of the observations, and the right-hand sides "observations" and "last value".
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let mut row: Vec<f64> =
                (0..n).map(|j| cov(i, j) + if i == j { noise * noise } else { 0.0 }).collect();
            row.extend([seen[i] - law.mean, cov(i, n - 1)]);
            row
        })
        .collect();
    for pivot in 0..n {
        for other in 0..n {
            if other != pivot {
                let factor = rows[other][pivot] / rows[pivot][pivot];
                let from = rows[pivot].clone();
                rows[other].iter_mut().zip(from).for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    let solved = |column: usize| (0..n).map(move |i| (i, column));
    let dot =
        |column: usize| -> f64 { solved(column).map(|(i, c)| cov(i, n - 1) * rows[i][c] / rows[i][i]).sum() };
    (law.mean + dot(n), stationary - dot(n + 1))
}

#[test]
fn the_filter_is_the_exact_conditional_law() {
    let mut rng = StreamKey::root(12).stream();
    for round in 0..50 {
        let law = Prior {
            mean: rng.uniform(-5.0, 5.0),
            kappa: rng.uniform(0.05, 2.0),
            sigma: rng.uniform(0.1, 3.0),
        };
        let noise = rng.uniform(0.2, 2.0);
        let (mut times, mut seen) = (Vec::new(), Vec::new());
        let mut belief = Belief::new(law);
        let mut now = Time::ZERO;
        for _ in 0..12 {
            now += Span::from_secs_f64(rng.uniform(0.01, 3.0));
            times.push(now.as_secs_f64());
            seen.push(law.mean + rng.uniform(-3.0, 3.0));
            belief.observe(now, seen[seen.len() - 1], noise);
            let (mean, variance) = all_at_once(&law, &times, &seen, noise);
            assert!((belief.estimate() - mean).abs() < 1e-12 * (1.0 + mean.abs()), "round {round}");
            assert!((belief.variance() - variance).abs() < 1e-12 * (1.0 + variance), "round {round}");
        }
    }
}

/// κ = 0.5, σ = 0.2, noise 0.1, an observation a second: P′ = 0.0279954, K = 0.736810, P = 0.00736810.
#[test]
fn the_filter_settles() {
    let mut belief = Belief::new(Prior { mean: 0.0, kappa: 0.5, sigma: 0.2 });
    let mut gain = 0.0;
    for second in 1..100 {
        gain = belief.observe(secs(second), 0.0, 0.1);
    }
    let posterior = belief.variance();
    belief.propagate(secs(100));
    assert!((belief.variance() - 0.027_995_4).abs() < 5e-8, "{}", belief.variance());
    assert!((gain - 0.736_810).abs() < 5e-7, "{gain}");
    assert!((posterior - 0.007_368_10).abs() < 5e-9, "{posterior}");
}

/// The pitfall of the public reference: a variance of zero must not stay zero.
#[test]
fn certainty_does_not_last() {
    let mut belief = Belief::new(Prior { mean: 0.0, kappa: 0.5, sigma: 0.2 });
    belief.observe(secs(1), 1.0, 0.0);
    assert_eq!((belief.estimate(), belief.variance()), (1.0, 0.0));
    belief.propagate(secs(2));
    assert!((belief.variance() - 0.04 * -expm1(-1.0)).abs() < 1e-15);
}

proptest! {
    #[test]
    fn gains_and_variances_stay_in_their_ranges(
        kappa in prop_oneof![Just(0.0), 1e-9..10f64],
        sigma in prop_oneof![Just(0.0), 1e-6..1e3f64],
        noise in prop_oneof![Just(0.0), 1e-9..1e6f64],
        steps in proptest::collection::vec((0i64..1_000_000_000_000, -1e6..1e6f64), 1..40),
    ) {
        let mut belief = Belief::new(Prior { mean: 100.0, kappa, sigma });
        let mut now = Time::ZERO;
        for (step, seen) in steps {
            now += Span::nanos(step);
            belief.propagate(now);
            let before = belief.variance();
            let gain = belief.observe(now, seen, noise);
            prop_assert!((0.0..=1.0).contains(&gain));
            prop_assert!(belief.variance() >= 0.0 && belief.variance() <= before);
            prop_assert!(belief.estimate().is_finite());
            if noise <= 0.0 {
                prop_assert_eq!(belief.estimate().to_bits(), seen.to_bits());
            }
        }
    }
}

#[test]
fn forecasts_go_to_the_mean() {
    let law = Prior { mean: 100.0, kappa: 0.1, sigma: 1.0 };
    assert!((forecast(&law, 120.0, Span::secs(10)) - (100.0 + 20.0 * exp(-1.0))).abs() < 1e-12);
    assert!((forecast(&law, 120.0, Span::ZERO) - 120.0).abs() < 1e-12);
    assert!((forecast(&law, 120.0, Time::MAX - Time::ZERO) - 100.0).abs() < 1e-12);
    let walk = Prior { kappa: 0.0, ..law };
    assert!((forecast(&walk, 120.0, Span::MAX) - 120.0).abs() < 1e-12);
}

/// A fixed market, 90 to 110, in which one value trader acts once a second and someone else clears away what
/// it leaves between the two, half a second later.
fn quoted(value: f64, trader: ValueBayes) -> Vec<(Time, Request)> {
    let mut script = quoting(1_000_000, [(0, Some(90), Some(110))]);
    for second in 1..1_000 {
        for (side, price) in [(Side::Buy, Price(109)), (Side::Sell, Price(91))] {
            let sweep = Order::limit(BOOK, side, Qty(1_000), price).tif(Tif::Ioc);
            script.steps.push((secs(second) + Span::millis(500), Step::Order(sweep)));
        }
    }
    let group = Group::of(trader).named("value").periodic(Span::secs(1)).informed();
    let mut sim = world(6, 100)
        .value("A", Constant::new(value).unwrap())
        .agents(Group::of(script).named("maker"))
        .agents(group)
        .build()
        .unwrap();
    requests(&mut sim, 1, secs(1_000))
}

#[test]
fn buys_below_its_forecast_and_sells_above() {
    let sides =
        [(100.0, Side::Buy), (100.1, Side::Buy), (500.0, Side::Buy), (99.9, Side::Sell), (1.0, Side::Sell)];
    for (value, side) in sides {
        let sent = orders(&quoted(value, ValueBayes::new().noise(0.0)));
        assert_eq!(sent.len(), 1_000);
        assert!(sent.iter().all(|(_, order)| order.side == side), "at {value}");
    }
}

/// Passive prices are uniform on a − {0 … ⌈d·s⌉ − 1}; aggressive ones are the touch; sizes are uniform.
#[test]
fn prices_and_sizes_are_those_of_the_rule() {
    let law = SizeLaw::Uniform { min: Qty(20), max: Qty(22) };
    for (depth, aggression, steps) in
        [(2.0, 0.0, 40), (0.03, 0.0, 1), (0.0, 0.0, 1), (0.46, 0.0, 10), (2.0, 1.0, 1)]
    {
        let trader = ValueBayes::new().noise(0.0).depth(depth).aggression(aggression).sizes(law);
        let sent = orders(&quoted(1.0, trader));
        let mut seen = vec![0u32; steps];
        for (_, order) in &sent {
            assert_eq!((order.side, order.tif), (Side::Sell, Tif::Gtc));
            assert!((Qty(20)..=Qty(22)).contains(&order.qty));
            seen[usize::try_from(order.price.0 - 90).unwrap()] += 1;
        }
        let expected = sent.len() as f64 / steps as f64;
        let chi: f64 = seen.iter().map(|&n| powi(f64::from(n) - expected, 2) / expected).sum();
        assert!(chi < 73.4, "depth {depth}: {seen:?}"); // the 99.9 % quantile for 39 degrees of freedom
    }
}

#[test]
fn old_orders_go_first() {
    let group = Group::of(ValueBayes::new()).named("value").count(3).poisson(Span::secs(1)).informed();
    let mut sim = world(6, 100)
        .value("A", Constant::new(100.0).unwrap())
        .agents(Group::of(quoting(1_000_000, [(0, Some(90), Some(110))])).named("maker"))
        .agents(group)
        .build()
        .unwrap();
    let mut resting = 0;
    for tenth in 1..3_000 {
        sim.advance(Time::ZERO + Span::millis(100) * tenth).unwrap();
        for member in 1..4 {
            let open = sim.act(AgentId(member), |ctx| ctx.orders().count()).unwrap().unwrap();
            assert!(open <= 1, "the last one only");
            resting += open;
        }
    }
    assert!(resting > 1_000);
}

#[test]
fn the_true_law_is_known_unless_another_is_given() {
    let belief_of = |builder: Builder, trader: ValueBayes| {
        let mut sim = builder.agents(Group::of(trader).named("value").informed()).build().unwrap();
        sim.advance(Time::ZERO).unwrap();
        *sim.members::<ValueBayes>().next().and_then(ValueBayes::belief).unwrap().law()
    };
    let truth = OrnsteinUhlenbeck::new(9_000.0, 0.001, 9_100.0, 2.0).unwrap();
    let law = belief_of(world(1, 8_000).value("A", truth), ValueBayes::new());
    assert_eq!(law, Prior { mean: 9_100.0, kappa: 0.001, sigma: 2.0 });
    let other = Prior { mean: 1.0, kappa: 2.0, sigma: 3.0 };
    assert_eq!(belief_of(world(1, 8_000), ValueBayes::new().believing(other)), other);
    let nothing = belief_of(world(1, 8_000), ValueBayes::new());
    assert_eq!(nothing, Prior { mean: 8_000.0, kappa: 0.0, sigma: 1.3 });
}

#[test]
fn without_a_value_or_a_market_nothing_is_sent() {
    let group = || Group::of(ValueBayes::new()).named("value").count(5).poisson(Span::secs(1));
    let maker = || Group::of(quoting(10, [(0, Some(90), Some(110))])).named("maker");
    let one_sided = Group::of(quoting(10, [(0, Some(90), None)])).named("maker");
    let law = || Brownian::new(100.0, 0.0, 1.0).unwrap();
    for builder in [
        world(1, 100).agents(maker()).agents(group().informed()), // no law
        world(1, 100).value("A", law()).agents(maker()).agents(group()), // not informed
        world(1, 100).value("A", law()).agents(one_sided).agents(group().informed()),
    ] {
        let mut sim = builder.build().unwrap();
        assert_eq!(requests(&mut sim, 1, secs(50)), []);
    }
}

/// Root mean square distance of the mid from the value over an hour, with so many value traders.
fn mispricing(traders: u32) -> f64 {
    let maker = LadderMaker::new().window(6.0).fixed().spacing(0.5).size(Qty(20));
    let noise = NoiseTrader::crowd().sizes(SizeLaw::Uniform { min: Qty(1), max: Qty(10) });
    let trader = ValueBayes::new().noise(20.0).horizon(Span::secs(60));
    let mut sim = world(21, 10_000)
        .value("A", OrnsteinUhlenbeck::new(10_000.0, 0.001, 10_000.0, 2.0).unwrap())
        .agents(Group::of(maker).named("maker").periodic(Span::secs(10)))
        .agents(Group::of(noise).named("noise").count(50).poisson(Span::secs(50)))
        .agents(Group::of(trader).named("value").count(traders).poisson(Span::secs(50)).informed())
        .build()
        .unwrap();
    let (mut squares, mut n) = (0.0, 0.0);
    for second in 600..3_600 {
        sim.advance(secs(second)).unwrap();
        let value = sim.act(AgentId(51), |ctx| ctx.value(SymbolId(0))).unwrap();
        if let (Some(Some(value)), Some(mid)) = (value, sim.top(BOOK).mid()) {
            squares += (mid - value) * (mid - value);
            n += 1.0;
        }
    }
    assert!(n > 2_500.0, "two-sided for {n} of 3000 seconds");
    (squares / n).sqrt()
}

/// Signature: the more value traders, the nearer the mid to the value.
#[test]
fn value_traders_bring_the_price_to_the_value() {
    let (few, many) = (mispricing(1), mispricing(60));
    assert!(many < 0.5 * few, "{many} against {few}");
}

#[test]
fn keeps_its_own_time_without_a_clock() {
    let group = Group::of(ValueBayes::new().rate(1.0)).named("value").count(10).informed();
    let mut sim = world(6, 100)
        .value("A", Constant::new(100.0).unwrap())
        .agents(Group::of(quoting(1_000_000, [(0, Some(90), Some(110))])).named("maker"))
        .agents(group)
        .build()
        .unwrap();
    let mut new = 0;
    each_request(&mut sim, secs(100), |_, req| new += u32::from(matches!(req, Request::New { .. })));
    assert!((880..1_120).contains(&new), "{new}");
}
