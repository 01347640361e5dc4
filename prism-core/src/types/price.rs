//! Prices as whole ticks, and distances between them.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A price: a whole number of the instrument's ticks. May be negative (spreads, power).
///
/// [`Price::MAX`] and [`Price::MIN`] are the worst prices a buyer and a seller can name: an
/// immediate-or-cancel order at them is a market order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Price(pub i64);

/// The distance between two prices, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticks(pub i64);

impl Price {
    /// The price furthest from zero at which orders rest, and an instrument may begin: 2^42 ticks, either way. The
    /// value of any order up to there is exact.
    pub const FARTHEST: Price = Price(1 << 42);
    /// The worst price a buyer can name.
    pub const MAX: Price = Price(i64::MAX);
    /// The worst price a seller can name.
    pub const MIN: Price = Price(i64::MIN);

    /// The price in ticks.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// The nearest tick at or below `x` ticks; saturates, and NaN gives zero.
    #[allow(clippy::cast_possible_truncation)]
    pub fn floor(x: f64) -> Price {
        Price(x.floor() as i64)
    }

    /// The nearest tick at or above `x` ticks; saturates, and NaN gives zero.
    #[allow(clippy::cast_possible_truncation)]
    pub fn ceil(x: f64) -> Price {
        Price(x.ceil() as i64)
    }

    /// The tick nearest to `x` ticks, ties to even; saturates, and NaN gives zero.
    #[allow(clippy::cast_possible_truncation)]
    pub fn round(x: f64) -> Price {
        Price(x.round_ties_even() as i64)
    }
}

impl Ticks {
    /// No distance.
    pub const ZERO: Ticks = Ticks(0);

    /// The size of the distance.
    pub const fn abs(self) -> Ticks {
        Ticks(self.0.saturating_abs())
    }

    /// True above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl Add<Ticks> for Price {
    type Output = Price;
    #[inline]
    fn add(self, by: Ticks) -> Price {
        Price(self.0.saturating_add(by.0))
    }
}

impl Sub<Ticks> for Price {
    type Output = Price;
    #[inline]
    fn sub(self, by: Ticks) -> Price {
        Price(self.0.saturating_sub(by.0))
    }
}

impl Sub for Price {
    type Output = Ticks;
    #[inline]
    fn sub(self, other: Price) -> Ticks {
        Ticks(self.0.saturating_sub(other.0))
    }
}

impl Add for Ticks {
    type Output = Ticks;
    #[inline]
    fn add(self, other: Ticks) -> Ticks {
        Ticks(self.0.saturating_add(other.0))
    }
}

impl Sub for Ticks {
    type Output = Ticks;
    #[inline]
    fn sub(self, other: Ticks) -> Ticks {
        Ticks(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Ticks {
    type Output = Ticks;
    #[inline]
    fn mul(self, n: i64) -> Ticks {
        Ticks(self.0.saturating_mul(n))
    }
}

impl Neg for Ticks {
    type Output = Ticks;
    #[inline]
    fn neg(self) -> Ticks {
        Ticks(self.0.saturating_neg())
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ticks", self.0)
    }
}

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ticks", self.0)
    }
}
