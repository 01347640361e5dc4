//! Lines of a recording, one message at a time.

use serde::de::DeserializeSeed;

use super::json::{Bad, Levels, Raw, Reading};
use super::message::Message;
use crate::tape::error::{TapeError, quote};
use crate::tape::fields::{BadField, Fields};
use crate::tape::source::Source;
use crate::tape::text::{Lines, Messages};

const KINDS: &str =
    "a depthUpdate, bookTicker, trade or depth snapshot (a lenient reader passes over others)";
const STAMP: &str = "a time of receipt from 0 to 9223372036854775807 ns since 1970, and a space";

/// Reads a recording; an iterator over its messages that ends at the first error.
///
/// All its lines are of one symbol: a snapshot does not name the one it is of. *Strict* (the default): a message of
/// another kind is an error. *Lenient*: it is passed over and counted.
#[derive(Debug)]
pub struct Reader {
    lines: Messages,
    lenient: bool,
    skipped: u64,
    /// Of the message read last.
    bids: Levels,
    asks: Levels,
    /// Of the tape, once a message named it.
    symbol: String,
    /// Of the message read last.
    named: String,
}

/// What came of a line.
enum Line {
    Message(Message),
    Other,
}

impl Reader {
    /// Reads strictly.
    pub fn new(source: Source) -> Reader {
        let expected = "lines of JSON, each behind a time of receipt or not";
        Reader {
            lines: Messages::new(Lines::new(source), expected),
            lenient: false,
            skipped: 0,
            bids: Levels::new(),
            asks: Levels::new(),
            symbol: String::new(),
            named: String::new(),
        }
    }

    /// Whether to read leniently.
    pub fn lenient(mut self, lenient: bool) -> Reader {
        self.lenient = lenient;
        self
    }

    /// Lines read so far: the number of the last one, from 1.
    pub fn line(&self) -> u64 {
        self.lines.count()
    }

    /// Messages that were passed over; always 0 when strict.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The symbol of the tape; empty until a message has named it.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The bid levels of a snapshot or depth update read last, as price and size in 1/10⁸, as the message lists
    /// them.
    pub fn bids(&self) -> &[(i64, u64)] {
        &self.bids
    }

    /// Its ask levels.
    pub fn asks(&self) -> &[(i64, u64)] {
        &self.asks
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }

    fn read(&mut self) -> Option<Result<Line, TapeError>> {
        let Reader { lines, lenient, bids, asks, symbol, named, .. } = self;
        bids.clear();
        asks.clear();
        named.clear();
        lines.next(|line| {
            let mut raw = Raw::default();
            let message = parse(line, Reading { raw: &mut raw, symbol: named, bids, asks }, *lenient)?;
            if named.is_empty() || named == symbol {
                return Ok(message);
            }
            if !symbol.is_empty() {
                let found = format!("symbol {} after {}", quote(named.as_bytes()), quote(symbol.as_bytes()));
                return Err(BadField { column: 1, found, expected: "one symbol a tape" });
            }
            symbol.clone_from(named);
            Ok(message)
        })
    }
}

impl Iterator for Reader {
    type Item = Result<Message, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.read()? {
                Ok(Line::Message(message)) => return Some(Ok(message)),
                Ok(Line::Other) => self.skipped += 1,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn parse(line: &[u8], into: Reading<'_>, lenient: bool) -> Result<Line, BadField> {
    let begin = line.iter().position(|&byte| byte == b'{').unwrap_or(line.len());
    let local_ns = match &line[..begin] {
        [] => None,
        [digits @ .., b' '] => Some(Fields::new(digits).natural(STAMP)? as i64),
        front => return Err(BadField { column: 1, found: quote(front), expected: STAMP }),
    };
    let Reading { raw, symbol, bids, asks } = into;
    let mut json = serde_json::Deserializer::from_slice(&line[begin..]);
    let read = Reading { raw: &mut *raw, symbol, bids, asks }.deserialize(&mut json);
    read.and_then(|()| json.end()).map_err(|error| {
        let at = format!(" at line {} column {}", error.line(), error.column());
        let column = begin + error.column().max(1);
        BadField { column, found: error.to_string().replace(&at, ""), expected: "JSON of Binance" }
    })?;
    match raw.event() {
        Ok(event) => Ok(Line::Message(Message { local_ns, event })),
        Err(Bad::Unknown) if lenient => Ok(Line::Other),
        Err(Bad::Unknown) => Err(BadField {
            column: begin + 1,
            found: "a message of another kind".to_owned(),
            expected: KINDS,
        }),
        Err(Bad::Missing(expected)) => {
            Err(BadField { column: begin + 1, found: "a message without it".to_owned(), expected })
        }
    }
}
