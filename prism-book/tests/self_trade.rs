//! Self-trade prevention against an obvious book of its own, on both engines.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs)]

use prism_book::SelfTrade;
use prism_book::venue::{Engine, Exchange};
use prism_core::digest::Digest;
use prism_core::msg::{Order, Reject, Report, Request};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, FeeRate, Instruments, OrderId, Price, Qty, Side, Symbol, SymbolId,
    Tif, Time, VenueId,
};
use prism_core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};
use proptest::prelude::*;

const BOOK: BookId = BookId(0);
const RULES: [SelfTrade; 5] = [
    SelfTrade::Allow,
    SelfTrade::CancelNewest,
    SelfTrade::CancelOldest,
    SelfTrade::CancelBoth,
    SelfTrade::Decrement,
];

struct Floor {
    venue: Box<dyn Venue>,
    out: VenueOut,
}

impl Floor {
    fn new(rule: SelfTrade, engine: Engine) -> Floor {
        let symbol = Symbol::new("A").tick("0.01").start("10");
        let instruments = Instruments::build(&[("X".to_owned(), vec![symbol.clone()])]).unwrap();
        let place =
            VenuePlace { id: VenueId(0), instruments: &instruments, agents: 4, key: StreamKey::root(1) };
        let fee = FeeRate::tenth_bps(7);
        let spec = Exchange::new("X").list(symbol).fees(FeeRate::ZERO, fee).self_trade(rule).engine(engine);
        Floor { venue: spec.build(&place).unwrap(), out: VenueOut::new() }
    }

    fn handle(&mut self, request: &Request) -> Vec<Report> {
        self.out.clear();
        self.venue.handle(Time::ZERO, request, &mut self.out);
        self.out.reports().collect()
    }

    fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.venue.digest(&mut digest);
        digest.value()
    }
}

/// What a report says, without prices and fees: the order, what became of it, how much, what is left.
type Said = (OrderId, &'static str, u64, u64);

fn said(report: &Report) -> Said {
    match *report {
        Report::Accepted { id, left, .. } => (id, "rests", 0, left.0),
        Report::Filled { id, qty, left, .. } => (id, "filled", qty.0, left.0),
        Report::Reduced { id, left, .. } => (id, "reduced", 0, left.0),
        Report::Cancelled { id, left, .. } => (id, "cancelled", 0, left.0),
        Report::Triggered { id, .. } => (id, "triggered", 0, 0),
        Report::Liquidated { id, .. } | Report::Covered { id, .. } => (id, "not without margin", 0, 0),
        Report::Rejected { id, why, .. } => {
            (id, if why == Reject::NotFilled { "kill" } else { "rejected" }, 0, 0)
        }
    }
}

/// An order at rest: id, side, price, what is left. The list is in the order of arrival.
type Resting = (OrderId, Side, i64, u64);

/// The rule in the plainest words there are.
struct Plain {
    rule: SelfTrade,
    book: Vec<Resting>,
}

impl Plain {
    /// The first order that `side` at `price` meets.
    fn meets(&self, side: Side, price: i64) -> Option<usize> {
        let value = |price: i64| i128::from(side.sign()) * i128::from(price);
        let reached = |&(_, _, at, _): &Resting| value(at) <= value(price);
        let best =
            self.book.iter().filter(|order| order.1 != side && reached(order)).map(|o| value(o.2)).min()?;
        self.book.iter().position(|order| order.1 != side && value(order.2) == best)
    }

    fn enter(&mut self, id: OrderId, order: &Order) -> Vec<Said> {
        let before = self.book.clone();
        let mut said = Vec::new();
        let (side, price, mut left) = (order.side, order.price.0, order.qty.0);
        let mut ended = None;
        if order.tif == Tif::PostOnly && self.meets(side, price).is_some() {
            return vec![(id, "rejected", 0, 0)];
        }
        while left > 0
            && ended.is_none()
            && let Some(at) = self.meets(side, price)
        {
            let (maker, _, _, there) = self.book[at];
            let both = left.min(there);
            if maker.agent() != id.agent() || self.rule == SelfTrade::Allow {
                left -= both;
                self.book[at].3 -= both;
                said.push((maker, "filled", both, there - both));
                said.push((id, "filled", both, left));
            } else {
                match self.rule {
                    SelfTrade::CancelNewest => ended = Some(left),
                    SelfTrade::Decrement => {
                        self.book[at].3 -= both;
                        left -= both;
                        let gone = there == both;
                        said.push(if gone {
                            (maker, "cancelled", 0, both)
                        } else {
                            (maker, "reduced", 0, there - both)
                        });
                        if left == 0 {
                            ended = Some(both);
                        } else {
                            said.push((id, "reduced", 0, left));
                        }
                    }
                    _ => {
                        self.book[at].3 = 0;
                        said.push((maker, "cancelled", 0, there));
                        ended = (self.rule == SelfTrade::CancelBoth).then_some(left);
                    }
                }
            }
            self.book.retain(|order| order.3 > 0);
        }
        let filled: u64 = said.iter().filter(|s| s.0 == id && s.1 == "filled").map(|s| s.2).sum();
        if order.tif == Tif::Fok && filled < order.qty.0 {
            self.book = before;
            return vec![(id, "kill", 0, 0)];
        }
        match (ended, order.tif) {
            (Some(left), _) => said.push((id, "cancelled", 0, left)),
            (None, Tif::Gtc | Tif::PostOnly) if left > 0 => {
                self.book.push((id, side, price, left));
                said.push((id, "rests", 0, left));
            }
            (None, _) if left > 0 => said.push((id, "cancelled", 0, left)),
            _ => {}
        }
        said
    }
}

fn orders() -> impl Strategy<Value = Order> {
    let tif =
        prop_oneof![3 => Just(Tif::Gtc), 1 => Just(Tif::Ioc), 1 => Just(Tif::Fok), 1 => Just(Tif::PostOnly)];
    (any::<bool>(), 1u64..20, 995i64..=1_005, tif, 0u8..12).prop_map(|(buy, qty, price, tif, market)| {
        let side = if buy { Side::Buy } else { Side::Sell };
        if market == 0 {
            Order::market(BOOK, side, Qty(qty))
        } else {
            Order::limit(BOOK, side, Qty(qty), Price(price)).tif(tif)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn as_in_the_plainest_words(
        rule in proptest::sample::select(&RULES[..]),
        flow in proptest::collection::vec((0u32..3, orders()), 1..120),
    ) {
        let mut plain = Plain { rule, book: Vec::new() };
        let mut floors = [Engine::Ladder, Engine::Naive].map(|engine| Floor::new(rule, engine));
        for ((agent, order), counter) in flow.into_iter().zip(0..) {
            let id = OrderId::new(AgentId(agent), counter);
            let want = plain.enter(id, &order);
            for floor in &mut floors {
                let got: Vec<Said> = floor.handle(&Request::New { id, order }).iter().map(said).collect();
                prop_assert_eq!(&got, &want, "{:?}: {:?}", rule, order);
                let own = |trade: &&prism_core::venue::Trade| trade.maker.agent() == trade.taker.agent();
                prop_assert!(rule == SelfTrade::Allow || floor.out.trades().iter().find(own).is_none());
                let cash: i128 = (0..4).map(|a| i128::from(floor.venue.cash(AgentId(a), CurrencyId(0)).0)).sum();
                prop_assert_eq!(cash + floor.venue.fees(CurrencyId(0)), 0);
                let lots: i64 = (0..4).map(|a| floor.venue.position(AgentId(a), SymbolId(0))).sum();
                prop_assert_eq!(lots, 0);
                let best = |side: Side| {
                    plain.book.iter().filter(|order| order.1 == side).map(|order| side.sign() * order.2).max()
                };
                let top = floor.venue.top(BOOK);
                prop_assert_eq!(top.bid().map(|level| level.price.0), best(Side::Buy));
                prop_assert_eq!(top.ask().map(|level| -level.price.0), best(Side::Sell));
            }
            prop_assert_eq!(floors[0].digest(), floors[1].digest());
        }
    }
}

fn limit(side: Side, qty: u64, price: i64) -> Order {
    Order::limit(BOOK, side, Qty(qty), Price(price))
}

fn id(agent: u32, counter: u32) -> OrderId {
    OrderId::new(AgentId(agent), counter)
}

/// `OrderBook-rs#222`: makers that the incoming order never reaches are not its business.
#[test]
fn orderbook_rs_222_an_own_order_behind_the_last_fill_is_left_alone() {
    for rule in &RULES[1..] {
        let mut floor = Floor::new(*rule, Engine::Ladder);
        floor.handle(&Request::New { id: id(1, 0), order: limit(Side::Sell, 5, 100) });
        floor.handle(&Request::New { id: id(0, 0), order: limit(Side::Sell, 5, 100) });
        floor.handle(&Request::New { id: id(0, 1), order: limit(Side::Sell, 5, 101) });
        let said: Vec<Said> = floor
            .handle(&Request::New { id: id(0, 2), order: limit(Side::Buy, 5, 101).tif(Tif::Fok) })
            .iter()
            .map(said)
            .collect();
        assert_eq!(said, [(id(1, 0), "filled", 5, 0), (id(0, 2), "filled", 5, 0)], "{rule:?}");
        assert_eq!(floor.venue.top(BOOK).ask().unwrap().qty, Qty(5), "{rule:?}");
    }
}

/// `OrderBook-rs#94`: what is cancelled is cancelled in the order of the queue, again and again.
#[test]
fn orderbook_rs_94_own_orders_go_first_in_first_out() {
    let mut floor = Floor::new(SelfTrade::CancelOldest, Engine::Ladder);
    for counter in 0..50 {
        floor.handle(&Request::New { id: id(0, counter), order: limit(Side::Sell, 1, 100) });
    }
    let order = limit(Side::Buy, 60, 100);
    let reports = floor.handle(&Request::New { id: id(0, 50), order });
    let cancelled: Vec<u32> = reports[..50].iter().map(|report| report.id().counter()).collect();
    assert_eq!(cancelled, (0..50).collect::<Vec<_>>());
    assert_eq!(said(&reports[50]), (id(0, 50), "rests", 0, 60));
}

/// A replaced order is an incoming one: it does not trade with its own agent's either.
#[test]
fn a_replace_that_would_trade_with_oneself_is_held_to_the_rule() {
    for (rule, want) in [
        (SelfTrade::CancelNewest, vec![(id(0, 1), "cancelled", 0, 4)]),
        (SelfTrade::CancelOldest, vec![(id(0, 0), "cancelled", 0, 3), (id(0, 1), "rests", 0, 4)]),
        (SelfTrade::CancelBoth, vec![(id(0, 0), "cancelled", 0, 3), (id(0, 1), "cancelled", 0, 4)]),
        (
            SelfTrade::Decrement,
            vec![(id(0, 0), "cancelled", 0, 3), (id(0, 1), "reduced", 0, 1), (id(0, 1), "rests", 0, 1)],
        ),
    ] {
        for engine in [Engine::Ladder, Engine::Naive] {
            let mut floor = Floor::new(rule, engine);
            floor.handle(&Request::New { id: id(0, 0), order: limit(Side::Sell, 3, 100) });
            floor.handle(&Request::New { id: id(0, 1), order: limit(Side::Buy, 4, 90) });
            let replace = Request::Replace { id: id(0, 1), book: BOOK, price: Price(100), qty: Qty(4) };
            let got: Vec<Said> = floor.handle(&replace).iter().map(said).collect();
            assert_eq!(got, want, "{rule:?}");
            assert_eq!(floor.venue.cash(AgentId(0), CurrencyId(0)), Cash::ZERO);
        }
    }
}
