//! What is known of one instrument's book: its orders, or its levels alone.

mod levels;
mod orders;
mod top;

use prism_core::types::Side;
use prism_sinks::tape::BookRow;

pub(super) use self::levels::LevelBook;
pub(super) use self::orders::Tally;
use self::orders::TapeBook;
use super::report::size_shown;

/// The book of one instrument.
#[derive(Debug, Default)]
pub(in crate::replay) struct Book {
    orders: TapeBook,
    /// There from the first record of levels on; no tape tells of both in one book.
    levels: Option<LevelBook>,
}

impl Book {
    /// The book order by order.
    #[inline]
    pub(in crate::replay) fn orders(&mut self) -> &mut TapeBook {
        &mut self.orders
    }

    /// The book level by level.
    pub(in crate::replay) fn levels(&mut self) -> &mut LevelBook {
        self.levels.get_or_insert_default()
    }

    /// The best levels of both sides: `levels` where there are as many, and maybe some more.
    pub(in crate::replay) fn top(&mut self, levels: usize) -> &BookRow {
        match &mut self.levels {
            Some(book) => book.top(levels),
            None => self.orders.top(levels),
        }
    }

    /// The best levels of a side as reports show them: `[price, size]`, with `counts` `[price, size, orders]`.
    pub(in crate::replay) fn shown(&self, side: Side, levels: usize, counts: bool) -> Vec<Vec<i64>> {
        let level = |(price, qty, orders): (i64, u64, Option<u64>)| {
            [Some(price), Some(size_shown(qty)), orders.map(size_shown)].into_iter().flatten().collect()
        };
        match &self.levels {
            Some(book) => {
                let known = book.levels(side).take(levels);
                known.map(|row| level((row.price, row.qty, counts.then_some(row.orders)))).collect()
            }
            None if counts => {
                let known = self.orders.levels(side).take(levels).zip(self.orders.order_counts(side));
                known.map(|((price, qty), orders)| level((price, qty, Some(orders)))).collect()
            }
            None => {
                let known = self.orders.levels(side).take(levels);
                known.map(|(price, qty)| level((price, qty, None))).collect()
            }
        }
    }

    /// Announced orders that rest; `None` where only levels are known.
    pub(in crate::replay) fn open_orders(&self) -> Option<u64> {
        self.levels.is_none().then(|| self.orders.open_orders())
    }

    /// The last record of an event was taken in: now the book is whole. True if its sides overlap.
    pub(in crate::replay) fn end_event(&mut self) -> bool {
        match &self.levels {
            Some(book) => book.crossed(),
            None => self.orders.end_event(),
        }
    }
}
