//! How large the orders of a crowd are.

use prism_core::rng::RngStream;
use prism_core::spec::{Param, ParamError, Params, Unit, Value};
use prism_core::types::Qty;
use serde::{Deserialize, Serialize};

/// A law of order sizes.
///
/// ```
/// use prism_agents::kit::size::SizeLaw;
/// use prism_core::prelude::*;
/// let mut rng = StreamKey::root(1).stream();
/// let size = SizeLaw::Uniform { min: Qty(20), max: Qty(50) }.draw(&mut rng);
/// assert!((Qty(20)..=Qty(50)).contains(&size));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SizeLaw {
    /// What a public reference simulator drew from a day of real orders: with weight 0.2 log-normal
    /// (μ = 2.9, σ = 1.2), else near a round number of hundreds, mostly one hundred. In lots.
    Mixture,
    /// Every whole number of lots from `min` to `max` is equally likely.
    Uniform {
        /// The smallest size.
        min: Qty,
        /// The largest size.
        max: Qty,
    },
}

/// The weight of the log-normal part.
const ODD: f64 = 0.2;
/// The weights of the normal parts around 100, 200, … 1000 lots; with [`ODD`] they sum to one.
const ROUND: [f64; 10] = [0.7, 0.06, 0.004, 0.0329, 0.001, 0.0006, 0.0004, 0.0005, 0.0003, 0.0003];
/// Their standard deviation, in lots.
const BLUR: f64 = 0.15;

const UNIFORM: &str = "uniform";
const MIXTURE: &str = "mixture";

impl SizeLaw {
    /// Draws a size. It may be nothing (three in ten thousand of the mixture), which means no order.
    pub fn draw(self, rng: &mut RngStream) -> Qty {
        match self {
            SizeLaw::Uniform { min, max } => Qty(rng.range_i64(min.signed()..=max.signed()).unsigned_abs()),
            SizeLaw::Mixture => {
                let mut left = rng.unit() - ODD;
                if left < 0.0 {
                    return Qty::round(rng.lognormal(2.9, 1.2));
                }
                let mut hundreds = 1.0;
                for weight in &ROUND[..ROUND.len() - 1] {
                    if left < *weight {
                        break;
                    }
                    left -= weight;
                    hundreds += 1.0;
                }
                Qty::round(100.0 * hundreds + BLUR * rng.normal())
            }
        }
    }

    /// The least size that it draws, but for nothing.
    pub fn least(self) -> Qty {
        match self {
            SizeLaw::Uniform { min, .. } => min,
            SizeLaw::Mixture => Qty(1),
        }
    }

    /// The greatest size that it draws.
    pub fn greatest(self) -> Qty {
        match self {
            SizeLaw::Uniform { max, .. } => max,
            SizeLaw::Mixture => Qty::MAX,
        }
    }

    /// The mean size, in lots.
    pub fn mean(self) -> f64 {
        match self {
            SizeLaw::Uniform { min, max } => f64::midpoint(min.0 as f64, max.0 as f64),
            SizeLaw::Mixture => {
                let hundreds = (1..).map(f64::from).zip(ROUND).map(|(n, weight)| n * weight);
                ODD * prism_core::math::exp(2.9 + 0.72) + 100.0 * hundreds.sum::<f64>()
            }
        }
    }

    /// Reads `size`, `size_min` and `size_max`.
    ///
    /// # Errors
    /// If `size_min` is above `size_max`.
    pub fn from_params(p: &Params<'_>) -> Result<SizeLaw, ParamError> {
        let (min, max) = (p.lots(MIN.name), p.lots(MAX.name));
        if p.choice("size") == MIXTURE {
            Ok(SizeLaw::Mixture)
        } else if min > max {
            Err(ParamError::new(MIN.name, format!("must be at most size_max, {max}, not {min}")))
        } else {
            Ok(SizeLaw::Uniform { min, max })
        }
    }
}

impl SizeLaw {
    /// What it was made of, by the name of the parameter.
    pub(crate) fn given(self, name: &str) -> Option<Value> {
        let (word, bounds) = match self {
            SizeLaw::Mixture => (MIXTURE, None),
            SizeLaw::Uniform { min, max } => (UNIFORM, Some((min, max))),
        };
        match name {
            "size" => Some(Value::Choice(word)),
            "size_min" => bounds.map(|(min, _)| Value::Lots(min)),
            "size_max" => bounds.map(|(_, max)| Value::Lots(max)),
            _ => None,
        }
    }
}

/// The parameter `size`, with this default.
pub(crate) const fn law(default: &'static str) -> Param {
    Param::new("size", Unit::Choice(&[UNIFORM, MIXTURE]), default, "law of order sizes")
}

/// The parameter `size_min`.
pub(crate) const MIN: Param =
    Param::new("size_min", Unit::Lots, "20", "smallest size of the uniform law").at_least(1.0);

/// The parameter `size_max`.
pub(crate) const MAX: Param =
    Param::new("size_max", Unit::Lots, "50", "largest size of the uniform law").at_least(1.0);

#[cfg(test)]
mod tests {
    use prism_core::rng::StreamKey;

    use super::*;

    #[test]
    fn weights_sum_to_one() {
        assert!((ROUND.iter().sum::<f64>() + ODD - 1.0).abs() < 1e-12);
    }

    /// Shares of the round sizes and the mean, each within four standard errors.
    #[test]
    fn the_mixture_has_its_weights() {
        let mut rng = StreamKey::root(5).stream();
        let n = 200_000;
        let (mut near, mut sum, mut squares) = ([0u32; 11], 0.0, 0.0);
        for _ in 0..n {
            let size = SizeLaw::Mixture.draw(&mut rng).0;
            let hundreds = usize::try_from((size + 50) / 100).unwrap_or(usize::MAX);
            if size >= 99 && size.abs_diff(hundreds as u64 * 100) <= 1 && hundreds < near.len() {
                near[hundreds] += 1;
            }
            sum += size as f64;
            squares += (size * size) as f64;
        }
        let n = f64::from(n);
        let mean = sum / n;
        let error = ((squares / n - mean * mean) / n).sqrt();
        assert!((mean - SizeLaw::Mixture.mean()).abs() < 4.0 * error, "{mean} ± {error}");
        for (k, weight) in (1..).zip(ROUND) {
            let share = f64::from(near[k]) / n;
            // The log-normal part falls on a round size with probability 0.0012 at most.
            let slack = 4.0 * (weight / n).sqrt() + 0.0012;
            assert!((share - weight).abs() < slack, "{k}: {share} against {weight}");
        }
    }

    #[test]
    fn the_uniform_law_meets_both_ends() {
        let mut rng = StreamKey::root(6).stream();
        let law = SizeLaw::Uniform { min: Qty(3), max: Qty(5) };
        let mut seen = [0; 6];
        for _ in 0..300 {
            seen[usize::try_from(law.draw(&mut rng).0).unwrap_or(0)] += 1;
        }
        assert!(seen[..3] == [0; 3] && seen[3..].iter().all(|&n| n > 60), "{seen:?}");
        assert!((law.mean() - 4.0).abs() < 1e-12);
        let most = SizeLaw::Uniform { min: Qty::MAX, max: Qty::MAX };
        assert_eq!(most.draw(&mut rng), Qty::MAX);
    }
}
