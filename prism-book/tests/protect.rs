//! Trade-through protection at the exchange (§9 of the rule book).
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_book::day::Day;
use prism_book::venue::{Engine, Exchange};
use prism_book::{DayRules, SelfTrade};
use prism_core::market::{Consolidated, Level, Top};
use prism_core::msg::{CancelReason, Order, PegTo, Reject, Report, Request, Session, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, CurrencyId, Instruments, OrderId, Price, Qty, Side, Span, Symbol, SymbolId, Tif, Time,
    VenueId,
};
use prism_core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};
use support::Numbers;

const AGENTS: u32 = 4;
const BOOK: BookId = BookId(0);

fn exchange() -> Exchange {
    Exchange::new("X").list(Symbol::new("A").tick("0.01").start("1.00")).protect(Span::ZERO)
}

fn away(bid: i64, ask: i64) -> Consolidated {
    let level = |price: i64| (price > 0).then_some(Level { price: Price(price), qty: Qty(1) });
    let mut away = Consolidated::default();
    away.add(BookId(9), &Top::new(level(bid), level(ask), Price(100)));
    away
}

struct Floor {
    venue: Box<dyn Venue>,
    out: VenueOut,
    quote: Consolidated,
    counter: u32,
}

impl Floor {
    fn new(spec: &Exchange, quote: Consolidated) -> Floor {
        let instruments = Instruments::build(&[("X".to_owned(), spec.symbols().to_vec())]).unwrap();
        let key = StreamKey::root(1);
        let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key };
        let mut venue = spec.build(&place).unwrap();
        let mut out = VenueOut::new();
        venue.open(Time::ZERO, &mut out);
        Floor { venue, out, quote, counter: 0 }
    }

    /// Offers of 10 at 100, 101, 102 and 103, made while nobody else quoted.
    fn offered(quote: Consolidated) -> Floor {
        let mut floor = Floor::new(&exchange(), Consolidated::default());
        for price in 100..104 {
            floor.new_order(0, Order::limit(BOOK, Side::Sell, Qty(10), Price(price)), Terms::default());
        }
        floor.quote = quote;
        floor
    }

    fn send(&mut self, request: &Request) -> Vec<Report> {
        self.out.clear();
        self.out.see_away(self.quote);
        self.venue.handle(Time::ZERO, request, &mut self.out);
        self.out.reports().collect()
    }

    fn new_order(&mut self, agent: u32, order: Order, terms: Terms) -> (OrderId, Vec<Report>) {
        self.counter += 1;
        let id = OrderId::new(AgentId(agent), self.counter);
        self.out.clear();
        self.out.see_away(self.quote);
        if terms == Terms::default() {
            self.venue.handle(Time::ZERO, &Request::New { id, order }, &mut self.out);
        } else {
            self.venue.handle_with(Time::ZERO, id, &order, &terms, &mut self.out);
        }
        (id, self.out.reports().collect())
    }

    /// What a buy order of agent 1 traded, and what became of the rest.
    fn buys(&mut self, order: Order, terms: Terms) -> (Vec<(i64, u64)>, Option<Report>) {
        let (id, reports) = self.new_order(1, order, terms);
        let trades = self.out.trades().iter().map(|trade| (trade.price.0, trade.qty.0)).collect();
        (
            trades,
            reports.into_iter().rfind(|report| report.id() == id && !matches!(report, Report::Filled { .. })),
        )
    }
}

fn buy(qty: u64, price: i64) -> Order {
    Order::limit(BOOK, Side::Buy, Qty(qty), Price(price))
}

fn cancelled(report: Option<Report>) -> Option<(u64, CancelReason)> {
    match report {
        Some(Report::Cancelled { left, why, .. }) => Some((left.0, why)),
        _ => None,
    }
}

fn rejected(report: Option<Report>) -> Option<Reject> {
    match report {
        Some(Report::Rejected { why, open: false, .. }) => Some(why),
        _ => None,
    }
}

#[test]
fn nothing_trades_at_a_worse_price_than_others_show() {
    for order in [buy(35, 103), buy(35, 102).tif(Tif::Ioc), Order::market(BOOK, Side::Buy, Qty(35))] {
        let mut floor = Floor::offered(away(99, 101));
        let (trades, rest) = floor.buys(order, Terms::default());
        assert_eq!(trades, [(100, 10), (101, 10)], "as good as elsewhere is good enough");
        assert_eq!(cancelled(rest), Some((15, CancelReason::TradeThrough)), "{order:?}");
    }
    let mut floor = Floor::offered(away(97, 99));
    let (trades, rest) = floor.buys(buy(5, 101), Terms::default());
    assert_eq!((trades, rejected(rest)), (vec![], Some(Reject::TradeThrough)));
    // An order that others do not matter to.
    let mut floor = Floor::offered(away(97, 102));
    let (trades, rest) = floor.buys(buy(15, 101), Terms::default());
    assert_eq!((trades.len(), rest), (2, None));
    let (_, rest) = floor.buys(buy(15, 101), Terms::default());
    assert!(matches!(rest, Some(Report::Accepted { left: Qty(10), .. })), "{rest:?}");
}

#[test]
fn a_sweep_and_what_comes_in_later_are_not_held_back() {
    let mut floor = Floor::offered(away(97, 99));
    let (trades, _) = floor.buys(Order::market(BOOK, Side::Buy, Qty(35)), Terms::sweep());
    assert_eq!(trades.len(), 4);
    for terms in
        [Terms::stop(Price(150)), Terms::peg(PegTo::Primary, 0), Terms::default().session(Session::AtClose)]
    {
        let mut floor = Floor::offered(away(97, 99));
        let (_, rest) = floor.buys(buy(5, 120), terms);
        assert!(matches!(rest, Some(Report::Accepted { .. })), "{terms:?}");
    }
    // Where others cross each other, there is nothing to protect.
    let mut floor = Floor::offered(away(100, 98));
    assert_eq!(floor.buys(buy(35, 103), Terms::default()).0.len(), 4);
}

#[test]
fn nothing_rests_where_it_locks_or_crosses() {
    let mut floor = Floor::new(&exchange(), away(99, 101));
    for (price, good) in [(100, true), (101, false), (102, false)] {
        for order in [buy(5, price), buy(5, price).tif(Tif::PostOnly)] {
            for terms in [Terms::default(), Terms::hidden(), Terms::default().min_qty(Qty(5))] {
                if order.tif == Tif::PostOnly && !terms.min_qty.is_zero() {
                    continue;
                }
                let (_, rest) = floor.buys(order, terms);
                match rest {
                    Some(Report::Accepted { .. }) if good => {}
                    Some(Report::Rejected { why: Reject::TradeThrough, .. }) if !good => {}
                    other => panic!("{order:?} {terms:?}: {other:?}"),
                }
            }
        }
    }
    let (id, _) = floor.new_order(1, buy(9, 98), Terms::default());
    let mut replace =
        |price, qty| floor.send(&Request::Replace { id, book: BOOK, price: Price(price), qty: Qty(qty) });
    let refused = [Report::Rejected { id, why: Reject::TradeThrough, open: true }];
    assert_eq!(replace(101, 9), refused);
    assert!(matches!(replace(100, 9)[..], [Report::Accepted { .. }]));
    floor.quote = away(95, 100);
    let mut replace =
        |price, qty| floor.send(&Request::Replace { id, book: BOOK, price: Price(price), qty: Qty(qty) });
    assert!(matches!(replace(100, 5)[..], [Report::Accepted { .. }]), "it was there before");
    assert_eq!(replace(100, 6), refused);
}

#[test]
fn fill_or_kill_and_market_to_limit() {
    let mut floor = Floor::offered(away(97, 101));
    let (trades, rest) = floor.buys(buy(25, 103).tif(Tif::Fok), Terms::default());
    assert_eq!((trades, rejected(rest)), (vec![], Some(Reject::TradeThrough)));
    let (trades, rest) = floor.buys(buy(55, 101).tif(Tif::Fok), Terms::default());
    assert_eq!((trades, rejected(rest)), (vec![], Some(Reject::NotFilled)), "others are not in its way");
    assert_eq!(floor.buys(buy(20, 103).tif(Tif::Fok), Terms::default()).0.len(), 2);
    let market = |qty| Order::market(BOOK, Side::Buy, Qty(qty));
    let mut floor = Floor::offered(away(97, 101));
    let (_, rest) = floor.buys(market(15), Terms::market_to_limit());
    assert!(matches!(rest, Some(Report::Accepted { price: Price(100), left: Qty(5), .. })), "{rest:?}");
    let mut floor = Floor::offered(away(97, 100));
    let (trades, rest) = floor.buys(market(15), Terms::market_to_limit());
    assert_eq!(
        (trades, cancelled(rest)),
        (vec![(100, 10)], Some((5, CancelReason::TradeThrough))),
        "it would lock"
    );
}

#[test]
fn what_is_wrong_is_told_before() {
    let mut floor = Floor::offered(away(97, 99));
    let wrong = |floor: &mut Floor, order, terms| rejected(floor.buys(order, terms).1);
    assert_eq!(wrong(&mut floor, buy(9, 101).tif(Tif::Fok), Terms::peak(Qty(2))), Some(Reject::BadTerms));
    assert_eq!(wrong(&mut floor, buy(0, 101), Terms::default()), Some(Reject::BadQty));
    let id = OrderId::new(AgentId(0), 1);
    let twice = floor.send(&Request::New { id, order: buy(5, 101) });
    assert_eq!(twice, [Report::Rejected { id, why: Reject::DuplicateId, open: true }]);
}

#[test]
fn calls_are_exempt() {
    let mins = Span::mins;
    let day =
        Day::with_calls(mins(100), (Span::nanos(0), mins(1)), (mins(50), mins(60)), Span::ZERO).unwrap();
    let mut floor = Floor::new(&exchange().day(DayRules::new(day, Time::ZERO)), away(99, 101));
    let (_, rest) = floor.buys(buy(5, 120), Terms::default());
    assert!(matches!(rest, Some(Report::Accepted { price: Price(120), .. })), "{rest:?}");
}

#[test]
fn random_markets_never_trade_through() {
    let (mut bounded, mut traded) = (0, 0);
    for seed in 0..300 {
        let mut n = Numbers(seed);
        let rule = [SelfTrade::Allow, SelfTrade::CancelNewest, SelfTrade::Decrement][n.below(3) as usize];
        let spec = exchange().self_trade(rule);
        let mut floors = [Engine::Ladder, Engine::Naive]
            .map(|engine| Floor::new(&spec.clone().engine(engine), Consolidated::default()));
        for _ in 0..120 {
            let bid = 100 + n.between(-5, 4);
            let quote =
                if n.below(8) == 0 { Consolidated::default() } else { away(bid, bid + n.between(1, 6)) };
            let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
            let qty = Qty(1 + n.below(20));
            let tif = [Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly][n.below(5) as usize];
            let order = match n.below(8) {
                0 => Order::market(BOOK, side, qty),
                _ => Order::limit(BOOK, side, qty, Price(100 + n.between(-7, 7))).tif(tif),
            };
            let terms = match n.below(6) {
                0 if order.tif == Tif::Gtc => Terms::peak(Qty(3)),
                1 if order.tif == Tif::Gtc => Terms::hidden(),
                2 if matches!(order.tif, Tif::Gtc | Tif::Ioc) => {
                    Terms::default().min_qty(Qty(1 + n.below(qty.0)))
                }
                _ => Terms::default(),
            };
            let agent = u32::try_from(n.below(u64::from(AGENTS))).unwrap();
            let told = floors.each_mut().map(|floor| {
                floor.quote = quote;
                floor.new_order(agent, order, terms)
            });
            assert_eq!(told[0], told[1]);
            let worst = quote.best(!side).map(|best| best.price);
            let through = |price: Price| worst.is_some_and(|worst| (price.0 - worst.0) * side.sign() > 0);
            // A hidden order that waits for its quantity trades from where it rests.
            let of_this = floors[0].out.trades().iter().filter(|trade| trade.taker == told[0].0);
            for trade in of_this {
                assert!(!through(trade.price), "{order:?} {quote:?} {trade:?}");
                traded += 1;
            }
            for report in &told[0].1 {
                match *report {
                    Report::Accepted { id, price, .. } if id == told[0].0 => {
                        assert!(!through(price) && worst != Some(price), "{order:?} {quote:?}");
                    }
                    Report::Cancelled { why: CancelReason::TradeThrough, .. }
                    | Report::Rejected { why: Reject::TradeThrough, .. } => bounded += 1,
                    _ => {}
                }
            }
            for floor in &floors {
                let agents = || (0..AGENTS).map(AgentId);
                let cash: i64 = agents().map(|agent| floor.venue.cash(agent, CurrencyId(0)).0).sum();
                let lots: i64 = agents().map(|agent| floor.venue.position(agent, SymbolId(0))).sum();
                assert_eq!((cash, lots), (0, 0));
            }
        }
    }
    assert!(bounded > 1_000 && traded > 1_000, "{bounded} {traded}");
}
