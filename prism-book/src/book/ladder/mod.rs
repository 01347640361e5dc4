//! The fast book: a window of ticks around the touch, and everything in one slab.
//!
//! * A price of one side is a *key*: the price itself for bids, its bitwise complement for asks. A greater
//!   key is a better price on both sides, so that one piece of code without branches on the side serves
//!   both.
//! * A level is a cell of the slab. The window has a place for each tick and says which level is there; a
//!   bitmap finds the next one. Levels outside the window are in a treap. Moving the window moves no order.
//! * The orders of a level are cells in a ring through it. A handle is a cell's number and generation, so
//!   nothing is hashed and a stale handle is seen at once.
//! * What is ahead of an order far back in a queue is a sum in a tree, which is built when it is asked for.

mod cells;
mod far;
mod fenwick;
mod listed;
mod positions;
mod side;
mod window;

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side as Of, Tif};

use self::cells::{Cells, NONE};
use self::positions::Positions;
use self::side::Side;
use super::{Ahead, BookEngine, Fill, Handle, Incoming, Level, Outcome, Resting, Taken, entry, one_by_one};

/// The fast book: constant time near the touch, logarithmic anywhere else, and no allocation once it has
/// reached its size.
///
/// An empty book holds no memory; a busy one 32 bytes for each order and each level that rested together,
/// and a window of 4 bytes a tick of at most 65,536 ticks a side. Questions for [`ahead`](BookEngine::ahead) of
/// orders that more than 32 are ahead of add 12 bytes for each of these cells, and 16 to 32 for each order up to the
/// one asked for, until it leaves; plain flow never pays for them.
///
/// # Panics
/// When more than 2^31 - 1 orders and levels are to rest together, which would be 64 GiB of them.
#[derive(Clone, Debug)]
pub struct Ladder {
    sides: [Side; 2],
    cells: Cells,
    /// Some level's total once passed 64 bits: from then on, until the book is cleared, totals are added up
    /// when asked for.
    wide: bool,
    positions: Positions,
}

impl Default for Ladder {
    fn default() -> Ladder {
        let sides = [Side::new(), Side::new()];
        Ladder { sides, cells: Cells::new(), wide: false, positions: Positions::new() }
    }
}

/// All ones for asks: a price and its key are each other's `^ mask`.
#[inline(always)]
const fn mask(side: usize) -> i64 {
    -(side as i64)
}

#[inline(always)]
const fn side_of(side: usize) -> Of {
    if side == 0 { Of::Buy } else { Of::Sell }
}

impl Ladder {
    /// Puts an order at the end of its queue.
    #[inline(always)]
    fn rest(&mut self, id: OrderId, side: usize, key: i64, qty: u64) -> Handle {
        let mut level = self.sides[side].near(key);
        if level == NONE {
            level = self.sides[side].open(key, &mut self.cells);
        }
        let (handle, over) = self.cells.push(level, side, id.0, qty);
        self.wide |= over;
        handle
    }

    /// Takes `by` off an order.
    #[inline(always)]
    fn take(&mut self, order: u32, by: u64) -> Taken {
        let cell = self.cells.at(order);
        let (there, level, side) = (cell.qty, cell.level(), cell.side());
        let Some(row) = self.cells.row_mut(level) else { return self.take_listed(order, by) };
        if by < there {
            row.qty = row.qty.wrapping_sub(by);
            self.cells.at_mut(order).qty = there - by;
            return Taken { qty: Qty(by), left: Qty(there - by) };
        }
        row.qty = row.qty.wrapping_sub(there);
        if self.cells.unlink(order) {
            self.sides[side].close(level, &mut self.cells);
        }
        Taken { qty: Qty(there), left: Qty::ZERO }
    }

    /// The matching walk: an incoming order of `left` lots meets the side `side` down to the key `limit`, and asks
    /// before each resting order whether to go on. Returns what is left of it.
    #[inline]
    fn cross(
        &mut self,
        (side, limit): (usize, i64),
        mut left: u64,
        goes_on: &mut impl FnMut(OrderId) -> bool,
        fills: &mut impl FnMut(Fill),
    ) -> u64 {
        let mut asked = true;
        while asked && left != 0 && self.sides[side].best_key >= limit && self.sides[side].best != NONE {
            let (level, before) = (self.sides[side].best, left);
            let row = self.cells.at(level);
            let (mut order, price) = (row.next, Price(row.key() ^ mask(side)));
            while left != 0 && order != level {
                let cell = *self.cells.at(order);
                self.cells.fetch(cell.next);
                asked = goes_on(OrderId(cell.id()));
                if !asked {
                    break;
                }
                let (qty, handle) = (left.min(cell.qty), cell.handle(order));
                left -= qty;
                if qty == cell.qty {
                    self.cells.free(order);
                    order = cell.next;
                } else {
                    self.cells.at_mut(order).qty = cell.qty - qty;
                }
                fills(Fill {
                    maker: OrderId(cell.id()),
                    handle,
                    price,
                    qty: Qty(qty),
                    left: Qty(cell.qty - qty),
                });
            }
            // The ring is mended once for all that are gone.
            if order == level {
                self.sides[side].close(level, &mut self.cells);
            } else {
                self.cells.begin_at(level, order, before - left);
            }
        }
        left
    }

    /// All that [`submit`](BookEngine::submit) does for orders that are not simply put into a queue.
    #[inline(never)]
    fn enter(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome {
        let Incoming { id, side, tif, qty, price } = order;
        if let Err(why) = entry::check(side, tif, price, qty) {
            return Outcome::Refused(why);
        }
        let (own, other) = (side as usize, !side as usize);
        let key = price.0 ^ mask(own);
        if tif == Tif::PostOnly && self.would_trade(side, price) {
            return Outcome::Refused(Reject::WouldTrade);
        }
        if tif == Tif::Fok && !self.holds(other, !key, qty.0) {
            return Outcome::Refused(Reject::NotFilled);
        }
        if self.positions.any() {
            self.strike_reach(other, !key, qty.0);
        }
        let left = self.cross((other, !key), qty.0, &mut |_| true, fills);
        if left == 0 {
            Outcome::Filled
        } else if matches!(tif, Tif::Gtc | Tif::PostOnly) {
            Outcome::Rests { handle: self.rest(id, own, key, left), left: Qty(left) }
        } else {
            Outcome::Cancelled { left: Qty(left) }
        }
    }

    /// True when at least `qty` rests on a side down to the key `limit`.
    fn holds(&self, side: usize, limit: i64, qty: u64) -> bool {
        let mut sum = 0;
        self.rows(side).take_while(|&level| self.cells.at(level).key() >= limit).any(|level| {
            sum += self.total(level);
            sum >= u128::from(qty)
        })
    }

    /// The levels of a side, best first.
    fn rows(&self, side: usize) -> impl Iterator<Item = u32> + '_ {
        self.sides[side].levels(&self.cells)
    }

    /// The orders of a level, first to trade first.
    fn queue(&self, level: u32) -> impl Iterator<Item = u32> + '_ {
        let order = move |at: u32| (at != level).then_some(at);
        std::iter::successors(order(self.cells.at(level).next), move |&at| order(self.cells.at(at).next))
    }

    /// The exact total of a level.
    fn total(&self, level: u32) -> u128 {
        if self.wide {
            self.queue(level).map(|order| u128::from(self.cells.at(order).qty)).sum()
        } else {
            u128::from(self.cells.at(level).qty)
        }
    }

    fn shown(&self, side: usize, level: u32) -> Level {
        let row = self.cells.at(level);
        let qty = if self.wide { clip(self.total(level)) } else { Qty(row.qty) };
        Level { price: Price(row.key() ^ mask(side)), qty }
    }

    #[inline]
    fn resting(&self, order: u32) -> Resting {
        let cell = self.cells.at(order);
        let row = self.cells.get(cell.level()).unwrap_or_else(|| self.cells.at(self.level_of(order)));
        Resting {
            id: OrderId(cell.id()),
            side: side_of(cell.side()),
            price: Price(row.key() ^ mask(cell.side())),
            left: Qty(cell.qty),
        }
    }
}

/// A total as it is shown.
fn clip(total: u128) -> Qty {
    Qty(u64::try_from(total).unwrap_or(u64::MAX))
}

impl BookEngine for Ladder {
    #[inline(always)]
    fn submit(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome {
        let own = order.side as usize;
        let key = order.price.0 ^ mask(own);
        // The way of most orders: a sound limit order that crosses nothing. (The other side's key of a
        // price is `!key`; an empty side's best key is the least number, so a market order never gets in.)
        if matches!(order.tif, Tif::Gtc | Tif::PostOnly)
            && self.sides[own ^ 1].best_key < !key
            && order.qty.0.wrapping_sub(1) < Qty::MAX.0
        {
            let handle = self.rest(order.id, own, key, order.qty.0);
            return Outcome::Rests { handle, left: order.qty };
        }
        self.enter(order, fills)
    }

    #[inline]
    fn take(
        &mut self,
        order: Incoming,
        goes_on: &mut impl FnMut(OrderId) -> bool,
        fills: &mut impl FnMut(Fill),
    ) -> Qty {
        if self.positions.any() {
            // Who goes on is not known before, so that the listed ones among them are struck one by one.
            return one_by_one(self, order, goes_on, fills);
        }
        let own = order.side as usize;
        let limit = !(order.price.0 ^ mask(own));
        Qty(self.cross((own ^ 1, limit), order.qty.0, goes_on, fills))
    }

    #[inline(always)]
    fn cancel(&mut self, order: Handle) -> Option<Qty> {
        self.remove(order).map(|old| old.left)
    }

    #[inline(always)]
    fn remove(&mut self, order: Handle) -> Option<Resting> {
        let at = self.cells.live(order)?;
        let cell = *self.cells.at(at);
        let Some(row) = self.cells.row_mut(cell.level()) else { return Some(self.remove_listed(at)) };
        row.qty = row.qty.wrapping_sub(cell.qty);
        let price = Price(row.key() ^ mask(cell.side()));
        if self.cells.unlink(at) {
            self.sides[cell.side()].close(cell.level(), &mut self.cells);
        }
        Some(Resting { id: OrderId(cell.id()), side: side_of(cell.side()), price, left: Qty(cell.qty) })
    }

    #[inline]
    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        let order = self.cells.live(order)?;
        Some(self.take(order, by.0))
    }

    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome {
        let Some(order) = self.cells.live(order) else { return Outcome::Refused(Reject::TooLate) };
        let old = self.resting(order);
        if let Err(why) = entry::check(old.side, Tif::Gtc, price, qty) {
            return Outcome::Refused(why);
        }
        if price == old.price && qty <= old.left {
            self.take(order, old.left.0 - qty.0);
            return Outcome::Kept { left: qty };
        }
        self.take(order, u64::MAX);
        self.submit(Incoming { id: old.id, side: old.side, tif: Tif::Gtc, qty, price }, fills)
    }

    fn insert_resting(&mut self, id: OrderId, side: Of, price: Price, qty: Qty) -> Result<Handle, Reject> {
        entry::check(side, Tif::Gtc, price, qty)?;
        let own = side as usize;
        Ok(self.rest(id, own, price.0 ^ mask(own), qty.0))
    }

    fn head(&self, side: Of, price: Price) -> Option<Handle> {
        let own = side as usize;
        let level = self.sides[own].find(price.0 ^ mask(own), &self.cells);
        if level == NONE {
            return None;
        }
        let first = self.cells.at(level).next;
        Some(self.cells.at(first).handle(first))
    }

    #[inline(always)]
    fn would_trade(&self, side: Of, price: Price) -> bool {
        let own = side as usize;
        let other = &self.sides[own ^ 1];
        other.best_key >= !(price.0 ^ mask(own)) && other.best != NONE
    }

    #[inline(always)]
    fn locate(&self, place: u32, id: OrderId) -> Option<Handle> {
        self.cells.live_id(place, id.0)
    }

    #[inline(always)]
    fn fetch(&self, place: u32) {
        self.cells.fetch(place);
    }

    #[inline(always)]
    fn fetch_neighbours(&self, place: u32) {
        if let Some(cell) = self.cells.get(place) {
            self.cells.fetch(cell.prev);
            self.cells.fetch(cell.next);
        }
    }

    #[inline(always)]
    fn fronts(&self, side: Of) -> [u32; 2] {
        let next = |cell: u32| self.cells.get(cell).map_or(NONE, |cell| cell.next);
        let first = next(self.sides[side as usize].best);
        [first, next(first)]
    }

    #[inline(always)]
    fn id_at(&self, place: u32) -> Option<OrderId> {
        self.cells.id_at(place)
    }

    fn get(&self, order: Handle) -> Option<Resting> {
        self.cells.live(order).map(|order| self.resting(order))
    }

    #[inline]
    fn best(&self, side: Of) -> Option<Level> {
        let level = self.sides[side as usize].best;
        (level != NONE).then(|| self.shown(side as usize, level))
    }

    #[inline]
    fn level(&self, side: Of, price: Price) -> Option<Level> {
        let own = side as usize;
        let level = self.sides[own].find(price.0 ^ mask(own), &self.cells);
        (level != NONE).then(|| self.shown(own, level))
    }

    #[inline(always)]
    fn qty_at(&self, side: Of, price: Price) -> Qty {
        let own = side as usize;
        let level = self.sides[own].find(price.0 ^ mask(own), &self.cells);
        match self.cells.get(level) {
            None => Qty::ZERO,
            Some(row) if !self.wide => Qty(row.qty),
            Some(_) => clip(self.total(level)),
        }
    }

    fn levels(&self, side: Of) -> impl Iterator<Item = Level> + '_ {
        self.rows(side as usize).map(move |level| self.shown(side as usize, level))
    }

    fn orders(&self, side: Of) -> impl Iterator<Item = (Handle, Resting)> + '_ {
        let orders = self.rows(side as usize).flat_map(|level| self.queue(level));
        orders.map(|order| (self.cells.at(order).handle(order), self.resting(order)))
    }

    fn ahead(&mut self, order: Handle) -> Option<Ahead> {
        let order = self.cells.live(order)?;
        Some(self.sum_ahead(order).shown())
    }

    fn clear(&mut self) {
        for side in 0..2 {
            let mut level = self.sides[side].best;
            while level != NONE {
                let key = self.cells.at(level).key();
                let mut order = self.cells.at(level).next;
                while order != level {
                    let next = self.cells.at(order).next;
                    self.cells.free(order);
                    order = next;
                }
                self.cells.close_level(level);
                level = self.sides[side].next(key, &self.cells);
            }
            self.sides[side].clear();
        }
        self.wide = false;
        self.positions.clear();
    }

    fn check(&self) -> Result<(), String> {
        let mut trees = 0;
        for (number, side) in self.sides.iter().enumerate() {
            let (mut last, mut count) = (None, 0);
            for level in self.rows(number) {
                let key = self.cells.at(level).key();
                if last.is_some_and(|last| last <= key) {
                    return Err(format!("key {key} does not follow {last:?}"));
                }
                if side.find(key, &self.cells) != level {
                    return Err(format!("level {level} is not listed at its key {key}"));
                }
                last = Some(key);
                count += 1;
                self.check_level(level, number)?;
                trees += usize::from(self.positions.has_tree(level));
            }
            side.check(count)?;
        }
        if trees != self.positions.trees() {
            return Err(format!("{trees} levels have a tree, of {}", self.positions.trees()));
        }
        Ok(())
    }
}

impl Ladder {
    fn check_level(&self, level: u32, side: usize) -> Result<(), String> {
        let row = self.cells.at(level);
        let (mut last, mut sum) = (level, 0u128);
        for order in self.queue(level) {
            let cell = self.cells.at(order);
            let sound =
                cell.prev == last && self.level_of(order) == level && cell.side() == side && cell.qty != 0;
            if !sound || self.cells.live(cell.handle(order)) != Some(order) {
                return Err(format!("order {order} of level {level}: {cell:?}"));
            }
            last = order;
            sum += u128::from(cell.qty);
        }
        if last == level || row.prev != last || sum & u128::from(u64::MAX) != u128::from(row.qty) {
            return Err(format!("level {level}, in which {sum} rest: {row:?}"));
        }
        self.positions.check(level, self.queue(level).map(|order| (order, self.cells.at(order).qty)))
    }
}
