//! The best prices of a symbol over all venues.

use super::{Cursor, Tape, Top};
use crate::types::{BookId, Price, Qty, Side, Span, Time};

/// The best price of one side over several venues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestPrice {
    /// The price.
    pub price: Price,
    /// What rests at it, on all venues together.
    pub qty: Qty,
    /// The book where most of it rests; of equal ones the first.
    pub book: BookId,
    /// What rests in that book.
    pub there: Qty,
}

/// The best bid and ask of a symbol over all of its venues: the consolidated quote, in the United States the NBBO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consolidated {
    bid: Option<BestPrice>,
    ask: Option<BestPrice>,
}

impl Consolidated {
    /// The best bid, if there is one.
    #[inline]
    pub fn bid(&self) -> Option<BestPrice> {
        self.bid
    }

    /// The best ask, if there is one.
    #[inline]
    pub fn ask(&self) -> Option<BestPrice> {
        self.ask
    }

    /// The best price of a side.
    #[inline]
    pub fn best(&self, side: Side) -> Option<BestPrice> {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }

    /// True when the best bid of one venue is the best ask of another.
    pub fn is_locked(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid.price == ask.price)
    }

    /// True when the best bid of one venue is above the best ask of another.
    pub fn is_crossed(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid.price > ask.price)
    }

    /// Takes the top of one more book in.
    pub fn add(&mut self, book: BookId, top: &Top) {
        for (side, best) in [(Side::Buy, &mut self.bid), (Side::Sell, &mut self.ask)] {
            let Some(level) = top.best(side) else { continue };
            let new = BestPrice { price: level.price, qty: level.qty, book, there: level.qty };
            match best {
                Some(old) if old.price == new.price => {
                    old.qty = Qty(old.qty.0.saturating_add(new.qty.0));
                    if new.there > old.there {
                        (old.book, old.there) = (book, new.there);
                    }
                }
                Some(old) if (old.price < new.price) != (side == Side::Buy) => {}
                _ => *best = Some(new),
            }
        }
    }
}

/// Who sees all books of a symbol, and how late.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    delay: Span,
    /// How far it has read, for each book.
    cursors: Vec<Cursor>,
}

impl Watch {
    pub(crate) fn new(delay: Span, books: usize) -> Watch {
        Watch { delay, cursors: vec![Cursor::default(); books] }
    }

    /// The best prices of these books as of `now` less the delay.
    pub(crate) fn best(
        &mut self,
        tapes: &[Tape],
        books: impl IntoIterator<Item = BookId>,
        now: Time,
    ) -> Consolidated {
        let mut all = Consolidated::default();
        for book in books {
            if let (Some(tape), Some(cursor)) = (tapes.get(book.index()), self.cursors.get_mut(book.index()))
            {
                all.add(book, &tape.as_of(cursor, now - self.delay));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Level;

    fn top(bid: (i64, u64), ask: (i64, u64)) -> Top {
        let level = |(price, qty)| (qty > 0).then_some(Level { price: Price(price), qty: Qty(qty) });
        Top::new(level(bid), level(ask), Price(100))
    }

    fn all(tops: &[Top]) -> Consolidated {
        let mut all = Consolidated::default();
        for (n, top) in tops.iter().enumerate() {
            all.add(BookId::from_index(n), top);
        }
        all
    }

    #[test]
    fn the_best_price_of_each_side_with_the_sizes_of_all_venues() {
        let all = all(&[
            top((99, 5), (103, 1)),
            top((100, 3), (102, 2)),
            top((100, 4), (102, 2)),
            top((0, 0), (0, 0)),
        ]);
        let best = |price, qty, book, there| {
            Some(BestPrice { price: Price(price), qty: Qty(qty), book: BookId(book), there: Qty(there) })
        };
        assert_eq!((all.bid(), all.ask()), (best(100, 7, 2, 4), best(102, 4, 1, 2)));
        assert!(!all.is_locked() && !all.is_crossed());
    }

    #[test]
    fn markets_lock_and_cross_each_other() {
        assert!(all(&[top((100, 1), (101, 1)), top((99, 1), (100, 1))]).is_locked());
        assert!(all(&[top((100, 1), (101, 1)), top((98, 1), (99, 1))]).is_crossed());
        let empty = all(&[top((0, 0), (101, 1))]);
        assert_eq!((empty.bid(), empty.is_locked()), (None, false));
    }
}
