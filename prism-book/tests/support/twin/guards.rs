//! §7.5 and §7.6: price bands, and the corridor.

use prism_book::day::{Corridor, Quote};
use prism_book::market::Beyond;
use prism_core::msg::{CancelReason, Reject};
use prism_core::types::{OrderId, Price, Side, Time};

use super::Twin;
use super::order::{Order, Place, in_reach, is_market};

impl Twin {
    /// The best price that a side may have in continuous trading: the upper band for buys, the lower one for sells.
    pub(super) fn band(&self, side: Side) -> Option<Price> {
        let bands = self.day.as_ref()?.bands.as_ref().filter(|_| self.trades())?;
        let (lower, upper) = bands.range();
        self.on_the_table(side, (if side == Side::Buy { upper } else { lower }).0.into())
    }

    /// The band, if a limit is beyond it.
    pub(super) fn beyond(&self, side: Side, limit: Price) -> Option<Price> {
        self.band(side).filter(|&band| !in_reach(side, band, limit))
    }

    /// The price at which a limit order would come in.
    pub(super) fn within_bands(&self, order: &Order, price: Price) -> Price {
        if order.terms.peg.is_some() { price } else { self.beyond(order.side, price).unwrap_or(price) }
    }

    /// The limit with which an order would come in, or why it is refused.
    pub(super) fn limit_within_bands(&self, side: Side, limit: Price, qty: u64) -> Result<Price, Reject> {
        let Some(band) = self.beyond(side, limit) else { return Ok(limit) };
        if self.rejects_beyond() {
            return Err(Reject::OutsideBands);
        }
        self.unsound(side, band, qty).map_or(Ok(band), Err)
    }

    fn rejects_beyond(&self) -> bool {
        self.day.as_ref().is_some_and(|day| day.rules.beyond == Beyond::Reject)
    }

    /// The band takes the place of a limit beyond it, or the order is refused instead. A market order is kept within
    /// the bands, but still is one.
    pub(super) fn keep_within_bands(&mut self, id: OrderId) -> Result<(), Reject> {
        let order = self.order(id);
        if order.terms.peg.is_some() {
            return Ok(());
        }
        let (side, limit) = (order.side, order.limit);
        if is_market(side, limit) {
            let price = self.beyond(side, limit).unwrap_or(limit);
            self.order_mut(id).price = price;
        } else {
            let limit = self.limit_within_bands(side, limit, order.left)?;
            let order = self.order_mut(id);
            (order.price, order.limit) = (limit, limit);
        }
        Ok(())
    }

    /// Settling, 0: what rests beyond the bands. True if there was anything.
    pub(super) fn settle_bands(&mut self) -> bool {
        let beyond =
            |order: &&Order| order.terms.peg.is_none() && self.beyond(order.side, order.price).is_some();
        let books = Side::BOTH.map(|side| [Place::Displayed, Place::Hidden].map(|place| (side, place)));
        let orders = books.into_iter().flatten().flat_map(|(side, place)| self.by_priority(side, place));
        let found: Vec<OrderId> = orders.filter(beyond).map(|order| order.id).collect();
        for &id in &found {
            let there = self.find(id).filter(|order| order.rests());
            let Some(order) = there.filter(|order| self.beyond(order.side, order.price).is_some()) else {
                continue;
            };
            match self.limit_within_bands(order.side, order.price, order.left) {
                Err(_) => self.cancel_whole(id, CancelReason::Venue),
                Ok(band) => {
                    self.order_mut(id).limit = band;
                    self.come_in(id);
                }
            }
        }
        !found.is_empty()
    }

    /// The prices at which an order that comes in now may trade.
    pub(super) fn corridor(&self) -> (Price, Price) {
        let corridor = self.day.as_ref().and_then(|day| day.corridor.as_ref());
        corridor.map_or((Price::MIN, Price::MAX), Corridor::range)
    }

    /// A trade of continuous trading.
    pub(super) fn guards_see_trade(&mut self, price: Price) {
        let now = self.now;
        let Some(day) = &mut self.day else { return };
        if let Some(bands) = &mut day.bands {
            bands.on_trade(now, price);
        }
        if let Some(corridor) = &mut day.corridor {
            corridor.on_trade(price);
        }
    }

    /// When trading pauses, if the limit state lasts.
    pub(super) fn pauses_at(&self) -> Option<Time> {
        self.day.as_ref()?.bands.as_ref().filter(|_| self.trades())?.pauses_at()
    }

    /// Settling is over: the bands see the quote, everyone the indicative result.
    pub(super) fn look(&mut self) {
        if self.trades() {
            let best = |side| self.by_priority(side, Place::Displayed).first().map(|order| order.price);
            let at_the_band = |side| {
                let (lower, upper) = self.day.as_ref()?.bands.as_ref()?.range();
                let band = if side == Side::Buy { upper } else { lower };
                // The nearest good price within it stands for the band.
                Some(if self.band(side) == best(side) { band } else { best(side)? })
            };
            let quote = Quote {
                bid: best(Side::Buy).and_then(|_| at_the_band(Side::Buy)),
                ask: best(Side::Sell).and_then(|_| at_the_band(Side::Sell)),
            };
            let now = self.now;
            if let Some(bands) = self.day.as_mut().and_then(|day| day.bands.as_mut()) {
                bands.on_quote(now, quote);
            }
        }
        self.tell_indicative();
    }
}
