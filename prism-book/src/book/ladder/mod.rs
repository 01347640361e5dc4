//! The fast book: a window of ticks around the touch, orders in chunks, everything in slabs.
//!
//! * A price of one side is a *key*: the price itself for bids, its bitwise complement for asks. A greater
//!   key is a better price on both sides, so that one piece of code without branches on the side serves
//!   both.
//! * A level is a row of a slab. The window has a place for each tick and says which level is there; a
//!   bitmap finds the next one. Levels outside the window are in a treap. Moving the window moves no order.
//! * The orders of a level are a list of chunks of seven. A handle is a slot number and the generation of
//!   its chunk, so nothing is hashed and a stale handle is seen at once.

mod far;
mod levels;
mod orders;
mod side;
mod window;

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side as Of, Tif};

use self::levels::{Levels, NONE, Row};
use self::orders::{Chunk, FULL, Orders};
use self::side::Side;
use super::{Ahead, BookEngine, Fill, Handle, Incoming, Level, Outcome, Resting, Taken, entry};

/// The fast book: constant time near the touch, logarithmic anywhere else, and no allocation once it has
/// reached its size.
///
/// An empty book holds no memory; a busy one 128 bytes for every seven orders that were in a queue
/// together, 32 bytes a level, and a window of 4 bytes a tick of at most 65,536 ticks a side.
#[derive(Clone, Debug)]
pub struct Ladder {
    sides: [Side; 2],
    levels: Levels,
    orders: Orders,
    /// Some level's total once passed 64 bits: from then on, until the book is cleared, totals are added up
    /// when asked for.
    wide: bool,
}

impl Default for Ladder {
    fn default() -> Ladder {
        Ladder {
            sides: [Side::new(), Side::new()],
            levels: Levels::new(),
            orders: Orders::new(),
            wide: false,
        }
    }
}

/// All ones for asks: a price and its key are each other's `^ mask`.
#[inline(always)]
const fn mask(side: usize) -> i64 {
    -(side as i64)
}

/// What the chunks of a level say about where they belong.
#[inline(always)]
const fn home(level: u32, side: usize) -> u32 {
    level << 1 | (side != 0) as u32
}

#[inline(always)]
const fn side_of(home: u32) -> Of {
    if home & 1 == 0 { Of::Buy } else { Of::Sell }
}

impl Ladder {
    /// Puts an order at the end of its queue.
    #[inline(always)]
    fn rest(&mut self, id: OrderId, side: usize, key: i64, qty: u64) -> Handle {
        let mut level = self.sides[side].near(key);
        if level == NONE {
            level = self.sides[side].open(key, &mut self.levels);
        }
        let row = self.levels.row_mut(level);
        let (total, over) = row.qty.overflowing_add(qty);
        row.qty = total;
        self.wide |= over;
        let mut slot = row.tail;
        if slot & FULL == FULL {
            slot = self.extend(level, side);
        }
        self.levels.row_mut(level).tail = slot + 1;
        self.orders.put(slot, id.0, qty)
    }

    /// The first slot of a new chunk at the end of a level.
    fn extend(&mut self, level: u32, side: usize) -> u32 {
        let row = self.levels.row_mut(level);
        let chunk = self.orders.open(home(level, side), row.tail >> 3);
        if row.head == u32::MAX {
            row.head = chunk;
        }
        chunk << 3
    }

    /// Strikes an empty chunk off its queue, and the level off the book if it was the last.
    fn close_chunk(&mut self, chunk: u32) {
        let Chunk { home, next, prev, .. } = *self.orders.chunk(chunk);
        self.orders.close(chunk);
        let level = home >> 1;
        if next == orders::NONE && prev == orders::NONE {
            self.sides[(home & 1) as usize].close(level, &mut self.levels);
            return;
        }
        if prev == orders::NONE {
            self.levels.row_mut(level).head = next;
        } else {
            self.orders.chunk_mut(prev).next = next;
        }
        if next == orders::NONE {
            // A chunk that has had a successor is full.
            self.levels.row_mut(level).tail = prev << 3 | FULL;
        } else {
            self.orders.chunk_mut(next).prev = prev;
        }
    }

    /// Takes `by` off the order in a slot.
    #[inline(always)]
    fn take(&mut self, slot: u32, by: u64) -> Taken {
        let chunk = self.orders.chunk_mut(slot >> 3);
        let place = slot & FULL;
        let there = chunk.qty[place as usize];
        let row = self.levels.row_mut(chunk.home >> 1);
        if by < there {
            chunk.qty[place as usize] = there - by;
            row.qty = row.qty.wrapping_sub(by);
            return Taken { qty: Qty(by), left: Qty(there - by) };
        }
        row.qty = row.qty.wrapping_sub(there);
        chunk.vacate(place);
        if chunk.occupied() == 0 {
            self.close_chunk(slot >> 3);
        }
        Taken { qty: Qty(there), left: Qty::ZERO }
    }

    /// The matching walk: an incoming order of `left` lots meets the side `side` down to the key `limit`.
    /// Returns what is left of it.
    #[inline]
    fn cross(&mut self, side: usize, limit: i64, mut left: u64, fills: &mut impl FnMut(Fill)) -> u64 {
        while self.sides[side].best_key >= limit && self.sides[side].best != NONE {
            let level = self.sides[side].best;
            let Row { key, qty, head, .. } = *self.levels.row(level);
            let price = Price(key ^ mask(side));
            if left >= qty && !self.wide {
                left -= qty;
                self.eat_level(head, price, fills);
                self.sides[side].close(level, &mut self.levels);
            } else {
                left = self.eat_head(head, price, left, fills);
            }
            if left == 0 {
                break;
            }
        }
        left
    }

    /// Fills every order of a level and gives its chunks back.
    #[inline(always)]
    fn eat_level(&mut self, head: u32, price: Price, fills: &mut impl FnMut(Fill)) {
        let mut at = head;
        while at != orders::NONE {
            let chunk = self.orders.chunk(at);
            let mut occupied = chunk.occupied();
            while occupied != 0 {
                let place = occupied.trailing_zeros();
                occupied &= occupied - 1;
                fills(Fill {
                    maker: OrderId(chunk.id[place as usize]),
                    handle: chunk.handle(at << 3 | place),
                    price,
                    qty: Qty(chunk.qty[place as usize]),
                    left: Qty::ZERO,
                });
            }
            let next = chunk.next;
            self.orders.close(at);
            at = next;
        }
    }

    /// Fills orders of the first chunk of a level while anything is left to fill them with.
    #[inline(always)]
    fn eat_head(&mut self, at: u32, price: Price, mut left: u64, fills: &mut impl FnMut(Fill)) -> u64 {
        let chunk = self.orders.chunk_mut(at);
        let row = self.levels.row_mut(chunk.home >> 1);
        while left != 0 && chunk.occupied() != 0 {
            let place = chunk.occupied().trailing_zeros();
            let there = chunk.qty[place as usize];
            let qty = left.min(there);
            let handle = chunk.handle(at << 3 | place);
            let maker = OrderId(chunk.id[place as usize]);
            chunk.qty[place as usize] = there - qty;
            if qty == there {
                chunk.vacate(place);
            }
            left -= qty;
            row.qty = row.qty.wrapping_sub(qty);
            fills(Fill { maker, handle, price, qty: Qty(qty), left: Qty(there - qty) });
        }
        if chunk.occupied() == 0 {
            self.close_chunk(at);
        }
        left
    }

    /// All that [`submit`](BookEngine::submit) does for orders that are not simply put into a queue.
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
        let left = self.cross(other, !key, qty.0, fills);
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
        self.rows(side).take_while(|&level| self.levels.row(level).key >= limit).any(|level| {
            sum += self.total(level);
            sum >= u128::from(qty)
        })
    }

    /// The levels of a side, best first.
    fn rows(&self, side: usize) -> impl Iterator<Item = u32> + '_ {
        let known = |level: u32| (level != NONE).then_some(level);
        std::iter::successors(known(self.sides[side].best), move |&level| {
            known(self.sides[side].next(self.levels.row(level).key, &self.levels))
        })
    }

    /// The occupied slots of a level, first to trade first.
    fn slots(&self, level: u32) -> impl Iterator<Item = u32> + '_ {
        let known = |chunk: u32| (chunk != orders::NONE).then_some(chunk);
        let chunks = std::iter::successors(known(self.levels.row(level).head), move |&chunk| {
            known(self.orders.chunk(chunk).next)
        });
        chunks.flat_map(|chunk| {
            let occupied = self.orders.chunk(chunk).occupied();
            (0..FULL).filter(move |place| occupied >> place & 1 == 1).map(move |place| chunk << 3 | place)
        })
    }

    fn qty(&self, slot: u32) -> u64 {
        self.orders.chunk(slot >> 3).qty[(slot & FULL) as usize]
    }

    /// The exact total of a level.
    fn total(&self, level: u32) -> u128 {
        if self.wide {
            self.slots(level).map(|slot| u128::from(self.qty(slot))).sum()
        } else {
            u128::from(self.levels.row(level).qty)
        }
    }

    fn shown(&self, side: usize, level: u32) -> Level {
        let row = self.levels.row(level);
        let qty = if self.wide { clip(self.total(level)) } else { Qty(row.qty) };
        Level { price: Price(row.key ^ mask(side)), qty }
    }

    fn resting(&self, slot: u32) -> (Handle, Resting) {
        let chunk = self.orders.chunk(slot >> 3);
        let place = (slot & FULL) as usize;
        let side = side_of(chunk.home);
        let price = Price(self.levels.row(chunk.home >> 1).key ^ mask(side as usize));
        let order = Resting { id: OrderId(chunk.id[place]), side, price, left: Qty(chunk.qty[place]) };
        (chunk.handle(slot), order)
    }
}

/// A total as it is shown.
fn clip(total: u128) -> Qty {
    Qty(u64::try_from(total).unwrap_or(u64::MAX))
}

impl BookEngine for Ladder {
    #[inline]
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
    fn cancel(&mut self, order: Handle) -> Option<Qty> {
        let slot = self.orders.slot(order)?;
        Some(self.take(slot, u64::MAX).qty)
    }

    #[inline]
    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        let slot = self.orders.slot(order)?;
        Some(self.take(slot, by.0))
    }

    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome {
        let Some(slot) = self.orders.slot(order) else { return Outcome::Refused(Reject::TooLate) };
        let (_, old) = self.resting(slot);
        if let Err(why) = entry::check(old.side, Tif::Gtc, price, qty) {
            return Outcome::Refused(why);
        }
        if price == old.price && qty <= old.left {
            self.take(slot, old.left.0 - qty.0);
            return Outcome::Kept { left: qty };
        }
        self.take(slot, u64::MAX);
        self.submit(Incoming { id: old.id, side: old.side, tif: Tif::Gtc, qty, price }, fills)
    }

    fn insert_resting(&mut self, id: OrderId, side: Of, price: Price, qty: Qty) -> Result<Handle, Reject> {
        entry::check(side, Tif::Gtc, price, qty)?;
        let own = side as usize;
        Ok(self.rest(id, own, price.0 ^ mask(own), qty.0))
    }

    fn head(&self, side: Of, price: Price) -> Option<Handle> {
        let own = side as usize;
        let level = self.sides[own].find(price.0 ^ mask(own), &self.levels);
        if level == NONE {
            return None;
        }
        let first = self.slots(level).next();
        first.map(|slot| self.orders.chunk(slot >> 3).handle(slot))
    }

    fn get(&self, order: Handle) -> Option<Resting> {
        self.orders.slot(order).map(|slot| self.resting(slot).1)
    }

    #[inline]
    fn best(&self, side: Of) -> Option<Level> {
        let level = self.sides[side as usize].best;
        (level != NONE).then(|| self.shown(side as usize, level))
    }

    fn level(&self, side: Of, price: Price) -> Option<Level> {
        let own = side as usize;
        let level = self.sides[own].find(price.0 ^ mask(own), &self.levels);
        (level != NONE).then(|| self.shown(own, level))
    }

    fn levels(&self, side: Of) -> impl Iterator<Item = Level> + '_ {
        self.rows(side as usize).map(move |level| self.shown(side as usize, level))
    }

    fn orders(&self, side: Of) -> impl Iterator<Item = (Handle, Resting)> + '_ {
        self.rows(side as usize).flat_map(|level| self.slots(level)).map(|slot| self.resting(slot))
    }

    fn ahead(&self, order: Handle) -> Option<Ahead> {
        let slot = self.orders.slot(order)?;
        let level = self.orders.chunk(slot >> 3).home >> 1;
        let (mut orders, mut qty) = (0, 0u128);
        for before in self.slots(level).take_while(|&before| before != slot) {
            orders += 1;
            qty += u128::from(self.qty(before));
        }
        Some(Ahead { orders, qty: clip(qty) })
    }

    fn clear(&mut self) {
        for side in &mut self.sides {
            side.clear();
        }
        self.levels.clear();
        self.orders.clear();
        self.wide = false;
    }

    fn check(&self) -> Result<(), String> {
        for (number, side) in self.sides.iter().enumerate() {
            let mut last = None;
            let mut count = 0;
            for level in self.rows(number) {
                let row = self.levels.row(level);
                if last.is_some_and(|last| last <= row.key) {
                    return Err(format!("key {} does not follow {last:?}", row.key));
                }
                if side.find(row.key, &self.levels) != level {
                    return Err(format!("level {level} is not listed at its key {}", row.key));
                }
                last = Some(row.key);
                count += 1;
                self.check_level(level, number)?;
            }
            side.check(count)?;
        }
        Ok(())
    }
}

impl Ladder {
    fn check_level(&self, level: u32, side: usize) -> Result<(), String> {
        let row = self.levels.row(level);
        let (mut at, mut prev) = (row.head, orders::NONE);
        while at != orders::NONE {
            let chunk = self.orders.chunk(at);
            if chunk.occupied() == 0 || chunk.prev != prev || chunk.home != home(level, side) {
                return Err(format!("chunk {at} of level {level}: {chunk:?}"));
            }
            (prev, at) = (at, chunk.next);
        }
        let sum: u128 = self.slots(level).map(|slot| u128::from(self.qty(slot))).sum();
        if prev != row.tail >> 3 {
            return Err(format!("level {level} ends in chunk {prev}, not at slot {}", row.tail));
        }
        if self.slots(level).any(|slot| self.qty(slot) == 0) || sum & u128::from(u64::MAX) != row.qty.into() {
            return Err(format!("level {level} holds {sum}, not {}", row.qty));
        }
        Ok(())
    }
}
