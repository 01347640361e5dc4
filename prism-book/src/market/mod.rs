//! One symbol's market: what the rule book (`docs/exchange.md`) says of orders with terms, of matching rules and of
//! the trading day.

mod told;

pub use told::Told;

use prism_core::msg::Reject;
use prism_core::types::{AgentId, OrderId, Price, Qty};

/// The rules of one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRules {
    /// What happens when an order meets one of the same agent.
    pub self_trade: SelfTrade,
    /// Which of the displayed orders at one price trade.
    pub matching: Matching,
    /// The last price before there is a trade: the previous close.
    pub reference: Price,
}

impl MarketRules {
    /// Price-time priority without self-trade prevention.
    pub fn new(reference: Price) -> MarketRules {
        MarketRules { self_trade: SelfTrade::Allow, matching: Matching::PriceTime, reference }
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

/// Where a market finds the orders of an id again: whoever owns the market keeps it.
pub trait OrderIndex {
    /// What was [set](OrderIndex::set) for an order.
    fn get(&self, id: OrderId) -> Option<u32>;

    /// Keeps a number for an order, which is never [`u32::MAX`].
    ///
    /// # Errors
    /// Why there is no room for an order of this id.
    fn set(&mut self, id: OrderId, place: u32) -> Result<(), Reject>;

    /// Forgets an order.
    fn remove(&mut self, id: OrderId);
}
