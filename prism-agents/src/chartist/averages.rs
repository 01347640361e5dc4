//! Two moving averages over one ring of samples, exact.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The means of the last `short` and of the last `long` samples. Sums are kept in 128-bit integers, so they
/// never drift.
///
/// ```
/// use prism_agents::chartist::Averages;
/// let mut averages = Averages::new(1, 3);
/// for sample in [10, 20, 60] {
///     averages.push(sample);
/// }
/// assert_eq!((averages.short(), averages.long()), (Some(60.0), Some(30.0)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Averages {
    ring: Vec<i64>,
    short: usize,
    /// Where the next sample goes.
    next: usize,
    seen: usize,
    short_sum: i128,
    long_sum: i128,
}

impl Averages {
    /// The longest window there is, in samples.
    pub const LONGEST: usize = 100_000;

    /// Without samples. A short window of nothing counts as one sample, a long one that is not longer than
    /// the short one as one sample longer, and one of more than [`LONGEST`](Averages::LONGEST) as so many.
    pub fn new(short: usize, long: usize) -> Averages {
        let short = short.clamp(1, Averages::LONGEST - 1);
        let ring = vec![0; long.clamp(short + 1, Averages::LONGEST)];
        Averages { ring, short, next: 0, seen: 0, short_sum: 0, long_sum: 0 }
    }

    /// Takes a sample in. Does not allocate.
    #[inline]
    pub fn push(&mut self, sample: i64) {
        let long = self.ring.len();
        if self.seen >= self.short {
            let leaves = (self.next + long - self.short) % long;
            self.short_sum -= i128::from(self.ring[leaves]);
        }
        if self.seen >= long {
            self.long_sum -= i128::from(self.ring[self.next]);
        } else {
            self.seen += 1;
        }
        self.ring[self.next] = sample;
        self.short_sum += i128::from(sample);
        self.long_sum += i128::from(sample);
        self.next = (self.next + 1) % long;
    }

    /// True once there are enough samples for the long window.
    pub fn full(&self) -> bool {
        self.seen == self.ring.len()
    }

    /// The mean of the short window; `None` before there are enough samples for it.
    pub fn short(&self) -> Option<f64> {
        (self.seen >= self.short).then(|| self.short_sum as f64 / self.short as f64)
    }

    /// The mean of the long window; `None` before there are enough samples for it.
    pub fn long(&self) -> Option<f64> {
        self.full().then(|| self.long_sum as f64 / self.ring.len() as f64)
    }

    /// Where the short mean lies: above the long one by more than the share `band` of it
    /// ([`Ordering::Greater`]), below by more than that, or between. Exact for a band of zero. `None` before
    /// there are enough samples.
    #[inline]
    pub fn cross(&self, band: f64) -> Option<Ordering> {
        if !self.full() {
            return None;
        }
        // Both means times both lengths.
        let short = self.short_sum * self.ring.len() as i128;
        let long = self.long_sum * self.short as i128;
        if band > 0.0 {
            let (short, long) = (short as f64, long as f64);
            Some(if short > long * (1.0 + band) {
                Ordering::Greater
            } else if short < long * (1.0 - band) {
                Ordering::Less
            } else {
                Ordering::Equal
            })
        } else {
            Some(short.cmp(&long))
        }
    }
}

#[cfg(test)]
mod tests {
    use prism_core::rng::StreamKey;

    use super::*;

    #[test]
    fn a_million_updates_leave_the_sums_exact() {
        let (short, long) = (20, 50);
        let mut averages = Averages::new(short, long);
        let mut rng = StreamKey::root(3).stream();
        let mut samples = Vec::new();
        let mut price = 20_000i64;
        for n in 1..=1_000_000usize {
            price += rng.sign() * i64::from(rng.below(5));
            averages.push(price);
            samples.push(price);
            if n % 1_009 == 0 || n == 1_000_000 || n < 120 {
                let sum = |window: usize| {
                    samples[n - window.min(n)..].iter().copied().map(i128::from).sum::<i128>()
                };
                assert_eq!((averages.short_sum, averages.long_sum), (sum(short), sum(long)));
                assert_eq!(averages.long().is_some(), n >= long);
                assert_eq!(averages.short().is_some(), n >= short);
                if n >= long {
                    let means = (sum(short) as f64 / 20.0, sum(long) as f64 / 50.0);
                    assert_eq!((averages.short(), averages.long()), (Some(means.0), Some(means.1)));
                    assert_eq!(averages.cross(0.0), means.0.partial_cmp(&means.1));
                }
            }
        }
    }

    #[test]
    fn a_band_keeps_small_differences_quiet() {
        let mut averages = Averages::new(1, 2);
        averages.push(1_000);
        assert_eq!(averages.cross(0.0), None);
        averages.push(1_010); // 1010 against 1005: 0.4975 % above
        assert_eq!(averages.cross(0.0), Some(Ordering::Greater));
        assert_eq!(averages.cross(0.004), Some(Ordering::Greater));
        assert_eq!(averages.cross(0.005), Some(Ordering::Equal));
        averages.push(1_000); // 1000 against 1005
        assert_eq!(averages.cross(0.004), Some(Ordering::Less));
        assert_eq!(averages.cross(0.005), Some(Ordering::Equal));
    }

    #[test]
    fn the_largest_samples_do_not_overflow() {
        let mut averages = Averages::new(3, 100_000);
        for _ in 0..100_001 {
            averages.push(i64::MAX);
        }
        assert_eq!(averages.cross(0.0), Some(Ordering::Equal));
        let odd = Averages::new(0, 0);
        assert_eq!((odd.short, odd.ring.len()), (1, 2));
        let endless = Averages::new(usize::MAX, usize::MAX);
        assert_eq!((endless.short, endless.ring.len()), (99_999, 100_000));
    }
}
