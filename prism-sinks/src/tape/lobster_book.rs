//! LOBSTER order-book files: one line a state of the book, N levels a side.

use std::io::{self, Write};

use super::error::TapeError;
use super::fields::{BadField, Fields};
use super::lobster::NO_PRICE;
use super::source::Source;
use super::text::{Lines, Messages};

const ASK_PRICE: &str =
    "an ask price in USD x 10000, from -9999999998 to 9999999998, or 9999999999 for an empty level";
const ASK_SIZE: &str = "an ask size from 0 to 9223372036854775807 shares";
const BID_PRICE: &str =
    "a bid price in USD x 10000, from -9999999998 to 9999999998, or -9999999999 for an empty level";
const BID_SIZE: &str = "a bid size from 0 to 9223372036854775807 shares";
const WIDTH: &str = "as many levels as in the first row";

/// The occupied levels of a row, best first, as (price in USD × 10,000, shares). Positions that the file marks
/// as empty are left out: no sentinel price ever leaves the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookRow {
    /// Ask levels, best (lowest) first.
    pub asks: Vec<(i64, u64)>,
    /// Bid levels, best (highest) first.
    pub bids: Vec<(i64, u64)>,
}

/// Reads an order-book file row by row into one [`BookRow`] that is used again.
#[derive(Debug)]
pub struct BookReader {
    lines: Messages,
    levels: usize,
    row: BookRow,
    /// The first row, read when opening to learn the number of levels, waits to be handed out.
    pending: bool,
}

impl BookReader {
    /// Reads the first row, which says how many levels there are.
    ///
    /// # Errors
    /// The file is empty, cannot be read, or its first line is no order-book row.
    pub fn new(source: Source) -> Result<BookReader, TapeError> {
        let expected = "LOBSTER order-book rows: ask price, ask size, bid price, bid size, …";
        let mut lines = Messages::new(Lines::new(source), expected);
        let mut row = BookRow::default();
        let levels = lines.next(|line| parse(line, None, &mut row)).transpose()?.unwrap_or_default();
        Ok(BookReader { lines, levels, row, pending: true })
    }

    /// Levels a side of every row.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Rows handed out so far.
    pub fn rows(&self) -> u64 {
        self.lines.count() - u64::from(self.pending)
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }

    /// The row handed out last.
    pub fn row(&self) -> &BookRow {
        &self.row
    }

    /// The next row; `None` at the end of the file and after an error.
    ///
    /// # Errors
    /// The file cannot be read, or a line is not a row of as many levels as the first, from the best price of
    /// each side to the worst.
    pub fn next_row(&mut self) -> Result<Option<&BookRow>, TapeError> {
        if !std::mem::take(&mut self.pending) {
            let (levels, row) = (self.levels, &mut self.row);
            let next = self.lines.next(|line| parse(line, Some(levels), row)).transpose()?;
            return Ok(next.map(|_| &self.row));
        }
        Ok(Some(&self.row))
    }
}

/// Fills `row` and returns the number of levels, which must be `levels` where that is known.
fn parse(line: &[u8], levels: Option<usize>, row: &mut BookRow) -> Result<usize, BadField> {
    row.asks.clear();
    row.bids.clear();
    let mut fields = Fields::new(line);
    // No price can stand where these do not let it: the best price comes first, the empty levels last.
    let (mut ask_before, mut bid_before) = (-NO_PRICE, NO_PRICE);
    let mut found = 0;
    while !fields.at_end() {
        if levels == Some(found) {
            fields.end(WIDTH)?;
        }
        let ask = fields.within(1 - NO_PRICE, NO_PRICE, ASK_PRICE)?;
        if ask <= ask_before && ask < NO_PRICE {
            return Err(fields.bad("an ask price above that of the level before"));
        }
        let size = fields.natural(ASK_SIZE)?;
        if ask < NO_PRICE && size > 0 {
            row.asks.push((ask, size));
        }
        let bid = fields.within(-NO_PRICE, NO_PRICE - 1, BID_PRICE)?;
        if bid >= bid_before && bid > -NO_PRICE {
            return Err(fields.bad("a bid price below that of the level before"));
        }
        let size = fields.natural(BID_SIZE)?;
        if bid > -NO_PRICE && size > 0 {
            row.bids.push((bid, size));
        }
        (ask_before, bid_before) = (ask, bid);
        found += 1;
    }
    match levels {
        Some(levels) if levels != found => fields.take(WIDTH).map(|_| found),
        _ => Ok(found),
    }
}

/// Writes rows in the layout of LOBSTER's order-book files: N levels a side, empty ones as price 9999999999
/// (ask) or -9999999999 (bid) with size 0, line feeds only.
#[derive(Debug)]
pub struct BookWriter<W> {
    to: W,
    levels: usize,
    line: Vec<u8>,
}

impl<W: Write> BookWriter<W> {
    /// Writes `levels` levels a side to `to`, which should be buffered.
    pub fn new(to: W, levels: usize) -> BookWriter<W> {
        BookWriter { to, levels, line: Vec::with_capacity(levels * 48) }
    }

    /// Writes one row; levels best first, those beyond N are left out.
    ///
    /// # Errors
    /// The stream below refuses.
    pub fn write_row(
        &mut self,
        asks: impl IntoIterator<Item = (i64, u64)>,
        bids: impl IntoIterator<Item = (i64, u64)>,
    ) -> io::Result<()> {
        let (mut asks, mut bids) = (asks.into_iter(), bids.into_iter());
        let mut digits = itoa::Buffer::new();
        self.line.clear();
        for _ in 0..self.levels {
            let (ask, ask_size) = asks.next().unwrap_or((NO_PRICE, 0));
            let (bid, bid_size) = bids.next().unwrap_or((-NO_PRICE, 0));
            self.line.extend_from_slice(digits.format(ask).as_bytes());
            self.line.push(b',');
            self.line.extend_from_slice(digits.format(ask_size).as_bytes());
            self.line.push(b',');
            self.line.extend_from_slice(digits.format(bid).as_bytes());
            self.line.push(b',');
            self.line.extend_from_slice(digits.format(bid_size).as_bytes());
            self.line.push(b',');
        }
        if let Some(last) = self.line.last_mut() {
            *last = b'\n';
        }
        self.to.write_all(&self.line)
    }

    /// The stream.
    pub fn get_ref(&self) -> &W {
        &self.to
    }

    /// Gives the stream back as it is.
    pub fn into_inner(self) -> W {
        self.to
    }

    /// Flushes and gives the stream back.
    ///
    /// # Errors
    /// The stream below refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}
