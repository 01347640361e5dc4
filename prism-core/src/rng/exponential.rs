//! The exponential law, by the ziggurat method.

use rand_core::Rng;
use rand_distr::{Distribution, Exp1, StandardUniform};

use super::RngStream;
use super::ziggurat::{EXPONENTIAL, Layer, layers};
use crate::math::{Real, exp};
use crate::types::Span;

static LAYERS: [Layer; 256] = layers(&EXPONENTIAL);

/// An exponential number of mean 1 from any generator. One word in 97.8 % of all cases.
#[inline]
pub(super) fn standard<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let word = rng.next_u64();
    let at = (word & 0xff) as usize;
    let place = (word >> 11) | 1; // odd and below 2^53: never zero
    let x = place as f64 * LAYERS[at].scale;
    if place < LAYERS[at].inside { x } else { at_edge(rng, at, x) }
}

/// The rest: `x` lies in layer `at` where the density ends, or beyond the last edge.
#[cold]
fn at_edge<R: Rng + ?Sized>(rng: &mut R, at: usize, x: f64) -> f64 {
    if at == 0 {
        // What is left above the last edge is again exponential.
        return EXPONENTIAL[1] + standard(rng);
    }
    let (low, high) = (exp(-EXPONENTIAL[at]), exp(-EXPONENTIAL[at + 1]));
    let Real(height) = StandardUniform.sample(rng);
    if low + (high - low) * height < exp(-x) { x } else { standard(rng) }
}

impl RngStream {
    /// Exponential with mean 1. Never exactly zero.
    ///
    /// The ziggurat of Marsaglia and Tsang with 256 layers and 52 bits of place.
    #[inline]
    pub fn exp1(&mut self) -> f64 {
        standard(self)
    }

    /// An exponential waiting time with this mean, to the nearest nanosecond, so possibly zero. A mean of zero
    /// or less gives zero; a wait beyond 292 years gives `Span::MAX`.
    #[inline]
    pub fn exp(&mut self, mean: Span) -> Span {
        let wait = self.exp1() * mean.as_nanos() as f64;
        if wait > 0.0 {
            #[allow(clippy::cast_possible_truncation)] // saturates, as documented
            Span::nanos((wait + 0.5) as i64)
        } else {
            Span::ZERO
        }
    }
}

impl Distribution<Real> for Exp1 {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Real {
        Real(standard(rng))
    }
}
