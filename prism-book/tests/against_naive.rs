//! The ladder against the obvious book: the same random calls, the same answers, the same digest.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_core::types::{Price, Side, Tif};
use support::{Numbers, Pair};

/// Where the prices of a stream come from.
#[derive(Clone, Copy, Debug)]
enum Market {
    /// A few ticks around a mid that walks.
    Near,
    /// A mid that jumps by thousands of ticks, and prices at all distances up to 10^12 ticks.
    Wild,
    /// Fewer than ten prices: long queues.
    Thin,
    /// The ends of the number range.
    Edges,
    /// A feed that also inserts crossing orders.
    Feed,
}

struct Flow {
    numbers: Numbers,
    market: Market,
    mid: i64,
}

impl Flow {
    fn side(&mut self) -> Side {
        if self.numbers.below(2) == 0 { Side::Buy } else { Side::Sell }
    }

    /// A price for a passive or an aggressive order of `side`.
    fn price(&mut self, side: Side) -> i64 {
        let n = &mut self.numbers;
        let away = match self.market {
            Market::Near | Market::Feed => n.between(-4, 40),
            Market::Thin => n.between(-1, 4),
            Market::Wild => match n.below(10) {
                0 => n.between(-1_000, 1_000_000),
                1 => 10i64.pow(n.below(13) as u32),
                _ => n.between(-20, 2_000),
            },
            Market::Edges => match n.below(6) {
                0 => return i64::MAX - n.below(3) as i64,
                1 => return i64::MIN + n.below(3) as i64,
                2 => return n.next() as i64,
                _ => n.between(-4, 40),
            },
        };
        self.mid - side.sign() * away
    }

    fn qty(&mut self) -> u64 {
        match (self.market, self.numbers.below(40)) {
            (Market::Edges, 1..5) => i64::MAX as u64 - self.numbers.below(3),
            (_, 0) => 0,
            (Market::Edges, 5) => self.numbers.next(),
            _ => 1 + self.numbers.below(100),
        }
    }

    fn walk(&mut self) {
        let n = &mut self.numbers;
        match self.market {
            Market::Wild if n.below(2_000) == 0 => self.mid += n.between(-30_000, 30_000),
            Market::Near | Market::Feed | Market::Wild if n.below(20) == 0 => self.mid += n.between(-1, 1),
            _ => {}
        }
    }
}

fn run(seed: u64, market: Market, calls: u32) {
    let mut flow = Flow { numbers: Numbers(seed), market, mid: 10_000 };
    let mut pair = Pair::default();
    for call in 0..calls {
        flow.walk();
        let known = pair.handles.len() as u64;
        // Mostly an order of the recent past; sometimes any, which is then probably gone.
        let back = if flow.numbers.below(10) == 0 { known } else { known.min(400) };
        let n = if back == 0 { 0 } else { (known - 1 - flow.numbers.below(back)) as usize };
        let side = flow.side();
        let (price, qty) = (flow.price(side), flow.qty());
        let tif =
            [Tif::Gtc, Tif::Gtc, Tif::Gtc, Tif::PostOnly, Tif::Ioc, Tif::Fok][flow.numbers.below(6) as usize];
        match flow.numbers.below(100) {
            0..40 if matches!(market, Market::Feed) => pair.insert(side, qty, price),
            0..48 => drop(pair.submit(side, tif, qty, price)),
            48..52 => drop(pair.submit(
                side,
                Tif::Ioc,
                qty.saturating_mul(20),
                if side == Side::Buy { i64::MAX } else { i64::MIN },
            )),
            _ if known == 0 => {}
            52..82 => drop(pair.cancel(n)),
            82..88 => drop(pair.reduce(n, qty)),
            88..90 => pair.execute(n, qty),
            90..96 => drop(pair.replace(n, price, qty)),
            96 => {
                if let Some(order) = pair.get(n) {
                    drop(pair.replace(n, order.price.0, qty));
                }
            }
            97 => drop(pair.get(n)),
            98 => pair.look(side, price),
            _ if flow.numbers.below(200) == 0 => pair.clear(),
            _ => {}
        }
        if call % 1_000 == 0 {
            pair.check();
        }
        if !matches!(market, Market::Feed)
            && let (Some(bid), Some(ask)) = pair.ladder_top()
        {
            assert!(bid < ask, "crossed: {bid:?} {ask:?}");
        }
    }
    pair.check();
}

impl Pair {
    fn ladder_top(&self) -> (Option<Price>, Option<Price>) {
        use prism_book::BookEngine;
        let (bid, ask) = self.ladder.top();
        (bid.map(|level| level.price), ask.map(|level| level.price))
    }
}

#[test]
fn near_the_touch() {
    (0..4).for_each(|seed| run(seed, Market::Near, 100_000));
}

#[test]
fn long_queues() {
    (10..13).for_each(|seed| run(seed, Market::Thin, 100_000));
}

#[test]
fn wild_prices() {
    (20..23).for_each(|seed| run(seed, Market::Wild, 100_000));
}

#[test]
fn ends_of_the_numbers() {
    (30..33).for_each(|seed| run(seed, Market::Edges, 100_000));
}

#[test]
fn order_feeds_that_cross() {
    (40..43).for_each(|seed| run(seed, Market::Feed, 100_000));
}
