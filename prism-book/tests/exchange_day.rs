//! The trading day of an exchange, through the port that the kernel uses.
#![allow(clippy::unwrap_used)]

use prism_book::day::{BandWidth, BandsRules, BreakerRules, Day, Halt, HaltLevel, Stage};
use prism_book::venue::{Engine, Exchange, Fee, Fees};
use prism_book::{CallTime, DayRules, Phase};
use prism_core::digest::Digest;
use prism_core::market::{Consolidated, Level, Top};
use prism_core::msg::{CancelReason, Expiry, Order, Print, Reject, Report, Request, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, FeeRate, Instruments, OrderId, Price, Qty, Side, Span, Symbol,
    SymbolId, Time, VenueId,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};

const AGENTS: u32 = 4;
const A: BookId = BookId(0);
const B: BookId = BookId(1);

fn exchange() -> Exchange {
    let symbol = |name| Symbol::new(name).tick("0.01").start("100.00");
    Exchange::new("X").list(symbol("A")).list(symbol("B"))
}

fn at(secs: i64) -> Time {
    Time::ZERO + Span::secs(secs)
}

/// Opens with a call of a minute at 60 s, closes with one at 600 s.
fn day() -> DayRules {
    let secs = Span::secs;
    let day = Day::with_calls(secs(1_000), (secs(60), secs(120)), (secs(600), secs(660)), Span::ZERO);
    DayRules::new(day.unwrap(), Time::ZERO).volatility(CallTime { length: secs(30), random_end: Span::ZERO })
}

fn build(spec: &Exchange) -> Result<Box<dyn Venue>, VenueError> {
    let instruments = Instruments::build(&[("X".to_owned(), spec.symbols().to_vec())]).unwrap();
    spec.build(&VenuePlace {
        id: VenueId(0),
        instruments: &instruments,
        agents: AGENTS,
        key: StreamKey::root(1),
    })
}

/// An exchange that is driven as a kernel does.
struct Floor {
    venue: Box<dyn Venue>,
    out: VenueOut,
    timers: Vec<Time>,
    /// What was published.
    prints: Vec<(Time, Print)>,
    counter: u32,
}

impl Floor {
    fn new(spec: &Exchange) -> Floor {
        let venue = build(spec).unwrap();
        let mut floor =
            Floor { venue, out: VenueOut::new(), timers: Vec::new(), prints: Vec::new(), counter: 0 };
        floor.venue.open(Time::ZERO, &mut floor.out);
        floor.note(Time::ZERO);
        floor
    }

    fn note(&mut self, now: Time) -> Vec<Report> {
        self.timers.extend(self.out.timers());
        self.prints.extend(self.out.prints().iter().map(|print| (now, *print)));
        let reports = self.out.reports().collect();
        self.assert_conserved();
        reports
    }

    /// Rings every timer up to `until`.
    fn run(&mut self, until: Time) -> Vec<Report> {
        let mut reports = Vec::new();
        while let Some(next) = self.timers.iter().copied().filter(|timer| *timer <= until).min() {
            self.timers.retain(|timer| *timer > next);
            self.out.clear();
            self.venue.on_timer(next, &mut self.out);
            reports.extend(self.note(next));
        }
        reports
    }

    fn send(&mut self, now: Time, agent: u32, order: Order) -> (OrderId, Vec<Report>) {
        self.run(now);
        self.out.clear();
        self.counter += 1;
        let id = OrderId::new(AgentId(agent), self.counter);
        self.venue.handle(now, &Request::New { id, order }, &mut self.out);
        (id, self.note(now))
    }

    fn assert_conserved(&self) {
        let agents = || (0..AGENTS).map(AgentId);
        let cash: i128 = agents().map(|agent| i128::from(self.venue.cash(agent, CurrencyId(0)).0)).sum();
        assert_eq!(cash + self.venue.fees(CurrencyId(0)), 0);
        for symbol in [SymbolId(0), SymbolId(1)] {
            assert_eq!(agents().map(|agent| self.venue.position(agent, symbol)).sum::<i64>(), 0);
        }
    }

    fn phases(&self, of: BookId) -> Vec<(i64, Phase)> {
        let phase = |&(now, print): &(Time, Print)| match print {
            Print::Phase { book, phase } if book == of => Some((now.nanos() / 1_000_000_000, phase)),
            _ => None,
        };
        self.prints.iter().filter_map(phase).collect()
    }

    fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.venue.digest(&mut digest);
        digest.value()
    }
}

fn buy(book: BookId, qty: u64, price: i64) -> Order {
    Order::limit(book, Side::Buy, Qty(qty), Price(price))
}

fn sell(book: BookId, qty: u64, price: i64) -> Order {
    Order::limit(book, Side::Sell, Qty(qty), Price(price))
}

#[test]
fn a_day_goes_through_its_phases_and_its_calls_are_cleared() {
    for engine in [Engine::Ladder, Engine::Naive] {
        let fees = Fees::default().auctions(Fee::of_value(FeeRate::tenth_bps(10)));
        let mut floor = Floor::new(&exchange().day(day()).fee_schedule(fees).engine(engine));
        assert_eq!(floor.phases(A), [(0, Phase::Closed)], "the first phase is published");
        let (_, refused) = floor.send(at(1), 0, buy(A, 10, 10_000));
        assert!(matches!(refused[..], [Report::Rejected { why: Reject::Closed, .. }]));

        let (bid, _) = floor.send(at(61), 0, buy(A, 10, 10_010));
        assert_eq!(floor.venue.top(A).bid(), None, "nobody can trade with it");
        let (ask, _) = floor.send(at(62), 1, sell(A, 4, 9_990));
        let indicative = Print::Indicative { book: A, price: Price(10_010), volume: Qty(4), surplus: 6 };
        assert_eq!(floor.prints.last(), Some(&(at(62), indicative)));
        assert_eq!(floor.venue.top(A), Top::new(None, None, Price(10_000)), "in a call nothing is quoted");
        let mut levels = Vec::new();
        floor.venue.depth(A, Side::Buy, 5, &mut levels);
        assert!(levels.is_empty());

        let crossed = floor.run(at(120));
        let (price, qty, fee) = (Price(10_010), Qty(4), Cash(4));
        let filled = |id, left| Report::Filled { id, price, qty, left: Qty(left), fee, maker: false };
        assert_eq!(crossed, [filled(bid, 6), filled(ask, 0)]);
        assert_eq!(floor.venue.top(A).bid(), Some(Level { price, qty: Qty(6) }));
        assert_eq!(floor.venue.fees(CurrencyId(0)), 8, "4 lots at 100.10, a basis point from each side");
        floor.run(at(1_100));
        let phases =
            [(60, Phase::Opening), (120, Phase::Continuous), (600, Phase::Closing), (660, Phase::Closed)];
        assert_eq!(floor.phases(B)[1..5], phases);
        assert_eq!(floor.phases(B)[5..], [(1_060, Phase::Opening)], "and the next day");
    }
}

#[test]
fn a_breaker_halts_all_markets_and_ends_their_day() {
    let level = |fall, halt| HaltLevel { fall, halt };
    let levels = vec![level(200, Halt::For(Span::secs(100))), level(500, Halt::Day)];
    let rules = BreakerRules { levels, last: Span::secs(900) };
    let mut digests = Vec::new();
    for engine in [Engine::Ladder, Engine::Naive] {
        let mut floor = Floor::new(&exchange().day(day()).breaker(rules.clone()).engine(engine));
        floor.run(at(130));
        // The mean of both falls by 2 % when one of them falls by 4 %.
        floor.send(at(130), 0, buy(A, 1, 9_700));
        floor.send(at(131), 1, sell(A, 1, 9_700));
        assert_eq!(floor.phases(B).last(), Some(&(120, Phase::Continuous)), "1.5 %");
        floor.send(at(132), 0, buy(A, 1, 9_600));
        let (_, reports) = floor.send(at(133), 1, sell(A, 1, 9_600));
        assert!(matches!(reports[..], [Report::Filled { .. }, Report::Filled { .. }]));
        for book in [A, B] {
            assert_eq!(floor.phases(book).last(), Some(&(133, Phase::Halted)));
            let (_, refused) = floor.send(at(134), 0, buy(book, 1, 9_600));
            assert!(matches!(refused[..], [Report::Rejected { why: Reject::Closed, .. }]));
        }
        floor.run(at(300));
        assert_eq!(
            floor.phases(B)[3..],
            [(133, Phase::Halted), (233, Phase::Volatility), (263, Phase::Continuous)]
        );
        // Down by 10 % in one symbol: the day is over in both, and its orders go.
        let (id, order) = (OrderId::new(AgentId(2), 900), buy(B, 1, 5_000));
        let terms = Terms::default().expires(Expiry::Day);
        floor.out.clear();
        floor.venue.handle_with(at(300), id, &order, &terms, &mut floor.out);
        floor.note(at(300));
        floor.send(at(301), 0, buy(A, 1, 9_000));
        let (_, reports) = floor.send(at(302), 1, sell(A, 1, 9_000));
        let expired = Report::Cancelled { id, left: Qty(1), why: CancelReason::Expired };
        assert_eq!(reports.last(), Some(&expired));
        floor.run(at(999));
        assert_eq!(floor.phases(A)[6..], [(302, Phase::Closed)], "no closing call");
        floor.run(at(1_060));
        assert_eq!(floor.phases(A).last(), Some(&(1_060, Phase::Opening)), "the next day");
        digests.push(floor.digest());
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_limit_state_that_lasts_halts_and_a_call_opens_again() {
    let bands = BandsRules {
        widths: vec![(Price::MIN, BandWidth::Bp(100))],
        window: Span::secs(60),
        moves: 100,
        patience: Span::secs(15),
        pause: Span::secs(50),
    };
    let mut floor = Floor::new(&exchange().day(day().bands(bands)));
    floor.run(at(130));
    let (_, repriced) = floor.send(at(130), 0, buy(A, 5, 10_200));
    assert!(matches!(repriced[..], [Report::Accepted { price: Price(10_100), .. }]), "{repriced:?}");
    floor.run(at(230));
    let phases = [(145, Phase::Halted), (195, Phase::Volatility), (225, Phase::Continuous)];
    assert_eq!(floor.phases(A)[3..], phases, "after 15 s at the band");
    assert_eq!(floor.phases(B).len(), 3, "that of one market is nothing to the other");
}

#[test]
fn a_run_may_begin_in_the_middle_of_a_day() {
    let mut rules = day();
    rules.start = Time::from_nanos(0) - Span::secs(130);
    let mut floor = Floor::new(&exchange().day(rules));
    assert_eq!(floor.phases(A).last(), Some(&(0, Phase::Continuous)));
    assert!(floor.timers.iter().all(|timer| *timer == at(470)), "{:?}", floor.timers);
    let (_, reports) = floor.send(at(0), 0, buy(A, 5, 10_200));
    assert!(matches!(reports[..], [Report::Accepted { .. }]));
}

#[test]
fn markets_that_never_close_set_no_timer() {
    let stages = [Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO }];
    let rules = DayRules::new(Day::new(Span::MAX, &stages).unwrap(), Time::ZERO);
    let mut floor = Floor::new(&exchange().day(rules));
    assert_eq!((floor.timers.len(), floor.phases(A)), (0, vec![(0, Phase::Continuous)]));
    floor.out.see_away(Consolidated::default());
    let (_, reports) = floor.send(at(5), 0, buy(A, 5, 10_200));
    assert!(matches!(reports[..], [Report::Accepted { .. }]));
}

#[test]
fn wrong_days_are_refused_by_name() {
    let message = |spec: Exchange| build(&spec).err().unwrap().to_string();
    let wrong = message(exchange().day(day().batch(Span::ZERO)));
    assert_eq!(wrong, "`batch` must be longer than nothing");
    let breaker = BreakerRules::us(Span::ZERO);
    assert_eq!(message(exchange().breaker(breaker)), "a breaker needs a trading day");
    let levels = BreakerRules { levels: Vec::new(), last: Span::ZERO };
    assert_eq!(message(exchange().day(day()).breaker(levels)), "`levels` must be one or more");
}
