//! A market by itself, as another simulator or a backtester embeds it: its feeds, its clock, what it can be asked. Nothing
//! is imported but this crate.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use std::collections::BTreeSet;

use prism_book::auction::Clearing;
use prism_book::day::{BandWidth, BandsRules, CorridorRules, Day, LimitState, LotRule, Stage, TickTable};
use prism_book::feed::{LevelCopy, LevelFeed, OrderCopy, OrderFeed};
use prism_book::{
    AgentId, BookAction, BookEngine, BookId, CancelReason, DayRules, Expiry, Ladder, Market, MarketRules,
    Naive, NoMemory, Order, OrderId, Orders, Phase, Price, Qty, Reject, Side, Span, StreamKey, Terms, Tif,
    Time, Told, Watched,
};
use support::market::engine::Engine;
use support::market::fast::Fast;
use support::market::{Step, days, random};

const BOOK: BookId = BookId(0);
const KEY: StreamKey = StreamKey::root(7);

fn id(agent: u32, counter: u32) -> OrderId {
    OrderId::new(AgentId(agent), counter)
}

fn at(secs: i64) -> Time {
    Time::ZERO + Span::secs(secs)
}

/// A market with its index, and what it tells.
struct Desk<B = Ladder> {
    market: Market<B>,
    index: Orders,
    tape: Vec<Told>,
}

impl<B: BookEngine> Desk<B> {
    fn new(rules: MarketRules, day: Option<DayRules>) -> Desk<B> {
        let market = Market::new(rules, KEY);
        let market = day.map_or(Ok(market.clone()), |day| market.with_day(day)).unwrap();
        Desk { market, index: Orders::new(4).unwrap(), tape: Vec::new() }
    }

    fn send(&mut self, now: Time, id: OrderId, order: Order, terms: &Terms) {
        let tape = &mut self.tape;
        self.market.submit_with(now, id, &order, terms, &mut self.index, &mut |_, told| tape.push(told));
    }

    fn limit(&mut self, now: Time, id: OrderId, side: Side, qty: u64, price: i64) {
        self.send(now, id, Order::limit(BOOK, side, Qty(qty), Price(price)), &Terms::default());
    }

    fn advance(&mut self, now: Time) {
        let tape = &mut self.tape;
        self.market.advance(now, &mut self.index, &mut |_, told| tape.push(told));
    }
}

fn stage(phase: Phase, from: i64) -> Stage {
    Stage { phase, from: Span::secs(from), random_end: Span::ZERO }
}

/// 1000 seconds: an opening call at 100, continuous from 200 on, closed at 900.
fn day() -> DayRules {
    let stages = [stage(Phase::Opening, 100), stage(Phase::Continuous, 200), stage(Phase::Closed, 900)];
    DayRules::new(Day::new(Span::secs(1_000), &stages).unwrap(), Time::ZERO)
}

fn bands() -> BandsRules {
    BandsRules {
        widths: vec![(Price::MIN, BandWidth::Bp(500))],
        window: Span::secs(300),
        moves: 100,
        patience: Span::secs(15),
        pause: Span::secs(60),
    }
}

#[test]
fn copies_made_of_the_events_are_the_book_after_each_message() {
    let all = random::all_rules();
    let mut actions = BTreeSet::new();
    let mut phases = BTreeSet::new();
    for n in 0..60 {
        let mut stream = StreamKey::root(n).child("copies").stream();
        let rules = &all[usize::try_from(n).unwrap() % all.len()];
        let with_day = n % 3 > 0;
        let day = days::next_day(&mut stream);
        let rules = if with_day { days::suited(rules, &day.rules) } else { rules.clone() };
        let mut fast = <Fast<Watched<Ladder>> as Engine>::new(&rules, KEY);
        if with_day {
            fast = Engine::with_day(fast, &day.rules);
        }
        // Whoever comes late begins with a snapshot.
        let late = 40;
        let (mut orders, mut levels) = (OrderFeed::default(), LevelFeed::default());
        let (mut order_copy, mut level_copy) = (OrderCopy::<Naive>::default(), LevelCopy::default());
        let mut now = Time::ZERO;
        for step in 0..300 {
            if step == late {
                fast.market.watch(true);
                order_copy = OrderCopy::new(&orders.snapshot(fast.market.book())).unwrap();
                level_copy = LevelCopy::new(&levels.snapshot(fast.market.book(), None));
            }
            let Step { after, message } =
                if with_day { days::next_step(&mut stream) } else { random::next(&mut stream) };
            now += after;
            message.send(now, &mut fast);
            phases.insert(format!("{:?}", fast.market.phase()));
            let mut events = Vec::new();
            fast.market.drain_events(BOOK, &mut |event| events.push(event));
            if step < late {
                assert!(events.is_empty(), "nobody watches");
                continue;
            }
            levels.publish(fast.market.book(), &events, &mut |update| level_copy.apply(&update).unwrap());
            for event in events {
                actions.insert(format!("{:?}", event.action));
                order_copy.apply(&orders.publish(event)).unwrap();
            }
            for side in Side::BOTH {
                assert!(level_copy.levels(side).eq(fast.market.levels(side)), "{rules:?} {message:?}");
                let there = fast.market.book().orders(side).map(|(_, order)| order);
                let copied = order_copy.book().orders(side).map(|(_, order)| order);
                assert!(copied.eq(there), "{rules:?} {message:?}");
            }
        }
    }
    let all =
        [BookAction::Add, BookAction::Execute, BookAction::Reduce, BookAction::Delete, BookAction::Replace];
    assert!(all.iter().all(|action| actions.contains(&format!("{action:?}"))), "{actions:?}");
    assert_eq!(phases.len(), 7, "{phases:?}");
}

#[test]
fn what_was_due_is_told_with_its_times() {
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), Some(day()));
    let order = Order::limit(BOOK, Side::Buy, Qty(5), Price(99));
    desk.send(at(100), id(0, 0), order, &Terms::default().expires(Expiry::At { time: at(250) }));
    let mut tape = Vec::new();
    desk.market.catch_up(at(950), &mut desk.index, &mut |_, time, told| tape.push((time, told)));
    let phase = |from, to| Told::Phase { from, to };
    let gone = Told::Cancelled { id: id(0, 0), left: Qty(5), why: CancelReason::Expired };
    assert_eq!(
        tape,
        [
            (at(200), phase(Phase::Opening, Phase::Continuous)),
            (at(250), gone),
            (at(900), phase(Phase::Continuous, Phase::Closed)),
        ]
    );
    assert_eq!(desk.market.next_due(), Some(at(1_000)), "the day ends");
}

/// It is the same market that everything comes due in at once, or one time after another.
#[test]
fn time_may_pass_at_once() {
    let all = random::all_rules();
    let mut told = 0;
    for n in 0..40 {
        let mut stream = StreamKey::root(n).child("times").stream();
        let day = days::next_day(&mut stream);
        let rules = days::suited(&all[usize::try_from(n).unwrap() % all.len()], &day.rules);
        let mut fast = Engine::with_day(<Fast<Ladder> as Engine>::new(&rules, KEY), &day.rules);
        let mut now = Time::ZERO;
        for _ in 0..200 {
            let step = days::next_step(&mut stream);
            let mut other = fast.clone();
            let (mut tape, mut last) = (Vec::new(), now);
            now += step.after;
            other.market.catch_up(now, &mut other.index, &mut |_, time, told| {
                assert!(last <= time && time <= now, "{last:?} {time:?} {now:?}");
                last = time;
                tape.push(told);
            });
            assert_eq!(fast.advance(now), tape, "{step:?}");
            assert_eq!(fast.digest(), other.digest(), "{step:?}");
            told += tape.len();
            step.message.send(now, &mut fast);
        }
    }
    assert!(told > 1_000, "{told}");
}

#[test]
fn the_next_phase_is_known() {
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), Some(day()));
    assert_eq!(desk.market.next_phase(), Some((at(100), Phase::Opening)));
    desk.advance(at(150));
    assert_eq!(desk.market.next_phase(), Some((at(200), Phase::Continuous)));
    desk.advance(at(300));
    assert_eq!(desk.market.next_phase(), Some((at(900), Phase::Closed)));
    let tape = &mut desk.tape;
    desk.market.halt(at(300), Span::secs(60), &mut desk.index, &mut |_, told| tape.push(told));
    assert_eq!(desk.market.next_phase(), Some((at(360), Phase::Volatility)));
    assert_eq!(Market::<Ladder>::new(MarketRules::new(Price(100)), KEY).next_phase(), None);
    let for_ever = Day::new(Span::MAX, &[stage(Phase::Continuous, 0)]).unwrap();
    let rules = Some(DayRules::new(for_ever, Time::ZERO));
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), rules);
    desk.advance(at(1));
    assert_eq!((desk.market.phase(), desk.market.next_phase()), (Phase::Continuous, None));
}

#[test]
fn the_result_of_a_running_call_is_known() {
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), Some(day()));
    desk.advance(at(100));
    desk.limit(at(101), id(0, 0), Side::Buy, 7, 101);
    assert_eq!(desk.market.indicative(), None, "nothing would trade");
    desk.limit(at(102), id(1, 0), Side::Sell, 5, 101);
    assert_eq!(desk.market.indicative(), Some(Clearing { price: Price(101), volume: 5, surplus: 2 }));
    desk.advance(at(200));
    assert_eq!((desk.market.indicative(), desk.market.last()), (None, Price(101)));
}

#[test]
fn bands_and_limit_states_are_known() {
    let ticks = TickTable::new(&[(Price(90), 10)]).unwrap();
    let rules = MarketRules { ticks, ..MarketRules::new(Price(1_010)) };
    let mut desk = Desk::<Ladder>::new(rules, Some(day().bands(bands())));
    desk.advance(at(150));
    assert_eq!((desk.market.bands(), desk.market.limit_state()), (None, None), "no continuous trading");
    desk.advance(at(200));
    // 5 % of 1010 are 51 ticks: from 959 to 1061.
    assert_eq!(desk.market.bands(), Some((Price(960), Price(1_060))));
    desk.limit(at(210), id(0, 0), Side::Buy, 5, 2_000);
    assert_eq!(desk.market.limit_state(), Some((LimitState::Up, at(210), at(225))));
    desk.advance(at(225));
    assert_eq!((desk.market.phase(), desk.market.limit_state()), (Phase::Halted, None));
}

#[test]
fn the_corridor_is_known() {
    let rules = CorridorRules { dynamic: Some(200), statics: None };
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(1_000)), Some(day().corridor(rules)));
    desk.advance(at(199));
    assert_eq!(desk.market.corridor(), None);
    desk.advance(at(200));
    assert_eq!(desk.market.corridor(), Some((Price(980), Price(1_020))));
    desk.limit(at(201), id(0, 0), Side::Sell, 5, 1_010);
    desk.limit(at(201), id(1, 0), Side::Buy, 5, 1_010);
    assert_eq!(desk.market.corridor(), Some((Price(990), Price(1_030))), "around the last price");
}

#[test]
fn an_agents_orders_are_known_wherever_they_are() {
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), None);
    let order = |side, qty, price| Order::limit(BOOK, side, Qty(qty), Price(price));
    desk.send(at(0), id(1, 7), order(Side::Buy, 5, 99), &Terms::default());
    desk.send(at(0), id(1, 2), order(Side::Buy, 30, 98), &Terms::peak(Qty(10)));
    desk.send(at(0), id(1, 5), Order::market(BOOK, Side::Sell, Qty(4)), &Terms::stop(Price(95)));
    desk.send(at(0), id(1, 3), order(Side::Sell, 6, 103), &Terms::hidden());
    desk.send(at(0), id(2, 1), order(Side::Sell, 1, 105), &Terms::default());
    let known: Vec<_> = desk
        .market
        .orders_of(AgentId(1), &desk.index)
        .into_iter()
        .map(|(id, open)| (id.counter(), open.side, open.price.0, open.left.0, open.displayed.0, open.held))
        .collect();
    let all = [
        (2, Side::Buy, 98, 30, 10, false),
        (3, Side::Sell, 103, 6, 0, false),
        (5, Side::Sell, 95, 4, 0, true),
        (7, Side::Buy, 99, 5, 5, false),
    ];
    assert_eq!(known, all);
    assert!(desk.market.orders_of(AgentId(3), &desk.index).is_empty());
    // One index for two markets: each knows its own orders.
    let other = Market::<Ladder>::new(MarketRules::new(Price(100)), KEY);
    assert!(other.orders_of(AgentId(1), &desk.index).is_empty());
}

/// As the documentation of `Orders` says.
#[test]
fn strangers_and_made_up_counters_find_no_place() {
    let mut desk = Desk::<Ladder>::new(MarketRules::new(Price(100)), None);
    desk.limit(at(0), id(0, 0), Side::Sell, 5, 100);
    let stranger = id(9, 0);
    let sell = Told::Trade {
        maker: id(0, 0),
        taker: stranger,
        aggressor: Side::Buy,
        price: Price(100),
        qty: Qty(2),
        maker_left: Qty(3),
        taker_left: Qty::ZERO,
    };
    desk.tape.clear();
    desk.send(
        at(0),
        stranger,
        Order::limit(BOOK, Side::Buy, Qty(2), Price(100)).tif(Tif::Ioc),
        &Terms::default(),
    );
    assert_eq!(desk.tape, [sell], "it needs no place");
    desk.tape.clear();
    desk.limit(at(0), stranger, Side::Buy, 2, 99);
    assert_eq!(desk.tape, [Told::Cancelled { id: stranger, left: Qty(2), why: CancelReason::Venue }]);
    desk.tape.clear();
    desk.send(at(0), stranger, Order::limit(BOOK, Side::Buy, Qty(2), Price(99)), &Terms::hidden());
    assert_eq!(desk.tape, [Told::Rejected { id: stranger, why: Reject::NotYours, open: false }]);
    desk.tape.clear();
    desk.limit(at(0), id(0, 1 << 31), Side::Buy, 2, 99);
    assert_eq!(desk.tape, [Told::Cancelled { id: id(0, 1 << 31), left: Qty(2), why: CancelReason::Venue }]);
    let no_memory: Option<NoMemory> = Orders::new(2).err();
    assert!(no_memory.is_none());
}

#[test]
fn odd_lots_are_displayed_in_a_market() {
    let lots = LotRule::new(Qty(100), true).unwrap();
    let mut desk = Desk::<Ladder>::new(MarketRules { lots, ..MarketRules::new(Price(100)) }, None);
    desk.limit(at(0), id(0, 0), Side::Buy, 60, 101);
    assert_eq!(desk.market.top().0.map(|level| (level.price, level.qty)), Some((Price(101), Qty(60))));
}
