//! What is true of any book after any calls.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use prism_book::{BookEngine, Fill, Handle, Incoming, Ladder, Outcome};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Call {
    Submit { side: Side, tif: Tif, qty: u64, price: i64 },
    Cancel(prop::sample::Index),
    Reduce(prop::sample::Index, u64),
    Replace(prop::sample::Index, u64, i64),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

/// Mostly a narrow band, so that orders meet; some prices are far away.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 95i64..106, 1 => -3_000_000i64..3_000_000, 1 => Just(1_000_000_000_000)]
}

fn call() -> impl Strategy<Value = Call> {
    let tif =
        prop_oneof![4 => Just(Tif::Gtc), 1 => Just(Tif::Ioc), 1 => Just(Tif::Fok), 1 => Just(Tif::PostOnly)];
    prop_oneof![
        6 => (side(), tif, 1u64..50, price())
            .prop_map(|(side, tif, qty, price)| Call::Submit { side, tif, qty, price }),
        2 => any::<prop::sample::Index>().prop_map(Call::Cancel),
        1 => (any::<prop::sample::Index>(), 1u64..50).prop_map(|(at, by)| Call::Reduce(at, by)),
        2 => (any::<prop::sample::Index>(), 1u64..50, price())
            .prop_map(|(at, qty, price)| Call::Replace(at, qty, price)),
    ]
}

/// What the calls say about each resting order, without a book: its side, price, size and when it joined
/// its queue.
#[derive(Clone, Copy, Debug)]
struct Known {
    handle: Handle,
    side: Side,
    price: i64,
    left: u64,
    joined: usize,
}

#[derive(Default)]
struct Ledger {
    book: Ladder,
    known: BTreeMap<u64, Known>,
    handles: Vec<(u64, Handle)>,
    ids: u64,
}

impl Ledger {
    /// Books the fills of one incoming order and checks them: within the limit, best price first, first come
    /// first served, never more than there is.
    fn fills(&mut self, side: Side, limit: i64, fills: &[Fill]) -> u64 {
        let mut last: Option<(i64, usize)> = None;
        for fill in fills {
            let maker = *self.known.get(&fill.maker.0).expect("a maker that rests");
            assert_eq!((maker.side, maker.price, maker.handle), (!side, fill.price.0, fill.handle));
            assert!(side.sign() * maker.price <= side.sign() * limit, "beyond the limit");
            let rank = (side.sign() * maker.price, maker.joined);
            assert!(last < Some(rank), "out of turn: {last:?}, {rank:?}");
            last = Some(rank);
            assert_eq!(fill.left.0, maker.left - fill.qty.0);
            assert!(fill.qty.0 > 0);
            if fill.left.is_zero() {
                self.known.remove(&fill.maker.0);
            } else {
                self.known.get_mut(&fill.maker.0).unwrap().left = fill.left.0;
            }
        }
        // Nothing better was passed over.
        if let Some((price, joined)) = last {
            for other in self.known.values().filter(|other| other.side != side) {
                let partly = (side.sign() * other.price, other.joined) == (price, joined);
                assert!(partly || (side.sign() * other.price, other.joined) > (price, joined));
            }
        }
        fills.iter().map(|fill| fill.qty.0).sum()
    }

    fn rests(&mut self, id: u64, side: Side, price: i64, outcome: Outcome, want: u64, now: usize) {
        match outcome {
            Outcome::Rests { handle, left } => {
                assert_eq!(left.0, want);
                self.known.insert(id, Known { handle, side, price, left: left.0, joined: now });
                self.handles.push((id, handle));
            }
            Outcome::Filled => assert_eq!(want, 0),
            Outcome::Cancelled { left } => assert_eq!(left.0, want),
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, call: &Call, now: usize) {
        let mut fills = Vec::new();
        let mut note = |fill| fills.push(fill);
        match *call {
            Call::Submit { side, tif, qty, price } => {
                self.ids += 1;
                let id = self.ids;
                let order = Incoming { id: OrderId(id), side, tif, qty: Qty(qty), price: Price(price) };
                let outcome = self.book.submit(order, &mut note);
                let traded = self.fills(side, price, &fills);
                if matches!(outcome, Outcome::Refused(_)) {
                    assert_eq!(traded, 0);
                } else {
                    self.rests(id, side, price, outcome, qty - traded, now);
                }
            }
            Call::Cancel(at) if !self.handles.is_empty() => {
                let (id, handle) = *at.get(&self.handles);
                let mine = self.known.get(&id).copied().filter(|known| known.handle == handle);
                assert_eq!(self.book.cancel(handle), mine.map(|known| Qty(known.left)));
                if mine.is_some() {
                    self.known.remove(&id);
                }
            }
            Call::Reduce(at, by) if !self.handles.is_empty() => {
                let (id, handle) = *at.get(&self.handles);
                let mine = self.known.get_mut(&id).filter(|known| known.handle == handle);
                let taken = self.book.reduce(handle, Qty(by));
                match (taken, mine) {
                    (None, None) => {}
                    (Some(taken), Some(known)) => {
                        assert_eq!(taken.qty.0, by.min(known.left));
                        known.left -= taken.qty.0;
                        assert_eq!(taken.left.0, known.left);
                        if known.left == 0 {
                            self.known.remove(&id);
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            Call::Replace(at, qty, price) if !self.handles.is_empty() => {
                let (id, handle) = *at.get(&self.handles);
                let mine = self.known.get(&id).copied().filter(|known| known.handle == handle);
                let outcome = self.book.replace(handle, Price(price), Qty(qty), &mut note);
                match (mine, outcome) {
                    (None, Outcome::Refused(_)) => assert!(fills.is_empty()),
                    (Some(old), Outcome::Kept { left }) => {
                        assert!(old.price == price && qty <= old.left && left.0 == qty && fills.is_empty());
                        self.known.get_mut(&id).unwrap().left = qty;
                    }
                    (Some(old), outcome) => {
                        assert!(old.price != price || qty > old.left);
                        self.known.remove(&id);
                        let traded = self.fills(old.side, price, &fills);
                        self.rests(id, old.side, price, outcome, qty - traded, now);
                    }
                    other => panic!("{other:?}"),
                }
            }
            _ => {}
        }
    }

    fn check(&self) {
        self.book.check().unwrap();
        if let (Some(bid), Some(ask)) = self.book.top() {
            assert!(bid.price < ask.price, "crossed");
        }
        for side in Side::BOTH {
            let mut want: Vec<_> = self.known.iter().filter(|(_, known)| known.side == side).collect();
            want.sort_by_key(|(_, known)| (-side.sign() * known.price, known.joined));
            let want = want.iter().map(|(id, known)| (**id, known.price, known.left));
            assert!(want.eq(self.book.orders(side).map(|(_, o)| (o.id.0, o.price.0, o.left.0))));
            let by_level: u64 = self.book.levels(side).map(|level| level.qty.0).sum();
            assert_eq!(by_level, self.book.orders(side).map(|(_, order)| order.left.0).sum::<u64>());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Never crossed, never out of turn, never a lot too many or too few.
    #[test]
    fn price_time_priority(calls in prop::collection::vec(call(), 1..300)) {
        let mut ledger = Ledger::default();
        for (now, call) in calls.iter().enumerate() {
            ledger.call(call, now);
            ledger.check();
        }
    }

    /// A clone is a market of its own.
    #[test]
    fn clones_part_ways(first in prop::collection::vec(call(), 1..80), then in prop::collection::vec(call(), 1..80)) {
        let mut ledger = Ledger::default();
        first.iter().enumerate().for_each(|(now, call)| ledger.call(call, now));
        let (copy, before) = (ledger.book.clone(), support::digest(&ledger.book));
        then.iter().enumerate().for_each(|(now, call)| ledger.call(call, 1_000 + now));
        prop_assert_eq!(support::digest(&copy), before);
        copy.check().unwrap();
    }
}
