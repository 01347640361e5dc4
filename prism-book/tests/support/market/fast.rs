//! The market of the library as a market under test.

use prism_book::BookEngine;
use prism_book::market::{DayRules, Market, MarketRules, Orders, Told};
use prism_core::digest::Digest;
use prism_core::msg::{Order, Phase, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{OrderId, Price, Qty, Side, Span, Time};

use super::engine::{Engine, Row};

/// Agents whose ids the index takes.
const AGENTS: u32 = 64;

/// The library's market, with an index. It checks itself after each message.
#[derive(Clone, Debug)]
pub struct Fast<B> {
    pub market: Market<B>,
    pub index: Orders,
}

impl<B: BookEngine> Fast<B> {
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.market.digest(&mut digest);
        digest.value()
    }

    fn with(&mut self, message: impl FnOnce(&mut Market<B>, &mut Orders, &mut Vec<Told>)) -> Vec<Told> {
        let mut told = Vec::new();
        message(&mut self.market, &mut self.index, &mut told);
        self.market.check().unwrap_or_else(|wrong| panic!("{wrong}: {told:?}"));
        told
    }
}

impl<B: BookEngine> Engine for Fast<B> {
    fn new(rules: &MarketRules, key: StreamKey) -> Fast<B> {
        Fast { market: Market::new(rules.clone(), key), index: Orders::new(AGENTS).unwrap() }
    }

    fn submit(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms) -> Vec<Told> {
        self.with(|market, index, told| {
            let tell = &mut |_: &mut Orders, what| told.push(what);
            if terms.is_plain() {
                market.submit(now, id, order, index, tell);
            } else {
                market.submit_with(now, id, order, terms, index, tell);
            }
        })
    }

    fn cancel(&mut self, now: Time, id: OrderId) -> Vec<Told> {
        self.with(|market, index, told| market.cancel(now, id, index, &mut |_, what| told.push(what)))
    }

    fn reduce(&mut self, now: Time, id: OrderId, by: Qty) -> Vec<Told> {
        self.with(|market, index, told| market.reduce(now, id, by, index, &mut |_, what| told.push(what)))
    }

    fn replace(&mut self, now: Time, id: OrderId, price: Price, qty: Qty) -> Vec<Told> {
        self.with(|market, index, told| {
            market.replace(now, id, price, qty, index, &mut |_, what| told.push(what));
        })
    }

    fn advance(&mut self, now: Time) -> Vec<Told> {
        self.with(|market, index, told| market.advance(now, index, &mut |_, what| told.push(what)))
    }

    fn with_day(self, day: &DayRules) -> Fast<B> {
        Fast { market: self.market.with_day(day.clone()).unwrap(), ..self }
    }

    fn halt(&mut self, now: Time, length: Span) -> Vec<Told> {
        self.with(|market, index, told| market.halt(now, length, index, &mut |_, what| told.push(what)))
    }

    fn end_day(&mut self, now: Time) -> Vec<Told> {
        self.with(|market, index, told| market.end_day(now, index, &mut |_, what| told.push(what)))
    }

    fn phase(&self) -> Phase {
        self.market.phase()
    }

    fn next_due(&self) -> Option<Time> {
        self.market.next_due()
    }

    fn displayed(&self, side: Side) -> Vec<Row> {
        let mut rows: Vec<Row> =
            self.market.levels(side).map(|level| (level.price, level.qty, Vec::new())).collect();
        for (_, order) in self.market.book().orders(side) {
            let row = rows.iter_mut().find(|row| row.0 == order.price).unwrap();
            row.2.push((order.id, order.left));
        }
        rows
    }

    fn hidden(&self, side: Side) -> Vec<(OrderId, Price, Qty)> {
        let orders = self.market.hidden().into_iter().flat_map(|book| book.orders(side));
        orders.map(|(_, order)| (order.id, order.price, order.left)).collect()
    }

    fn held(&self) -> Vec<(OrderId, Qty)> {
        self.market.held()
    }

    fn last(&self) -> Price {
        self.market.last()
    }
}
