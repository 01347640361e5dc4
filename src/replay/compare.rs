//! The book against a reference, row by row: what can be demanded of a row, and how deep it agrees.

use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::{BookReader, BookRow};

use super::book::Book;
use super::feed::Change;
use super::report::{ByDepth, Mismatch, Shown};
use super::{ReplayError, Start};

/// The depths that are reported; the last is all levels that are compared.
const TOPS: [usize; 3] = [1, 5, 10];

/// Agreements counted by depth.
#[derive(Clone, Debug)]
pub(super) struct Score {
    /// Levels a side that are compared.
    levels: usize,
    plain: [u64; 4],
    demanded: [u64; 4],
    matched: [u64; 4],
    pub(super) compared: u64,
    pub(super) mismatches: u64,
    pub(super) first: Option<Mismatch>,
}

/// How one row compares: numbers of leading levels, of both sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreement {
    /// Levels that are equal.
    pub plain: usize,
    /// Levels that are equal or cannot be demanded one by one.
    pub masked: usize,
    /// Levels that can be demanded.
    pub demand: usize,
}

impl Score {
    pub(super) fn new(levels: usize) -> Score {
        Score {
            levels,
            plain: [0; 4],
            demanded: [0; 4],
            matched: [0; 4],
            compared: 0,
            mismatches: 0,
            first: None,
        }
    }

    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// The reported depths, `None` where the reference does not reach.
    fn depths(&self) -> [Option<usize>; 4] {
        let [one, five, ten] = TOPS.map(|top| (top <= self.levels).then_some(top));
        [one, five, ten, Some(self.levels)]
    }

    /// Counts a row; true if it is the first to differ where it must not.
    pub(super) fn count(&mut self, row: Agreement) -> bool {
        self.compared += 1;
        for (at, depth) in self.depths().into_iter().enumerate() {
            let Some(depth) = depth else { continue };
            self.plain[at] += u64::from(row.plain >= depth);
            if row.demand >= depth {
                self.demanded[at] += 1;
                self.matched[at] += u64::from(row.masked >= depth);
            }
        }
        let differs = row.masked < row.demand;
        self.mismatches += u64::from(differs);
        differs && self.mismatches == 1
    }

    fn by_depth<T>(&self, value: impl Fn(usize) -> Option<T>) -> ByDepth<T> {
        let [top1, top5, top10, all] = self.depths();
        let at = |index: usize, depth: Option<usize>| depth.and_then(|_| value(index));
        ByDepth { top1: at(0, top1), top5: at(1, top5), top10: at(2, top10), all: at(3, all) }
    }

    pub(super) fn matched(&self) -> ByDepth<f64> {
        self.by_depth(|at| fraction(self.matched[at], self.demanded[at]))
    }

    pub(super) fn demanded(&self) -> ByDepth<u64> {
        self.by_depth(|at| Some(self.demanded[at]))
    }

    pub(super) fn plain(&self) -> ByDepth<f64> {
        self.by_depth(|at| fraction(self.plain[at], self.compared))
    }
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The prices that were inside the window of N levels on every row so far: between them the tape told all.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// The lowest N-th ask.
    ask: i64,
    /// The highest N-th bid.
    bid: i64,
}

impl Bounds {
    fn narrow(&mut self, row: &BookRow, levels: usize) {
        // A side with fewer levels is shown whole.
        if let Some(&(ask, _)) = row.asks.get(levels - 1) {
            self.ask = self.ask.min(ask);
        }
        if let Some(&(bid, _)) = row.bids.get(levels - 1) {
            self.bid = self.bid.max(bid);
        }
    }

    /// How many of the first `levels` levels of both sides the tape determines.
    fn depth(&self, row: &BookRow, levels: usize) -> usize {
        let known = |(ask, bid): &(&(i64, u64), &(i64, u64))| ask.0 <= self.ask && bid.0 >= self.bid;
        row.asks.iter().zip(&row.bids).take(levels).take_while(known).count()
    }
}

/// A LOBSTER order-book file that a book is held against.
#[derive(Debug)]
pub(super) struct RowCheck {
    reader: BookReader,
    start: Start,
    /// Whether the first row is compared too: not if it is what the book was made from.
    opening: bool,
    bounds: Bounds,
    /// Sides, bids and asks, whose last level the message of this row lets slide in from the unknown.
    masked: [bool; 2],
    score: Score,
}

impl RowCheck {
    /// `levels` of the reference's levels are compared; all of them serve to tell what can be demanded.
    ///
    /// # Errors
    /// More levels than the reference has.
    pub(super) fn new(
        reader: BookReader,
        levels: Option<usize>,
        start: Start,
        opening: bool,
    ) -> Result<RowCheck, ReplayError> {
        let known = reader.levels();
        let levels = levels.unwrap_or(known);
        if levels > known {
            let why = format!("{levels} levels, the reference has {known}");
            return Err(ReplayError::Option { option: "--levels", why });
        }
        let bounds = Bounds { ask: i64::MAX, bid: i64::MIN };
        let (masked, score) = ([false; 2], Score::new(levels));
        Ok(RowCheck { reader, start, opening, bounds, masked, score })
    }

    pub(super) fn score(&self) -> &Score {
        &self.score
    }

    /// Rows used so far.
    pub(super) fn rows(&self) -> u64 {
        self.reader.rows()
    }

    /// Notes what the message that leads to the next row will make unpredictable, before it is applied.
    pub(super) fn expect(&mut self, change: &Change) {
        let (Start::Each, &Change::Take { qty: Some(qty), at: Some((side, price)), .. }) =
            (self.start, change)
        else {
            return;
        };
        let row = self.reader.row();
        let levels = if side == Side::Buy { &row.bids } else { &row.asks };
        self.masked[side as usize] = levels.len() == self.reader.levels() && levels.contains(&(price, qty));
    }

    /// Takes the reference's next row and compares the book with it, or makes the book from it. `after` sees
    /// the book as it stands for this row.
    ///
    /// # Errors
    /// The reference ends or cannot be read; whatever `after` gives.
    pub(super) fn settle(
        &mut self,
        book: &mut Book,
        tape: &Path,
        after: impl FnOnce(&mut Book) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        let rows = self.reader.rows();
        if self.reader.next_row()?.is_none() {
            let reference = self.reader.source().path().to_owned();
            return Err(ReplayError::ReferenceEnds { reference, tape: tape.to_owned(), rows });
        }
        let first = rows == 0;
        self.bounds.narrow(self.reader.row(), self.reader.levels());
        if first && self.start != Start::Empty {
            book.orders().set_to(self.reader.row());
        } else if !first || self.opening {
            self.compare(book);
        }
        after(book)?;
        if self.start == Start::Each {
            self.masked = [false; 2];
            book.orders().set_to(self.reader.row());
        }
        Ok(())
    }

    fn compare(&mut self, book: &mut Book) {
        let (want, got) = (self.reader.row(), book.top(self.reader.levels()));
        let levels = self.score.levels();
        let side = |side: Side| {
            let mask = self.masked[side as usize].then(|| self.reader.levels() - 1);
            let (got, want) = match side {
                Side::Buy => (&got.bids, &want.bids),
                Side::Sell => (&got.asks, &want.asks),
            };
            let plain = (0..levels).take_while(|&at| got.get(at) == want.get(at)).count();
            let masked = if mask == Some(plain) { plain + 1 } else { plain };
            (plain, masked)
        };
        let ((bids, masked_bids), (asks, masked_asks)) = (side(Side::Buy), side(Side::Sell));
        let demand = match self.start {
            Start::First => self.bounds.depth(want, levels),
            Start::Empty | Start::Each => levels,
        };
        let row = Agreement { plain: bids.min(asks), masked: masked_bids.min(masked_asks), demand };
        if self.score.count(row) {
            self.score.first = Some(Mismatch {
                row: self.reader.rows(),
                expected: Shown::of(want, levels),
                got: Shown::of(got, levels),
            });
        }
    }

    /// After the last row of the tape.
    ///
    /// # Errors
    /// The reference goes on.
    pub(super) fn finish(&mut self, tape: &Path, messages: u64) -> Result<(), ReplayError> {
        let row = self.reader.rows();
        if self.reader.next_row()?.is_none() {
            return Ok(());
        }
        let reference = self.reader.source().path().to_owned();
        Err(ReplayError::TapeEnds { tape: tape.to_owned(), reference, messages, row })
    }
}
