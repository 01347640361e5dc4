//! §6: how an incoming quantity is divided among the displayed orders at one price.

use prism_book::market::Matching;
use prism_core::types::AgentId;

/// What each of the orders of a level, given in the order of arrival with owner and displayed size, gets of an
/// incoming quantity.
pub(super) fn divide(rule: &Matching, quantity: u64, level: &[(AgentId, u64)]) -> Vec<u64> {
    let mut shares = Shares { left: quantity, parts: vec![0; level.len()], level };
    let in_turn: Vec<usize> = (0..level.len()).collect();
    if u128::from(quantity) < shares.open() {
        match rule {
            Matching::PriceTime => {}
            Matching::ProRata { min } => shares.in_proportion(min.0),
            Matching::FifoProRata { share } => {
                shares.give(percent(quantity, *share), &in_turn);
                shares.in_proportion(0);
            }
            Matching::LeadMaker { share, agents } => {
                let leads: Vec<usize> =
                    in_turn.iter().copied().filter(|&at| agents.contains(&level[at].0)).collect();
                shares.give(percent(quantity, *share), &leads);
                shares.in_proportion(0);
            }
            Matching::SizeTime => {
                let mut by_size = in_turn.clone();
                by_size.sort_by_key(|&at| std::cmp::Reverse(level[at].1)); // keeps the order of arrival
                shares.give(quantity, &by_size);
            }
        }
    }
    // What remains goes to those who came first.
    shares.give(shares.left, &in_turn);
    shares.parts
}

/// The whole lots of a percentage.
fn percent(quantity: u64, share: u8) -> u64 {
    floor(quantity, u64::from(share.min(100)), 100)
}

/// The whole part of `a × b / c`, for `b` not above `c`.
fn floor(a: u64, b: u64, c: u128) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) / c).unwrap()
}

struct Shares<'a> {
    /// What is not given away yet.
    left: u64,
    parts: Vec<u64>,
    level: &'a [(AgentId, u64)],
}

impl Shares<'_> {
    /// What an order does not have yet of its size.
    fn open_of(&self, at: usize) -> u64 {
        self.level[at].1 - self.parts[at]
    }

    fn open(&self) -> u128 {
        (0..self.level.len()).map(|at| u128::from(self.open_of(at))).sum()
    }

    /// Gives up to `quantity` to some orders, to each up to its size before the next gets any.
    fn give(&mut self, quantity: u64, to: &[usize]) {
        let mut quantity = quantity;
        for &at in to {
            let part = quantity.min(self.open_of(at));
            quantity -= part;
            self.left -= part;
            self.parts[at] += part;
        }
    }

    /// Gives what is left to all in proportion to what they do not have yet, in whole lots, and nothing where
    /// that is below `min`.
    fn in_proportion(&mut self, min: u64) {
        let (quantity, all) = (self.left, self.open());
        for at in 0..self.level.len() {
            let part = floor(quantity, self.open_of(at), all);
            if part >= min {
                self.left -= part;
                self.parts[at] += part;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use prism_core::types::Qty;

    use super::*;

    fn parts(rule: &Matching, quantity: u64, sizes: &[u64]) -> Vec<u64> {
        let level: Vec<_> = sizes.iter().zip(0..).map(|(&size, agent)| (AgentId(agent), size)).collect();
        divide(rule, quantity, &level)
    }

    #[test]
    fn the_table_of_the_rule_book() {
        let level = [10, 30, 60];
        assert_eq!(parts(&Matching::PriceTime, 35, &level), [10, 25, 0]);
        assert_eq!(parts(&Matching::ProRata { min: Qty(1) }, 35, &level), [4, 10, 21]);
        assert_eq!(parts(&Matching::ProRata { min: Qty(11) }, 35, &level), [10, 4, 21]);
        assert_eq!(parts(&Matching::FifoProRata { share: 40 }, 35, &level), [10, 11, 14]);
        let lead = |share, agents: &[u32]| Matching::LeadMaker {
            share,
            agents: agents.iter().copied().map(AgentId).collect(),
        };
        assert_eq!(parts(&lead(50, &[1]), 35, &level), [3, 19, 13]);
        assert_eq!(parts(&lead(100, &[0]), 35, &level), [10, 9, 16]);
        assert_eq!(parts(&Matching::SizeTime, 65, &level), [0, 5, 60]);
        assert_eq!(parts(&Matching::SizeTime, 5, &[7, 9, 9]), [0, 5, 0]);
        for rule in [Matching::ProRata { min: Qty(50) }, Matching::SizeTime, lead(10, &[2])] {
            assert_eq!(parts(&rule, 100, &level), level);
            assert_eq!(parts(&rule, 101, &level), level);
        }
    }
}
