//! Days of continuous trading between call auctions, on the obvious book and the fast one in step.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_book::auction::{Allocation, Call, Candidates, Clearing, Execution, Rules, Tie};
use prism_book::{BookEngine, Handle, Ladder, Naive, OrderId, Price, Qty, Side, Tif};
use support::{Numbers, Pair, digest};

/// How far from the middle prices go.
#[derive(Clone, Copy, Debug)]
enum Market {
    /// A few ticks: long queues, much volume.
    Narrow,
    /// Mostly some ticks, some up to 10^12: orders in and outside the ladder's window.
    Wide,
    /// The ends of the number range, and the largest sizes.
    Edges,
}

struct Day {
    numbers: Numbers,
    market: Market,
    books: Pair,
    calls: (Call<Naive>, Call<Ladder>),
    waiting: Vec<(Handle, Handle)>,
    next_id: u64,
}

/// What the sides of a book hold, in lots.
fn lots(book: &impl BookEngine) -> [u128; 2] {
    Side::BOTH.map(|side| book.orders(side).map(|(_, order)| u128::from(order.left.0)).sum())
}

impl Day {
    fn order(&mut self) -> (Side, i64, u64) {
        let n = &mut self.numbers;
        let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
        let away = match (self.market, n.below(20)) {
            (Market::Narrow, _) => n.between(-3, 3),
            (Market::Wide, 0) => n.between(-10, 10) * 10i64.pow(n.below(12) as u32),
            (Market::Wide, _) => n.between(-60, 60),
            (Market::Edges, 0) => i64::MAX - 10_000 - n.below(3) as i64,
            (Market::Edges, 1) => i64::MIN + 10_000 + n.below(3) as i64,
            (Market::Edges, _) => n.between(-5, 5),
        };
        let largest = matches!(self.market, Market::Edges) && n.below(8) == 0;
        let qty = if largest { Qty::MAX.0 - n.below(3) } else { 1 + n.below(100) };
        (side, 10_000 + away, qty)
    }

    fn known(&mut self) -> usize {
        let known = self.books.handles.len() as u64;
        (known - 1 - self.numbers.below(known.min(300))) as usize
    }

    fn trade(&mut self) {
        let (side, price, qty) = self.order();
        let tif = [Tif::Gtc, Tif::Gtc, Tif::PostOnly, Tif::Ioc, Tif::Fok][self.numbers.below(5) as usize];
        if self.books.handles.is_empty() || self.numbers.below(2) == 0 {
            let _ = self.books.submit(side, tif, qty, price);
            return;
        }
        let n = self.known();
        match self.numbers.below(4) {
            0 => drop(self.books.replace(n, price, qty)),
            1 => drop(self.books.reduce(n, qty)),
            _ => drop(self.books.cancel(n)),
        }
    }

    /// One change of the orders in a call; nothing matches.
    fn collect(&mut self) {
        let (side, price, qty) = self.order();
        let what = self.numbers.below(20);
        if what < 10 || self.books.handles.is_empty() {
            self.books.insert(side, qty, price);
        } else if what < 16 {
            let n = self.known();
            match what {
                10..13 => drop(self.books.cancel(n)),
                13 => drop(self.books.reduce(n, qty)),
                14 => drop(self.books.get(n)),
                _ => drop(self.books.replace_resting(n, price, qty)),
            }
            self.books.look(side, price);
        } else if what < 18 || self.waiting.is_empty() {
            self.next_id += 1;
            let id = OrderId(self.next_id);
            let (a, b) = (self.calls.0.add(id, side, Qty(qty)), self.calls.1.add(id, side, Qty(qty)));
            self.waiting.push((a.unwrap(), b.unwrap()));
        } else {
            let (a, b) = self.waiting[self.numbers.below(self.waiting.len() as u64) as usize];
            if what == 18 {
                assert_eq!(self.calls.0.cancel(a), self.calls.1.cancel(b));
            } else {
                assert_eq!(self.calls.0.reduce(a, Qty(qty)), self.calls.1.reduce(b, Qty(qty)));
            }
        }
        assert_eq!(self.books.naive.is_crossed(), self.books.ladder.is_crossed());
    }

    fn indicative(&mut self, reference: Price) -> Option<Clearing> {
        let told = self.calls.0.indicative(&self.books.naive, reference);
        assert_eq!(told, self.calls.1.indicative(&self.books.ladder, reference));
        told
    }

    fn uncross(&mut self, reference: Price) {
        let told = self.indicative(reference);
        let before = [lots(&self.books.ladder), lots(self.calls.1.market())];
        let mut parts: [Vec<Execution>; 2] = Default::default();
        let a = self.calls.0.uncross(&mut self.books.naive, reference, &mut |part| parts[0].push(part));
        let b = self.calls.1.uncross(&mut self.books.ladder, reference, &mut |part| parts[1].push(part));
        assert_eq!((a, b), (told, told));
        assert_eq!(parts[0].len(), parts[1].len());
        for (a, b) in parts[0].iter().zip(&parts[1]) {
            assert_eq!(Execution { handle: b.handle, ..*a }, *b);
            // The handle finds what is left of the order, or nothing.
            let of = if b.limit.is_some() { &self.books.ladder } else { self.calls.1.market() };
            assert_eq!(of.get(b.handle).map_or(Qty::ZERO, |order| order.left), b.left);
        }
        // What was bought is what was sold, and is gone from the book and the call, to the last lot.
        let after = [lots(&self.books.ladder), lots(self.calls.1.market())];
        let volume = told.map_or(0, |clearing| clearing.volume);
        for side in 0..2 {
            let traded = parts[1].iter().filter(|part| part.side as usize == side);
            assert_eq!(traded.map(|part| u128::from(part.qty.0)).sum::<u128>(), volume);
            assert_eq!(before[0][side] + before[1][side], after[0][side] + after[1][side] + volume);
        }
        self.books.check();
        assert!(!self.books.ladder.is_crossed());
        assert_eq!(digest(self.calls.0.market()), digest(self.calls.1.market()));
        assert_eq!(self.indicative(reference), None, "something was left to trade");
    }

    /// What is left of the market orders goes into continuous trading.
    fn resume(&mut self) {
        let mut back = [Vec::new(), Vec::new()];
        self.calls.0.clear(&mut |id, side, qty| back[0].push((id, side, qty)));
        self.calls.1.clear(&mut |id, side, qty| back[1].push((id, side, qty)));
        assert_eq!(back[0], back[1]);
        for &(_, side, qty) in &back[1] {
            let any = if side == Side::Buy { Price::MAX } else { Price::MIN };
            let _ = self.books.submit(side, Tif::Ioc, qty.0, any.0);
        }
        self.waiting.clear();
    }
}

fn run(seed: u64, market: Market, calls: u32) -> u128 {
    let mut day = Day {
        numbers: Numbers(seed),
        market,
        books: Pair::default(),
        calls: (Call::default(), Call::default()),
        waiting: Vec::new(),
        next_id: 1 << 40,
    };
    let mut traded = 0;
    for call in 0..calls {
        let rules = Rules {
            candidates: if call & 1 == 0 { Candidates::Limits } else { Candidates::Ticks },
            tie: if call & 2 == 0 { Tie::Pressure } else { Tie::Reference },
            allocation: if call & 4 == 0 { Allocation::Time } else { Allocation::ProRata },
        };
        (day.calls.0.rules, day.calls.1.rules) = (rules, rules);
        let reference = Price(10_000 + day.numbers.between(-5, 5));
        for step in 0..day.numbers.below(150) {
            day.collect();
            if step % 10 == 0 {
                day.indicative(reference);
                day.books.check();
            }
        }
        traded += day.indicative(reference).map_or(0, |told| told.volume);
        day.uncross(reference);
        day.resume();
        for _ in 0..day.numbers.below(150) {
            day.trade();
            assert!(!day.books.ladder.is_crossed());
        }
        day.books.check();
    }
    traded
}

#[test]
fn long_queues() {
    assert!(run(1, Market::Narrow, 150) > 60_000);
}

#[test]
fn prices_in_and_outside_the_window() {
    assert!(run(2, Market::Wide, 150) > 60_000);
}

#[test]
fn the_largest_sizes_and_the_ends_of_the_prices() {
    assert!(run(3, Market::Edges, 150) > u128::from(u64::MAX));
}
