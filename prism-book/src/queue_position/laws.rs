//! Where in a queue cancellations happen.

use std::fmt;

use prism_core::math;
use thiserror::Error;

/// Where in a queue cancellations happen, seen from an order in it.
pub trait CancelLaw: fmt::Debug {
    /// The part of a cancelled lot that was ahead of the order, or the probability that it was: 0 to 1. `ahead` and
    /// `behind` are in lots and not negative; where only one of them is positive, the answer is not asked for.
    fn share_ahead(&self, ahead: f64, behind: f64) -> f64;
}

/// Only trades move the queue; whatever is cancelled was behind, as far as there is anything behind. Never says
/// less than is ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pessimistic;

impl CancelLaw for Pessimistic {
    fn share_ahead(&self, _: f64, _: f64) -> f64 {
        0.0
    }
}

/// Whatever is cancelled was ahead, as far as there is anything ahead. Never says more than is ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Optimistic;

impl CancelLaw for Optimistic {
    fn share_ahead(&self, _: f64, _: f64) -> f64 {
        1.0
    }
}

/// Every lot of the queue is as likely to be cancelled: the law of Cont, Stoikov and Talreja (2010).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportional;

impl CancelLaw for Proportional {
    fn share_ahead(&self, ahead: f64, behind: f64) -> f64 {
        ahead / (ahead + behind)
    }
}

/// Rigtorp's (2013) ratio with `f(x) = xⁿ`. Above 1 the longer part of the queue loses more than its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    n: f64,
}

impl Power {
    /// With the exponent 2.
    pub const SQUARE: Power = Power { n: 2.0 };

    /// With the exponent 3, that of hftbacktest's tutorials.
    pub const CUBE: Power = Power { n: 3.0 };

    /// With the exponent `n`; 1 is [`Proportional`].
    ///
    /// # Errors
    /// An exponent that is not above 0 and at most 100.
    pub fn new(n: f64) -> Result<Power, LawError> {
        if n > 0.0 && n <= 100.0 { Ok(Power { n }) } else { Err(LawError::Exponent { found: n }) }
    }
}

impl CancelLaw for Power {
    fn share_ahead(&self, ahead: f64, behind: f64) -> f64 {
        1.0 / (1.0 + math::pow(behind / ahead, self.n))
    }
}

/// Rigtorp's (2013) ratio with `f(x) = ln(1 + x)`: both parts lose about as much, whatever their lengths. Not free
/// of scale: the same queue in lots of another size gives another answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log;

impl CancelLaw for Log {
    fn share_ahead(&self, ahead: f64, behind: f64) -> f64 {
        let (ahead, behind) = (math::log1p(ahead), math::log1p(behind));
        ahead / (ahead + behind)
    }
}

/// Databento's (2023) law: cancellations come more from the back of the queue the nearer `k` is to -1, more from
/// the front the nearer it is to 1, and from everywhere at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biased {
    k: f64,
}

impl Biased {
    /// With the bias -0.8, the first that Databento shows: from the back.
    pub const BACK: Biased = Biased { k: -0.8 };

    /// With the bias `k`.
    ///
    /// # Errors
    /// A bias that is not between -1 and 1, without the ends.
    pub fn new(k: f64) -> Result<Biased, LawError> {
        if k > -1.0 && k < 1.0 { Ok(Biased { k }) } else { Err(LawError::Bias { found: k }) }
    }
}

impl CancelLaw for Biased {
    fn share_ahead(&self, ahead: f64, behind: f64) -> f64 {
        let all = ahead + behind;
        if self.k < 0.0 {
            math::pow(ahead / all, 1.0 / (1.0 + self.k))
        } else {
            1.0 - math::pow(behind / all, 1.0 / (1.0 - self.k))
        }
    }
}

/// A number that is no parameter of a law.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LawError {
    /// Of [`Power`].
    #[error("exponent {found}: expected a number above 0 and at most 100")]
    Exponent {
        /// What was given.
        found: f64,
    },
    /// Of [`Biased`].
    #[error("bias {found}: expected a number between -1 and 1, without the ends")]
    Bias {
        /// What was given.
        found: f64,
    },
}

/// The parts of a cancelled quantity that were ahead and behind, as far as there is as much.
pub(super) fn split(law: &impl CancelLaw, gone: f64, ahead: f64, behind: f64) -> (f64, f64) {
    let share = share(law, ahead, behind);
    let from_behind = math::min((1.0 - share) * gone, behind);
    let from_ahead = math::min(gone - from_behind, ahead);
    (from_ahead, gone - from_ahead)
}

/// The law's share, where both parts can lose anything.
pub(super) fn share(law: &impl CancelLaw, ahead: f64, behind: f64) -> f64 {
    if ahead <= 0.0 {
        0.0
    } else if behind <= 0.0 {
        1.0
    } else {
        law.share_ahead(ahead, behind).clamp(0.0, 1.0)
    }
}
