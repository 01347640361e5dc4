//! One stock's book, built from what a tape says happened to it.

use std::collections::{BTreeMap, BTreeSet};

use prism_book::{BookEngine, Handle, Ladder};
use prism_core::types::{OrderId, Price, Qty, Side};
use prism_sinks::tape::BookRow;

use super::super::feed::Change;
use super::super::ids::Ids;
use super::top::Top;

/// The book of one stock, order by order.
///
/// An order is found by its number on the tape. Shares that a reference row shows and no message announced are
/// held by one *anonymous* order a level; it absorbs what the tape takes from orders it never announced.
#[derive(Debug, Default)]
pub(in crate::replay) struct TapeBook {
    ladder: Ladder,
    ids: Ids,
    /// The anonymous order of each level that has one, by price: bids, asks.
    anonymous: [BTreeMap<i64, Handle>; 2],
    /// Prices that an inserted event touched since the level was last empty: bids, asks.
    touched: [BTreeSet<i64>; 2],
    /// The best levels, once they were asked for.
    top: Option<Top>,
    scratch: Vec<(i64, u64)>,
    /// Orders that were filled whole in the event under way and have yet to leave.
    filled: Vec<Handle>,
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::replay) struct Tally {
    /// Orders that would have traded on arrival.
    pub crossing_adds: u64,
    /// Size traded.
    pub traded: u64,
    /// Executions of visible orders.
    pub executions: u64,
    /// Those at the best price of their side.
    pub at_best: u64,
    /// Those of the order that was first in its queue.
    pub at_head: u64,
    /// Those at levels untouched by inserted events.
    pub clean: u64,
    /// Those of the order that was first in such a queue.
    pub clean_at_head: u64,
    /// Messages about orders that were never announced.
    pub unknown_ids: u64,
    /// Messages that the book contradicts: an order announced twice, more shares taken than are left, an order
    /// that cannot rest or changes its side.
    pub contradictions: u64,
    /// Events after which the sides of the book overlap.
    pub crossed: u64,
}

/// An order on its way to where it rests.
struct Found {
    handle: Handle,
    left: Qty,
    /// It has the tape's number; otherwise it is the level's anonymous order.
    named: bool,
}

impl TapeBook {
    /// Does what a message says. `inserted` marks events that the exchange never sent.
    pub(in crate::replay) fn apply(&mut self, change: &Change, inserted: bool, tally: &mut Tally) {
        match *change {
            Change::Add { id, side, price, qty } => self.add(id, side, price, qty, inserted, tally),
            Change::Take { id, qty, traded, at } => self.take(id, qty, traded, at, inserted, tally),
            Change::Modify { id, side, price, qty } => self.modify(id, side, price, qty, tally),
            Change::Fill { id, qty } => self.fill(id, qty, tally),
            Change::Clear => self.clear(),
            // Its levels are not in the book of orders.
            Change::Levels { .. }
            | Change::Trade
            | Change::Depth(_)
            | Change::Set(_)
            | Change::Sides
            | Change::Traded { .. } => {}
            Change::Replace { old, new, price, qty } => {
                let Some(handle) = self.ids.remove(&old) else {
                    // Its side is unknown, so that the new order cannot be placed either.
                    tally.unknown_ids += 1;
                    return;
                };
                let Some(order) = self.ladder.get(handle) else { return };
                self.ladder.cancel(handle);
                self.left_level(order.side, order.price);
                self.add(new, order.side, price, qty, inserted, tally);
            }
        }
    }

    fn add(&mut self, id: u64, side: Side, price: i64, qty: u64, inserted: bool, tally: &mut Tally) {
        if let Some(before) = self.ids.get(&id).copied() {
            // The number is taken: the newer announcement holds.
            tally.contradictions += 1;
            if let Some(order) = self.ladder.get(before) {
                self.ladder.cancel(before);
                self.left_level(order.side, order.price);
            }
        }
        tally.crossing_adds += u64::from(self.ladder.would_trade(side, Price(price)));
        // The one thing that cannot rest is an order of no shares.
        if let Ok(handle) = self.ladder.insert_resting(OrderId(id), side, Price(price), Qty(qty)) {
            self.ids.insert(id, handle);
        } else {
            tally.contradictions += 1;
        }
        if inserted {
            self.touched[side as usize].insert(price);
        }
        self.changed(side, Price(price));
    }

    fn take(
        &mut self,
        id: u64,
        qty: Option<u64>,
        traded: bool,
        at: Option<(Side, i64)>,
        inserted: bool,
        tally: &mut Tally,
    ) {
        let named = self.named(id, at);
        let place = named.as_ref().map(|(_, place)| *place).or(at);
        let found = match (named, at) {
            (Some((found, _)), _) => Some(found),
            (None, Some((side, price))) => self.nameless(side, price),
            (None, None) => None,
        };
        tally.unknown_ids += u64::from(!found.as_ref().is_some_and(|found| found.named));
        if traded {
            self.count_execution(found.as_ref(), place, tally);
        }
        let (Some(found), Some((side, price))) = (found, place) else { return };
        let asked = qty.map_or(found.left, Qty);
        tally.contradictions += u64::from(asked > found.left);
        if asked < found.left {
            self.ladder.execute(found.handle, asked);
        } else {
            self.ladder.cancel(found.handle);
            if found.named {
                self.ids.remove(&id);
            } else {
                self.anonymous[side as usize].remove(&price);
            }
        }
        if inserted {
            self.touched[side as usize].insert(price);
        }
        self.left_level(side, Price(price));
    }

    /// An order has a new price or size. It keeps its place in the queue if its price is the same and its size
    /// no larger, by the rule of CME and of every venue that queues by time.
    fn modify(&mut self, id: u64, side: Side, price: i64, qty: u64, tally: &mut Tally) {
        let Some((found, place)) = self.named(id, None) else {
            // The message tells all that the order is from now on.
            tally.unknown_ids += 1;
            return self.add(id, side, price, qty, false, tally);
        };
        if place == (side, price) && Qty(qty) <= found.left && qty > 0 {
            self.ladder.execute(found.handle, Qty(found.left.0 - qty));
            return self.changed(side, Price(price));
        }
        tally.contradictions += u64::from(place.0 != side);
        self.ladder.cancel(found.handle);
        self.ids.remove(&id);
        self.left_level(place.0, Price(place.1));
        self.add(id, side, price, qty, false, tally);
    }

    /// An order traded, and a later message will take it off the book. Orders that were filled whole before it in
    /// the same event count as gone.
    fn fill(&mut self, id: u64, qty: u64, tally: &mut Tally) {
        tally.executions += 1;
        let Some((found, (side, price))) = self.named(id, None) else {
            tally.unknown_ids += 1;
            return;
        };
        let first = self.ladder.orders(side).find(|(handle, _)| !self.filled.contains(handle));
        if let Some((handle, best)) = first {
            tally.at_best += u64::from(best.price.0 == price);
            tally.at_head += u64::from(handle == found.handle);
        }
        if Qty(qty) >= found.left {
            self.filled.push(found.handle);
        }
    }

    /// All orders leave.
    fn clear(&mut self) {
        self.ladder.clear();
        self.ids.clear();
        self.anonymous = Default::default();
        self.touched = Default::default();
        self.filled.clear();
        self.top = None;
    }

    /// The event is over. True if the sides of the book overlap.
    pub(in crate::replay) fn end_event(&mut self) -> bool {
        self.filled.clear();
        let best = |side| self.ladder.best(side);
        best(Side::Buy).zip(best(Side::Sell)).is_some_and(|(bid, ask)| bid.price >= ask.price)
    }

    /// The order of that number, if it rests where the message says.
    fn named(&self, id: u64, at: Option<(Side, i64)>) -> Option<(Found, (Side, i64))> {
        let &handle = self.ids.get(&id)?;
        let order = self.ladder.get(handle)?;
        let place = (order.side, order.price.0);
        let there = at.is_none_or(|at| at == place);
        there.then_some((Found { handle, left: order.left, named: true }, place))
    }

    /// The anonymous order of a level.
    fn nameless(&self, side: Side, price: i64) -> Option<Found> {
        let &handle = self.anonymous[side as usize].get(&price)?;
        let order = self.ladder.get(handle)?;
        Some(Found { handle, left: order.left, named: false })
    }

    fn count_execution(&self, found: Option<&Found>, place: Option<(Side, i64)>, tally: &mut Tally) {
        tally.executions += 1;
        let Some((side, price)) = place else { return };
        let best = self.ladder.best(side).is_some_and(|best| best.price.0 == price);
        let head = found.is_some_and(|found| self.ladder.head(side, Price(price)) == Some(found.handle));
        tally.at_best += u64::from(best);
        tally.at_head += u64::from(head);
        if !self.touched[side as usize].contains(&price) {
            tally.clean += 1;
            tally.clean_at_head += u64::from(head);
        }
    }

    fn changed(&mut self, side: Side, price: Price) {
        if let Some(top) = &mut self.top {
            top.update(&self.ladder, side, price);
        }
    }

    /// After shares left a level: an empty one starts anew.
    fn left_level(&mut self, side: Side, price: Price) {
        self.changed(side, price);
        let touched = &mut self.touched[side as usize];
        if !touched.is_empty() && self.ladder.level(side, price).is_none() {
            touched.remove(&price.0);
        }
    }

    /// Makes the book show exactly the levels of `row`. A level that already has the row's size keeps its
    /// orders and their queue; any other becomes one anonymous order.
    pub(in crate::replay) fn set_to(&mut self, row: &BookRow) {
        self.set_side(Side::Sell, &row.asks);
        self.set_side(Side::Buy, &row.bids);
    }

    fn set_side(&mut self, side: Side, row: &[(i64, u64)]) {
        let mut levels = std::mem::take(&mut self.scratch);
        levels.clear();
        match self.top.as_ref().and_then(|top| top.all(side)) {
            Some(all) => levels.extend_from_slice(all),
            None => levels.extend(self.levels(side)),
        }
        let better = |a: i64, b: i64| if side == Side::Buy { a > b } else { a < b };
        let mut levels_left = levels.iter().peekable();
        for &(price, size) in row {
            while let Some(stale) = levels_left.next_if(|level| better(level.0, price)) {
                self.clear_level(side, Price(stale.0));
            }
            if let Some(level) = levels_left.next_if(|level| level.0 == price) {
                if level.1 == size {
                    continue;
                }
                self.clear_level(side, Price(price));
            }
            // A number that no tape gives: the id is never looked up.
            if let Ok(handle) = self.ladder.insert_resting(OrderId(u64::MAX), side, Price(price), Qty(size)) {
                self.anonymous[side as usize].insert(price, handle);
                self.changed(side, Price(price));
            }
        }
        for stale in levels_left {
            self.clear_level(side, Price(stale.0));
        }
        self.scratch = levels;
    }

    fn clear_level(&mut self, side: Side, price: Price) {
        let nameless = self.anonymous[side as usize].remove(&price.0);
        while let Some(handle) = self.ladder.head(side, price) {
            if nameless != Some(handle)
                && let Some(order) = self.ladder.get(handle)
            {
                self.ids.remove(&order.id.0);
            }
            self.ladder.cancel(handle);
        }
        self.touched[side as usize].remove(&price.0);
        self.changed(side, price);
    }

    /// The best levels of both sides: `levels` where there are as many, and maybe some more. Whoever asks again
    /// and again pays for what has changed.
    pub(in crate::replay) fn top(&mut self, levels: usize) -> &BookRow {
        let enough = self.top.take().filter(|top| top.levels() >= levels);
        self.top.insert(enough.unwrap_or_else(|| Top::of(&self.ladder, levels))).row()
    }

    /// The levels of a side, best first, as (price, shares).
    pub(in crate::replay) fn levels(&self, side: Side) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.ladder.levels(side).map(|level| (level.price.0, level.qty.0))
    }

    /// Orders at each level of a side, best first.
    pub(in crate::replay) fn order_counts(&self, side: Side) -> impl Iterator<Item = u64> + '_ {
        let mut orders = self.ladder.orders(side).map(|(_, order)| order.price).peekable();
        std::iter::from_fn(move || {
            let price = orders.next()?;
            let mut count = 1;
            while orders.next_if_eq(&price).is_some() {
                count += 1;
            }
            Some(count)
        })
    }

    /// Announced orders that rest.
    pub(in crate::replay) fn open_orders(&self) -> u64 {
        self.ids.len() as u64
    }
}
