//! A book of which only the levels are known, not the orders.

use prism_core::types::Side;
use prism_sinks::tape::BookRow;
use prism_sinks::tape::dbn::{Level as Both, UNDEF_PRICE};

use super::orders::Tally;

/// The levels of both sides as a feed of levels tells them.
#[derive(Debug, Default)]
pub(in crate::replay) struct LevelBook {
    /// Bids, asks; best last, since most changes are near the touch.
    sides: [Vec<Row>; 2],
    row: BookRow,
}

/// One level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::replay) struct Row {
    pub price: i64,
    pub qty: u64,
    /// 0 on feeds that do not tell it.
    pub orders: u64,
}

impl LevelBook {
    /// The feed shows all it knows of the book: the best levels, best first.
    pub(in crate::replay) fn show(&mut self, levels: &[Both]) {
        let [bids, asks] = &mut self.sides;
        bids.clear();
        asks.clear();
        for level in levels.iter().rev() {
            let bid = Row { price: level.bid_px, qty: level.bid_sz.into(), orders: level.bid_ct.into() };
            let ask = Row { price: level.ask_px, qty: level.ask_sz.into(), orders: level.ask_ct.into() };
            bids.extend(Some(bid).filter(Row::exists));
            asks.extend(Some(ask).filter(Row::exists));
        }
    }

    /// The level at a price has this size from now on; 0 is none.
    pub(in crate::replay) fn set(&mut self, side: Side, price: i64, qty: u64) {
        let rows = &mut self.sides[side as usize];
        let found = rows.binary_search_by(|row| match side {
            Side::Buy => row.price.cmp(&price),
            Side::Sell => price.cmp(&row.price),
        });
        match found {
            Ok(at) if qty == 0 => {
                rows.remove(at);
            }
            Ok(at) => rows[at].qty = qty,
            Err(_) if qty == 0 => {}
            Err(at) => rows.insert(at, Row { price, qty, orders: 0 }),
        }
    }

    /// Sets several levels.
    pub(in crate::replay) fn set_all(&mut self, bids: &[(i64, u64)], asks: &[(i64, u64)]) {
        for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
            for &(price, qty) in levels {
                self.set(side, price, qty);
            }
        }
    }

    /// No levels are left.
    pub(in crate::replay) fn clear(&mut self) {
        self.sides.iter_mut().for_each(Vec::clear);
    }

    /// A trade at a price against the best level of a side, as it stood before.
    pub(in crate::replay) fn count_execution(&self, side: Side, price: i64, tally: &mut Tally) {
        tally.executions += 1;
        tally.at_best += u64::from(self.best(side).is_some_and(|best| best.price == price));
    }

    /// Whether the best bid is no lower than the best ask.
    pub(in crate::replay) fn crossed(&self) -> bool {
        self.best(Side::Buy).zip(self.best(Side::Sell)).is_some_and(|(bid, ask)| bid.price >= ask.price)
    }

    /// The best level of a side.
    pub(in crate::replay) fn best(&self, side: Side) -> Option<&Row> {
        self.sides[side as usize].last()
    }

    /// The levels of a side, best first.
    pub(in crate::replay) fn levels(&self, side: Side) -> impl Iterator<Item = &Row> + '_ {
        self.sides[side as usize].iter().rev()
    }

    /// The best levels of both sides.
    pub(in crate::replay) fn top(&mut self, levels: usize) -> &BookRow {
        let [bids, asks] = &self.sides;
        for (to, from) in [(&mut self.row.bids, bids), (&mut self.row.asks, asks)] {
            to.clear();
            to.extend(from.iter().rev().take(levels).map(|row| (row.price, row.qty)));
        }
        &self.row
    }
}

impl Row {
    fn exists(&self) -> bool {
        self.price != UNDEF_PRICE && self.qty > 0
    }
}
