//! What one more unit is worth to a trader: Smith's assignments, or private values.

use prism_core::agent::Ctx;
use prism_core::rng::RngStream;
use prism_core::types::{Price, Qty, Side, Span};
use serde::{Deserialize, Serialize};

use super::belief::forecast;
use super::clock::mean_wait;
use super::home;

/// An order to trade so many lots at no worse than a limit, as an experimenter hands it to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Buy or sell.
    pub side: Side,
    /// The private limit: the most a buyer may pay, the least a seller may take.
    pub limit: Price,
    /// How much is still to be traded.
    pub lots: Qty,
}

/// Which side a member of a group is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sides {
    /// Members 0, 2, 4 … buy, the others sell.
    Alternate,
    /// All buy.
    Buy,
    /// All sell.
    Sell,
}

/// When an assignment is replaced by a fresh one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Refresh {
    /// Never: the first is the only one.
    Never,
    /// At the points of a Poisson process of so many a second, each trader for itself.
    Drip(f64),
    /// For all at once, every so often.
    Periodic(Span),
}

impl Refresh {
    /// How often that is, per second.
    pub fn rate(self) -> f64 {
        match self {
            Refresh::Never => 0.0,
            Refresh::Drip(rate) => rate,
            Refresh::Periodic(every) => 1.0 / every.as_secs_f64(),
        }
    }
}

/// How assignments are issued: limits are equally likely on the whole ticks of a range, which makes linear
/// curves of supply and demand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Who buys and who sells.
    pub sides: Sides,
    /// The lowest and the highest limit.
    pub limits: (Price, Price),
    /// The lots of one assignment.
    pub lots: Qty,
    /// When the next one comes.
    pub refresh: Refresh,
}

impl Issue {
    /// A fresh assignment for a member of a group; draws one word.
    pub fn draw(&self, member: usize, rng: &mut RngStream) -> Assignment {
        let buys = match self.sides {
            Sides::Alternate => member.is_multiple_of(2),
            Sides::Buy => true,
            Sides::Sell => false,
        };
        let side = if buys { Side::Buy } else { Side::Sell };
        let (low, high) = self.limits;
        Assignment { side, limit: Price(rng.range_i64(low.0..=high.0)), lots: self.lots }
    }

    /// How long until the next assignment; `None` if there is none.
    pub fn next(&self, rng: &mut RngStream) -> Option<Span> {
        match self.refresh {
            Refresh::Never => None,
            Refresh::Drip(rate) => (rate > 0.0).then(|| rng.exp(mean_wait(rate))),
            Refresh::Periodic(every) => Some(every),
        }
    }
}

/// Private values θ₁ ≥ θ₂ ≥ … ≥ θ₂ₙ of the units from position −n to n, over or under what the thing is
/// worth to everyone: the more a trader has, the less it values another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivateValues {
    thetas: Vec<f64>,
}

impl PrivateValues {
    /// Sorted draws from a normal law with mean 0 and standard deviation `sigma` ticks, for positions from
    /// `-most` to `most` lots.
    pub fn draw(most: usize, sigma: f64, rng: &mut RngStream) -> PrivateValues {
        let mut thetas: Vec<f64> = (0..2 * most).map(|_| sigma * rng.normal()).collect();
        thetas.sort_by(|a, b| b.total_cmp(a));
        PrivateValues { thetas }
    }

    /// What the next unit of `side` is worth over the common value, in ticks, at `position`: θ at
    /// position + n + 1 to buy, at position + n to sell (counted from 1). `None` at the limit of positions.
    pub fn next(&self, side: Side, position: i64) -> Option<f64> {
        let middle = i64::try_from(self.thetas.len() / 2).ok()?;
        let place = match side {
            Side::Buy => position.checked_add(middle)?,
            Side::Sell => position.checked_add(middle)?.checked_sub(1)?,
        };
        self.thetas.get(usize::try_from(place).ok()?).copied()
    }
}

/// What the symbol of the agent's first book will be worth at the end of the session, as far as the agent
/// can tell: the forecast from the value that it sees if it is informed, else the mean of the value's law,
/// else the previous close.
pub fn common_value(ctx: &Ctx<'_>) -> f64 {
    match (home::prior(ctx), home::value(ctx)) {
        (Some(law), Some(value)) => forecast(&law, value, ctx.close() - ctx.now()),
        (None, Some(value)) => value,
        (Some(law), None) => law.mean,
        (None, None) => home::previous_close(ctx),
    }
}

#[cfg(test)]
mod tests {
    use prism_core::rng::StreamKey;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sides_and_limits() {
        let mut rng = StreamKey::root(1).stream();
        let limits = (Price(50), Price(53));
        let issue = Issue { sides: Sides::Alternate, limits, lots: Qty(2), refresh: Refresh::Never };
        let mut seen = [0; 4];
        for member in 0..400 {
            let given = issue.draw(member, &mut rng);
            assert_eq!(given.side, if member % 2 == 0 { Side::Buy } else { Side::Sell });
            seen[usize::try_from(given.limit.0 - 50).unwrap_or(9)] += 1;
        }
        assert!(seen.iter().all(|&n| n > 60), "{seen:?}");
        assert_eq!(issue.next(&mut rng), None);
        let drip = Issue { refresh: Refresh::Drip(0.0), ..issue };
        assert_eq!(drip.next(&mut rng), None);
    }

    proptest! {
        /// Each further unit bought is worth less, and what was bought is worth as much to sell again.
        #[test]
        fn values_fall_with_the_position(seed in any::<u64>(), most in 0usize..12) {
            let values = PrivateValues::draw(most, 200.0, &mut StreamKey::root(seed).stream());
            let limit = most as i64;
            for position in -limit - 2..=limit + 2 {
                let (buy, sell) = (values.next(Side::Buy, position), values.next(Side::Sell, position));
                prop_assert_eq!(buy.is_some(), (-limit..limit).contains(&position));
                prop_assert_eq!(sell.is_some(), (-limit + 1..=limit).contains(&position));
                prop_assert!(buy.is_none_or(|buy| sell.is_none_or(|sell| buy <= sell)));
                if position < limit {
                    prop_assert_eq!(buy, values.next(Side::Sell, position + 1));
                }
            }
            prop_assert_eq!(values.next(Side::Buy, i64::MAX), None);
            prop_assert_eq!(values.next(Side::Sell, i64::MIN), None);
        }
    }
}
