//! What is known of one instrument's book: its orders, or its levels alone.

use prism_core::types::Side;
use prism_sinks::tape::BookRow;

use super::book::TapeBook;
use super::levels::LevelBook;
use super::report::size_shown;

/// The book of one instrument.
#[derive(Debug, Default)]
pub(super) struct Book {
    orders: TapeBook,
    /// There from the first record of levels on; no tape tells of both in one book.
    levels: Option<LevelBook>,
}

impl Book {
    /// The book order by order.
    #[inline]
    pub(super) fn orders(&mut self) -> &mut TapeBook {
        &mut self.orders
    }

    /// The book level by level.
    pub(super) fn levels(&mut self) -> &mut LevelBook {
        self.levels.get_or_insert_default()
    }

    /// The best levels of both sides: `levels` where there are as many, and maybe some more.
    pub(super) fn top(&mut self, levels: usize) -> &BookRow {
        match &mut self.levels {
            Some(book) => book.top(levels),
            None => self.orders.top(levels),
        }
    }

    /// The best levels of a side as reports show them: `[price, size]`, with `counts` `[price, size, orders]`.
    pub(super) fn shown(&self, side: Side, levels: usize, counts: bool) -> Vec<Vec<i64>> {
        let level = |(price, qty, orders): (i64, u64, Option<u64>)| {
            [Some(price), Some(size_shown(qty)), orders.map(size_shown)].into_iter().flatten().collect()
        };
        match &self.levels {
            Some(book) => {
                let known = book.levels(side).iter().take(levels);
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
    pub(super) fn open_orders(&self) -> Option<u64> {
        self.levels.is_none().then(|| self.orders.open_orders())
    }

    /// The last record of an event was taken in: now the book is whole. True if its sides overlap.
    pub(super) fn end_event(&mut self) -> bool {
        match &self.levels {
            Some(book) => book.crossed(),
            None => self.orders.end_event(),
        }
    }
}
