//! One order of the naive market.

use prism_core::msg::{Display, Order as Sent, Terms};
use prism_core::types::{OrderId, Price, Side, Tif};

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On its way: in neither book, and not held.
    Incoming,
    /// In the displayed book.
    Displayed,
    /// In the hidden book.
    Hidden,
    /// Held until its parent trades.
    WaitsForParent,
    /// Held until its call.
    WaitsForCall,
    /// A market order that waits for the uncrossing.
    AtMarket,
    /// Held until trading is continuous, because it shares its quantity with others.
    Linked,
    /// Held until a trade reaches its stop price.
    Stop,
    /// Its stop price was reached; it comes in when its turn is there.
    Triggered,
    /// A pegged order without a price to follow.
    WithoutPrice,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) tif: Tif,
    /// The worst price that its owner accepts.
    pub(super) limit: Price,
    /// As sent, but for a peak that shows the whole order, a trigger that was reached, and a market-to-limit order
    /// that has become a limit order.
    pub(super) terms: Terms,
    pub(super) place: Place,
    /// The price at which it is in a book or comes in.
    pub(super) price: Price,
    /// The whole open size.
    pub(super) left: u64,
    /// The part of it that has not come in, because its parent has not traded that much.
    pub(super) outside: u64,
    /// The part of `outside` for which the parent has traded: it comes in when its turn is there.
    pub(super) due: u64,
    pub(super) parent_gone: bool,
    /// What is displayed of it.
    pub(super) shown: u64,
    /// The least quantity that may trade at one time.
    pub(super) min_qty: u64,
    /// The stop price of an order with a trigger.
    pub(super) stop: Price,
    /// The best last price since a trail came in.
    pub(super) best: Price,
    /// The group of linked orders.
    pub(super) group: Option<u64>,
}

/// True for the price of an order without a limit.
pub(super) fn is_market(side: Side, price: Price) -> bool {
    match side {
        Side::Buy => price == Price::MAX,
        Side::Sell => price == Price::MIN,
    }
}

/// True when a price is in reach of a limit: not above that of a buy, not below that of a sell.
pub(super) fn in_reach(side: Side, limit: Price, price: Price) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

/// How good a price of a side is to those who trade with it: the smallest number is the best price.
pub(super) fn rank(side: Side, price: Price) -> i128 {
    -i128::from(side.sign()) * i128::from(price.0)
}

/// A computed price, if an order of this side can rest at it.
pub(super) fn in_range(side: Side, ticks: i128) -> Option<Price> {
    i64::try_from(ticks).ok().map(Price).filter(|&price| !is_market(side, price))
}

impl Order {
    pub(super) fn new(id: OrderId, sent: &Sent, terms: &Terms) -> Order {
        let mut terms = *terms;
        match terms.display {
            Display::Peak { qty: high } | Display::RandomPeak { high, .. } if high > sent.qty => {
                terms.display = Display::Full;
            }
            _ => {}
        }
        Order {
            id,
            side: sent.side,
            tif: sent.tif,
            limit: sent.price,
            terms,
            place: Place::Incoming,
            price: sent.price,
            left: sent.qty.0,
            outside: 0,
            due: 0,
            parent_gone: false,
            shown: 0,
            min_qty: terms.min_qty.0,
            stop: Price(0),
            best: Price(0),
            group: None,
        }
    }

    /// What is left of the part that has come in.
    pub(super) fn inside(&self) -> u64 {
        self.left - self.outside
    }

    pub(super) fn rests(&self) -> bool {
        matches!(self.place, Place::Displayed | Place::Hidden)
    }

    /// The least quantity that may trade with it at one time, as things are.
    pub(super) fn least(&self) -> u64 {
        self.min_qty.min(self.inside())
    }

    /// What of it can trade at one time: what is displayed of a displayed order, all of a hidden one.
    pub(super) fn tradable(&self) -> u64 {
        if self.place == Place::Displayed { self.shown } else { self.inside() }
    }

    pub(super) fn is_iceberg(&self) -> bool {
        matches!(self.terms.display, Display::Peak { .. } | Display::RandomPeak { .. })
    }

    /// How good its price is: the smallest number is the best.
    pub(super) fn rank(&self) -> i128 {
        rank(self.side, self.price)
    }

    /// It has traded, or would have with an order of the same agent.
    pub(super) fn take(&mut self, qty: u64) {
        self.left -= qty;
        self.shown = self.shown.saturating_sub(qty);
        self.smaller();
    }

    /// Another order of its group has traded: what has come in goes first, of an iceberg the reserve.
    pub(super) fn take_by_link(&mut self, qty: u64) {
        let outside = qty - qty.min(self.inside());
        self.left -= qty;
        self.outside -= outside;
        self.due = self.due.saturating_sub(outside);
        self.smaller();
    }

    /// Its owner makes it smaller: what has not come in goes first, then the reserve of an iceberg.
    pub(super) fn reduce(&mut self, by: u64) {
        self.left -= by;
        self.outside = self.outside.saturating_sub(by);
        self.due = self.due.min(self.outside);
        self.smaller();
    }

    /// What never came in is taken off.
    pub(super) fn drop_outside(&mut self, qty: u64) {
        self.left -= qty;
        self.outside -= qty;
        self.smaller();
    }

    /// Its owner gives it another size. What is more waits for the parent, if that is still there.
    pub(super) fn resize(&mut self, qty: u64) {
        if qty > self.left {
            if self.terms.after.is_some() && !self.parent_gone {
                self.outside += qty - self.left;
            }
            self.left = qty;
        } else {
            self.reduce(self.left - qty);
        }
    }

    /// What is displayed and the minimum quantity follow what is left.
    fn smaller(&mut self) {
        self.shown = self.shown.min(self.inside());
        self.min_qty = self.min_qty.min(self.left);
    }
}
