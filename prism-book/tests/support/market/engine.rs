//! What is asked of a market under test.

use prism_book::market::{MarketRules, Told};
use prism_core::msg::{Order, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{OrderId, Price, Qty, Side, Time};

use crate::support::twin::Twin;

pub use crate::support::twin::Row;

/// A market: each message gives what it told, in order.
pub trait Engine {
    fn new(rules: &MarketRules, key: StreamKey) -> Self;
    fn submit(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms) -> Vec<Told>;
    fn cancel(&mut self, now: Time, id: OrderId) -> Vec<Told>;
    fn reduce(&mut self, now: Time, id: OrderId, by: Qty) -> Vec<Told>;
    fn replace(&mut self, now: Time, id: OrderId, price: Price, qty: Qty) -> Vec<Told>;
    fn advance(&mut self, now: Time) -> Vec<Told>;
    /// The displayed levels, best first, with the displayed part of each order in the order of the queue.
    fn displayed(&self, side: Side) -> Vec<Row>;
    /// The hidden orders in the order in which they trade.
    fn hidden(&self, side: Side) -> Vec<(OrderId, Price, Qty)>;
    /// The held orders by id.
    fn held(&self) -> Vec<(OrderId, Qty)>;
    fn last(&self) -> Price;
}

impl Engine for Twin {
    fn new(rules: &MarketRules, key: StreamKey) -> Twin {
        Twin::new(rules, key)
    }
    fn submit(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms) -> Vec<Told> {
        Twin::submit(self, now, id, order, terms)
    }
    fn cancel(&mut self, now: Time, id: OrderId) -> Vec<Told> {
        Twin::cancel(self, now, id)
    }
    fn reduce(&mut self, now: Time, id: OrderId, by: Qty) -> Vec<Told> {
        Twin::reduce(self, now, id, by)
    }
    fn replace(&mut self, now: Time, id: OrderId, price: Price, qty: Qty) -> Vec<Told> {
        Twin::replace(self, now, id, price, qty)
    }
    fn advance(&mut self, now: Time) -> Vec<Told> {
        Twin::advance(self, now)
    }
    fn displayed(&self, side: Side) -> Vec<Row> {
        Twin::displayed(self, side)
    }
    fn hidden(&self, side: Side) -> Vec<(OrderId, Price, Qty)> {
        Twin::hidden(self, side)
    }
    fn held(&self) -> Vec<(OrderId, Qty)> {
        Twin::held(self)
    }
    fn last(&self) -> Price {
        Twin::last(self)
    }
}

/// All that can be read of a market, to be compared.
pub type State = ([Vec<Row>; 2], [Vec<(OrderId, Price, Qty)>; 2], Vec<(OrderId, Qty)>, Price);

pub fn state(of: &impl Engine) -> State {
    (Side::BOTH.map(|side| of.displayed(side)), Side::BOTH.map(|side| of.hidden(side)), of.held(), of.last())
}
