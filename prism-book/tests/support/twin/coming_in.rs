//! §4.1: an order comes in.

use prism_core::msg::{CancelReason, Display, Phase, Reject, Session};
use prism_core::types::{OrderId, Price, Side, Tif};

use super::Twin;
use super::order::{Order, Place, in_reach, rank};

impl Twin {
    /// A new order: it waits, or comes in at once.
    pub(super) fn arrive(&mut self, id: OrderId) {
        let order = self.order(id);
        if order.terms.after.is_some() {
            self.wait_for_parent_from_the_start(id);
        } else if order.terms.session != Session::Any && !self.is_the_call_of(order.terms.session) {
            let limit = order.limit;
            self.hold(id, Place::WaitsForCall);
            self.accept(id, limit);
        } else if order.terms.trigger.is_some() {
            self.hold_stop(id);
        } else {
            self.come_in(id);
        }
    }

    fn is_the_call_of(&self, session: Session) -> bool {
        match self.phase() {
            Phase::Opening => session == Session::AtOpen,
            Phase::Closing => session == Session::AtClose,
            _ => false,
        }
    }

    /// Takes an order out of its book, or from where it is held, to come in.
    pub(super) fn take_out(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        order.place = Place::Incoming;
        order.shown = 0;
    }

    /// Holds an order, at the end of the arrivals.
    pub(super) fn hold(&mut self, id: OrderId, place: Place) {
        let order = self.order_mut(id);
        order.place = place;
        order.shown = 0;
        self.move_to_end(id);
    }

    /// From "its price" on.
    pub(super) fn come_in(&mut self, id: OrderId) {
        if !self.trades() {
            return self.collect(id);
        }
        self.take_out(id);
        match self.price_to_come_in(self.order(id)) {
            Some(price) => self.order_mut(id).price = price,
            None => return self.hold_without_price(id),
        }
        if let Err(why) = self.keep_within_bands(id) {
            return self.refuse(id, why);
        }
        if self.order(id).tif == Tif::PostOnly
            && let Err(why) = self.post_only(id)
        {
            return self.refuse(id, why);
        }
        let order = self.order(id);
        if order.tif == Tif::Fok && self.could_trade(id) < order.inside() {
            return self.refuse(id, Reject::NotFilled);
        }
        if order.min_qty > 0 && self.could_trade(id) < order.least() {
            if order.tif == Tif::Ioc {
                return self.refuse(id, Reject::NotFilled);
            }
            return self.rest(id);
        }
        self.trade_and_rest(id);
    }

    /// An order's limit, or its peg's price, if there is one.
    pub(super) fn price_to_come_in(&self, order: &Order) -> Option<Price> {
        if order.terms.peg.is_some() { self.peg_price(order) } else { Some(order.limit) }
    }

    /// From "it trades" on.
    fn trade_and_rest(&mut self, id: OrderId) {
        if self.order(id).terms.market_to_limit {
            let order = self.order(id);
            let Some(best) = self.best_to_trade(order.side, order.price, order.inside()) else {
                return self.cancel_whole(id, CancelReason::TimeInForce);
            };
            if let Some(why) = self.unsound(order.side, best, order.inside()) {
                return self.refuse(id, why); // what is left could not rest there
            }
            let order = self.order_mut(id);
            (order.limit, order.price, order.tif) = (best, best, Tif::Gtc);
            order.terms.market_to_limit = false;
        }
        self.trade(id);
        let Some(order) = self.find(id) else { return };
        // Something is in reach, but it has not traded: the corridor ends before it.
        let stopped = self.best_to_trade(order.side, order.price, order.inside()).is_some();
        if order.inside() == 0 {
            self.hold(id, Place::WaitsForParent);
        } else if stopped && order.min_qty == 0 && order.tif != Tif::Fok {
            self.interrupt(id);
        } else if matches!(order.tif, Tif::Ioc | Tif::Fok) {
            self.cancel_whole(id, CancelReason::TimeInForce);
        } else {
            self.rest(id);
        }
    }

    /// A post-only order that would trade is refused, or gives way. From here on it is an ordinary one.
    fn post_only(&mut self, id: OrderId) -> Result<(), Reject> {
        let order = self.order(id);
        let best = self.best_to_trade(order.side, order.price, order.inside());
        let price = match best {
            None => order.price,
            Some(_) if !order.terms.slide => return Err(Reject::WouldTrade),
            Some(best) => {
                let behind = i128::from(best.0) - i128::from(order.side.sign());
                let price = self.on_the_table(order.side, behind);
                let sound = |price: &Price| self.unsound(order.side, *price, order.left).is_none();
                price.filter(sound).ok_or(Reject::WouldTrade)?
            }
        };
        let order = self.order_mut(id);
        (order.price, order.limit, order.tif) = (price, price, Tif::Gtc);
        Ok(())
    }

    /// The best price, within a limit, of an order that one of this side and size would trade with.
    pub(super) fn best_to_trade(&self, side: Side, limit: Price, size: u64) -> Option<Price> {
        self.orders
            .iter()
            .filter(|o| o.rests() && o.side != side && in_reach(side, limit, o.price))
            .filter(|o| o.place == Place::Displayed || o.least() <= size)
            .map(|o| o.price)
            .min_by_key(|&price| rank(!side, price))
    }

    /// What is left of an order rests at its price, at the end of the queue.
    pub(super) fn rest(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        if order.terms.display == Display::Hidden || order.min_qty > 0 {
            order.place = Place::Hidden;
            order.shown = 0;
        } else {
            order.place = Place::Displayed;
            self.show(id);
        }
        self.move_to_end(id);
        let price = self.order(id).price;
        self.accept(id, price);
    }

    /// Displays the first peak of an iceberg, or the next; of another order everything.
    pub(super) fn show(&mut self, id: OrderId) {
        let peak = match self.order(id).terms.display {
            Display::Full | Display::Hidden => u64::MAX,
            Display::Peak { qty } => qty.0,
            Display::RandomPeak { low, high } => low.0 + self.random.below_u64(high.0 - low.0 + 1),
        };
        let order = self.order_mut(id);
        order.shown = peak.min(order.inside());
    }
}
