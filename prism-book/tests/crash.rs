//! A flash crash of 60 %, and quotes a million ticks away, on the fast book and the obvious one in step.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_core::types::{Side, Tif};
use support::{Numbers, Pair};

const NEAR: i64 = 3_000;

/// A deep book: bids and asks up to `NEAR` ticks from 50,000, and some a million and 10^12 ticks away.
fn deep(numbers: &mut Numbers) -> Pair {
    let mut pair = Pair::default();
    for n in 0..12_000 {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        let away = match n % 100 {
            0 | 1 => 1_000_000 + numbers.between(0, 500),
            2 | 3 => 1_000_000_000_000 + numbers.between(0, 500),
            _ => 1 + numbers.between(0, NEAR),
        };
        let _ = pair.submit(side, Tif::Gtc, 1 + numbers.below(20), 50_000 - side.sign() * away);
    }
    pair.check();
    pair
}

#[test]
fn sixty_per_cent_down_and_back() {
    let mut numbers = Numbers(60);
    let mut pair = deep(&mut numbers);
    let mut mid = 50_000;
    for step in 0..8_000 {
        // Sellers sweep the book down to 20,000, makers follow, then buyers sweep it back.
        let down = step < 4_000;
        let side = if down { Side::Sell } else { Side::Buy };
        mid += if down { -15 / 2 - step % 2 } else { 15 / 2 + step % 2 };
        if step % 4 == 0 {
            let _ = pair.submit(side, Tif::Ioc, 400, mid - side.sign() * 5);
        } else {
            let maker = if numbers.below(2) == 0 { Side::Buy } else { Side::Sell };
            let price = mid - maker.sign() * (10 + numbers.between(0, 200));
            let _ = pair.submit(maker, Tif::PostOnly, 1 + numbers.below(20), price);
            let n = numbers.below(pair.handles.len() as u64) as usize;
            pair.cancel(n);
        }
        if step % 500 == 0 {
            pair.check();
        }
    }
    pair.check();
    assert_eq!(mid, 50_000);
}

#[test]
fn a_market_order_through_everything_to_the_last_quote() {
    let mut numbers = Numbers(61);
    let mut pair = deep(&mut numbers);
    let (_, fills) = pair.submit(Side::Sell, Tif::Ioc, 1_000_000_000, i64::MIN);
    assert!(fills.len() > 5_000);
    assert!(fills.last().unwrap().price.0 < -999_999_000_000);
    pair.check();
    // The market goes on where nobody has been.
    for n in 0..2_000 {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        let _ = pair.submit(
            side,
            Tif::Gtc,
            1 + numbers.below(9),
            700_000_000 - numbers.between(-3, 30) * side.sign(),
        );
    }
    pair.check();
}

#[test]
fn the_touch_jumps_between_worlds() {
    let mut numbers = Numbers(62);
    let mut pair = deep(&mut numbers);
    for round in 0..3_000 {
        // A bid a million ticks above everything, traded with, cancelled or left: the best price jumps there
        // and back.
        let far = 49_000 - 1_000_000 * (1 + round % 3);
        let _ = pair.submit(Side::Sell, Tif::Gtc, 5, far);
        let last = pair.handles.len() - 1;
        match round % 3 {
            0 => drop(pair.cancel(last)),
            1 => drop(pair.submit(Side::Buy, Tif::Ioc, 5, far)),
            _ => drop(pair.submit(Side::Buy, Tif::Gtc, 9, 49_000)),
        }
    }
    pair.check();
}
