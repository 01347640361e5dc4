//! How all agents behave, whatever their model: reproducibly, within the rules of the market, and in any
//! market at all.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use prism_book::Exchange;
use prism_core::agent::Wakes;
use prism_core::kernel::Builder;
use prism_core::prelude::*;
use prism_core::spec::Liquidity;
use prism_core::testing::{EchoSpec, Script, Step};
use prism_core::types::{CurrencyId, FeeRate};
use prism_physics::latency::{Jitter, LogNormal};
use prism_physics::value::{Constant, OrnsteinUhlenbeck};
use support::kinds::{Wanted, all, all_configurations};
use support::params::start;
use support::worlds::{BOOK, each_request, quoting, requests, secs, world};

type Given = &'static [(&'static str, &'static str)];

/// Who is in the small ecology: kind, how many, parameters.
const ECOLOGY: [(&str, usize, u32, Given); 6] = [
    ("makers", 4, 2, &[("window", "6"), ("level_spacing", "0.5"), ("min_size", "200"), ("every", "5s")]),
    ("noise", 1, 60, &[("repeat", "true"), ("rate", "0.02")]),
    ("value", 2, 20, &[("rate", "0.02"), ("horizon", "60s"), ("noise", "10")]),
    ("crossing", 3, 4, &[("every", "2s"), ("short_window", "5"), ("long_window", "15")]),
    ("breaking", 3, 4, &[("rule", "breakout"), ("bar", "5s"), ("bars", "4"), ("retrace", "1")]),
    (
        "zero",
        0,
        20,
        &[("price_min", "9950 ticks"), ("price_max", "10050 ticks"), ("size", "5"), ("assigned", "20")],
    ),
];

fn exchange() -> Exchange {
    let listed = |name| Symbol::new(name).start(&start(10_000));
    Exchange::new("X").list(listed("A")).list(listed("B")).fees(FeeRate::tenth_bps(-2), FeeRate::tenth_bps(5))
}

/// A market for two symbols with the ecology in the first.
fn ecology(seed: u64) -> Builder {
    let law = || OrnsteinUhlenbeck::new(10_000.0, 0.001, 10_000.0, 2.0).unwrap();
    let jitter = Jitter::new(Span::micros(20), Span::micros(200), 0.5).unwrap();
    Simulation::builder()
        .seed(seed)
        .venue(exchange())
        .value("A", law())
        .value("B", law())
        .latency(LogNormal::new(jitter, Span::micros(100)).unwrap())
}

fn populated(seed: u64) -> Builder {
    populate(ecology(seed))
}

fn populate(builder: Builder) -> Builder {
    ECOLOGY.iter().fold(builder, |builder, &(name, kind, count, given)| {
        builder.agents_boxed((all()[kind].group)(&Wanted { given, name, books: &["A"], count, wakes: None }))
    })
}

/// Everything that is asked for, with the agents counted from `first` on.
fn messages(mut sim: Simulation, first: u32, until: Time) -> Vec<(Time, u32, Request)> {
    let mut seen = Vec::new();
    each_request(&mut sim, until, |at, req| {
        let (agent, id) = (req.id().agent().0, OrderId::new(AgentId(0), req.id().counter()));
        let Some(agent) = agent.checked_sub(first) else { return };
        let req = match req {
            Request::New { order, .. } => Request::New { id, order },
            Request::Cancel { book, .. } => Request::Cancel { id, book },
            Request::Reduce { book, by, .. } => Request::Reduce { id, book, by },
            Request::Replace { book, price, qty, .. } => Request::Replace { id, book, price, qty },
        };
        seen.push((at, agent, req));
    });
    seen
}

#[test]
fn the_same_seed_is_the_same_market() {
    let digest = |seed| populated(seed).build().unwrap().run_for(Span::secs(60)).unwrap().digest;
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

#[test]
fn strangers_leave_everyone_elses_chances_alone() {
    let alone = messages(populated(3).build().unwrap(), 0, secs(60));
    assert!(alone.len() > 1_000, "{}", alone.len());
    // The other five kinds trade another symbol, and come first, so that all numbers shift.
    let mut builder = ecology(3);
    let mut first = 0;
    for (kind, name) in all().iter().zip(["a", "b", "c", "d", "e"]) {
        let wanted = Wanted { given: &[], name, books: &["B"], count: 7, wakes: None };
        builder = builder.agents_boxed((kind.group)(&wanted));
        first += 7;
    }
    let among_others = messages(populate(builder).build().unwrap(), first, secs(60));
    assert_eq!(alone, among_others);
}

#[test]
fn a_fork_has_the_same_future() {
    let mut sim = populated(4).build().unwrap();
    sim.advance(secs(30)).unwrap();
    let mut twin = sim.fork();
    sim.advance(secs(60)).unwrap();
    twin.advance(secs(60)).unwrap();
    assert_eq!(sim.digest(), twin.digest());
}

#[test]
fn money_and_shares_are_conserved() {
    let mut sim = populated(5).build().unwrap();
    let agents = ECOLOGY.iter().map(|(_, _, count, _)| count).sum::<u32>();
    for second in 1..60 {
        sim.advance(secs(second)).unwrap();
        let held: i64 = (0..agents).map(|agent| sim.position(AgentId(agent), SymbolId(0))).sum();
        let cash: i128 = (0..agents).map(|agent| sim.cash(AgentId(agent), CurrencyId(0))).sum();
        assert_eq!((held, cash + sim.fees(CurrencyId(0))), (0, 0));
    }
    assert!(sim.trades() > 100 && sim.fees(CurrencyId(0)) > 0, "{} trades", sim.trades());
}

#[test]
fn every_group_of_the_ecology_trades() {
    let mut sim = populated(6).build().unwrap();
    let run = sim.run_for(Span::mins(4)).unwrap();
    for (group, (name, kind, count, _)) in run.groups.iter().zip(ECOLOGY) {
        assert_eq!((group.name.as_str(), group.kind.as_str()), (name, all()[kind].name));
        assert!(2 * group.traded >= count, "{} of {count} {name} traded", group.traded);
    }
    assert_eq!(run.warnings, []);
    let book = &run.books[0];
    assert!(book.mean_spread.is_some_and(|spread| (1.0..20.0).contains(&spread)), "{book:?}");
    assert!(book.low > Some(Price(9_700)) && book.high < Some(Price(10_300)), "{book:?}");
}

/// Every kind sends an order within the time in which it should.
#[test]
fn every_configuration_is_alive() {
    for (kind, name, given) in all_configurations() {
        let wanted = Wanted { given, name: "guest", books: &["A"], count: 10, wakes: None };
        let builder = ecology(7).close(secs(120)).agents_boxed((kind.group)(&wanted));
        let mut sim = populate(builder).build().unwrap();
        // Windows of 50 samples every 20 s and channels of 20 minutes take their time to fill.
        let horizon = if kind.name == "momentum" { 1_500 } else { 200 };
        let mut orders = 0;
        while orders == 0 && sim.now() < secs(horizon) {
            sim.advance(sim.now() + Span::secs(5)).unwrap();
            orders = sim.summary().groups[0].orders;
        }
        assert!(orders > 0, "{name}");
    }
}

/// Quotes that go through everything a market can look like, once a second.
fn strange_markets() -> Vec<(i64, Option<i64>, Option<i64>)> {
    let highest = 1i64 << 42;
    let looks = [
        (None, None),
        (Some(100), None),
        (None, Some(100)),
        (Some(99), Some(101)),
        (Some(100), Some(100)), // locked
        (Some(103), Some(99)),  // crossed
        (None, Some(1)),
        (Some(1), Some(2)),
        (Some(1), Some(1)),
        (Some(1), Some(highest)),
        (Some(highest - 1), Some(highest)),
        (Some(i64::MAX - 1), Some(i64::MAX)),
        (Some(1), Some(i64::MAX)),
        (Some(0), Some(1)),
        (Some(-7), Some(-3)),
        (Some(i64::MIN + 1), Some(i64::MAX - 1)),
        (Some(i64::MIN + 1), Some(i64::MIN + 2)),
    ];
    let seconds = (0..70).map(|n| n * 1_000_000_000);
    seconds.zip(looks.into_iter().cycle()).map(|(at, (bid, ask))| (at, bid, ask)).collect()
}

/// Parameters at the ends of their ranges.
fn extremes() -> Vec<(usize, Given)> {
    vec![
        (0, &[("valuations", "private"), ("private_sigma", "1e300")]),
        (0, &[("price_max", "9223372036854775807 ticks"), ("constrained", "false")]),
        (0, &[("gs_protocol", "true"), ("refresh", "1000"), ("refresh_by", "periodic"), ("rate", "10")]),
        (1, &[("size", "uniform"), ("size_min", "9223372036854775807"), ("size_max", "9223372036854775807")]),
        (2, &[("sigma", "0"), ("kappa", "0"), ("noise", "0")]),
        (2, &[("sigma", "0"), ("kappa", "1e9"), ("noise", "0"), ("depth", "20"), ("aggression", "0")]),
        (2, &[("sigma", "1e200"), ("kappa", "1e-300"), ("noise", "1e200"), ("mean", "-1e300")]),
        (3, &[("short_window", "1"), ("long_window", "2"), ("band", "0.05"), ("every", "1ns")]),
        (3, &[("rule", "breakout"), ("bars", "2"), ("bar", "1ns"), ("retrace", "0")]),
        (
            4,
            &[
                ("window", "1e300"),
                ("level_spacing", "20"),
                ("spread_cap", "1000"),
                ("price_skew", "10"),
                ("size_skew", "1e300"),
            ],
        ),
        (4, &[("window", "1e-300"), ("spread_weight", "1"), ("pov", "1"), ("levels", "100")]),
        (4, &[("anchor", "top"), ("cancel_delay", "0s"), ("backstop", "9223372036854775807")]),
        (4, &[("anchor", "bottom"), ("adaptive", "false")]),
    ]
}

/// Empty and one-sided books, locked and crossed markets, the smallest and the largest prices, values from 1 to
/// absurd: no panic, and no order at a price below one tick or of no size. A scenario may give any clock.
#[test]
fn nothing_strange_makes_a_bad_order() {
    let configurations = all_configurations().into_iter().map(|(kind, _, given)| (kind, given));
    let at_ends = extremes().into_iter().map(|(n, given)| (all().swap_remove(n), given));
    let clocks = [
        None,
        Some(Wakes::Poisson(Span::millis(500))),
        Some(Wakes::Periodic(Span::millis(700))),
        Some(Wakes::Own),
    ];
    let mut sent = 0;
    for (kind, given) in configurations.chain(at_ends) {
        for (wakes, value) in clocks.into_iter().zip([100.0, 1.0, 1e15, 1e300]) {
            if given.contains(&("every", "1ns")) && wakes != Some(Wakes::Poisson(Span::millis(500))) {
                continue; // a thousand million wake-ups
            }
            let wanted = Wanted { given, name: "guests", books: &["A"], count: 3, wakes };
            let mut tape = quoting(7, strange_markets());
            for second in 0..70 {
                for side in Side::BOTH {
                    let trade = Order::market(BOOK, side, Qty(u64::MAX >> 2));
                    tape.steps.push((secs(second) + Span::millis(300), Step::Order(trade)));
                }
            }
            tape.steps.sort_by_key(|(at, _)| *at);
            let mut sim = Simulation::builder()
                .seed(9)
                .close(secs(60))
                .venue(EchoSpec::new(&["A"]))
                .value("A", Constant::new(value).unwrap())
                .agents(Group::of(tape).named("tape"))
                .agents_boxed((kind.group)(&wanted))
                .build()
                .unwrap();
            for (at, request) in requests(&mut sim, 1, secs(70)) {
                let (price, qty) = match request {
                    Request::New { order, .. } => (order.price, order.qty),
                    Request::Replace { price, qty, .. } => (price, qty),
                    _ => continue,
                };
                assert!(price >= Price(1) && !qty.is_zero(), "{} at {at}: {request:?}", kind.name);
                sent += 1;
            }
        }
    }
    assert!(sent > 10_000, "{sent}");
}

/// What leaves orders in the book says so, and what says that it leaves none does not.
#[test]
fn who_rests_says_so() {
    for kind in all() {
        let wanted = Wanted {
            given: &[],
            name: "guests",
            books: &["A"],
            count: 30,
            wakes: Some(Wakes::Poisson(Span::secs(1))),
        };
        let mut sim = world(2, 10_000)
            .value("A", Constant::new(10_000.0).unwrap())
            .agents(
                Group::of(quoting(
                    20,
                    (0..100).map(|n| (n * 1_000_000_000, Some(9_990 + n), Some(10_000 + n))),
                ))
                .named("tape"),
            )
            .agents_boxed((kind.group)(&wanted))
            .build()
            .unwrap();
        sim.advance(secs(100)).unwrap();
        let mut resting = 0;
        for agent in 1..31 {
            resting += sim.act(AgentId(agent), |ctx| ctx.orders().count()).unwrap().unwrap();
        }
        assert_eq!(resting > 0, kind.liquidity != Liquidity::Takes, "{}", kind.name);
    }
}

/// What begins a market does so in an empty book, and nothing else sends an order there.
#[test]
fn who_begins_a_market_says_so() {
    for kind in all() {
        let wanted = Wanted {
            given: &[],
            name: "first",
            books: &["A"],
            count: 30,
            wakes: Some(Wakes::Poisson(Span::secs(1))),
        };
        let mut sim = world(2, 10_000)
            .value("A", Constant::new(10_000.0).unwrap())
            .agents_boxed((kind.group)(&wanted))
            .build()
            .unwrap();
        let run = sim.run_for(Span::secs(100)).unwrap();
        assert_eq!(run.orders > 0, kind.liquidity == Liquidity::Opens, "{}", kind.name);
    }
}

/// From one tape every kind makes a stream of messages of its own.
#[test]
fn kinds_differ() {
    let mut streams = BTreeSet::new();
    let mut mid = 10_000;
    let mut rng = StreamKey::root(6).stream();
    let rows: Vec<_> = (0..600)
        .map(|n| {
            mid += rng.sign() * i64::from(rng.below(4));
            (n * 1_000_000_000, Some(mid - 1), Some(mid + 1))
        })
        .collect();
    for (kind, name, given) in all_configurations() {
        if name == kind.name
            || ["zi_c", "abides_noise", "ma_cross", "adaptive_pov_mm"].contains(&name.as_str())
        {
            continue; // the presets that are the defaults come once, as the preset
        }
        let mut tape = quoting(1_000, rows.iter().copied());
        tape.steps.extend((0..600).map(|n| (secs(n), Step::Order(Order::market(BOOK, Side::Buy, Qty(1))))));
        tape.steps.sort_by_key(|(at, _)| *at);
        let wanted = Wanted {
            given,
            name: "guest",
            books: &["A"],
            count: 1,
            wakes: Some(Wakes::Periodic(Span::secs(1))),
        };
        let sim = world(8, 10_000)
            .value("A", Constant::new(10_000.0).unwrap())
            .agents(Group::of(tape).named("tape"))
            .agents_boxed((kind.group)(&wanted))
            .build()
            .unwrap();
        let stream = messages(sim, 1, secs(600));
        assert!(streams.insert(format!("{stream:?}")), "{name}");
    }
    assert!(streams.len() >= 4);
}

/// Without anybody else there is nobody to trade with, and that is all.
#[test]
fn an_empty_market_stays_quiet() {
    for kind in all() {
        let wanted = Wanted { given: &[], name: "guests", books: &[], count: 20, wakes: None };
        let mut sim = world(2, 10_000)
            .agents(Group::of(Script::default()).named("idle"))
            .agents_boxed((kind.group)(&wanted))
            .build()
            .unwrap();
        sim.advance(secs(300)).unwrap();
        let quotes = ["zero_intelligence", "ladder_mm"].contains(&kind.name);
        assert_eq!(sim.summary().orders > 0, quotes, "{}", kind.name);
    }
}
