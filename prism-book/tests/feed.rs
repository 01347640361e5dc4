//! Who applies the messages of a feed has the book, whenever he came; who misses one is told.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_book::book::Leveled;
use prism_book::feed::{
    DepthFeed, FeedError, LevelCopy, LevelFeed, LevelUpdate, OrderCopy, OrderFeed, OrderUpdate, TopFeed,
    TopUpdate,
};
use prism_book::{
    BookEngine, Fill, Handle, Incoming, Ladder, Level, Naive, OrderId, Outcome, Price, Qty, Side, Tif,
};
use prism_core::market::{BookEvent, Rested};
use prism_core::types::BookId;
use proptest::prelude::*;

const DEPTH: usize = 3;

/// A book whose changes are told, and all its feeds.
#[derive(Default)]
struct Floor<B> {
    book: B,
    orders: Vec<(OrderId, Handle)>,
    next: u64,
    tops: TopFeed,
    levels: LevelFeed,
    orders_feed: OrderFeed,
    top: Vec<TopUpdate>,
    level: Vec<LevelUpdate>,
    order: Vec<OrderUpdate>,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Submit { side: Side, price: i64, qty: u64, ioc: bool },
    Cancel(usize),
    Reduce(usize, u64),
    Replace(usize, i64, u64),
}

fn rested(id: OrderId, side: Side, price: Price) -> Rested {
    Rested { book: BookId(0), id, side, price }
}

impl<B: BookEngine> Floor<B> {
    /// Carries an operation out, and returns what happened to resting orders.
    fn carry_out(&mut self, op: Op) -> Vec<BookEvent> {
        let mut told = Vec::new();
        let executed = |told: &mut Vec<BookEvent>, side: Side, fill: &Fill| {
            told.push(rested(fill.maker, side, fill.price).executed(fill.qty, fill.left, fill.price));
        };
        let at = |n: usize, orders: &[(OrderId, Handle)]| (!orders.is_empty()).then(|| n % orders.len());
        match op {
            Op::Submit { side, price, qty, ioc } => {
                self.next += 1;
                let (id, price) = (OrderId(self.next), Price(price));
                let tif = if ioc { Tif::Ioc } else { Tif::Gtc };
                let order = Incoming { id, side, tif, qty: Qty(qty), price };
                if let Outcome::Rests { handle, left } =
                    self.book.submit(order, &mut |fill| executed(&mut told, !side, &fill))
                {
                    self.orders.push((id, handle));
                    told.push(rested(id, side, price).added(left));
                }
            }
            Op::Cancel(n) => {
                if let Some(n) = at(n, &self.orders) {
                    let (id, handle) = self.orders[n];
                    let was = self.book.get(handle).unwrap();
                    let left = self.book.cancel(handle).unwrap();
                    told.push(rested(id, was.side, was.price).deleted(left));
                }
            }
            Op::Reduce(n, by) => {
                if let Some(n) = at(n, &self.orders) {
                    let (id, handle) = self.orders[n];
                    let was = self.book.get(handle).unwrap();
                    let taken = self.book.reduce(handle, Qty(by)).unwrap();
                    told.push(rested(id, was.side, was.price).reduced(taken.qty, taken.left));
                }
            }
            Op::Replace(n, price, qty) => {
                if let Some(n) = at(n, &self.orders) {
                    let (id, handle) = self.orders[n];
                    let was = self.book.get(handle).unwrap();
                    let (old, price) = (rested(id, was.side, was.price), Price(price));
                    let mut fills = Vec::new();
                    let outcome = self.book.replace(handle, price, Qty(qty), &mut |fill| fills.push(fill));
                    if !fills.is_empty() {
                        told.push(old.deleted(was.left));
                        for fill in &fills {
                            executed(&mut told, !was.side, fill);
                        }
                    }
                    let now = rested(id, was.side, price);
                    match outcome {
                        Outcome::Rests { handle, left } => {
                            self.orders[n].1 = handle;
                            told.push(if fills.is_empty() {
                                now.replaced(left, was.price)
                            } else {
                                now.added(left)
                            });
                        }
                        Outcome::Kept { left } if left < was.left => {
                            told.push(now.reduced(Qty(was.left.0 - left.0), left));
                        }
                        _ => {}
                    }
                }
            }
        }
        self.orders.retain(|(_, handle)| self.book.get(*handle).is_some());
        told
    }

    fn step(&mut self, op: Op) {
        let told = self.carry_out(op);
        self.top.extend(self.tops.publish(&self.book));
        self.levels.publish(&self.book, &told, &mut |update| self.level.push(update));
        self.order.extend(told.into_iter().map(|event| self.orders_feed.publish(event)));
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let op = prop_oneof![
        5 => (side, 95i64..106, 1u64..20, any::<bool>())
            .prop_map(|(side, price, qty, ioc)| Op::Submit { side, price, qty, ioc: ioc && qty > 15 }),
        2 => any::<usize>().prop_map(Op::Cancel),
        1 => (any::<usize>(), 1u64..20).prop_map(|(n, by)| Op::Reduce(n, by)),
        2 => (any::<usize>(), 95i64..106, 1u64..20).prop_map(|(n, price, qty)| Op::Replace(n, price, qty)),
    ];
    proptest::collection::vec(op, 1..120)
}

fn levels<B: BookEngine>(book: &B, depth: usize) -> [Vec<Level>; 2] {
    Side::BOTH.map(|side| book.levels(side).take(depth).collect())
}

fn copied(copy: &LevelCopy) -> [Vec<Level>; 2] {
    Side::BOTH.map(|side| copy.levels(side).collect())
}

fn every_copy_is_the_book<B: BookEngine>(ops: &[Op], late: usize) {
    let mut floor = Floor::<B>::default();
    let mut best = DepthFeed::new(DEPTH);
    let mut best_sent = Vec::new();
    let mut first = LevelCopy::default();
    let mut first_orders = OrderCopy::<B>::default();
    let mut best_copy = LevelCopy::default();
    let mut latecomers = None;
    for (n, op) in ops.iter().enumerate() {
        if n == late % ops.len() {
            let orders = OrderCopy::<Naive>::new(&floor.orders_feed.snapshot(&floor.book)).unwrap();
            latecomers = Some((
                LevelCopy::new(&floor.levels.snapshot(&floor.book, None)),
                LevelCopy::new(&best.snapshot()),
                orders,
            ));
        }
        floor.step(*op);
        best_sent.clear();
        best.publish(&floor.book, &mut |update| best_sent.push(update));
        for update in &floor.level {
            first.apply(update).unwrap();
        }
        for update in &floor.order {
            first_orders.apply(update).unwrap();
        }
        for update in &best_sent {
            best_copy.apply(update).unwrap();
        }

        let all = levels(&floor.book, usize::MAX);
        assert_eq!(copied(&first), all);
        assert_eq!(copied(&best_copy), levels(&floor.book, DEPTH));
        let queue =
            |book: &B| Side::BOTH.map(|side| book.orders(side).map(|(_, order)| order).collect::<Vec<_>>());
        assert_eq!(queue(first_orders.book()), queue(&floor.book));
        assert_eq!((floor.tops.last().bid, floor.tops.last().ask), floor.book.top());
        if let Some((levels_copy, best_late, orders)) = &mut latecomers {
            // They hear everything from the beginning, and what they have already changes nothing.
            for update in &floor.level {
                levels_copy.apply(update).unwrap();
            }
            for update in &floor.order {
                orders.apply(update).unwrap();
            }
            for update in &best_sent {
                best_late.apply(update).unwrap();
            }
            assert_eq!(copied(levels_copy), all);
            assert_eq!(copied(best_late), copied(&best_copy));
            assert_eq!(levels(orders.book(), usize::MAX), all);
            assert_eq!(orders.seq(), first_orders.seq());
        }
    }
    // Numbers without a gap, and no top said twice.
    assert!(floor.top.iter().zip(1..).all(|(update, n)| update.seq == n));
    assert!(floor.top.windows(2).all(|two| (two[0].bid, two[0].ask) != (two[1].bid, two[1].ask)));
    assert!(floor.level.iter().zip(1..).all(|(update, n)| update.seq == n));
    assert!(floor.order.iter().zip(1..).all(|(update, n)| update.seq == n));
}

proptest! {
    #[test]
    fn a_copy_is_always_equal_to_the_book(ops in ops(), late in any::<usize>()) {
        every_copy_is_the_book::<Ladder>(&ops, late);
        every_copy_is_the_book::<Naive>(&ops, late);
    }

    /// A book that notes its levels needs no changes of orders.
    #[test]
    fn noted_levels_keep_a_copy(ops in ops()) {
        let mut floor = Floor::<Leveled<Ladder>>::default();
        floor.book.watch(true);
        let (mut feed, mut copy) = (LevelFeed::default(), LevelCopy::default());
        for op in &ops {
            floor.step(*op);
            floor.book.tell(&mut |side, level| copy.apply(&feed.update(side, level)).unwrap());
            prop_assert_eq!(copied(&copy), levels(&floor.book, usize::MAX));
        }
        floor.book.clear();
        floor.book.tell(&mut |side, level| copy.apply(&feed.update(side, level)).unwrap());
        prop_assert_eq!(copied(&copy), [Vec::new(), Vec::new()]);
        floor.book.tell(&mut |side, level| panic!("{side:?} {level:?} is told twice"));
    }

    #[test]
    fn a_missing_message_is_noticed_and_a_snapshot_mends_it(ops in ops(), lost in any::<usize>()) {
        let mut floor = Floor::<Ladder>::default();
        for op in &ops {
            floor.step(*op);
        }
        prop_assume!(floor.order.len() > 1);
        let lost = lost % (floor.order.len() - 1);
        let (number, after) = (lost as u64 + 1, lost as u64 + 2);
        let gap = FeedError::Gap { expected: number, got: after };

        let mut copy = OrderCopy::<Ladder>::default();
        for update in &floor.order[..lost] {
            copy.apply(update).unwrap();
        }
        prop_assert_eq!(copy.apply(&floor.order[lost + 1]), Err(gap));
        prop_assert_eq!(copy.seq(), lost as u64, "nothing is changed");
        copy = OrderCopy::new(&floor.orders_feed.snapshot(&floor.book)).unwrap();
        prop_assert_eq!(levels(copy.book(), usize::MAX), levels(&floor.book, usize::MAX));

        let mut copy = LevelCopy::default();
        for update in &floor.level[..lost] {
            copy.apply(update).unwrap();
        }
        prop_assert_eq!(copy.apply(&floor.level[lost + 1]), Err(gap));
        prop_assert_eq!(copied(&LevelCopy::new(&floor.levels.snapshot(&floor.book, None))), levels(&floor.book, usize::MAX));
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let update = |seq, event| OrderUpdate { seq, event };
    let order = |id| rested(OrderId(id), Side::Buy, Price(100));
    let mut copy = OrderCopy::<Ladder>::default();
    copy.apply(&update(1, order(1).added(Qty(5)))).unwrap();
    let wrong = |seq, id| Err(FeedError::Contradiction { seq, id: OrderId(id) });
    assert_eq!(copy.apply(&update(2, order(1).added(Qty(5)))), wrong(2, 1), "it is there twice");
    assert_eq!(copy.apply(&update(3, order(2).deleted(Qty(5)))), wrong(3, 2), "it is not there");
    assert_eq!(
        copy.apply(&update(4, order(1).executed(Qty(2), Qty(1), Price(100)))),
        wrong(4, 1),
        "3 are left"
    );
    let twice = OrderFeed::default().snapshot(copy.book());
    let twice =
        prism_book::feed::OrderSnapshot { seq: 0, orders: [twice.orders.clone(), twice.orders].concat() };
    assert_eq!(OrderCopy::<Naive>::new(&twice).map(|_| ()), wrong(0, 1));
}
