//! Ladder market makers: where they quote, how much, and what happens to their quotes.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use prism_agents::maker::ladder::Anchor;
use prism_agents::{LadderMaker, NoiseTrader};
use prism_core::msg::{Event, Msg, To};
use prism_core::prelude::*;
use prism_core::testing::{Script, Step};
use prism_physics::latency::{Fixed, Jitter, LogNormal};
use proptest::prelude::*;
use support::worlds::{BOOK, orders, quoting, requests, secs, world};

fn small() -> LadderMaker {
    LadderMaker::new().window(4.0).spacing(0.5).levels(3)
}

/// Prices of the orders of a side, in the order in which they were sent.
fn prices(sent: &[(Time, Order)], side: Side) -> Vec<i64> {
    sent.iter().filter(|(_, order)| order.side == side).map(|(_, order)| order.price.0).collect()
}

/// m = 1000, w = 4, h = 2, n = 3: bids 998, 996, 994, asks 1002, 1004, 1006.
#[test]
fn worked_example() {
    let mut sim = world(1, 1_000).agents(Group::of(small()).named("maker")).build().unwrap();
    let sent = orders(&requests(&mut sim, 0, secs(0) + Span::nanos(50)));
    assert!(sent.iter().all(|(at, order)| *at == Time::from_nanos(50) && order.tif == Tif::PostOnly));
    assert_eq!(prices(&sent, Side::Buy), [998, 996, 994]);
    assert_eq!(prices(&sent, Side::Sell), [1_002, 1_004, 1_006]);
}

#[test]
fn anchors() {
    let top = Top::default();
    let at = |maker: LadderMaker, mid: f64, position| {
        let ladder = maker.ladder(mid, position, Qty(0), &top);
        (ladder.bid.0, ladder.ask.0, ladder.step.0)
    };
    assert_eq!(at(small(), 1_000.5, 0), (998, 1_002, 2));
    assert_eq!(at(small().window(5.0), 1_000.0, 0), (998, 1_003, 2));
    assert_eq!(at(small().window(5.0).anchor(Anchor::Bottom), 1_000.0, 0), (999, 1_005, 2));
    assert_eq!(at(small().window(5.0).anchor(Anchor::Top), 1_000.0, 0), (995, 1_001, 2));
    assert_eq!(at(small().price_skew(0.02), 1_000.0, 120), (995, 999, 2), "centre 997.6");
    assert_eq!(at(small().price_skew(0.02), 1_000.0, -120), (1_000, 1_004, 2), "centre 1002.4");
    assert_eq!(at(small().window(0.3), 1_000.0, 0), (1_000, 1_001, 1));
}

#[test]
fn quotes_stay_behind_the_opposite_touch() {
    let level = |price| Some(Level { price: Price(price), qty: Qty(1) });
    let top = Top::new(level(999), level(1_001), Price(1_000));
    let leaning = small().price_skew(1.0);
    let long = leaning.ladder(1_000.0, 10, Qty(0), &top);
    assert_eq!((long.bid, long.ask), (Price(988), Price(1_000)));
    let short = leaning.ladder(1_000.0, -10, Qty(0), &top);
    assert_eq!((short.bid, short.ask), (Price(1_000), Price(1_012)));
}

#[test]
fn the_window_is_an_average_of_spreads() {
    let sees = |mut maker: LadderMaker, seen: &[(i64, f64)]| {
        for &(spread, window) in seen {
            maker.see_spread(Ticks(spread));
            assert!((maker.window_now() - window).abs() < 1e-12, "{}", maker.window_now());
        }
    };
    sees(LadderMaker::new().pull(0.0), &[(10, 20.0), (10, 12.5), (2, 4.625)]);
    // Half of what it follows is the fifty ticks that it began with, and no more than four times that counts.
    sees(LadderMaker::new().pull(0.5), &[(10, 35.0), (10, 31.25), (50, 45.3125)]);
    sees(LadderMaker::new().pull(0.0).spread_cap(4.0), &[(1_000, 162.5), (i64::MAX, 190.625)]);
    let mut fixed = LadderMaker::new().fixed();
    fixed.see_spread(Ticks(10));
    assert!((fixed.window_now() - 50.0).abs() < 1e-12);
}

/// A quiet market in which makers are the only ones who quote, for a day: the widest window of a maker, and the
/// spreads at the end of each minute, in order of size.
fn quiet_day(maker: &LadderMaker, makers: u32, seed: u64) -> (f64, Vec<i64>) {
    let mut sim = world(seed, 1_000_000)
        .agents(Group::of(maker.clone()).named("makers").count(makers).periodic(Span::secs(10)))
        .agents(Group::of(NoiseTrader::crowd()).named("noise").count(50).poisson(Span::mins(5)))
        .build()
        .unwrap();
    let (mut widest, mut spreads) = (0.0, Vec::new());
    for minute in 1..=390 {
        sim.advance(secs(60 * minute - 3)).unwrap();
        spreads.extend(sim.top(BOOK).spread().map(|spread| spread.0));
        widest = sim.members().map(LadderMaker::window_now).fold(widest, |a, b| if b > a { b } else { a });
    }
    spreads.sort_unstable();
    (widest, spreads)
}

/// What trades take from the ladders must not widen them for good: windows stay near the fifty ticks that they
/// begin with. The same makers without anything to hold the window run away.
#[test]
fn a_quiet_day_keeps_its_spread() {
    let published = LadderMaker::new().spacing(5.0).pull(0.0);
    for (seed, makers) in (1..).zip([1, 2, 2, 2, 3, 5]) {
        let (widest, spreads) = quiet_day(&LadderMaker::new(), makers, seed);
        assert!(spreads.len() > 380, "quotes on both sides at {} minutes of 390", spreads.len());
        let (median, last) = (spreads[spreads.len() / 2], spreads[spreads.len() - 1]);
        assert!(widest < 200.0 && median < 150 && last < 400, "{makers}: {widest}, {median}, {last}");
        let (widest, _) = quiet_day(&published.clone().spread_cap(4.0), makers, seed);
        assert!(widest <= 200.0, "{makers} with a cap: {widest}");
    }
    let (widest, _) = quiet_day(&published.spread_cap(1_000.0), 2, 1);
    assert!(widest > 5_000.0, "{widest}");
}

/// In a market: the spread that counts is that of the others, its own quotes gone.
#[test]
fn its_own_quotes_do_not_count_in_the_spread() {
    for link in [Fixed::new(Span::ZERO), Fixed::new(Span::millis(3))] {
        let mut sim = world(1, 1_000)
            .latency(link.unwrap())
            .agents(Group::of(quoting(10, [(0, Some(990), Some(1_010))])).named("others"))
            .agents(Group::of(small().pull(0.0).spread_cap(10.0)).named("maker").periodic(Span::secs(1)))
            .build()
            .unwrap();
        sim.advance(secs(10) + Span::millis(100)).unwrap();
        let window = sim.members::<LadderMaker>().next().unwrap().window_now();
        assert!((window - 20.0).abs() < 1e-3, "{window}");
        // Alone in the market there is no spread to learn from.
        let alone = Group::of(small()).named("maker").periodic(Span::secs(1));
        let mut sim = world(1, 1_000).agents(alone).build().unwrap();
        sim.advance(secs(10)).unwrap();
        assert!((sim.members::<LadderMaker>().next().unwrap().window_now() - 4.0).abs() < 1e-12);
    }
}

proptest! {
    /// Without skew: equal sizes, and the two sides equally far from the mid, up to the tick that rounding
    /// costs.
    #[test]
    fn without_skew_quotes_are_symmetric(
        twice in 2i64..1_000_000,
        window in 0.1..1e4f64,
        spacing in 0.1..20f64,
        volume in 0u64..1_000_000,
        position in -100_000i64..100_000,
    ) {
        let mid = twice as f64 / 2.0;
        let maker = LadderMaker::new().window(window).spacing(spacing);
        let ladder = maker.ladder(mid, position, Qty(volume), &Top::default());
        prop_assert_eq!(ladder.bid_size, ladder.ask_size);
        prop_assert!(((ladder.bid.0 + ladder.ask.0) as f64 - 2.0 * mid).abs() <= 1.0);
        prop_assert!(ladder.bid < ladder.ask && ladder.step >= Ticks(1));
        prop_assert_eq!(ladder.bid_size, Qty(1).max(Qty::round(0.025 * volume as f64)));
        let bids: Vec<_> = ladder.prices(Side::Buy, 10).collect();
        let asks: Vec<_> = ladder.prices(Side::Sell, 10).collect();
        for (bid, ask) in bids.iter().zip(&asks) {
            prop_assert_eq!(ladder.bid - *bid, *ask - ladder.ask);
        }
    }

    /// A long position makes asks at least as large as bids, a short one the other way round, and together
    /// they are twice a level, up to rounding.
    #[test]
    fn a_position_leans_on_sizes(
        beta in 1e-6..10f64,
        position in -1_000_000i64..1_000_000,
        volume in 0u64..1_000_000,
    ) {
        let maker = LadderMaker::new().size_skew(beta);
        let ladder = maker.ladder(1_000.0, position, Qty(volume), &Top::default());
        prop_assert!(position < 0 || ladder.ask_size >= ladder.bid_size);
        prop_assert!(position > 0 || ladder.ask_size <= ladder.bid_size);
        let size = Qty(1).max(Qty::round(0.025 * volume as f64)).0;
        prop_assert!((ladder.ask_size + ladder.bid_size).0.abs_diff(size) <= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// At most 2n live orders at the venue, whatever the delays and however often it is woken.
    #[test]
    fn at_most_one_ladder_is_live(
        seed in any::<u64>(),
        every in 1i64..2_000,
        delay in 0i64..3_000,
        levels in 1u32..6,
        median in 1i64..500,
    ) {
        let maker = small().levels(levels).cancel_delay(Span::millis(delay)).backstop(Qty(9));
        let jitter = Jitter::new(Span::ZERO, Span::millis(median), 1.0).unwrap();
        let mut sim = world(seed, 1_000)
            .link("maker", LogNormal::new(jitter, Span::millis(20)).unwrap())
            .agents(Group::of(maker).named("maker").link("maker").poisson(Span::millis(every)))
            .agents(Group::of(NoiseTrader::crowd()).named("noise").count(5).poisson(Span::secs(5)))
            .build()
            .unwrap();
        // Its reports come in the order of what happened at the venue, so they tell how many rested there.
        let (mut live, mut most) = (0, 0);
        while sim.next_time().is_none_or(|at| at < secs(30)) {
            let Some(Event { to: To::Agent(AgentId(0)), msg: Msg::Report(report), .. }) = sim.step().unwrap() else {
                continue
            };
            match report {
                Report::Accepted { .. } => live += 1,
                Report::Cancelled { .. } | Report::Filled { left: Qty(0), .. } => live -= 1,
                _ => {}
            }
            most = most.max(live);
            prop_assert!((0..=2 * levels).contains(&live), "{} orders", live);
        }
        prop_assert!(most >= levels);
    }
}

/// Signature: depth follows the volume of the last period, and is gone after a quiet one.
#[test]
fn depth_follows_volume() {
    let mut steps = Vec::new();
    for (second, lots) in [(1, 400), (2, 400), (12, 4_000), (13, 8_000)] {
        for side in Side::BOTH {
            steps.push((second * 1_000_000_000, Step::Order(Order::market(BOOK, side, Qty(lots)))));
        }
    }
    let maker = small().size(Qty(5)).backstop(Qty(1_000_000));
    let mut sim = world(1, 1_000)
        .agents(Group::of(maker).named("maker").periodic(Span::secs(10)))
        .agents(Group::of(Script::new(steps)).named("flow"))
        .build()
        .unwrap();
    let mut seen = Vec::new();
    for second in [5, 11, 21, 31] {
        sim.advance(secs(second)).unwrap();
        seen.push(sim.top(BOOK).bid().map(|bid| bid.qty.0));
    }
    // 2.5 % of 1,600 and of 24,000 lots; then nothing traded for ten seconds.
    assert_eq!(seen[1..], [Some(40), Some(600), Some(5)]);
}

/// A crowd that comes and goes leaves a maker with the spread: signature.
#[test]
fn lives_on_the_spread() {
    let maker = LadderMaker::new().window(6.0).spacing(0.5).size(Qty(300));
    let mut sim = world(3, 10_000)
        .agents(Group::of(maker).named("maker").periodic(Span::secs(5)))
        .agents(Group::of(NoiseTrader::crowd()).named("noise").count(40).poisson(Span::secs(40)))
        .build()
        .unwrap();
    let run = sim.run_for(Span::hours(1)).unwrap();
    assert!(run.groups[0].pnl[0] > 0.0 && run.groups[1].pnl[0] < 0.0, "{:?}", run.groups[0].pnl);
}

#[test]
fn keeps_its_own_time_without_a_clock() {
    let mut sim = world(1, 1_000)
        .agents(Group::of(small().every(Span::secs(10))).named("maker").count(2))
        .build()
        .unwrap();
    let sent = orders(&requests(&mut sim, 0, secs(100)));
    assert_eq!(sent.len(), 2 * 6 * 11, "at the start and ten times after");
}
