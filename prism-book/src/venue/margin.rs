//! Margin: what agents must have to hold and to open positions, and who has too little.

use std::collections::{BTreeSet, VecDeque};

use prism_core::digest::Digest;
use prism_core::memory::{NoMemory, filled};
use prism_core::types::{AgentId, Decimal, Instruments, Price, Qty, Side, SymbolId};

use super::clearing::Holding;

/// The margin rules of a venue. Each agent has an account of its own for each symbol (*isolated* margin): a loss in one
/// cannot cost the collateral of another.
///
/// The *equity* of an account is its collateral, plus what its trades have paid it, less what they have cost and the
/// fees, plus its position at the *mark*, the last price. What is done with it is section 8 of the rule book
/// (`docs/exchange.md`).
///
/// ```
/// use prism_book::venue::{Exchange, MarginRules};
/// use prism_book::Decimal;
///
/// // Half of the value to open a position and a quarter to hold it, as in Regulation T and FINRA Rule 4210.
/// let shares = MarginRules::of_value(5_000, 2_500, Decimal::new(10_000, 0).unwrap());
/// // So much for each contract, as at a futures exchange.
/// let money = |units| Decimal::new(units, 0).unwrap();
/// let futures = MarginRules::per_lot(money(12_000), money(11_000), money(50_000));
/// # let _ = (Exchange::new("XPRM").margin(shares), futures);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginRules {
    /// How much equity a position needs.
    pub need: Requirement,
    /// What each account begins with, in the symbol's currency.
    pub collateral: Decimal,
}

/// How much equity a position needs: `initial` to open it, `maintenance` to hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A part of its value at the mark, in basis points.
    OfValue {
        /// 5,000 is the half, 100 a leverage of 100. At most 10,000.
        initial: u32,
        /// At least 1, at most `initial`.
        maintenance: u32,
    },
    /// An amount for each lot, in the symbol's currency.
    PerLot {
        /// Above zero.
        initial: Decimal,
        /// Above zero, at most `initial`.
        maintenance: Decimal,
    },
}

/// One whole in basis points.
const WHOLE: i128 = 10_000;
/// The largest amount of money that a rule may name, in units of the currency.
const LARGEST: i128 = 1 << 62;

impl MarginRules {
    /// Parts of the value of a position, in basis points.
    pub const fn of_value(initial: u32, maintenance: u32, collateral: Decimal) -> MarginRules {
        MarginRules { need: Requirement::OfValue { initial, maintenance }, collateral }
    }

    /// Amounts for each lot.
    pub const fn per_lot(initial: Decimal, maintenance: Decimal, collateral: Decimal) -> MarginRules {
        MarginRules { need: Requirement::PerLot { initial, maintenance }, collateral }
    }

    /// Whether the rules can be used, whatever the symbol.
    ///
    /// # Errors
    /// A message that names the field and its range.
    pub fn check(&self) -> Result<(), String> {
        match self.need {
            Requirement::OfValue { initial, .. } if !(1..=10_000).contains(&initial) => {
                return Err("`initial` must be 1 to 10000 basis points".to_owned());
            }
            Requirement::OfValue { initial, maintenance } if maintenance == 0 || maintenance > initial => {
                return Err("`maintenance` must be 1 basis point to `initial`".to_owned());
            }
            Requirement::PerLot { initial, maintenance }
                if !initial.is_positive() || !maintenance.is_positive() =>
            {
                return Err("`initial` and `maintenance` per lot must be above 0".to_owned());
            }
            _ => {}
        }
        if self.collateral.units() < 0 {
            return Err("`collateral` must be 0 or more".to_owned());
        }
        Ok(())
    }
}

/// The margin accounts of all agents in one symbol: their collateral, and who of them has too little. Cash and
/// positions are those of the clearing.
#[derive(Clone, Debug)]
pub(super) struct Margin {
    need: Need,
    collateral: i128,
    /// Units of the currency in one tick × one lot.
    tick_lot: i128,
    mark: Price,
    accounts: Vec<Account>,
    /// The accounts with positions, by the mark at which their equity is just enough: a long one has too little below
    /// it, a short one above.
    longs: BTreeSet<(i64, AgentId)>,
    shorts: BTreeSet<(i64, AgentId)>,
    /// Whose positions the venue is closing, long and short ones, in the order in which that began.
    closing: [VecDeque<AgentId>; 2],
}

/// A requirement in units of the currency.
#[derive(Clone, Copy, Debug)]
enum Need {
    OfValue { initial: i128, maintenance: i128 },
    PerLot { initial: i128, maintenance: i128 },
}

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// The mark at which it is in `longs` or `shorts`.
    key: i64,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Flat,
    Long,
    Short,
    /// The venue is closing it.
    Closing,
    /// The rules do not apply.
    Exempt,
}

/// An order that would come in, with what it leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// Its side.
    pub(super) side: Side,
    /// Its size.
    pub(super) qty: Qty,
    /// Its limit, if it has one.
    pub(super) limit: Option<Price>,
    /// The lots that all open orders, with this one, can buy and sell.
    pub(super) open: [u64; 2],
}

impl Margin {
    /// Accounts for the agents below `agents` in a symbol; the mark is its previous close.
    pub(super) fn new(
        rules: &MarginRules,
        symbol: SymbolId,
        instruments: &Instruments,
        agents: u32,
    ) -> Result<Margin, MarginError> {
        let instrument = &instruments.symbols()[symbol.index()];
        let unit = instruments.currencies()[instrument.currency.index()].unit;
        let units = |what: &'static str, amount: Decimal| match amount.steps(unit) {
            Ok(units) if units.abs() <= LARGEST => Ok(units),
            Ok(_) => Err(MarginError::Rules(format!("`{what}` of {amount} is too much"))),
            Err((below, above)) => {
                let near = |n: i128| i64::try_from(n).ok().and_then(|n| unit.times(n));
                let near = match (near(below), near(above)) {
                    (Some(below), Some(above)) => format!(": {below} or {above}"),
                    _ => String::new(),
                };
                let name = &instrument.name;
                Err(MarginError::Rules(format!(
                    "`{what}` of {amount} is no whole number of the {unit} in which {name} is paid{near}"
                )))
            }
        };
        let need = match rules.need {
            Requirement::OfValue { initial, maintenance } => {
                Need::OfValue { initial: i128::from(initial), maintenance: i128::from(maintenance) }
            }
            Requirement::PerLot { initial, maintenance } => {
                let (initial, maintenance) = (units("initial", initial)?, units("maintenance", maintenance)?);
                if maintenance > initial {
                    return Err(MarginError::Rules(
                        "`maintenance` per lot must be at most `initial`".to_owned(),
                    ));
                }
                Need::PerLot { initial, maintenance }
            }
        };
        if instrument.start.0 < 1 {
            let name = &instrument.name;
            return Err(MarginError::Rules(format!("margin needs a previous close of {name} above 0")));
        }
        Ok(Margin {
            need,
            collateral: units("collateral", rules.collateral)?,
            tick_lot: i128::from(instrument.tick_lot),
            mark: instrument.start,
            accounts: filled("the margin accounts", agents as usize, Account::default())?,
            longs: BTreeSet::new(),
            shorts: BTreeSet::new(),
            closing: [VecDeque::new(), VecDeque::new()],
        })
    }

    /// The rules do not apply to an agent.
    pub(super) fn exempt(&mut self, agent: AgentId) {
        if let Some(account) = self.accounts.get_mut(agent.index()) {
            account.state = State::Exempt;
        }
    }

    fn state(&self, agent: AgentId) -> State {
        self.accounts.get(agent.index()).map_or(State::Exempt, |account| account.state)
    }

    /// The equity of an account.
    pub(super) fn equity(&self, holding: &Holding) -> i128 {
        self.collateral + holding.cash + holding.position * self.value()
    }

    /// One lot at the mark.
    fn value(&self) -> i128 {
        i128::from(self.mark.0) * self.tick_lot
    }

    /// The initial margin of one lot, and how many units of that make one of the currency.
    fn initial(&self) -> (i128, i128) {
        match self.need {
            Need::OfValue { initial, .. } => (self.value() * initial, WHOLE),
            Need::PerLot { initial, .. } => (initial, 1),
        }
    }

    /// True if an order may come in: the venue is not closing the position, and either the order can only make it
    /// smaller, or the equity covers the initial margin of the largest position that this and all open orders could
    /// lead to, after what a limit worse than the mark would lose at once. Without a limit, the order is reckoned at
    /// the mark.
    pub(super) fn admits(&self, agent: AgentId, holding: &Holding, order: &Opening) -> bool {
        match self.state(agent) {
            State::Closing => return false,
            State::Exempt => return true,
            State::Flat | State::Long | State::Short => {}
        }
        let sign = i128::from(order.side.sign());
        let towards = sign * holding.position;
        let own = i128::from(order.open[order.side as usize]);
        let other = i128::from(order.open[(!order.side) as usize]);
        if towards < 0 && own <= -towards {
            return true;
        }
        let worst = (towards + own).abs().max((towards - other).abs());
        let gap = order.limit.map_or(0, |limit| sign * (i128::from(limit.0) - i128::from(self.mark.0)));
        let loss = self.tick_lot * i128::from(order.qty.0) * gap.max(0);
        let (initial, whole) = self.initial();
        (self.equity(holding) - loss) * whole >= worst * initial
    }

    /// The mark is now this price.
    pub(super) fn mark(&mut self, price: Price) {
        self.mark = price;
    }

    /// A holding has changed.
    pub(super) fn watch(&mut self, agent: AgentId, holding: &Holding) {
        let state = match holding.position {
            0 => State::Flat,
            long if long > 0 => State::Long,
            _ => State::Short,
        };
        let key = if state == State::Flat { 0 } else { self.margin_price(holding) };
        let Some(account) = self.accounts.get_mut(agent.index()) else { return };
        let was = *account;
        if matches!(was.state, State::Closing | State::Exempt) {
            return;
        }
        *account = Account { key, state };
        self.take_off(agent, was);
        match state {
            State::Long => self.longs.insert((key, agent)),
            State::Short => self.shorts.insert((key, agent)),
            State::Flat | State::Closing | State::Exempt => false,
        };
    }

    fn take_off(&mut self, agent: AgentId, account: Account) {
        match account.state {
            State::Long => self.longs.remove(&(account.key, agent)),
            State::Short => self.shorts.remove(&(account.key, agent)),
            State::Flat | State::Closing | State::Exempt => false,
        };
    }

    /// The mark at which the equity is just the maintenance margin: for a long position the lowest, for a short one
    /// the highest.
    fn margin_price(&self, holding: &Holding) -> i64 {
        let cash = self.collateral + holding.cash;
        let lots = holding.position.abs();
        let value = lots * self.tick_lot;
        let long = holding.position > 0;
        // At the mark m a long account needs rest + gain × m >= 0, a short one rest - gain × m >= 0.
        let (rest, gain) = match self.need {
            Need::OfValue { maintenance: part, .. } if long => (cash * WHOLE, value * (WHOLE - part)),
            Need::OfValue { maintenance: part, .. } => (cash * WHOLE, value * (WHOLE + part)),
            Need::PerLot { maintenance, .. } => (cash - lots * maintenance, value),
        };
        let price = match (long, gain) {
            // A whole margin: the equity is enough at any mark, or at none.
            (true, 0) => {
                if rest >= 0 {
                    i128::from(i64::MIN)
                } else {
                    i128::from(i64::MAX)
                }
            }
            (true, _) => (-rest).div_euclid(gain) + i128::from((-rest).rem_euclid(gain) != 0),
            (false, _) => rest.div_euclid(gain),
        };
        i64::try_from(price).unwrap_or(if price < 0 { i64::MIN } else { i64::MAX })
    }

    /// The account with too little that is first to be closed: long ones before short ones, the furthest below its
    /// margin price first, then the lower id.
    pub(super) fn breached(&self) -> Option<AgentId> {
        let mark = self.mark.0;
        let highest = self.longs.last().filter(|(least, _)| *least > mark).map(|(least, _)| *least);
        let long = highest.and_then(|least| self.longs.range((least, AgentId(0))..).next());
        let short = || self.shorts.first().filter(|(most, _)| *most < mark);
        long.or_else(short).map(|(_, agent)| *agent)
    }

    /// The venue begins to close an account that has too little.
    pub(super) fn begin_closing(&mut self, agent: AgentId) {
        let Some(account) = self.accounts.get_mut(agent.index()) else { return };
        let was = std::mem::replace(account, Account { key: 0, state: State::Closing });
        self.take_off(agent, was);
        let side = if was.state == State::Long { Side::Buy } else { Side::Sell };
        self.closing[side as usize].push_back(agent);
    }

    /// Of the long (`Buy`) or the short positions that the venue is closing, the one whose turn it is.
    pub(super) fn next_closing(&self, side: Side) -> Option<AgentId> {
        self.closing[side as usize].front().copied()
    }

    /// How many lots of a position must go, for the equity to cover the initial margin of the others.
    pub(super) fn to_close(&self, holding: &Holding) -> Qty {
        let lots = holding.position.abs();
        let (initial, whole) = self.initial();
        let kept = if initial > 0 { (self.equity(holding) * whole).div_euclid(initial) } else { lots };
        let close = lots - kept.clamp(0, lots);
        Qty(u64::try_from(close).unwrap_or(u64::MAX)).min(Qty::MAX)
    }

    /// The venue has closed enough of the position whose turn it was.
    pub(super) fn end_closing(&mut self, side: Side, holding: &Holding) {
        let Some(agent) = self.closing[side as usize].pop_front() else { return };
        if let Some(account) = self.accounts.get_mut(agent.index()) {
            account.state = State::Flat;
        }
        self.watch(agent, holding);
    }

    /// What an account without a position owes beyond its collateral.
    pub(super) fn shortfall(&self, agent: AgentId, holding: &Holding) -> i128 {
        let owes = holding.position == 0 && self.state(agent) != State::Exempt;
        if owes { (-self.equity(holding)).max(0) } else { 0 }
    }

    /// Folds in what does not follow from cash and positions.
    pub(super) fn digest(&self, into: &mut Digest) {
        for queue in &self.closing {
            into.word(queue.len() as u64);
            for agent in queue {
                into.word(u64::from(agent.0));
            }
        }
    }
}

/// Why margin accounts cannot be kept.
#[derive(Clone, Debug)]
pub(super) enum MarginError {
    /// The rules do not fit the symbol.
    Rules(String),
    /// There are too many agents.
    Memory(NoMemory),
}

impl From<NoMemory> for MarginError {
    fn from(why: NoMemory) -> MarginError {
        MarginError::Memory(why)
    }
}
