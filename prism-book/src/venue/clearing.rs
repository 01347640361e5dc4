//! True cash and positions: what was really traded, exact to the last unit.

use prism_core::digest::Digest;
use prism_core::types::{AgentId, Cash, Side};

/// The accounts of all agents at one venue, and the venue's own till.
///
/// Every fill moves the same shares from one side to the other, and every unit of money that one account
/// gains, another or the till loses: the sum of all cash and fees is zero, and so is the sum of the
/// positions in each symbol, after every fill. Cash is held in 128 bits, so no run can overflow it.
#[derive(Clone, Debug)]
pub struct Clearing {
    symbols: usize,
    currencies: usize,
    positions: Vec<i64>,
    cash: Vec<i128>,
    till: Vec<i128>,
}

/// One side of a fill.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// Whose.
    pub agent: AgentId,
    /// Which side.
    pub side: Side,
    /// What it pays to the venue for it; negative for a rebate.
    pub fee: Cash,
}

impl Clearing {
    /// Empty accounts.
    pub fn new(agents: u32, symbols: usize, currencies: usize) -> Clearing {
        let agents = agents as usize;
        Clearing {
            symbols,
            currencies,
            positions: vec![0; agents * symbols],
            cash: vec![0; agents * currencies],
            till: vec![0; currencies],
        }
    }

    /// Books one side of a fill of `lots` worth `value`. An agent that does not exist is not booked, and
    /// its fee is not taken.
    #[inline]
    pub fn book(&mut self, leg: Leg, symbol: usize, currency: usize, lots: i64, value: Cash) {
        let agent = leg.agent.index();
        let (Some(position), Some(cash)) = (
            self.positions.get_mut(agent * self.symbols + symbol),
            self.cash.get_mut(agent * self.currencies + currency),
        ) else {
            return;
        };
        *position = position.saturating_add(leg.side.sign() * lots);
        *cash -= i128::from(leg.side.sign()) * i128::from(value.0) + i128::from(leg.fee.0);
        self.till[currency] += i128::from(leg.fee.0);
    }

    /// An agent's position in one of the venue's symbols, in lots.
    pub fn position(&self, agent: AgentId, symbol: usize) -> i64 {
        self.positions.get(agent.index() * self.symbols + symbol).copied().unwrap_or(0)
    }

    /// An agent's cash in a currency (the nearest number, should it not fit).
    pub fn cash(&self, agent: AgentId, currency: usize) -> Cash {
        let cash = self.cash.get(agent.index() * self.currencies + currency).copied().unwrap_or(0);
        Cash(i64::try_from(cash).unwrap_or(if cash < 0 { i64::MIN } else { i64::MAX }))
    }

    /// What the venue has taken in a currency.
    pub fn fees(&self, currency: usize) -> i128 {
        self.till.get(currency).copied().unwrap_or(0)
    }

    /// What is not conserved: the sums of cash and fees per currency and of positions per symbol. All zero,
    /// always; tests say so.
    pub fn imbalance(&self) -> Vec<i128> {
        let cash = (0..self.currencies)
            .map(|c| self.till[c] + self.cash.iter().skip(c).step_by(self.currencies).sum::<i128>());
        let lots = (0..self.symbols)
            .map(|s| self.positions.iter().skip(s).step_by(self.symbols).map(|&p| i128::from(p)).sum());
        cash.chain(lots).collect()
    }

    #[allow(clippy::cast_possible_truncation)] // both halves go in
    pub(super) fn digest(&self, into: &mut Digest) {
        for &position in &self.positions {
            into.int(position);
        }
        for &cash in self.cash.iter().chain(&self.till) {
            into.pair(cash as u64, (cash >> 64) as u64);
        }
    }
}
