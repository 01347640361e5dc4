//! Exact decimals at the edge: ticks, lots and prices as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An exact decimal number `units / 10^scale`, with at most 18 digits after the point.
/// Kept in lowest terms: `0.10` equals `0.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decimal {
    units: i64,
    scale: u8,
}

/// 10⁰ to 10¹⁸, each exact.
const POWERS_OF_TEN: [f64; 1 + Decimal::MAX_SCALE as usize] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// Why a text is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// Not of the form `[-]digits[.digits]`.
    #[error("expected a decimal number such as 0.01")]
    Form,
    /// More than 18 significant digits, or more than 18 after the point.
    #[error("a decimal number may have at most 18 digits")]
    TooLong,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal { units: 0, scale: 0 };
    /// One.
    pub const ONE: Decimal = Decimal { units: 1, scale: 0 };
    /// The most digits after the point.
    pub const MAX_SCALE: u8 = 18;

    /// `units / 10^scale`; `None` if the scale is above 18.
    pub fn new(units: i64, scale: u8) -> Option<Decimal> {
        (scale <= Self::MAX_SCALE).then(|| Decimal { units, scale }.lowest())
    }

    fn lowest(mut self) -> Decimal {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The number times `10^scale()`.
    pub const fn units(self) -> i64 {
        self.units
    }

    /// Digits after the point, in lowest terms.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// True above zero.
    pub const fn is_positive(self) -> bool {
        self.units > 0
    }

    /// The number times `10^scale` as an integer; `None` if it has more digits or does not fit.
    pub fn at_scale(self, scale: u8) -> Option<i128> {
        let up = u32::from(scale.checked_sub(self.scale)?);
        i128::from(self.units).checked_mul(10i128.checked_pow(up)?)
    }

    /// How many of `step` make up this number: `Ok(n)` when it is a whole number of them, otherwise the
    /// whole numbers below and above it. `step` must be above zero.
    ///
    /// # Errors
    /// The pair of neighbours when the number is not a multiple of `step`.
    pub fn steps(self, step: Decimal) -> Result<i128, (i128, i128)> {
        let scale = u32::from(self.scale.max(step.scale));
        let this = i128::from(self.units) * 10i128.pow(scale - u32::from(self.scale));
        let step = (i128::from(step.units) * 10i128.pow(scale - u32::from(step.scale))).max(1);
        let below = this.div_euclid(step);
        if this.rem_euclid(step) == 0 { Ok(below) } else { Err((below, below + 1)) }
    }

    /// `n` times this number; `None` if it does not fit.
    pub fn times(self, n: i64) -> Option<Decimal> {
        let units = i128::from(self.units) * i128::from(n);
        Decimal::from_wide(units, self.scale)
    }

    /// The product of two numbers; `None` if it does not fit.
    pub fn product(self, other: Decimal) -> Option<Decimal> {
        Decimal::from_wide(i128::from(self.units) * i128::from(other.units), self.scale + other.scale)
    }

    fn from_wide(mut units: i128, mut scale: u8) -> Option<Decimal> {
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        Decimal::new(i64::try_from(units).ok()?, scale)
    }

    /// The nearest `f64`, for display and statistics.
    pub fn to_f64(self) -> f64 {
        // Both are exact below 2^53 and 10^22, so the quotient is the correctly rounded one there.
        self.units as f64 / POWERS_OF_TEN[usize::from(self.scale)]
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, frac) = digits.split_once('.').unwrap_or((digits, ""));
        let all = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && frac.is_empty()) || !all(whole) || !all(frac) || digits.ends_with('.') {
            return Err(DecimalError::Form);
        }
        let frac = frac.trim_end_matches('0');
        let scale = u8::try_from(frac.len()).map_err(|_| DecimalError::TooLong)?;
        if scale > Self::MAX_SCALE {
            return Err(DecimalError::TooLong);
        }
        let mut units: i64 = 0;
        for digit in whole.bytes().chain(frac.bytes()) {
            units = units
                .checked_mul(10)
                .and_then(|u| u.checked_add(i64::from(digit - b'0')))
                .ok_or(DecimalError::TooLong)?;
        }
        Ok(Decimal { units: if negative { -units } else { units }, scale }.lowest())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let size = self.units.unsigned_abs();
        if self.scale == 0 {
            return f.pad(&format!("{sign}{size}"));
        }
        let one = 10u64.pow(u32::from(self.scale));
        f.pad(&format!("{sign}{}.{:0width$}", size / one, size % one, width = usize::from(self.scale)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn reads_and_writes() {
        for (text, shown) in
            [("0.10", "0.1"), ("-12.050", "-12.05"), ("100", "100"), (".5", "0.5"), ("+3", "3")]
        {
            assert_eq!(dec(text).to_string(), shown);
        }
        for bad in ["", ".", "1.", "1e5", "--1", "1.2.3", "0x1", " 1", "１"] {
            assert_eq!(bad.parse::<Decimal>(), Err(DecimalError::Form), "{bad:?}");
        }
        assert_eq!("9223372036854775808".parse::<Decimal>(), Err(DecimalError::TooLong));
        assert_eq!("0.0000000000000000001".parse::<Decimal>(), Err(DecimalError::TooLong));
    }

    #[test]
    fn counts_steps() {
        assert_eq!(dec("100.00").steps(dec("0.01")), Ok(10_000));
        assert_eq!(dec("99.995").steps(dec("0.01")), Err((9_999, 10_000)));
        assert_eq!(dec("-0.5").steps(dec("0.2")), Err((-3, -2)));
        assert_eq!(dec("7").steps(dec("2.5")), Err((2, 3)));
    }

    #[test]
    fn products_stay_exact() {
        assert_eq!(dec("0.01").product(dec("100")), Some(dec("1")));
        assert_eq!(dec("0.1").product(dec("0.00001")), Some(dec("0.000001")));
        assert_eq!(dec("0.000000001").product(dec("0.0000000001")), None);
    }
}
