//! Call auctions of 100,000 orders: `cargo run --release --bin auction`

use prism_benches::book::harness::cpu_ns;
use prism_benches::book::stream::SEED;
use prism_book::auction::{Allocation, Call, Rules};
use prism_book::{BookEngine, Ladder, Naive, OrderId, Price, Qty, Side};

const ORDERS: u64 = 100_000;
const ROUNDS: usize = 21;
const MIDDLE: i64 = 1_000_000;

/// A book with as many buys as sells, all prices equally likely within `reach` ticks of the middle. One order in
/// twenty is at market.
fn call<B: BookEngine>(reach: i64, allocation: Allocation) -> (B, Call<B>) {
    let (mut book, mut call) = (B::default(), Call::new(Rules { allocation, ..Rules::default() }));
    let mut state = SEED;
    let mut number = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(state ^ (state >> 29)) * u128::from(below)) >> 64) as u64
    };
    for id in (1..=ORDERS).map(OrderId) {
        let side = Side::BOTH[number(2) as usize];
        let qty = Qty(1 + number(1_000));
        let put = if number(20) == 0 {
            call.add(id, side, qty)
        } else {
            let away = number(2 * reach as u64 + 1) as i64 - reach;
            book.insert_resting(id, side, Price(MIDDLE + away), qty)
        };
        put.expect("a sound order");
    }
    (book, call)
}

/// In milliseconds.
fn median(mut times: Vec<u64>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2] as f64 / 1e6
}

fn row<B: BookEngine>(name: &str, reach: i64, allocation: Allocation) {
    let (book, call) = call::<B>(reach, allocation);
    let (mut asked, mut held, mut orders) = (Vec::new(), Vec::new(), 0u64);
    for _ in 0..ROUNDS {
        let (mut book, mut call) = (book.clone(), call.clone());
        let start = cpu_ns();
        let told = call.indicative(&book, Price(MIDDLE));
        asked.push(cpu_ns() - start);
        orders = 0;
        let start = cpu_ns();
        let found =
            call.uncross(&mut book, Price(MIDDLE), &mut |part| orders += u64::from(!part.qty.is_zero()));
        held.push(cpu_ns() - start);
        assert!(told.is_some() && told == found);
    }
    println!(
        "{name:7} {:>9} {allocation:8?} {:>9} {orders:>9} {:>10.3} {:>10.3}",
        2 * reach + 1,
        book.levels(Side::Buy).count() + book.levels(Side::Sell).count(),
        median(asked),
        median(held)
    );
}

fn main() {
    println!("engine      ticks division    levels  executed indicative    uncross, ms: medians of {ROUNDS}");
    for reach in [0, 100, 10_000, 100_000_000] {
        for allocation in [Allocation::Time, Allocation::ProRata] {
            row::<Ladder>("ladder", reach, allocation);
        }
        row::<Naive>("naive", reach, Allocation::Time);
    }
}
