//! §4.4: orders whose price follows the market.

use prism_core::msg::{Display, PegTo};
use prism_core::types::{OrderId, Price, Side};

use super::Twin;
use super::order::{Order, Place};

impl Twin {
    /// The best price of the displayed orders of a side that pass.
    fn best_displayed(&self, side: Side, pass: impl Fn(&Order) -> bool) -> Option<i128> {
        self.by_priority(side, Place::Displayed).into_iter().find(|o| pass(o)).map(|o| i128::from(o.price.0))
    }

    /// The price of a pegged order; none if it is to be held.
    pub(super) fn peg_price(&self, order: &Order) -> Option<Price> {
        let peg = order.terms.peg.filter(|_| self.trades())?;
        let side = order.side;
        let followed = |side| self.best_displayed(side, |other| other.terms.peg.is_none());
        let (own, other) = (followed(side), followed(!side));
        // Seen from a buy: what is better for a sell is the negative number.
        let sign = i128::from(side.sign());
        let (own, other) = (own.map(|price| price * sign), other.map(|price| price * sign));
        let mut price = i128::from(peg.offset)
            + match peg.to {
                PegTo::Primary => own?,
                PegTo::Market => other? - 1,
                PegTo::Midpoint => (own? + other?).div_euclid(2),
            };
        if order.terms.display != Display::Hidden
            && let Some(opposite) = self.best_displayed(!side, |_| true)
        {
            price = price.min(opposite * sign - 1);
        }
        price = price.min(i128::from(order.limit.0) * sign);
        if let Some(band) = self.band(side) {
            price = price.min(i128::from(band.0) * sign);
        }
        let price = self.on_the_table(side, price * sign)?;
        self.unsound(side, price, order.left).is_none().then_some(price)
    }

    pub(super) fn hold_without_price(&mut self, id: OrderId) {
        self.hold(id, Place::WithoutPrice);
        let limit = self.order(id).limit;
        self.accept(id, limit);
    }

    /// Settling, 3: pegged orders whose price has moved are priced anew. True if there were any.
    pub(super) fn settle_pegs(&mut self) -> bool {
        let has_moved = |order: &&Order| {
            (order.rests() && self.peg_price(order) != Some(order.price))
                || (order.place == Place::WithoutPrice && self.peg_price(order).is_some())
        };
        let pegged = self.orders.iter().filter(|order| order.terms.peg.is_some());
        let moved: Vec<OrderId> = pegged.filter(has_moved).map(|order| order.id).collect();
        for &id in &moved {
            self.take_out(id);
        }
        for &id in &moved {
            self.settle_bands();
            // A trade of one before it may have taken it out by a link.
            if self.find(id).is_some() {
                self.come_in(id);
            }
        }
        !moved.is_empty()
    }
}
