//! Laws of counts, and choices by weight.

use rand_distr::{Distribution, Poisson};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::RngStream;
use crate::math::{Real, log1p};

impl RngStream {
    /// Poisson: the number of events when `mean` are expected. 0 if the mean is not above 0 (or NaN); `u64::MAX`
    /// if it is above 1.8e19.
    ///
    /// By multiplication of uniform numbers below mean 12, else Ahrens and Dieter, *Computer generation of Poisson
    /// deviates from modified normal distributions*, ACM Trans. Math. Softw. 8(2), 1982.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 0.0 {
            #[allow(clippy::cast_possible_truncation)] // a whole number
            Poisson::new(Real(mean)).map_or(u64::MAX, |law| law.sample(self).0 as u64)
        } else {
            0
        }
    }

    /// Geometric: how often something with probability `p` fails before it first succeeds, with mean
    /// `(1 - p) / p`. 0 if `p` is 1 or above, `u64::MAX` if it is not above 0 (or NaN).
    ///
    /// The whole part of an exponential number of rate `-ln(1 - p)`.
    pub fn geometric(&mut self, p: f64) -> u64 {
        if p >= 1.0 {
            0
        } else if p > 0.0 {
            #[allow(clippy::cast_possible_truncation)] // towards zero on purpose; saturates
            ((self.exp1() / -log1p(-p)) as u64)
        } else {
            u64::MAX
        }
    }

    /// A position in `weights`, with probability proportional to the weight there; `None` if one is negative,
    /// infinite or NaN, or if they sum to nothing or to infinity.
    ///
    /// Takes time proportional to their number; for many draws from the same weights make an [`Alias`].
    pub fn pick(&mut self, weights: &[f64]) -> Option<usize> {
        let total = total(weights).ok()?;
        let mut left = self.unit() * total;
        let mut last = None;
        for (at, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                last = Some(at); // rounding may leave a crumb beyond the last weight
                if left < weight {
                    break;
                }
                left -= weight;
            }
        }
        last
    }
}

/// Why weights make no law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The weight at this position is negative, infinite or not a number.
    #[error("weight {at} must be finite and at least 0")]
    Weight {
        /// Its position.
        at: usize,
    },
    /// No weight is above zero, or there are none.
    #[error("at least one weight must be above 0")]
    Nothing,
    /// The sum is not finite.
    #[error("the sum of the weights must be finite")]
    Sum,
    /// More than 2³² weights.
    #[error("there may be at most 4294967295 weights")]
    Many,
}

/// The sum of weights that make a law.
fn total(weights: &[f64]) -> Result<f64, WeightsError> {
    if let Some(at) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(WeightsError::Weight { at });
    }
    let total: f64 = weights.iter().sum();
    if total == f64::INFINITY {
        Err(WeightsError::Sum)
    } else if total > 0.0 {
        Ok(total)
    } else {
        Err(WeightsError::Nothing)
    }
}

/// A law over positions with fixed weights, drawn from in constant time with one random word.
///
/// The alias method (Walker 1977) with Vose's linear setup (*A linear algorithm for generating random numbers with
/// a given distribution*, IEEE Trans. Softw. Eng. 17(9), 1991). Probabilities are kept to 2⁻⁶⁴ of a cell.
///
/// ```
/// use prism_core::rng::{Alias, StreamKey};
///
/// let sizes = Alias::new(&[0.5, 0.0, 0.3, 0.2])?;
/// let mut rng = StreamKey::root(1).stream();
/// assert!((0..1000).all(|_| sizes.pick(&mut rng) != 1));
/// # Ok::<(), prism_core::rng::WeightsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Cell>")]
pub struct Alias(Vec<Cell>);

/// A cell of equal probability, shared by its own position and one other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    /// Below this share of 2⁶⁴ the cell's own position is meant.
    own: u64,
    other: u32,
}

impl Alias {
    /// The law of these weights, which need not sum to one.
    ///
    /// # Errors
    /// When a weight is negative or not finite, or their sum is zero or not finite.
    #[allow(clippy::cast_possible_truncation)] // positions fit in 32 bits by the first line; shares saturate
    pub fn new(weights: &[f64]) -> Result<Alias, WeightsError> {
        let count = u32::try_from(weights.len()).map_err(|_| WeightsError::Many)?;
        let total = total(weights)?;
        // Shares of a cell: their mean is one.
        let mut share: Vec<f64> = weights.iter().map(|weight| weight / total * f64::from(count)).collect();
        let mut cells: Vec<Cell> = (0..count).map(|at| Cell { own: u64::MAX, other: at }).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..count).partition(|&at| share[at as usize] < 1.0);
        while let (Some(&from), Some(poor)) = (large.last(), small.pop()) {
            let has = share[poor as usize];
            cells[poor as usize] = Cell { own: (has * TWO_TO_64) as u64, other: from };
            // The rich one fills the poor one's cell.
            share[from as usize] = (share[from as usize] + has) - 1.0;
            if share[from as usize] < 1.0 {
                large.pop();
                small.push(from);
            }
        }
        // What is left over on either side is one to rounding: but nothing must never be drawn.
        for poor in small {
            if weights[poor as usize] == 0.0 {
                let heaviest =
                    (0..count).fold(
                        0,
                        |best, at| {
                            if weights[at as usize] > weights[best as usize] { at } else { best }
                        },
                    );
                cells[poor as usize] = Cell { own: 0, other: heaviest };
            }
        }
        Ok(Alias(cells))
    }

    /// How many positions there are, those of weight zero included; at least one.
    pub fn positions(&self) -> usize {
        self.0.len()
    }

    /// A position, with probability proportional to its weight.
    #[inline]
    pub fn pick(&self, rng: &mut RngStream) -> usize {
        let (place, at) = super::uniform::product(rng.u64(), self.0.len() as u64);
        #[allow(clippy::cast_possible_truncation)] // below a length
        let at = at as usize;
        let cell = self.0[at];
        if place < cell.own { at } else { cell.other as usize }
    }
}

/// From a saved world, which may be damaged.
impl TryFrom<Vec<Cell>> for Alias {
    type Error = WeightsError;

    fn try_from(cells: Vec<Cell>) -> Result<Alias, WeightsError> {
        if cells.is_empty() {
            return Err(WeightsError::Nothing);
        }
        match cells.iter().position(|cell| cell.other as usize >= cells.len()) {
            Some(at) => Err(WeightsError::Weight { at }),
            None => Ok(Alias(cells)),
        }
    }
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
