//! What to replay, and what to hold it against.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ReplayError;

/// The most levels a side that can be asked for.
const MOST_LEVELS: usize = 10_000;

/// The formats of tapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// A LOBSTER message file.
    Lobster,
    /// A completed stream: a LOBSTER day with the events put in that its order-book file discloses.
    Completed,
    /// NASDAQ TotalView-ITCH 5.0.
    Itch,
    /// Databento Binary Encoding, versions 1 to 3: orders, levels or trades.
    Dbn,
    /// Streams of Binance, spot or futures: depth updates, best bids and offers, trades and snapshots.
    Binance,
    /// Orders of Bitstamp.
    Bitstamp,
    /// Files of tardis.dev: changes of the depth, snapshots of it, quotes or trades.
    Tardis,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 7] = [
        Format::Lobster,
        Format::Completed,
        Format::Itch,
        Format::Dbn,
        Format::Binance,
        Format::Bitstamp,
        Format::Tardis,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Lobster => "lobster",
            Format::Completed => "completed",
            Format::Itch => "itch",
            Format::Dbn => "dbn",
            Format::Binance => "binance",
            Format::Bitstamp => "bitstamp",
            Format::Tardis => "tardis",
        }
    }

    /// Parts of one that its prices are counted in.
    pub(super) const fn per_one(self) -> i64 {
        match self {
            Format::Lobster | Format::Completed | Format::Itch => 10_000,
            Format::Binance | Format::Bitstamp | Format::Tardis => 100_000_000,
            Format::Dbn => 1_000_000_000,
        }
    }

    /// What 1/10,000, the unit of order-book files, is in the unit of the tape's prices.
    pub(super) const fn unit(self) -> i64 {
        self.per_one() / 10_000
    }

    /// Whether its prices and sizes are decimals in the file.
    pub(super) const fn has_decimals(self) -> bool {
        matches!(self, Format::Binance | Format::Bitstamp | Format::Tardis)
    }

    /// Whether a LOBSTER order-book file can be its reference.
    pub(super) const fn has_rows(self) -> bool {
        matches!(self, Format::Lobster | Format::Completed | Format::Itch)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the book starts from. Anything but [`Empty`](Start::Empty) is for LOBSTER message files with their
/// order-book file, whose row k is the book after message k.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// From nothing, with the first message.
    #[default]
    Empty,
    /// From the reference's first row, with message 2. A row can be demanded as deep as all its prices have been
    /// inside the N levels of every row before: there the file told everything.
    First,
    /// From row k - 1 before every message k. All of row k can be demanded, except a last level that slid in
    /// because the message emptied a better one.
    Each,
}

/// What to replay, and what to hold it against.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Format of the tape.
    pub format: Format,
    /// The tape, plain or zstd.
    pub path: PathBuf,
    /// The reference: a LOBSTER order-book file, or a JSON file of checkpoints (`checkpoints`, by `record_index`
    /// from 0, or `book_after_last_order_message`), told by its content.
    pub check: Option<PathBuf>,
    /// ITCH with an order-book file: the completed stream whose n-th event is the tape's n-th A F E C X D U P
    /// message of the stock (H counts from its second on). Without it row k belongs to message k.
    pub rows: Option<PathBuf>,
    /// Levels a side to compare and to write; the reference's without it.
    pub levels: Option<usize>,
    /// Where the book starts from.
    pub start: Start,
    /// ITCH: take a frame length of 0 from the message's type. ITCH, DBN and Binance: pass over unknown types.
    /// Binance: where updates are missing, wait for the next snapshot.
    pub lenient: bool,
    /// ITCH: the one stock to follow. DBN: the one instrument, by symbol or by number.
    pub symbol: Option<String>,
    /// A file to write the book to, in the layout of LOBSTER's order-book files: one row a row of the
    /// reference, without such a reference one a message. It replaces an existing one when it is whole; until
    /// then, and if that never comes, it is called `NAME.incomplete`. Its prices are in 1/10,000, whatever the unit
    /// of the tape.
    pub book_out: Option<PathBuf>,
}

impl Options {
    /// The tape alone, from an empty book.
    pub fn new(format: Format, path: impl Into<PathBuf>) -> Options {
        Options {
            format,
            path: path.into(),
            check: None,
            rows: None,
            levels: None,
            start: Start::Empty,
            lenient: false,
            symbol: None,
            book_out: None,
        }
    }

    pub(super) fn check_consistency(&self) -> Result<(), ReplayError> {
        let wrong = |option, why: String| Err(ReplayError::Option { option, why });
        if !matches!(self.levels, None | Some(1..=MOST_LEVELS)) {
            return wrong("--levels", format!("must be from 1 to {MOST_LEVELS}"));
        }
        let itch = self.format == Format::Itch;
        if self.symbol.is_some() && !matches!(self.format, Format::Itch | Format::Dbn) {
            return wrong("--symbol", format!("is for formats itch and dbn, not {}", self.format));
        }
        if self.lenient && !matches!(self.format, Format::Itch | Format::Dbn | Format::Binance) {
            return wrong("--lenient", format!("is for formats itch, dbn and binance, not {}", self.format));
        }
        if self.rows.is_some() && !itch {
            return wrong("--rows", format!("is for format itch, not {}", self.format));
        }
        if self.start != Start::Empty && self.format != Format::Lobster {
            let why = format!("first and each are for format lobster, not {}", self.format);
            return wrong("--start", why);
        }
        if self.start != Start::Empty && self.check.is_none() {
            return wrong("--start", "first and each need a reference (--check)".to_owned());
        }
        if let Some(out) = &self.book_out {
            for input in [Some(&self.path), self.check.as_ref(), self.rows.as_ref()].into_iter().flatten() {
                if same_file(out, input) {
                    return wrong("--book-out", format!("would replace the input {}", input.display()));
                }
            }
        }
        Ok(())
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
