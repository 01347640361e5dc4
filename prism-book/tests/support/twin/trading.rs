//! §4.2: an incoming order trades.

use prism_book::SelfTrade;
use prism_book::market::{Matching, Told};
use prism_core::msg::CancelReason;
use prism_core::types::{OrderId, Price, Qty};

use super::Twin;
use super::matching::divide;
use super::order::Place;

impl Twin {
    /// What an order would trade if it came in now: a copy of the market tries it. Counting ends at an own order,
    /// unless that would just be cancelled. Orders that are linked to it are left out, where they could trade with it.
    pub(super) fn could_trade(&self, id: OrderId) -> u64 {
        let mut copy = self.clone();
        if copy.rules.self_trade == SelfTrade::Decrement {
            copy.rules.self_trade = SelfTrade::CancelNewest;
        }
        copy.take_out(id);
        if let Some(group) = self.order(id).group
            && self.rules.self_trade == SelfTrade::Allow
        {
            copy.orders.retain(|order| order.id == id || order.group != Some(group));
        }
        copy.trade(id)
    }

    /// Trades with whatever is in reach of an order's price. Returns how much traded.
    pub(super) fn trade(&mut self, taker: OrderId) -> u64 {
        let mut traded = 0;
        let (lowest, highest) = self.corridor();
        while let Some(order) = self.find(taker)
            && order.inside() > 0
            && let Some(price) = self.best_to_trade(order.side, order.price, order.inside())
            && (lowest..=highest).contains(&price)
        {
            traded += if self.level(taker, price).is_empty() {
                let hidden = self.orders.iter().find(|maker| {
                    maker.place == Place::Hidden
                        && maker.side != order.side
                        && maker.price == price
                        && maker.least() <= order.inside()
                });
                self.meet(taker, hidden.unwrap().id)
            } else {
                self.trade_with_level(taker, price)
            };
        }
        traded
    }

    /// The displayed orders at a price that an order could trade with, in the order of arrival.
    fn level(&self, taker: OrderId, price: Price) -> Vec<OrderId> {
        let side = !self.order(taker).side;
        self.orders
            .iter()
            .filter(|maker| maker.place == Place::Displayed && maker.side == side && maker.price == price)
            .map(|maker| maker.id)
            .collect()
    }

    /// One step at a displayed level: one order, or one division among all.
    fn trade_with_level(&mut self, taker: OrderId, price: Price) -> u64 {
        if self.rules.matching == Matching::PriceTime {
            let maker = self.level(taker, price)[0];
            let traded = self.meet(taker, maker);
            self.show_next_peak(maker);
            return traded;
        }
        if self.rules.self_trade != SelfTrade::Allow {
            while let Some(order) = self.find(taker)
                && order.inside() > 0
                && let Some(own) =
                    self.level(taker, price).into_iter().find(|maker| maker.agent() == taker.agent())
            {
                self.prevent(taker, own);
                self.show_next_peak(own);
            }
        }
        let Some(order) = self.find(taker) else { return 0 };
        let level = self.level(taker, price);
        let sizes: Vec<_> = level.iter().map(|&id| (id.agent(), self.order(id).shown)).collect();
        let parts = divide(&self.rules.matching, order.inside(), &sizes);
        let mut traded = 0;
        for (&maker, part) in level.iter().zip(parts) {
            // A link may have taken some of it, or all, since the division.
            let there = self
                .find(maker)
                .filter(|maker| maker.place == Place::Displayed)
                .map_or(0, |maker| maker.shown);
            let qty = part.min(there);
            if qty > 0 {
                self.fill(taker, maker, qty);
                traded += qty;
            }
        }
        for maker in level {
            self.show_next_peak(maker);
        }
        traded
    }

    /// An incoming order meets a resting one: they trade what they can, unless one agent owns both.
    fn meet(&mut self, taker: OrderId, maker: OrderId) -> u64 {
        if self.rules.self_trade != SelfTrade::Allow && maker.agent() == taker.agent() {
            self.prevent(taker, maker);
            return 0;
        }
        let qty = self.order(taker).inside().min(self.order(maker).tradable());
        self.fill(taker, maker, qty);
        qty
    }

    /// The next peak of an iceberg whose peak is used up goes to the end of the queue.
    pub(super) fn show_next_peak(&mut self, id: OrderId) {
        if let Some(order) = self.find(id)
            && order.place == Place::Displayed
            && order.is_iceberg()
            && order.shown == 0
        {
            self.show(id);
            self.move_to_end(id);
        }
    }

    /// Two orders trade.
    fn fill(&mut self, taker: OrderId, maker: OrderId, qty: u64) {
        self.order_mut(maker).take(qty);
        self.order_mut(taker).take(qty);
        let (price, maker_left) = (self.order(maker).price, self.order(maker).left);
        let (aggressor, taker_left) = (self.order(taker).side, self.order(taker).left);
        self.last = price;
        self.unseen.push(price);
        self.guards_see_trade(price);
        self.told.push(Told::Trade {
            maker,
            taker,
            aggressor,
            price,
            qty: Qty(qty),
            maker_left: Qty(maker_left),
            taker_left: Qty(taker_left),
        });
        self.let_legs_in(maker, qty);
        self.let_legs_in(taker, qty);
        self.take_off_linked(maker, taker, qty);
        self.gone_or_held_if_used_up(maker);
        self.gone_or_held_if_used_up(taker);
    }

    /// An order without anything left is gone; one without anything left in the market, but more to come when its
    /// parent trades, is held again.
    pub(super) fn gone_or_held_if_used_up(&mut self, id: OrderId) {
        let order = self.order(id);
        if order.left == 0 {
            self.remove(id);
        } else if order.inside() == 0 && !matches!(order.place, Place::Incoming | Place::WaitsForParent) {
            self.hold(id, Place::WaitsForParent);
        }
    }

    /// Self-trade prevention between an incoming order and a resting one.
    fn prevent(&mut self, taker: OrderId, maker: OrderId) {
        match self.rules.self_trade {
            SelfTrade::Allow => {}
            SelfTrade::CancelNewest => self.cancel_whole(taker, CancelReason::SelfTrade),
            SelfTrade::CancelOldest => self.cancel_whole(maker, CancelReason::SelfTrade),
            SelfTrade::CancelBoth => {
                self.cancel_whole(maker, CancelReason::SelfTrade);
                self.cancel_whole(taker, CancelReason::SelfTrade);
            }
            SelfTrade::Decrement => {
                let qty = self.order(taker).inside().min(self.order(maker).tradable());
                for id in [maker, taker] {
                    self.order_mut(id).take(qty);
                    self.tell_smaller(id, qty, CancelReason::SelfTrade);
                    self.gone_or_held_if_used_up(id);
                }
            }
        }
    }

    /// Tells the owner that an order has lost some quantity without a trade.
    pub(super) fn tell_smaller(&mut self, id: OrderId, by: u64, why: CancelReason) {
        let left = Qty(self.order(id).left);
        self.told.push(if left.is_zero() {
            Told::Cancelled { id, left: Qty(by), why }
        } else {
            Told::Reduced { id, left, why }
        });
    }
}
