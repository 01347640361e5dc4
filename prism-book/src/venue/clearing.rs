//! True cash and positions: what was really traded, exact to the last unit.

use prism_core::digest::Digest;
use prism_core::memory::{NoMemory, filled, prefetch};
use prism_core::types::{AgentId, Cash, Side};

use crate::market::OrderTable;

/// The accounts of all agents at one venue, and the venue's own till.
///
/// Every fill moves the same shares from one side to the other, and every unit of money that one account
/// gains, another or the till loses: the sum of all cash and fees is zero, and so is the sum of the
/// positions in each symbol, after every fill. Both are held in 128 bits, so no run can overflow them.
#[derive(Clone, Debug)]
pub(super) struct Clearing {
    /// The currency of each symbol.
    currencies: Vec<usize>,
    /// For each agent and symbol after the first, with the symbols side by side. What an agent has of the first
    /// is kept beside its orders.
    others: Vec<Holding>,
    /// How many of those an agent has.
    width: usize,
    till: Vec<i128>,
}

/// What an agent has of one symbol, and what it has been paid for it less what it has paid: half a cache
/// line, so that a fill touches no more.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    pub(super) cash: i128,
    pub(super) position: i128,
}

const _: () = assert!(size_of::<Holding>() == 32);

/// The holdings of the first symbol, each beside the orders of its agent.
pub(super) type Firsts = OrderTable<Holding>;

/// One side of a fill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    /// Whose.
    pub(super) agent: AgentId,
    /// Which side.
    pub(super) side: Side,
    /// What it pays to the venue for it; negative for a rebate.
    pub(super) fee: Cash,
}

impl Clearing {
    /// Empty accounts of `agents` agents in symbols paid in these currencies, of `till` currencies in all.
    pub(super) fn new(agents: u32, currencies: Vec<usize>, till: usize) -> Result<Clearing, NoMemory> {
        let width = currencies.len().saturating_sub(1);
        let others = filled("the true accounts", agents as usize * width, Holding::default())?;
        Ok(Clearing { currencies, others, width, till: vec![0; till] })
    }

    /// Where in `others` a holding is; `None` for one of the first symbol.
    #[inline]
    fn at(&self, agent: AgentId, symbol: usize) -> Option<usize> {
        let other = symbol.checked_sub(1)?;
        Some(agent.index() * self.width + other)
    }

    /// Has a holding brought into the cache that is not beside the agent's orders.
    #[inline]
    pub(super) fn fetch(&self, agent: AgentId, symbol: usize) {
        if let Some(holding) = self.at(agent, symbol).and_then(|at| self.others.get(at)) {
            prefetch(holding);
        }
    }

    /// Books one side of a fill of `lots` worth `value`. An agent that does not exist is not booked, and
    /// its fee is not taken.
    #[inline(always)]
    pub(super) fn book(&mut self, firsts: &mut Firsts, leg: Leg, symbol: usize, lots: i64, value: Cash) {
        let holding = match self.at(leg.agent, symbol) {
            None => firsts.own_mut(leg.agent),
            Some(at) => self.others.get_mut(at),
        };
        let till = self.currencies.get(symbol).and_then(|&c| self.till.get_mut(c));
        let (Some(holding), Some(till)) = (holding, till) else { return };
        holding.position += i128::from(leg.side.sign() * lots);
        holding.cash -= i128::from(leg.side.sign() * value.0);
        if leg.fee != Cash::ZERO {
            holding.cash -= i128::from(leg.fee.0);
            *till += i128::from(leg.fee.0);
        }
    }

    /// What an agent has of one of the venue's symbols.
    pub(super) fn holding<'a>(
        &'a self,
        firsts: &'a Firsts,
        agent: AgentId,
        symbol: usize,
    ) -> Option<&'a Holding> {
        match self.at(agent, symbol) {
            None => firsts.own(agent),
            Some(at) => self.others.get(at),
        }
    }

    /// The venue pays for what an agent cannot.
    pub(super) fn cover(&mut self, firsts: &mut Firsts, agent: AgentId, symbol: usize, loss: Cash) {
        self.book(firsts, Leg { agent, side: Side::Buy, fee: -loss }, symbol, 0, Cash::ZERO);
    }

    /// An agent's position in one of the venue's symbols, in lots (the nearest number, should it not fit).
    pub(super) fn position(&self, firsts: &Firsts, agent: AgentId, symbol: usize) -> i64 {
        self.holding(firsts, agent, symbol).map_or(0, |holding| nearest(holding.position))
    }

    /// An agent's cash in a currency (the nearest number, should it not fit).
    pub(super) fn cash(&self, firsts: &Firsts, agent: AgentId, currency: usize) -> Cash {
        let paid_in = (0..self.currencies.len()).filter(|&symbol| self.currencies[symbol] == currency);
        let holdings = paid_in.filter_map(|symbol| self.holding(firsts, agent, symbol));
        let cash: i128 = holdings.map(|holding| holding.cash).sum();
        Cash(nearest(cash))
    }

    /// What the venue has taken in a currency.
    pub(super) fn fees(&self, currency: usize) -> i128 {
        self.till.get(currency).copied().unwrap_or(0)
    }

    #[allow(clippy::cast_possible_truncation)] // both halves go in
    pub(super) fn digest(&self, firsts: &Firsts, into: &mut Digest) {
        let both = |cash: i128| (cash as u64, (cash >> 64) as u64);
        for (agent, first) in firsts.owns().enumerate() {
            let others = &self.others[agent * self.width..(agent + 1) * self.width];
            for holding in std::iter::once(first).filter(|_| !self.currencies.is_empty()).chain(others) {
                let (low, high) = both(holding.cash);
                into.pair(low, high);
                into.int(holding.position as i64);
                if i64::try_from(holding.position).is_err() {
                    into.int((holding.position >> 64) as i64);
                }
            }
        }
        for &till in &self.till {
            let (low, high) = both(till);
            into.pair(low, high);
        }
    }
}

/// A number as near as 64 bits can tell it.
fn nearest(exact: i128) -> i64 {
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}
