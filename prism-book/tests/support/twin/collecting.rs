//! §7.2: orders that come in while nothing trades.

use prism_core::msg::{CancelReason, Reject, Session};
use prism_core::types::{OrderId, Price, Tif};

use super::Twin;
use super::order::{Order, Place, in_range, is_market};

impl Order {
    /// True for an order that trades at once or not at all: there is nothing to collect.
    pub(super) fn is_now_or_never(&self) -> bool {
        self.tif == Tif::Fok || (self.tif == Tif::Ioc && self.min_qty > 0)
    }
}

impl Twin {
    /// An order comes in, or what is left of one: it does not trade.
    pub(super) fn collect(&mut self, id: OrderId) {
        self.take_out(id);
        let order = self.order(id);
        let (limit, named) = (order.limit, order.terms.oco);
        if order.is_now_or_never() {
            self.refuse(id, Reject::Closed);
        } else if order.group.is_some() {
            if let Some(named) = named {
                self.hold_linked_with(id, named);
            }
            self.hold(id, Place::Linked);
            self.accept(id, limit);
        } else if order.terms.peg.is_some() {
            self.hold_without_price(id);
        } else if is_market(order.side, limit) {
            self.hold(id, Place::AtMarket);
            self.accept(id, limit);
        } else {
            let order = self.order_mut(id);
            order.price = limit;
            if order.tif == Tif::PostOnly {
                order.tif = Tif::Gtc;
            }
            self.rest(id);
        }
    }

    /// The order that another one names is held before it, if it rests.
    pub(super) fn hold_linked_with(&mut self, id: OrderId, named: OrderId) {
        let group = self.order(id).group;
        if self.find(named).is_some_and(|order| order.rests() && order.group == group) {
            self.hold_linked(named);
        }
    }

    fn hold_linked(&mut self, id: OrderId) {
        self.hold(id, Place::Linked);
        let limit = self.order(id).limit;
        self.accept(id, limit);
    }

    /// Trading is no longer continuous.
    pub(super) fn hold_all_linked(&mut self) {
        let resting = self.orders.iter().filter(|order| order.group.is_some() && order.rests());
        for id in resting.map(|order| order.id).collect::<Vec<_>>() {
            self.hold_linked(id);
        }
    }

    /// Trading is continuous from now on, unless one of them interrupts it.
    pub(super) fn let_linked_in(&mut self) {
        let held = self.orders.iter().filter(|order| order.place == Place::Linked);
        for id in held.map(|order| order.id).collect::<Vec<_>>() {
            if self.trades() && self.find(id).is_some_and(|order| order.place == Place::Linked) {
                self.come_in(id);
            }
        }
    }

    /// What took part in an uncrossing alone, and is left, goes; a market-to-limit order rests at its price.
    pub(super) fn end_of_call(&mut self, price: Option<Price>) {
        let for_it_alone = |order: &&Order| {
            let only_then = order.tif == Tif::Ioc || order.terms.session != Session::Any;
            order.place == Place::AtMarket || (order.rests() && only_then)
        };
        let over: Vec<OrderId> = self.orders.iter().filter(for_it_alone).map(|order| order.id).collect();
        for id in over {
            let order = self.order(id);
            let stays = order.terms.market_to_limit && order.terms.session == Session::Any;
            let limit = price.filter(|_| stays).and_then(|price| in_range(order.side, price.0.into()));
            let Some(limit) = limit else {
                self.cancel_whole(id, CancelReason::TimeInForce);
                continue;
            };
            let order = self.order_mut(id);
            (order.limit, order.price, order.tif) = (limit, limit, Tif::Gtc);
            order.terms.market_to_limit = false;
            self.rest(id);
        }
    }
}
