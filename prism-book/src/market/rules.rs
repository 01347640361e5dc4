//! The rules of one market.

use prism_core::msg::Reject;
use prism_core::types::{AgentId, Price, Qty, Side};

use crate::day::{LotRule, TickTable};

/// The rules of one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRules {
    /// What happens when an order meets one of the same agent.
    pub self_trade: SelfTrade,
    /// Which of the displayed orders at one price trade.
    pub matching: Matching,
    /// The last price before there is a trade: the previous close.
    pub reference: Price,
    /// Which prices and sizes an order may have.
    pub limits: Limits,
    /// Which of these prices: by default every tick.
    pub ticks: TickTable,
    /// Which of these sizes: by default all. A reduction, or a trade, may leave others.
    pub lots: LotRule,
}

impl MarketRules {
    /// Price-time priority without self-trade prevention, and every price that a number can be.
    pub fn new(reference: Price) -> MarketRules {
        let (self_trade, matching) = (SelfTrade::Allow, Matching::PriceTime);
        let (ticks, lots) = (TickTable::default(), LotRule::default());
        MarketRules { self_trade, matching, reference, limits: Limits::default(), ticks, lots }
    }

    /// Whether a size is one that a new order may have.
    #[inline(always)]
    pub(super) fn size(&self, qty: Qty) -> Result<(), Reject> {
        if qty.is_zero() || qty > Qty::MAX || !self.lots.fits(qty) { Err(Reject::BadQty) } else { Ok(()) }
    }

    /// Whether an order of a sound size may rest at a price.
    #[inline(always)]
    pub(super) fn rests(&self, side: Side, price: Price, qty: Qty) -> Result<(), Reject> {
        match self.limits.rests(side, price, qty) {
            Err(Reject::BadPrice) => Err(Reject::BadPrice),
            _ if !self.ticks.fits(price) => Err(Reject::BadPrice),
            sound => sound,
        }
    }

    /// Whether a price is one that a stop may have.
    pub(super) fn triggers(&self, price: Price) -> bool {
        (self.limits.lowest..=self.limits.highest).contains(&price) && self.ticks.fits(price)
    }

    /// A price that an order of `side` may have: this one, or the next one further from the other side.
    pub(super) fn rounded(&self, side: Side, price: Price) -> Price {
        match side {
            Side::Buy => self.ticks.down(price),
            Side::Sell => self.ticks.up(price),
        }
    }
}

/// What happens when an order meets a resting one of the same agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTrade {
    /// They trade: shares and money stay with the agent, fees are paid.
    #[default]
    Allow,
    /// What is left of the incoming order is cancelled.
    CancelNewest,
    /// The resting order is cancelled, and the incoming one goes on.
    CancelOldest,
    /// What is left of both is cancelled.
    CancelBoth,
    /// Both are made smaller by what is left of the smaller one, without a trade; the incoming one goes on with
    /// the rest.
    Decrement,
}

/// Which of the displayed orders at one price trade with an incoming quantity that cannot fill them all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// Those who came first.
    #[default]
    PriceTime,
    /// All, in proportion to their sizes.
    ProRata {
        /// A part below this is nothing; 1 for no such rule. Lots.
        min: Qty,
    },
    /// A share to those who came first, the rest in proportion.
    FifoProRata {
        /// In percent: 0 to 100.
        share: u8,
    },
    /// A share to the lead market makers, the rest in proportion.
    LeadMaker {
        /// In percent: 0 to 100.
        share: u8,
        /// Who they are.
        agents: Vec<AgentId>,
    },
    /// The largest order first, then those who came first.
    SizeTime,
}

/// Which prices and sizes an order may have. The size is never above [`Qty::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The lowest price, in ticks.
    pub lowest: Price,
    /// The highest price, in ticks.
    pub highest: Price,
    /// What an order may be worth: price times size, without the sign. The largest number for any.
    pub worth: u64,
}

impl Default for Limits {
    /// None.
    fn default() -> Limits {
        Limits { lowest: Price::MIN, highest: Price::MAX, worth: u64::MAX }
    }
}

impl Limits {
    /// Whether an order of a sound size may rest at a price.
    #[inline(always)]
    fn rests(&self, side: Side, price: Price, qty: Qty) -> Result<(), Reject> {
        if price < self.lowest || price > self.highest || is_market(side, price) {
            return Err(Reject::BadPrice);
        }
        if self.worth == u64::MAX {
            return Ok(());
        }
        let worth = qty.0.checked_mul(price.0.unsigned_abs());
        if worth.unwrap_or(u64::MAX) > self.worth { Err(Reject::BadQty) } else { Ok(()) }
    }
}

/// True for the price of an order that has none.
#[inline]
pub(crate) fn is_market(side: Side, price: Price) -> bool {
    match side {
        Side::Buy => price == Price::MAX,
        Side::Sell => price == Price::MIN,
    }
}
