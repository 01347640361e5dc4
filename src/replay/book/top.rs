//! The best levels of a book, kept as it changes.

use prism_core::types::{Price, Side};
use prism_sinks::tape::BookRow;

use prism_book::{BookEngine, Ladder};

/// A copy of the best levels of both sides. A change of the book costs it one level, where reading them off the
/// book anew costs all of them; on a day of rows that are compared one by one, that is most of the time.
#[derive(Debug)]
pub(super) struct Top {
    /// Levels a side that can be asked for.
    levels: usize,
    /// As many and, after they were read off the book, as many again, so that levels can go before that is due
    /// once more.
    row: BookRow,
    /// Whether the row has all levels of its side: bids, asks.
    whole: [bool; 2],
}

impl Top {
    pub(super) fn of(ladder: &Ladder, levels: usize) -> Top {
        let mut top = Top { levels, row: BookRow::default(), whole: [false; 2] };
        top.read(ladder, Side::Buy);
        top.read(ladder, Side::Sell);
        top
    }

    /// Levels a side that can be asked for.
    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// The levels: as many as can be asked for where the book has them, and maybe more.
    pub(super) fn row(&self) -> &BookRow {
        &self.row
    }

    /// All levels of a side; `None` if the book has more of them than are kept.
    pub(super) fn all(&self, side: Side) -> Option<&[(i64, u64)]> {
        let shown = match side {
            Side::Buy => &self.row.bids,
            Side::Sell => &self.row.asks,
        };
        self.whole[side as usize].then_some(shown)
    }

    /// After the level at a price of the book has changed, in any way.
    pub(super) fn update(&mut self, ladder: &Ladder, side: Side, price: Price) {
        let now = ladder.level(side, price).map(|level| (price.0, level.qty.0));
        let most = 2 * self.levels;
        let whole = &mut self.whole[side as usize];
        let shown = match side {
            Side::Buy => &mut self.row.bids,
            Side::Sell => &mut self.row.asks,
        };
        let better = |level: &(i64, u64)| match side {
            Side::Buy => level.0 > price.0,
            Side::Sell => level.0 < price.0,
        };
        // Most changes are near the touch.
        let at = shown.iter().take_while(|level| better(level)).count();
        let known = shown.get(at).is_some_and(|level| level.0 == price.0);
        match now {
            Some(now) if known => shown[at] = now,
            // What follows the last level shown is not known to be this one.
            Some(_) if at == shown.len() && !*whole => {}
            Some(now) => {
                shown.insert(at, now);
                if shown.len() > most {
                    shown.truncate(most);
                    *whole = false;
                }
            }
            None if known => {
                shown.remove(at);
                if shown.len() < self.levels && !*whole {
                    self.read(ladder, side);
                }
            }
            None => {}
        }
    }

    fn read(&mut self, ladder: &Ladder, side: Side) {
        let shown = match side {
            Side::Buy => &mut self.row.bids,
            Side::Sell => &mut self.row.asks,
        };
        shown.clear();
        let mut levels = ladder.levels(side).map(|level| (level.price.0, level.qty.0));
        shown.extend(levels.by_ref().take(2 * self.levels));
        self.whole[side as usize] = levels.next().is_none();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use prism_book::Handle;
    use prism_core::types::{OrderId, Qty};

    use super::*;

    fn read(ladder: &Ladder, side: Side) -> Vec<(i64, u64)> {
        ladder.levels(side).map(|level| (level.price.0, level.qty.0)).collect()
    }

    proptest! {
        #[test]
        fn the_levels_kept_are_those_of_the_book(
            levels in 1..4_usize,
            steps in prop::collection::vec((any::<bool>(), 0..12_i64, 1..9_u64, any::<prop::sample::Index>()), 1..200),
        ) {
            let mut ladder = Ladder::default();
            let mut orders: Vec<(Side, Price, Handle)> = Vec::new();
            let mut top = Top::of(&ladder, levels);
            for (buy, price, qty, which) in steps {
                let (side, price) = if orders.is_empty() || qty < 5 {
                    let side = if buy { Side::Buy } else { Side::Sell };
                    let handle = ladder.insert_resting(OrderId(1), side, Price(price), Qty(qty)).unwrap();
                    orders.push((side, Price(price), handle));
                    (side, Price(price))
                } else {
                    let at = which.index(orders.len());
                    let (side, price, handle) = orders[at];
                    if ladder.execute(handle, Qty(qty - 4)).unwrap().left == Qty::ZERO {
                        orders.swap_remove(at);
                    }
                    (side, price)
                };
                top.update(&ladder, side, price);
                for (side, shown) in [(Side::Buy, &top.row().bids), (Side::Sell, &top.row().asks)] {
                    let all = read(&ladder, side);
                    prop_assert_eq!(shown, &all[..shown.len()]);
                    prop_assert!(shown.len() >= levels.min(all.len()));
                    prop_assert!(!top.whole[side as usize] || shown.len() == all.len());
                }
            }
        }
    }
}
