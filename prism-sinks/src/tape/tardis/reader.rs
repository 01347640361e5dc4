//! Rows of a file, one at a time.

use serde::Serialize;

use super::header::{EXPECTED, Kind};
use super::row::{Row, parse};
use crate::tape::error::{TapeError, quote};
use crate::tape::fields::{BadField, Fields};
use crate::tape::source::Source;
use crate::tape::text::{Lines, Messages};

/// One row of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Time of the exchange, microseconds since 1970.
    pub exchange_us: i64,
    /// When it was received, microseconds since 1970.
    pub local_us: i64,
    /// What it says.
    #[serde(flatten)]
    pub row: Row,
    /// Whether the next row has another time of receipt: rows with one time are one message of the exchange, and the
    /// book is whole after the last of them.
    pub last: bool,
}

/// Reads a file; an iterator over its rows that ends at the first error.
#[derive(Debug)]
pub struct Reader {
    lines: Messages,
    kind: Kind,
    /// The row after the one handed out last, or why there is none.
    ahead: Option<Result<Message, TapeError>>,
    /// Exchange and symbol of the file, once a row has named them, and of the row read last.
    names: [Vec<u8>; 2],
    /// Of the row handed out last: bids, asks.
    sides: [Vec<(i64, u64)>; 2],
    next_sides: [Vec<(i64, u64)>; 2],
    messages: u64,
}

impl Reader {
    /// Reads the header.
    ///
    /// # Errors
    /// The file is empty, cannot be read, or begins with another line.
    pub fn new(source: Source) -> Result<Reader, TapeError> {
        let mut lines = Lines::new(source);
        let expected = "rows behind their header";
        let kind = match lines.next()? {
            None => return Err(lines.empty(expected)),
            Some(line) => Kind::of(line).ok_or_else(|| Fields::new(line).wrong_line(EXPECTED)),
        };
        let kind = kind.map_err(|bad| lines.error(bad))?;
        let mut reader = Reader {
            lines: Messages::new(lines, expected),
            kind,
            ahead: None,
            names: Default::default(),
            sides: Default::default(),
            next_sides: Default::default(),
            messages: 0,
        };
        reader.ahead = reader.read();
        Ok(reader)
    }

    /// What the file holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Rows handed out so far. The header is the first line.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// The bid levels of the snapshot or quote handed out last, best first, as price and size in 1/10⁸.
    pub fn bids(&self) -> &[(i64, u64)] {
        &self.sides[0]
    }

    /// Its ask levels.
    pub fn asks(&self) -> &[(i64, u64)] {
        &self.sides[1]
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }

    fn read(&mut self) -> Option<Result<Message, TapeError>> {
        let Reader { lines, kind, names: [known, found], next_sides, .. } = self;
        lines.next(|line| {
            let parsed = parse(line, *kind, found, next_sides)?;
            if known.is_empty() {
                known.clone_from(found);
            } else if known != found {
                let (found, known) = (quote(found), quote(known));
                let found = format!("a row of {found} after one of {known}");
                return Err(BadField { column: 1, found, expected: "one symbol a file" });
            }
            let (exchange_us, local_us) = (parsed.exchange_us, parsed.local_us);
            Ok(Message { exchange_us, local_us, row: parsed.row, last: true })
        })
    }
}

impl Iterator for Reader {
    type Item = Result<Message, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut message = match self.ahead.take()? {
            Ok(message) => message,
            Err(error) => return Some(Err(error)),
        };
        std::mem::swap(&mut self.sides, &mut self.next_sides);
        self.messages += 1;
        self.ahead = self.read();
        if let Some(Ok(next)) = &self.ahead {
            message.last = next.local_us != message.local_us;
        }
        Some(Ok(message))
    }
}
