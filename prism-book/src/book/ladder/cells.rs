//! Everything in the book is a cell of 32 bytes in one slab: an order, or a level.
//!
//! | field   | order                        | level                                    |
//! |---------|------------------------------|------------------------------------------|
//! | `word`  | its id                       | its key                                  |
//! | `qty`   | what is left of it           | the total, modulo 2^64                   |
//! | `prev`  | the order before, or the level | the last order, or itself              |
//! | `next`  | the order after, or the level  | the first order, or itself             |
//! | `home`  | its level and side           | worse prices, in the tree of far levels  |
//! | `tag`   | live bit and generation      | better prices, in the tree               |
//!
//! An order that is listed (`positions`) does not name its level: whoever comes to take from it finds no level and
//! has to go around, through the list.
//!
//! A queue is a ring through its level, so an order is put in and taken out without asking whether it is the
//! first or the last: on a deep book the answers would be mispredicted branches behind cache misses. A cell
//! that was a level stays one when it is used again, so an order's generation is never lost.

use prism_core::memory::prefetch;
use prism_core::types::OrderId;

use super::Handle;

/// No cell. Links never have the top bit, and a live order's tag always has it.
pub(super) const NONE: u32 = u32::MAX >> 1;
const LIVE: u32 = 1 << 31;
/// A cell with this generation is not used again: an old handle must never fit a new order.
const LAST_GENERATION: u32 = LIVE - 1;

#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Cell {
    word: u64,
    pub qty: u64,
    pub prev: u32,
    pub next: u32,
    home: u32,
    tag: u32,
}

impl Cell {
    /// An order's id.
    #[inline(always)]
    pub(super) const fn id(&self) -> u64 {
        self.word
    }

    /// An order's level, `NONE` of a listed one.
    #[inline(always)]
    pub(super) const fn level(&self) -> u32 {
        self.home >> 1
    }

    /// An order's side.
    #[inline(always)]
    pub(super) const fn side(&self) -> usize {
        (self.home & 1) as usize
    }

    /// An order's handle; `at` is its cell.
    #[inline(always)]
    pub(super) const fn handle(&self, at: u32) -> Handle {
        Handle((self.tag as u64) << 32 | at as u64)
    }

    /// A level's key: how good its price is.
    #[inline(always)]
    pub(super) const fn key(&self) -> i64 {
        self.word as i64
    }

    /// A level's worse subtree.
    #[inline(always)]
    pub(super) const fn left(&self) -> u32 {
        self.home
    }

    /// A level's better subtree.
    #[inline(always)]
    pub(super) const fn right(&self) -> u32 {
        self.tag
    }
}

/// The slab.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    slab: Vec<Cell>,
    unused_orders: u32,
    unused_levels: u32,
}

impl Cells {
    pub(super) const fn new() -> Cells {
        Cells { slab: Vec::new(), unused_orders: NONE, unused_levels: NONE }
    }

    #[inline(always)]
    pub(super) fn at(&self, cell: u32) -> &Cell {
        &self.slab[cell as usize]
    }

    #[inline(always)]
    pub(super) fn at_mut(&mut self, cell: u32) -> &mut Cell {
        &mut self.slab[cell as usize]
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    /// An order's level, if the order is not listed.
    #[inline(always)]
    pub(super) fn row_mut(&mut self, level: u32) -> Option<&mut Cell> {
        self.slab.get_mut(level as usize)
    }

    /// Gives an order a level, or `NONE`.
    pub(super) fn set_level(&mut self, order: u32, level: u32) {
        let cell = self.at_mut(order);
        cell.home = level << 1 | (cell.home & 1);
    }

    #[cold]
    fn grow(&mut self) -> u32 {
        let at = u32::try_from(self.slab.len()).unwrap_or(NONE);
        assert!(at < NONE, "a book holds at most 2^31 - 1 orders and levels");
        self.slab.push(Cell { word: 0, qty: 0, prev: at, next: NONE, home: NONE, tag: 0 });
        at
    }

    /// A level without orders.
    pub(super) fn open_level(&mut self, key: i64) -> u32 {
        let mut level = self.unused_levels;
        if level == NONE {
            level = self.grow();
        } else {
            self.unused_levels = self.at(level).next;
        }
        *self.at_mut(level) =
            Cell { word: key as u64, qty: 0, prev: level, next: level, home: NONE, tag: NONE };
        level
    }

    /// Gives a level back.
    pub(super) fn close_level(&mut self, level: u32) {
        self.at_mut(level).next = self.unused_levels;
        self.unused_levels = level;
    }

    /// Puts an order at the end of a level. Returns its handle, and whether the total passed 64 bits.
    #[inline(always)]
    pub(super) fn push(&mut self, level: u32, side: usize, id: u64, qty: u64) -> (Handle, bool) {
        let mut order = self.unused_orders;
        if order == NONE {
            order = self.grow();
        } else {
            self.unused_orders = self.at(order).next;
        }
        let slab = self.slab.as_mut_slice();
        let row = &mut slab[level as usize];
        let last = row.prev;
        row.prev = order;
        let (total, over) = row.qty.overflowing_add(qty);
        row.qty = total;
        slab[last as usize].next = order;
        let cell = &mut slab[order as usize];
        let tag = cell.tag | LIVE;
        let home = level << 1 | u32::from(side != 0);
        *cell = Cell { word: id, qty, prev: last, next: level, home, tag };
        (cell.handle(order), over)
    }

    /// Takes an order out of its queue's ring. True when it was the only one.
    #[inline(always)]
    pub(super) fn unlink(&mut self, order: u32) -> bool {
        let slab = self.slab.as_mut_slice();
        let Cell { prev, next, .. } = slab[order as usize];
        slab[prev as usize].next = next;
        slab[next as usize].prev = prev;
        self.free(order);
        prev == next
    }

    /// Has a level begin at this order of it, because those before have been given back; they were `qty` lots with what
    /// was taken off this one.
    #[inline(always)]
    pub(super) fn begin_at(&mut self, level: u32, order: u32, qty: u64) {
        self.at_mut(order).prev = level;
        let row = self.at_mut(level);
        row.next = order;
        row.qty = row.qty.wrapping_sub(qty);
    }

    /// Gives an order's cell back; its handle becomes stale.
    #[inline(always)]
    pub(super) fn free(&mut self, order: u32) {
        let unused = self.unused_orders;
        let cell = self.at_mut(order);
        let generation = (cell.tag & !LIVE) + 1;
        cell.tag = generation;
        if generation != LAST_GENERATION {
            cell.next = unused;
            self.unused_orders = order;
        }
    }

    /// The cell of a handle; `None` if it is stale.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // a handle is two halves
    pub(super) fn live(&self, handle: Handle) -> Option<u32> {
        let (at, tag) = (handle.0 as u32, (handle.0 >> 32) as u32);
        (self.slab.get(at as usize)?.tag == tag | LIVE).then_some(at)
    }

    /// A cell, if there is one at that place: an order, a level, or an unused one.
    #[inline(always)]
    pub(super) fn get(&self, at: u32) -> Option<&Cell> {
        self.slab.get(at as usize)
    }

    /// Has a cell brought into the cache.
    #[inline(always)]
    pub(super) fn fetch(&self, at: u32) {
        if let Some(cell) = self.slab.get(at as usize) {
            prefetch(cell);
        }
    }

    /// The id of the live order in a cell.
    #[inline(always)]
    pub(super) fn id_at(&self, at: u32) -> Option<OrderId> {
        let cell = self.slab.get(at as usize)?;
        (cell.tag >= LIVE && cell.tag != NONE).then_some(OrderId(cell.word))
    }

    /// The handle of the live order called `id` in a cell.
    #[inline(always)]
    pub(super) fn live_id(&self, at: u32, id: u64) -> Option<Handle> {
        let cell = self.slab.get(at as usize)?;
        (cell.tag >= LIVE && cell.word == id).then(|| cell.handle(at))
    }

    /// The tree links of a level.
    pub(super) fn set_left(&mut self, level: u32, to: u32) {
        self.at_mut(level).home = to;
    }

    pub(super) fn set_right(&mut self, level: u32, to: u32) {
        self.at_mut(level).tag = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handle of the last generation must not come to fit an order of the first: the cell is retired.
    #[test]
    fn a_cell_that_has_had_all_its_generations_is_not_used_again() {
        let mut cells = Cells::new();
        let level = cells.open_level(0);
        let (first, _) = cells.push(level, 0, 1, 1);
        let cell = first.place();
        assert!(cells.unlink(cell));
        cells.at_mut(cell).tag = LAST_GENERATION - 1;
        let (last, _) = cells.push(level, 0, 2, 1);
        assert_eq!((last.place(), cells.live(last)), (cell, Some(cell)));
        cells.unlink(cell);
        let (next, _) = cells.push(level, 0, 3, 1);
        assert_ne!(next.place(), cell);
        assert_eq!((cells.live(first), cells.live(last), cells.live(next)), (None, None, Some(next.place())));
    }

    /// Whatever number is taken for a handle, it never reaches a level or an unused cell.
    #[test]
    fn made_up_handles_are_stale() {
        let mut cells = Cells::new();
        let level = cells.open_level(0);
        let (order, _) = cells.push(level, 0, 1, 1);
        cells.push(level, 0, 2, 1);
        cells.unlink(order.place());
        for tag in [0, 1, NONE, LIVE, LIVE | 1, u32::MAX] {
            for at in [level, order.place(), 3, NONE, u32::MAX] {
                let made_up = Handle(u64::from(tag) << 32 | u64::from(at));
                assert_eq!(cells.live(made_up), None, "{made_up:?}");
            }
        }
    }
}
