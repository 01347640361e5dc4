//! An agent's working orders, found by id without a hash.
//!
//! The low half of an order's id is the agent's own counter, and its place in the agent's table is
//! `counter & (len - 1)`. A counter whose place is taken by a live order is skipped, and a table half full
//! is doubled; so ids are unique for the whole run and every look-up is one index.

use crate::types::{BookId, Price, Qty, Side};

/// A working order as its agent knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// The low half of its id.
    pub counter: u32,
    /// Where it is.
    pub book: BookId,
    /// Its side.
    pub side: Side,
    live: bool,
    /// Its limit, as last confirmed (as sent, before the first report).
    pub price: Price,
    /// What is left of it, as far as the agent knows.
    pub left: Qty,
}

const EMPTY: Working =
    Working { counter: 0, book: BookId(0), side: Side::Buy, live: false, price: Price(0), left: Qty(0) };

/// One agent's table: where it lies in the [`Arena`], and the next counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    at: u32,
    live: u32,
    next: u32,
    /// 0 for no table yet, else a power of two.
    len: u32,
}

/// The tables of a group's members, in blocks of powers of two. Blocks that a table has outgrown are used
/// again, so a group in its stride allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    lines: Vec<Line>,
    free: [Vec<u32>; 32],
}

/// Two orders: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([Working; 2]);

/// A table begins with two places, the 64 bytes of one cache line: room for the agent that has one order.
const FIRST_LEN: u32 = 2;

impl Arena {
    fn block(&mut self, len: u32) -> u32 {
        if let Some(at) = self.free[len.trailing_zeros() as usize].pop() {
            return at;
        }
        let at = self.lines.len();
        self.lines.resize(at + len as usize / 2, Line([EMPTY; 2]));
        u32::try_from(at * 2).unwrap_or(u32::MAX)
    }

    /// Enters a new order and returns its counter.
    #[inline]
    pub fn open(&mut self, table: &mut Table, book: BookId, side: Side, price: Price, left: Qty) -> u32 {
        // A table of two is full with both places taken; larger ones are half empty, so that few counters
        // are skipped.
        if table.live >= FIRST_LEN && table.live >= table.len / 2 {
            self.double(table);
        } else if table.len == 0 {
            *table = Table { at: self.block(FIRST_LEN), len: FIRST_LEN, ..*table };
        }
        loop {
            let counter = table.next;
            table.next = table.next.wrapping_add(1);
            match self.at_mut(table.place(counter)) {
                Some(order) if order.live => {}
                Some(order) => {
                    *order = Working { counter, book, side, live: true, price, left };
                    table.live += 1;
                    return counter;
                }
                None => return counter, // a table always lies in the arena
            }
        }
    }

    #[cold]
    fn double(&mut self, table: &mut Table) {
        let (old_at, old_len) = (table.at as usize, table.len as usize);
        let len = table.len * 2;
        let mut bigger = Table { at: self.block(len), len, ..*table };
        for slot in old_at..old_at + old_len {
            let order = std::mem::replace(&mut self.lines[slot / 2].0[slot % 2], EMPTY);
            if order.live {
                let to = bigger.place(order.counter);
                self.lines[to / 2].0[to % 2] = order;
            }
        }
        self.free[table.len.trailing_zeros() as usize].push(table.at);
        std::mem::swap(table, &mut bigger);
    }

    #[inline]
    fn at(&self, slot: usize) -> Option<&Working> {
        Some(&self.lines.get(slot / 2)?.0[slot % 2])
    }

    #[inline]
    fn at_mut(&mut self, slot: usize) -> Option<&mut Working> {
        Some(&mut self.lines.get_mut(slot / 2)?.0[slot % 2])
    }

    /// The working order with this counter, if it is one.
    #[inline]
    pub fn get(&self, table: &Table, counter: u32) -> Option<&Working> {
        let order = self.at(table.slot(counter)?)?;
        (order.live && order.counter == counter).then_some(order)
    }

    /// The same, to change it.
    #[inline]
    pub fn get_mut(&mut self, table: &Table, counter: u32) -> Option<&mut Working> {
        let order = self.at_mut(table.slot(counter)?)?;
        (order.live && order.counter == counter).then_some(order)
    }

    /// Strikes an order out.
    #[inline]
    pub fn close(&mut self, table: &mut Table, counter: u32) {
        if let Some(order) = self.get_mut(table, counter) {
            order.live = false;
            table.live -= 1;
        }
    }

    /// All working orders of a table, in the order of its places.
    #[inline]
    pub fn iter(&self, table: &Table) -> impl Iterator<Item = &Working> {
        let from = table.at as usize / 2;
        let len = if table.live == 0 { 0 } else { table.len as usize / 2 };
        self.lines[from..from + len].iter().flat_map(|line| &line.0).filter(|order| order.live)
    }
}

impl Table {
    /// Where an order with this counter would be; `None` when there are no orders.
    #[inline]
    fn slot(&self, counter: u32) -> Option<usize> {
        (self.live != 0).then(|| self.place(counter))
    }

    #[inline]
    fn place(&self, counter: u32) -> usize {
        self.at as usize + (counter & self.len.wrapping_sub(1)) as usize
    }

    /// How many working orders there are.
    pub fn live(&self) -> u32 {
        self.live
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain list: ids are never used twice, live orders are always found, dead ones never.
        #[test]
        fn behaves_as_a_list(steps in proptest::collection::vec((0usize..3, any::<bool>(), any::<prop::sample::Index>()), 1..800)) {
            let mut arena = Arena::default();
            let mut tables = [Table::default(); 3];
            let mut lists: [Vec<(u32, Qty)>; 3] = Default::default();
            let mut used: [Vec<u32>; 3] = Default::default();
            for (n, (who, open, pick)) in steps.into_iter().enumerate() {
                let (table, list) = (&mut tables[who], &mut lists[who]);
                if open || list.is_empty() {
                    let left = Qty(n as u64 + 1);
                    let counter = arena.open(table, BookId(0), Side::Buy, Price(0), left);
                    prop_assert!(!used[who].contains(&counter));
                    used[who].push(counter);
                    list.push((counter, left));
                } else {
                    let (counter, _) = list.swap_remove(pick.index(list.len()));
                    arena.close(table, counter);
                    prop_assert!(arena.get(table, counter).is_none());
                }
                for who in 0..3 {
                    prop_assert_eq!(tables[who].live() as usize, lists[who].len());
                    for (counter, left) in &lists[who] {
                        prop_assert_eq!(arena.get(&tables[who], *counter).map(|o| o.left), Some(*left));
                    }
                    prop_assert_eq!(arena.iter(&tables[who]).count(), lists[who].len());
                }
            }
        }
    }

    #[test]
    fn outgrown_blocks_are_used_again() {
        let mut arena = Arena::default();
        let mut a = Table::default();
        for _ in 0..3 {
            arena.open(&mut a, BookId(0), Side::Buy, Price(0), Qty(1));
        }
        let mut b = Table::default();
        arena.open(&mut b, BookId(0), Side::Buy, Price(0), Qty(1));
        assert_eq!(arena.lines.len() * 2, 2 + 4, "b took the two places that a had outgrown");
        assert_eq!(size_of::<Line>(), 64);
    }
}
