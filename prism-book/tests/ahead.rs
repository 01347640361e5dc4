//! The quantity ahead of an order: exact after anything, in forks too, and without memory that grows.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use std::hint::black_box;

use allocation_counter::measure;
use prism_book::{BookEngine, Handle, Incoming, Ladder, Outcome};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
use proptest::prelude::*;
use support::Pair;

/// A call on both books; orders are named by how long ago they came to rest, as a fraction of all.
#[derive(Clone, Debug)]
enum Call {
    /// Orders of these sizes, one after the other.
    Rest(bool, i64, Vec<u64>),
    /// An order that takes from the front of a queue.
    Take(u64),
    /// One that takes a whole side and rests.
    Sweep(u64),
    Cancel(f64),
    CancelMany(f64, usize),
    Reduce(f64, u64),
    Execute(f64, u64),
    Replace(f64, i64, u64),
    ReplaceResting(f64, i64, u64),
    Ask(f64),
    AskAll,
    /// Goes on with a copy; the original is held against the naive book's copy at the end.
    Fork,
    Clear,
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 1u64..20, 1 => (i64::MAX as u64 - 3)..i64::MAX as u64]
}

fn call() -> impl Strategy<Value = Call> {
    let price = || 98i64..=100;
    let which = || 0.0..1.0;
    prop_oneof![
        6 => (any::<bool>(), price(), prop::collection::vec(size(), 1..70))
            .prop_map(|(buy, price, sizes)| Call::Rest(buy, price, sizes)),
        3 => (1u64..300).prop_map(Call::Take),
        1 => size().prop_map(Call::Sweep),
        6 => which().prop_map(Call::Cancel),
        3 => (which(), 1usize..60).prop_map(|(n, many)| Call::CancelMany(n, many)),
        4 => (which(), 1u64..25).prop_map(|(n, by)| Call::Reduce(n, by)),
        3 => (which(), 1u64..25).prop_map(|(n, by)| Call::Execute(n, by)),
        3 => (which(), price(), 1u64..25).prop_map(|(n, price, qty)| Call::Replace(n, price, qty)),
        2 => (which(), price(), 1u64..25).prop_map(|(n, price, qty)| Call::ReplaceResting(n, price, qty)),
        9 => which().prop_map(Call::Ask),
        2 => Just(Call::AskAll),
        1 => Just(Call::Fork),
        1 => Just(Call::Clear),
    ]
}

fn make(pair: &mut Pair, forks: &mut Vec<Pair>, call: Call) {
    let count = pair.handles.len();
    let nth = |fraction: f64| (count as f64 * fraction) as usize;
    match call {
        Call::Rest(buy, price, sizes) => {
            let (side, price) = if buy { (Side::Buy, price) } else { (Side::Sell, price + 4) };
            for qty in sizes {
                pair.insert(side, qty, price);
            }
        }
        Call::Take(qty) => {
            for (side, price) in [(Side::Sell, 98), (Side::Buy, 104)] {
                drop(pair.submit(side, Tif::Ioc, qty, price));
            }
        }
        Call::Sweep(qty) => drop(pair.submit(Side::Sell, Tif::Gtc, qty, 99)),
        Call::Fork => {
            forks.push(pair.clone());
            forks.truncate(3);
        }
        Call::Clear => {
            pair.clear();
            pair.handles.clear();
        }
        _ if count == 0 => {}
        Call::Cancel(n) => _ = pair.cancel(nth(n)),
        Call::CancelMany(n, many) => {
            (nth(n)..count.min(nth(n) + many)).for_each(|n| {
                pair.cancel(n);
            });
        }
        Call::Reduce(n, by) => _ = pair.reduce(nth(n), by),
        Call::Execute(n, by) => pair.execute(nth(n), by),
        Call::Replace(n, price, qty) => drop(pair.replace(nth(n), price, qty)),
        Call::ReplaceResting(n, price, qty) => _ = pair.replace_resting(nth(n), price, qty),
        Call::Ask(n) => _ = pair.get(nth(n)),
        Call::AskAll => (0..count).for_each(|n| {
            pair.get(n);
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn it_is_that_of_the_naive_book(calls in prop::collection::vec(call(), 1..120)) {
        let (mut pair, mut forks) = (Pair::default(), Vec::new());
        for call in calls {
            make(&mut pair, &mut forks, call);
            pair.ladder.check().unwrap();
        }
        // A fork is a book of its own: what was done to the other has not touched it.
        forks.push(pair);
        for mut fork in forks {
            for n in 0..fork.handles.len() {
                fork.get(n);
                if n % 3 == 0 {
                    fork.cancel(n);
                }
            }
            fork.check();
        }
    }
}

/// A queue of `count` orders of one lot, the last of which was asked about.
fn queue(count: u64) -> (Ladder, Vec<Handle>) {
    let mut book = Ladder::default();
    let orders: Vec<Handle> =
        (0..count).map(|id| book.insert_resting(OrderId(id), Side::Buy, Price(5), Qty(1)).unwrap()).collect();
    assert_eq!(book.ahead(orders[orders.len() - 1]).unwrap().orders, count - 1);
    (book, orders)
}

#[test]
fn fills_of_listed_orders_carry_their_handles() {
    for taken in [60, 100, 200] {
        let (mut book, orders) = queue(100);
        let mut makers = Vec::new();
        let taker = prism_book::Incoming {
            id: OrderId(9),
            side: Side::Sell,
            tif: Tif::Ioc,
            qty: Qty(taken),
            price: Price(1),
        };
        let outcome = book.submit(taker, &mut |fill| makers.push(fill.handle));
        assert_eq!(makers, orders[..taken.min(100) as usize]);
        assert_eq!(outcome == Outcome::Filled, taken <= 100);
        book.check().unwrap();
    }
}

#[test]
fn a_listed_order_is_found_like_any_other() {
    let (mut book, orders) = queue(100);
    let (handle, id) = (orders[3], OrderId(3));
    assert_eq!(book.locate(handle.place(), id), Some(handle));
    assert_eq!(book.locate(handle.place(), OrderId(4)), None);
    assert_eq!(book.id_at(handle.place()), Some(id));
    assert_eq!(book.head(Side::Buy, Price(5)), Some(orders[0]));
    assert!(book.orders(Side::Buy).map(|order| order.0).eq(orders.iter().copied()));
    assert_eq!(book.get(Handle::from_raw(handle.raw() ^ 1 << 32)), None, "another generation");
    assert_eq!(book.cancel(handle), Some(Qty(1)));
    assert_eq!((book.cancel(handle), book.get(handle), book.id_at(handle.place())), (None, None, None));
    assert_eq!(
        book.replace(handle, Price(6), Qty(1), &mut |_| {}),
        Outcome::Refused(prism_book::Reject::TooLate)
    );
}

/// Queues that come, are asked about, and go: at one price, at many, long ones and short ones.
#[test]
fn memory_does_not_grow() {
    let mut book = Ladder::default();
    let round = |book: &mut Ladder, n: u64| {
        let price = Price(100 + (n % 50) as i64);
        let orders: Vec<Handle> = (0..200 + n % 300)
            .map(|id| book.insert_resting(OrderId(id), Side::Buy, price, Qty(2)).unwrap())
            .collect();
        for (place, &order) in orders.iter().enumerate() {
            assert_eq!(book.ahead(order).unwrap().orders, place as u64 / 2);
            if place % 2 == 0 {
                book.cancel(order);
            }
        }
        for order in orders {
            book.cancel(order);
        }
        assert!(book.is_empty());
    };
    let size = |book: &Ladder| measure(|| drop(black_box(book.clone()))).bytes_max;
    (0..300).for_each(|n| round(&mut book, n));
    let before = size(&book);
    (0..2_000).for_each(|n| round(&mut book, n));
    assert!(size(&book) <= before, "{before} bytes, then {}", size(&book));

    // A queue that never ends, asked about all the time.
    let (mut book, orders) = queue(1_000);
    let mut orders = std::collections::VecDeque::from(orders);
    let mut turn = |book: &mut Ladder, id: u64| {
        book.cancel(orders.pop_front().unwrap()).unwrap();
        orders.push_back(book.insert_resting(OrderId(id), Side::Buy, Price(5), Qty(1)).unwrap());
        assert_eq!(book.ahead(orders[999]).unwrap().orders, 999);
    };
    (0..10_000).for_each(|id| turn(&mut book, id));
    let made = measure(|| (0..100_000).for_each(|id| turn(&mut book, id)));
    assert_eq!(made.count_total, 0);
    // A thousand orders at 32 bytes, 12 for each cell, and a tree of twice as many slots of 16; the window.
    assert!(size(&book) < 80_000, "{} bytes", size(&book));
}

/// An order that asks before each trade (for self-trade prevention and links) meets a queue in which someone knows his
/// place.
#[test]
fn a_queue_that_was_asked_about_stays_sound_under_orders_that_may_stop() {
    let mut book = Ladder::default();
    let bids: Vec<Handle> = (0..80u64)
        .map(|n| book.insert_resting(OrderId(n), Side::Buy, Price(100), Qty(1 + n % 3)).unwrap())
        .collect();
    let all = book.ahead(bids[79]).unwrap();
    let order =
        |qty| Incoming { id: OrderId(900), side: Side::Sell, tif: Tif::Ioc, qty: Qty(qty), price: Price(90) };
    let mut traded = 0;
    let left = book.take(order(50), &mut |maker| maker != OrderId(7), &mut |fill| traded += fill.qty.0);
    assert_eq!((traded, left), (1 + 2 + 3 + 1 + 2 + 3 + 1, Qty(50 - 13)));
    book.check().unwrap();
    let now = book.ahead(bids[79]).unwrap();
    assert_eq!((all.orders - now.orders, all.qty.0 - now.qty.0), (7, 13));
    book.insert_resting(OrderId(901), Side::Sell, Price(200), Qty(5)).unwrap();
    assert_eq!(book.best(Side::Sell).unwrap().price, Price(200));
    assert_eq!(book.take(order(10_000), &mut |_| true, &mut |_| {}), Qty(10_000 - now.qty.0 - 2));
    book.check().unwrap();
}
