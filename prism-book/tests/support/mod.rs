//! Two engines in step: every call is made on both and every answer compared.
#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part of this module
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::must_use_candidate)]

use prism_book::{BookEngine, Fill, Handle, Incoming, Ladder, Naive, Outcome, Resting, Taken};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

/// The splitmix64 generator: tests need numbers, not quality.
#[derive(Clone, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
}

/// All words of a book's digest.
pub fn digest(book: &impl BookEngine) -> Vec<u64> {
    let mut words = Vec::new();
    book.digest(&mut |word| words.push(word));
    words
}

/// The reference and the fast book, and the handles of every order that ever rested.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    pub naive: Naive,
    pub ladder: Ladder,
    pub handles: Vec<(Handle, Handle)>,
    next_id: u64,
}

impl Pair {
    fn same(&mut self, naive: Outcome, ladder: Outcome, fills: &[Vec<Fill>; 2]) {
        match (naive, ladder) {
            (Outcome::Rests { handle: a, left: x }, Outcome::Rests { handle: b, left: y }) => {
                assert_eq!(x, y);
                self.handles.push((a, b));
            }
            (a, b) => assert_eq!(a, b),
        }
        assert_eq!(fills[0].len(), fills[1].len(), "{fills:?}");
        for (a, b) in fills[0].iter().zip(&fills[1]) {
            assert_eq!(Fill { handle: b.handle, ..*a }, *b);
            let (x, y) = (self.naive.get(a.handle), self.ladder.get(b.handle));
            assert_eq!(x, y);
            assert_eq!(x.map_or(Qty::ZERO, |order| order.left), a.left);
        }
        assert_eq!(self.naive.top(), self.ladder.top());
    }

    pub fn submit(&mut self, side: Side, tif: Tif, qty: u64, price: i64) -> (Outcome, Vec<Fill>) {
        self.next_id += 1;
        let order = Incoming { id: OrderId(self.next_id), side, tif, qty: Qty(qty), price: Price(price) };
        let mut fills = [Vec::new(), Vec::new()];
        let a = self.naive.submit(order, &mut |fill| fills[0].push(fill));
        let b = self.ladder.submit(order, &mut |fill| fills[1].push(fill));
        self.same(a, b, &fills);
        let [_, fills] = fills;
        (b, fills)
    }

    pub fn insert(&mut self, side: Side, qty: u64, price: i64) {
        self.next_id += 1;
        let id = OrderId(self.next_id);
        let crosses = self.naive.would_trade(side, Price(price));
        assert_eq!(crosses, self.ladder.would_trade(side, Price(price)));
        let a = self.naive.insert_resting(id, side, Price(price), Qty(qty));
        let b = self.ladder.insert_resting(id, side, Price(price), Qty(qty));
        match (a, b) {
            (Ok(a), Ok(b)) => self.handles.push((a, b)),
            (a, b) => assert_eq!(a, b),
        }
        assert_eq!(self.naive.top(), self.ladder.top());
    }

    pub fn cancel(&mut self, n: usize) -> Option<Qty> {
        let (a, b) = self.handles[n];
        let gone = self.naive.cancel(a);
        assert_eq!(gone, self.ladder.cancel(b));
        assert_eq!(self.naive.top(), self.ladder.top());
        gone
    }

    pub fn reduce(&mut self, n: usize, by: u64) -> Option<Taken> {
        let (a, b) = self.handles[n];
        let taken = self.naive.reduce(a, Qty(by));
        assert_eq!(taken, self.ladder.reduce(b, Qty(by)));
        assert_eq!(self.naive.top(), self.ladder.top());
        taken
    }

    pub fn execute(&mut self, n: usize, by: u64) {
        let (a, b) = self.handles[n];
        assert_eq!(self.naive.execute(a, Qty(by)), self.ladder.execute(b, Qty(by)));
        assert_eq!(self.naive.top(), self.ladder.top());
    }

    pub fn replace(&mut self, n: usize, price: i64, qty: u64) -> (Outcome, Vec<Fill>) {
        let (a, b) = self.handles[n];
        let mut fills = [Vec::new(), Vec::new()];
        let x = self.naive.replace(a, Price(price), Qty(qty), &mut |fill| fills[0].push(fill));
        let y = self.ladder.replace(b, Price(price), Qty(qty), &mut |fill| fills[1].push(fill));
        self.same(x, y, &fills);
        let [_, fills] = fills;
        (y, fills)
    }

    pub fn replace_resting(&mut self, n: usize, price: i64, qty: u64) -> Outcome {
        let (a, b) = self.handles[n];
        let x = self.naive.replace_resting(a, Price(price), Qty(qty));
        let y = self.ladder.replace_resting(b, Price(price), Qty(qty));
        self.same(x, y, &[Vec::new(), Vec::new()]);
        y
    }

    pub fn get(&mut self, n: usize) -> Option<Resting> {
        let (a, b) = self.handles[n];
        let found = self.naive.get(a);
        assert_eq!(found, self.ladder.get(b));
        assert_eq!(self.naive.ahead(a), self.ladder.ahead(b));
        // Nobody is called 0: the place of an order that is gone may be another's by now, of any other id.
        let id = found.map_or(OrderId(0), |order| order.id);
        assert_eq!(self.naive.locate(a.place(), id), found.map(|_| a));
        assert_eq!(self.ladder.locate(b.place(), id), found.map(|_| b));
        assert_eq!(self.ladder.locate(b.place(), OrderId(u64::MAX)), None);
        found
    }

    pub fn clear(&mut self) {
        self.naive.clear();
        self.ladder.clear();
        assert!(self.naive.is_empty() && self.ladder.is_empty());
    }

    /// The cheap questions about one price.
    pub fn look(&self, side: Side, price: i64) {
        let price = Price(price);
        assert_eq!(self.naive.level(side, price), self.ladder.level(side, price));
        let first = |a: Option<Handle>, b: Option<Handle>| {
            (a.and_then(|a| self.naive.get(a)), b.and_then(|b| self.ladder.get(b)))
        };
        let (a, b) = first(self.naive.head(side, price), self.ladder.head(side, price));
        assert_eq!(a, b);
    }

    /// Everything there is to compare.
    pub fn check(&self) {
        self.naive.check().unwrap();
        self.ladder.check().unwrap();
        assert_eq!(digest(&self.naive), digest(&self.ladder));
        for side in Side::BOTH {
            assert!(self.naive.levels(side).eq(self.ladder.levels(side)));
            let order = |o: (Handle, Resting)| o.1;
            assert!(self.naive.orders(side).map(order).eq(self.ladder.orders(side).map(order)));
        }
        assert_eq!(self.naive.top(), self.ladder.top());
    }
}
