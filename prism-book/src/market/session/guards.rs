//! What a day adds to the way in: phases that refuse, price bands, the corridor (§7.1, 7.5 and 7.6 of the rule book).

use prism_core::msg::{CancelReason, Phase, Reject, Session, Terms};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

use super::{Beyond, TradingDay};
use crate::book::{BookEngine, Level, Remark};
use crate::day::{Bands, Corridor, Quote};
use crate::market::desk::{Desk, Found};
use crate::market::entry::Entry;
use crate::market::extra::At;
use crate::market::rules::is_market;
use crate::market::{OrderIndex, Told};

impl TradingDay {
    /// A trade of continuous trading.
    pub(in crate::market) fn on_trade(&mut self, price: Price) {
        let now = self.now;
        self.moved |= self.bands.as_mut().is_some_and(|bands| bands.on_trade(now, price));
    }
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// True while orders trade as they come.
    #[inline]
    pub(in crate::market) fn trades(&self) -> bool {
        self.back.day.as_ref().is_none_or(|day| day.trades())
    }

    /// Refuses what is new while the phase takes nothing.
    pub(in crate::market) fn check_phase(&self) -> Result<(), Reject> {
        let refuses = self.back.day.as_ref().is_some_and(|day| day.refuses());
        if refuses { Err(Reject::Closed) } else { Ok(()) }
    }

    /// True for terms with which nothing ever trades in batches.
    pub(in crate::market) fn never_trades(&self, terms: &Terms) -> bool {
        self.back.day.as_ref().is_some_and(|day| day.rules.batch.is_some())
            && (terms.peg.is_some() || !terms.min_qty.is_zero() || terms.oco.is_some())
    }

    /// True for an order that is held until the phase is another.
    pub(in crate::market) fn waits_for_phase(&self, terms: &Terms) -> bool {
        let phase = self.back.day.as_ref().map(|day| day.phase());
        match terms.session {
            Session::Any => terms.oco.is_some() && terms.trigger.is_none() && !self.trades(),
            Session::AtOpen => phase != Some(Phase::Opening),
            Session::AtClose => phase != Some(Phase::Closing),
        }
    }

    /// A price, or the band that an order of this side must not be beyond.
    pub(in crate::market) fn band(&self, side: Side, price: Price) -> Price {
        let day = self.back.day.as_ref().filter(|day| day.trades());
        let Some((lower, upper)) = day.and_then(|day| day.bands.as_ref()).map(Bands::range) else {
            return price;
        };
        match side {
            Side::Buy => price.min(self.rules.ticks.down(upper)),
            Side::Sell => price.max(self.rules.ticks.up(lower)),
        }
    }

    /// The limit of an order of this size that comes in.
    ///
    /// # Errors
    /// `OutsideBands`, if it is beyond the bands and is not repriced; what is wrong with it at the band.
    pub(in crate::market) fn banded(&self, side: Side, price: Price, qty: Qty) -> Result<Price, Reject> {
        if is_market(side, price) {
            return Ok(price); // it trades within the bands
        }
        let at = self.band(side, price);
        let rejects = self.back.day.as_ref().is_some_and(|day| day.rules.beyond == Beyond::Reject);
        if at == price {
            Ok(at)
        } else if rejects {
            Err(Reject::OutsideBands)
        } else {
            self.rules.rests(side, at, qty).map(|()| at)
        }
    }

    /// Once the bands have moved, what rests beyond them is moved, too. True if there is any such order.
    pub(in crate::market) fn look_at_bands(&mut self) -> bool {
        let Some(day) = self.back.day.as_mut() else { return false };
        let rejects = day.rules.beyond == Beyond::Reject;
        if !std::mem::take(&mut day.moved) || !day.trades() {
            return false;
        }
        self.back.rare.followed = None;
        let mut beyond: Vec<OrderId> = Vec::new();
        for side in Side::BOTH {
            let outside = |price: Price| self.band(side, price) != price;
            for book in [&*self.shown, &self.back.rare.hidden] {
                let orders = book.orders(side).map(|(_, order)| order);
                beyond.extend(orders.take_while(|order| outside(order.price)).map(|order| order.id));
            }
        }
        beyond.retain(|&id| self.slot(id).is_none_or(|slot| self.back.rare.at(slot).terms.peg.is_none()));
        for &id in &beyond {
            self.bring_within(id, rejects);
        }
        !beyond.is_empty()
    }

    fn bring_within(&mut self, id: OrderId, rejects: bool) {
        // Bringing in another one may have changed it, or the bands.
        let Some(found) = self.find(id) else { return };
        let resting = match found {
            Found::Plain(handle) => self.shown.get(handle),
            Found::Slot(slot) => match self.back.rare.at(slot).at {
                At::Shown(handle) => self.shown.get(handle),
                At::Hidden(handle) => self.back.rare.hidden.get(handle),
                At::Stop(..) | At::Waits(_) | At::Held | At::Coming | At::Free => None,
            },
        };
        let Some(old) = resting.filter(|old| self.band(old.side, old.price) != old.price) else { return };
        let left = match found {
            Found::Slot(slot) => Qty(self.back.rare.at(slot).left),
            Found::Plain(_) => old.left,
        };
        if rejects || self.banded(old.side, old.price, left).is_err() {
            return self.cancel(id, CancelReason::Venue);
        }
        match found {
            Found::Slot(slot) => {
                self.back.rare.take_out(slot, self.shown);
                self.enter(slot);
            }
            Found::Plain(handle) => {
                let (side, price) = (old.side, self.band(old.side, old.price));
                self.shown.cancel(handle);
                self.back.index.remove(id);
                let (tif, qty) = (Tif::Gtc, old.left.0);
                self.come_in(Entry { id, side, tif, price, qty, min_qty: 0, slot: None });
            }
        }
    }

    /// The corridor in which an order that comes in now may trade.
    fn corridor(&self) -> Option<(Price, Price)> {
        let day = self.back.day.as_ref().filter(|day| day.trades())?;
        let mut corridor: Corridor = day.corridor?;
        corridor.on_trade(*self.back.last);
        Some(corridor.range())
    }

    /// The limit up to which an order trades within the corridor; `None` if it would first trade outside.
    pub(in crate::market) fn within_corridor(&self, side: Side, limit: Price, qty: u64) -> Option<Price> {
        let Some((low, high)) = self.corridor() else { return Some(limit) };
        let first = self.best_match(side, limit, qty);
        if first.is_some_and(|price| price < low || price > high) {
            return None;
        }
        Some(match side {
            Side::Buy => limit.min(high),
            Side::Sell => limit.max(low),
        })
    }

    /// True if an order that has traded within the corridor would go on outside.
    pub(in crate::market) fn is_interrupted(&self, side: Side, limit: Price, left: u64) -> bool {
        self.back.day.as_ref().is_some_and(|day| day.corridor.is_some())
            && self.best_match(side, limit, left).is_some()
    }

    /// Continuous trading is interrupted by an order, of which so much is left.
    pub(in crate::market) fn interrupt(&mut self, entry: Entry) {
        let change = self.back.day.as_mut().and_then(|day| {
            let call = day.rules.volatility;
            day.schedule.interrupt(day.now, call.length, call.random_end)
        });
        let Some(change) = change else { return };
        self.tell(Told::Phase { from: change.from, to: change.to });
        self.shown.remark(Remark::Phase(change.to));
        self.collect(entry);
        self.begin_phase(&change);
    }

    /// The bands see the best prices.
    pub(super) fn show_quote(&mut self) {
        let (bid, ask) = self.shown.top();
        let Some(day) = self.back.day.as_mut().filter(|day| day.trades()) else { return };
        if let Some(bands) = &mut day.bands {
            // The best price that there can be within a band stands for the band.
            let ((lower, upper), ticks) = (bands.range(), &self.rules.ticks);
            let at = |level: Option<Level>, nearest: Price, band: Price| {
                level.map(|level| if level.price == nearest { band } else { level.price })
            };
            let quote =
                Quote { bid: at(bid, ticks.down(upper), upper), ask: at(ask, ticks.up(lower), lower) };
            bands.on_quote(day.now, quote);
        }
    }
}
