//! The normal law, by the ziggurat method.

use rand_core::Rng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::RngStream;
use super::ziggurat::{Layer, NORMAL, layers};
use crate::math::{Real, exp, ln};

static LAYERS: [Layer; 256] = layers(&NORMAL);

/// A standard normal number from any generator. One word in 98.5 % of all cases.
#[inline]
pub(super) fn standard<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let word = rng.next_u64();
    let at = (word & 0xff) as usize;
    // An odd integer between -2^53 and 2^53: exact as a float, symmetric, never zero.
    let place = (word as i64 >> 10) | 1;
    let x = place as f64 * LAYERS[at].scale;
    if place.unsigned_abs() < LAYERS[at].inside { x } else { at_edge(rng, at, x) }
}

/// The rest: `x` lies in layer `at` where the density ends, or beyond the last edge.
#[cold]
fn at_edge<R: Rng + ?Sized>(rng: &mut R, at: usize, x: f64) -> f64 {
    let density = |x: f64| exp(-0.5 * x * x);
    if at == 0 {
        let tail = beyond(rng, NORMAL[1]);
        return if x < 0.0 { -tail } else { tail };
    }
    let (low, high) = (density(NORMAL[at]), density(NORMAL[at + 1]));
    let Real(height) = StandardUniform.sample(rng);
    if low + (high - low) * height < density(x) { x } else { standard(rng) }
}

/// A standard normal number given that it is above `edge` (Marsaglia 1964, *Generating a variable from the tail
/// of the normal distribution*, Technometrics 6).
fn beyond<R: Rng + ?Sized>(rng: &mut R, edge: f64) -> f64 {
    loop {
        let Real(u) = rand_distr::Open01.sample(rng);
        let Real(v) = rand_distr::Open01.sample(rng);
        let x = -ln(u) / edge;
        if -2.0 * ln(v) > x * x {
            return edge + x;
        }
    }
}

impl RngStream {
    /// Standard normal: mean 0, variance 1. Never exactly zero.
    ///
    /// The ziggurat of Marsaglia and Tsang with 256 layers and 53 bits of place.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        standard(self)
    }
}

impl Distribution<Real> for StandardNormal {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Real {
        Real(standard(rng))
    }
}
