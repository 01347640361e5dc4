//! An agent's working orders, found by id without a hash.
//!
//! The low half of an order's id is the agent's own counter, and its place in the agent's table is
//! `counter & (len - 1)`. A counter whose place is taken by a live order is skipped, and a table half full
//! is doubled; so ids are unique for the whole run (up to 2^32 orders of one agent, or 2^31 at venues that may
//! trade in its name) and every look-up is one index.

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

/// One agent's table: its first two places, and where it lies in the [`Arena`] once it has more; and the next
/// counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    first: [Working; FIRST],
    at: u32,
    live: u32,
    next: u32,
    /// How many places it has: a power of two.
    len: u32,
}

/// Places in the table itself, so that the agent with one order or two needs no other memory.
const FIRST_LEN: u32 = 2;
const FIRST: usize = FIRST_LEN as usize;

impl Default for Table {
    fn default() -> Table {
        Table { first: [EMPTY; FIRST], at: 0, live: 0, next: 0, len: FIRST_LEN }
    }
}

/// The larger tables of a group's members, in blocks of powers of two. Blocks that a table has outgrown are
/// used again, so a group in its stride allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    slots: Vec<Working>,
    free: [Vec<u32>; 32],
    /// The last place that a block may begin at.
    last: u32,
}

impl Default for Arena {
    fn default() -> Arena {
        Arena { slots: Vec::new(), free: Default::default(), last: u32::MAX }
    }
}

impl Arena {
    /// A block of so many places; `None` when there are no more.
    fn block(&mut self, len: u32) -> Option<u32> {
        if let Some(at) = self.free[len.trailing_zeros() as usize].pop() {
            return Some(at);
        }
        let at = u32::try_from(self.slots.len()).ok().filter(|&at| at <= self.last)?;
        self.slots.resize(self.slots.len() + len as usize, EMPTY);
        Some(at)
    }

    /// Enters a new order and returns its counter; `None`, and nothing is entered, when there is no room.
    #[inline]
    pub(crate) fn open(
        &mut self,
        table: &mut Table,
        book: BookId,
        side: Side,
        price: Price,
        left: Qty,
    ) -> Option<u32> {
        // The first two places are all used; of more, half, so that few counters are skipped.
        if table.live >= FIRST_LEN && table.live >= table.len / 2 {
            self.double(table)?;
        }
        loop {
            let counter = table.next;
            table.next = table.next.wrapping_add(1);
            let place = self.place_mut(table, counter);
            if !place.live {
                *place = Working { counter, book, side, live: true, price, left };
                table.live += 1;
                return Some(counter);
            }
        }
    }

    #[cold]
    fn double(&mut self, table: &mut Table) -> Option<()> {
        let len = table.len.checked_mul(2)?;
        let mut bigger = Table { at: self.block(len)?, len, ..*table };
        bigger.first = [EMPTY; FIRST];
        for counter in 0..table.len {
            let order = std::mem::replace(self.place_mut(table, counter), EMPTY);
            if order.live {
                *self.place_mut(&mut bigger, order.counter) = order;
            }
        }
        if table.len > FIRST_LEN {
            self.free[table.len.trailing_zeros() as usize].push(table.at);
        }
        *table = bigger;
        Some(())
    }

    /// The place of a counter.
    #[inline]
    fn place<'a>(&'a self, table: &'a Table, counter: u32) -> &'a Working {
        let n = (counter & (table.len - 1)) as usize;
        if table.len <= FIRST_LEN { &table.first[n % FIRST] } else { &self.slots[table.at as usize + n] }
    }

    #[inline]
    fn place_mut<'a>(&'a mut self, table: &'a mut Table, counter: u32) -> &'a mut Working {
        let n = (counter & (table.len - 1)) as usize;
        if table.len <= FIRST_LEN {
            &mut table.first[n % FIRST]
        } else {
            &mut self.slots[table.at as usize + n]
        }
    }

    /// The working order with this counter, if it is one.
    #[inline]
    pub(crate) fn get<'a>(&'a self, table: &'a Table, counter: u32) -> Option<&'a Working> {
        let order = self.place(table, counter);
        (order.live && order.counter == counter).then_some(order)
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn get_mut<'a>(&'a mut self, table: &'a mut Table, counter: u32) -> Option<&'a mut Working> {
        let order = self.place_mut(table, counter);
        (order.live && order.counter == counter).then_some(order)
    }

    /// All working orders of a table, in the order of its places.
    #[inline]
    pub(crate) fn iter<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a Working> {
        let places = if table.len <= FIRST_LEN {
            &table.first[..]
        } else if table.live == 0 {
            &[]
        } else {
            &self.slots[table.at as usize..table.at as usize + table.len as usize]
        };
        places.iter().filter(|order| order.live)
    }
}

impl Arena {
    /// The first working order in `book` from a place of a table on: the place after it, and its counter.
    pub(crate) fn next_in(&self, table: &Table, from: u32, book: BookId) -> Option<(u32, u32)> {
        (from..table.len).find_map(|n| {
            let order = self.place(table, n);
            (order.live && order.book == book).then_some((n + 1, order.counter))
        })
    }
}

impl Working {
    /// Strikes the order out; its table is told with [`Table::ended`].
    #[inline]
    pub(crate) fn end(&mut self) {
        self.live = false;
    }
}

impl Table {
    /// One of its orders has been struck out.
    #[inline]
    pub(crate) fn ended(&mut self) {
        self.live -= 1;
    }

    /// How many working orders there are.
    #[cfg(test)]
    fn live(&self) -> u32 {
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
                    let counter = arena.open(table, BookId(0), Side::Buy, Price(0), left).expect("room");
                    prop_assert!(!used[who].contains(&counter));
                    used[who].push(counter);
                    list.push((counter, left));
                } else {
                    let (counter, _) = list.swap_remove(pick.index(list.len()));
                    if let Some(order) = arena.get_mut(table, counter) {
                        order.end();
                        table.ended();
                    }
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

    /// With room for blocks at the first twelve places only: what does not fit is refused, and what is there stays
    /// as it is.
    #[test]
    fn an_order_without_room_is_refused() {
        let mut arena = Arena { last: 11, ..Arena::default() };
        let mut tables = [Table::default(); 3];
        let mut open = |table: &mut Table| arena.open(table, BookId(0), Side::Buy, Price(0), Qty(1));
        let fits = |opened: Option<u32>| opened.is_some();
        assert!((0..4).all(|_| fits(open(&mut tables[0]))), "blocks of four and eight places");
        assert!(
            (0..3).all(|_| fits(open(&mut tables[1]))),
            "the four places that the table before had outgrown"
        );
        let before = tables;
        assert_eq!(
            [open(&mut tables[0]), open(&mut tables[1])],
            [None, None],
            "there is none from place 12 on"
        );
        assert_eq!(tables, before);
        assert!((0..2).all(|_| fits(open(&mut tables[2]))), "two orders need no block");
    }

    #[test]
    fn outgrown_blocks_are_used_again() {
        let mut arena = Arena::default();
        let mut fill = |orders: u32| {
            let mut table = Table::default();
            for _ in 0..orders {
                arena.open(&mut table, BookId(0), Side::Buy, Price(0), Qty(1)).expect("room");
            }
            arena.slots.len()
        };
        assert_eq!(fill(2), 0, "two orders need no other memory");
        assert_eq!(fill(4), 4 + 8);
        assert_eq!(fill(3), 4 + 8, "the four places that the table before had outgrown");
        assert_eq!(size_of::<Working>(), 24);
    }
}
