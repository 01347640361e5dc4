//! §7.2: orders that come in while nothing trades.

use prism_core::msg::{CancelReason, Reject, Session};
use prism_core::types::{OrderId, Price, Tif};

use super::Twin;
use super::order::{Order, Place, is_market};

impl Order {
    /// True for an order in a book, or one that waits for the uncrossing.
    fn takes_part(&self) -> bool {
        self.rests() || self.place == Place::AtMarket
    }

    /// True for an order that trades at once or not at all: there is nothing to collect.
    pub(super) fn is_now_or_never(&self) -> bool {
        self.tif == Tif::Fok
            || (self.tif == Tif::Ioc && self.min_qty > 0)
            || (self.tif == Tif::PostOnly && self.terms.oco.is_some())
    }
}

impl Twin {
    /// An order comes in, or what is left of one: it does not trade.
    pub(super) fn collect(&mut self, id: OrderId) {
        let order = self.order(id);
        if order.is_now_or_never() {
            self.refuse(id, Reject::Closed);
        } else if self.is_linked(order) {
            self.hold_linked(id);
        } else {
            self.collect_alone(id);
        }
    }

    /// The same, whatever the order is linked to.
    pub(super) fn collect_alone(&mut self, id: OrderId) {
        self.take_out(id);
        let order = self.order(id);
        let limit = order.limit;
        if order.terms.peg.is_some() {
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

    /// True for an order that shares its quantity with another one that is still there.
    fn is_linked(&self, order: &Order) -> bool {
        order.group.is_some()
            && self.orders.iter().any(|other| other.group == order.group && other.id != order.id)
    }

    /// The order that another one names is held before it, if it would take part in an uncrossing.
    pub(super) fn hold_named(&mut self, id: OrderId) {
        if self.order(id).takes_part() {
            self.hold_linked(id);
        }
    }

    /// A pegged order waits for its price as ever.
    fn hold_linked(&mut self, id: OrderId) {
        let Order { limit, terms, .. } = *self.order(id);
        self.hold(id, if terms.peg.is_some() { Place::WithoutPrice } else { Place::Linked });
        self.accept(id, limit);
    }

    /// Trading is no longer continuous.
    pub(super) fn hold_all_linked(&mut self) {
        for id in self.ids(|order| self.is_linked(order) && order.takes_part()) {
            self.hold_linked(id);
        }
    }

    /// Trading is continuous from now on, unless one of them interrupts it.
    pub(super) fn let_linked_in(&mut self) {
        for id in self.ids(|order| order.place == Place::Linked) {
            self.settle_bands();
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
            let sound = |price: &Price| self.unsound(order.side, *price, order.left).is_none();
            let limit = price.filter(|_| stays).filter(sound);
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
