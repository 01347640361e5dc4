//! The ring of a book's recent depth, for books that record it.

use super::{Cursor, Level};
use crate::types::{Side, Span, Time};

/// The best levels of both sides of one book, with their times: like [`Tape`](super::Tape), but `levels`
/// a side wide.
#[derive(Clone, Debug)]
pub(crate) struct DepthTape {
    levels: usize,
    at: Vec<Time>,
    /// How many levels each side of a row has.
    counts: Vec<[u16; 2]>,
    /// Rows of `2 × levels`, bids first.
    rows: Vec<Level>,
    written: u64,
    horizon: Span,
}

const FIRST_ROWS: usize = 64;

impl DepthTape {
    /// A tape of `levels` levels a side (1 to 65,535) whose slowest reader is `horizon` late.
    pub(crate) fn new(levels: u16, horizon: Span) -> DepthTape {
        let levels = usize::from(levels.max(1));
        let mut at = vec![Time::ZERO; FIRST_ROWS];
        at[0] = Time::from_nanos(i64::MIN);
        DepthTape {
            levels,
            at,
            counts: vec![[0; 2]; FIRST_ROWS],
            rows: vec![Level::default(); FIRST_ROWS * 2 * levels],
            written: 1,
            horizon,
        }
    }

    /// Levels recorded on each side.
    pub(crate) fn levels(&self) -> usize {
        self.levels
    }

    fn slot(&self, n: u64) -> usize {
        usize::try_from(n & (self.at.len() as u64 - 1)).unwrap_or(0)
    }

    fn row(&self, slot: usize, side: Side) -> &[Level] {
        let from = slot * 2 * self.levels + side as usize * self.levels;
        &self.rows[from..from + usize::from(self.counts[slot][side as usize])]
    }

    /// Writes the depth as of `now`; of each side the first `levels` count. True when it differs from the
    /// newest row; otherwise nothing is written.
    pub(crate) fn push(&mut self, now: Time, bids: &[Level], asks: &[Level]) -> bool {
        let (bids, asks) = (&bids[..bids.len().min(self.levels)], &asks[..asks.len().min(self.levels)]);
        let last = self.slot(self.written - 1);
        if self.row(last, Side::Buy) == bids && self.row(last, Side::Sell) == asks {
            return false;
        }
        let slot = if self.at[last] == now {
            last
        } else {
            let needed = self.slot(self.written + 1);
            if self.written >= self.at.len() as u64 && self.at[needed] > now - self.horizon {
                self.grow();
            }
            self.written += 1;
            self.slot(self.written - 1)
        };
        self.at[slot] = now;
        for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
            let from = slot * 2 * self.levels + side as usize * self.levels;
            self.rows[from..from + levels.len()].copy_from_slice(levels);
            self.counts[slot][side as usize] = u16::try_from(levels.len()).unwrap_or(u16::MAX);
        }
        true
    }

    #[cold]
    fn grow(&mut self) {
        let (old, width) = (self.at.len(), 2 * self.levels);
        let mut bigger = DepthTape {
            levels: self.levels,
            at: vec![Time::ZERO; old * 2],
            counts: vec![[0; 2]; old * 2],
            rows: vec![Level::default(); old * 2 * width],
            written: self.written,
            horizon: self.horizon,
        };
        for n in self.written - old as u64..self.written {
            let (from, to) = (self.slot(n), bigger.slot(n));
            bigger.at[to] = self.at[from];
            bigger.counts[to] = self.counts[from];
            bigger.rows[to * width..(to + 1) * width]
                .copy_from_slice(&self.rows[from * width..(from + 1) * width]);
        }
        *self = bigger;
    }

    /// The levels of `side`, best first, of the newest row that is not younger than `as_of`. The same
    /// conditions as for [`Tape::as_of`](super::Tape::as_of).
    pub(crate) fn as_of(&self, cursor: &mut Cursor, as_of: Time, side: Side) -> &[Level] {
        let newest = self.written - 1;
        let mut at = cursor.0.max(self.written.saturating_sub(self.at.len() as u64));
        while at < newest && self.at[self.slot(at + 1)] <= as_of {
            at += 1;
        }
        *cursor = Cursor(at);
        self.row(self.slot(at), side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Price, Qty};

    fn level(price: i64) -> Level {
        Level { price: Price(price), qty: Qty(1) }
    }

    #[test]
    fn late_readers_see_old_rows_through_growth() {
        let mut tape = DepthTape::new(2, Span::nanos(1_000));
        let mut cursor = Cursor::default();
        for n in 1..5_000i64 {
            assert!(tape.push(Time::from_nanos(n), &[level(n), level(n - 1), level(n - 2)], &[level(n + 1)]));
            let seen = tape.as_of(&mut cursor, Time::from_nanos(n - 900), Side::Buy);
            if n > 900 {
                assert_eq!(seen, [level(n - 900), level(n - 901)]);
            } else {
                assert!(seen.is_empty());
            }
        }
        assert_eq!(tape.as_of(&mut cursor, Time::from_nanos(4_999), Side::Sell), [level(5_000)]);
        assert!(!tape.push(Time::from_nanos(9_000), &[level(4_999), level(4_998)], &[level(5_000)]));
    }
}
