//! True cash and positions: what was really traded, exact to the last unit.

use prism_core::digest::Digest;
use prism_core::memory::prefetch;
use prism_core::types::{AgentId, Cash, Side};

/// The accounts of all agents at one venue, and the venue's own till.
///
/// Every fill moves the same shares from one side to the other, and every unit of money that one account
/// gains, another or the till loses: the sum of all cash and fees is zero, and so is the sum of the
/// positions in each symbol, after every fill. Cash is held in 128 bits, so no run can overflow it.
#[derive(Clone, Debug)]
pub struct Clearing {
    /// The currency of each symbol.
    currencies: Vec<usize>,
    /// For each agent and symbol, with the symbols side by side.
    holdings: Vec<Holding>,
    till: Vec<i128>,
}

/// What an agent has of one symbol, and what it has been paid for it less what it has paid: half a cache
/// line, so that a fill touches no more.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Holding {
    cash: i128,
    position: i64,
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
    /// Empty accounts of `agents` agents in symbols paid in these currencies, of `till` currencies in all.
    pub fn new(agents: u32, currencies: Vec<usize>, till: usize) -> Clearing {
        let holdings = vec![Holding::default(); agents as usize * currencies.len()];
        Clearing { currencies, holdings, till: vec![0; till] }
    }

    #[inline]
    fn at(&self, agent: AgentId, symbol: usize) -> usize {
        agent.index() * self.currencies.len() + symbol
    }

    /// Looks at a holding without waiting for it, so that it will be in the cache.
    #[inline]
    pub fn fetch(&self, agent: AgentId, symbol: usize) {
        if let Some(holding) = self.holdings.get(self.at(agent, symbol)) {
            prefetch(holding);
        }
    }

    /// Books one side of a fill of `lots` worth `value`. An agent that does not exist is not booked, and
    /// its fee is not taken.
    #[inline]
    pub fn book(&mut self, leg: Leg, symbol: usize, lots: i64, value: Cash) {
        let at = self.at(leg.agent, symbol);
        let (Some(holding), Some(till)) =
            (self.holdings.get_mut(at), self.currencies.get(symbol).and_then(|&c| self.till.get_mut(c)))
        else {
            return;
        };
        holding.position = holding.position.saturating_add(leg.side.sign() * lots);
        holding.cash -= i128::from(leg.side.sign() * value.0) + i128::from(leg.fee.0);
        *till += i128::from(leg.fee.0);
    }

    /// An agent's position in one of the venue's symbols, in lots.
    pub fn position(&self, agent: AgentId, symbol: usize) -> i64 {
        self.holdings.get(self.at(agent, symbol)).map_or(0, |holding| holding.position)
    }

    /// An agent's cash in a currency (the nearest number, should it not fit).
    pub fn cash(&self, agent: AgentId, currency: usize) -> Cash {
        let first = self.at(agent, 0);
        let own = self.holdings.get(first..first + self.currencies.len()).unwrap_or_default();
        let cash: i128 =
            own.iter().zip(&self.currencies).filter(|(_, c)| **c == currency).map(|(h, _)| h.cash).sum();
        Cash(i64::try_from(cash).unwrap_or(if cash < 0 { i64::MIN } else { i64::MAX }))
    }

    /// What the venue has taken in a currency.
    pub fn fees(&self, currency: usize) -> i128 {
        self.till.get(currency).copied().unwrap_or(0)
    }

    #[allow(clippy::cast_possible_truncation)] // both halves go in
    pub(super) fn digest(&self, into: &mut Digest) {
        let both = |cash: i128| (cash as u64, (cash >> 64) as u64);
        for holding in &self.holdings {
            let (low, high) = both(holding.cash);
            into.pair(low, high);
            into.int(holding.position);
        }
        for &till in &self.till {
            let (low, high) = both(till);
            into.pair(low, high);
        }
    }
}
