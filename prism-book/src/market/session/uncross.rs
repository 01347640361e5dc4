//! The uncrossing (§7.3 of the rule book).

use prism_core::types::{OrderId, Price, Qty, Side};

use crate::auction::{Clearing, Execution, exact};
use crate::book::{BookEngine, Remark, WouldTrade};
use crate::market::desk::{Desk, better};
use crate::market::extra::{At, Extra};
use crate::market::{OrderIndex, Told};

/// An order's part in an uncrossing.
#[derive(Clone, Copy, Debug)]
struct Part {
    id: OrderId,
    qty: u64,
    /// What was left of all of it before.
    left: u64,
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Trades what was collected at one price, which is returned if anything trades.
    pub(super) fn uncross(&mut self) -> Option<Price> {
        let reference = *self.back.last;
        let mut done = std::mem::take(&mut self.back.rare.executions);
        self.set_rules();
        let note = &mut |execution| done.push(execution);
        let merged = self.merged();
        let call = &mut self.back.rare.call;
        let clearing = match merged {
            None => call.uncross(self.shown, reference, note),
            Some(mut all) => {
                let clearing = call.uncross(&mut all, reference, note);
                self.shown.trades_at(clearing.map(|clearing| clearing.price));
                self.execute_all(&done);
                self.shown.trades_at(None);
                clearing
            }
        };
        if let Some(clearing) = clearing {
            let parts = self.settle_parts(&done);
            *self.back.last = clearing.price;
            if let Some(corridor) = self.back.day.as_mut().and_then(|day| day.corridor.as_mut()) {
                corridor.on_auction(clearing.price);
            }
            self.tell_trades(&clearing, &parts);
            self.refill();
            self.back.note_last();
        }
        done.clear();
        self.back.rare.executions = done;
        clearing.map(|clearing| clearing.price)
    }

    /// What the uncrossing would give now.
    pub(super) fn indicative(&mut self) -> Option<Clearing> {
        self.set_rules();
        let reference = *self.back.last;
        // It is taken out meanwhile, and is not looked at.
        let mut call = std::mem::take(&mut self.back.rare.call);
        let rare = &*self.back.rare;
        let clearing = if rare.marked.is_empty() && rare.hidden.is_empty() {
            call.indicative(self.shown, reference)
        } else {
            call.indicative_of(reference, |side| self.sizes(side))
        };
        self.back.rare.call = call;
        clearing
    }

    /// What may trade of a side in an uncrossing at each price, best first: displayed orders, hidden ones without a minimum
    /// quantity, and what of icebergs is not displayed.
    fn sizes(&self, side: Side) -> impl Iterator<Item = (Price, u128)> + '_ {
        let (shown, rare) = (&*self.shown, &*self.back.rare);
        let extra = |id| self.slot(id).map(|slot| rare.at(slot));
        let levels = shown.levels(side).map(move |level| (level.price, exact(shown, side, level)));
        let hidden = rare.hidden.orders(side).map(|(_, order)| order);
        let hidden = hidden.filter(move |order| extra(order.id).is_some_and(|of| of.terms.min_qty.is_zero()));
        let reserves = rare.marked.orders(side).map(|(_, order)| order);
        let reserves =
            reserves.filter_map(move |order| Some((order.price, u128::from(extra(order.id)?.reserve))));
        let (mut levels, mut reserves) = (levels.peekable(), reserves.peekable());
        let mut hidden = hidden.map(|order| (order.price, u128::from(order.left.0))).peekable();
        std::iter::from_fn(move || {
            let firsts = [levels.peek(), hidden.peek(), reserves.peek()].into_iter().flatten();
            let price = firsts.map(|first| first.0).reduce(|a, b| if better(side, b, a) { b } else { a })?;
            let mut sum = levels.next_if(|level| level.0 == price).map_or(0, |level| level.1);
            while let Some((_, qty)) = hidden.next_if(|order| order.0 == price) {
                sum += qty;
            }
            while let Some((_, qty)) = reserves.next_if(|order| order.0 == price) {
                sum += qty;
            }
            Some((price, sum))
        })
    }

    fn set_rules(&mut self) {
        if let Some(day) = &self.back.day {
            self.back.rare.call.rules = day.rules.auction;
        }
    }

    /// Tells the indicative result of a call, if it is another than before.
    pub(super) fn tell_indicative(&mut self) {
        if !self.back.day.as_ref().is_some_and(|day| day.phase().is_call()) {
            return;
        }
        let now = self.indicative();
        let Some(day) = self.back.day.as_mut().filter(|day| day.indicative != now) else { return };
        day.indicative = now;
        let (price, volume, surplus) = match now {
            Some(Clearing { price, volume, surplus }) => (price, lots(volume), signed(surplus)),
            None => (*self.back.last, Qty::ZERO, 0),
        };
        self.shown.remark(Remark::Indicative(WouldTrade { price, volume, surplus }));
        self.tell(Told::Indicative { price, volume, surplus });
    }

    /// Where icebergs or hidden orders take part, a book of all that may trade, each with its whole size.
    fn merged(&self) -> Option<B> {
        let rare = &*self.back.rare;
        let icebergs = !rare.marked.is_empty() && rare.slots.iter().any(Extra::has_reserve);
        if !icebergs && rare.hidden.is_empty() {
            return None;
        }
        let mut all = B::default();
        for side in Side::BOTH {
            self.merge(side, &*self.shown, &mut all);
            self.merge(side, &rare.hidden, &mut all);
        }
        Some(all)
    }

    /// Copies what of a side may trade: what the other side's limits reach, as much as its market orders need, and
    /// one price more, so that the ticks below the last one are there, too.
    fn merge(&self, side: Side, from: &B, into: &mut B) {
        let rare = &*self.back.rare;
        let waits = |side| -> u128 {
            rare.call.market().orders(side).map(|(_, order)| u128::from(order.left.0)).sum()
        };
        let (needed, mut sum) = (waits(!side), waits(side));
        let reached = |price| [self.shown, &rare.hidden].iter().any(|book| book.would_trade(side, price));
        let (mut level, mut is_last) = (None, false);
        for (_, order) in from.orders(side) {
            let slot = self.slot(order.id).map(|slot| rare.at(slot));
            if slot.is_some_and(|extra| !extra.terms.min_qty.is_zero()) {
                continue;
            }
            if level != Some(order.price) {
                if is_last {
                    break;
                }
                is_last = level.is_some_and(|price| sum >= needed && !reached(price));
                level = Some(order.price);
            }
            let whole = slot.map_or(order.left.0, |extra| extra.left - extra.waiting);
            // What rests was looked at when it came.
            let _ = into.insert_resting(order.id, side, order.price, Qty(whole));
            sum += u128::from(whole);
        }
    }

    /// Executes in the books what was executed in the one of all.
    fn execute_all(&mut self, done: &[Execution]) {
        for execution in done.iter().filter(|execution| execution.limit.is_some()) {
            let Some(place) = self.back.index.get(execution.id) else { continue };
            let Some(slot) = self.slot(execution.id) else {
                if let Some(handle) = self.shown.locate(place, execution.id) {
                    self.shown.execute(handle, execution.qty);
                }
                continue;
            };
            match self.back.rare.at(slot).at {
                At::Shown(handle) => {
                    let taken = self.shown.execute(handle, execution.qty).map_or(0, |taken| taken.qty.0);
                    self.back.rare.at_mut(slot).reserve -= execution.qty.0 - taken;
                }
                At::Hidden(handle) => {
                    self.back.rare.hidden.execute(handle, execution.qty);
                }
                At::Stop(..) | At::Waits(_) | At::Held | At::Coming | At::Free => {}
            }
        }
    }

    /// Takes what traded off the orders, which are already out of their books as far as that goes.
    fn settle_parts(&mut self, done: &[Execution]) -> [Vec<Part>; 2] {
        let mut parts = [Vec::new(), Vec::new()];
        for &Execution { id, side, qty, left, .. } in done {
            let mut part = Part { id, qty: qty.0, left: qty.0 + left.0 };
            match self.slot(id) {
                None if left.is_zero() => self.back.index.remove(id),
                None => {}
                Some(slot) => {
                    let rare = &mut *self.back.rare;
                    let extra = rare.at_mut(slot);
                    part.left = extra.left;
                    extra.left -= qty.0;
                    let (left, reserve, gone) = (extra.left, extra.reserve, extra.inside() == 0);
                    rare.parent_traded(slot, qty.0);
                    if left == 0 {
                        rare.forget(slot, self.back.index);
                    } else if gone {
                        self.back.emptied(slot, id, reserve);
                    }
                }
            }
            parts[side as usize].push(part);
        }
        parts
    }

    /// Tells the trades: buys and sells side by side, each in their priority.
    fn tell_trades(&mut self, clearing: &Clearing, [buys, sells]: &[Vec<Part>; 2]) {
        let Clearing { price, volume, surplus } = *clearing;
        let (volume, surplus) = (lots(volume), signed(surplus));
        self.shown.remark(Remark::Uncross(WouldTrade { price, volume, surplus }));
        self.tell(Told::Uncrossed { price, volume, surplus });
        let most = match self.rules.limits.worth {
            u64::MAX => u64::MAX,
            worth => (worth / price.0.unsigned_abs().max(1)).max(1),
        };
        let (mut buys, mut sells) = (buys.iter().copied(), sells.iter().copied());
        let (mut one, mut other) = (buys.next(), sells.next());
        while let (Some(buy), Some(sell)) = (&mut one, &mut other) {
            let qty = buy.qty.min(sell.qty).min(most);
            for part in [&mut *buy, &mut *sell] {
                part.qty -= qty;
                part.left -= qty;
            }
            let told = Told::Crossed {
                buy: buy.id,
                sell: sell.id,
                price,
                qty: Qty(qty),
                buy_left: Qty(buy.left),
                sell_left: Qty(sell.left),
            };
            if buy.qty == 0 {
                one = buys.next();
            }
            if sell.qty == 0 {
                other = sells.next();
            }
            self.tell(told);
        }
    }
}

/// A volume as a size (the largest number, should it not fit).
fn lots(volume: u128) -> Qty {
    Qty(u64::try_from(volume).unwrap_or(u64::MAX))
}

/// A surplus (the nearest number, should it not fit).
fn signed(surplus: i128) -> i64 {
    i64::try_from(surplus).unwrap_or(if surplus < 0 { i64::MIN } else { i64::MAX })
}
