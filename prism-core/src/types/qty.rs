//! Order sizes in whole lots.

use std::fmt;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// The size of one order: a whole number of the instrument's lots. 64 bits, because a crypto lot may be
/// 1e-8 of a coin. Positions are signed (`i64` lots) and are not of this type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Qty(pub u64);

impl Qty {
    /// Nothing.
    pub const ZERO: Qty = Qty(0);
    /// The largest size an order may have, so that it fits a signed position.
    pub const MAX: Qty = Qty(i64::MAX as u64);

    /// The size in lots.
    pub const fn lots(self) -> u64 {
        self.0
    }

    /// The size as a signed number of lots (saturating).
    pub fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The whole number of lots nearest to `x`, ties to even; nothing for a negative number or NaN.
    #[allow(clippy::cast_possible_truncation)]
    pub fn round(x: f64) -> Qty {
        Qty((x.round_ties_even() as u64).min(Qty::MAX.0))
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left of `self` after `other` is taken, nothing if that is more.
    pub const fn saturating_sub(self, other: Qty) -> Qty {
        Qty(self.0.saturating_sub(other.0))
    }

    /// What is left of `self` after `other` is taken; `None` if that is more.
    pub const fn checked_sub(self, other: Qty) -> Option<Qty> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Qty(left)),
            None => None,
        }
    }
}

impl Add for Qty {
    type Output = Qty;
    #[inline]
    fn add(self, other: Qty) -> Qty {
        Qty(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Qty {
    #[inline]
    fn add_assign(&mut self, other: Qty) {
        *self = *self + other;
    }
}

impl fmt::Display for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lots", self.0)
    }
}
