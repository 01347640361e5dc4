//! §4.3: orders that wait for their price.

use prism_book::market::Told;
use prism_core::msg::{Phase, Trigger};
use prism_core::types::{OrderId, Price, Qty, Side};

use super::Twin;
use super::order::{Order, Place};

impl Order {
    /// True when a trade at a price is at the stop price or beyond.
    fn is_reached_by(&self, price: Price) -> bool {
        match self.side {
            Side::Buy => price >= self.stop,
            Side::Sell => price <= self.stop,
        }
    }

    /// The stop price follows the best price.
    fn follow(&mut self) {
        let away = match self.terms.trigger {
            None => return,
            Some(Trigger::Stop { price }) => return self.stop = price,
            Some(Trigger::Trail { ticks }) => i128::from(ticks),
            Some(Trigger::TrailBp { bp }) => {
                (i128::from(self.best.0) * i128::from(bp)).div_euclid(10_000).max(1)
            }
        };
        let stop = i128::from(self.best.0) + i128::from(self.side.sign()) * away;
        let clamped = stop.clamp(i128::from(i64::MIN + 1), i128::from(i64::MAX - 1));
        self.stop = Price(i64::try_from(clamped).unwrap());
    }

    /// A trade at a price moves a trail, if it is the best.
    fn trail(&mut self, price: Price) {
        self.best = match self.side {
            Side::Buy => self.best.min(price),
            Side::Sell => self.best.max(price),
        };
        self.follow();
    }

    /// The price at which a held order is accepted: its stop price if it has one.
    pub(super) fn told_price(&self) -> Price {
        if self.terms.trigger.is_some() { self.stop } else { self.limit }
    }
}

impl Twin {
    /// The stop price of an order that comes in now.
    pub(super) fn set_stop(&mut self, id: OrderId) {
        let last = self.last;
        let order = self.order_mut(id);
        order.best = last;
        order.follow();
    }

    /// A stop comes in: triggered at once, or held.
    pub(super) fn hold_stop(&mut self, id: OrderId) {
        self.set_stop(id);
        self.hold_or_trigger(id);
    }

    /// A stop with a new stop price.
    pub(super) fn hold_or_trigger(&mut self, id: OrderId) {
        if self.trades() && self.order(id).is_reached_by(self.last) {
            self.trigger(id);
            self.come_in(id);
        } else {
            self.hold(id, Place::Stop);
            let stop = self.order(id).stop;
            self.accept(id, stop);
        }
    }

    fn trigger(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        order.terms.trigger = None;
        order.place = Place::Triggered;
        let left = Qty(order.left);
        self.told.push(Told::Triggered { id, left });
    }

    /// Settling, 1: stops that the trades since the last look have reached. True if there were any.
    pub(super) fn settle_stops(&mut self) -> bool {
        let mut reached: Vec<OrderId> = Vec::new();
        if self.phase() != Phase::Continuous {
            self.unseen.clear();
        }
        for price in std::mem::take(&mut self.unseen) {
            for order in &mut self.orders {
                if order.place == Place::Stop && !reached.contains(&order.id) {
                    order.trail(price);
                    if order.is_reached_by(price) {
                        reached.push(order.id);
                    }
                }
            }
        }
        let mut in_turn: Vec<&Order> = self.orders.iter().filter(|o| reached.contains(&o.id)).collect();
        // Buys first, the lowest stop price first; then sells, the highest first. Keeps the order of arrival.
        in_turn.sort_by_key(|o| (o.side, i128::from(o.side.sign()) * i128::from(o.stop.0)));
        let in_turn: Vec<OrderId> = in_turn.iter().map(|o| o.id).collect();
        for &id in &in_turn {
            self.trigger(id);
        }
        for &id in &in_turn {
            if self.find(id).is_some_and(|order| order.place == Place::Triggered) {
                self.come_in(id);
                self.settle();
            }
        }
        !in_turn.is_empty()
    }
}
