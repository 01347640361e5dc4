//! Tick sizes that depend on the price.

use prism_core::types::Price;

use super::DayError;

/// Which prices are good: from each price on, multiples of a step.
///
/// An instrument's own tick is the unit; the table says how many of them a step is, such as the European tick-size
/// regime or the Tokyo Stock Exchange's table do by price.
///
/// ```
/// use prism_book::day::TickTable;
/// use prism_book::Price;
///
/// let table = TickTable::new(&[(Price(1_000), 5), (Price(5_000), 10)])?;
/// assert!(table.fits(Price(999)) && table.fits(Price(1_005)) && !table.fits(Price(1_003)));
/// assert_eq!(table.down(Price(5_009)), Price(5_000));
/// assert_eq!(table.up(Price(4_999)), Price(5_000));
/// assert_eq!((table.below(Price(1_000)), table.above(Price(1_000))), (Price(999), Price(1_005)));
/// # Ok::<(), prism_book::day::DayError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TickTable {
    /// From which price on, and how many ticks a step is; the prices rise, and each is a step of both sides.
    rows: Vec<(Price, i64)>,
}

impl TickTable {
    /// A table of steps in ticks, each from its price on; below the first the step is one tick.
    ///
    /// # Errors
    /// A step below 1, a price that is not above the one before it, or one that is no multiple of its own step and of
    /// the one before it.
    pub fn new(rows: &[(Price, i64)]) -> Result<TickTable, DayError> {
        let (mut last, mut before) = (None, 1);
        for &(from, step) in rows {
            if step < 1 {
                return Err(DayError::Range { field: "tick table step", range: "1 tick or more" });
            }
            if last.is_some_and(|last| from <= last) {
                return Err(DayError::Order { field: "prices of the tick table", at: from.0 });
            }
            if from.0 % step != 0 || from.0 % before != 0 {
                let range = "a multiple of the steps below and above it";
                return Err(DayError::Range { field: "tick table price", range });
            }
            (last, before) = (Some(from), step);
        }
        Ok(TickTable { rows: rows.to_vec() })
    }

    /// The step from `price` on, in ticks.
    pub fn step(&self, price: Price) -> i64 {
        let after = self.rows.partition_point(|(from, _)| *from <= price);
        after.checked_sub(1).map_or(1, |row| self.rows[row].1)
    }

    /// True for a good price.
    #[inline]
    pub fn fits(&self, price: Price) -> bool {
        self.rows.is_empty() || price.0 % self.step(price) == 0
    }

    /// The highest good price that is not above `price`.
    pub fn down(&self, price: Price) -> Price {
        // A row begins at a good price, so the multiple of its step does not leave it.
        Price(price.0.saturating_sub(price.0.rem_euclid(self.step(price))))
    }

    /// The lowest good price that is not below `price`; the highest one of all if there is none.
    pub fn up(&self, price: Price) -> Price {
        let down = self.down(price);
        if down == price { price } else { self.above(down) }
    }

    /// The next good price above; the highest one of all if there is none.
    pub fn above(&self, price: Price) -> Price {
        let down = self.down(price);
        down.0.checked_add(self.step(price)).map_or(down, Price)
    }

    /// The next good price below.
    pub fn below(&self, price: Price) -> Price {
        let down = self.down(price);
        if down == price { self.down(Price(price.0.saturating_sub(1))) } else { down }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tables() -> impl Strategy<Value = TickTable> {
        proptest::collection::vec((1i64..5, 1i64..6), 0..4).prop_map(|rows| {
            let (mut at, mut step, mut all) = (0, 1, Vec::new());
            for (length, factor) in rows {
                let next = step * factor;
                at += length * next * 60;
                at -= at % (next * step);
                if all.last().is_none_or(|(last, _): &(Price, i64)| at > last.0) {
                    all.push((Price(at), next));
                    step = next;
                }
            }
            TickTable::new(&all).unwrap()
        })
    }

    proptest! {
        #[test]
        fn rounding_finds_the_nearest_good_prices(table in tables(), price in 0i64..3_000) {
            let good: Vec<i64> = (-400..8_000).filter(|&price| table.fits(Price(price))).collect();
            let at_most = |price: i64| *good.iter().rev().find(|&&good| good <= price).unwrap();
            let at_least = |price: i64| *good.iter().find(|&&good| good >= price).unwrap();
            prop_assert_eq!(table.down(Price(price)).0, at_most(price));
            prop_assert_eq!(table.up(Price(price)).0, at_least(price));
            prop_assert_eq!(table.below(Price(price)).0, at_most(price - 1));
            prop_assert_eq!(table.above(Price(price)).0, at_least(price + 1));
        }
    }

    #[test]
    fn wrong_tables_are_refused() {
        let table = |rows: &[(i64, i64)]| {
            let rows: Vec<_> = rows.iter().map(|&(from, step)| (Price(from), step)).collect();
            TickTable::new(&rows).map_err(|error| error.to_string())
        };
        assert_eq!(table(&[(10, 0)]).unwrap_err(), "`tick table step` must be 1 tick or more");
        assert_eq!(
            table(&[(10, 5), (10, 10)]).unwrap_err(),
            "the prices of the tick table must begin later one after another; 10 does not"
        );
        assert!(table(&[(12, 5)]).is_err());
        assert!(table(&[(10, 5), (24, 8)]).is_err(), "24 is no multiple of 5");
        let coarse = table(&[(i64::MIN, 8), (0, 8)]).unwrap();
        let highest = Price(i64::MAX - 7);
        assert!(
            coarse.fits(highest) && coarse.up(Price(i64::MAX)) == highest && coarse.above(highest) == highest
        );
        assert!(table(&[(i64::MAX, 1)]).unwrap().up(Price(i64::MAX)) == Price(i64::MAX));
    }
}
