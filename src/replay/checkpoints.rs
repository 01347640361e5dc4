//! References of a few states: what the book is after certain messages, or at the end.

use std::fmt;
use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::{Source, parse_e8};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::ReplayError;
use super::book::Book;
use super::compare::{Agreement, Score};
use super::options::Format;
use super::report::{Mismatch, Shown};

/// A reference file larger than this is no list of checkpoints: it is read in one piece, and its levels take some
/// ten times their text.
const LARGEST: usize = 1 << 24;

/// A file of checkpoints.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// By message, the last ones first.
    waiting: Vec<Checkpoint>,
    /// The whole book after the last message.
    end: Option<WholeBook>,
    count: u64,
    score: Score,
}

#[derive(Debug, Deserialize)]
struct File {
    checkpoints: Option<Vec<Checkpoint>>,
    book_after_last_order_message: Option<WholeBook>,
}

/// The best levels after a message.
#[derive(Debug, Deserialize)]
struct Checkpoint {
    /// Its index, from 0.
    record_index: Option<u64>,
    /// Its line, from 1, on tapes of lines; in place of the index.
    line: Option<u64>,
    open_orders: Option<u64>,
    bids: Vec<Level>,
    asks: Vec<Level>,
}

impl Checkpoint {
    /// Whether it is due after message `number`, from 1, which stands on this line.
    fn is_due(&self, number: u64, line: u64) -> bool {
        self.record_index.is_some_and(|index| index < number) || self.line.is_some_and(|due| due <= line)
    }

    /// The number of the message, from 1, or its line.
    fn number(&self) -> u64 {
        self.record_index.map_or(self.line.unwrap_or_default(), |index| index.saturating_add(1))
    }
}

#[derive(Debug, Deserialize)]
struct WholeBook {
    stock: Option<String>,
    bids: Vec<Level>,
    asks: Vec<Level>,
}

/// `[price, size]` or `[price, size, orders]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<Figure>")]
struct Level {
    numbers: Vec<i64>,
    /// Whether one of them is a decimal.
    decimal: bool,
}

impl TryFrom<Vec<Figure>> for Level {
    type Error = &'static str;

    fn try_from(figures: Vec<Figure>) -> Result<Level, &'static str> {
        match figures.len() {
            2 | 3 => Ok(Level {
                decimal: figures.iter().any(|figure| figure.decimal),
                numbers: figures.into_iter().map(|figure| figure.number).collect(),
            }),
            _ => Err("a level is [price, size] or [price, size, orders]"),
        }
    }
}

/// A whole number in the unit of the tape, or a decimal as text, of which the unit is 1/10⁸.
#[derive(Debug)]
struct Figure {
    number: i64,
    decimal: bool,
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Figure, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Figure;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a whole number, or a decimal as text with up to 8 decimals")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Figure, E> {
                Ok(Figure { number, decimal: false })
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Figure, E> {
                let bad = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
                let number = i64::try_from(number).map_err(bad)?;
                Ok(Figure { number, decimal: false })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Figure, E> {
                let bad = || E::invalid_value(Unexpected::Str(text), &self);
                let number = parse_e8(text).ok_or_else(bad)? as i64;
                Ok(Figure { number, decimal: true })
            }
        }
        from.deserialize_any(Either)
    }
}

/// Whether a reference is a JSON file rather than one of rows.
pub(super) fn is_json(source: &mut Source) -> Result<bool, ReplayError> {
    let head = source.peek(64)?;
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    Ok(text.trim_ascii_start().starts_with(b"{"))
}

impl Checkpoints {
    /// Reads all checkpoints of a file that [`is_json`].
    ///
    /// # Errors
    /// The file cannot be read, is no JSON, holds no checkpoints, or holds decimals although the format has none.
    pub(super) fn read(
        mut source: Source,
        levels: Option<usize>,
        format: Format,
    ) -> Result<Checkpoints, ReplayError> {
        let path = source.path().to_owned();
        let wrong =
            |line, column, what: String| ReplayError::Checkpoints { path: path.clone(), line, column, what };
        let text = whole(&mut source)?;
        if text.len() > LARGEST {
            return Err(wrong(1, 1, format!("found more than {LARGEST} bytes, expected a few checkpoints")));
        }
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let file: File = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let at = format!(" at line {line} column {column}");
            wrong(line, column, error.to_string().replace(&at, ""))
        })?;
        let listed = file.checkpoints.is_some();
        let (mut waiting, end) = (file.checkpoints.unwrap_or_default(), file.book_after_last_order_message);
        if waiting.is_empty() && end.is_none() {
            let what = if listed {
                "`checkpoints` is empty: there is nothing to compare with"
            } else {
                "found neither `checkpoints` nor `book_after_last_order_message`"
            };
            return Err(wrong(1, 1, what.to_owned()));
        }
        if waiting.iter().any(|checkpoint| checkpoint.record_index.is_some() == checkpoint.line.is_some()) {
            let what = "found a checkpoint that has not one of `record_index` and `line`";
            return Err(wrong(1, 1, what.to_owned()));
        }
        waiting.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.number()));
        let sides = waiting.iter().flat_map(|checkpoint| [&checkpoint.bids, &checkpoint.asks]);
        let whole = end.iter().flat_map(|book| [&book.bids, &book.asks]);
        if !format.has_decimals() && sides.clone().chain(whole.clone()).flatten().any(|level| level.decimal) {
            let what =
                format!("found a decimal as text, expected whole numbers in the unit of format {format}");
            return Err(wrong(1, 1, what));
        }
        let known = sides.chain(whole).map(Vec::len).max().unwrap_or(0).max(1);
        let levels = levels.unwrap_or(known);
        if levels > known {
            let why = format!("{levels} levels, the checkpoints have {known}");
            return Err(ReplayError::Option { option: "--levels", why });
        }
        let count = waiting.len() as u64 + u64::from(end.is_some());
        Ok(Checkpoints { waiting, end, count, score: Score::new(levels) })
    }

    /// The stock that the file names.
    pub(super) fn stock(&self) -> Option<&str> {
        self.end.as_ref().and_then(|book| book.stock.as_deref())
    }

    /// Checkpoints in the file.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn score(&self) -> &Score {
        &self.score
    }

    /// Compares what is due after message `number`, from 1, which stands on this line.
    pub(super) fn after(&mut self, number: u64, line: u64, book: &Book) {
        let due = |checkpoint: &mut Checkpoint| checkpoint.is_due(number, line);
        while let Some(checkpoint) = self.waiting.pop_if(due) {
            let levels = self.score.levels();
            let want = shown(&checkpoint.bids, &checkpoint.asks, checkpoint.open_orders, levels);
            let got = got(book, &want, levels);
            self.count_row(checkpoint.number(), want, got);
        }
    }

    /// Compares the last state, after the tape's last message.
    ///
    /// # Errors
    /// A checkpoint is left whose message never came.
    pub(super) fn finish(
        &mut self,
        book: &Book,
        tape: &Path,
        reference: &Path,
        messages: u64,
    ) -> Result<(), ReplayError> {
        if let Some(checkpoint) = self.waiting.last() {
            let number = checkpoint.number();
            let (tape, reference) = (tape.to_owned(), reference.to_owned());
            return Err(ReplayError::CheckpointBeyond { tape, reference, messages, number });
        }
        if let Some(end) = self.end.take() {
            // One level more than is known: the reference shows the whole book.
            let more = self.score.levels() + 1;
            let want = shown(&end.bids, &end.asks, None, more);
            let got = got(book, &want, more);
            self.count_row(messages, want, got);
        }
        Ok(())
    }

    fn count_row(&mut self, row: u64, expected: Shown, got: Shown) {
        let levels = self.score.levels();
        let same = |at: &usize| {
            expected.asks.get(*at) == got.asks.get(*at) && expected.bids.get(*at) == got.bids.get(*at)
        };
        let equal = (0..levels).take_while(same).count();
        // What is beyond the levels (orders in all, a level too many) counts as the deepest of them.
        let equal = if expected == got { levels } else { equal.min(levels - 1) };
        if self.score.count(Agreement { plain: equal, masked: equal, demand: levels }) {
            self.score.first = Some(Mismatch { row, expected, got });
        }
    }
}

/// The whole decompressed file, or more bytes than are allowed.
fn whole(source: &mut Source) -> Result<&[u8], ReplayError> {
    let mut asked = 1 << 16;
    while source.peek(asked)?.len() >= asked && asked <= LARGEST {
        asked *= 2;
    }
    Ok(source.peek(asked)?)
}

fn shown(bids: &[Level], asks: &[Level], open_orders: Option<u64>, levels: usize) -> Shown {
    let side = |side: &[Level]| side.iter().take(levels).map(|level| level.numbers.clone()).collect();
    Shown { asks: side(asks), bids: side(bids), open_orders }
}

/// The book in the form of `want`: with counts of orders only where it has them.
fn got(book: &Book, want: &Shown, levels: usize) -> Shown {
    let side =
        |side: Side, want: &[Vec<i64>]| book.shown(side, levels, want.iter().any(|level| level.len() > 2));
    Shown {
        asks: side(Side::Sell, &want.asks),
        bids: side(Side::Buy, &want.bids),
        open_orders: want.open_orders.and_then(|_| book.open_orders()),
    }
}
