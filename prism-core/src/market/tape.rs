//! The ring of a book's recent tops, read as of a moment in the past.

use super::Top;
use crate::types::{Price, Span, Time};

/// A reader's place on a [`Tape`]. One cursor serves all readers with the same delay, because what they
/// ask for never goes back in time; so a look costs as many steps as there were updates since the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor(pub(super) u64);

/// The recent tops of one book with their times.
///
/// It keeps what a reader as late as `horizon` may still ask for and grows when the market moves so fast
/// that this would be overwritten; so it never has a gap.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    rows: Vec<Row>,
    /// Rows ever written; row `n` lies at `n % rows.len()`, a power of two.
    written: u64,
    horizon: Span,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    at: Time,
    top: Top,
}

const FIRST_ROWS: usize = 64;

impl Tape {
    /// A tape whose slowest reader is `horizon` late. It begins with an empty book and `close` as the last
    /// price, known for ever.
    pub(crate) fn new(horizon: Span, close: Price) -> Tape {
        let mut rows = vec![Row::default(); FIRST_ROWS];
        rows[0] = Row { at: Time::from_nanos(i64::MIN), top: Top::new(None, None, close) };
        Tape { rows, written: 1, horizon }
    }

    #[inline]
    fn slot(&self, n: u64) -> usize {
        // The mask keeps the index inside the ring.
        usize::try_from(n & (self.rows.len() as u64 - 1)).unwrap_or(0)
    }

    /// The newest top.
    #[inline]
    pub(crate) fn latest(&self) -> Top {
        self.rows[self.slot(self.written - 1)].top
    }

    /// Writes the top as of `now`. Times must not go back; a second top for the same instant takes the
    /// place of the first.
    #[inline]
    pub(crate) fn push(&mut self, now: Time, top: Top) {
        let last = self.slot(self.written - 1);
        if self.rows[last].at == now {
            self.rows[last].top = top;
            return;
        }
        let oldest_needed_next = self.slot(self.written + 1);
        if self.written >= self.rows.len() as u64 && self.rows[oldest_needed_next].at > now - self.horizon {
            self.grow();
        }
        let slot = self.slot(self.written);
        self.rows[slot] = Row { at: now, top };
        self.written += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let old = self.rows.len() as u64;
        let mut rows = vec![Row::default(); self.rows.len() * 2];
        let mask = rows.len() as u64 - 1;
        for n in self.written - old..self.written {
            rows[usize::try_from(n & mask).unwrap_or(0)] = self.rows[self.slot(n)];
        }
        self.rows = rows;
    }

    /// The newest top that is not younger than `as_of`, which must not go back from look to look with the
    /// same cursor, nor lie further back than the horizon.
    #[inline]
    pub(crate) fn as_of(&self, cursor: &mut Cursor, as_of: Time) -> Top {
        let newest = self.written - 1;
        let mut at = cursor.0;
        if newest - at >= self.rows.len() as u64 || newest - at > 16 {
            at = self.search(at, as_of);
        } else {
            while at < newest && self.rows[self.slot(at + 1)].at <= as_of {
                at += 1;
            }
        }
        cursor.0 = at;
        self.rows[self.slot(at)].top
    }

    /// A binary search, for a reader that has not looked for long.
    fn search(&self, from: u64, as_of: Time) -> u64 {
        let mut low = from.max(self.written.saturating_sub(self.rows.len() as u64));
        let mut high = self.written;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.rows[self.slot(middle)].at <= as_of {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::market::Level;
    use crate::types::Qty;

    fn top(n: i64) -> Top {
        Top::new(Some(Level { price: Price(n), qty: Qty(1) }), None, Price(n))
    }

    #[test]
    fn before_the_first_update_there_is_the_close() {
        let tape = Tape::new(Span::millis(1), Price(77));
        let mut cursor = Cursor::default();
        assert_eq!(tape.as_of(&mut cursor, Time::from_nanos(-5)).last(), Price(77));
    }

    proptest! {
        /// Against a plain list: every delay sees exactly the rows old enough for it, however often the
        /// market moves and however seldom the reader looks.
        #[test]
        fn sees_what_a_list_sees(
            steps in proptest::collection::vec((0i64..40, any::<bool>()), 1..2_000),
            delay in 0i64..500,
        ) {
            let mut tape = Tape::new(Span::nanos(500), Price(0));
            let mut list = vec![(i64::MIN, Top::new(None, None, Price(0)))];
            let (mut cursor, mut now) = (Cursor::default(), 0);
            for (n, (step, look)) in steps.into_iter().enumerate() {
                now += step;
                tape.push(Time::from_nanos(now), top(n as i64 + 1));
                list.push((now, top(n as i64 + 1)));
                if look {
                    let seen = tape.as_of(&mut cursor, Time::from_nanos(now - delay));
                    let want = list.iter().rev().find(|row| row.0 <= now - delay);
                    prop_assert_eq!(Some(seen), want.map(|row| row.1));
                }
            }
        }
    }

    #[test]
    fn a_quiet_book_stays_small_and_a_wild_one_grows() {
        let mut tape = Tape::new(Span::micros(1), Price(0));
        for n in 0..100_000 {
            tape.push(Time::from_nanos(n * 1_000), top(n));
        }
        assert_eq!(tape.rows.len(), FIRST_ROWS);
        for n in 0..10_000 {
            tape.push(Time::from_nanos(100_000_000 + n), top(n));
        }
        assert_eq!(tape.rows.len(), 1_024, "a thousand nanoseconds of one update each");
    }
}
