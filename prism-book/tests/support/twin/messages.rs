//! §3 and §5: the messages.

use prism_book::market::Told;
use prism_core::msg::{CancelReason, Display, Order as Sent, Reject, Terms, Trigger};
use prism_core::types::{OrderId, Price, Qty, Time};

use super::Twin;
use super::order::{Order, Place, is_market};

impl Twin {
    pub fn submit(&mut self, now: Time, id: OrderId, sent: &Sent, terms: &Terms) -> Vec<Told> {
        self.catch_up(now);
        if let Some(why) = self.refusal(now, id, sent, terms) {
            return self.refuse_message(id, why);
        }
        let order = Order::new(id, sent, terms);
        let waits = terms.after.is_some() || terms.trigger.is_some();
        if !self.trades() && !waits && order.is_now_or_never() {
            return self.refuse_message(id, Reject::Closed);
        }
        self.orders.push(order);
        if let Some(other) = terms.oco {
            self.join(id, other);
            if !self.trades() {
                self.hold_named(other);
            }
        }
        self.arrive(id);
        self.done()
    }

    pub fn cancel(&mut self, now: Time, id: OrderId) -> Vec<Told> {
        self.catch_up(now);
        if self.find(id).is_none() {
            return self.refuse_message(id, Reject::TooLate);
        }
        self.cancel_whole(id, CancelReason::Requested);
        self.done()
    }

    pub fn reduce(&mut self, now: Time, id: OrderId, by: Qty) -> Vec<Told> {
        self.catch_up(now);
        let Some(order) = self.find(id) else { return self.refuse_message(id, Reject::TooLate) };
        if by.is_zero() {
            return self.refuse_message(id, Reject::BadQty);
        }
        let by = by.0.min(order.left);
        self.order_mut(id).reduce(by);
        self.tell_smaller(id, by, CancelReason::Requested);
        if self.order(id).left == 0 {
            self.remove(id);
        }
        self.done()
    }

    pub fn replace(&mut self, now: Time, id: OrderId, price: Price, qty: Qty) -> Vec<Told> {
        self.catch_up(now);
        let Some(order) = self.find(id) else { return self.refuse_message(id, Reject::TooLate) };
        let stop_without_limit = order.terms.trigger.is_some() && is_market(order.side, order.limit);
        let least_peak = match order.terms.display {
            Display::Peak { qty } | Display::RandomPeak { low: qty, .. } => qty,
            Display::Full | Display::Hidden => Qty::MAX,
        };
        if !self.is_good_size(qty) || qty.0.div_ceil(10_000) > least_peak.0 {
            return self.refuse_message(id, Reject::BadQty);
        }
        let bad_price = match order.terms.trigger {
            Some(Trigger::Stop { .. }) if stop_without_limit => {
                (!self.is_good_price(price)).then_some(Reject::BadPrice)
            }
            Some(_) if stop_without_limit => None,
            _ => self.bad_limit(order.side, price, qty, order.tif, &order.terms),
        };
        if let Some(why) = bad_price {
            return self.refuse_message(id, why);
        }
        let kept = order.rests() && price == order.price && qty.0 <= order.left;
        if order.rests()
            && order.terms.peg.is_none()
            && let Err(why) = self.limit_within_bands(order.side, price, qty.0)
        {
            return self.refuse_message(id, why);
        }
        if self.refuses() && !kept {
            return self.refuse_message(id, Reject::Closed);
        }
        let mut new = order.clone();
        new.resize(qty.0);
        let larger = qty.0 > order.left;
        if stop_without_limit {
            if let Some(Trigger::Stop { price: stop }) = &mut new.terms.trigger {
                *stop = price;
                new.stop = price;
            }
        } else {
            new.limit = price;
        }
        if order.terms.trigger.is_some() {
            // What of a leg has come in keeps its place when only what waits gets larger.
            let larger = if order.place == Place::Stop { new.inside() > order.inside() } else { larger };
            self.replace_stop(new, larger);
        } else if order.rests() {
            // Of a leg only what waits for the parent gets larger.
            let larger = new.inside() > order.inside();
            self.replace_resting(new, larger);
        } else if order.place == Place::AtMarket {
            let larger = new.inside() > order.inside();
            new.limit = order.limit;
            self.put_in_place(new);
            if larger {
                self.move_to_end(id);
            }
            let limit = self.order(id).limit;
            self.accept(id, limit);
        } else {
            self.put_in_place(new);
            if larger {
                self.move_to_end(id);
            }
            self.accept(id, price);
        }
        self.done()
    }

    /// Time passes without a message.
    pub fn advance(&mut self, now: Time) -> Vec<Told> {
        self.catch_up(now);
        self.done()
    }

    fn refuse_message(&mut self, id: OrderId, why: Reject) -> Vec<Told> {
        let open = self.find(id).is_some();
        self.told.push(Told::Rejected { id, why, open });
        self.done()
    }

    pub(super) fn done(&mut self) -> Vec<Told> {
        self.settle();
        self.look();
        std::mem::take(&mut self.told)
    }

    /// What an order has become takes the place of what it was.
    fn put_in_place(&mut self, new: Order) {
        let id = new.id;
        *self.order_mut(id) = new;
    }

    fn replace_stop(&mut self, new: Order, larger: bool) {
        let (id, stop, place) = (new.id, new.stop, new.place);
        let moved = self.order(id).stop != stop;
        self.put_in_place(new);
        if moved && place == Place::Stop {
            return self.hold_or_trigger(id);
        }
        if larger {
            self.move_to_end(id);
        }
        self.accept(id, stop);
    }

    fn replace_resting(&mut self, new: Order, larger: bool) {
        let (id, old) = (new.id, new.price);
        let price = self.price_to_come_in(&new).map(|price| self.within_bands(&new, price));
        let pegged = new.terms.peg.is_some();
        self.put_in_place(new);
        if !larger && price == Some(old) {
            if !pegged {
                self.order_mut(id).limit = old;
            }
            self.accept(id, old);
        } else {
            self.come_in(id);
        }
    }
}
