//! The trading day of a market through the public API: the phases in their order, and what each safeguard does.
#![allow(clippy::unwrap_used)]

use prism_book::auction;
use prism_book::day::{BandsRules, CorridorRules, Day, Stage};
use prism_book::market::Limits;
use prism_book::{
    AgentId, BookId, CallTime, Collar, DayRules, Expiry, Ladder, Market, MarketRules, Order, OrderId, Orders,
    Phase, Price, Qty, Reject, Session, Side, Span, StreamKey, Terms, Tif, Time, Told,
};

/// A market with a day, and what it has told.
struct Pit {
    market: Market<Ladder>,
    index: Orders,
    told: Vec<Told>,
}

fn id(n: u32) -> OrderId {
    OrderId::new(AgentId(n % 8), n)
}

fn secs(n: i64) -> Time {
    Time::ZERO + Span::secs(n)
}

impl Pit {
    fn new(rules: DayRules) -> Pit {
        let market = Market::new(MarketRules::new(Price(10_000)), StreamKey::root(1));
        Pit { market: market.with_day(rules).unwrap(), index: Orders::new(8).unwrap(), told: Vec::new() }
    }

    fn at(&mut self, now: Time) -> Vec<Told> {
        self.market.advance(now, &mut self.index, &mut |_, told| self.told.push(told));
        self.market.check().unwrap();
        std::mem::take(&mut self.told)
    }

    fn send(&mut self, now: Time, n: u32, order: &Order, terms: &Terms) -> Vec<Told> {
        let tell = &mut |_: &mut Orders, told| self.told.push(told);
        self.market.submit_with(now, id(n), order, terms, &mut self.index, tell);
        self.market.check().unwrap();
        std::mem::take(&mut self.told)
    }

    fn limit(&mut self, now: Time, n: u32, side: Side, qty: u64, price: i64) -> Vec<Told> {
        self.send(now, n, &Order::limit(BookId(0), side, Qty(qty), Price(price)), &Terms::default())
    }

    fn market(&mut self, now: Time, n: u32, side: Side, qty: u64) -> Vec<Told> {
        self.send(now, n, &Order::market(BookId(0), side, Qty(qty)), &Terms::default())
    }
}

fn day() -> Day {
    let (secs, none) = (Span::secs, Span::ZERO);
    Day::with_calls(secs(1_000), (secs(100), secs(200)), (secs(700), secs(800)), none).unwrap()
}

fn phase(from: Phase, to: Phase) -> Told {
    Told::Phase { from, to }
}

fn fills(told: &[Told]) -> Vec<(u32, u32, i64, u64)> {
    let crossed = |told: &Told| match *told {
        Told::Crossed { buy, sell, price, qty, .. } => Some((buy.counter(), sell.counter(), price.0, qty.0)),
        _ => None,
    };
    told.iter().filter_map(crossed).collect()
}

#[test]
fn a_day_goes_from_call_to_call_and_everyone_trades_at_one_price() {
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    let told = pit.limit(secs(1), 0, Side::Buy, 10, 10_000);
    assert_eq!(told, [Told::Rejected { id: id(0), why: Reject::Closed, open: false }]);
    assert_eq!(pit.at(secs(100)), [phase(Phase::Closed, Phase::Opening)]);
    // E1 of the rules of the auction: 100, 600 lots, surplus 300.
    let bids = [(200, 10_002), (300, 10_001), (400, 10_000), (200, 9_999)];
    let asks = [(300, 9_998), (300, 10_000), (400, 10_001), (200, 10_003)];
    for (n, (qty, price)) in (10..).zip(bids) {
        pit.limit(secs(110), n, Side::Buy, qty, price);
    }
    let mut last = Vec::new();
    for (n, (qty, price)) in (20..).zip(asks) {
        last = pit.limit(secs(120), n, Side::Sell, qty, price);
    }
    assert_eq!(last.len(), 1, "the last ask changes nothing of the result: {last:?}");
    let told = pit.at(secs(200));
    let result = Told::Uncrossed { price: Price(10_000), volume: Qty(600), surplus: 300 };
    assert_eq!(told[..2], [phase(Phase::Opening, Phase::Continuous), result]);
    let expected = [(10, 20, 200), (11, 20, 100), (11, 21, 200), (12, 21, 100)];
    assert_eq!(fills(&told), expected.map(|(buy, sell, qty)| (buy, sell, 10_000, qty)));
    let (bid, ask) = pit.market.top();
    assert_eq!((bid.unwrap().price, bid.unwrap().qty), (Price(10_000), Qty(300)));
    assert_eq!((ask.unwrap().price, pit.market.last()), (Price(10_001), Price(10_000)));
    assert_eq!(pit.at(secs(700)), [phase(Phase::Continuous, Phase::Closing)]);
    assert_eq!(pit.at(secs(800)), [phase(Phase::Closing, Phase::Closed)]);
    assert_eq!(pit.market.next_due(), Some(secs(1_000)));
}

#[test]
fn market_and_session_orders_wait_for_their_call_and_leave_after_it() {
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    pit.at(secs(200));
    let close = Order::limit(BookId(0), Side::Buy, Qty(5), Price(10_010));
    let told = pit.send(secs(300), 1, &close, &Terms::default().session(Session::AtClose));
    assert_eq!(told, [Told::Accepted { id: id(1), price: Price(10_010), left: Qty(5) }]);
    pit.limit(secs(310), 2, Side::Sell, 8, 10_020);
    assert_eq!(pit.market.top().0, None, "it is held");
    let told = pit.at(secs(700));
    assert_eq!(
        told,
        [
            phase(Phase::Continuous, Phase::Closing),
            Told::Accepted { id: id(1), price: Price(10_010), left: Qty(5) }
        ]
    );
    let told = pit.market(secs(710), 3, Side::Buy, 6);
    let accepted = Told::Accepted { id: id(3), price: Price::MAX, left: Qty(6) };
    let indicative = Told::Indicative { price: Price(10_020), volume: Qty(6), surplus: -2 };
    assert_eq!(told, [accepted, indicative]);
    let told = pit.at(secs(800));
    assert_eq!(fills(&told), [(3, 2, 10_020, 6)]);
    let gone = Told::Cancelled { id: id(1), left: Qty(5), why: prism_book::CancelReason::TimeInForce };
    assert_eq!(told.last(), Some(&gone));
}

#[test]
fn day_orders_end_with_the_day_and_stops_look_at_the_price_of_the_call() {
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    pit.at(secs(100));
    let order = Order::limit(BookId(0), Side::Buy, Qty(5), Price(9_000));
    pit.send(secs(110), 1, &order, &Terms::default().expires(Expiry::Day));
    let stop = Order::market(BookId(0), Side::Buy, Qty(2));
    let told = pit.send(secs(120), 2, &stop, &Terms::stop(Price(10_000)));
    assert!(matches!(told[..], [Told::Accepted { .. }]), "in a call it is held: {told:?}");
    pit.limit(secs(130), 3, Side::Sell, 9, 10_005);
    let told = pit.at(secs(200));
    assert!(told.contains(&Told::Triggered { id: id(2), left: Qty(2) }), "{told:?}");
    assert_eq!(pit.market.last(), Price(10_005));
    let told = pit.at(secs(800));
    let gone = Told::Cancelled { id: id(1), left: Qty(5), why: prism_book::CancelReason::Expired };
    assert_eq!(told.last(), Some(&gone));
    assert_eq!(pit.market.top().1.unwrap().qty, Qty(7), "good till cancelled");
}

#[test]
fn a_trade_outside_the_corridor_interrupts_before_it_happens() {
    let corridor = CorridorRules { dynamic: Some(100), statics: None };
    let call = CallTime { length: Span::secs(50), random_end: Span::ZERO };
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO).corridor(corridor).volatility(call));
    pit.at(secs(200));
    for (n, price) in [(1, 10_050), (2, 10_100), (3, 10_101)] {
        pit.limit(secs(210), n, Side::Sell, 1, price);
    }
    let told = pit.market(secs(300), 4, Side::Buy, 5);
    let prices: Vec<_> = told
        .iter()
        .filter_map(|told| if let Told::Trade { price, .. } = told { Some(price.0) } else { None })
        .collect();
    assert_eq!(prices, [10_050, 10_100]);
    assert_eq!(
        told[2..],
        [
            phase(Phase::Continuous, Phase::Volatility),
            Told::Accepted { id: id(4), price: Price::MAX, left: Qty(3) },
            Told::Indicative { price: Price(10_101), volume: Qty(1), surplus: 2 }
        ]
    );
    let told = pit.at(secs(350));
    assert_eq!(fills(&told), [(4, 3, 10_101, 1)]);
    assert_eq!(pit.market.phase(), Phase::Continuous);
}

#[test]
fn a_limit_state_of_fifteen_seconds_pauses_and_a_call_opens_again() {
    let rules = DayRules::new(day(), Time::ZERO).bands(BandsRules::luld_tier_1(100));
    let mut pit = Pit::new(rules);
    pit.at(secs(200));
    pit.limit(secs(210), 1, Side::Sell, 1, 10_600);
    let told = pit.limit(secs(220), 2, Side::Buy, 5, 10_700);
    assert_eq!(told, [Told::Accepted { id: id(2), price: Price(10_500), left: Qty(5) }], "at the band");
    assert_eq!(pit.market.next_due(), Some(secs(235)));
    assert_eq!(pit.at(Time::from_nanos(secs(235).nanos() - 1)), []);
    assert_eq!(pit.at(secs(235)), [phase(Phase::Continuous, Phase::Halted)]);
    let told = pit.limit(secs(240), 3, Side::Sell, 1, 10_000);
    assert_eq!(told, [Told::Rejected { id: id(3), why: Reject::Closed, open: false }]);
    assert_eq!(pit.at(secs(535)), [phase(Phase::Halted, Phase::Volatility)]);
    pit.limit(secs(540), 4, Side::Sell, 5, 10_300);
    let told = pit.at(secs(690));
    assert_eq!(fills(&told).len(), 1);
    assert_eq!(pit.market.phase(), Phase::Continuous);
}

#[test]
fn a_collar_keeps_a_call_going() {
    let collar = Collar { bp: 100, extension: Span::secs(30), extensions: 2 };
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO).collar(collar));
    pit.at(secs(100));
    pit.limit(secs(110), 1, Side::Sell, 1, 10_150);
    pit.limit(secs(110), 2, Side::Buy, 1, 10_150);
    assert_eq!(pit.at(secs(200)), [], "1.5 % away");
    assert_eq!((pit.market.phase(), pit.market.next_due()), (Phase::Opening, Some(secs(230))));
    let told = pit.at(secs(230));
    assert_eq!(fills(&told), [(2, 1, 10_150, 1)], "within 2 %");
}

#[test]
fn a_batch_is_uncrossed_in_every_interval() {
    let day = Day::new(
        Span::secs(1_000),
        &[Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO }],
    );
    let rules = auction::Rules { allocation: auction::Allocation::ProRata, ..auction::Rules::default() };
    let mut pit = Pit::new(DayRules::new(day.unwrap(), Time::ZERO).batch(Span::secs(1)).auction(rules));
    pit.at(secs(0));
    let half = |n: i64| secs(n) + Span::millis(500);
    for (n, qty) in [(1, 30), (2, 10)] {
        pit.limit(half(0), n, Side::Buy, qty, 10_000);
    }
    let told = pit.send(
        half(0),
        3,
        &Order::limit(BookId(0), Side::Sell, Qty(20), Price(9_990)).tif(Tif::Ioc),
        &Terms::default(),
    );
    assert!(matches!(told[..], [Told::Accepted { .. }]), "{told:?}");
    assert_eq!(fills(&pit.at(secs(1))), [(1, 3, 10_000, 15), (2, 3, 10_000, 5)]);
    assert_eq!(fills(&pit.at(secs(2))), []);
    let refused = pit.send(
        half(2),
        4,
        &Order::limit(BookId(0), Side::Buy, Qty(2), Price(1)),
        &Terms::hidden().min_qty(Qty(1)),
    );
    assert_eq!(refused, [Told::Rejected { id: id(4), why: Reject::BadTerms, open: false }]);
}

#[test]
fn an_iceberg_takes_part_with_its_whole_size() {
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    pit.at(secs(100));
    let iceberg = Order::limit(BookId(0), Side::Sell, Qty(30), Price(10_000));
    pit.send(secs(110), 1, &iceberg, &Terms::peak(Qty(5)));
    pit.limit(secs(111), 2, Side::Sell, 30, 10_000);
    pit.limit(secs(120), 3, Side::Buy, 40, 10_000);
    let told = pit.at(secs(200));
    assert_eq!(fills(&told), [(3, 1, 10_000, 30), (3, 2, 10_000, 10)]);
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    pit.at(secs(100));
    pit.send(secs(110), 1, &iceberg, &Terms::peak(Qty(5)));
    pit.limit(secs(120), 3, Side::Buy, 12, 10_000);
    pit.at(secs(200));
    let open = pit.market.open(id(1), &pit.index).unwrap();
    assert_eq!((open.left, open.displayed), (Qty(18), Qty(5)));
}

#[test]
fn halts_and_the_end_of_the_day_can_be_called_for() {
    let mut pit = Pit::new(DayRules::new(day(), Time::ZERO));
    pit.at(secs(200));
    pit.limit(secs(210), 1, Side::Buy, 5, 9_990);
    let tell = &mut |_: &mut Orders, told| pit.told.push(told);
    pit.market.halt(secs(220), Span::secs(60), &mut pit.index, tell);
    pit.market.cancel(secs(230), id(1), &mut pit.index, tell);
    pit.market.end_day(secs(240), &mut pit.index, tell);
    let told = std::mem::take(&mut pit.told);
    assert_eq!(told[0], phase(Phase::Continuous, Phase::Halted));
    assert!(matches!(told[1], Told::Cancelled { .. }));
    assert_eq!(told[2..], [phase(Phase::Halted, Phase::Closed)]);
    assert_eq!(pit.at(secs(999)), []);
    assert_eq!(pit.at(secs(1_100)), [phase(Phase::Closed, Phase::Opening)]);
}

#[test]
fn an_order_at_the_band_is_worth_no_more_than_others() {
    let limits = Limits { worth: 1_000_000, ..Limits::default() };
    let rules = MarketRules { limits, ..MarketRules::new(Price(10_000)) };
    let day = DayRules::new(day(), Time::ZERO).bands(BandsRules::luld_tier_1(100));
    let market = Market::new(rules, StreamKey::root(1)).with_day(day).unwrap();
    let mut pit = Pit { market, index: Orders::new(8).unwrap(), told: Vec::new() };
    pit.at(secs(200));
    let told = pit.limit(secs(210), 1, Side::Sell, 1_000_000, 1);
    assert_eq!(told, [Told::Rejected { id: id(1), why: Reject::BadQty, open: false }]);
}

#[test]
fn an_extended_volatility_call_lasts_until_its_end_whatever_the_clock_says() {
    let corridor = CorridorRules { dynamic: Some(100), statics: None };
    let collar = Collar { bp: 100, extension: Span::secs(300), extensions: 1 };
    let call = CallTime { length: Span::secs(120), random_end: Span::ZERO };
    let secs_of = Span::secs;
    let stage = |phase, from| Stage { phase, from: secs_of(from), random_end: Span::ZERO };
    let day = Day::new(secs_of(2_000), &[stage(Phase::Continuous, 0), stage(Phase::Closed, 1_000)]).unwrap();
    let rules = DayRules::new(day, Time::ZERO).corridor(corridor).collar(collar).volatility(call);
    let mut pit = Pit::new(rules);
    pit.at(secs(0));
    pit.limit(secs(10), 1, Side::Sell, 1, 10_500);
    let told = pit.market(secs(900), 2, Side::Buy, 1);
    assert!(told.contains(&phase(Phase::Continuous, Phase::Volatility)), "{told:?}");
    assert_eq!(pit.at(secs(1_299)), [], "the call goes on behind 1,000 s and 1,020 s");
    let told = pit.at(secs(1_300));
    assert_eq!(told[0], phase(Phase::Volatility, Phase::Closed));
    assert_eq!(fills(&told), [(2, 1, 10_500, 1)]);
}

#[test]
fn a_market_can_be_driven_to_the_end_of_time() {
    let far = Span::nanos(i64::MAX / 4);
    let day = Day::new(far, &[Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO }]);
    let mut pit = Pit::new(DayRules::new(day.unwrap(), Time::ZERO));
    assert!(pit.at(Time::MAX).len() < 20);
    assert_eq!(pit.at(Time::MAX), []);
}
