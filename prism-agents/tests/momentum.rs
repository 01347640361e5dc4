//! Momentum traders on scripted tapes.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use prism_agents::MomentumTrader;
use prism_core::prelude::*;
use prism_core::testing::{Script, Step};
use proptest::prelude::*;
use support::worlds::{BOOK, each_request, orders, quoting, requests, secs, world};

/// A market whose mid goes through `mids`, one a second, with a spread of two ticks and plenty of size.
fn tape(mids: impl IntoIterator<Item = i64>) -> Script {
    let rows = (0..).zip(mids).map(|(n, mid)| (n * 1_000_000_000, Some(mid - 1), Some(mid + 1)));
    quoting(1_000_000, rows)
}

/// What a trader sends that samples once a second, half a second after each change of the tape from the second
/// on.
fn sent(mut script: Script, trader: MomentumTrader, length: i64) -> Vec<(Time, Order)> {
    for (at, _) in &mut script.steps {
        *at = (*at - Span::millis(500)).max(Time::ZERO);
    }
    let mut sim = world(2, 1_000)
        .agents(Group::of(script).named("tape"))
        .agents(Group::of(trader.every(Span::secs(1))).named("trader").periodic(Span::secs(1)))
        .build()
        .unwrap();
    orders(&requests(&mut sim, 1, secs(length)))
}

#[test]
fn a_rising_path_is_never_sold_and_a_falling_one_never_bought() {
    for (step, side) in [(1, Side::Buy), (-1, Side::Sell)] {
        let sent = sent(tape((0..400).map(|n| 1_000 + step * n)), MomentumTrader::ma_cross(5, 20), 400);
        assert!(sent.len() > 90, "{}", sent.len());
        assert!(sent.iter().all(|(_, order)| order.side == side && order.tif == Tif::Ioc));
    }
}

/// The ABIDES agent buys when the averages are equal.
#[test]
fn a_constant_path_is_never_traded() {
    assert_eq!(sent(tape([1_000; 200]), MomentumTrader::ma_cross(5, 20), 200), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any path: what is sent is what the means of the last mids say, at the opposite touch, with the lot that
    /// was drawn, as far as the limit of the position goes.
    #[test]
    fn follows_the_averages(
        steps in proptest::collection::vec(-3i64..=3, 60),
        (short, more) in (1usize..8, 1usize..12),
        band in prop_oneof![Just(0.0), 0.0001..0.002f64],
        most in 1u64..40,
    ) {
        let mids: Vec<i64> = steps.iter().scan(1_000, |mid, step| { *mid += step; Some(*mid) }).collect();
        let long = short + more;
        let trader = MomentumTrader::ma_cross(short, long).band(band).lots(Qty(3), Qty(3)).position_max(Qty(most));
        let got = sent(tape(mids.iter().copied()), trader, 59);
        let mids = &mids[1..]; // the first is gone before the first sample
        let mut want = Vec::new();
        let mut position = 0i64;
        for n in long..=mids.len() {
            let mean = |window: usize| mids[n - window..n].iter().sum::<i64>() as f64 / window as f64;
            let (s, l) = (mean(short), mean(long));
            let edge = (s - l).abs() < 1e-9 && band <= 0.0; // equal, whatever rounding says
            let side = if edge {
                continue
            } else if s > l * (1.0 + band) {
                Side::Buy
            } else if s < l * (1.0 - band) {
                Side::Sell
            } else {
                continue
            };
            let room = (most as i64 - side.sign() * position).clamp(0, 3);
            if room > 0 {
                position += side.sign() * room;
                want.push((side, Price(mids[n - 1] + side.sign()), Qty(room as u64)));
            }
        }
        let got: Vec<_> = got.iter().map(|(_, order)| (order.side, order.price, order.qty)).collect();
        prop_assert_eq!(got, want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the windows, the band and the path, as long as it only rises: neither rule ever sells, nor buys
    /// where it only falls; and where it stays as it is, neither trades at all.
    #[test]
    fn no_order_goes_against_a_path_of_one_direction(
        steps in proptest::collection::vec(0i64..4, 50),
        side in prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        (short, more) in (1usize..8, 1usize..12),
        band in prop_oneof![Just(0.0), 0.0001..0.002f64],
        (bars, width) in (2usize..5, 1i64..4),
        retrace in 0.0..3.0f64,
    ) {
        let path: Vec<i64> =
            steps.iter().scan(1_000, |mid, step| { *mid += side.sign() * step; Some(*mid) }).collect();
        let crossing = MomentumTrader::ma_cross(short, short + more).band(band);
        let got = sent(tape(path.iter().copied()), crossing.clone(), 49);
        prop_assert!(got.iter().all(|(_, order)| order.side == side), "{:?}", got);
        let breaking = MomentumTrader::breakout(bars, Span::secs(width)).band(band).retrace(retrace);
        let prices = (1..).zip(&path).map(|(n, price)| (n * 400, *price));
        let got = broken_out(followed(side, prices), breaking.clone());
        prop_assert!(got.iter().all(|(_, seen, _)| *seen == side), "{:?}", got);

        prop_assert_eq!(sent(tape([path[0]; 50]), crossing, 49), []);
        let still = followed(side, (1..50).map(|n| (n * 400, path[0])));
        prop_assert_eq!(broken_out(still, breaking), []);
    }
}

/// Signature: orders go where the price has gone.
#[test]
fn orders_go_with_the_past_return() {
    let mut rng = StreamKey::root(31).stream();
    let mut mid = 10_000;
    let mids: Vec<i64> = (0..3_000)
        .map(|_| {
            mid += rng.sign() * i64::from(rng.below(3));
            mid
        })
        .collect();
    let trader = MomentumTrader::ma_cross(5, 20).lots(Qty(1), Qty(1)).position_max(Qty(1_000_000));
    let sent = sent(tape(mids.iter().copied()), trader, 2_999);
    assert!(sent.len() > 2_000);
    let agree = sent
        .iter()
        .filter(|(at, order)| {
            let now = usize::try_from(at.nanos() / 1_000_000_000).unwrap();
            (mids[now] - mids[now.saturating_sub(12)]) * order.side.sign() > 0
        })
        .count();
    assert!(agree as f64 > 0.8 * sent.len() as f64, "{agree} of {}", sent.len());
}

#[test]
fn lots_are_drawn_once_for_each_trader() {
    let trader = MomentumTrader::ma_cross(1, 2).lots(Qty(1), Qty(10));
    let mut sim = world(4, 1_000)
        .agents(Group::of(tape(1_000..1_100)).named("tape"))
        .agents(Group::of(trader).named("trader").count(60).periodic(Span::secs(1)))
        .build()
        .unwrap();
    let mut lots: Vec<Vec<u64>> = vec![Vec::new(); 60];
    each_request(&mut sim, secs(100), |_, req| {
        if let Request::New { id, order } = req
            && id.agent().0 > 0
        {
            lots[id.agent().index() - 1].push(order.qty.0);
        }
    });
    assert!(lots.iter().all(|lots| lots.len() > 5 && lots.iter().all(|&lot| lot == lots[0])));
    let mut seen: Vec<u64> = lots.iter().map(|lots| lots[0]).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (1..=10).collect::<Vec<_>>(), "every lot from 1 to 10 among sixty traders");
}

/// Trades at these prices, at these milliseconds; between a bid of 1 and an ask of 100,000.
fn trades(at: impl IntoIterator<Item = (i64, i64)>) -> Script {
    let mut steps = vec![
        (0, Step::Order(Order::limit(BOOK, Side::Buy, Qty(1_000_000), Price(1)))),
        (0, Step::Order(Order::limit(BOOK, Side::Sell, Qty(1_000_000), Price(100_000)))),
    ];
    for (milli, price) in at {
        let nanos = milli * 1_000_000;
        steps.push((nanos, Step::Order(Order::limit(BOOK, Side::Sell, Qty(1), Price(price)))));
        steps.push((nanos, Step::Order(Order::limit(BOOK, Side::Buy, Qty(1), Price(price)).tif(Tif::Ioc))));
    }
    Script::new(steps)
}

/// When and on which side a breakout trader acts that sees those trades.
fn broken_out(script: Script, trader: MomentumTrader) -> Vec<(i64, Side, Qty)> {
    let mut sim = world(2, 1_000)
        .agents(Group::of(script).named("tape"))
        .agents(Group::of(trader).named("trader"))
        .build()
        .unwrap();
    let sent = orders(&requests(&mut sim, 1, secs(1_000)));
    sent.iter().map(|(at, order)| (at.nanos() / 1_000_000, order.side, order.qty)).collect()
}

fn breakout() -> MomentumTrader {
    MomentumTrader::breakout(3, Span::secs(1)).lots(Qty(2), Qty(2)).retrace(20.0)
}

/// Bars of a second: 100 to 103, 101 to 104, 99 to 102.
const BARS: [(i64, i64); 6] = [(100, 100), (600, 103), (1_100, 104), (1_600, 101), (2_100, 99), (2_600, 102)];

#[test]
fn only_closed_bars_make_the_channel() {
    // In the fourth bar 104 is the high of the channel; 105 breaks it, and 106 in the same bar does not again,
    // although it is above all that was before.
    let up = [(3_100, 104), (3_200, 105), (3_300, 106), (3_400, 107)];
    let seen = broken_out(trades(BARS.into_iter().chain(up)), breakout());
    assert_eq!(seen, [(3_200, Side::Buy, Qty(2))]);
    // The third bar is still open: there is no channel yet, whatever it does.
    let early = [(2_700, 200), (2_800, 10)];
    assert_eq!(broken_out(trades(BARS.into_iter().chain(early)), breakout()), []);
    // A new bar may break out again, above the highs of the three before it: 104, 102, 107. Its own entry in
    // the bar before, at the ask of 100,000, is none of the script's trades but raises the channel; so look
    // at the downside: 98 is below 99, 101 and the rest.
    let down = [(3_100, 98), (3_200, 97), (4_100, 96)];
    let seen = broken_out(trades(BARS.into_iter().chain(down)), breakout());
    assert_eq!(seen[0], (3_100, Side::Sell, Qty(2)));
}

#[test]
fn a_band_asks_for_more() {
    let up = [(3_100, 105), (3_200, 106)];
    let seen = broken_out(trades(BARS.into_iter().chain(up)), breakout().band(0.015));
    assert_eq!(seen, [(3_200, Side::Buy, Qty(2))], "104 × 1.015 = 105.56");
}

/// A market in which each price is quoted to takers of one side just before it trades there, and to those of
/// the other a tick worse, so that entries and exits are cheap.
fn followed(taker: Side, at: impl IntoIterator<Item = (i64, i64)>) -> Script {
    let mut steps = Vec::new();
    let mut sent = 0;
    for (milli, price) in at {
        let nanos = milli * 1_000_000;
        if sent > 0 {
            steps.push((nanos - 1, Step::Cancel(sent - 3)));
            steps.push((nanos - 1, Step::Cancel(sent - 2)));
        }
        let quote = |side, price| Step::Order(Order::limit(BOOK, side, Qty(1_000), Price(price)));
        steps.push((nanos - 1, quote(taker, price - taker.sign())));
        steps.push((nanos - 1, quote(!taker, price)));
        steps.push((nanos, Step::Order(Order::limit(BOOK, taker, Qty(1), Price(price)).tif(Tif::Ioc))));
        sent += 3;
    }
    Script::new(steps)
}

#[test]
fn a_position_is_left_when_the_price_comes_back() {
    // True ranges of the bars: 3, 3 (the close before was 103), 3: a mean of 3, and a stop of 6 from the best.
    let up = [(3_100, 105), (3_300, 109), (3_400, 104), (3_500, 103), (3_600, 102), (3_700, 101)];
    let bars = [(100, 100), (600, 103), (1_100, 104), (1_600, 101), (2_100, 99), (2_600, 102)];
    let seen = broken_out(followed(Side::Buy, bars.into_iter().chain(up)), breakout().retrace(2.0));
    assert_eq!(
        seen,
        [(3_100, Side::Buy, Qty(2)), (3_600, Side::Sell, Qty(2))],
        "109 less 6 is 103: 102 is beyond"
    );
}

#[test]
fn the_position_stays_within_its_limit() {
    let climbing = (0..200).map(|n| (n * 400 + 1, 1_000 + n));
    let trader = breakout().lots(Qty(7), Qty(7)).position_max(Qty(20));
    let seen = broken_out(followed(Side::Buy, climbing), trader);
    let lots: Vec<u64> = seen.iter().map(|(_, _, qty)| qty.0).collect();
    assert_eq!(lots, [7, 7, 6]);
}

/// A clock that a scenario gives to a breakout group makes it look at the last trade: once a bar, like the
/// trades themselves.
#[test]
fn a_clock_makes_breakout_look_again() {
    let mut sim = world(2, 1_000)
        .agents(Group::of(trades(BARS.into_iter().chain([(3_100, 105)]))).named("tape"))
        .agents(Group::of(breakout()).named("trader").periodic(Span::millis(1_700)))
        .build()
        .unwrap();
    let sent = orders(&requests(&mut sim, 1, secs(6)));
    let at: Vec<i64> = sent.iter().map(|(at, _)| at.nanos() / 1_000_000).collect();
    assert_eq!(at, [3_100, 5_100], "by the trade, not at 3.4 s in the same bar, but at 5.1 s");
}

#[test]
fn keeps_its_own_time_without_a_clock() {
    let trader = MomentumTrader::ma_cross(1, 2).every(Span::secs(1)).position_max(Qty(1_000_000));
    let mut sim = world(2, 1_000)
        .agents(Group::of(tape(1_000..1_100)).named("tape"))
        .agents(Group::of(trader).named("trader").count(5))
        .build()
        .unwrap();
    let sent = orders(&requests(&mut sim, 1, secs(100)));
    assert!((480..=500).contains(&sent.len()), "{}", sent.len());
}
