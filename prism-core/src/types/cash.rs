//! Exact money, and fee rates.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// An exact amount of one currency, in that currency's unit: the greatest common divisor of tick × lot
/// over the instruments traded in it (see [`Instruments`](super::Instruments)). Totals are `i128`.
///
/// Addition is checked in every profile; the headroom is established when a simulation is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cash(pub i64);

impl Cash {
    /// No money.
    pub const ZERO: Cash = Cash(0);

    /// The amount in units of the currency.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl Add for Cash {
    type Output = Cash;
    #[inline]
    fn add(self, other: Cash) -> Cash {
        Cash(self.0 + other.0)
    }
}

impl AddAssign for Cash {
    #[inline]
    fn add_assign(&mut self, other: Cash) {
        self.0 += other.0;
    }
}

impl Sub for Cash {
    type Output = Cash;
    #[inline]
    fn sub(self, other: Cash) -> Cash {
        Cash(self.0 - other.0)
    }
}

impl SubAssign for Cash {
    #[inline]
    fn sub_assign(&mut self, other: Cash) {
        self.0 -= other.0;
    }
}

impl Neg for Cash {
    type Output = Cash;
    #[inline]
    fn neg(self) -> Cash {
        Cash(-self.0)
    }
}

impl Sum<Cash> for i128 {
    fn sum<I: Iterator<Item = Cash>>(iter: I) -> i128 {
        iter.map(|cash| i128::from(cash.0)).sum()
    }
}

impl fmt::Display for Cash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} units", self.0)
    }
}

/// A fee as a share of the traded value, in billionths: 1 basis point is `FeeRate(100_000)`.
/// Negative for a rebate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FeeRate(pub i64);

impl FeeRate {
    /// No fee.
    pub const ZERO: FeeRate = FeeRate(0);
    const SCALE: i128 = 1_000_000_000;

    /// `tenths` tenths of a basis point. What does not fit is the highest or lowest rate there is, which no
    /// venue takes.
    ///
    /// ```
    /// use prism_core::types::FeeRate;
    /// assert_eq!(FeeRate::tenth_bps(-2), FeeRate(-20_000));
    /// assert_eq!(FeeRate::tenth_bps(i64::MAX), FeeRate(i64::MAX));
    /// ```
    pub const fn tenth_bps(tenths: i64) -> FeeRate {
        FeeRate(tenths.saturating_mul(10_000))
    }

    /// The fee on `value`, rounded half to even to the currency's unit.
    ///
    /// ```
    /// use prism_core::types::{Cash, FeeRate};
    /// assert_eq!(FeeRate::tenth_bps(10).of(Cash(25_000)), Cash(2)); // 2.5 rounds to even
    /// assert_eq!(FeeRate::tenth_bps(-2).of(Cash(100_000)), Cash(-2));
    /// ```
    #[inline]
    pub fn of(self, value: Cash) -> Cash {
        if self.0 == 0 {
            return Cash::ZERO;
        }
        let exact = i128::from(value.0) * i128::from(self.0);
        let (whole, rest) = (exact.div_euclid(Self::SCALE), exact.rem_euclid(Self::SCALE));
        let up = rest * 2 > Self::SCALE || (rest * 2 == Self::SCALE && whole % 2 != 0);
        // |value × rate / 1e9| stays below |value| for any rate under 100 %, which the builder demands.
        Cash(i64::try_from(whole + i128::from(up)).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX }))
    }
}
