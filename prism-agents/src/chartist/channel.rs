//! The channel of recent highs and lows that a breakout leaves.

use prism_core::types::{Price, Span, Time};
use serde::{Deserialize, Serialize};

/// A Donchian channel: the highest high and the lowest low of the last `n` closed bars, and the mean of
/// their true ranges. A bar in which nothing traded is left out.
///
/// ```
/// use prism_agents::chartist::Channel;
/// use prism_core::types::{Price, Span, Time};
/// let mut channel = Channel::new(2, Span::secs(60));
/// for (minute, price) in [(0, 100), (0, 104), (1, 98), (2, 150)] {
///     channel.push(Time::ZERO + Span::mins(minute), Price(price));
/// }
/// assert_eq!(channel.bounds(), Some((Price(98), Price(104)))); // not the bar that is still open
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    closed: Vec<Bar>,
    /// Where the next closed bar goes.
    next: usize,
    count: usize,
    bounds: (Price, Price),
    ranges: i128,
    width: Span,
    open: Option<OpenBar>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bar {
    high: Price,
    low: Price,
    /// True range, in ticks.
    range: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct OpenBar {
    number: i64,
    high: Price,
    low: Price,
    last: Price,
    /// The last price of the bar before.
    before: Price,
}

impl Channel {
    /// The most bars of a channel.
    pub const MOST_BARS: usize = 10_000;

    /// Without bars: `bars` of them (one to [`MOST_BARS`](Channel::MOST_BARS)) make a channel, each as long as
    /// `width` (at least a nanosecond).
    pub fn new(bars: usize, width: Span) -> Channel {
        Channel {
            closed: vec![Bar::default(); bars.clamp(1, Channel::MOST_BARS)],
            next: 0,
            count: 0,
            bounds: (Price(0), Price(0)),
            ranges: 0,
            width: width.max(Span::nanos(1)),
            open: None,
        }
    }

    /// Takes a trade in. The first trade of a new bar closes the one before. Times must not go back. Does
    /// not allocate.
    #[inline]
    pub fn push(&mut self, now: Time, price: Price) {
        let number = self.bar(now);
        match &mut self.open {
            Some(bar) if bar.number == number => {
                bar.high = bar.high.max(price);
                bar.low = bar.low.min(price);
                bar.last = price;
            }
            open => {
                let before = open.map_or(price, |bar| bar.last);
                let closing = open.replace(OpenBar { number, high: price, low: price, last: price, before });
                if let Some(bar) = closing {
                    self.close(bar);
                }
            }
        }
    }

    /// The number of the bar that `now` falls into.
    #[inline]
    pub fn bar(&self, now: Time) -> i64 {
        now.nanos() / self.width.as_nanos()
    }

    fn close(&mut self, bar: OpenBar) {
        let range = bar.high.max(bar.before) - bar.low.min(bar.before);
        if self.count == self.closed.len() {
            self.ranges -= i128::from(self.closed[self.next].range);
        } else {
            self.count += 1;
        }
        self.closed[self.next] = Bar { high: bar.high, low: bar.low, range: range.0 };
        self.ranges += i128::from(range.0);
        self.next = (self.next + 1) % self.closed.len();
        let bars = &self.closed[..self.count];
        let low = bars.iter().map(|bar| bar.low).min().unwrap_or(bar.low);
        let high = bars.iter().map(|bar| bar.high).max().unwrap_or(bar.high);
        self.bounds = (low, high);
    }

    /// The lowest low and the highest high of the closed bars; `None` before there are enough of them.
    #[inline]
    pub fn bounds(&self) -> Option<(Price, Price)> {
        (self.count == self.closed.len()).then_some(self.bounds)
    }

    /// The mean true range of the closed bars, in ticks; `None` before there are enough of them.
    pub fn mean_range(&self) -> Option<f64> {
        (self.count == self.closed.len()).then(|| self.ranges as f64 / self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn true_ranges_reach_to_the_close_before() {
        let mut channel = Channel::new(2, Span::secs(1));
        let trades = [(0, 10), (0, 14), (0, 12), (1, 20), (5, 13), (5, 11), (6, 30)];
        for (second, price) in trades {
            channel.push(Time::ZERO + Span::secs(second), Price(price));
        }
        // Bar 1: 20 against a close of 12; bar 5: 11 to 13 against a close of 20.
        assert_eq!(channel.mean_range(), Some(f64::midpoint(8.0, 9.0)));
        assert_eq!(channel.bounds(), Some((Price(11), Price(20))));
    }

    proptest! {
        /// Against a plain list of bars.
        #[test]
        fn agrees_with_a_list(
            bars in 1usize..6,
            trades in proptest::collection::vec((0i64..4, 50i64..150), 1..200),
        ) {
            let mut channel = Channel::new(bars, Span::nanos(3));
            let mut list: Vec<(i64, Vec<i64>)> = Vec::new();
            let mut now = 0;
            for (step, price) in trades {
                now += step;
                channel.push(Time::from_nanos(now), Price(price));
                match list.last_mut() {
                    Some((number, prices)) if *number == now / 3 => prices.push(price),
                    _ => list.push((now / 3, vec![price])),
                }
                let closed = &list[..list.len() - 1];
                let window = &closed[closed.len().saturating_sub(bars)..];
                let all = || window.iter().flat_map(|(_, prices)| prices.iter().copied());
                let want = (closed.len() >= bars).then(|| (Price(all().min().unwrap_or(0)), Price(all().max().unwrap_or(0))));
                prop_assert_eq!(channel.bounds(), want);
                let ranges: i64 = (closed.len().saturating_sub(bars)..closed.len())
                    .map(|n| {
                        let prices = &closed[n].1;
                        let before = if n == 0 { prices[0] } else { closed[n - 1].1[closed[n - 1].1.len() - 1] };
                        prices.iter().copied().fold(before, i64::max) - prices.iter().copied().fold(before, i64::min)
                    })
                    .sum();
                let mean = (closed.len() >= bars).then(|| ranges as f64 / bars as f64);
                prop_assert_eq!(channel.mean_range(), mean);
            }
        }
    }
}
