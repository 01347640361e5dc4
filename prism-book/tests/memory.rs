//! What a book holds, and that it asks for nothing more once it has its size.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use std::hint::black_box;

use allocation_counter::measure;
use prism_book::{BookEngine, Handle, Incoming, Ladder, Outcome};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
use support::Numbers;

/// A market that never ends: about as many orders come as go, a tenth of them to trade.
struct Flow {
    book: Ladder,
    numbers: Numbers,
    mid: i64,
    live: Vec<Handle>,
    most: usize,
    ids: u64,
    trades: u64,
}

impl Flow {
    fn new(seed: u64, most: usize) -> Flow {
        let live = Vec::with_capacity(most + 1);
        Flow { book: Ladder::default(), numbers: Numbers(seed), mid: 50_000, live, most, ids: 0, trades: 0 }
    }

    fn submit(&mut self, side: Side, tif: Tif, qty: u64, price: i64) {
        self.ids += 1;
        let order = Incoming { id: OrderId(self.ids), side, tif, qty: Qty(qty), price: Price(price) };
        let trades = &mut self.trades;
        if let Outcome::Rests { handle, .. } = self.book.submit(order, &mut |_| *trades += 1) {
            self.live.push(handle);
        }
    }

    /// One message; orders rest up to `away` ticks from the mid, every hundredth up to `far`.
    fn step(&mut self, away: u64, far: u64) {
        let side = if self.numbers.below(2) == 0 { Side::Buy } else { Side::Sell };
        let qty = 1 + self.numbers.below(50);
        if self.numbers.below(10) == 0 {
            self.submit(side, Tif::Ioc, 2 * qty, self.mid + side.sign() * 5);
        } else {
            let reach = if self.numbers.below(100) == 0 { far } else { away };
            let price = self.mid - side.sign() * (1 + self.numbers.below(reach) as i64);
            self.submit(side, Tif::PostOnly, qty, price);
        }
        while self.live.len() > self.most {
            let n = self.numbers.below(self.live.len() as u64) as usize;
            let order = self.live.swap_remove(n);
            self.book.cancel(order);
        }
    }

    fn run(&mut self, steps: u32, away: u64, far: u64) {
        (0..steps).for_each(|_| self.step(away, far));
    }
}

#[test]
fn an_empty_book_holds_nothing() {
    let info = measure(|| {
        black_box(Ladder::default());
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn a_hundred_quiet_books_hold_a_megabyte_at_most() {
    let info = measure(|| {
        let books: Vec<Ladder> = (0..100)
            .map(|seed| {
                let mut flow = Flow::new(seed, 20);
                flow.run(40, 50, 50);
                flow.book
            })
            .collect();
        assert!(books.iter().all(|book| !book.is_empty()));
        black_box(&books);
    });
    assert!(info.bytes_max < 1 << 20, "{} bytes", info.bytes_max);
}

#[test]
fn a_wide_price_range_costs_nothing() {
    let info = measure(|| {
        let mut flow = Flow::new(1, 1_000);
        flow.run(1_000, 1_000_000_000_000, 1_000_000_000_000);
        assert!(flow.book.levels(Side::Buy).count() > 400);
        black_box(&flow.book);
    });
    assert!(info.bytes_max < 256 << 10, "{} bytes", info.bytes_max);
}

#[test]
fn no_allocation_near_the_touch() {
    let mut flow = Flow::new(2, 2_000);
    flow.run(40_000, 50, 50);
    let before = flow.trades;
    assert_eq!(measure(|| flow.run(100_000, 50, 50)).count_total, 0);
    assert!(flow.trades > before + 5_000);
    flow.book.check().unwrap();
}

#[test]
fn no_allocation_far_from_the_touch() {
    let mut flow = Flow::new(3, 2_000);
    flow.run(40_000, 2_000, 1_000_000_000_000);
    assert_eq!(measure(|| flow.run(100_000, 2_000, 1_000_000_000_000)).count_total, 0);
    flow.book.check().unwrap();
}

#[test]
fn no_allocation_while_the_price_walks_away() {
    let mut flow = Flow::new(4, 2_000);
    let mut walk = |steps: u32| {
        for step in 0..steps {
            flow.mid += i64::from(step % 2);
            flow.step(200, 5_000);
        }
        flow.book.check().unwrap();
    };
    walk(60_000);
    assert_eq!(measure(|| walk(200_000)).count_total, 0);
}

/// <https://github.com/exchange-core/exchange-core/issues/131>: memory grew without end in production.
#[test]
fn exchange_core_131_memory_does_not_grow() {
    let mut flow = Flow::new(5, 500);
    flow.run(20_000, 100, 1_000_000);
    let size = |flow: &Flow| measure(|| drop(black_box(flow.book.clone()))).bytes_max;
    let before = size(&flow);
    flow.run(300_000, 100, 1_000_000);
    assert!(size(&flow) <= before + before / 4, "{before} bytes, then {}", size(&flow));
}

#[test]
fn a_flash_crash_allocates_nothing() {
    let mut flow = Flow::new(6, 20_000);
    flow.run(60_000, 5_000, 20_000);
    // 60 % down within twenty thousand messages, every bid above the mid swept away, and back.
    let mut crash = || {
        for step in 0..40_000 {
            let side = if step < 20_000 { Side::Sell } else { Side::Buy };
            flow.mid = if step < 20_000 { 50_000 - step * 3 / 2 } else { 20_000 + (step - 20_000) * 3 / 2 };
            flow.step(5_000, 20_000);
            if step % 50 == 0 {
                flow.submit(side, Tif::Ioc, 1 << 40, flow.mid);
            }
            if step == 20_000 {
                assert!(flow.book.best(Side::Buy).unwrap().price < Price(20_100), "no crash");
                flow.book.check().unwrap();
            }
        }
        assert!(flow.book.best(Side::Sell).unwrap().price > Price(49_900), "no way back");
    };
    crash();
    assert_eq!(measure(crash).count_total, 0);
}
