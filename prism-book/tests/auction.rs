//! The call auction: worked cases, and every rule against brute force over all prices and all orders.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use std::collections::BTreeMap;

use prism_book::auction::{Allocation, Call, Candidates, Clearing, Curves, Execution, Rules, Tie};
use prism_book::{BookEngine, Ladder, Naive, OrderId, Outcome, Price, Qty, Reject, Side};
use proptest::prelude::*;

/// Side, limit (`None` for a market order), size.
type Order = (Side, Option<i64>, u64);

const LIMITS: Rules =
    Rules { candidates: Candidates::Limits, tie: Tie::Pressure, allocation: Allocation::Time };
const TICKS: Rules = Rules { candidates: Candidates::Ticks, ..LIMITS };
const NEAREST: Rules = Rules { tie: Tie::Reference, ..LIMITS };
const PRO_RATA: Rules = Rules { allocation: Allocation::ProRata, ..LIMITS };

fn bid(qty: u64, price: i64) -> Order {
    (Side::Buy, Some(price), qty)
}

fn ask(qty: u64, price: i64) -> Order {
    (Side::Sell, Some(price), qty)
}

const fn at_market(side: Side, qty: u64) -> Order {
    (side, None, qty)
}

/// A call with these orders; they are called 1, 2, 3 … in the order of arrival.
fn open<B: BookEngine>(orders: &[Order], rules: Rules) -> (B, Call<B>) {
    let (mut book, mut call) = (B::default(), Call::new(rules));
    for (id, &(side, limit, qty)) in (1..).map(OrderId).zip(orders) {
        match limit {
            Some(price) => book.insert_resting(id, side, Price(price), Qty(qty)).unwrap(),
            None => call.add(id, side, Qty(qty)).unwrap(),
        };
    }
    (book, call)
}

fn clearing(orders: &[Order], reference: i64, rules: Rules) -> Option<(i64, u128, i128)> {
    let curves = Curves::new(orders.iter().map(|&(side, limit, qty)| (side, limit.map(Price), Qty(qty))));
    let found = curves.clearing(Price(reference), rules);
    let (ladder, mut call) = open::<Ladder>(orders, rules);
    assert_eq!(call.indicative(&ladder, Price(reference)), found);
    found.map(|Clearing { price, volume, surplus }| (price.0, volume, surplus))
}

/// The executions as `(id, qty, left)`.
fn uncross(orders: &[Order], reference: i64, rules: Rules) -> Vec<(u64, u64, u64)> {
    let (mut book, mut call) = open::<Ladder>(orders, rules);
    let mut told = Vec::new();
    call.uncross(&mut book, Price(reference), &mut |of| told.push((of.id.0, of.qty.0, of.left.0)));
    told
}

#[test]
fn a_surplus_of_buyers_at_the_greatest_volume() {
    let orders = [
        bid(200, 102),
        bid(300, 101),
        bid(400, 100),
        bid(200, 99),
        ask(300, 98),
        ask(300, 100),
        ask(400, 101),
        ask(200, 103),
    ];
    for reference in [90, 100, 101, 110] {
        assert_eq!(clearing(&orders, reference, LIMITS), Some((100, 600, 300)));
        assert_eq!(clearing(&orders, reference, TICKS), Some((100, 600, 300)));
    }
    let told = uncross(&orders, 100, LIMITS);
    assert_eq!(told, [(1, 200, 0), (2, 300, 0), (3, 100, 300), (5, 300, 0), (6, 300, 0)]);
}

#[test]
fn pressure_of_buyers_takes_the_highest_price_and_of_sellers_the_lowest() {
    let buyers = [bid(500, 105), ask(300, 100)];
    let sellers = [bid(300, 105), ask(500, 100)];
    for rules in [LIMITS, TICKS] {
        for reference in [90, 102, 110] {
            assert_eq!(clearing(&buyers, reference, rules), Some((105, 300, 200)));
            assert_eq!(clearing(&sellers, reference, rules), Some((100, 300, -200)));
        }
    }
}

#[test]
fn a_balanced_range_takes_the_reference() {
    let orders = [bid(400, 102), ask(400, 100)];
    for rules in [LIMITS, TICKS] {
        for (reference, price) in [(99, 100), (101, 101), (105, 102)] {
            assert_eq!(clearing(&orders, reference, rules), Some((price, 400, 0)));
        }
    }
}

#[test]
fn ticks_find_a_smaller_surplus_than_limits() {
    let orders = [bid(300, 104), bid(200, 100), ask(300, 98), ask(400, 103)];
    assert_eq!(clearing(&orders, 100, LIMITS), Some((100, 300, 200)));
    assert_eq!(clearing(&orders, 100, TICKS), Some((101, 300, 0)));
    assert_eq!(clearing(&orders, 102, TICKS), Some((102, 300, 0)));
    assert_eq!(clearing(&orders, 200, TICKS), Some((102, 300, 0)));
}

#[test]
fn a_tie_goes_to_the_price_nearest_the_reference() {
    let orders = [bid(500, 105), ask(300, 100)];
    assert_eq!(clearing(&orders, 101, NEAREST), Some((100, 300, 200)));
    assert_eq!(clearing(&orders, 104, NEAREST), Some((105, 300, 200)));
    let balanced = [bid(400, 102), ask(400, 100)];
    assert_eq!(clearing(&balanced, 101, NEAREST), Some((102, 400, 0)), "the upper of two");
    let ticks = Rules { candidates: Candidates::Ticks, ..NEAREST };
    assert_eq!(clearing(&balanced, 101, ticks), Some((101, 400, 0)));
}

#[test]
fn between_pressures_nobody_better_is_passed_over() {
    // Equal surpluses, of buyers at 98 and 102 and of sellers at 103 and 104: at 98 to 101 the bid at 102 would
    // be better than the price and not trade, at 104 the ask at 103.
    let orders = [bid(300, 104), bid(200, 102), ask(300, 98), ask(200, 103)];
    assert_eq!(clearing(&orders, 90, LIMITS), Some((102, 300, 200)));
    assert_eq!(clearing(&orders, 110, LIMITS), Some((103, 300, -200)));
}

#[test]
fn market_orders_among_themselves_take_the_reference() {
    let orders = [at_market(Side::Buy, 300), at_market(Side::Sell, 200)];
    for rules in [LIMITS, TICKS, NEAREST] {
        assert_eq!(clearing(&orders, 77, rules), Some((77, 200, 100)));
    }
    // A limit that is not in reach at the reference changes nothing ...
    let with_stub = [orders[0], orders[1], bid(1, 5)];
    assert_eq!(clearing(&with_stub, 77, LIMITS), Some((77, 200, 100)));
    // ... one that is does: nobody sells below a bid that gets nothing.
    assert_eq!(clearing(&with_stub, 4, LIMITS), Some((5, 200, 101)));
    assert_eq!(uncross(&with_stub, 4, LIMITS), [(1, 200, 100), (2, 200, 0)]);
}

#[test]
fn market_orders_against_limits_take_the_limit() {
    let orders = [at_market(Side::Buy, 100), ask(40, 100), ask(30, 105)];
    assert_eq!(clearing(&orders, 90, LIMITS), Some((105, 70, 30)));
    assert_eq!(clearing(&orders, 300, TICKS), Some((105, 70, 30)));
    assert_eq!(uncross(&orders, 90, LIMITS), [(1, 70, 30), (2, 40, 0), (3, 30, 0)]);
}

#[test]
fn without_volume_there_is_no_auction() {
    for orders in [
        &[][..],
        &[bid(100, 99), ask(100, 100)],
        &[bid(100, 99)],
        &[at_market(Side::Buy, 5)],
        &[at_market(Side::Buy, 5), bid(100, 99)],
    ] {
        assert_eq!(clearing(orders, 100, LIMITS), None);
        assert_eq!(clearing(orders, 100, TICKS), None);
        assert!(uncross(orders, 100, LIMITS).is_empty());
    }
}

#[test]
fn the_marginal_level_is_divided_by_time_or_in_proportion() {
    let orders = [bid(500, 100), bid(300, 100), bid(200, 100), ask(500, 99), bid(5, 101)];
    assert_eq!(uncross(&orders, 100, LIMITS), [(5, 5, 0), (1, 495, 5), (4, 500, 0)]);
    // 495 of 1,000: 247.5, 148.5 and 99.
    assert_eq!(
        uncross(&orders, 100, PRO_RATA),
        [(5, 5, 0), (1, 248, 252), (2, 148, 152), (3, 99, 101), (4, 500, 0)]
    );
    let markets = [at_market(Side::Sell, 6), at_market(Side::Sell, 2), bid(4, 100), ask(9, 1)];
    assert_eq!(uncross(&markets, 100, PRO_RATA), [(3, 4, 0), (1, 3, 3), (2, 1, 1)]);
}

#[test]
fn what_is_left_keeps_its_place_and_its_handle() {
    let mut book = Ladder::default();
    let [first, second] =
        [1, 2].map(|id| book.insert_resting(OrderId(id), Side::Buy, Price(10), Qty(7)).unwrap());
    let gone = book.insert_resting(OrderId(3), Side::Sell, Price(9), Qty(5)).unwrap();
    let mut call = Call::default();
    assert!(book.is_crossed());
    call.uncross(&mut book, Price(10), &mut |_| {}).unwrap();
    assert!(!book.is_crossed());
    assert_eq!((book.get(first).unwrap().left, book.get(gone)), (Qty(2), None));
    assert_eq!(book.ahead(second).unwrap().qty, Qty(2));
    book.check().unwrap();
}

#[test]
fn market_orders_are_cancelled_reduced_and_handed_back() {
    let mut call: Call<Ladder> = Call::default();
    assert_eq!(call.add(OrderId(1), Side::Buy, Qty::ZERO), Err(Reject::BadQty));
    let orders =
        [(2, 10), (3, 20), (4, 30)].map(|(id, qty)| call.add(OrderId(id), Side::Buy, Qty(qty)).unwrap());
    assert_eq!(call.cancel(orders[0]), Some(Qty(10)));
    assert_eq!(call.cancel(orders[0]), None);
    assert_eq!(call.reduce(orders[1], Qty(5)).unwrap().left, Qty(15));
    assert_eq!(call.market().clone().ahead(orders[2]).unwrap().qty, Qty(15));
    assert_eq!(call.market().locate(orders[2].place(), OrderId(4)), Some(orders[2]));
    let mut book = Ladder::default();
    book.insert_resting(OrderId(9), Side::Sell, Price(50), Qty(20)).unwrap();
    let mut told = Vec::new();
    call.uncross(&mut book, Price(50), &mut |of| told.push(of)).unwrap();
    assert_eq!((told[0].id, told[0].limit, told[0].handle), (OrderId(3), None, orders[1]));
    assert_eq!((told[2].id, told[2].limit), (OrderId(9), Some(Price(50))));
    let mut back = Vec::new();
    call.clear(&mut |id, side, qty| back.push((id.0, side, qty.0)));
    assert_eq!(back, [(4, Side::Buy, 25)]);
    assert!(call.market().is_empty());
}

#[test]
fn an_order_of_a_call_is_replaced_without_matching() {
    fn replaced<B: BookEngine>() -> Vec<u64> {
        let mut book = B::default();
        let bid = book.insert_resting(OrderId(1), Side::Buy, Price(10), Qty(7)).unwrap();
        let other = book.insert_resting(OrderId(2), Side::Sell, Price(12), Qty(7)).unwrap();
        assert_eq!(book.replace_resting(bid, Price(10), Qty(5)), Outcome::Kept { left: Qty(5) });
        let Outcome::Rests { handle, left: Qty(9) } = book.replace_resting(bid, Price(13), Qty(9)) else {
            panic!("it rests")
        };
        assert!(book.is_crossed());
        assert_eq!(book.replace_resting(bid, Price(13), Qty(9)), Outcome::Refused(Reject::TooLate));
        assert_eq!(book.replace_resting(handle, Price::MAX, Qty(9)), Outcome::Refused(Reject::BadPrice));
        assert_eq!(book.replace_resting(other, Price(12), Qty::ZERO), Outcome::Refused(Reject::BadQty));
        assert_eq!(book.get(handle).unwrap().left, Qty(9));
        let mut words = Vec::new();
        book.digest(&mut |word| words.push(word));
        words
    }
    assert_eq!(replaced::<Naive>(), replaced::<Ladder>());
}

#[test]
fn sums_beyond_64_bits_and_the_ends_of_the_prices_are_exact() {
    let most = Qty::MAX.0;
    let mut orders = vec![bid(most, i64::MAX - 1); 5];
    orders.extend([ask(most, i64::MIN + 1); 3]);
    let volume = 3 * u128::from(most);
    let surplus = 2 * i128::from(most);
    for rules in [LIMITS, TICKS, PRO_RATA] {
        assert_eq!(clearing(&orders, 0, rules), Some((i64::MAX - 1, volume, surplus)));
    }
    let told = uncross(&orders, 0, PRO_RATA);
    assert_eq!(told.iter().map(|of| u128::from(of.1)).sum::<u128>(), 2 * volume);
    assert_eq!(told.iter().filter(|of| of.0 <= 5 && of.1.abs_diff(most / 5 * 3) <= 3).count(), 5);
    let markets = vec![at_market(Side::Sell, most); 4];
    orders.extend(markets);
    assert_eq!(clearing(&orders, 0, LIMITS), Some((i64::MIN + 1, 5 * u128::from(most), -surplus)));
}

/// Who trades how much: everything again from the definitions, with no curve and no book.
struct Brute<'a> {
    orders: &'a [Order],
    reference: i64,
    rules: Rules,
}

/// True when an order trades at a price.
fn accepts((side, limit, _): &Order, price: i64) -> bool {
    limit.is_none_or(|limit| side.sign() * limit >= side.sign() * price)
}

impl Brute<'_> {
    fn side(&self, side: Side, price: i64) -> i128 {
        let of = self.orders.iter().filter(|order| order.0 == side && accepts(order, price));
        of.map(|order| i128::from(order.2)).sum()
    }

    /// Volume and surplus at a price.
    fn at(&self, price: i64) -> (i128, i128) {
        let (demand, supply) = (self.side(Side::Buy, price), self.side(Side::Sell, price));
        (demand.min(supply), demand - supply)
    }

    fn limits(&self) -> Vec<i64> {
        self.orders.iter().filter_map(|order| order.1).collect()
    }

    fn price(&self) -> Option<i64> {
        let limits = self.limits();
        let mut candidates = match (self.rules.candidates, limits.iter().min(), limits.iter().max()) {
            (Candidates::Ticks, Some(&low), Some(&high)) => (low..=high).collect(),
            _ => limits,
        };
        if !self.orders.iter().any(|order| order.1.is_some() && accepts(order, self.reference)) {
            candidates.push(self.reference);
        }
        let volume = candidates.iter().map(|&p| self.at(p).0).max().filter(|&volume| volume > 0)?;
        candidates.retain(|&p| self.at(p).0 == volume);
        let surplus = candidates.iter().map(|&p| self.at(p).1.abs()).min()?;
        candidates.retain(|&p| self.at(p).1.abs() == surplus);
        candidates.sort_unstable();
        let (low, high) = (candidates[0], *candidates.last()?);
        if self.rules.tie == Tie::Reference {
            return candidates.into_iter().rev().min_by_key(|p| p.abs_diff(self.reference));
        }
        let (short, long): (Vec<i64>, Vec<i64>) = candidates.iter().partition(|&&p| self.at(p).1 > 0);
        Some(match (surplus, short.last(), long.first()) {
            (0, ..) => self.reference.clamp(low, high),
            (_, Some(_), None) => high,
            (_, None, _) => low,
            (_, Some(&short), Some(&long)) => self.reference.clamp(short, long),
        })
    }

    /// What each order trades, by id.
    fn parts(&self, side: Side, mut lots: i128) -> BTreeMap<u64, u64> {
        // Best first: market orders, then by price.
        let rank = |order: &Order| order.1.map_or(i64::MIN, |limit| -side.sign() * limit);
        let mut levels: BTreeMap<i64, Vec<(u64, u64)>> = BTreeMap::new();
        for (id, order) in (1..).zip(self.orders).filter(|(_, order)| order.0 == side) {
            levels.entry(rank(order)).or_default().push((id, order.2));
        }
        let mut parts = BTreeMap::new();
        for level in levels.into_values() {
            let whole: i128 = level.iter().map(|&(_, qty)| i128::from(qty)).sum();
            let mut over = lots.min(whole);
            if self.rules.allocation == Allocation::ProRata && lots < whole {
                let ideal = |qty: u64| (i128::from(qty) * lots / whole, i128::from(qty) * lots % whole);
                over -= level.iter().map(|&(_, qty)| ideal(qty).0).sum::<i128>();
                for &(id, qty) in &level {
                    let better =
                        level.iter().filter(|&&(other, size)| (-ideal(size).1, other) < (-ideal(qty).1, id));
                    let extra = i128::from((better.count() as i128) < over);
                    parts.insert(id, (ideal(qty).0 + extra) as u64);
                }
            } else {
                for &(id, qty) in &level {
                    let part = over.min(i128::from(qty));
                    over -= part;
                    parts.insert(id, part as u64);
                }
            }
            lots -= lots.min(whole);
        }
        parts.retain(|_, &mut part| part > 0);
        parts
    }
}

/// An order, its limit, what it traded and what is left of it.
type Part = (OrderId, Side, Option<Price>, Qty, Qty);

/// An auction on one engine: the result, the executions, and the words of what is left.
fn hold<B: BookEngine>(
    orders: &[Order],
    reference: i64,
    rules: Rules,
) -> (Option<Clearing>, Vec<Part>, Vec<u64>) {
    let (mut book, mut call) = open::<B>(orders, rules);
    let (mut told, mut words) = (Vec::new(), Vec::new());
    let indicative = call.indicative(&book, Price(reference));
    let found = call.uncross(&mut book, Price(reference), &mut |of: Execution| {
        told.push((of.id, of.side, of.limit, of.qty, of.left));
    });
    assert_eq!(indicative, found);
    book.check().unwrap();
    call.market().check().unwrap();
    assert!(!book.is_crossed());
    assert_eq!(call.indicative(&book, Price(reference)), None, "something was left to trade");
    book.digest(&mut |word| words.push(word));
    call.market().digest(&mut |word| words.push(word));
    (found, told, words)
}

fn check(orders: &[Order], reference: i64, rules: Rules) {
    let brute = Brute { orders, reference, rules };
    let auction = hold::<Ladder>(orders, reference, rules);
    assert_eq!(auction, hold::<Naive>(orders, reference, rules));
    let (found, told, _) = auction;
    assert_eq!(found.map(|found| found.price.0), brute.price());
    let curves = Curves::new(orders.iter().map(|&(side, limit, qty)| (side, limit.map(Price), Qty(qty))));
    assert_eq!(curves.clearing(Price(reference), rules), found);
    let Some(Clearing { price: Price(price), volume, surplus }) = found else {
        assert!(told.is_empty());
        return;
    };
    let volume = i128::try_from(volume).unwrap();
    assert_eq!((volume, surplus), brute.at(price));
    // No price at all has more volume.
    let limits = brute.limits();
    let (low, high) = (limits.iter().min().unwrap_or(&price), limits.iter().max().unwrap_or(&price));
    assert!((low - 2..=high + 2).all(|p| brute.at(p).0 <= volume));
    let mut priority = Vec::new();
    for side in Side::BOTH {
        let parts: Vec<_> = told.iter().filter(|of| of.1 == side).collect();
        assert_eq!(parts.iter().map(|of| i128::from(of.3.0)).sum::<i128>(), volume, "bought and sold");
        let by_id: BTreeMap<u64, u64> = parts.iter().map(|of| (of.0.0, of.3.0)).collect();
        assert_eq!(by_id, brute.parts(side, volume));
        for &&(id, _, limit, qty, left) in &parts {
            let order = orders[id.0 as usize - 1];
            assert_eq!((order.0, order.1, order.2), (side, limit.map(|p| p.0), qty.0 + left.0));
            assert!(accepts(&order, price), "beyond its limit");
            let worse = limit.map_or(i64::MIN, |limit| -side.sign() * limit.0);
            priority.push((side as u8, worse, id));
        }
        if rules.tie == Tie::Pressure {
            for (id, order) in (1..).zip(orders).filter(|(_, order)| order.0 == side) {
                let better = order.1.is_some_and(|limit| side.sign() * limit > side.sign() * price);
                assert!(
                    !better || by_id.get(&id) == Some(&order.2),
                    "order {id} is better and did not trade"
                );
            }
        }
    }
    assert!(priority.is_sorted(), "told in their priority");
}

fn order() -> impl Strategy<Value = Order> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let limit = prop_oneof![7 => (90i64..111).prop_map(Some), 1 => Just(None)];
    // Few sizes, so that volumes and surpluses are often equal.
    (side, limit, prop_oneof![3 => 1u64..5, 1 => 1u64..300])
}

fn rules() -> impl Strategy<Value = Rules> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(ticks, nearest, pro_rata)| Rules {
        candidates: if ticks { Candidates::Ticks } else { Candidates::Limits },
        tie: if nearest { Tie::Reference } else { Tie::Pressure },
        allocation: if pro_rata { Allocation::ProRata } else { Allocation::Time },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn follows_the_rules(orders in prop::collection::vec(order(), 0..14), at in 86i64..115, rules in rules()) {
        check(&orders, at, rules);
    }

    #[test]
    fn follows_the_rules_with_many_orders(
        orders in prop::collection::vec(order(), 40..120), at in 86i64..115, rules in rules(),
    ) {
        check(&orders, at, rules);
    }

    #[test]
    fn only_priority_depends_on_the_order_of_arrival(
        (orders, shuffled) in prop::collection::vec(order(), 0..20)
            .prop_flat_map(|orders| (Just(orders.clone()), Just(orders).prop_shuffle())),
        at in 86i64..115, rules in rules(),
    ) {
        let by_level = |orders: &[Order]| {
            let (found, told, _) = hold::<Ladder>(orders, at, rules);
            let mut levels: BTreeMap<(u8, Option<Price>), u128> = BTreeMap::new();
            for (_, side, limit, qty, _) in told {
                *levels.entry((side as u8, limit)).or_default() += u128::from(qty.0);
            }
            (found, levels)
        };
        prop_assert_eq!(by_level(&orders), by_level(&shuffled));
    }
}
