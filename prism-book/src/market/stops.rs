//! Stops and trails (§4.3 of the rule book).

use prism_core::msg::{Phase, Trigger};
use prism_core::types::{OrderId, Price, Qty, Side};

use super::desk::Desk;
use super::extra::{At, Extra, ONE, slot_of};
use super::{OrderIndex, Told};
use crate::book::{BookEngine, Handle};

impl Extra {
    /// The stop price that belongs to a best price.
    pub(super) fn stop_price(&self, best: Price) -> Price {
        let by = match self.terms.trigger {
            Some(Trigger::Stop { price }) => return price,
            Some(Trigger::Trail { ticks }) => i128::from(ticks),
            Some(Trigger::TrailBp { bp }) => (i128::from(best.0) * i128::from(bp)).div_euclid(10_000).max(1),
            None => return self.limit,
        };
        let stop = i128::from(best.0) + i128::from(self.side.sign()) * by;
        let nearest = if stop < 0 { i64::MIN } else { i64::MAX };
        within(Price(i64::try_from(stop).unwrap_or(nearest)))
    }

    fn is_trail(&self) -> bool {
        matches!(self.terms.trigger, Some(Trigger::Trail { .. } | Trigger::TrailBp { .. }))
    }

    /// True if a trade at this price triggers it.
    fn is_reached(&self, price: Price) -> bool {
        match self.side {
            Side::Buy => price >= self.price,
            Side::Sell => price <= self.price,
        }
    }
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// A stop order that is in no book comes in: it is held until its price is reached, or triggered there and then.
    /// `anew`: a trail starts at the last price.
    pub(super) fn watch(&mut self, slot: u32, anew: bool) {
        let last = *self.back.last;
        let trades = self.trades();
        let extra = self.back.rare.at_mut(slot);
        if anew {
            extra.best = last;
        }
        extra.price = extra.stop_price(extra.best);
        if trades && extra.is_reached(last) {
            self.trigger(slot);
            return self.enter(slot);
        }
        self.put_among_stops(slot);
        self.tell_held(slot);
    }

    /// Puts a stop at the end of those that are held at its price.
    pub(super) fn put_among_stops(&mut self, slot: u32) {
        let rare = &mut *self.back.rare;
        rare.take_out(slot, self.shown);
        let arrival = rare.next_arrival();
        let extra = rare.at_mut(slot);
        extra.arrival = arrival;
        let (id, side, price, best, trail) =
            (extra.id, extra.side, extra.price, extra.best, extra.is_trail());
        let stop = insert(&mut rare.stops, id, !side, price);
        let trail = trail.then(|| insert(&mut rare.trails, id, side, best)).flatten();
        rare.at_mut(slot).at = stop.map_or(At::Held, |stop| At::Stop(stop, trail));
        rare.await_prices();
    }

    /// A stop becomes an ordinary order, which is on its way.
    fn trigger(&mut self, slot: u32) {
        self.back.rare.take_out(slot, self.shown);
        let extra = self.back.rare.at_mut(slot);
        extra.terms.trigger = None;
        let told = Told::Triggered { id: extra.id, left: Qty(extra.left) };
        self.tell(told);
    }

    /// Finds the stops that the trades since the last look have reached, and triggers them. True if there are any.
    pub(super) fn look_at_stops(&mut self) -> bool {
        if self.back.rare.printed.is_empty() {
            return false;
        }
        if self.back.day.as_ref().is_some_and(|day| day.phase() != Phase::Continuous) {
            self.back.rare.printed.clear();
            return false;
        }
        let mut found = std::mem::take(&mut self.back.rare.found);
        let printed = std::mem::take(&mut self.back.rare.printed);
        for &price in &printed {
            self.move_trails(price);
            self.reached(price, &mut found);
        }
        let rare = &mut *self.back.rare;
        rare.printed = printed;
        rare.printed.clear();
        found.sort_unstable_by_key(|&(slot, _)| {
            let extra = rare.at(slot);
            (extra.side, i128::from(extra.side.sign()) * i128::from(extra.price.0), extra.arrival)
        });
        for &(slot, _) in &found {
            self.trigger(slot);
        }
        let any = !found.is_empty();
        self.back.rare.triggered.extend(found.drain(..).rev());
        self.back.rare.found = found;
        any
    }

    /// Takes the stops that a trade at `price` reaches out of the stops.
    fn reached(&mut self, price: Price, found: &mut Vec<(u32, OrderId)>) {
        for side in Side::BOTH {
            loop {
                let rare = &mut *self.back.rare;
                // A stop is kept on the other side, where the one that is reached first is the best.
                let Some(best) = rare.stops.best(!side) else { break };
                let hit = if side == Side::Buy { price >= best.price } else { price <= best.price };
                let Some(handle) = rare.stops.head(!side, best.price).filter(|_| hit) else { break };
                let Some(order) = rare.stops.get(handle) else { break };
                let Some(slot) = self.back.index.get(order.id).and_then(slot_of) else { break };
                rare.take_out(slot, self.shown);
                found.push((slot, order.id));
            }
        }
    }

    /// Trails follow a trade at `price` that is better than any since they came in.
    fn move_trails(&mut self, price: Price) {
        for side in Side::BOTH {
            loop {
                let rare = &mut *self.back.rare;
                let Some(best) = rare.trails.best(side) else { break };
                let at = within(price);
                let moves = if side == Side::Buy { at < best.price } else { at > best.price };
                let Some(handle) = rare.trails.head(side, best.price).filter(|_| moves) else { break };
                let Some(order) = rare.trails.get(handle) else { break };
                let Some(slot) = self.back.index.get(order.id).and_then(slot_of) else { break };
                let extra = rare.at_mut(slot);
                let new = extra.stop_price(price);
                let old = std::mem::replace(&mut extra.price, new);
                extra.best = price;
                let At::Stop(mut stop, _) = extra.at else { break };
                rare.trails.cancel(handle);
                let trail = insert(&mut rare.trails, order.id, side, price);
                if new != old {
                    rare.stops.cancel(stop);
                    stop = insert(&mut rare.stops, order.id, !side, new).unwrap_or(stop);
                }
                rare.at_mut(slot).at = At::Stop(stop, trail);
            }
        }
        self.back.rare.await_prices();
    }
}

/// The ends of the numbers are beyond all trades: no order may rest there.
fn within(price: Price) -> Price {
    Price(price.0.clamp(i64::MIN + 1, i64::MAX - 1))
}

/// Puts an order in for the sake of its price.
fn insert<B: BookEngine>(book: &mut B, id: OrderId, side: Side, price: Price) -> Option<Handle> {
    book.insert_resting(id, side, within(price), ONE).ok()
}
