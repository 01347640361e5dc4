//! Uniform laws: unit interval, bounded integers, coins, choices.

use std::ops::RangeInclusive;

use rand::distr::{Distribution, Open01, OpenClosed01, StandardUniform};
use rand_core::Rng;

use super::RngStream;
use crate::math::Real;

/// 2⁻⁵³: the distance of neighbours in `[0, 1)`.
const STEP: f64 = 1.0 / (1u64 << 53) as f64;

/// The 53 upper bits of a word, in `[0, 1)`.
#[inline]
const fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * STEP
}

impl RngStream {
    /// Uniform in `[0, 1)`: one of the 2⁵³ multiples of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        unit(self.u64())
    }

    /// Uniform between `low` and `high`. The upper end is met only by rounding.
    #[inline]
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..n`, without bias; 0 if `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        #[allow(clippy::cast_possible_truncation)] // below a `u32`
        (self.below_u64(u64::from(n)) as u32)
    }

    /// Uniform in `0..n`, without bias; 0 if `n` is 0.
    ///
    /// Multiplication with rejection (Lemire, *Fast random integer generation in an interval*, ACM Trans. Model.
    /// Comput. Simul. 29(1), 2019): one word, and another with probability below n / 2⁶⁴.
    #[inline]
    pub fn below_u64(&mut self, n: u64) -> u64 {
        let (mut low, mut high) = product(self.u64(), n);
        if low < n {
            let least = n.wrapping_neg() % n; // `low < n` excludes zero
            while low < least {
                (low, high) = product(self.u64(), n);
            }
        }
        high
    }

    /// Uniform in `low..=high`, without bias; `low` if the range is empty.
    #[inline]
    pub fn range_i64(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (low, high) = range.into_inner();
        let count = (high.wrapping_sub(low) as u64).wrapping_add(1);
        if high < low {
            low
        } else if count == 0 {
            self.u64() as i64 // all of them
        } else {
            low.wrapping_add(self.below_u64(count) as i64)
        }
    }

    /// True with probability `p`: never at 0 or below, always at 1 or above, never for NaN. Draws one word
    /// in any case.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// 1 or −1 with equal probability.
    #[inline]
    pub fn sign(&mut self) -> i64 {
        ((self.u64() >> 62) as i64 & 2) - 1
    }

    /// One of the items, each with equal probability; `None` if there are none.
    #[inline]
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.position(items.len()))
    }

    /// Puts the items in random order, each order equally likely (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for left in (2..=items.len()).rev() {
            items.swap(left - 1, self.position(left));
        }
    }

    /// Uniform in `0..n` for positions in a slice; 0 if `n` is 0.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // below a `usize`
    pub(super) fn position(&mut self, n: usize) -> usize {
        self.below_u64(n as u64) as usize
    }
}

/// The lower and the upper half of the product of two words.
#[inline]
#[allow(clippy::cast_possible_truncation)] // halves, on purpose
pub(super) const fn product(a: u64, b: u64) -> (u64, u64) {
    let wide = a as u128 * b as u128;
    (wide as u64, (wide >> 64) as u64)
}

// The uniform laws that `rand_distr` builds on, for `Real`.

/// `[0, 1)`
impl Distribution<Real> for StandardUniform {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Real {
        Real(unit(rng.next_u64()))
    }
}

/// `(0, 1]`
impl Distribution<Real> for OpenClosed01 {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Real {
        Real(unit(rng.next_u64()) + STEP)
    }
}

/// `(0, 1)`: the middles of 2⁵² equal parts
impl Distribution<Real> for Open01 {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Real {
        Real(((rng.next_u64() >> 11) | 1) as f64 * STEP)
    }
}
