//! What users of other engines have reported, as tests of the market: each is named after the thread in which it was
//! found. Messages and answers are written as in `testdata/market/`.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use prism_book::market::{Market, MarketRules, Orders, Told};
use prism_book::{BookEngine, Ladder, Naive, SelfTrade};
use prism_core::msg::{Order, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{AgentId, BookId, OrderId, Price, Qty, Side, Time};
use support::market::Engine;
use support::market::fast::Fast;
use support::market::text::{name, parse, told};

/// A market on one engine.
struct Desk<B>(Fast<B>);

impl<B: BookEngine> Desk<B> {
    fn new(self_trade: SelfTrade) -> Desk<B> {
        let rules = MarketRules { self_trade, ..MarketRules::new(Price(100)) };
        Desk(Engine::new(&rules, StreamKey::root(1)))
    }

    fn send(&mut self, message: &str) -> Vec<String> {
        parse(message).send(Time::ZERO, &mut self.0).iter().map(told).collect()
    }

    fn side(&self, side: Side) -> Vec<String> {
        let rows = self.0.displayed(side).into_iter();
        let rows = rows.flat_map(|(price, _, orders)| {
            orders.into_iter().map(move |(id, qty)| format!("{}: {} @ {}", name(id), qty.0, price.0))
        });
        rows.collect()
    }
}

/// Sends messages to markets on both engines; of each it says what is told.
fn says(self_trade: SelfTrade, steps: &[(&str, &[&str])]) -> Desk<Ladder> {
    let (mut fast, mut naive) = (Desk::<Ladder>::new(self_trade), Desk::<Naive>::new(self_trade));
    for &(message, tells) in steps {
        assert_eq!(fast.send(message), tells, "{message}");
        assert_eq!(naive.send(message), tells, "{message}");
        assert_eq!(fast.0.digest(), naive.0.digest(), "{message}");
    }
    fast
}

fn plain(steps: &[(&str, &[&str])]) -> Desk<Ladder> {
    says(SelfTrade::Allow, steps)
}

/// `chronoxor/CppTrader#42`: a modify that trades used a handle from before the trade.
#[test]
fn cpptrader_42_an_order_that_a_replace_has_filled_is_gone() {
    let desk = plain(&[
        ("buy 1: 5 @ 99", &["1 accepted 5 @ 99"]),
        ("sell 2: 5 @ 101", &["2 accepted 5 @ 101"]),
        ("replace 2: 8 @ 99", &["2 sells 5 @ 99, 3 left; 1 has 0 left", "2 accepted 3 @ 99"]),
        ("buy 3: 3 @ 99", &["3 buys 3 @ 99, 0 left; 2 has 0 left"]),
        ("replace 2: 1 @ 99", &["2 rejected TooLate"]),
        ("cancel 1", &["1 rejected TooLate"]),
    ]);
    assert!(desk.side(Side::Buy).is_empty() && desk.side(Side::Sell).is_empty());
}

/// `enewhuis/liquibook#43`: what an immediate-or-cancel order leaves rested.
#[test]
fn liquibook_43_the_rest_of_an_ioc_is_cancelled() {
    let desk = plain(&[
        ("sell 1: 5 @ 101", &["1 accepted 5 @ 101"]),
        ("buy 2: 8 @ 101 ioc", &["2 buys 5 @ 101, 3 left; 1 has 0 left", "2 cancelled 3, TimeInForce"]),
    ]);
    assert!(desk.side(Side::Buy).is_empty());
}

/// `joaquinbejar/OrderBook-rs#88`: a partial fill sent the resting order to the back of its queue.
#[test]
fn orderbook_rs_88_a_partial_fill_keeps_its_place() {
    plain(&[
        ("sell 1: 5 @ 101", &["1 accepted 5 @ 101"]),
        ("sell 2: 5 @ 101", &["2 accepted 5 @ 101"]),
        ("buy 3: 2 @ 101", &["3 buys 2 @ 101, 0 left; 1 has 3 left"]),
        ("buy 4: 2 @ 101", &["4 buys 2 @ 101, 0 left; 1 has 1 left"]),
    ]);
}

/// `joaquinbejar/OrderBook-rs#94`: self-trade prevention went through a hash map.
#[test]
fn orderbook_rs_94_own_orders_go_in_the_order_of_the_queue() {
    says(
        SelfTrade::CancelOldest,
        &[
            ("sell 1/9: 1 @ 101", &["1/9 accepted 1 @ 101"]),
            ("sell 2/1: 1 @ 101", &["2/1 accepted 1 @ 101"]),
            ("sell 1/2: 1 @ 101", &["1/2 accepted 1 @ 101"]),
            ("sell 1/1: 1 @ 101", &["1/1 accepted 1 @ 101"]),
            (
                "buy 1/20: 2 @ 101",
                &[
                    "1/9 cancelled 1, SelfTrade",
                    "1/20 buys 1 @ 101, 1 left; 2/1 has 0 left",
                    "1/2 cancelled 1, SelfTrade",
                    "1/1 cancelled 1, SelfTrade",
                    "1/20 accepted 1 @ 101",
                ],
            ),
        ],
    );
}

/// `joaquinbejar/OrderBook-rs#222`: self-trade prevention acted on orders that the incoming one would not reach.
#[test]
fn orderbook_rs_222_own_orders_out_of_reach_stay() {
    for rule in
        [SelfTrade::CancelNewest, SelfTrade::CancelOldest, SelfTrade::CancelBoth, SelfTrade::Decrement]
    {
        says(
            rule,
            &[
                ("sell 2/1: 5 @ 101", &["2/1 accepted 5 @ 101"]),
                ("sell 1/1: 5 @ 101", &["1/1 accepted 5 @ 101"]),
                ("sell 1/2: 5 @ 102", &["1/2 accepted 5 @ 102"]),
                ("buy 1/3: 5 @ 101", &["1/3 buys 5 @ 101, 0 left; 2/1 has 0 left"]),
            ],
        );
    }
}

/// `minyukim/matchcore#167` and `geseq/orderbook#25`: a limit was not looked at again at the next level.
#[test]
fn matchcore_167_no_trade_beyond_the_limit() {
    plain(&[
        ("sell 1: 1 @ 101", &["1 accepted 1 @ 101"]),
        ("sell 2: 1 @ 102", &["2 accepted 1 @ 102"]),
        ("sell 3: 1 @ 103", &["3 accepted 1 @ 103"]),
        (
            "buy 4: 9 @ 102",
            &[
                "4 buys 1 @ 101, 8 left; 1 has 0 left",
                "4 buys 1 @ 102, 7 left; 2 has 0 left",
                "4 accepted 7 @ 102",
            ],
        ),
    ]);
}

/// `StockSharp/StockSharp#681`: a cancel inside a queue broke the order of the others.
#[test]
fn stocksharp_681_a_cancel_inside_a_queue_leaves_the_others_in_order() {
    let desk = plain(&[
        ("buy 1: 1 @ 99", &["1 accepted 1 @ 99"]),
        ("buy 2: 1 @ 99", &["2 accepted 1 @ 99"]),
        ("buy 3: 1 @ 99", &["3 accepted 1 @ 99"]),
        ("cancel 2", &["2 cancelled 1, Requested"]),
        ("buy 4: 1 @ 99", &["4 accepted 1 @ 99"]),
    ]);
    assert_eq!(desk.side(Side::Buy), ["1: 1 @ 99", "3: 1 @ 99", "4: 1 @ 99"]);
}

/// `robaho/cpp_orderbook#2`, `Kodoh/Orderbook#17`, `fmstephe/matching_engine#11`: trades at other prices than the
/// resting order's. `solarpx/limitbook#1`: a partial fill did not make it smaller.
#[test]
fn cpp_orderbook_2_trades_are_at_the_resting_price_and_make_it_smaller() {
    let desk = plain(&[
        ("buy 1: 9 @ 104 hidden", &["1 accepted 9 @ 104"]),
        ("sell 2: 4 @ 95", &["2 sells 4 @ 104, 0 left; 1 has 5 left"]),
        ("sell 3: 4 @ market", &["3 sells 4 @ 104, 0 left; 1 has 1 left"]),
        ("sell 4: 4 @ market", &["4 sells 1 @ 104, 3 left; 1 has 0 left", "4 cancelled 3, TimeInForce"]),
    ]);
    assert!(desk.side(Side::Buy).is_empty());
}

/// `joaquinbejar/hft-clob-core#59`: a modify that crosses rested, and the book was crossed.
#[test]
fn hft_clob_core_59_a_replace_that_crosses_trades() {
    plain(&[
        ("buy 1: 5 @ 99 peak 2", &["1 accepted 5 @ 99"]),
        ("sell 2: 5 @ 101 hidden", &["2 accepted 5 @ 101"]),
        ("replace 1: 9 @ 102", &["1 buys 5 @ 101, 4 left; 2 has 0 left", "1 accepted 4 @ 102"]),
    ]);
}

/// `melin-engine/melin#2`: each stop of a cascade waited for the next message.
#[test]
fn melin_2_a_cascade_of_stops_is_over_with_the_message() {
    let desk = plain(&[
        ("buy 1: 5 @ 99", &["1 accepted 5 @ 99"]),
        ("buy 2: 5 @ 98", &["2 accepted 5 @ 98"]),
        ("buy 3: 5 @ 97", &["3 accepted 5 @ 97"]),
        ("sell 10: 5 @ market stop 99", &["10 accepted 5 @ 99"]),
        ("sell 11: 5 @ market stop 98", &["11 accepted 5 @ 98"]),
        (
            "sell 4: 5 @ 99",
            &[
                "4 sells 5 @ 99, 0 left; 1 has 0 left",
                "10 triggered, 5",
                "10 sells 5 @ 98, 0 left; 2 has 0 left",
                "11 triggered, 5",
                "11 sells 5 @ 97, 0 left; 3 has 0 left",
            ],
        ),
    ]);
    assert!(desk.0.held().is_empty());
}

/// The same a hundred thousand stops long: no recursion, whatever its length.
#[test]
fn a_cascade_of_any_length_takes_no_stack() {
    const LONG: u32 = 100_000;
    let (index, mut told) = (&mut Orders::new(3).unwrap(), 0);
    let mut market = Market::<Ladder>::new(MarketRules::new(Price(i64::from(LONG) + 10)), StreamKey::root(1));

    let id = |agent, n| OrderId::new(AgentId(agent), n);
    for n in 1..=LONG {
        let price = Price(n.into());
        let buy = Order::limit(BookId(0), Side::Buy, Qty(1), price);
        market.submit(Time::ZERO, id(0, n), &buy, index, &mut |_, _| {});
        let stop = Order::market(BookId(0), Side::Sell, Qty(1));
        market.submit_with(Time::ZERO, id(1, n), &stop, &Terms::stop(price), index, &mut |_, _| {});
    }
    let sell = Order::market(BookId(0), Side::Sell, Qty(1));
    market.submit(Time::ZERO, id(2, 0), &sell, index, &mut |_, what| {
        told += u32::from(matches!(what, Told::Trade { .. }));
    });
    assert_eq!((told, market.top().0, market.last()), (LONG, None, Price(1)));
}

/// `KangOxford/AlphaTrade#49`: a sweep over several levels ended after one fill.
#[test]
fn alphatrade_49_a_sweep_goes_through_icebergs_hidden_orders_and_levels() {
    plain(&[
        ("sell 1: 4 @ 101 peak 2", &["1 accepted 4 @ 101"]),
        ("sell 2: 1 @ 101 hidden", &["2 accepted 1 @ 101"]),
        ("sell 3: 1 @ 102", &["3 accepted 1 @ 102"]),
        (
            "buy 4: 6 @ market",
            &[
                "4 buys 2 @ 101, 4 left; 1 has 2 left",
                "4 buys 2 @ 101, 2 left; 1 has 0 left",
                "4 buys 1 @ 101, 1 left; 2 has 0 left",
                "4 buys 1 @ 102, 0 left; 3 has 0 left",
            ],
        ),
    ]);
}

/// `nkaz001/hftbacktest#316`: an order that was filled exactly stayed. `nautechsystems/nautilus_trader#2564`: two
/// orders were filled by the same quantity.
#[test]
fn hftbacktest_316_what_has_traded_is_gone() {
    let desk = plain(&[
        ("sell 1: 5 @ 101 peak 5", &["1 accepted 5 @ 101"]),
        ("buy 2: 5 @ 101", &["2 buys 5 @ 101, 0 left; 1 has 0 left"]),
        ("buy 3: 5 @ 101", &["3 accepted 5 @ 101"]),
        ("cancel 1", &["1 rejected TooLate"]),
        ("cancel 2", &["2 rejected TooLate"]),
    ]);
    assert_eq!(desk.side(Side::Buy), ["3: 5 @ 101"]);
}

/// `nautechsystems/nautilus_trader#4370`: the cancel of one order cleared all that was before another.
#[test]
fn nautilus_4370_a_cancel_takes_only_its_own_order_from_what_is_ahead() {
    let mut desk = plain(&[
        ("buy 1: 5 @ 99", &["1 accepted 5 @ 99"]),
        ("buy 2: 7 @ 99 peak 3", &["2 accepted 7 @ 99"]),
        ("buy 3: 1 @ 99", &["3 accepted 1 @ 99"]),
        ("buy 4: 2 @ 99 hidden", &["4 accepted 2 @ 99"]),
    ]);
    let ahead = |desk: &mut Desk<Ladder>, n| {
        let id = OrderId(n);
        desk.0.market.ahead(id, &desk.0.index).map(|ahead| (ahead.orders, ahead.qty.0))
    };
    assert_eq!([3, 4].map(|n| ahead(&mut desk, n)), [Some((2, 8)), Some((3, 9))]);
    desk.send("cancel 1");
    assert_eq!([3, 4].map(|n| ahead(&mut desk, n)), [Some((1, 3)), Some((2, 4))]);
    desk.send("sell 5: 3 @ 99"); // the next peak goes behind
    assert_eq!([3, 4].map(|n| ahead(&mut desk, n)), [Some((0, 0)), Some((2, 4))]);
}

/// Found in nanobook 0.19.3: six calls that never return.
#[test]
fn nanobook_a_cancel_after_a_fill_takes_the_right_order() {
    plain(&[
        ("sell 1: 10 @ 101", &["1 accepted 10 @ 101"]),
        ("sell 2: 10 @ 101", &["2 accepted 10 @ 101"]),
        ("sell 3: 10 @ 101", &["3 accepted 10 @ 101"]),
        ("buy 4: 10 @ 101", &["4 buys 10 @ 101, 0 left; 1 has 0 left"]),
        ("cancel 2", &["2 cancelled 10, Requested"]),
        ("buy 5: 10 @ 101", &["5 buys 10 @ 101, 0 left; 3 has 0 left"]),
    ]);
}

/// Found in bourse-book 0.4.0: the second of two orders at one price and time overwrote the first.
#[test]
fn bourse_two_orders_at_one_price_and_time() {
    let desk = plain(&[
        ("sell 1: 1 @ 101 hidden", &["1 accepted 1 @ 101"]),
        ("sell 2: 1 @ 101 hidden", &["2 accepted 1 @ 101"]),
        ("sell 3: 1 @ market stop 95", &["3 accepted 1 @ 95"]),
        ("sell 4: 1 @ market stop 95", &["4 accepted 1 @ 95"]),
    ]);
    assert_eq!((desk.0.hidden(Side::Sell).len(), desk.0.held().len()), (2, 2));
}
