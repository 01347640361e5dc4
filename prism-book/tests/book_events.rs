//! What the exchange tells of resting orders, one by one, is the book: on both engines, under every rule.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_book::SelfTrade;
use prism_book::venue::{Engine, Exchange};
use prism_core::market::{BookAction, BookEvent, Level};
use prism_core::msg::{Order, Request};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Instruments, OrderId, Price, Qty, Side, Symbol, Tif, Time, VenueId,
};
use prism_core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};
use support::Numbers;

const AGENTS: u64 = 3;
const BOOKS: u64 = 2;
const RULES: [SelfTrade; 5] = [
    SelfTrade::Allow,
    SelfTrade::CancelNewest,
    SelfTrade::CancelOldest,
    SelfTrade::CancelBoth,
    SelfTrade::Decrement,
];

fn exchange(rule: SelfTrade, engine: Engine) -> Box<dyn Venue> {
    let symbols = ["A", "B"].map(|name| Symbol::new(name).tick("0.01").start("10"));
    let instruments = Instruments::build(&[("X".to_owned(), symbols.to_vec())]).unwrap();
    let agents = u32::try_from(AGENTS).unwrap();
    let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents, key: StreamKey::root(1) };
    let spec = symbols.into_iter().fold(Exchange::new("X"), Exchange::list);
    spec.self_trade(rule).engine(engine).build(&place).unwrap()
}

/// The orders of a book as its events tell them: id, side, price, what is left; in the order of their queues.
#[derive(Default)]
struct Told(Vec<(OrderId, Side, Price, Qty)>);

impl Told {
    fn take_out(&mut self, event: &BookEvent) -> (OrderId, Side, Price, Qty) {
        let at = self.0.iter().position(|order| order.0 == event.id).unwrap_or_else(|| panic!("{event:?}"));
        self.0.remove(at)
    }

    fn apply(&mut self, event: &BookEvent) {
        let BookEvent { action, side, id, price, qty, left, traded, .. } = *event;
        if action == BookAction::Add {
            assert!(self.0.iter().all(|order| order.0 != id) && qty == left, "{event:?}");
            return self.0.push((id, side, price, qty));
        }
        let at = self.0.iter().position(|order| order.0 == id).unwrap_or_else(|| panic!("{event:?}"));
        let was = self.0[at];
        assert_eq!(was.1, side, "{event:?}");
        if action == BookAction::Replace {
            assert_eq!(qty, left, "{event:?}");
            self.take_out(event);
            return self.0.push((id, side, price, qty));
        }
        assert_eq!(
            (was.2, was.3),
            (price, Qty(qty.0 + if action == BookAction::Delete { 0 } else { left.0 }))
        );
        match action {
            BookAction::Execute => {
                // The best price, and there the first in the queue.
                assert_eq!(self.best(side).map(|first| first.0), Some(id), "{event:?}");
                assert_eq!(traded, price);
            }
            BookAction::Reduce => assert!(!left.is_zero() && !qty.is_zero(), "{event:?}"),
            _ => assert!(left.is_zero() && !qty.is_zero(), "{event:?}"),
        }
        if left.is_zero() {
            self.take_out(event);
        } else {
            self.0[at].3 = left;
        }
    }

    fn best(&self, side: Side) -> Option<&(OrderId, Side, Price, Qty)> {
        let of_side = self.0.iter().filter(|order| order.1 == side);
        // Of equal ones the first is meant: `min_by_key` gives it.
        of_side.min_by_key(|order| if side == Side::Buy { -order.2.0 } else { order.2.0 })
    }

    fn levels(&self, side: Side) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        let mut orders: Vec<_> = self.0.iter().filter(|order| order.1 == side).collect();
        orders.sort_by_key(|order| if side == Side::Buy { -order.2.0 } else { order.2.0 });
        for order in orders {
            match levels.last_mut() {
                Some(level) if level.price == order.2 => level.qty.0 += order.3.0,
                _ => levels.push(Level { price: order.2, qty: order.3 }),
            }
        }
        levels
    }
}

fn request(n: &mut Numbers, counters: &mut [u32]) -> Request {
    let agent = n.below(AGENTS) as usize;
    let book = BookId(n.below(BOOKS) as u16);
    let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
    let (price, qty) = (Price(1_000 + n.between(-6, 6)), Qty(n.below(25)));
    let id = |counter| OrderId::new(AgentId(agent as u32), counter);
    let known = id(counters[agent].saturating_sub(n.below(12) as u32));
    match n.below(10) {
        0..5 => {
            counters[agent] += 1;
            let tif = [Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly][n.below(5) as usize];
            let order = match n.below(12) {
                0 => Order::market(book, side, qty),
                _ => Order::limit(book, side, qty, price).tif(tif),
            };
            Request::New { id: id(counters[agent]), order }
        }
        5 => Request::Cancel { id: known, book },
        6 => Request::Reduce { id: known, book, by: Qty(qty.0 / 2) },
        _ => Request::Replace { id: known, book, price, qty },
    }
}

#[test]
fn the_events_are_the_book() {
    let mut counts = [0; BookAction::ALL.len()];
    for (seed, rule) in (0..).zip(RULES) {
        for engine in [Engine::Ladder, Engine::Naive] {
            let (mut n, mut counters) = (Numbers(seed), [0; AGENTS as usize]);
            let mut venue = exchange(rule, engine);
            let mut out = VenueOut::new();
            out.tell_book(true);
            let mut told: [Told; BOOKS as usize] = Default::default();
            let mut levels = Vec::new();
            for step in 0..6_000 {
                let request = request(&mut n, &mut counters);
                out.clear();
                venue.handle(Time::ZERO, &request, &mut out);
                for event in out.book_events() {
                    assert_eq!(event.book, request.book());
                    told[event.book.index()].apply(event);
                    counts[event.action as usize] += 1;
                }
                let traded: Vec<_> = out.trades().iter().map(|trade| (trade.maker, trade.qty)).collect();
                let executed = out.book_events().iter().filter(|event| event.action == BookAction::Execute);
                assert_eq!(executed.map(|event| (event.id, event.qty)).collect::<Vec<_>>(), traded);
                for side in Side::BOTH {
                    venue.depth(request.book(), side, usize::MAX, &mut levels);
                    let told = told[request.book().index()].levels(side);
                    assert_eq!(levels, told, "{rule:?} {engine:?} step {step}: {request:?}");
                }
            }
        }
    }
    // No day, no hidden orders: nothing but orders.
    let (orders, others) = counts.split_at(BookAction::Cross as usize);
    assert!(orders.iter().all(|&count| count > 500) && others.iter().all(|&count| count == 0), "{counts:?}");
}

#[test]
fn nothing_is_told_to_nobody() {
    let mut venue = exchange(SelfTrade::Allow, Engine::Ladder);
    let mut out = VenueOut::new();
    let order = Order::limit(BookId(0), Side::Buy, Qty(5), Price(1_000));
    venue.handle(Time::ZERO, &Request::New { id: OrderId::new(AgentId(0), 1), order }, &mut out);
    assert_eq!(out.reports().len(), 1);
    assert!(out.book_events().is_empty());
}
