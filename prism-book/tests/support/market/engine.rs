//! What is asked of a market under test.

use prism_book::market::{DayRules, MarketRules, Told};
use prism_core::msg::{Order, Phase, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{OrderId, Price, Qty, Side, Span, Time};

use super::{Step, text};
use crate::support::twin::Twin;

pub use crate::support::twin::Row;

/// A market: each message gives what it told, in order.
pub trait Engine: Sized {
    fn new(rules: &MarketRules, key: StreamKey) -> Self;
    fn submit(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms) -> Vec<Told>;
    fn cancel(&mut self, now: Time, id: OrderId) -> Vec<Told>;
    fn reduce(&mut self, now: Time, id: OrderId, by: Qty) -> Vec<Told>;
    fn replace(&mut self, now: Time, id: OrderId, price: Price, qty: Qty) -> Vec<Told>;
    fn advance(&mut self, now: Time) -> Vec<Told>;
    /// The same market with a trading day.
    fn with_day(self, day: &DayRules) -> Self;
    fn halt(&mut self, now: Time, length: Span) -> Vec<Told>;
    fn end_day(&mut self, now: Time) -> Vec<Told>;
    fn phase(&self) -> Phase;
    fn next_due(&self) -> Option<Time>;
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
    fn with_day(self, day: &DayRules) -> Twin {
        Twin::with_day(self, day)
    }
    fn halt(&mut self, now: Time, length: Span) -> Vec<Told> {
        Twin::halt(self, now, length)
    }
    fn end_day(&mut self, now: Time) -> Vec<Told> {
        Twin::end_day(self, now)
    }
    fn phase(&self) -> Phase {
        Twin::phase(self)
    }
    fn next_due(&self) -> Option<Time> {
        Twin::next_due(self)
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
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    displayed: [Vec<Row>; 2],
    hidden: [Vec<(OrderId, Price, Qty)>; 2],
    held: Vec<(OrderId, Qty)>,
    last: Price,
    phase: Phase,
    next_due: Option<Time>,
}

pub fn state(of: &impl Engine) -> State {
    State {
        displayed: Side::BOTH.map(|side| of.displayed(side)),
        hidden: Side::BOTH.map(|side| of.hidden(side)),
        held: of.held(),
        last: of.last(),
        phase: of.phase(),
        next_due: of.next_due(),
    }
}

/// Sends the same message to two markets, which tell the same and are in the same state after it.
pub fn in_step<A: Engine, B: Engine>(
    a: &mut A,
    b: &mut B,
    now: &mut Time,
    step: &Step,
) -> Result<(), String> {
    *now += step.after;
    let told = [step.message.send(*now, a), step.message.send(*now, b)];
    if told[0] != told[1] {
        let told = told.map(|told| told.iter().map(text::told).collect::<Vec<_>>());
        return Err(format!("{step:?}\n{:#?}\n{:#?}", told[0], told[1]));
    }
    let (a, b) = (state(a), state(b));
    if a == b { Ok(()) } else { Err(format!("after {step:?}\n{a:?}\n{b:?}")) }
}
