//! Zero intelligence: Gode and Sunder's markets, and the rule itself.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use prism_agents::ZeroIntelligence;
use prism_agents::kit::quotes::passive;
use prism_agents::kit::valuation::{Issue, PrivateValues, Refresh, Sides};
use prism_core::market::Top;
use prism_core::math::{hypot, powi};
use prism_core::msg::{Event, Msg};
use prism_core::prelude::*;
use prism_core::testing::Script;
use prism_physics::latency::{Jitter, LogNormal};
use proptest::prelude::*;
use support::auction::{Deal, PAIRS, SURPLUS, alpha, efficiency, limit, session};
use support::worlds::{BOOK, each_request, secs, world};

/// Mean efficiency, its standard error, and mean alpha of so many sessions of so many quotes.
fn market(trader: &ZeroIntelligence, sessions: u32, quotes: u32) -> (f64, f64, f64) {
    let mut rng = StreamKey::root(1993).stream();
    let (mut sum, mut squares, mut alphas) = (0.0, 0.0, 0.0);
    for _ in 0..sessions {
        let deals = session(trader, quotes, &mut rng);
        if trader.is_constrained() {
            assert!(deals.iter().all(|Deal { price, buyer, seller }| seller <= price && price <= buyer));
        } else {
            assert_eq!(deals.len(), 20);
        }
        let share = efficiency(&deals);
        sum += share;
        squares += share * share;
        alphas += alpha(&deals).unwrap();
    }
    let n = f64::from(sessions);
    let mean = sum / n;
    (mean, ((squares / n - mean * mean) / n).sqrt(), alphas / n)
}

/// Published for five markets: 97.1 to 99.9 %; for this one 0.959 by simulation, with a standard deviation of
/// 0.031 over sessions: the standard error of 200 sessions is 0.002. `PRISM_SESSIONS=2000` runs as many as the
/// simulation that the numbers come from.
#[test]
fn gode_sunder_constrained() {
    let sessions = std::env::var("PRISM_SESSIONS").map_or(200, |n| n.parse().unwrap());
    let (mean, error, alpha) = market(&ZeroIntelligence::new().prices(1, 200), sessions, 20_000);
    assert!((0.955..=0.964).contains(&mean), "{mean} ± {error}");
    assert!((alpha - 16.0).abs() < 0.4, "{alpha}");
    assert!((error * f64::from(sessions).sqrt() - 0.031).abs() < 0.005, "{error}");
}

/// Without a budget everybody trades, whatever it costs: 20 units with a surplus of 100 of the 550.
#[test]
fn gode_sunder_unconstrained() {
    let (mean, _, _) = market(&ZeroIntelligence::new().prices(1, 200).unconstrained(), 60, 20_000);
    assert!((mean - 100.0 / 550.0).abs() < 1e-12, "{mean}");
}

/// Forty agents under `gs_protocol` in a simulation are the same market as forty subjects at a book.
#[test]
fn the_protocol_in_a_simulation_is_that_of_the_experiment() {
    let quotes = 3_000;
    let sessions = 12;
    let trader = ZeroIntelligence::new().prices(1, 200);
    let (want, want_error, _) = market(&trader, 150, quotes);
    let mut shares = Vec::new();
    for seed in 0..sessions {
        let subjects = move |i: u32, _: &mut RngStream| {
            let (side, i) = if i < PAIRS { (Side::Buy, i) } else { (Side::Sell, i - PAIRS) };
            ZeroIntelligence::new().prices(1, 200).assigned(side, limit(side, i), Qty(1)).gs_protocol()
        };
        let group = Group::each(subjects).named("subjects").count(40).poisson(Span::secs(40));
        let mut sim = world(seed, 100).agents(group).build().unwrap();
        sim.advance(secs(i64::from(quotes))).unwrap();
        let mut surplus = 0;
        for (i, subject) in (0..).zip(sim.members::<ZeroIntelligence>()) {
            let side = if i < PAIRS { Side::Buy } else { Side::Sell };
            let traded = sim.position(AgentId(i), SymbolId(0));
            assert!(traded == 0 || traded == side.sign());
            assert_eq!(subject.assignment().is_none(), traded != 0);
            surplus += traded * limit(side, i % PAIRS).0;
        }
        shares.push(surplus as f64 / SURPLUS as f64);
    }
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let error = (shares.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()).sqrt() / n;
    assert!(
        (mean - want).abs() < 4.0 * hypot(error, want_error),
        "{mean} ± {error} against {want} ± {want_error}"
    );
}

/// Every price is equally likely: chi-square below its 99.9 % quantile.
#[test]
fn prices_are_uniform() {
    let mut rng = StreamKey::root(4).stream();
    let trader = ZeroIntelligence::new().prices(11, 60);
    for (trader, side, limit, (low, high)) in [
        (&trader, Side::Buy, 40, (11usize, 40usize)),
        (&trader, Side::Buy, 99, (11, 60)),
        (&trader, Side::Sell, 31, (31, 60)),
        (&trader.clone().unconstrained(), Side::Buy, 12, (11, 60)),
    ] {
        let draws = 60_000u32;
        let mut counts = [0u32; 61];
        for _ in 0..draws {
            let price = trader.price(side, Price(limit), &mut rng).unwrap();
            counts[usize::try_from(price.0).unwrap()] += 1;
        }
        let expected = f64::from(draws) / (high - low + 1) as f64;
        assert_eq!(counts[low..=high].iter().sum::<u32>(), draws, "none outside");
        let chi: f64 = counts[low..=high].iter().map(|&n| powi(f64::from(n) - expected, 2) / expected).sum();
        // Degrees of freedom 29 or 49.
        let quantile = if high - low == 29 { 58.30 } else { 85.35 };
        assert!(chi < quantile, "{chi} for {low} to {high}");
    }
    assert_eq!(trader.price(Side::Buy, Price(10), &mut rng), None);
    assert_eq!(trader.price(Side::Sell, Price(61), &mut rng), None);
}

fn issue(refresh: Refresh) -> Issue {
    Issue { sides: Sides::Alternate, limits: (Price(60), Price(140)), lots: Qty(3), refresh }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No message of a constrained trader is worse than its limit at that time, and each has at most one
    /// quote in the market.
    #[test]
    fn no_message_is_worse_than_the_limit(
        seed in any::<u64>(),
        drip in any::<bool>(),
        size in 1u64..4,
        protocol in any::<bool>(),
    ) {
        let refresh = if drip { Refresh::Drip(0.05) } else { Refresh::Periodic(Span::secs(20)) };
        let trader = ZeroIntelligence::new().prices(1, 200).size(Qty(size)).issued(issue(refresh));
        let trader = if protocol { trader.gs_protocol() } else { trader };
        let group = Group::of(trader).named("zi").count(10).poisson(Span::secs(1));
        let mut sim = world(seed, 100).agents(group).build().unwrap();
        let mut sides = std::collections::BTreeMap::new();
        while sim.next_time().is_none_or(|at| at <= secs(60)) {
            let Some(Event { msg, .. }) = sim.step().unwrap() else { break };
            let Msg::Request(req) = msg else { continue };
            let agent = req.id().agent();
            let given = sim.members::<ZeroIntelligence>().nth(agent.index()).unwrap().assignment();
            let price = match req {
                Request::New { id, order } => {
                    prop_assert!(order.qty <= Qty(size.min(3)));
                    sides.insert(id, order.side);
                    order.price
                }
                Request::Replace { price, .. } => price,
                _ => continue,
            };
            let given = given.unwrap();
            prop_assert_eq!(sides[&req.id()], given.side);
            let kept = match given.side {
                Side::Buy => price <= given.limit,
                Side::Sell => price >= given.limit,
            };
            prop_assert!(kept, "{:?} for {:?}", req, given);
            let live = sim.act(agent, |ctx| ctx.orders().count()).unwrap();
            prop_assert!(live.unwrap() <= 1);
        }
    }

    /// With single lots nobody trades more than was assigned, however late the messages are.
    #[test]
    fn never_more_than_assigned(seed in any::<u64>(), protocol in any::<bool>()) {
        let trader = |i: u32, rng: &mut RngStream| {
            let side = if i.is_multiple_of(2) { Side::Buy } else { Side::Sell };
            let trader = ZeroIntelligence::new().prices(80, 120);
            trader.assigned(side, Price(rng.range_i64(90..=110)), Qty(3))
        };
        let make = move |i: u32, rng: &mut RngStream| {
            if protocol { trader(i, rng).gs_protocol() } else { trader(i, rng) }
        };
        let jitter = Jitter::new(Span::millis(10), Span::millis(300), 1.0).unwrap();
        let late = LogNormal::new(jitter, Span::millis(100)).unwrap();
        let mut sim = world(seed, 100)
            .latency(late)
            .agents(Group::each(make).named("zi").count(20).poisson(Span::secs(1)))
            .build()
            .unwrap();
        sim.advance(secs(100)).unwrap();
        prop_assert!(sim.trades() > 0);
        for i in 0..20u32 {
            let sign = if i.is_multiple_of(2) { 1 } else { -1 };
            let traded = sign * sim.position(AgentId(i), SymbolId(0));
            prop_assert!((0..=3).contains(&traded), "{}", traded);
        }
    }

    /// No message is worse than what the next unit is worth at the position of that time: the value at the
    /// close, here the previous one, and the trader's own value, which is the first thing that it draws. So
    /// private values bound the position, too.
    #[test]
    fn private_values_bound_prices_and_positions(seed in any::<u64>(), most in 2u32..5) {
        let trader = ZeroIntelligence::new().prices(9_500, 10_500).private_values(most, 200.0);
        let group = Group::of(trader).named("zi").count(8).poisson(Span::secs(1));
        let mut sim = world(seed, 10_000).agents(group).build().unwrap();
        let key = StreamKey::root(seed).child("agents").child("zi");
        let values: Vec<PrivateValues> =
            (0..8).map(|i| PrivateValues::draw(most as usize, 200.0, &mut key.index(i).stream())).collect();
        let mut sides = std::collections::BTreeMap::new();
        let mut quotes = 0;
        while sim.next_time().is_none_or(|at| at <= secs(300)) {
            let Some(Event { msg, .. }) = sim.step().unwrap() else { break };
            if sim.next_time().is_some_and(|at| at > sim.now()) {
                let live = sim.act(AgentId(0), |ctx| ctx.orders().count()).unwrap();
                prop_assert!(live <= Some(1), "one quote, on one side or the other");
            }
            let Msg::Request(req) = msg else { continue };
            let agent = req.id().agent();
            let (price, held) = match req {
                Request::New { id, order } => {
                    sides.insert(id, order.side);
                    (order.price, sim.act(agent, |ctx| ctx.position(ctx.home())).unwrap().unwrap())
                }
                Request::Replace { price, .. } => {
                    (price, sim.act(agent, |ctx| ctx.position(ctx.home())).unwrap().unwrap())
                }
                _ => continue,
            };
            let side = sides[&req.id()];
            // The request itself has been carried out by now, and may have filled: then the position was one
            // less before.
            let worth = |held| values[agent.index()].next(side, held).map(|x| passive(side, 10_000.0 + x));
            let kept = |held| worth(held).is_some_and(|worth| match side {
                Side::Buy => price <= worth,
                Side::Sell => price >= worth,
            });
            prop_assert!(kept(held) || kept(held - side.sign()), "{req:?} at position {held}");
            quotes += 1;
        }
        prop_assert!(quotes > 100, "{}", quotes);
        for i in 0..8 {
            // A quote of the other side may still be filled before its cancel, which comes at once here.
            prop_assert!(sim.position(AgentId(i), SymbolId(0)).unsigned_abs() <= u64::from(most));
        }
    }
}

#[test]
fn an_assignment_is_traded_once_and_a_fresh_one_brings_it_back() {
    let once = ZeroIntelligence::new().prices(90, 110);
    let mut sim = world(3, 100)
        .agents(
            Group::of(once.clone().assigned(Side::Buy, Price(110), Qty(2)))
                .named("buyer")
                .poisson(Span::secs(1)),
        )
        .agents(
            Group::of(once.clone().assigned(Side::Sell, Price(90), Qty(5)))
                .named("seller")
                .poisson(Span::secs(1)),
        )
        .build()
        .unwrap();
    sim.advance(secs(300)).unwrap();
    assert_eq!((sim.position(AgentId(0), SymbolId(0)), sim.position(AgentId(1), SymbolId(0))), (2, -2));
    let left: Vec<_> = sim.members::<ZeroIntelligence>().map(|zi| zi.assignment().map(|a| a.lots)).collect();
    assert_eq!(left, [None, Some(Qty(3))]);

    let drip = once.issued(issue(Refresh::Drip(0.1)));
    let group = Group::of(drip).named("zi").count(20).poisson(Span::secs(1));
    let mut sim = world(3, 100).agents(group).build().unwrap();
    sim.advance(secs(300)).unwrap();
    let first = sim.trades();
    sim.advance(secs(600)).unwrap();
    assert!(first > 100 && sim.trades() > first + 100, "{first}, {}", sim.trades());
}

/// Signature: nobody learns, and trade prices bounce between what bids and asks happen to be: the
/// first-order autocorrelation of their changes is negative (−1/2 for independent prices).
#[test]
fn trade_prices_bounce() {
    let trader = ZeroIntelligence::new().prices(1, 200).issued(issue(Refresh::Drip(0.1)));
    let mut sim = world(8, 100)
        .agents(Group::of(Script::default().hearing(Prints::TRADES)).named("ear"))
        .agents(Group::of(trader).named("zi").count(40).poisson(Span::secs(2)))
        .build()
        .unwrap();
    sim.advance(secs(1_500)).unwrap();
    let prices: Vec<f64> = sim
        .members::<Script>()
        .next()
        .unwrap()
        .prints
        .iter()
        .filter_map(|(_, print)| match print {
            Print::Trade { price, .. } => Some(price.0 as f64),
            _ => None,
        })
        .collect();
    let steps: Vec<f64> = prices.windows(2).map(|w| w[1] - w[0]).collect();
    let product: f64 = steps.windows(2).map(|w| w[0] * w[1]).sum();
    let square: f64 = steps.iter().map(|x| x * x).sum();
    assert!(steps.len() > 1_000, "{}", steps.len());
    assert!((-0.6..-0.25).contains(&(product / square)), "{}", product / square);
}

#[test]
fn keeps_its_own_time_without_a_clock() {
    let buyer = ZeroIntelligence::new().rate(2.0).prices(1, 200).assigned(Side::Buy, Price(99), Qty(1));
    let mut sim = world(1, 100).agents(Group::of(buyer).named("buyers").count(10)).build().unwrap();
    let mut requests = 0;
    each_request(&mut sim, secs(100), |_, _| requests += 1);
    assert!((1_800..2_200).contains(&requests), "{requests}");
    assert_ne!(sim.top(BOOK), Top::default());
}
