//! Noise traders: when they come, what they send.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use prism_agents::kit::size::SizeLaw;
use prism_agents::{LadderMaker, NoiseTrader};
use prism_core::msg::{Event, Msg, Reject};
use prism_core::prelude::*;
use prism_core::testing::Script;
use proptest::prelude::*;
use support::worlds::{orders, quoting, requests, secs, world};

#[test]
fn place_and_share_are_inverse() {
    assert!((NoiseTrader::share_before(0.1) - 0.244).abs() < 1e-12);
    assert!((NoiseTrader::place(0.244) - 0.1).abs() < 1e-12);
    for n in 0..=1_000 {
        let x = f64::from(n) / 1_000.0;
        assert!((NoiseTrader::place(NoiseTrader::share_before(x)) - x).abs() < 1e-12, "at {x}");
        assert!((0.0..=1.0).contains(&NoiseTrader::place(x)));
    }
}

/// When the members of a crowd wake up, in seconds.
fn arrivals(count: u32, close: Option<Time>, trader: NoiseTrader, until: Time) -> Vec<f64> {
    let mut builder = world(11, 10_000).agents(Group::of(trader).named("noise").count(count));
    if let Some(close) = close {
        builder = builder.close(close);
    }
    let mut sim = builder.build().unwrap();
    let mut times = Vec::new();
    sim.advance(Time::ZERO).unwrap();
    while sim.next_time().is_some_and(|at| at <= until) {
        if let Some(Event { at, msg: Msg::Wake { tag: None }, .. }) = sim.step().unwrap() {
            times.push(at.as_secs_f64());
        }
    }
    times
}

#[test]
fn a_quarter_comes_in_the_first_tenth() {
    let times = arrivals(20_000, Some(secs(23_400)), NoiseTrader::crowd(), Time::MAX);
    assert_eq!(times.len(), 20_000, "each once");
    assert!(times.iter().all(|t| (0.0..=23_400.0).contains(t)));
    let share = |from: f64, to: f64| {
        times.iter().filter(|t| (from..to).contains(&(**t / 23_400.0))).count() as f64 / 20_000.0
    };
    assert!((share(0.0, 0.1) - 0.244).abs() < 0.01, "{}", share(0.0, 0.1));
    // Signature: a U. The middle fifth of the day sees 0.8 %, the last tenth as much as the first.
    assert!((share(0.4, 0.6) - 0.008).abs() < 0.003, "{}", share(0.4, 0.6));
    assert!((share(0.9, 1.01) - 0.244).abs() < 0.01, "{}", share(0.9, 1.01));
}

#[test]
fn the_session_is_as_long_as_the_run_or_the_parameter_says() {
    let latest = |times: &[f64]| times.iter().copied().fold(0.0, |a: f64, b| if b > a { b } else { a });
    let hour = arrivals(500, Some(secs(3_600)), NoiseTrader::crowd(), Time::MAX);
    assert!((3_500.0..=3_600.0).contains(&latest(&hour)));
    let day = arrivals(500, None, NoiseTrader::crowd(), Time::MAX);
    assert!((23_000.0..=23_400.0).contains(&latest(&day)));
    let minute = arrivals(500, None, NoiseTrader::crowd().session(Span::secs(60)), Time::MAX);
    assert!((55.0..=60.0).contains(&latest(&minute)));
}

#[test]
fn who_repeats_comes_again_at_random() {
    let again = NoiseTrader::crowd().repeat(0.01).session(Span::nanos(1));
    let times = arrivals(100, None, again, secs(10_000));
    // One at the start and 100 after it for each, with a standard deviation of 100 in all.
    assert!((9_700..=10_500).contains(&times.len()), "{}", times.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever the market, all it sends is immediate or cancel at the opposite touch, and nothing of it ever
    /// rests.
    #[test]
    fn never_rests(
        seed in any::<u64>(),
        rows in proptest::collection::vec((proptest::option::of(1i64..100), 1i64..50, any::<bool>()), 1..20),
    ) {
        let rows: Vec<_> = (0..)
            .zip(rows)
            .map(|(n, (bid, spread, ask))| (n * 1_000_000_000, bid, ask.then(|| bid.unwrap_or(7) + spread)))
            .collect();
        let crowd = Group::of(NoiseTrader::crowd()).named("noise").count(20).poisson(Span::secs(1));
        let mut sim = world(seed, 50).agents(Group::of(quoting(300, rows))).agents(crowd).build().unwrap();
        let sent = requests(&mut sim, 1, secs(20));
        let new = orders(&sent);
        prop_assert_eq!(sent.len(), new.len(), "no cancels");
        for (_, order) in new {
            prop_assert_eq!(order.tif, Tif::Ioc);
            prop_assert!(order.price >= Price(1) && !order.qty.is_zero());
        }
        for agent in 1..21 {
            let open = sim.act(AgentId(agent), |ctx| ctx.orders().count()).unwrap();
            prop_assert_eq!(open, Some(0));
        }
    }
}

#[test]
fn sizes_and_prices_are_those_of_the_rule() {
    let law = SizeLaw::Uniform { min: Qty(3), max: Qty(5) };
    let crowd = Group::of(NoiseTrader::crowd().sizes(law)).named("noise").count(10).poisson(Span::secs(1));
    let maker = quoting(1_000_000, [(0, Some(99), Some(103))]);
    let mut sim = world(1, 100).agents(Group::of(maker)).agents(crowd).build().unwrap();
    let sent = orders(&requests(&mut sim, 1, secs(100)));
    assert!(sent.len() > 800);
    for (_, order) in &sent {
        assert_eq!(order.price, if order.side == Side::Buy { Price(103) } else { Price(99) });
        assert!((Qty(3)..=Qty(5)).contains(&order.qty));
    }
    // Signature: signs tell nothing. They are balanced, and each is independent of the one before it.
    let signs: Vec<f64> = sent.iter().map(|(_, order)| order.side.sign() as f64).collect();
    let n = signs.len() as f64;
    assert!((signs.iter().sum::<f64>() / n).abs() < 3.5 / n.sqrt());
    assert!((signs.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n).abs() < 3.5 / n.sqrt());
}

#[test]
fn where_nothing_is_on_offer_the_shot_is_lost() {
    let crowd = Group::of(NoiseTrader::crowd().session(Span::secs(9))).named("noise").count(50);
    let mut sim = world(1, 100).agents(Group::of(quoting(1, []))).agents(crowd).build().unwrap();
    assert_eq!(requests(&mut sim, 1, secs(100)), []);
}

/// A maker, and a crowd that comes by a clock: all of them trade, over and over.
#[test]
fn a_crowd_by_the_clock_of_its_group() {
    let mut sim = world(5, 10_000)
        .agents(Group::of(LadderMaker::new().window(2.0).spacing(0.5).size(Qty(500))).periodic(Span::secs(1)))
        .agents(Group::of(NoiseTrader::crowd()).named("noise").count(30).poisson(Span::secs(10)))
        .agents(Group::of(Script::default()).named("idle"))
        .build()
        .unwrap();
    let run = sim.run_for(Span::mins(10)).unwrap();
    assert_eq!(run.groups[1].traded, 30);
    assert!((1_500..2_100).contains(&run.groups[1].orders), "{}", run.groups[1].orders);
    let refused = |report: &Report| matches!(report, Report::Rejected { why: Reject::BadPrice, .. });
    assert!(sim.members::<Script>().all(|script| !script.reports.iter().any(|(_, r)| refused(r))));
}
